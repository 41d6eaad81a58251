"""An .xlsx file as tables of text: measured before it is unpacked, read row by row."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from forms.cleaning import clean
from forms.spreadsheet.faults import FormFault, XlsFormRefused

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED_BYTES = 50 * 1024 * 1024
MAX_RATIO = 100
MAX_ENTRIES = 200
MAX_ROWS = 5_000
MAX_COLUMNS = 100


@dataclass(frozen=True)
class Row:
    """A row with at least one filled cell; `cells` holds the filled ones by header."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        """Return the text of the cell, empty where nothing stands."""
        return self.cells.get(column, "")


@dataclass(frozen=True)
class Table:
    """A sheet: its headers from left to right, and its rows."""

    sheet: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]


def read_tables(data: bytes) -> dict[str, Table]:
    """Return the sheets of the workbook by name in lower case.

    Raises:
        XlsFormRefused: this is no .xlsx file, or one that is too large to be a questionnaire.
    """
    import openpyxl  # a third of a second to load, which no page and no start should wait for

    _measure(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            return {
                sheet.title.strip().lower(): _table(sheet.title, sheet) for sheet in book.worksheets
            }
    except XlsFormRefused:
        raise
    except Exception as error:  # a damaged file makes the parser fail in any way at all
        raise _unreadable() from error


def _measure(data: bytes) -> None:
    """Refuse a file that would unpack into more than a questionnaire can be."""
    if len(data) > MAX_BYTES:
        raise _refused("文件超过5 MB，不像一份问卷", "the file is larger than 5 MB")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise _unreadable() from error
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED_BYTES or unpacked > MAX_RATIO * packed:
        raise _refused(
            "文件解压后大得不正常，没有打开；请新建一个表格，把内容粘贴进去",
            "the file would unpack to an abnormal size; paste its content into a new workbook",
        )


def _table(title: str, sheet: Any) -> Table:
    header: tuple[str, ...] = ()
    rows: list[Row] = []
    for number, values in enumerate(_rows(title, sheet), start=1):
        texts = [_text(value) for value in values]
        if number == 1:
            header = tuple(texts)
            continue
        cells = {
            (header[index] if index < len(header) and header[index] else _letters(index)): text
            for index, text in enumerate(texts)
            if text
        }
        if cells:
            rows.append(Row(number, cells))
    return Table(title, header, tuple(rows))


def _rows(title: str, sheet: Any) -> Iterator[tuple[Any, ...]]:
    # The size a sheet states of itself may be missing or a lie, so it is not used.
    sheet.reset_dimensions()
    rows = sheet.iter_rows(values_only=True, max_row=MAX_ROWS + 1)
    for number, values in enumerate(rows, start=1):
        if number > MAX_ROWS:
            raise _refused(
                f"超过{MAX_ROWS}行，请删掉下面的空行",
                f"more than {MAX_ROWS} rows; delete the empty ones below",
                title,
            )
        if any(value is not None for value in values[MAX_COLUMNS:]):
            raise _refused(
                f"超过{MAX_COLUMNS}列，请删掉右边多余的列",
                f"more than {MAX_COLUMNS} columns; delete those on the right",
                title,
            )
        yield values


def _text(value: Any) -> str:
    """Return what the cell shows: whole numbers without a point, no outer spaces or controls."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return clean(str(value)).strip()


def _letters(index: int) -> str:
    """Return the name of a column without header: A, B, …, Z, AA."""
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(index + 1))


def _unreadable() -> XlsFormRefused:
    return _refused(
        "打不开这个文件；请用表格软件另存为 .xlsx 再试",
        "the file cannot be read; save it as .xlsx in a spreadsheet program",
    )


def _refused(zh: str, en: str, sheet: str = "") -> XlsFormRefused:
    return XlsFormRefused([FormFault(sheet, 0, "", "", zh, en)])
