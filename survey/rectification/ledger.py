"""The ledger 整改台账: every item as a line of words, for CSV, Excel and print (domain.md 4.6)."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy.orm import Session, selectinload

from reports import ledger as printed
from reports.tables import safe_cell, to_csv
from survey.accounts.policy import Actor
from survey.org.models import Organisation
from survey.rectification.calendar import load_calendar
from survey.rectification.item import EvidenceKind, ItemView, reference_of
from survey.rectification.loading import view_of
from survey.rectification.models import RectificationItem
from survey.rectification.queries import Filter, ItemRow, row_of, selection
from survey.rectification.states import Act, State
from survey.rectification.workdays import CHINA, Tone, last_workday, local_date

HEADER = tuple(head for head, _ in printed.COLUMNS)
BOM = "\ufeff"
ESCALATED_REOPENINGS = 2
_WIDTHS = (6, 14, 14, 34, 22, 10, 34, 22, 22, 14, 22, 22, 16, 22)


@dataclass(frozen=True)
class LedgerLine:
    """One line of the ledger, ready to print; the fields after `state` are the columns in order."""

    state: str
    serial: str
    number: str
    source: str
    problem: str
    owner: str
    person: str
    measures: str
    limit: str
    progress: str
    evidence: str
    acceptance: str
    recheck: str
    closure: str
    remark: str

    @property
    def cells(self) -> tuple[str, ...]:
        """The line's texts in the order of `HEADER`."""
        return tuple(str(getattr(self, field.name)) for field in fields(self)[1:])


def ledger_rows(
    session: Session, actor: Actor, *, now: datetime, wanted: Filter | None = None
) -> tuple[LedgerLine, ...]:
    """Return the items that `actor` sees, by number."""
    calendar, today = load_calendar(session), local_date(now)
    query = (
        selection(actor, wanted or Filter(), last_workday(calendar, today))
        .order_by(RectificationItem.registered_on, RectificationItem.number)
        .options(
            selectinload(RectificationItem.transitions), selectinload(RectificationItem.evidence)
        )
    )
    return tuple(
        _line(serial, item, owner, row_of(item, owner, unit, calendar, today))
        for serial, (item, owner, unit) in enumerate(session.execute(query), 1)
    )


def ledger_csv(rows: Sequence[LedgerLine], *, bom: bool = True) -> bytes:
    """Return the ledger as CSV in UTF-8; Excel in China needs the mark at the start."""
    text = to_csv(HEADER, (tuple(map(_text, row.cells)) for row in rows))
    return ((BOM if bom else "") + text).encode()


def ledger_xlsx(rows: Sequence[LedgerLine]) -> bytes:
    """Return the ledger as an Excel workbook; every cell is text."""
    import xlsxwriter  # slow to load, and seldom asked for

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("整改台账")
        head = book.add_format({"bold": True, "text_wrap": True, "bottom": 1})
        body = book.add_format({"text_wrap": True, "valign": "top"})
        for column, (title, width) in enumerate(zip(HEADER, _WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, title, head)
        for line, row in enumerate(rows, 1):
            for column, text in enumerate(row.cells):
                sheet.write_string(line, column, _text(text), body)
        sheet.freeze_panes(1, 2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.repeat_rows(0)
        sheet.fit_to_pages(1, 0)
    return out.getvalue()


def ledger_document(rows: Sequence[LedgerLine], *, as_of: datetime, organiser: str = "") -> str:
    """Return the ledger as an HTML document to print, in landscape; `as_of` is aware."""
    lines = [printed.LedgerRow(row.state, row.cells) for row in rows]
    return printed.ledger_html(lines, as_of=as_of.astimezone(CHINA), organiser=organiser)


def _text(text: str) -> str:
    """Return a cell that is never computed; the ledger is words, so a signed number is none."""
    return f"'{text}" if text.startswith(("+", "-")) else safe_cell(text)


def _line(serial: int, item: RectificationItem, owner: Organisation, row: ItemRow) -> LedgerLine:
    view = view_of(item, owner, (owner.path,))
    return LedgerLine(
        state=row.look.label,
        serial=str(serial),
        number=item.number,
        source=f"{row.source_label} {reference_of(item.source_ref)}".strip(),
        problem=item.problem,
        owner=row.org_name,
        person=item.responsible_person,
        measures=item.measures,
        limit=f"{item.limit_workdays}个工作日，{item.due_on:%Y-%m-%d}到期",
        progress=_progress(row, view),
        evidence=_evidence(view),
        acceptance=_acceptance(item, view),
        recheck=_recheck(item),
        closure=_closure(item),
        remark=_remark(item),
    )


def _progress(row: ItemRow, view: ItemView) -> str:
    told = f"{row.look.label}，{local_date(view.entered_at):%Y-%m-%d}"
    return f"{told}，{row.deadline.words}" if row.deadline.tone is Tone.LATE else told


def _evidence(view: ItemView) -> str:
    kinds = Counter(proof.kind is EvidenceKind.DOCUMENT for proof in view.proofs)
    told = [f"照片{kinds[False]}张"] if kinds[False] else []
    return "，".join([*told, f"材料{kinds[True]}份"] if kinds[True] else told)


def _acceptance(item: RectificationItem, view: ItemView) -> str:
    """Return who accepted the work that still counts, and when."""
    accepting = (Act.VERIFY, Act.CONFIRM, Act.ACCEPT_AGAIN)
    last = {
        step.actor: f"{step.actor_name} {local_date(step.at):%Y-%m-%d}"
        for step in item.transitions
        if Act(step.act) in accepting and step.actor in view.acceptors
    }
    return "；".join(last.values())


def _recheck(item: RectificationItem) -> str:
    if item.recheck_n is None:
        return "" if item.needs_recheck else "不需要"
    told = (item.recheck_agree or 0) + (item.recheck_disagree or 0)
    rate = f"，同意销号率{100 * (item.recheck_agree or 0) / told:.1f}%" if told else ""
    return f"参评{item.recheck_n}人{rate}"


def _closure(item: RectificationItem) -> str:
    words = {State.CLOSED: "已销号", State.VOID: "已撤销"}.get(State(item.state), "未销号")
    day = f" {item.closed_on:%Y-%m-%d}" if item.closed_on else ""
    again = f"，复号{item.reopen_count}次" if item.reopen_count else ""
    return words + day + again


def _remark(item: RectificationItem) -> str:
    told = []
    if item.report_count > 1:
        told.append(f"反映{item.report_count}次")
    if item.extension_count:
        told.append(f"延期{item.extension_count}次")
    if item.stage_on:
        told.append(f"这一阶段到{item.stage_on:%Y-%m-%d}")
    if item.reopen_count >= ESCALATED_REOPENINGS:
        told.append("提级办理")
    return "；".join(told)
