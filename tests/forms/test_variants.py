"""Forms tailored to one target: `forms/variants.py`."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.checks import design_faults
from forms.digest import digest
from forms.variants import Facts, name_lines, tailor
from forms.xlsform import read_xlsform
from tests.forms.strategies import questionnaires
from tests.forms.workbooks import sample

FORM_A = read_xlsform(sample("A_"), "a.xlsx")
B012 = Facts("B012", "高桥村党支部", "高桥村", "区创先争优活动领导小组办公室")


def test_what_is_said_first_names_the_target_and_who_asks():
    form = tailor(FORM_A, B012)
    intro = next(form.all_items())

    assert intro.label.to("zh") == (
        "评议对象：高桥村党支部。组织评议：区创先争优活动领导小组办公室。"
        "本表不记名。请根据您了解的情况评议本党支部，约需2分钟。"
    )
    assert intro.label.to("en").startswith("About: 高桥村党支部. Organised by: ")
    assert form.title == FORM_A.title
    assert form.target == "B012"
    assert form.items == FORM_A.items


facts = st.builds(Facts, *[st.sampled_from(["B1", "B2", "一"])] * 4)


@given(questionnaires(), facts, facts)
def test_each_target_has_a_digest_of_its_own(form, first, second):
    same = (first.org_id, first.name, first.organiser) == (
        second.org_id,
        second.name,
        second.organiser,
    )

    assert (digest(tailor(form, first)) == digest(tailor(form, second))) == same
    assert digest(tailor(form, first)) != digest(form)


@given(questionnaires(), facts)
def test_tailoring_keeps_what_is_asked_and_makes_no_fault(form, one):
    tailored = tailor(form, one)

    assert tailored.items == form.items
    assert [f for f in design_faults(tailored) if f.part == "name"] == []
    assert one.name in next(tailored.all_items()).label.to("zh")


def test_a_form_without_an_introduction_gets_one():
    sections = tuple(
        dataclasses.replace(section, items=section.questions) for section in FORM_A.sections
    )
    form = tailor(dataclasses.replace(FORM_A, sections=sections), B012)

    assert next(form.all_items()).label.to("zh").startswith("评议对象：高桥村党支部。")
    assert form.items == FORM_A.items


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("高桥村党支部", ("高桥村党支部",)),
        ("区政务服务中心医保窗口", ("区政务服务中心", "医保窗口")),
        ("云帆精密有限公司党支部", ("云帆精密有限公司", "党支部")),
        ("云澜街道便民服务中心综合窗口", ("云澜街道", "便民服务中心", "综合窗口")),
        ("第一税务分局（办税服务厅）党支部", ("第一税务分局", "（办税服务厅）", "党支部")),
        (
            "中共示范区委创先争优活动领导小组办公室",
            ("中共示范区委", "创先争优活动领导小组办公室"),
        ),
        ("没有任何可断开之处的很长名称", ("没有任何可断开之处的很长名称",)),
        ("", ("",)),
    ],
)
def test_names_are_broken_where_their_meaning_allows(name, lines):
    assert name_lines(name) == lines


@given(st.text("区局中心镇村党支部（）医院窗口a", max_size=30))
def test_lines_make_up_the_name(name):
    assert "".join(name_lines(name)) == name
