"""The ledger as an Excel workbook, fast enough for 50,000 lines.

The writer of workbooks makes the frame: head, last line, styles, print set-up. The lines between
are put in as text; cell by cell through the writer they would take three times as long.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from reports.workbook import EPOCH

SHEET = "xl/worksheets/sheet1.xml"
COMPRESSION = 4
Row = tuple[str, ...]
# What XML cannot hold at all, and what Excel would take for an escaped character.
_BARRED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SPECIAL = re.compile("[&<>]")
_ESCAPED = re.compile("_(?=x[0-9a-fA-F]{4}_)")


def text_book(title: str, head: Row, widths: Sequence[int], rows: Sequence[Row]) -> bytes:
    """Return a workbook of one sheet in landscape; every cell is text, an empty one is none."""
    frame = _frame(title, head, widths, rows)
    if len(rows) < 2:
        return frame
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(frame)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename == SHEET:
                data = _with_lines(data.decode(), rows[:-1]).encode()
            new.writestr(info, data, zipfile.ZIP_DEFLATED, COMPRESSION)
    return out.getvalue()


def _frame(title: str, head: Row, widths: Sequence[int], rows: Sequence[Row]) -> bytes:
    """Return the workbook with its head and its last line, which says how far it goes."""
    import xlsxwriter  # slow to load, and seldom asked for

    out = io.BytesIO()
    options = {"in_memory": True, "constant_memory": False, "strings_to_formulas": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"created": EPOCH})
        sheet = book.add_worksheet(title)
        top = book.add_format({"bold": True, "text_wrap": True, "bottom": 1})
        body = book.add_format({"text_wrap": True, "valign": "top"})
        for column, (text, width) in enumerate(zip(head, widths, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, text, top)
        sheet.freeze_panes(1, 2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.repeat_rows(0)
        sheet.fit_to_pages(1, 0)
        for column, text in enumerate(rows[-1] if rows else ()):
            sheet.write_string(len(rows), column, text, body)
        sheet.autofilter(0, 0, max(1, len(rows)), len(head) - 1)
    return out.getvalue()


def _with_lines(sheet: str, rows: Sequence[Row]) -> str:
    last = sheet.rindex("<row ")
    style = re.search(r' s="(\d+)"', sheet[last:])
    mark = f' s="{style[1]}"' if style else ""
    return "".join((sheet[:last], *_lines(rows, mark), sheet[last:]))


def _lines(rows: Sequence[Row], mark: str) -> Iterator[str]:
    names = [chr(ord("A") + n) for n in range(len(rows[0]))]
    for line, row in enumerate(rows, 2):
        # Few rows hold anything to escape, and asking of each cell takes longer than writing it.
        told = map(escape, row) if _SPECIAL.search("".join(row)) else row
        cells = "".join(
            f'<c r="{name}{line}"{mark} t="inlineStr"><is><t xml:space="preserve">'
            f"{text}</t></is></c>"
            for name, text in zip(names, told, strict=True)
            if text
        )
        yield f'<row r="{line}">{_ESCAPED.sub("_x005F_", _BARRED.sub("", cells))}</row>'
