"""The evaluator of conditions: `forms/expressions.py` over `forms/syntax.py`."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.expressions import (
    ExpressionError,
    boolean,
    calculated,
    evaluate,
    parse,
    references,
    to_data,
)

CASES = json.loads((Path(__file__).parent / "expression_cases.json").read_text())


def as_value(value):
    return tuple(value) if isinstance(value, list) else value


@pytest.mark.parametrize(("text", "answers", "current", "result"), CASES)
def test_it_comes_to_what_the_common_table_says(text, answers, current, result):
    values = {code: as_value(value) for code, value in answers.items()}

    found = evaluate(parse(text), values, as_value(current))

    assert found == result
    assert isinstance(found, bool) == isinstance(result, bool)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("   ", 3),
        ("${A30} =", 8),
        ("${A30} = '1", 9),
        ("${A30 = '1'", 0),
        ("${A30} == '1'", 8),
        ("${A30} = '1' or", 15),
        ("(${A30} = '1'", 13),
        ("${A30} = '1')", 12),
        ("'it''s'", 4),
        ("“1”", 0),
        ("${A30} ＝ '1'", 7),
        ("A30 = '1'", 0),
        ("count(.)", 0),
        ("selected(.)", 0),
        ("selected(., 'a', 'b')", 0),
        ("sum()", 0),
        ("round(1, 2, 3)", 0),
        ("today(1)", 0),
        ("true(1)", 0),
        ("not .", 4),
        ("1 2", 2),
        ("/data/A30", 0),
        ("..", 1),
        ("regex(., ${A30})", 0),
        ("regex(., '(a+)+')", 0),
        ("(" * 40 + "1" + ")" * 40, 30),
        ("1" + " + 1" * 2500, 5000),
        ("1" + " + 1" * 250, 0),
    ],
)
def test_a_broken_expression_is_refused_with_its_place(text, position):
    with pytest.raises(ExpressionError) as refusal:
        parse(text)

    assert refusal.value.position == position
    assert refusal.value.zh
    assert refusal.value.en


def test_a_misspelt_function_is_answered_with_the_nearest():
    with pytest.raises(ExpressionError, match="did you mean count-selected"):
        parse("count_selected(.)")


@given(st.text(alphabet="${}A'\"()<>=!.,+-* 019abdeilmnorstv,，“"))
def test_any_text_is_read_or_refused(text):
    position = 0
    try:
        evaluate(parse(text), {})
    except ExpressionError as refusal:
        position = refusal.position
    assert 0 <= position <= len(text)


expressions = st.recursive(
    st.sampled_from(["${A}", ".", "'x'", "1", "0.5"]),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["=", "or", "<", "div", "-"]), inner),
        st.builds("selected({}, {})".format, inner, inner),
        st.builds("if({}, {}, {})".format, inner, inner, inner),
        st.builds("-{}".format, inner),
    ),
    max_leaves=12,
)
values = st.one_of(st.none(), st.text(max_size=4), st.tuples(st.just("x"), st.just("1")))


@given(expressions, values, values)
def test_evaluation_never_fails(text, answer, current):
    assert boolean(evaluate(parse(text), {"A": answer}, current)) in (True, False)


@given(expressions)
def test_the_export_is_json(text):
    data = to_data(parse(text))

    assert json.loads(json.dumps(data)) == data


def test_the_export_has_the_shape_the_phone_reads():
    assert to_data(parse("selected(${C51}, 'b96') and . != 2")) == [
        "and",
        ["selected", ["$", "C51"], "b96"],
        ["!=", ["."], 2],
    ]


def test_a_calculation_over_a_patterns_row_is_the_sum_over_its_rows():
    text = "if(${B1_EACH} = '4', 1, 0) * number(${B00})"

    assert (
        calculated(text, {"B00": "2", "B1_M1": "4", "B1_M2": "3", "B1_M3": "4", "B2": "4"}) == "4"
    )
    assert calculated(text, {"B00": "2"}) == "0"
    assert calculated("1 div 0 - 1 div 0", {}) == ""


def test_references_are_the_items_that_are_read():
    assert references(parse("${A} = '1' or selected(${B}, 'x') or . = 2")) == {"A", "B"}
