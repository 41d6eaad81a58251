"""Telephone and identity numbers in texts: `forms/screening.py`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.screening import is_identity_number, personal_data

# The example of GB 11643-1999 itself.
IDENTITY = "11010519491231002X"


@pytest.mark.parametrize(
    "text",
    [
        "我的电话13812345678",
        "138-1234-5678",
        "138 1234 5678，请回电",
        "１３８１２３４５６７８",
        "+86 13812345678",
        "008613812345678",
        "一三八一二三四五六七八",
        "幺三八12345678",
        "0571-87654321",
        "(0571)87654321",
        "010 87654321",
        "电话：87654321",
        "共3人，13812345678，2026年",
        "2026 13812345678",
    ],
)
def test_telephone_numbers_are_found(text):
    assert personal_data(text) == {"phone"}


@pytest.mark.parametrize(
    "text",
    [
        IDENTITY,
        IDENTITY.lower(),
        f"身份证{IDENTITY}号",
        "110105 19491231 002X",
        "１１０１０５１９４９１２３１００２Ｘ",
    ],
)
def test_identity_numbers_are_found(text):
    assert personal_data(text) == {"identity_card"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "等了30分钟，2026年9月15日上午8:30—11:00",
        "承诺20个工作日，实际45天",
        "12345热线",
        "材料编号20260915001",
        "12812345678",
        "138123456789",
        "110105194912310021",
        "110105194913310022",
        "1、2、3、4、5、6、7、8、9、10、11",
        "一二三四五六七八九十",
        "满意100分",
        "400-800-1234",
    ],
)
def test_other_numbers_are_not(text):
    assert personal_data(text) == frozenset()


def test_both_are_told_apart():
    assert personal_data(f"{IDENTITY} 13812345678") == {"phone", "identity_card"}


@pytest.mark.parametrize("position", range(17))
def test_one_wrong_digit_is_noticed(position):
    digit = str((int(IDENTITY[position]) + 1) % 10)

    assert not is_identity_number(IDENTITY[:position] + digit + IDENTITY[position + 1 :])


@given(st.text("0123456789xX -.()一二零１a电话号码", max_size=80))
def test_any_text_is_screened(text):
    assert personal_data(text) <= {"phone", "identity_card"}


@pytest.mark.parametrize("text", ["1 " * 10_000, "1" * 20_000, "电话" * 10_000, "1--" * 7_000])
def test_long_texts_are_screened_at_all(text):
    # A pattern that backtracks would not come back from twenty times the longest text we take.
    assert personal_data(text) <= {"phone", "identity_card"}
