"""Page keys carry an authenticated time; receipts say "counted" and nothing else."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.collection import receipts

SECRET = b"s" * 32
NOW = datetime(2026, 9, 10, 2, 0, tzinfo=UTC)


def test_a_minted_key_is_url_safe_short_and_ours() -> None:
    key = receipts.mint_key(SECRET, NOW)

    assert receipts.is_key(key)
    assert 22 <= len(key) <= 64
    assert receipts.key_is_ours(SECRET, key)
    assert not receipts.key_is_ours(b"t" * 32, key)


def test_a_key_knows_its_age_to_five_seconds() -> None:
    key = receipts.mint_key(SECRET, NOW)

    age = receipts.key_age(SECRET, key, NOW + timedelta(seconds=60))

    assert age is not None
    assert timedelta(seconds=60) <= age < timedelta(seconds=60 + receipts.AGE_STEP)


def test_no_two_keys_are_equal() -> None:
    assert len({receipts.mint_key(SECRET, NOW) for _ in range(1000)}) == 1000


@given(st.integers(0, 39), st.characters(codec="ascii"))
def test_a_changed_key_is_not_ours(place: int, character: str) -> None:
    key = receipts.mint_key(SECRET, NOW)
    changed = key[:place] + character + key[place + 1 :]
    assert (changed == key) == receipts.key_is_ours(SECRET, changed)


@given(st.text(max_size=80))
def test_any_text_is_judged_without_failing(text: str) -> None:
    assert not receipts.key_is_ours(SECRET, text)
    assert receipts.key_age(SECRET, text, NOW) is None
    receipts.is_key(text)


@pytest.mark.parametrize(
    ("key", "is_key"),
    [
        ("A" * 21, False),
        ("A" * 22, True),
        ("_-" * 32, True),
        ("A" * 65, False),
        ("A" * 21 + "+", False),
        ("A" * 22 + "\n", False),
        ("字" * 22, False),
        ("", False),
    ],
)
def test_the_form_of_a_key(key: str, is_key: bool) -> None:
    assert receipts.is_key(key) == is_key


def test_a_receipt_is_sixty_bits_of_the_keys_hash() -> None:
    key = "abcdefghijklmnopqrstuv"
    digest = hashlib.sha256(b"pingyi-receipt:" + key.encode()).digest()
    bits = f"{int.from_bytes(digest, 'big'):0256b}"[:60]
    expected = "".join(receipts.CROCKFORD[int(bits[i : i + 5], 2)] for i in range(0, 60, 5))

    assert receipts.receipt_of(key) == expected
    assert len(expected) == 12


def test_the_target_is_hashed_into_a_receipt() -> None:
    hashes = {receipts.receipt_hash("R1", point, "0123456789AB") for point in ("AAAA", "BBBB")}
    assert len(hashes) == 2
    assert all(len(each) == 64 for each in hashes)


def test_a_typed_code_is_read_as_it_was_meant() -> None:
    assert receipts.read_code("ok3m-9ilt") == "0K3M911T"
