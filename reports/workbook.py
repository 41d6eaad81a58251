"""Tables as an Excel workbook: texts stay texts, and a sheet says how the figures were made."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime

from reports.method_sheet import Lines
from reports.wide_table import Column, Unit, WideTable

EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - the same figures give the same bytes
FORMATS = {Unit.TEXT: "@", Unit.COUNT: "#,##0", Unit.SHARE: "0.0%", Unit.SCORE: "0.00"}
WIDTHS = {Unit.TEXT: 18, Unit.COUNT: 9, Unit.SHARE: 10, Unit.SCORE: 9}
DECIMALS = 4
FROZEN_COLUMNS = 2


def workbook(sheets: Sequence[tuple[str, WideTable]], method: Lines) -> bytes:
    """Return an XLSX with a sheet for each table, named, and the method sheet last."""
    import xlsxwriter

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"created": EPOCH})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    formats = {unit: book.add_format({"num_format": code}) for unit, code in FORMATS.items()}
    for title, table in sheets:
        sheet = book.add_worksheet(title)
        for place, column in enumerate(table.columns):
            sheet.write_string(0, place, column.label, head)
            sheet.set_column(place, place, WIDTHS[column.unit])
        for number, row in enumerate(table.rows, start=1):
            for place, (column, value) in enumerate(zip(table.columns, row, strict=True)):
                shown = label_of(column, value)
                if isinstance(shown, str):
                    sheet.write_string(number, place, shown, formats[Unit.TEXT])
                elif shown is not None:
                    sheet.write_number(number, place, shown, formats[column.unit])
        sheet.freeze_panes(1, FROZEN_COLUMNS)
        if table.rows:
            sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    told = book.add_worksheet("统计说明")
    told.set_column(0, 0, 22)
    told.set_column(1, 1, 90)
    for number, (what, how) in enumerate(method):
        told.write_string(number, 0, what, head)
        told.write_string(number, 1, how)
    book.close()
    return stream.getvalue()


def label_of(column: Column, value: str | float | int | None) -> str | float | int | None:
    """Return what a person reads in a cell: the label of a coded value, a rounded number."""
    if isinstance(value, str):
        return dict(column.values).get(value, value)
    return round(value, DECIMALS) if isinstance(value, float) else value
