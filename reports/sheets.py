"""A report as a workbook: a sheet for each table and for the data of each chart.

What is a number or a rate on paper is a number here, shown with the same digits; all else stays
the text it was, so that nothing that strangers wrote is ever taken for a formula.
"""

from __future__ import annotations

import io
import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reports import parts
from reports.chart_data import data_of
from reports.documents import Figure, grouped, instant
from reports.form_parts import FormGrid
from reports.lettering import legal
from reports.parts import Absent, Column, EvaluationReport, Note, Table

LONGEST_NAME, LONGEST_CELL = 31, 32_767
PAPER_A4 = 9
PORTRAIT_CHARS, LANDSCAPE_CHARS = 86, 126
TITLE_POINTS, TEXT_POINTS = 14, 10.5
COLUMN_POINTS = 11
"""Size of the type that Excel's widths of columns are counted in."""

LINE, HIGHEST = 1.4, 409.0
WIDEST_PORTRAIT = 7
"""Columns that still fit upright."""

_NUMBER = re.compile(r"[-−]?(?:0|[1-9][0-9]{0,2}(?:,[0-9]{3})+|[1-9][0-9]{0,14})(?:\.[0-9]+)?%?")
_UNFIT = re.compile(r"[\[\]:*?/\\'\x00-\x1f]")
_NUMBERING = re.compile(r"^(?:[表图][0-9]+|附[0-9]+|[一二三四五六七八九十]+、)\s*")


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, its caption, heads with their alignment, rows, and a note."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def workbook(report: EvaluationReport, *, verify: str = "") -> bytes:
    """Return `report` as an .xlsx; the same report gives the same bytes.

    `verify` is the address where the check code can be tried; empty to leave it out.
    """
    import xlsxwriter

    stream = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(stream, options)
    book.set_properties(
        {
            "title": legal("".join(report.title))[:255],
            "author": legal(report.organiser)[:255],
            "created": report.as_of.replace(tzinfo=None),
        }
    )
    writer = _Writer(book, report)
    used: set[str] = set()
    for sheet in sheets_of(report):
        writer.add(sheet, _named(sheet.name, used))
    writer.explain(_named("说明", used), explanation(report, verify))
    book.close()
    return stream.getvalue()


def sheets_of(report: EvaluationReport) -> Iterator[Sheet]:
    """Yield the facts of the cover, every table, and the data of every chart, in their order."""
    if report.facts:
        columns = (Column("项目", 30), Column("数值", 15, "right"), Column("说明", 55))
        rows = tuple((fact.label, fact.value, fact.note) for fact in report.facts)
        yield Sheet("摘要", "摘要", columns, rows)
    for section in (*report.sections, *report.annex):
        for block in section.blocks:
            if isinstance(block, Table):
                caption = block.caption or section.title
                yield Sheet(caption, caption, block.columns, block.rows, block.note)
            elif isinstance(block, FormGrid):
                yield _form(block)
            elif isinstance(block, Figure) and not isinstance(block, Absent):
                yield Sheet(block.caption, block.caption, *data_of(block), block.note)


def _form(grid: FormGrid) -> Sheet:
    """Return a form as a sheet: cells that span several columns stand in the first of them."""
    columns = tuple(Column("", width) for width in grid.widths)
    rows = []
    for row in grid.rows:
        cells: list[str] = []
        for cell in row.cells:
            cells += ["\n".join(filter(None, (cell.text, cell.foot))), *[""] * (cell.span - 1)]
        rows.append(tuple(cells[: len(columns)] + [""] * (len(columns) - len(cells))))
    return Sheet(grid.caption, grid.caption, columns, tuple(rows), grid.note)


def explanation(report: EvaluationReport, verify: str) -> list[tuple[str, str]]:
    """Return what the last sheet says: whose figures these are, and how to check them."""
    lines = [
        ("文件", "".join(report.title)),
        ("文号", report.number),
        ("稿别", report.mark),
        ("轮次", report.occasion),
        ("制作单位", report.organiser),
        ("数据截止", instant(report.as_of)),
        ("评分规则", report.rules),
        ("核对码", grouped(parts.check_code(report))),
        ("内容摘要", parts.digest_of(report)),
        ("核对办法", f"打开{verify}，输入核对码" if verify else ""),
        ("数字", "与同一核对码的PDF、Word和网页相同"),
    ]
    notes = [
        (section.title, block.text)
        for section in report.annex
        for block in section.blocks
        if isinstance(block, Note)
    ]
    return [(what, how) for what, how in lines if how] + notes


