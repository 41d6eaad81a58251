"""The paper ballot: what the phone asks, numbered to be ticked and keyed."""

import re
from html import unescape

import pytest
from markupsafe import Markup

from forms.insertions import said
from forms.variants import Facts, Row, tailor
from reports.paper_form import PaperBallot, call_back_items, paper_form_html, question_numbers
from tests.reports.conftest import read_questionnaire

FACTS = Facts("W01", "<b>政务</b>中心", "中心", "区办")
PEOPLE = ("禾一鸣", "泉·远山", "松<i>青")


def html_of(name, facts=FACTS, **more):
    questionnaire = tailor(read_questionnaire(name), facts)
    return paper_form_html(
        PaperBallot(
            questionnaire, facts.name, facts.organiser, "三季度评议", "1", "AB12CD34",
            Markup("<svg></svg>"), **more,
        )
    )  # fmt: skip


def text_of(html):
    # Without the signs that say where a line may break.
    return re.sub(r"[\u200b\u2060]", "", unescape(re.sub(r"<[^>]*>", "", html)))


def test_every_question_has_its_number_and_options_are_numbered_as_they_are_keyed():
    html = html_of("C_window_sat")
    questionnaire = read_questionnaire("C_window_sat")
    numbers = question_numbers(questionnaire)
    printed = [int(n) for n in re.findall(r"<b>([0-9]+)\.</b>", html)]

    assert sorted(printed) == sorted(numbers.values()) == list(range(1, len(numbers) + 1))
    assert "<small>1</small>非常满意" in html
    assert "<small>6</small>不了解" in html.replace("不了解/未遇到", "不了解")


def test_conditions_are_said_by_number_and_answer():
    numbers = question_numbers(read_questionnaire("C_window_sat"))
    assert f"第{numbers['C50']}题选了" in text_of(html_of("C_window_sat"))
    assert "最多选3项" in text_of(html_of("A_branch_mass"))


def test_a_telephone_is_asked_on_a_strip_that_is_cut_off():
    questionnaire = read_questionnaire("C_window_sat")
    assert [item.code for item in call_back_items(questionnaire)] == ["C55", "C56"]
    ballot, strip = html_of("C_window_sat").split('class="strip"')
    assert "电话" in strip
    assert "回访电话" not in ballot


def test_a_pattern_has_a_line_for_each_member_and_leaves_the_sum_unsaid():
    rows = tuple(Row(str(n), name) for n, name in enumerate(PEOPLE, start=1))
    html = html_of("B_member_review_B012", Facts("B012", "支部", "支部", "区办", rows))
    assert [name for name in PEOPLE if name not in text_of(html)] == []
    assert "${" not in html
    assert "一般不超过三分之一（本支部1人）" in text_of(html)


def test_pictures_and_sums_are_left_to_the_phone():
    assert "图片" not in text_of(html_of("F_open_consult"))


def test_names_are_text_and_the_mark_is_on_the_page():
    html = html_of("A_branch_mass", is_large=True)
    assert "<b>政务</b>" not in html
    assert "AB12CD34" in html
    assert 'class="large"' in html


@pytest.mark.parametrize(("name", "is_said"), [("A_branch_mass", True), ("I_leader_review", False)])
def test_only_forms_without_names_say_so(name, is_said):
    assert ("本票不记名" in html_of(name)) is is_said


def test_sentences_with_something_to_insert_are_dropped():
    assert said("您评了${n}人。按规定不超过三分之一。") == "按规定不超过三分之一。"
    assert said("得分：${score}") == ""
    assert said(" 没有空 ") == "没有空"
