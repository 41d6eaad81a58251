"""Patterns and their rows: `forms/instances.py`, `forms/variants.py`."""

import csv
import dataclasses
import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.checks import design_faults
from forms.definition import ItemKind, Subject
from forms.expressions import evaluate, parse
from forms.generator import build_form
from forms.instances import NotAlike, pattern_of
from forms.routing import with_calculations
from forms.variants import Facts, Row, tailor, told_apart
from forms.xlsform import XlsFormRefused, read_xlsform
from tests.forms.workbooks import SAMPLE, sample

FORM_B = read_xlsform(sample("B_"), "b.xlsx")
FORM_G = read_xlsform(sample("G_"), "g.xlsx")
FORM_H = read_xlsform(sample("H_"), "h.xlsx")


def facts(*rows, **values):
    return Facts("B012", "高桥村党支部", "高桥村", "区办", rows, tuple(values.items()))


def roster(branch):
    with (SAMPLE / "members.csv").open(encoding="utf-8") as file:
        return [
            (row["member_id"], row["name"], (f"{row['birth_year']}年生",))
            for row in csv.DictReader(file)
            if row["branch_id"] == branch and row["evaluated"] == "1"
        ]


def test_instances_are_read_as_patterns_under_their_codes():
    assert [form.code for form in (FORM_B, FORM_G, FORM_H)] == [
        "B_member_review",
        "G_commit_verify",
        "H_rectify_recheck",
    ]
    assert [item.code for item in FORM_B.items if item.is_repeated] == ["B1_EACH"]
    assert [i.code for i in FORM_G.items if i.is_repeated] == [f"G{n}_EACH" for n in (1, 2, 3, 4)]
    assert not any(design_faults(form) for form in (FORM_B, FORM_G, FORM_H))


def test_the_rows_of_the_sample_come_back_as_they_were():
    form = tailor(FORM_B, facts(*told_apart(roster("B012"))))
    rows = [item for item in form.items if item.dimension == "member"]

    assert len(rows) == 23
    assert rows[0].code == "B1_M00240"
    assert rows[0].label.to("zh") == "1. 云石"
    assert [row.label.to("zh") for row in rows[-2:]] == [
        "22. 樾一舟（1989年生）",
        "23. 樾一舟（1991年生）",
    ]
    warning = next(item for item in form.all_items() if item.code == "B_warn")
    assert "（本支部7人）" in warning.label.to("zh")
    assert design_faults(form) == ()


def test_more_than_a_third_excellent_is_warned_about_and_never_refused():
    form = tailor(FORM_B, facts(*(Row(f"M{n}", f"名{n}") for n in range(9))))
    grades = {f"B1_M{n}": "4" if n < 4 else "1" for n in range(9)}

    known = with_calculations(form, {"B00": "mass"} | grades)

    assert (known["B_n_exc"], known["B_n_unq"], known["N_B1"]) == ("4", "5", "9")
    assert "B20" in known
    assert "B20" not in with_calculations(form, {"B00": "member"} | dict.fromkeys(grades, "4"))
    sheet = {"B00": "member"} | grades | {f"B{n}": "4" for n in range(31, 36)}
    assert build_form(form)(formdata=_Posted(sheet)).validate()


@pytest.mark.parametrize(("excellent", "is_said"), [(3, False), (4, True), (9, True)])
def test_the_note_on_a_third_appears_with_the_first_one_too_many(excellent, is_said):
    form = tailor(FORM_B, facts(*(Row(f"M{n}", f"名{n}") for n in range(9))))
    (note,) = [item for item in form.all_items() if item.code == "B_warn"]
    grades = {f"B1_M{n}": "4" if n < excellent else "3" for n in range(9)}

    known = with_calculations(form, {"B00": "member"} | grades)

    assert not note.is_question
    assert bool(evaluate(parse(note.relevant), known, "")) is is_said


class _Posted(dict):
    def getlist(self, name):
        return [self[name]] if name in self else []


def test_each_commitment_has_a_group_of_its_own():
    form = tailor(FORM_G, facts(Row("K1", "一次办好"), Row("K-2", "收费{n}上墙"), year="2026"))
    titles = [section.title.to("zh") for section in form.sections if section.title]

    assert titles == ["承诺1：一次办好", "承诺2：收费{n}上墙"]
    assert form.item("G3_K1").relevant == "${G1_K1} = '1' and ${G2_K1} != '9'"
    assert "以下是高桥村党支部2026年向社会公开的承诺" in next(form.all_items()).label.to("zh")


def test_the_problem_is_brought_in():
    form = tailor(FORM_H, facts(problem="路灯不亮", measures="换灯", owner="城管所"))

    assert "问题：路灯不亮  整改措施：换灯  责任单位：城管所" in [
        item.label.to("zh") for item in form.all_items() if item.kind is ItemKind.NOTE
    ]


def test_rows_that_differ_make_no_pattern():
    form = tailor(FORM_B, facts(Row("M1", "甲"), Row("M2", "乙")))
    section = form.sections[1]
    odd = dataclasses.replace(section.items[1], required=False)
    sections = (form.sections[0], dataclasses.replace(section, items=(section.items[0], odd)))

    with pytest.raises(NotAlike, match="B1_M2"):
        pattern_of(dataclasses.replace(form, sections=sections), "B")


def test_a_condition_may_not_read_a_row_it_does_not_stand_in():
    note = next(item for item in FORM_B.all_items() if item.code == "B_warn")
    wrong = dataclasses.replace(note, relevant="${B1_EACH} = '4'")
    sections = tuple(
        dataclasses.replace(s, items=tuple(wrong if i is note else i for i in s.items))
        for s in FORM_B.sections
    )

    faults = design_faults(dataclasses.replace(FORM_B, sections=sections))

    assert [fault.part for fault in faults] == ["relevant"]


NAMES = st.sampled_from(["张伟", "张 伟", "李强", "欧阳·娜娜"])
MARKS = st.tuples(st.sampled_from(["", "1976年生", "1980年生"]), st.sampled_from(["", "男", "女"]))


@given(st.lists(st.tuples(st.uuids().map(str), NAMES, MARKS), max_size=12))
def test_equal_names_are_always_told_apart(people):
    rows = told_apart(people)

    assert len({"".join(row.text.split()) for row in rows}) == len(people)
    assert len({row.key for row in rows}) == len(people)


def test_facts_come_back_from_json():
    given_facts = facts(Row("M1", "甲"), year="2026")

    assert Facts.of(given_facts.to_data()) == given_facts
    assert Facts.of({"org_id": "B1", "name": "一", "short_name": "", "organiser": ""}).rows == ()


def test_only_forms_of_lists_fill_placeholders():
    form = dataclasses.replace(FORM_H, subject=Subject.WINDOW)

    assert "{problem}" in "".join(
        item.label.to("zh") for item in tailor(form, facts(problem="x")).all_items()
    )


def test_an_odd_row_of_a_workbook_is_named_by_its_place():
    data = sample("B_")
    book = openpyxl.load_workbook(io.BytesIO(data))
    book["survey"].cell(13, 7).value = None
    changed = io.BytesIO()
    book.save(changed)

    with pytest.raises(XlsFormRefused) as refusal:
        read_xlsform(changed.getvalue(), "b.xlsx")
    assert [(f.sheet, f.row, f.column) for f in refusal.value.faults] == [("survey", 13, "name")]
