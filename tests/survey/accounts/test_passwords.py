"""Passwords: `survey/accounts/passwords.py`."""

import pytest
from argon2 import PasswordHasher, extract_parameters
from hypothesis import given
from hypothesis import strategies as st

from survey.accounts import passwords
from survey.accounts.passwords import PasswordRefused, check, generate, hashed, verify
from tests.conftest import HASHER_IN_USE


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short-one",
        "x" * 257,
        "1234567890",
        "Password123",
        "WOAINI1314520",
        "aaaaaaaaaaaa",
        "1212121212",
        "zhangsan123",
        "ZHANGSANzhangsan",
    ],
)
def test_a_password_that_is_easily_guessed_is_refused(password):
    with pytest.raises(PasswordRefused) as refusal:
        check(password, "zhangsan")
    assert not password or password not in str(refusal.value)


@pytest.mark.parametrize(
    "password", ["mangrove-7-harbour", "红树林边的七只白鹭飞走", "x" * 250 + "abcdef"]
)
def test_length_is_enough_no_mixture_is_asked_for(password):
    check(password, "zhangsan")


def test_made_passwords_are_readable_all_different_and_taken():
    made = {generate() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        check(password, "zhangsan")
        assert [len(group) for group in password.split("-")] == [4, 4, 4, 4]
        assert not set(password) & set("01ilo")


def test_what_is_stored_is_argon2id_as_the_library_advises(monkeypatch):
    monkeypatch.setattr(passwords, "_hasher", HASHER_IN_USE)
    stored = passwords.hashed("mangrove-7-harbour")
    assert stored.startswith("$argon2id$")
    used, advised = extract_parameters(stored), PasswordHasher()
    assert (used.memory_cost, used.time_cost) == (advised.memory_cost, advised.time_cost)
    assert used.memory_cost >= 19 * 1024


def test_exactly_what_was_typed_counts():
    stored = hashed("Mangrove-7-harbour ")
    assert verify(stored, "Mangrove-7-harbour ")
    for other in ("mangrove-7-harbour ", "Mangrove-7-harbour", "Ｍangrove-7-harbour ", ""):
        assert not verify(stored, other)


def test_a_tail_beyond_the_limit_is_not_ignored():
    stored = hashed("x" * 256)
    assert not verify(stored, "x" * 257)
    assert not verify(stored, "x" * 2**20)


@given(st.text(max_size=20))
def test_no_text_breaks_the_check(password):
    assert not verify(None, password)
    assert not verify("not a hash", password)


@pytest.mark.parametrize("password", ["\0" * 12, "\ud800" * 12, "a\0b" * 5])
def test_odd_characters_are_hashed_like_others(password):
    assert verify(hashed(password), password)
