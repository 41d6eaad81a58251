"""The dialect of regular expressions: `forms/patterns.py`."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.patterns import PatternRefused, check, compiled


@pytest.mark.parametrize(
    "pattern",
    [
        "^1[3-9][0-9]{9}$|^0[0-9]{2,3}-?[0-9]{7,8}$",
        "[A-Za-z0-9._-]+@[A-Za-z0-9.-]+",
        r"\d{4}-\d{2}-\d{2}",
        "(ab)+c",
        "(?:北京|上海|广州)市.{0,20}",
        "[^,]*",
        "(-[0-9]{4})?",
        r"a\.b",
        "",
    ],
)
def test_usual_patterns_are_accepted(pattern):
    check(pattern)
    compiled(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "(a|aa)+",
        "(a*)*b",
        "((a{1,9}){2})",
        "a*a*a*b",
        "a?" * 30 + "a{30}",
        "(?=a)b",
        r"(a)\1",
        r"\bword",
        r"\s+",
        "[[:alpha:]]",
        "[z-a]",
        "[]",
        "a{2,1}",
        "a{,3}",
        "a**",
        "a+?",
        "^*",
        "*a",
        "a{",
        "a}",
        "(a",
        "a)",
        "[a",
        "a\\",
        "a" * 201,
        "(" * 9 + "a" + ")" * 9,
    ],
)
def test_what_could_take_long_or_differ_between_phone_and_server_is_refused(pattern):
    with pytest.raises(PatternRefused) as refusal:
        check(pattern)

    assert refusal.value.zh


@given(st.text(alphabet="ab[]()|{}?*+^$\\.-0123,:", max_size=30), st.text("ab0-", max_size=40))
def test_what_is_accepted_compiles_and_matches_in_no_time(pattern, text):
    try:
        check(pattern)
    except PatternRefused:
        return
    started = time.process_time()
    compiled(pattern).fullmatch(text)
    assert time.process_time() - started < 1


def test_the_worst_accepted_pattern_ends_soon():
    check("[a]*[a]*b")
    started = time.process_time()

    assert not compiled("[a]*[a]*b").fullmatch("a" * 1_000)

    assert time.process_time() - started < 2
