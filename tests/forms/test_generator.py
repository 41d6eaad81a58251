"""Questionnaire → form → answers: `forms/generator.py`, `forms/answers.py`."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import Form

from forms.answers import read_answers
from forms.checks import RESERVED_NAMES
from forms.digest import digest
from forms.generator import build_form
from forms.variants import Facts, tailor
from forms.xlsform import read_xlsform
from tests.forms.strategies import filled_in, questionnaires
from tests.forms.workbooks import SAMPLE, sample, workbook

SMALL = read_xlsform(workbook(), "x.xlsx")
FORM_A = read_xlsform(sample("A_"), "a.xlsx")
FORM_C = read_xlsform(sample("C_"), "c.xlsx")
SOUND = {"X01": "member", "X11": "2", "X12": "9"}
SATISFIED = {
    "C01": "m1",
    "C02": "1",
    "C03": "w1",
    "C50": "5",
    **{f"C{number}": "5" for number in (*range(11, 21), *range(31, 36), 44, 45, 46)},
    "C41": "1",
    "C42": "1",
    "C43": "0",
    "C47": "9",
}


def posted(values) -> MultiDict:
    pairs = []
    for code, value in values.items():
        several = value if isinstance(value, (list, tuple)) else [value]
        pairs += [(code, one) for one in several if one is not None]
    return MultiDict(pairs)


def filled(questionnaire, values, **options):
    form = build_form(questionnaire, **options)(formdata=posted(values))
    form.validate()
    return form


def errors_of(values, questionnaire=SMALL, **options):
    return filled(questionnaire, values, **options).errors


@given(filled_in(), st.data())
def test_without_a_form_the_same_is_accepted_as_with_one(case, data):
    questionnaire, values = case
    dropped = data.draw(st.sets(st.sampled_from(sorted(values) or ["none"])))
    fields = posted({code: value for code, value in values.items() if code not in dropped})
    form_class = build_form(questionnaire)
    form = form_class(formdata=fields)

    expected = read_answers(questionnaire, form).values if form.validate() else None
    assert form_class.accepted(fields) == expected


@given(filled_in())
def test_every_offered_answer_comes_back_as_itself(case):
    questionnaire, values = case

    form = filled(questionnaire, values)

    assert not form.errors
    assert read_answers(questionnaire, form).values == values


@given(questionnaires(), st.data())
def test_any_post_is_judged_and_errors_name_asked_items(questionnaire, data):
    codes = st.sampled_from([*questionnaire.items_by_code, "other"])
    pairs = data.draw(
        st.lists(st.tuples(codes, st.sampled_from(["o0", "o9", "", "x\0", "\ud800"])))
    )
    form = build_form(questionnaire)(formdata=MultiDict(pairs))

    is_valid = form.validate()

    assert is_valid == (not form.errors)
    assert set(form.errors) <= set(questionnaire.items_by_code)
    assert set(read_answers(questionnaire, form).values) <= set(questionnaire.items_by_code)


@pytest.mark.parametrize(("form", "file"), [(FORM_A, "A"), (FORM_C, "C")])
def test_every_answer_of_the_sample_is_accepted(form, file):
    with (SAMPLE / f"responses_{file}_sample.csv").open(encoding="utf-8-sig") as rows:
        for row in csv.DictReader(rows):
            values = {
                code: row[code].split() if item.kind == "select_multiple" else row[code]
                for code, item in form.items_by_code.items()
                if row.get(code)
            }
            assert not errors_of(values, form), row["response_id"]


def test_an_empty_form_names_every_required_item():
    assert errors_of({}) == {
        "X01": ["请选一项"],
        "X11": ["请选一项；不了解也请点一下"],
        "X12": ["请选一项；不了解也请点一下"],
    }
    assert errors_of({}, language="en")["X01"] == ["Please choose one"]


def test_an_authors_own_message_is_used():
    data = workbook(
        {("survey", 1, 9): "required_message::中文(zh)", ("survey", 3, 9): "请说说您是谁"}
    )

    assert errors_of({}, read_xlsform(data, "x.xlsx"))["X01"] == ["请说说您是谁"]


@pytest.mark.parametrize(
    "value", ["0", "6", "-1", "1.5", "1e0", "２", "2 ", " 2", "NaN", "true", "2\0", "member"]
)
def test_nothing_is_coerced(value):
    assert errors_of(SOUND | {"X11": value}) == {"X11": ["选的这一项不在题目里，请重新选一次"]}


def test_an_empty_value_is_no_answer():
    assert errors_of(SOUND | {"X11": ""}) == {"X11": ["请选一项；不了解也请点一下"]}
    assert errors_of({"A02": ""}, FORM_A).get("A02") is None


def test_two_answers_where_one_is_asked_for_are_refused():
    assert errors_of(SOUND | {"X11": ["2", "1"]}) == {"X11": ["这里只能选一项"]}


def test_multiple_choices_keep_the_order_of_the_questionnaire():
    form = filled(SMALL, SOUND | {"X11": "1", "X21": ["far", "slow"]})

    assert read_answers(SMALL, form).values["X21"] == ("slow", "far")


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        (["slow", "slow"], "同一项送来了两次，请重新选一次"),
        (["slow", "late"], "选的这一项不在题目里，请重新选一次"),
        (["slow", "rude", "far"], "这里好像不对，请检查一下"),
    ],
)
def test_unacceptable_choices_are_named(chosen, message):
    assert errors_of(SOUND | {"X11": "1", "X21": chosen}) == {"X21": [message]}


def test_an_option_that_excludes_the_others_stands_alone():
    chosen = {"C48": ["s0", "s1"]}

    assert errors_of(SATISFIED | chosen, FORM_C) == {"C48": ["选“都没有看到”时不能再选其他"]}
    assert errors_of(SATISFIED | chosen, FORM_C, language="en") == {
        "C48": ["'None' excludes the others"]
    }


def test_what_is_not_asked_is_dropped_without_an_error():
    form = filled(SMALL, SOUND | {"X21": ["nonsense", "nonsense"]})

    assert not form.errors
    assert "X21" not in read_answers(SMALL, form).values


def test_a_required_item_is_required_only_if_asked():
    dissatisfied = SATISFIED | {"C50": "1"}

    assert not errors_of(SATISFIED, FORM_C)
    assert errors_of(dissatisfied, FORM_C) == {"C51": ["请至少选一项"]}
    assert errors_of(dissatisfied | {"C51": "b96"}, FORM_C) == {"C52": ["这里还没有填"]}
    assert errors_of(SATISFIED | {"C02": "0", "C03": None}, FORM_C) == {}


def test_an_answer_behind_a_skipped_item_is_skipped_too():
    form = filled(FORM_C, SATISFIED | {"C51": "b96", "C52": "慢", "C55": "1", "C56": "x"})

    assert not form.errors
    assert not {"C51", "C52", "C55", "C56"} & set(read_answers(FORM_C, form).values)


def test_a_number_to_call_back_is_checked():
    asked_back = SATISFIED | {"C50": "2", "C51": "b1", "C55": "1"}

    assert errors_of(asked_back | {"C56": "12345"}, FORM_C) == {
        "C56": ["请填写手机号或带区号的座机"]
    }
    assert not errors_of(asked_back | {"C56": "13812345678"}, FORM_C)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  好  ", "好"),
        (" \t\r\n\u3000\u200b", None),
        ("", None),
        ("一\r\n二\r三\u2028四", "一\n二\n三\n四"),
        ("a\0b\x07c\x9bd\u202ee\u2066f\ufeff", "abcdef"),
        ("e\u0301", "é"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("字" * 500, "字" * 500),
    ],
)
def test_texts_are_kept_as_they_were_meant(written, kept):
    form = filled(SMALL, SOUND | {"X22": written})

    assert not form.errors
    assert read_answers(SMALL, form).values["X22"] == kept


def test_texts_that_are_too_long_say_by_how_much():
    assert errors_of(SOUND | {"X22": "字" * 501}) == {"X22": ["不超过500字"]}
    assert errors_of(SOUND | {"X22": "字" * 1_012}) == {
        "X22": ["超出12字，请删短一点；已写的都还在"]
    }


def test_what_was_written_is_still_there_when_it_is_not_accepted():
    form = filled(SMALL, {"X22": "字" * 1_012, "X11": "2"})

    assert "字" * 1_012 in str(form["X22"]())
    assert [option.checked for option in form["X11"]] == [True, False, False]


def test_half_a_character_is_refused():
    assert errors_of(SOUND | {"X22": "a\ud800"}) == {"X22": ["有的字显示不出来，请删掉它"]}


def test_nothing_is_preselected():
    form = build_form(FORM_C)()

    assert set(form.data.values()) == {None}


def test_a_form_does_not_remember_the_one_before():
    filled(SMALL, SOUND | {"X22": "secret"})
    form = build_form(SMALL)()

    assert form.data["X22"] is None
    assert form["X22"].raw_data == []


def test_paper_may_leave_scored_items_empty_but_not_the_overall_one():
    on_paper = errors_of({"A01": "other", "A31": "p1"}, FORM_A, paper=True)

    assert set(on_paper) == {"A30"}
    assert set(errors_of({}, FORM_A, paper=True)) == {"A01", "A30", "A31"}
    assert "C51" in errors_of({"C50": "1"}, FORM_C, paper=True)


def test_forms_that_ask_the_same_share_one_class():
    first = tailor(FORM_A, Facts("B001", "一支部", "一", ""))
    second = tailor(FORM_A, Facts("B002", "二支部", "二", ""))

    assert digest(first) != digest(second)
    assert build_form(first) is build_form(second)
    assert build_form(first) is not build_form(first, "en")
    assert build_form(FORM_A) is not build_form(FORM_C)


def test_names_of_a_wtforms_form_are_reserved():
    assert {name for name in dir(Form()) if not name.startswith("_")} <= RESERVED_NAMES
