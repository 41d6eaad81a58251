"""The ledger 整改台账 and the lists drawn from it: landscape A4, one item a row (domain.md 4.6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reports.column_widths import column_widths
from reports.documents import instant, report_html
from reports.parts import Column, EvaluationReport, Paragraph, Section, Table

COLUMNS = (
    "序号",
    "问题编号",
    "问题来源",
    "问题描述",
    "责任单位",
    "责任人",
    "整改措施",
    "整改时限",
    "完成情况",
    "佐证材料",
    "验收人、验收日期",
    "群众再评价",
    "销号情况",
    "备注",
)
PUBLIC_COLUMNS = (
    "序号",
    "问题编号",
    "问题来源",
    "问题描述",
    "责任单位",
    "整改措施",
    "整改时限",
    "销号情况",
)
SUPERVISION_COLUMNS = (
    "序号",
    "问题编号",
    "问题描述",
    "责任单位",
    "责任人",
    "整改时限",
    "逾期",
    "复号",
    "督办措施",
    "督办意见",
)
CLOSURE_COLUMNS = (
    "序号",
    "问题编号",
    "问题描述",
    "责任单位",
    "整改措施",
    "验收人、验收日期",
    "群众再评价",
    "销号日期",
)
PUBLIC_CLOSURE_COLUMNS = (
    "序号",
    "问题编号",
    "问题描述",
    "责任单位",
    "整改措施",
    "销号日期",
)
# What lies between the margins of a page on its side.
WIDTH_MM = 225
_CENTRED = ("序号",)


@dataclass(frozen=True)
class LedgerRow:
    """One item: its state as the subtotals name it, and a cell for each column of its table."""

    state: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class LedgerSheet:
    """What a list of items is made of.

    Attributes:
        title: 整改台账 or the like.
        columns: their heads; how wide they are follows from what stands in them.
        rows: the items.
        as_of: when they stood like this; aware, in local time.
        organiser: whose list it is; stands at the head.
        nothing: what the document says when there is no row.
        mark: 内部版 or the like.
        round_title: whose items these are; empty for all.
    """

    title: str
    columns: tuple[str, ...]
    rows: Sequence[LedgerRow]
    as_of: datetime
    organiser: str = ""
    nothing: str = "没有整改事项。"
    mark: str = ""
    round_title: str = ""


def compile_ledger(sheet: LedgerSheet) -> EvaluationReport:
    """Return a list of items as a document, with the number of items in each state below."""
    rows = tuple(row.cells for row in sheet.rows)
    heads = tuple(
        Column(head, width * 100 / WIDTH_MM, "center" if head in _CENTRED else "left")
        for head, width in zip(
            sheet.columns, column_widths(sheet.columns, rows, WIDTH_MM), strict=True
        )
    )
    states = Counter(row.state for row in sheet.rows)
    told = "　".join(f"{state}{count}件" for state, count in states.items())
    total = f"合计{len(sheet.rows)}件" + (f"：{told}。" if told else "。")
    blocks = (Table("", heads, rows), Paragraph(total))
    as_of = f"截至{instant(sheet.as_of)}"
    return EvaluationReport(
        subject="ledger",
        mark=sheet.mark,
        title=(sheet.title,),
        occasion=f"{sheet.round_title}　{as_of}" if sheet.round_title else as_of,
        facts=(),
        summary=(),
        sections=(Section("", blocks if rows else (Paragraph(sheet.nothing), *blocks)),),
        signatures=(),
        annex=(),
        organiser=sheet.organiser,
        as_of=sheet.as_of,
        layout="landscape",
    )


def ledger_html(
    rows: Sequence[LedgerRow], *, as_of: datetime, title: str = "整改台账", organiser: str = ""
) -> str:
    """Return the ledger as a whole HTML document; without rows it says so.

    Rows never break across pages, so what is longer than a page could hold is cut with “…”; the
    whole text stands in the CSV and Excel files.
    """
    return report_html(compile_ledger(LedgerSheet(title, COLUMNS, rows, as_of, organiser)))
