"""Slips and their codes: 128 bits, typed in any way people type, a slip of the pen is noticed."""

import random

import pytest

from survey.collection import tickets
from survey.collection.receipts import CROCKFORD

CODES = (tickets.code_of(f"{number:026d}") for number in range(1000))
CODE = next(code for code in CODES if "0" in code and "1" in code)


def test_a_slip_has_a_secret_of_128_bits_and_a_code_of_16_characters() -> None:
    slips = [tickets.make_slip() for _ in range(500)]
    assert {len(slip.secret) for slip in slips} == {26}
    assert {len(slip.code) for slip in slips} == {16}
    assert len({slip.secret for slip in slips} | {slip.code for slip in slips}) == 1000
    assert 5 * 26 >= 128


def test_secret_and_code_name_the_same_ticket() -> None:
    slip = tickets.make_slip()
    assert tickets.read_ticket(slip.secret) == tickets.read_ticket(slip.code) == slip.code


@pytest.mark.parametrize(
    "typed",
    [
        " ".join(CODE[i : i + 4] for i in range(0, 16, 4)),
        "-".join(CODE[i : i + 4] for i in range(0, 16, 4)),
        CODE.lower(),
        CODE.replace("0", "O").replace("1", "l"),
        CODE.replace("1", "I"),
        "".join(chr(ord(sign) + 0xFEE0) for sign in CODE),
        f"  {CODE}\n",
    ],
)
def test_a_code_is_read_as_people_type_it(typed: str) -> None:
    assert tickets.read_ticket(typed) == CODE


@pytest.mark.parametrize(
    "typed", ["", CODE[:15], CODE + "0", "0" * 25, "0" * 27, "U" * 16, CODE + "\0", "0" * 10_000]
)
def test_anything_else_is_no_code(typed: str) -> None:
    assert tickets.read_ticket(typed) is None


def test_one_wrong_character_never_passes() -> None:
    for place in range(16):
        for sign in set(CROCKFORD) - {CODE[place]}:
            assert not tickets.is_well_typed(CODE[:place] + sign + CODE[place + 1 :])


def test_two_characters_exchanged_never_pass() -> None:
    chance = random.Random(1)
    for _ in range(50):
        code = tickets.make_slip().code
        assert tickets.is_well_typed(code)
        first, second = sorted(chance.sample(range(15), 2))
        if code[first] != code[second]:
            signs = list(code)
            signs[first], signs[second] = signs[second], signs[first]
            assert not tickets.is_well_typed("".join(signs))
