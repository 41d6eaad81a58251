"""Numbers and names of persons do not come through; everything else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.masking import NAME_MARK, NUMBER_MARK, mask


@pytest.mark.parametrize(
    "text",
    [
        "请打13812345678联系我",
        "请打１３８１２３４５６７８联系我",
        "请打一三八一二三四五六七八联系我",
        "请打138-1234-5678联系我",
        "请打幺叁捌 壹贰叁肆 伍陆柒捌联系我",
        "我的身份证320683195801011234",
        "我的身份证32068319580101123X",
        "电话：86512345，晚上在",
        "车牌苏F12345经常乱停",
        "写信到 wang.li@example.com",
    ],
)
def test_numbers_are_masked_in_every_writing(text):
    masked = mask(text)

    assert NUMBER_MARK in masked
    assert not any(part in masked for part in ("1234", "１２３４", "一二三", "壹贰", "F12", "@"))


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("王建国推三阻四", "王建国"),
        ("二号窗口的李主任不在", "李"),
        ("欧阳书记从来不下村", "欧阳"),
        ("找张伟明办事要送礼", "张伟明"),
    ],
)
def test_names_of_persons_are_masked(text, hidden):
    masked = mask(text)

    assert hidden not in masked
    assert NAME_MARK in masked


def test_certain_names_are_masked_wherever_they_stand():
    assert mask("听喆堃说的，党员阿依古丽很好", ["喆堃", "阿依古丽"]) == "听某某说的，党员某某很好"


@pytest.mark.parametrize(
    "text",
    [
        "排队等了2个小时，3号窗口一直没人",
        "2012年承诺的路灯还没有装，共15盏",
        "高效服务做得不错，金沙街道办事方便",
        "党员带头，群众满意",
    ],
)
def test_what_is_no_number_and_no_name_stays(text):
    assert mask(text) == text


@given(st.text(max_size=200))
def test_masking_takes_any_text_and_is_settled(text):
    once = mask(text)

    assert mask(once).count(NUMBER_MARK) == once.count(NUMBER_MARK)


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text("的在窗口排队，。 ", max_size=20))
def test_no_mobile_number_comes_through(number, around):
    assert number not in mask(f"{around}{number}{around}")
