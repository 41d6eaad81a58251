"""Proof of work: bound to point and key, ALTCHA's own arithmetic, cheap to check."""

from datetime import timedelta
from time import process_time

import altcha
import pytest

from survey.collection import proof, receipts
from tests.conftest import NOW

CODE, KEY = "7K3M9QXT", "A" * 22
SECRET = b"s" * 32
SOLVED = proof.solve(CODE, KEY)


def test_a_solution_holds_for_its_point_and_its_key_alone() -> None:
    assert proof.is_solved(CODE, KEY, SOLVED)
    assert not proof.is_solved("7K3M9QXV", KEY, SOLVED)
    assert not proof.is_solved(CODE, "B" * 22, SOLVED)


def test_every_counter_solves_what_altcha_calls_the_challenge() -> None:
    salt, nonce = proof._seed(CODE, KEY)
    challenge = altcha.Challenge(
        altcha.ChallengeParameters("SHA-256", nonce.hex(), salt.hex(), 2, key_prefix="000")
    )
    first = altcha.solve_challenge(challenge)
    assert first is not None
    assert SOLVED.split(".")[0] == str(first.counter)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "1",
        SOLVED.rpartition(".")[0],
        SOLVED + ".999999999",
        ".".join(reversed(SOLVED.split("."))),
        ".".join([SOLVED.split(".")[0]] * proof.PIECES),
        SOLVED.replace(".", ","),
        "0" + SOLVED,
        "-" + SOLVED,
        SOLVED + "\n",
        "٣" + SOLVED[1:],
        ".".join(str(n) for n in range(proof.PIECES)),
        "9" * 100_000,
    ],
)
def test_anything_else_is_none(wrong: str) -> None:
    assert not proof.is_solved(CODE, KEY, wrong)


def test_solved_means_no_flag() -> None:
    assert proof.judge(CODE, KEY, SOLVED, secret=SECRET, now=NOW) == frozenset()


def test_a_key_of_ours_that_waited_does_without_and_is_flagged() -> None:
    key = receipts.mint_key(SECRET, NOW)
    for seconds in (0, 19):
        with pytest.raises(proof.ProofNeeded):
            proof.judge(CODE, key, "", secret=SECRET, now=NOW + timedelta(seconds=seconds))
    flags = proof.judge(CODE, key, "", secret=SECRET, now=NOW + timedelta(seconds=25))
    assert flags == {proof.NO_PROOF}


def test_a_key_of_a_phones_own_never_does_without() -> None:
    with pytest.raises(proof.ProofNeeded):
        proof.judge(CODE, KEY, "", secret=SECRET, now=NOW + timedelta(days=1))
    forged = receipts.mint_key(b"x" * 32, NOW - timedelta(days=1))
    with pytest.raises(proof.ProofNeeded):
        proof.judge(CODE, forged, "", secret=SECRET, now=NOW)


def test_checking_costs_the_server_far_less_than_solving_costs_a_phone() -> None:
    begin = process_time()
    for _ in range(200):
        proof.is_solved(CODE, KEY, SOLVED)
    checking = (process_time() - begin) / 200
    begin = process_time()
    for number in range(3):
        proof.solve(CODE, KEY + str(number))
    solving = (process_time() - begin) / 3
    assert checking < solving / 100
