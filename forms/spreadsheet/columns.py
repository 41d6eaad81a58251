"""The columns of a sheet: which are known, in which languages, and which nobody reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from forms.definition import DEFAULT_LANGUAGE, Wording
from forms.spreadsheet.faults import FormFault, shown
from forms.spreadsheet.workbook import Row, Table

LANGUAGE_CODE = re.compile(r"\(([a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\)$")
REMARK = "#"
"""A column whose header starts so is the author's own and is not read."""


@dataclass(frozen=True)
class SheetShape:
    """What may stand in a sheet.

    Attributes:
        plain: columns that are read.
        translated: columns that are read once per language (`label::中文(zh)`).
        needed: columns without which the sheet makes no sense.
        unused: columns of XLSForm that may stand there empty.
        ignored: columns whose content changes nothing here.
    """

    plain: frozenset[str]
    translated: frozenset[str] = frozenset()
    needed: frozenset[str] = frozenset()
    unused: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()


SURVEY = SheetShape(
    plain=frozenset(
        {
            *("type", "name", "required", "relevant", "constraint", "appearance"),
            *("calculation", "parameters"),
        }
    ),
    translated=frozenset({"label", "hint", "required_message", "constraint_message"}),
    needed=frozenset({"type", "name", "label"}),
    unused=frozenset(
        {
            "default",
            "choice_filter",
            "repeat_count",
            "read_only",
            "readonly",
            "trigger",
        }
    ),
)
CHOICES = SheetShape(
    plain=frozenset({"list_name", "name", "points"}),
    translated=frozenset({"label"}),
    needed=frozenset({"list_name", "name", "label"}),
)
SETTINGS = SheetShape(
    plain=frozenset({"form_title", "form_id", "version", "default_language", "subject", "named"}),
    translated=frozenset({"title"}),
    needed=frozenset({"form_title", "form_id", "version"}),
    unused=frozenset({"public_key", "submission_url", "instance_name"}),
    ignored=frozenset({"style"}),
)
ITEMS = SheetShape(
    plain=frozenset({"name", "dimension", "scale", "weight", "veto"}),
    needed=frozenset({"name", "dimension"}),
)


@dataclass(frozen=True)
class Column:
    """One column: its header as it stands, what it means, and in which language."""

    header: str
    meaning: str
    language: str = ""


@dataclass(frozen=True)
class Grid:
    """A table whose columns are understood."""

    table: Table
    columns: tuple[Column, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows below the header that hold anything."""
        return self.table.rows

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the labels, the authoritative one first."""
        codes = [column.language for column in self.columns if column.meaning == "label"]
        return tuple(dict.fromkeys([DEFAULT_LANGUAGE, *codes]))

    def header(self, meaning: str, language: str = DEFAULT_LANGUAGE) -> str:
        """Return the header of the column that means `meaning`, as it stands in the sheet."""
        for column in self.columns:
            if column.meaning == meaning and column.language in ("", language):
                return column.header
        return meaning

    def text(self, row: Row, meaning: str) -> str:
        """Return what stands in a column that has one language."""
        return row[self.header(meaning)]

    def wording(self, row: Row, meaning: str) -> Wording:
        """Return what stands in a column in every language, the authoritative one first."""
        texts = {
            column.language: row[column.header]
            for column in self.columns
            if column.meaning == meaning and row[column.header]
        }
        return Wording(tuple((code, texts[code]) for code in self.languages if code in texts))

    def fault(self, row: Row, meaning: str, zh: str, en: str) -> FormFault:
        """Return a fault at the cell of `row` in the column that means `meaning`."""
        header = self.header(meaning)
        return FormFault(self.table.sheet, row.number, header, shown(row[header]), zh, en)


def understand(table: Table, shape: SheetShape, report: Callable[[FormFault], None]) -> Grid:
    """Return `table` with its columns understood; what nobody would read is reported."""
    columns: list[Column] = []
    for index, header in enumerate(table.header):
        if header and table.header.index(header) != index:
            report(
                _header_fault(
                    table, header, "这一列出现了两次，请删掉一列", "the column is there twice"
                )
            )
        elif column := _column(header, shape):
            columns.append(column)
        else:
            for fault in _unread(table, header, shape):
                report(fault)
    for fault in _without_header(table):
        report(fault)
    grid = Grid(table, tuple(columns))
    meanings = {column.meaning for column in columns}
    for needed in sorted(shape.needed - meanings):
        report(_header_fault(table, needed, f"缺少“{needed}”列", f"the column {needed} is missing"))
    for header in table.header:
        if header.split("::")[0].lower() in shape.translated and not _column(header, shape):
            report(
                _header_fault(
                    table,
                    header,
                    "列名里要有语言代码，如 label::中文(zh)",
                    "the header needs a language code, as in label::English (en)",
                )
            )
    if "label" in meanings and ("label", DEFAULT_LANGUAGE) not in {
        (column.meaning, column.language) for column in columns
    }:
        report(
            _header_fault(table, "label::中文(zh)", "缺少中文列", "the Chinese labels are missing")
        )
    return grid


def _column(header: str, shape: SheetShape) -> Column | None:
    name, separator, language = header.partition("::")
    meaning = name.strip().lower().replace(" ", "_")
    if meaning in shape.plain and not separator:
        return Column(header, meaning)
    if meaning not in shape.translated:
        return None
    if not separator:
        return Column(header, meaning, DEFAULT_LANGUAGE)
    code = LANGUAGE_CODE.search(language.strip())
    return Column(header, meaning, code[1]) if code else None


def _unread(table: Table, header: str, shape: SheetShape) -> Iterator[FormFault]:
    name = header.partition("::")[0].strip().lower()
    if header.startswith(REMARK) or name in shape.ignored | shape.translated:
        return
    for row in table.rows:
        if not header or not row[header]:
            continue
        if name in shape.unused:
            zh, en = "暂不支持这一列，请清空", "this column is not supported; leave it empty"
        else:
            zh = "不认识这一列；若是备注，请在列名前加 #"
            en = "unknown column; if it is a remark, start its header with #"
        yield FormFault(table.sheet, row.number, header, shown(row[header]), zh, en)


def _without_header(table: Table) -> Iterator[FormFault]:
    for row in table.rows:
        for letters in sorted(row.cells.keys() - set(table.header)):
            zh, en = (
                "这一列没有列名，请在第1行写上",
                "this column has no header; write one in row 1",
            )
            yield FormFault(table.sheet, row.number, letters, shown(row[letters]), zh, en)


def _header_fault(table: Table, header: str, zh: str, en: str) -> FormFault:
    return FormFault(table.sheet, 1, header, "", zh, en)
