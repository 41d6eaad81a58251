"""The printed ledger 整改台账: landscape A4, one item a row (domain.md 4.6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reports.documents import instant, render
from reports.lettering import comment

# Head and width in millimetres; together the 225 mm between the margins.
COLUMNS = (
    ("序号", 8),
    ("问题编号", 15),
    ("问题来源", 12),
    ("问题描述", 25),
    ("责任单位", 17),
    ("责任人", 11),
    ("整改措施", 25),
    ("整改时限", 19),
    ("完成情况", 21),
    ("佐证材料", 11),
    ("验收人、验收日期", 18),
    ("群众再评价", 12),
    ("销号情况", 21),
    ("备注", 10),
)
WIDE = ("问题描述", "整改措施")
LONGEST, LONGEST_WIDE = 48, 150


@dataclass(frozen=True)
class LedgerRow:
    """One item: its state as the subtotals name it, and a cell for each of `COLUMNS`."""

    state: str
    cells: tuple[str, ...]


def ledger_html(
    rows: Sequence[LedgerRow], *, as_of: datetime, title: str = "整改台账", organiser: str = ""
) -> str:
    """Return the ledger as a whole HTML document; without rows it says so.

    Rows never break across pages, so what is longer than a page could hold is cut with “…”; the
    whole text stands in the CSV and Excel files.
    """
    states = Counter(row.state for row in rows)
    return render(
        "ledger.html.j2",
        title=title,
        organiser=organiser,
        as_of=as_of.isoformat(),
        as_of_words=instant(as_of),
        columns=COLUMNS,
        rows=[_cells(row) for row in rows],
        total=len(rows),
        states=list(states.items()),
    )


def _cells(row: LedgerRow) -> list[str]:
    return [
        comment(cell, LONGEST_WIDE if head in WIDE else LONGEST)
        for (head, _), cell in zip(COLUMNS, row.cells, strict=True)
    ]
