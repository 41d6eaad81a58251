"""An XLSForm workbook as a questionnaire: our own pass over every cell, then pyxform's."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping

from forms.checks import DesignFault, design_faults
from forms.definition import Item, ItemKind, Questionnaire
from forms.instances import NotAlike, pattern_of
from forms.spreadsheet.choices import read_choices
from forms.spreadsheet.columns import CHOICES, ITEMS, SETTINGS, SURVEY, Grid, understand
from forms.spreadsheet.faults import FormFault, XlsFormRefused, shown
from forms.spreadsheet.measures import Measure, read_measures
from forms.spreadsheet.questions import Draft, read_questions
from forms.spreadsheet.settings import base_code, read_settings
from forms.spreadsheet.workbook import Table, read_tables

__all__ = ["FormFault", "XlsFormRefused", "read_xlsform"]

SHAPES = {"survey": SURVEY, "choices": CHOICES, "settings": SETTINGS, "items": ITEMS}
FOR_PYXFORM = ("survey", "choices", "settings")
NOT_FOR_PYXFORM = {"subject", "named", "title"}
PYXFORM_ROW = re.compile(r"\[row : (\d+)\]")

Report = Callable[[FormFault], None]


def read_xlsform(data: bytes, file_name: str) -> Questionnaire:
    """Return the questionnaire that the workbook `data` holds.

    Args:
        data: the bytes of an .xlsx file with the sheets survey, choices, settings and items.
        file_name: its name, for the check of the ending only.

    Raises:
        XlsFormRefused: with every fault that could be found, by sheet, row and column.
    """
    if not file_name.lower().endswith(".xlsx"):
        zh, en = "请用表格软件另存为 .xlsx 再导入", "save it as .xlsx in a spreadsheet program"
        raise XlsFormRefused([FormFault("", 0, "", shown(file_name), zh, en)])
    faults: list[FormFault] = []
    grids = _grids(read_tables(data), faults.append)
    if "survey" not in grids:
        raise XlsFormRefused(faults)
    questionnaire = _questionnaire(grids, faults.append)
    if faults:
        raise XlsFormRefused(sorted(set(faults), key=_in_reading_order))
    _ask_pyxform(grids)
    return _pattern(questionnaire, grids["survey"])


def _pattern(questionnaire: Questionnaire, survey: Grid) -> Questionnaire:
    """Return the pattern of which the workbook is an instance (contract.md 3), or itself."""
    try:
        return pattern_of(questionnaire, base_code(questionnaire.code))
    except NotAlike as refusal:
        row = next(row for row in survey.rows if survey.text(row, "name") == refusal.code)
        zh = "这一行与同组其他行不一样，无法按名单生成；请改成一致"
        en = "this row differs from the others of its kind; make them alike"
        raise XlsFormRefused([survey.fault(row, "name", zh, en)]) from refusal


def _grids(tables: Mapping[str, Table], report: Report) -> dict[str, Grid]:
    grids = {}
    for name, shape in SHAPES.items():
        if name in tables:
            grids[name] = understand(tables[name], shape, report)
        else:
            zh = f"缺少“{name}”表，文件里有：{'、'.join(tables)}"
            en = f"the sheet {name} is missing; there are: {', '.join(tables)}"
            report(FormFault(name, 0, "", "", zh, en))
    return grids


def _in_reading_order(fault: FormFault) -> tuple[int, int, str, str]:
    names = list(SHAPES)
    sheet = fault.sheet.strip().lower()
    return (
        names.index(sheet) if sheet in names else len(names),
        fault.row,
        fault.column,
        fault.en,
    )


def _questionnaire(grids: Mapping[str, Grid], report: Report) -> Questionnaire:
    survey, choices, items = grids["survey"], grids.get("choices"), grids.get("items")
    lists = read_choices(choices, report) if choices else None
    draft = read_questions(survey, lists, report)
    measures = read_measures(items, _scales(draft), draft.refused, report) if items else {}
    questionnaire = dataclasses.replace(
        read_settings(grids.get("settings"), survey.languages, report),
        sections=tuple(
            dataclasses.replace(
                section, items=tuple(_measured(item, measures) for item in section.items)
            )
            for section in draft.sections
        ),
    )
    for fault in design_faults(questionnaire, also_known=draft.refused):
        if items or fault.part != "dimension":
            report(_located(fault, grids, draft, measures))
    return questionnaire


def _scales(draft: Draft) -> dict[str, str]:
    """Return what the sheet `items` calls the scale of each question."""
    return {
        item.code: item.scale or item.kind.value
        for section in draft.sections
        for item in section.items
        if item.is_question
    }


def _measured(item: Item, measures: Mapping[str, Measure]) -> Item:
    measure = measures.get(item.code)
    if measure is None or item.kind is ItemKind.NOTE:
        return item
    return dataclasses.replace(
        item, dimension=measure.dimension, weight=measure.weight, is_veto=measure.is_veto
    )


def _located(
    fault: DesignFault, grids: Mapping[str, Grid], draft: Draft, measures: Mapping[str, Measure]
) -> FormFault:
    """Return a design fault at the cell where it stands."""
    survey = grids["survey"]
    kind, index = fault.place
    row = None
    if kind == "item":
        row = draft.item_rows[index]
    elif kind == "section":
        row = draft.section_rows[index]
    if row is None:
        return FormFault(
            survey.table.sheet, 1, survey.header(fault.part), fault.value, fault.zh, fault.en
        )
    measure = measures.get(survey.text(row, "name"))
    if fault.part == "dimension" and measure:
        return grids["items"].fault(measure.row, "dimension", fault.zh, fault.en)
    column = fault.part if fault.part in SURVEY.plain | SURVEY.translated else "name"
    return survey.fault(row, column, fault.zh, fault.en)


def _ask_pyxform(grids: Mapping[str, Grid]) -> None:
    """Refuse what pyxform refuses: other XLSForm tools would not read it either.

    It gets the cells that were checked, not the file, and no list of the columns that are ours.
    """
    # It takes half a second to load, which no page and no start should wait for.
    from pyxform.xls2xform import convert

    try:
        convert(
            {name: _records(grids[name]) for name in FOR_PYXFORM}
            | {f"{name}_header": _headers(grids[name]) for name in FOR_PYXFORM}
        )
    except Exception as error:  # pyxform fails with errors of many kinds
        place = PYXFORM_ROW.search(str(error))
        raise XlsFormRefused(
            [
                FormFault(
                    "survey",
                    int(place[1]) if place else 0,
                    "",
                    "",
                    f"XLSForm工具pyxform读不懂：{error}",
                    f"pyxform refuses it: {error}",
                )
            ]
        ) from error


def _records(grid: Grid) -> list[dict[str, str]]:
    """Return the rows as pyxform wants them; empty ones keep its count of rows right."""
    records: list[dict[str, str]] = []
    for row in grid.rows:
        records += [{}] * (row.number - 2 - len(records))
        records.append(
            {
                column.header: row[column.header]
                for column in grid.columns
                if row[column.header] and column.meaning not in NOT_FOR_PYXFORM
            }
        )
    return records


def _headers(grid: Grid) -> list[dict[str, None]]:
    return [
        {column.header: None for column in grid.columns if column.meaning not in NOT_FOR_PYXFORM}
    ]
