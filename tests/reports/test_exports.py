"""Excel, SPSS and CSV hold the figures of the JSON export, and nothing runs as a formula."""

import json
import math
from dataclasses import replace

import openpyxl
import pyreadstat
import pytest

from forms.digest import digest_of
from reports.contract import to_contract
from reports.disclosure import release
from reports.figures import Audience, Slips
from reports.method_sheet import as_text, figures_digest, method_lines
from reports.rules import DEFAULT
from reports.spss import is_name, sav
from reports.tables import HEADER, long_rows, to_csv
from reports.wide_table import Column, Unit, WideTable, wide_table
from reports.workbook import workbook

ROUND = "R2026Q3"


@pytest.fixture(scope="module")
def released(branch_form, window_form, branch_inputs, window_inputs):
    return [
        *release(branch_form, branch_inputs, DEFAULT, Audience.PUBLIC),
        *release(window_form, window_inputs, DEFAULT, Audience.PUBLIC),
    ]


@pytest.fixture(scope="module")
def forms(branch_form, window_form):
    return [branch_form, window_form]


@pytest.fixture(scope="module")
def table(released, forms):
    return wide_table(released, forms, DEFAULT)


@pytest.fixture(scope="module")
def method(released, forms):
    return method_lines(ROUND, "三季度评议", released, forms, DEFAULT, Audience.PUBLIC)


def wanted(each, name):
    """Return what the JSON export says for a column of items, or of the object."""
    data = to_contract(each, ROUND)
    item, _, measure = name.partition("_")
    if item in data["items"]:
        return data["items"][item].get(measure)
    return data.get(name)


def test_the_workbook_holds_the_figures_of_the_json_export(released, table, method, tmp_path):
    path = tmp_path / "figures.xlsx"
    path.write_bytes(workbook([("结果", table)], method))
    book = openpyxl.load_workbook(path)
    rows = list(book["结果"].iter_rows(values_only=True))

    assert [*rows[0]] == [column.label for column in table.columns]
    assert len(rows) == len(released) + 1
    for row, each in zip(rows[1:], released, strict=True):
        for column, cell in zip(table.columns, row, strict=True):
            if column.name.endswith(("_n", "_index", "_top2", "_top3")):
                assert cell == wanted(each, column.name), (each.target.org_id, column.name)
    assert dict(book["统计说明"].iter_rows(values_only=True))["数据摘要"] == figures_digest(
        [to_contract(each, ROUND) for each in released]
    )


def test_spss_reads_the_figures_back_with_their_labels(released, table, method, tmp_path):
    path = tmp_path / "figures.sav"
    path.write_bytes(sav(table, "三季度评议", method))
    frame, meta = pyreadstat.read_sav(str(path))

    assert list(frame["org"]) == [each.target.org_id for each in released]
    assert meta.column_names_to_labels["C50_index"].endswith("（指数）")
    assert meta.variable_value_labels["status"][4.0] == "可排名"
    for name in ("C50_index", "A30_top3", "n", "C50_n"):
        for cell, each in zip(frame[name], released, strict=True):
            value = wanted(each, name)
            assert (math.isnan(cell) and value is None) or cell == value
    assert figures_digest([to_contract(e, ROUND) for e in released]) in "".join(meta.notes)


def test_every_name_is_one_that_spss_takes(table):
    assert all(is_name(column.name) for column in table.columns)
    assert len({column.name.lower() for column in table.columns}) == len(table.columns)


def test_the_same_figures_are_the_same_bytes(table, method):
    assert workbook([("结果", table)], method) == workbook([("结果", table)], method)


def test_a_hidden_object_is_empty_in_every_format(released, table):
    hidden = [i for i, each in enumerate(released) if not each.is_shown]
    assert hidden
    for i in hidden:
        numbers = [
            cell
            for column, cell in zip(table.columns, table.rows[i], strict=True)
            if column.unit is not Unit.TEXT
        ]
        assert set(numbers) == {None}


@pytest.mark.parametrize("text", ["=1+1", "+1", "@SUM(A1)", "＝1", "\t=1"])
def test_no_text_of_a_workbook_is_a_formula(text, tmp_path):
    table = WideTable((Column("name", text, Unit.TEXT),), ((text,),))
    path = tmp_path / "f.xlsx"
    path.write_bytes(workbook([("结果", table)], ((text, text),)))
    cells = [c for sheet in openpyxl.load_workbook(path) for row in sheet for c in row]

    assert {cell.data_type for cell in cells} == {"s"}


def test_an_empty_release_is_a_file_all_the_same(forms, tmp_path):
    table = wide_table([], forms, DEFAULT)

    assert workbook([("结果", table)], ())
    assert sav(table, "空", ())


def test_csv_and_json_have_the_digest_of_the_same_figures(released, method):
    objects = [to_contract(each, ROUND) for each in released]

    assert figures_digest(json.loads(json.dumps(objects))) == figures_digest(objects)
    assert digest_of(objects) in as_text(method)
    assert to_csv(HEADER, long_rows(released, ROUND)).count("\n") > len(released)


def test_people_at_meetings_and_slips_stand_in_every_format(released, forms, method, tmp_path):
    slips = Slips(issued=50, used=27, unused=3, void=20)
    target = replace(released[0].target, issued=30, present=29, slips=slips)
    one = [replace(released[0], target=target)]
    table, file = wide_table(one, forms, DEFAULT), tmp_path / "one.sav"
    file.write_bytes(sav(table, ROUND, method))

    data = to_contract(one[0], ROUND)
    long = {(row[4], row[5]): row[6] for row in long_rows(one, ROUND)}
    wide = dict(zip((column.name for column in table.columns), table.rows[0], strict=True))
    frame, _ = pyreadstat.read_sav(file)

    assert (data["present"], data["slips"]) == (29, {"used": 27, "unused": 3, "void": 20})
    assert [long["", f"slips.{name}"] for name in ("used", "unused", "void")] == ["27", "3", "20"]
    assert long["", "present"] == "29"
    for cells in (wide, frame.iloc[0]):
        found = [cells[name] for name in ("slips_used", "slips_unused", "slips_void", "present")]
        assert found == [27, 3, 20, 29]
