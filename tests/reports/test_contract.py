"""Figures as programs and spreadsheets read them: `reports/contract.py`, `reports/tables.py`."""

import csv
import io
import json

import pytest

from reports.contract import to_contract
from reports.disclosure import Places, release
from reports.figures import Audience
from reports.rules import DEFAULT
from reports.tables import HEADER, long_rows, safe_cell, to_csv


def exported(questionnaire, inputs, audience):
    figures = release(questionnaire, inputs, DEFAULT, audience, Places("D0"))
    return {each.target.org_id: to_contract(each, "R2026Q3") for each in figures}


@pytest.fixture(scope="session")
def window_export(window_form, window_inputs):
    return exported(window_form, window_inputs, Audience.INTERNAL)


@pytest.fixture(scope="session")
def branch_export(branch_form, branch_inputs):
    return exported(branch_form, branch_inputs, Audience.INTERNAL)


@pytest.fixture(scope="session")
def public_export(branch_form, branch_inputs):
    return exported(branch_form, branch_inputs, Audience.PUBLIC)


def test_windows_are_exported_as_published(window_export, expected):
    for org, wanted in expected["C"].items():
        data = window_export[org]
        dimensions = data["dimensions"]
        assert (data["n"], data["received"]) == (wanted["n"], wanted["all_n"])
        assert data["excluded"] == wanted["all_n"] - wanted["n"]
        assert data["overall"]["index"] == wanted["index_C50"]
        assert (data["overall"]["top2"], data["overall"]["top3"]) == (
            wanted["top2"],
            wanted["top3"],
        )
        assert data["overall"]["top2_interval"] == wanted["wilson_top2"]
        assert data["overall"]["top3_interval"] == wanted["wilson_top3"]
        assert data["overall"]["top2_method"] == "wilson"
        for measure in ("index", "importance", "performance", "quadrant"):
            name = "dimension_index" if measure == "index" else measure
            assert {code: d[measure] for code, d in dimensions.items()} == wanted[name]
        assert data["csi"] == wanted["csi"]
        assert data["facts"] == {"one_trip": wanted["one_trip"], "wait_30": wanted["wait_30"]}


def test_branches_are_exported_as_published(branch_export, expected):
    for org, wanted in expected["A"].items():
        data = branch_export[org]
        assert (data["n"], data["status"], data["mass"]) == (
            wanted["n"],
            wanted["status"],
            wanted["mass"],
        )
        assert {code: item["index"] for code, item in data["items"].items()} == wanted["items"]
        assert data["overall"]["top3_interval"] == wanted["wilson_top3"]
        assert {
            need["option"]: need["importance"]
            for code, need in data["needs"].items()
            if code.startswith("A")
        } == wanted["importance_share"]


def test_the_shape_is_the_one_of_the_contract(window_export):
    data = window_export["W01"]

    names = (
        "round org level questionnaire status n received excluded void issued "
        "items overall dimensions csi mass rank"
    )
    assert set(names.split()) <= data.keys()
    assert data["items"]["C11"].keys() == {"n", "dont_know", "counts", "index", "top2", "top3"}
    assert data["items"]["C11"]["n"] == sum(data["items"]["C11"]["counts"].values()) == 345
    assert data["items"]["C11"]["dont_know"] == 5
    assert data["overall"]["item"] == "C50"
    assert data["rank"] == {"place": 2, "low": 1, "high": 4, "band": 1}
    assert data["mass"] is None
    assert json.loads(json.dumps(data)) == data


def test_a_hidden_object_has_the_same_shape_and_nothing_in_it(branch_export, public_export):
    inside, outside = branch_export["B195"], public_export["B195"]

    def leaves(value):
        if isinstance(value, dict):
            return {f"{key}.{rest}" for key, inner in value.items() for rest in leaves(inner)}
        return {""}

    def values(value):
        return (
            [x for v in value.values() for x in values(v)] if isinstance(value, dict) else [value]
        )

    assert set(outside["items"]) == set(inside["items"])
    assert leaves(outside["overall"]) == leaves(inside["overall"])
    assert leaves(outside["dimensions"]) == leaves(inside["dimensions"])
    for part in ("items", "dimensions"):
        assert set(values(outside[part])) == {None}
    assert {k: v for k, v in outside["overall"].items() if v is not None} == {"item": "A30"}
    counts = ("n", "received", "excluded", "void", "issued", "present", "slips")
    assert {outside[name] for name in counts} == {None}
    assert (outside["mass"], outside["rank"], outside["status"]) == (None, None, "suppressed")


def test_needs_are_named_by_the_item_they_are_paired_with(branch_export):
    needs = branch_export["B006"]["needs"]

    assert list(needs) == ["A11", "A12", "A13", "A14", "A15", "p6", "p7", "p8"]
    assert needs["A14"]["quadrant"] in {"Q1", "Q2", "Q3", "Q4"}
    assert needs["p6"]["performance"] is None


def test_roll_ups_are_exported_with_their_level(branch_export):
    assert branch_export["U03"]["level"] == "unit"
    assert branch_export["农村"]["level"] == "sector"
    assert branch_export["D0"]["level"] == "district"
    assert branch_export["D0"]["members"] == 8


def test_a_row_for_each_measure(window_form, window_inputs):
    figures = release(window_form, window_inputs, DEFAULT, Audience.INTERNAL, Places("D0"))
    text = to_csv(HEADER, long_rows(figures, "R2026Q3"))
    rows = list(csv.DictReader(io.StringIO(text)))
    values = {(r["org"], r["item"], r["measure"]): r["value"] for r in rows}

    assert len(values) == len(rows)
    assert values["W01", "", "n"] == "350"
    assert values["W01", "", "csi"] == "83.7026"
    assert values["W01", "C50", "overall.top2_interval.low"] == "0.8354"
    assert values["W01", "efficient", "quadrant"] == "Q2"
    assert values["W01", "C11", "counts.5"] == "190"
    assert values["W01", "one_trip", "share"] == "0.6486"
    assert values["W01", "", "rank.band"] == "1"
    assert values["W01", "", "mass"] == ""


FORMULAS = (
    "=1+1",
    "+86",
    "-cmd",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "＋",
    "－",
    "＠",
    "  =1",
)


@pytest.mark.parametrize("text", [*FORMULAS, "\u3000＝1", "-1+1", "-inf"])
def test_no_cell_is_a_formula(text):
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "稻香村", "-1.4236", "12", "B012", "a=b", "1e-05", "-0.5"])
def test_plain_cells_stay_as_they_are(text):
    assert safe_cell(text) == text
