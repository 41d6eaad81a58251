"""Answers as codes: `forms/answers.py`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.answers import CODED, NOT_ASKED, contact, decode, encode, is_void, texts
from forms.routing import asked
from forms.xlsform import read_xlsform
from tests.forms.strategies import filled_in, questionnaires
from tests.forms.workbooks import sample

FORM_A = read_xlsform(sample("A_"), "a.xlsx")
FORM_C = read_xlsform(sample("C_"), "c.xlsx")


@given(filled_in())
def test_what_is_encoded_is_decoded_again(case):
    questionnaire, values = case
    choices = [item.code for item in questionnaire.items if item.kind in CODED]

    decoded = decode(questionnaire, encode(questionnaire, values))

    assert decoded == {code: values.get(code, NOT_ASKED) for code in choices}


@given(questionnaires(), st.text("0123abcf.-xZ é", max_size=20))
def test_only_codes_that_were_written_are_read(questionnaire, codes):
    try:
        decoded = decode(questionnaire, codes)
    except ValueError:
        return
    answered = {code: value for code, value in decoded.items() if value is not NOT_ASKED}
    assert len(codes) == len(encode(questionnaire, answered))


def ballot(questionnaire, given):
    """Return what `read_answers` would: a value for every item that was asked."""
    return {code: given.get(code) for code in asked(questionnaire, given)}


def test_positions_are_fixed_and_digits_are_places():
    satisfied = {"C01": "m96", "C02": "0", "C11": "5", "C48": ("s1", "s0"), "C50": "1"}
    codes = encode(FORM_C, ballot(FORM_C, satisfied | {"C51": ("b1", "b96")}))

    assert codes[:4] == "93-0"
    assert codes.endswith("82" + "4" + "802" + "..")
    assert len(codes) == len(encode(FORM_C, {}))
    assert encode(FORM_C, ballot(FORM_C, {})).endswith(".." + "." + "---" + ".-")


def test_an_answer_that_is_not_on_offer_is_not_encoded():
    with pytest.raises(ValueError, match="not in tuple"):
        encode(FORM_C, {"C11": "7"})


@pytest.mark.parametrize("change", [lambda c: c[:-1], lambda c: c + ".", lambda c: "z" + c[1:]])
def test_damaged_codes_are_refused(change):
    with pytest.raises(ValueError, match=r"."):
        decode(FORM_C, change(encode(FORM_C, {})))


def test_texts_and_the_contact_go_separate_ways():
    values = {"C52": "没写清楚", "C54": None, "C56": "13812345678", "C11": "5"}

    assert texts(FORM_C, values) == (("C52", "没写清楚"),)
    assert contact(FORM_C, values) == "13812345678"
    assert contact(FORM_A, {"A34": "好"}) is None


def test_a_ballot_with_less_than_half_of_the_scored_items_is_void():
    codes = [item.code for item in FORM_A.items if item.is_scored]

    assert len(codes) == 11
    assert is_void(FORM_A, ballot(FORM_A, dict.fromkeys(codes[:5], "9")))
    assert not is_void(FORM_A, ballot(FORM_A, dict.fromkeys(codes[:6], "9")))
