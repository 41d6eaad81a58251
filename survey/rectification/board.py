"""The district's board: how many items stand where, how old they are, and the indicators."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Text, cast, func, select
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Actor
from survey.org.models import Level, Organisation
from survey.rectification.calendar import load_calendar
from survey.rectification.filters import is_late, reach
from survey.rectification.models import RectificationItem
from survey.rectification.states import OPEN_STATES, State
from survey.rectification.statistics import (
    ACCEPTANCE_WORKDAYS,
    Numbered,
    Statistics,
    added,
    statistics_of,
    sums_of,
    waiting_since,
)
from survey.rectification.workdays import Calendar, last_workday, local_date

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
    met = [condition, Item.state != State.VOID.value]
    if since:
        met.append(Item.registered_on >= since)
    groups = _groups(session, met, calendar, today)
    by_state = select(Item.state, func.count()).where(*met).group_by(Item.state)
    states = Counter({State(state): count for state, count in session.execute(by_state)})
    called = select(Organisation.id, Organisation.short_name).where(
        Organisation.id.in_({group.unit for group in groups})
    )
    names: dict[str, str] = dict(session.execute(called).all())
    return Board(
        since=since,
        whole=_line("", "", groups),
        units=tuple(
            _line(unit, names[unit], inside)
            for unit, inside in _parted(groups, lambda group: group.unit)
        ),
        sectors=tuple(
            _line(sector, sector, inside)
            for sector, inside in _parted(groups, lambda group: group.sector)
            if sector
        ),
        funnel=_funnel(states),
        ages=_ages(session, met, today, local_date(now)),
        states=states,
    )


@dataclass(frozen=True)
class _Group:
    """The items of one owner: the unit it belongs to, or it itself, and its sector.

    `sums` is a row as `added` wants them: a value for each of 2,000 owners would take longer than
    counting their items.
    """

    unit: str
    sector: str
    sums: tuple[int, ...]
    days: Counter[int]


def _groups(
    session: Session, met: Sequence[ColumnElement[bool]], calendar: Calendar, today: date
) -> list[_Group]:
    """Return the sums by owner, in the order of the tree."""
    numbered = Numbered.of(session, calendar, today)
    assigned, accepted, registered, closed = (numbered.days.alias() for _ in range(4))
    took = closed.c.number - registered.c.number
    lengths = (
        select(Item.org_id, took, func.count())
        .join(registered, registered.c.day == cast(Item.registered_on, Text))
        .join(closed, closed.c.day == cast(Item.closed_on, Text))
        .where(*met, Item.state == State.CLOSED.value)
        .group_by(Item.org_id, took)
    )
    days: dict[str, Counter[int]] = {}
    for org_id, length, count in session.execute(lengths):
        days.setdefault(org_id, Counter())[length] = count
    accepting = (
        select(Item.org_id, func.count())
        .join(assigned, assigned.c.day == cast(Item.assigned_on, Text))
        .join(accepted, accepted.c.day == cast(Item.accepted_on, Text))
        .where(*met, accepted.c.number - assigned.c.number <= ACCEPTANCE_WORKDAYS)
        .group_by(Item.org_id)
    )
    quick: dict[str, int] = dict(session.execute(accepting).all())
    columns = sums_of(today, waiting_since(calendar, today))
    # By owner alone: a sector and a unit for every item would all have to be sorted.
    counted = select(Item.org_id, *columns).where(*met).group_by(Item.org_id)
    sums = {org_id: (*counts, quick.get(org_id, 0)) for org_id, *counts in session.execute(counted)}
    tree = select(
        Organisation.id, Organisation.parent_id, Organisation.level, Organisation.sector
    ).order_by(Organisation.path)
    return [
        _Group(
            parent if level in (Level.BRANCH, Level.WINDOW) and parent else org_id,
            sector,
            sums[org_id],
            days.get(org_id, Counter()),
        )
        for org_id, parent, level, sector in session.execute(tree)
        if org_id in sums
    ]


def _line(code: str, name: str, groups: Sequence[_Group]) -> Line:
    sums = added(group.sums for group in groups)
    days: Counter[int] = Counter()
    for group in groups:
        days.update(group.days)
    return Line(
        code=code,
        name=name,
        total=sums.total,
        open=sums.open,
        overdue=sums.late,
        reopened=sums.reopened,
        closed=sums.closed,
        statistics=statistics_of(sums, days),
    )


def _parted(
    groups: Iterable[_Group], key: Callable[[_Group], str]
) -> Iterable[tuple[str, list[_Group]]]:
    found: dict[str, list[_Group]] = {}
    for group in groups:
        found.setdefault(key(group), []).append(group)
    return found.items()


def _funnel(states: Mapping[State, int]) -> tuple[tuple[str, int], ...]:
    """Return how many items stand at least as far as each step."""
    return tuple(
        (name, sum(count for state, count in states.items() if REACHED[state] >= place))
        for place, name in enumerate(FUNNEL)
    )


def _ages(
    session: Session, met: Sequence[ColumnElement[bool]], workday: date, today: date
) -> tuple[Age, ...]:
    query = (
        select(Item.registered_on, func.count(), func.count().filter(is_late(workday)))
        .where(*met, Item.state.in_([state.value for state in OPEN_STATES]))
        .group_by(Item.registered_on)
    )
    days = [((today - day).days, count, late) for day, count, late in session.execute(query)]
    found = []
    low = 0
    for high in (*AGES, None):
        held = [each for each in days if low <= each[0] and (high is None or each[0] <= high)]
        found.append(Age(low, high, sum(each[1] for each in held), sum(each[2] for each in held)))
        low = (high or 0) + 1
    return tuple(found)
