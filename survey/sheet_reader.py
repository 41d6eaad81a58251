"""Read the first sheet of a workbook, in a process that may be killed.

Run as `python -I sheet_reader.py MAX_ROWS MAX_MERGED < book.xlsx`; nothing imports it. One cell at
the far corner of a 5 kB workbook makes the reader ask for half a terabyte, and the process aborts;
so it has to be another process than the one that serves people.

Writes JSON lines: first `{"sheet", "others", "merged", "unread"}`, then `[row number, [texts]]` for
every row that is not blank, at most MAX_ROWS of them. Positions count from 1; `merged` has first
row, first column, last row and last column of at most MAX_MERGED ranges, `others` the visible
sheets that have something in them and are not read.
"""

from __future__ import annotations

import io
import json
import posixpath
import re
import resource
import sys
import zipfile
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from defusedxml import ElementTree
from python_calamine import SheetTypeEnum, SheetVisibleEnum, load_workbook

MEMORY_BYTES = 2**30
CPU_SECONDS = 20
# More of either than a person mends one by one; the report names these and says there are more.
MAX_NAMED = 1_000
_VALUE = re.compile(rb"<(\w+:)?(v|is)>")


def main(max_rows: int, max_merged: int) -> None:
    """Read the workbook on standard input and write its first visible sheet."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    content = sys.stdin.buffer.read()
    book = load_workbook(io.BytesIO(content))
    name, *others = (
        meta.name
        for meta in book.sheets_metadata
        if meta.typ == SheetTypeEnum.WorkSheet and meta.visible == SheetVisibleEnum.Visible
    )
    sheet = book.get_sheet_by_name(name)
    merged = [
        [row + 1, column + 1, last_row + 1, last_column + 1]
        for (row, column), (last_row, last_column) in (sheet.merged_cell_ranges or [])[:max_merged]
    ]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        unread = unread_cells(archive, name)
        # Not by the reader: a sheet that it cannot lay out would take the first one with it.
        others = [
            other for other in others if _VALUE.search(archive.read(_part_of(archive, other)))
        ]
    _write({"sheet": name, "others": others, "merged": merged, "unread": unread})
    written = 0
    for number, row in enumerate(sheet.to_python(skip_empty_area=False), start=1):
        texts = [as_shown(value) for value in row]
        while texts and not texts[-1].strip():
            texts.pop()
        if texts and written < max_rows:
            _write([number, texts])
            written += 1


def _write(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")


def as_shown(value: Any) -> str:
    """Return the text that a person sees in a cell: 12 for 12.0, days in ISO form."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        # Fifteen digits are what the spreadsheet itself keeps and shows.
        digits = f"{value:.15g}"
        return f"{Decimal(digits):f}" if "e" in digits else digits
    if isinstance(value, datetime):
        return value.isoformat(sep=" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def unread_cells(archive: zipfile.ZipFile, sheet_name: str) -> list[list[int]]:
    """Return row and column of cells whose formula failed or was never computed.

    The workbook reader gives them as empty, and an empty cell would wipe a stored value.
    """
    part = archive.read(_part_of(archive, sheet_name))
    if b"<f" not in part and b't="e"' not in part:
        return []
    found: list[list[int]] = []
    for _, element in ElementTree.iterparse(io.BytesIO(part), forbid_dtd=True):
        kind = _local(element.tag)
        if kind == "c" and _is_unread(element) and len(found) < MAX_NAMED:
            found.append(_position(element.get("r", "A1")))
        if kind == "row":
            element.clear()
    return found


def _is_unread(cell: Any) -> bool:
    parts = {_local(child.tag): child.text for child in cell}
    kind = cell.get("t", "n")
    return kind == "e" or ("f" in parts and not parts.get("v") and kind != "str")


def _part_of(archive: zipfile.ZipFile, sheet_name: str) -> str:
    """Return the name of the archive's entry that holds a sheet."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"), forbid_dtd=True)
    (key,) = (
        value
        for element in book.iter()
        if _local(element.tag) == "sheet" and element.get("name") == sheet_name
        for attribute, value in element.attrib.items()
        if attribute.endswith("}id")
    )
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"), forbid_dtd=True)
    (target,) = (link.get("Target") for link in links if link.get("Id") == key)
    return posixpath.join("/xl", target).lstrip("/")


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _position(reference: str) -> list[int]:
    letters = reference.rstrip("0123456789")
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return [int(reference[len(letters) :]), column]


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
