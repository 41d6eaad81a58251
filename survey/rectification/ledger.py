"""The ledger 整改台账: every item as a line of words, for CSV, Excel and print (domain.md 4.6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from reports import ledger as printed
from reports.documents import report_html
from reports.parts import EvaluationReport
from reports.tables import safe_cell, to_csv
from survey.accounts.policy import Actor
from survey.org.models import Organisation
from survey.rectification.calendar import load_calendar
from survey.rectification.filters import Filter, conditions, in_order
from survey.rectification.item import (
    ACCEPTED,
    ENOUGH_RESIDENTS,
    EvidenceKind,
    Step,
    acceptors_of,
    reference_of,
)
from survey.rectification.ledger_book import text_book
from survey.rectification.models import Evidence, RectificationItem, Transition
from survey.rectification.refusals import TooManyRows
from survey.rectification.states import LOOKS, SOURCE_LABELS, Act, Source, State
from survey.rectification.workdays import (
    CHINA,
    Calendar,
    Tone,
    item_deadline,
    last_workday,
    local_date,
)

HEADER = printed.COLUMNS
BOM = "\ufeff"
ESCALATED_REOPENINGS = 2
MOST_PRINTED = 2_000
PORTION = 500
_WIDTHS = (6, 14, 14, 34, 22, 10, 34, 22, 22, 14, 22, 22, 16, 22)
Item = RectificationItem
Plain = Any


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
        return tuple(self.__dict__[name] for name in COLUMNS)


COLUMNS = tuple(each.name for each in fields(LedgerLine))[1:]
"""What the columns of `HEADER` are called in addresses."""


@dataclass
class _Past:
    """What the history and the files of an item come to."""

    entered: datetime | None = None
    steps: list[Step] = field(default_factory=list)
    accepted: dict[str, str] = field(default_factory=dict)
    photos: int = 0
    documents: int = 0


def ledger_rows(
    session: Session, actor: Actor, *, now: datetime, wanted: Filter | None = None
) -> tuple[LedgerLine, ...]:
    """Return the items that `actor` sees, in the order in which they were registered."""
    workday = last_workday(load_calendar(session), local_date(now))
    met = conditions(session, actor, wanted or Filter(), workday)
    order = (Item.registered_on, Item.number)
    ids = list(session.scalars(select(Item.id).where(*met).order_by(*order)))
    return tuple(lines_of(session, ids, now=now))


def lines_of(session: Session, ids: Sequence[int], *, now: datetime) -> Iterator[LedgerLine]:
    """Yield the lines of the items `ids`, in their order; plain rows, for there may be 50,000."""
    calendar, today = load_calendar(session), local_date(now)
    columns = [c for c in Item.__table__.columns if c.name not in ("org_id", "round_id")]
    query = select(*columns, Organisation.name.label("owner")).join_from(
        Item, Organisation, Organisation.id == Item.org_id
    )
    for first in range(0, len(ids), PORTION):
        portion = ids[first : first + PORTION]
        found = {row.id: row for row in session.execute(query.where(Item.id.in_(portion)))}
        pasts = _pasts(session, portion)
        for serial, each in enumerate(portion, first + 1):
            yield _line(serial, found[each], pasts[each], calendar, today)


def numbered(session: Session, numbers: Collection[str], *, now: datetime) -> dict[str, LedgerLine]:
    """Return the lines of the items with these numbers; the caller has seen to who sees them."""
    ids = list(session.scalars(select(Item.id).where(Item.number.in_(numbers))))
    return {line.number: line for line in lines_of(session, ids, now=now)}


def chosen_order(
    session: Session, actor: Actor, *, now: datetime, wanted: Filter
) -> tuple[LedgerLine, ...]:
    """Return the lines of the filtered set in the order that the reader chose."""
    workday = last_workday(load_calendar(session), local_date(now))
    met = conditions(session, actor, wanted, workday)
    ids = list(session.scalars(in_order(select(Item.id).where(*met), wanted.sort)))
    return tuple(lines_of(session, ids, now=now))


def _pasts(session: Session, ids: Sequence[int]) -> dict[int, _Past]:
    pasts: dict[int, _Past] = defaultdict(_Past)
    step, file = Transition, Evidence
    moved = or_(step.from_state.is_(None), step.from_state != step.to_state)
    newest = select(func.max(step.id)).where(step.item_id.in_(ids), moved).group_by(step.item_id)
    for item_id, at in session.execute(select(step.item_id, step.at).where(step.id.in_(newest))):
        pasts[item_id].entered = at
    telling = or_(
        step.act.in_([act.value for act in ACCEPTED]),
        step.to_state.in_([State.IN_PROGRESS.value, State.REOPENED.value]),
    )
    columns = (
        step.item_id, step.act, step.actor, step.actor_name, step.from_state, step.to_state, step.at
    )  # fmt: skip
    query = select(*columns).where(step.item_id.in_(ids), telling).order_by(step.id)
    for item_id, act, actor, name, origin, to, at in session.execute(query):
        past = pasts[item_id]
        came = State(origin) if origin else None
        past.steps.append(Step(Act(act), actor, came, State(to), at))
        if past.steps[-1].act in ACCEPTED:
            past.accepted[actor] = f"{name} {local_date(at)}"
    is_paper = file.kind == EvidenceKind.DOCUMENT.value
    kept = select(file.item_id, func.count(), func.count().filter(is_paper))
    for item_id, count, papers in session.execute(
        kept.where(file.item_id.in_(ids)).group_by(file.item_id)
    ):
        pasts[item_id].documents, pasts[item_id].photos = papers, count - papers
    return pasts


def ledger_csv(rows: Sequence[LedgerLine], *, bom: bool = True) -> bytes:
    """Return the ledger as CSV in UTF-8; Excel in China needs the mark at the start."""
    text = to_csv(HEADER, (tuple(map(_text, row.cells)) for row in rows))
    return ((BOM if bom else "") + text).encode()


def ledger_xlsx(rows: Sequence[LedgerLine]) -> bytes:
    """Return the ledger as an Excel workbook; every cell is text."""
    texts = [tuple(map(_text, row.cells)) for row in rows]
    return text_book("整改台账", HEADER, _WIDTHS, texts)


def ledger_document(rows: Sequence[LedgerLine], *, as_of: datetime, organiser: str = "") -> str:
    """Return `ledger_report` as an HTML document to print."""
    return report_html(ledger_report(rows, as_of=as_of, organiser=organiser))


def ledger_report(
    rows: Sequence[LedgerLine], *, as_of: datetime, organiser: str = ""
) -> EvaluationReport:
    """Return the ledger as a document in landscape, to the minute of `as_of`, which is aware.

    Raises:
        TooManyRows: nobody prints that; Excel is for such a number.
    """
    if len(rows) > MOST_PRINTED:
        raise TooManyRows(
            f"共{len(rows)}件，一次最多打印{MOST_PRINTED}件。请先按单位或状态筛选，或导出Excel",
            f"{len(rows)} items; print at most {MOST_PRINTED}: filter first, or export to Excel",
        )
    lines = [printed.LedgerRow(row.state, row.cells) for row in rows]
    moment = as_of.astimezone(CHINA).replace(second=0, microsecond=0)
    sheet = printed.LedgerSheet("整改台账", printed.COLUMNS, lines, moment, organiser)
    return printed.compile_ledger(sheet)


def _text(text: str) -> str:
    """Return a cell that is never computed; the ledger is words, so a signed number is none."""
    return f"'{text}" if text.startswith(("+", "-")) else safe_cell(text)


def _line(serial: int, row: Plain, past: _Past, calendar: Calendar, today: date) -> LedgerLine:
    label = LOOKS[State(row.state)].label
    return LedgerLine(
        state=label,
        serial=str(serial),
        number=row.number,
        source=f"{SOURCE_LABELS[Source(row.source)]} {reference_of(row.source_ref)}".strip(),
        problem=row.problem,
        owner=row.owner,
        person=row.responsible_person,
        measures=row.measures,
        limit=f"{row.limit_workdays}个工作日，{row.due_on}到期",
        progress=_progress(row, past, label, calendar, today),
        evidence=_evidence(past),
        acceptance=_acceptance(past),
        recheck=_recheck(row),
        closure=_closure(row),
        remark=_remark(row),
    )


def _progress(row: Plain, past: _Past, label: str, calendar: Calendar, today: date) -> str:
    told = f"{label}，{local_date(past.entered)}" if past.entered else label
    due = item_deadline(
        calendar, State(row.state), due_on=row.due_on, stage_on=row.stage_on, today=today
    )
    return f"{told}，{due.words}" if due.tone is Tone.LATE else told


def _evidence(past: _Past) -> str:
    told = [f"照片{past.photos}张"] if past.photos else []
    return "，".join([*told, f"材料{past.documents}份"] if past.documents else told)


def _acceptance(past: _Past) -> str:
    """Return who accepted the work that still counts, and when."""
    counting = acceptors_of(past.steps)
    return "；".join(told for actor, told in past.accepted.items() if actor in counting)


def _recheck(row: Plain) -> str:
    if row.recheck_n is None:
        return "" if row.needs_recheck else "不需要"
    if not row.recheck_n:
        return f"参评不足{ENOUGH_RESIDENTS}人"
    told = (row.recheck_agree or 0) + (row.recheck_disagree or 0)
    rate = f"，同意销号率{100 * (row.recheck_agree or 0) / told:.1f}%" if told else ""
    return f"参评{row.recheck_n}人{rate}"


def _closure(row: Plain) -> str:
    words = {State.CLOSED: "已销号", State.VOID: "已撤销"}.get(State(row.state), "未销号")
    day = f" {row.closed_on}" if row.closed_on else ""
    again = f"，复号{row.reopen_count}次" if row.reopen_count else ""
    return words + day + again


def _remark(row: Plain) -> str:
    told = []
    if row.report_count > 1:
        told.append(f"反映{row.report_count}次")
    if row.extension_count:
        told.append(f"延期{row.extension_count}次")
    if row.stage_on:
        told.append(f"这一阶段到{row.stage_on}")
    if row.reopen_count >= ESCALATED_REOPENINGS:
        told.append("提级办理")
    return "；".join(told)
