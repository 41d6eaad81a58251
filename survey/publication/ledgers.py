"""The ledger of a round's items and the lists drawn from it, as kinds of document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from reports.figures import Audience
from reports.ledger import (
    CLOSURE_COLUMNS,
    COLUMNS,
    PUBLIC_CLOSURE_COLUMNS,
    PUBLIC_COLUMNS,
    SUPERVISION_COLUMNS,
    LedgerRow,
    LedgerSheet,
    compile_ledger,
)
from reports.parts import EvaluationReport
from survey.accounts.policy import Action
from survey.campaigns.models import RoundState
from survey.errors import NotFound
from survey.org import queries as organisations
from survey.org.models import Level, Organisation
from survey.publication.document_kind import Asked, DocumentKind, Kind, Listed
from survey.rectification.calendar import load_calendar
from survey.rectification.escalation import ESCALATED_REOPENINGS, card_of
from survey.rectification.following import texts_of
from survey.rectification.ledger import LedgerLine, lines_of
from survey.rectification.models import RectificationItem
from survey.rectification.states import State
from survey.rectification.visibility import is_public
from survey.rectification.workdays import Tone, item_deadline, local_date

INTERNAL_MARK = "内部版，不张贴"
OUT = (RoundState.PUBLISHED, RoundState.ARCHIVED)
Item = RectificationItem


@dataclass(frozen=True)
class _Entry:
    """An item as it stands, and its line of words."""

    item: RectificationItem
    line: LedgerLine
    overdue: int


def _listed(asked: Asked) -> list[Listed]:
    """Return the district and the units with items of the round."""
    if asked.audience is Audience.PUBLIC and asked.round.state not in OUT:
        return []
    owners = select(Organisation.path).join(Item, Item.org_id == Organisation.id)
    paths = list(asked.session.scalars(owners.where(Item.round_id == asked.round.id).distinct()))
    levels = (Level.DISTRICT.value, Level.UNIT.value)
    return [
        Listed(each.id, each.name, each.id if each.level == Level.UNIT else "")
        for each in organisations.visible(asked.session, asked.actor, Action.SEE_RECTIFICATION)
        if each.level in levels and any(path.startswith(each.path) for path in paths)
    ]


def _entries(asked: Asked, organisation: Organisation) -> list[_Entry]:
    """Return the round's items below `organisation`, in the order they were registered."""
    session = asked.session
    query = (
        select(Item)
        .join(Organisation, Organisation.id == Item.org_id)
        .where(
            Item.round_id == asked.round.id,
            Organisation.path.startswith(organisation.path, autoescape=True),
        )
        .order_by(Item.registered_on, Item.number)
    )
    if asked.audience is Audience.PUBLIC:
        query = query.where(is_public(session))
    items = list(session.scalars(query))
    lines = list(lines_of(session, [item.id for item in items], now=asked.now))
    if asked.audience is Audience.PUBLIC:
        texts = texts_of(session, items)
        lines = [
            replace(line, problem=texts[item.id][0], measures=texts[item.id][1])
            for item, line in zip(items, lines, strict=True)
        ]
    calendar, today = load_calendar(session), local_date(asked.now)
    found = []
    for item, line in zip(items, lines, strict=True):
        due = item_deadline(
            calendar, State(item.state), due_on=item.due_on, stage_on=item.stage_on, today=today
        )
        found.append(_Entry(item, line, -due.workdays if due.tone is Tone.LATE else 0))
    return found


def _ledger(asked: Asked, entries: Sequence[_Entry]) -> tuple[list[LedgerRow], str]:
    if asked.audience is Audience.INTERNAL:
        return [LedgerRow(each.line.state, each.line.cells) for each in entries], ""
    rows = []
    for line in (each.line for each in entries):
        cells = (line.serial, line.number, line.source, line.problem, line.owner)
        rows.append(LedgerRow(line.state, (*cells, line.measures, line.limit, line.closure)))
    return rows, ""


def _supervision(_asked: Asked, entries: Sequence[_Entry]) -> tuple[list[LedgerRow], str]:
    """Return what is overdue or was reopened twice, the longest overdue first."""
    late = [
        each
        for each in entries
        if each.overdue
        or (
            each.item.reopen_count >= ESCALATED_REOPENINGS
            and each.item.state not in (State.CLOSED, State.VOID)
        )
    ]
    late.sort(key=lambda each: -each.overdue)
    rows = []
    for number, each in enumerate(late, 1):
        line, item = each.line, each.item
        card = card_of(each.overdue, item.reopen_count)
        days = f"逾期{each.overdue}个工作日" if each.overdue else "未逾期"
        again = f"{item.reopen_count}次" if item.reopen_count else ""
        cells = (str(number), line.number, line.problem, line.owner, line.person, line.limit)
        rows.append(LedgerRow(line.state, (*cells, days, again, card.label if card else "", "")))
    return rows, "没有需要督办的事项。"


def _closures(asked: Asked, entries: Sequence[_Entry]) -> tuple[list[LedgerRow], str]:
    closed = [each for each in entries if each.item.state == State.CLOSED]
    closed.sort(key=lambda each: (each.item.closed_on or each.item.due_on, each.item.number))
    rows = []
    for number, each in enumerate(closed, 1):
        line = each.line
        cells: tuple[str, ...] = (str(number), line.number, line.problem, line.owner)
        cells = (*cells, line.measures)
        if asked.audience is Audience.INTERNAL:
            cells = (*cells, line.acceptance, line.recheck)
        rows.append(LedgerRow(line.state, (*cells, line.closure.removeprefix("已销号 "))))
    return rows, "还没有销号的事项。"


Chosen = Callable[[Asked, Sequence[_Entry]], tuple[list[LedgerRow], str]]


def _compiling(
    title: str,
    columns: tuple[str, ...],
    public_columns: tuple[str, ...],
    chosen: Chosen,
) -> Callable[[Asked, str], EvaluationReport]:
    def compiled(asked: Asked, org_id: str) -> EvaluationReport:
        session, is_public = asked.session, asked.audience is Audience.PUBLIC
        organisation = organisations.get_visible(
            session, asked.actor, Action.SEE_RECTIFICATION, org_id
        )
        if is_public and asked.round.state not in OUT:
            raise NotFound("这一轮的结果还没有公布", "The round's results are not published")
        rows, nothing = chosen(asked, _entries(asked, organisation))
        return compile_ledger(
            LedgerSheet(
                title=title,
                columns=public_columns if is_public else columns,
                rows=rows,
                as_of=asked.now.astimezone(asked.zone),
                organiser=organisation.name,
                nothing=nothing or "没有整改事项。",
                mark="" if is_public else INTERNAL_MARK,
                round_title=asked.round.title,
            )
        )

    return compiled


KINDS = (
    DocumentKind(
        Kind.LEDGER,
        "整改台账",
        _listed,
        _compiling("整改台账", COLUMNS, PUBLIC_COLUMNS, _ledger),
        is_table=True,
    ),
    DocumentKind(
        Kind.SUPERVISION,
        "督办清单",
        _listed,
        _compiling("督办清单", SUPERVISION_COLUMNS, SUPERVISION_COLUMNS, _supervision),
        (Audience.INTERNAL,),
        is_table=True,
    ),
    DocumentKind(
        Kind.CLOSURES,
        "销号清单",
        _listed,
        _compiling("销号清单", CLOSURE_COLUMNS, PUBLIC_CLOSURE_COLUMNS, _closures),
        is_table=True,
    ),
)
