"""What a table of words is in the structure of a PDF: one table, on however many pages.

WeasyPrint begins a new table on every page, whose heads are read out again. Here the rows of later
pages go into the table of the first, the heads repeated on paper are artifacts, and every cell of a
column refers to one and the same description of what heads it (ISO 32000-1, 14.8.5.7; ISO 14289-1,
7.5). The objects are written as they will stand in the file, since there are thousands.
"""

from __future__ import annotations

from typing import Any

import pydyf

from reports.speed.grids import Grid, Row
from reports.speed.rows import is_opening, shown_rows

# An object whose bytes are known when it is made.
Written: Any = type("Written", (pydyf.Object,), {"data": b"", "compressible": True})


class Tagged:
    """The elements of a table in one PDF, which later pages add to."""

    def __init__(self, pdf: Any, grid: Grid, parent: Any, page: bytes) -> None:
        self.pdf, self.grid = pdf, grid
        self.table = self._group("Table", parent.reference, page)
        self.head = self._group("THead", self.table.reference, page)
        self.table["K"].append(self.head.reference)
        self.body: Any = None
        self.described: list[bytes] = []

    def add(self, shown: list[Any], page: bytes, nums: Any, held: Any) -> None:
        """Add the rows shown on a page; heads only if they are shown for the first time."""
        heads = len(self.grid.heads)
        is_first = is_opening(self.grid, shown)
        for box in shown:
            if box.row.number < heads:
                if is_first:
                    self._head(box.row, page, nums, held)
                continue
            if self.body is None:
                self.body = self._group("TBody", self.table.reference, page)
                self.table["K"].append(self.body.reference)
                self.described = [self._description(place) for place in range(len(box.row.cells))]
            self._row(box.row, page, nums, held)

    def _group(self, kind: str, parent: bytes, page: bytes) -> Any:
        made = pydyf.Dictionary(
            {"Type": "/StructElem", "S": f"/{kind}", "K": pydyf.Array(), "Pg": page, "P": parent}
        )
        self.pdf.add_object(made)
        return made

    def _written(self) -> Any:
        made = Written()
        self.pdf.add_object(made)
        return made

    def _head(self, row: Row, page: bytes, nums: Any, held: Any) -> None:
        about = [
            b"/ID %b/A<</O/Table/Scope/Column>>" % self._name(row.number, place)
            for place in range(len(row.cells))
        ]
        self._cells(self.head, b"TH", row, about, page, nums, held)

    def _row(self, row: Row, page: bytes, nums: Any, held: Any) -> None:
        self._cells(self.body, b"TD", row, self.described, page, nums, held)

    def _cells(
        self, group: Any, kind: bytes, row: Row, about: list[bytes], page: bytes, nums: Any,
        held: Any,
    ) -> None:  # fmt: skip
        line, references = self._written(), []
        parent = line.reference
        for place, (cell, described) in enumerate(zip(row.cells, about, strict=True)):
            made = self._written()
            reference = made.reference
            references.append(reference)
            content = b""
            if cell.words.text:
                mark = held.pop((self.grid, row.number, place))["mcid"]
                nums[mark] = reference
                content = b"%d" % mark
            made.data = b"<</Type/StructElem/S/%b/K[%b]/Pg %b/P %b%b>>" % (
                kind, content, page, parent, described
            )  # fmt: skip
        line.data = b"<</Type/StructElem/S/TR/K[%b]/Pg %b/P %b>>" % (
            b" ".join(references), page, group.reference
        )  # fmt: skip
        group["K"].append(parent)

    def _name(self, row: int, place: int) -> bytes:
        named: bytes = pydyf.String(f"{self.table.number}-{row}-{place}").data
        return named

    def _description(self, place: int) -> bytes:
        """Return the reference to what all cells of a column have in common."""
        made = self._written()
        names = (self._name(row.number, place) for row in self.grid.heads)
        made.data = b"<</O/Table/Headers[%b]>>" % b" ".join(names)
        return b"/A %b" % made.reference


def build(table: Any, parent: Any, pdf: Any, page_number: int, nums: Any, held: Any) -> list[Any]:
    """Return the element that a part of a table begins, if any, and enter its rows."""
    grid = table.grid
    page = pdf.page_references[page_number]
    tagged = grid.tagged
    is_new = tagged is None or tagged.pdf is not pdf
    if is_new:
        tagged = grid.tagged = Tagged(pdf, grid, parent, page)
    tagged.add(shown_rows(table), page, nums, held)
    return [tagged.table] if is_new else []
