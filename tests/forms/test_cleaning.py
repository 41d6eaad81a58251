"""Text as it was meant: `forms/cleaning.py`."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from forms.cleaning import clean, has_surrogate, is_blank


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text):
    assert clean(clean(text)) == clean(text)


@given(st.text())
def test_what_is_clean_is_composed_and_holds_no_control(text):
    cleaned = clean(text)

    assert unicodedata.is_normalized("NFC", cleaned)
    assert all(
        character in "\n\t" for character in cleaned if unicodedata.category(character) == "Cc"
    )


def test_signs_that_deceive_are_taken_out_and_joiners_stay():
    assert clean("a\u202eb\u2066c\u200bd\ufeffe\xadf") == "abcdef"
    assert clean("👨\u200d👩\u200d👧 क\u200cष") == "👨\u200d👩\u200d👧 क\u200cष"
    assert clean("一\r\n二\x85三") == "一\n二\n三"


def test_blank_is_what_cannot_be_seen():
    assert is_blank(" \u3000\n\u200d")
    assert not is_blank(" 。")


def test_half_a_character_is_noticed():
    assert has_surrogate("a\ud800")
    assert not has_surrogate("𠮷")
