"""The district's board: how many items stand where, how old they are, and the indicators."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, aliased

from survey.accounts.policy import Action, Actor
from survey.org.models import Level, Organisation
from survey.rectification.calendar import load_calendar
from survey.rectification.filters import reach
from survey.rectification.item import CALLED_BACK
from survey.rectification.models import RectificationItem, Transition
from survey.rectification.states import (
    OPEN_STATES,
    OWNER_WORKS,
    SETTLED_STATES,
    Act,
    Source,
    State,
)
from survey.rectification.statistics import Case, Statistics, statistics_of
from survey.rectification.workdays import last_workday, local_date, workdays_between

Item = RectificationItem
AGES = (7, 15, 30, 60, 90)
"""Upper ends, in days since registering, of the groups by age; the last one has no end."""

FUNNEL = ("registered", "accepted", "fixing", "submitted", "verified", "rechecked", "closed")
REACHED: Mapping[State, int] = {
    State.NEW: 0,
    State.ASSIGNED: 0,
    State.APPEAL: 0,
    State.ACCEPTED: 1,
    State.REOPENED: 1,
    State.IN_PROGRESS: 2,
    State.LONGTERM: 2,
    State.SUBMITTED: 3,
    State.EXPLAINED: 3,
    State.UNIT_CHECKED: 3,
    State.VERIFIED: 4,
    State.RECHECK: 5,
    State.CLOSED: 6,
}
"""How far along `FUNNEL` an item in a state stands; what was sent back stands further back."""


@dataclass(frozen=True)
class Line:
    """The counts of one unit or sector; `code` is what the ledger is filtered by."""

    code: str
    name: str
    total: int
    open: int
    overdue: int
    reopened: int
    closed: int
    statistics: Statistics


@dataclass(frozen=True)
class Age:
    """Open items of an age of `low` to `high` days, None without end; so many of them overdue."""

    low: int
    high: int | None
    count: int
    overdue: int


@dataclass(frozen=True)
class Board:
    """All that the board shows of the items registered from `since` on."""

    since: date | None
    whole: Line
    units: tuple[Line, ...]
    sectors: tuple[Line, ...]
    funnel: tuple[tuple[str, int], ...]
    ages: tuple[Age, ...]
    states: Mapping[State, int]


@dataclass(frozen=True)
class _Entry:
    case: Case
    unit: tuple[str, str]
    sector: str
    is_late: bool


def board(session: Session, actor: Actor, *, now: datetime, since: date | None = None) -> Board:
    """Return the board of what `actor` sees; items that were voided are left out."""
    return board_where(
        session, reach(session, actor, Action.SEE_RECTIFICATION), now=now, since=since
    )


def board_where(
    session: Session, condition: ColumnElement[bool], *, now: datetime, since: date | None = None
) -> Board:
    """Return the board of the items that meet `condition`; it asks nobody who may see them."""
    calendar = load_calendar(session)
    today = last_workday(calendar, local_date(now))

    @lru_cache(maxsize=100_000)
    def between(start: date, end: date) -> int:
        return workdays_between(calendar, start, end)

    def line(code: str, name: str, entries: Sequence[_Entry]) -> Line:
        states = Counter(entry.case.state for entry in entries)
        return Line(
            code=code,
            name=name,
            total=len(entries),
            open=sum(states[state] for state in OPEN_STATES),
            overdue=sum(entry.is_late for entry in entries),
            reopened=sum(entry.case.reopen_count > 0 for entry in entries),
            closed=states[State.CLOSED],
            statistics=statistics_of((entry.case for entry in entries), today, between),
        )

    entries = list(_entries(session, condition, today, since))
    units = _grouped(entries, (entry.unit for entry in entries))
    sectors = _grouped(entries, ((entry.sector, entry.sector) for entry in entries))
    return Board(
        since=since,
        whole=line("", "", entries),
        units=tuple(line(*key, found) for key, found in units.items()),
        sectors=tuple(line(*key, found) for key, found in sectors.items() if key[0]),
        funnel=_funnel(entries),
        ages=_ages(entries, local_date(now)),
        states=Counter(entry.case.state for entry in entries),
    )


def _entries(
    session: Session, condition: ColumnElement[bool], today: date, since: date | None
) -> Iterator[_Entry]:
    days = _days(session, since)
    above = aliased(Organisation)
    query = (
        select(
            Item.id, Item.source, Item.state, Item.registered_on, Item.due_on, Item.closed_on,
            Item.reopen_count, Item.recheck_agree, Item.recheck_disagree,
            Organisation.id, Organisation.short_name, Organisation.level, Organisation.sector,
            above.id, above.short_name,
        )
        .join_from(Item, Organisation, Organisation.id == Item.org_id)
        .outerjoin(above, above.id == Organisation.parent_id)
        .where(condition, Item.state != State.VOID.value)
        .order_by(Organisation.path)
    )  # fmt: skip
    if since:
        query = query.where(Item.registered_on >= since)
    for (
        key, source, state, registered, due, closed, reopened, agree, disagree,
        org, name, level, sector, unit, unit_name,
    ) in session.execute(query):  # fmt: skip
        first = days.get(key, {})
        case = Case(
            source=Source(source),
            state=State(state),
            registered_on=registered,
            due_on=due,
            assigned_on=first.get("assigned"),
            accepted_on=first.get("accepted"),
            handed_in_on=first.get("handed_in"),
            closed_on=closed,
            is_called_back="called" in first,
            reopen_count=reopened,
            agree=agree or 0,
            disagree=disagree or 0,
        )
        is_below = level in (Level.BRANCH, Level.WINDOW) and unit is not None
        owner = (unit, unit_name) if is_below else (org, name)
        yield _Entry(case, owner, sector, case.state in OWNER_WORKS and due < today)


def _days(session: Session, since: date | None) -> Mapping[int, Mapping[str, date]]:
    """Return, by item, the days that the indicators ask for."""
    step = Transition
    telling: tuple[tuple[str, bool, tuple[Act, ...]], ...] = (
        ("assigned", True, (Act.ASSIGN,)),
        ("accepted", True, (Act.ACCEPT,)),
        ("handed_in", False, (Act.SUBMIT, Act.EXPLAIN)),
        ("called", True, tuple(CALLED_BACK)),
    )
    found: dict[int, dict[str, date]] = {}
    for name, is_first, acts in telling:
        at = func.min(step.at) if is_first else func.max(step.at)
        query = select(step.item_id, at).where(step.act.in_([act.value for act in acts]))
        if since:
            recent = and_(Item.id == step.item_id, Item.registered_on >= since)
            query = query.join(Item, recent)
        for key, moment in session.execute(query.group_by(step.item_id)):
            found.setdefault(key, {})[name] = local_date(moment)
    return found


def _grouped(
    entries: Iterable[_Entry], keys: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], list[_Entry]]:
    groups: dict[tuple[str, str], list[_Entry]] = {}
    for entry, key in zip(entries, keys, strict=True):
        groups.setdefault(key, []).append(entry)
    return groups


def _funnel(entries: Sequence[_Entry]) -> tuple[tuple[str, int], ...]:
    """Return how many items stand at least as far as each step."""
    places = [REACHED[entry.case.state] for entry in entries]
    return tuple((name, sum(at >= place for at in places)) for place, name in enumerate(FUNNEL))


def _ages(entries: Sequence[_Entry], today: date) -> tuple[Age, ...]:
    found = []
    low = 0
    open_ = [entry for entry in entries if entry.case.state not in SETTLED_STATES]
    for high in (*AGES, None):
        held = [
            entry
            for entry in open_
            if low <= (today - entry.case.registered_on).days <= (high or 10**6)
        ]
        found.append(Age(low, high, len(held), sum(entry.is_late for entry in held)))
        low = (high or 0) + 1
    return tuple(found)