class _Writer:
    """Writes sheets into one workbook, with the formats that its cells need."""

    def __init__(self, book: Any, report: EvaluationReport) -> None:
        self.book, self.report = book, report
        self.formats: dict[tuple[str, str], Any] = {}
        font = {"font_name": "宋体", "font_size": TEXT_POINTS}
        self.title = book.add_format(
            {**font, "bold": True, "font_size": TITLE_POINTS, "align": "center",
             "valign": "vcenter", "text_wrap": True}
        )  # fmt: skip
        self.head = book.add_format(
            {**font, "bold": True, "text_wrap": True, "align": "center", "valign": "vcenter",
             "border": 1, "bg_color": "#EFEFEF"}
        )  # fmt: skip
        self.note = book.add_format({**font, "text_wrap": True, "valign": "top"})
        self.font = font

    def add(self, sheet: Sheet, name: str) -> None:
        """Write one sheet: its caption, frozen heads, rows, and the note below."""
        page = self.book.add_worksheet(name)
        is_wide = len(sheet.columns) > WIDEST_PORTRAIT or self.report.layout == "landscape"
        last = len(sheet.columns) - 1
        total = sum(column.width for column in sheet.columns) or 1.0
        room = LANDSCAPE_CHARS if is_wide else PORTRAIT_CHARS
        widths = [max(6.0, room * column.width / total) for column in sheet.columns]
        self._caption(page, sheet.caption, last, sum(widths))
        for place, column in enumerate(sheet.columns):
            page.set_column(place, place, widths[place])
            page.write_string(1, place, legal(column.head), self.head)
        for number, row in enumerate(sheet.rows, 2):
            for place, (cell, column) in enumerate(zip(row, sheet.columns, strict=True)):
                self._cell(page, number, place, cell, column)
        if sheet.note:
            self._below(page, len(sheet.rows) + 2, last, f"注：{sheet.note}", sum(widths))
        page.freeze_panes(2, 0)
        page.repeat_rows(0, 1)
        if sheet.rows:
            page.autofilter(1, 0, len(sheet.rows) + 1, last)
        self._printed(page, is_wide=is_wide)

    def explain(self, name: str, lines: Sequence[tuple[str, str]]) -> None:
        """Write the sheet that says what the others are."""
        page = self.book.add_worksheet(name)
        page.set_column(0, 0, 18, self.note)
        page.set_column(1, 1, 68, self.note)
        for number, (what, how) in enumerate(lines):
            page.write_string(number, 0, legal(what), self.note)
            page.write_string(number, 1, legal(how)[:LONGEST_CELL], self.note)
        self._printed(page, is_wide=False)

    def _caption(self, page: Any, caption: str, last: int, width: float) -> None:
        if last:
            page.merge_range(0, 0, 0, last, "", self.title)
        page.set_row(0, height_of(caption, width, TITLE_POINTS))
        page.write_string(0, 0, legal(caption), self.title)

    def _below(self, page: Any, row: int, last: int, text: str, width: float) -> None:
        if last:
            page.merge_range(row, 0, row, last, "", self.note)
        page.set_row(row, height_of(text, width, TEXT_POINTS))
        page.write_string(row, 0, legal(text)[:LONGEST_CELL], self.note)

    def _cell(self, page: Any, row: int, place: int, cell: str, column: Column) -> None:
        found = number_of(cell) if column.align != "left" else None
        if found is None:
            text = legal(cell)[:LONGEST_CELL]
            page.write_string(row, place, text, self._format("@", column.align))
        else:
            value, shown = found
            page.write_number(row, place, value, self._format(shown, column.align))

    def _format(self, shown: str, align: str) -> Any:
        if (shown, align) not in self.formats:
            self.formats[shown, align] = self.book.add_format(
                {**self.font, "num_format": shown, "align": align, "valign": "top", "border": 1,
                 "text_wrap": shown == "@"}
            )  # fmt: skip
        return self.formats[shown, align]

    def _printed(self, page: Any, *, is_wide: bool) -> None:
        page.set_paper(PAPER_A4)
        if is_wide:
            page.set_landscape()
        page.set_margins(left=0.8, right=0.8, top=0.9, bottom=0.9)
        page.fit_to_pages(1, 0)
        page.set_footer(f"&L核对码 {grouped(parts.check_code(self.report))}&R— &P —")


def height_of(text: str, width: float, points: float) -> float:
    """Return how high a row is that holds `text` in cells of `width` characters, in points.

    Excel makes rows as high as their text by itself, but not those of merged cells.
    """
    wide = sum(unicodedata.east_asian_width(character) in "WFA" for character in text)
    room = width * COLUMN_POINTS / points
    lines = max(1, math.ceil((len(text) + wide) / room))
    return min(HIGHEST, lines * points * LINE)


def number_of(cell: str) -> tuple[float, str] | None:
    """Return the value of a cell and the Excel format that shows it as printed; None for text.

    A code with a leading zero, a date and a range are text.
    """
    if not _NUMBER.fullmatch(cell):
        return None
    digits = cell.replace(",", "").replace("−", "-")
    is_rate = digits.endswith("%")
    whole, _, decimals = digits.rstrip("%").partition(".")
    shown = ("#,##0" if "," in cell else "0") + (f".{'0' * len(decimals)}" if decimals else "")
    value = float(digits.rstrip("%"))
    if len(whole) + len(decimals) > 15:
        return None
    return (round(value / 100, len(decimals) + 4), f"{shown}%") if is_rate else (value, shown)


def _named(wanted: str, used: set[str]) -> str:
    """Return a name that Excel takes for a sheet and that no other sheet of the file has."""
    plain = _UNFIT.sub(" ", legal(_NUMBERING.sub("", wanted))).strip() or "表"
    if plain.lower() == "history":
        plain = f"{plain}表"
    name, number = plain[:LONGEST_NAME].strip(), 1
    while name.lower() in used:
        number += 1
        end = f"（{number}）"
        name = plain[: LONGEST_NAME - len(end)].strip() + end
    used.add(name.lower())
    return name
