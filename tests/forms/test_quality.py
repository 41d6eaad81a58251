"""Signs of unread ballots: `forms/quality.py`."""

import csv
import json

import pytest

from forms.definition import (
    Item,
    ItemKind,
    Questionnaire,
    ResponseOption,
    Section,
    Subject,
    Wording,
)
from forms.quality import flags
from forms.xlsform import read_xlsform
from tests.forms.workbooks import SAMPLE, sample

FORM_C = read_xlsform(sample("C_"), "c.xlsx")
TV10 = json.loads((SAMPLE / "scoring_test_vectors.json").read_text())["TV10_careless"]


def scored(code, scale="sat5", relevant=""):
    options = tuple(ResponseOption(str(n), Wording(), 10.0 * n) for n in range(10))
    return Item(
        code, ItemKind.SINGLE_CHOICE, Wording(), scale=scale, options=options, relevant=relevant
    )


def form_of(*items):
    section = Section("g", Wording(), items)
    return Questionnaire("Q", "1", Wording(), ("zh",), Subject.WINDOW, (section,))


TEN = form_of(*(scored(f"Q{n}") for n in range(10)))


@pytest.mark.parametrize(("case", "result"), list(zip(TV10["input"], TV10["result"], strict=True)))
def test_the_published_vectors(case, result):
    values = {f"Q{n}": str(answer) for n, answer in enumerate(case["answers"])}

    found = flags(TEN, values, case["seconds"])

    assert found == {name for name in ("fast", "straight", "suspect") if result[name]}


@pytest.mark.parametrize("form", ["A", "C"])
def test_exactly_the_suspects_of_the_sample_are_found(form):
    questionnaire = read_xlsform(sample(f"{form}_"), "x.xlsx")
    with (SAMPLE / f"responses_{form}_sample.csv").open(encoding="utf-8-sig") as rows:
        for row in csv.DictReader(rows):
            values = {
                item.code: row.get(item.code) or None
                for item in questionnaire.items
                if item.kind is ItemKind.SINGLE_CHOICE
            }
            found = flags(questionnaire, values, float(row["seconds"]))
            assert ("suspect" in found) == (row["expect_suspect"] == "1"), row["response_id"]


def test_without_seconds_nothing_is_fast():
    assert flags(TEN, {f"Q{n}": "5" for n in range(10)}, None) == {"straight"}


def test_two_seconds_for_each_answer_are_enough():
    five = {f"Q{n}": str(n) for n in range(5)}

    assert flags(TEN, five, 10) == frozenset()
    assert flags(TEN, five, 9.99) == {"fast"}
    assert flags(TEN, {}, 0) == frozenset()


def test_do_not_know_counts_as_an_answer():
    assert flags(TEN, {f"Q{n}": "9" for n in range(8)}, 15) == {"fast", "straight", "suspect"}


def test_a_run_goes_on_over_unscored_items_and_variants_of_a_scale():
    text = Item("T", ItemKind.TEXT, Wording())
    form = form_of(
        *(scored(f"Q{n}") for n in range(7)), text, scored("Q7", "sat5x"), scored("Q8", "seen3")
    )

    assert flags(form, {f"Q{n}": "5" for n in range(9)}, None) == {"straight"}
    assert flags(form, {f"Q{n}": "5" for n in (*range(7), 8)}, None) == frozenset()


def test_a_run_ends_at_another_scale_and_at_a_gap():
    mixed = form_of(
        *(scored(f"Q{n}") for n in range(4)),
        scored("S", "seen3"),
        *(scored(f"R{n}") for n in range(4)),
    )
    same = {item.code: "5" for item in mixed.items}

    assert flags(mixed, same, None) == frozenset()
    assert flags(TEN, {f"Q{n}": None if n == 5 else "5" for n in range(10)}, None) == frozenset()


def test_an_item_that_is_not_asked_is_no_gap():
    form = form_of(
        *(scored(f"Q{n}") for n in range(4)),
        scored("S", relevant="${Q0} = '1'"),
        *(scored(f"R{n}") for n in range(4)),
    )

    assert flags(form, dict.fromkeys(form.items_by_code, "5"), None) == {"straight"}
