"""The indicators of rectification (domain.md 4.9), each a share with what it is a share of.

Where the domain leaves a choice, the reading that no number can flatter is taken, and stands below:
items that were voided count nowhere, and what is open after its day counts against the office.

The database does the counting: of 50,000 items it hands over some hundred rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    JSON,
    ColumnElement,
    Integer,
    Text,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session

from survey.rectification.filters import is_late
from survey.rectification.models import RectificationItem
from survey.rectification.states import OPEN_STATES, OWNER_WORKS, STEP_WORKDAYS, Source, State
from survey.rectification.workdays import Calendar, is_workday, workdays_between

ACCEPTANCE_WORKDAYS = STEP_WORKDAYS[State.ASSIGNED]
Item = RectificationItem
Conditions = Mapping[str, ColumnElement[bool]]


@dataclass(frozen=True)
class Share:
    """A share, 0 to 1, with its numerator and denominator."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """The share, None of nothing."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True)
class Statistics:
    """The seven indicators. `median_days` are working days from registering to closing.

    accepted_in_time 受理及时率: accepted within two working days of being assigned ÷ assigned and
        accepted, or waiting for longer than that.
    fixed_in_time 按期整改率: handed in by the day it was due ÷ handed in, or due before today. The
        checks after that are others' time; an item taken up again counts with its new day.
    closed 销号率: closed ÷ registered.
    reopened 复号率: reopened at least once ÷ closed or reopened.
    called_back 回访率: bad ratings whose giver was called ÷ bad ratings that were handed in.
    agreeing 群众再评价满意率: residents who agree to close ÷ those who said yes or no.
    """

    accepted_in_time: Share
    fixed_in_time: Share
    closed: Share
    reopened: Share
    called_back: Share
    agreeing: Share
    median_days: float | None
    measured: int


@dataclass(frozen=True)
class Sums:
    """What counts and indicators are made of; those of several groups add up."""

    total: int = 0
    open: int = 0
    late: int = 0
    closed: int = 0
    reopened: int = 0
    ended: int = 0
    asked: int = 0
    quick: int = 0
    due: int = 0
    in_time: int = 0
    rated: int = 0
    called: int = 0
    agree: int = 0
    disagree: int = 0


COUNTED = tuple(each.name for each in fields(Sums) if each.name != "quick")


def added(rows: Iterable[Sequence[int]]) -> Sums:
    """Return the sums of several groups together; each row has `COUNTED` and, last, `quick`."""
    sums = [sum(column) for column in zip(*rows, strict=True)]
    return Sums(**dict(zip((*COUNTED, "quick"), sums, strict=True))) if sums else Sums()


def statistics_of(sums: Sums, days: Counter[int]) -> Statistics:
    """Return the indicators; `days` says how many items took how many working days to close."""
    return Statistics(
        accepted_in_time=Share(sums.quick, sums.asked),
        fixed_in_time=Share(sums.in_time, sums.due),
        closed=Share(sums.closed, sums.total),
        reopened=Share(sums.reopened, sums.ended),
        called_back=Share(sums.called, sums.rated),
        agreeing=Share(sums.agree, sums.agree + sums.disagree),
        median_days=_median(days),
        measured=days.total(),
    )


@dataclass(frozen=True)
class Numbered:
    """The days that items name, each with the number of working days up to and including it.

    Between two days lie as many working days as their numbers differ by. Days are texts on both
    sides, or SQLite would make a number of each and look through all of them for every item.
    """

    days: CTE

    @classmethod
    def of(cls, session: Session, calendar: Calendar, today: date) -> Numbered:
        """Return the days from the first to the last that any item was registered or closed on."""
        spans = (Item.registered_on, Item.assigned_on, Item.accepted_on, Item.closed_on)
        ends = select(*(end(day) for end in (func.min, func.max) for day in spans))
        known = [day for day in session.execute(ends).one() if day is not None]
        numbers = dict(_numbers(calendar, min([today, *known]), max([today, *known])))
        is_postgresql = session.get_bind().dialect.name == "postgresql"
        listed = literal(numbers, JSON)
        read = func.json_each_text(listed) if is_postgresql else func.json_each(listed)
        each = read.table_valued("key", "value")
        day, number = cast(each.c.key, Text), cast(each.c.value, Integer)
        query = select(day.label("day"), number.label("number"))
        # Looked up for every item: unless it is written out first, it would be read through.
        named = query.cte("numbered").prefix_with("MATERIALIZED")
        return cls(named)


def _numbers(calendar: Calendar, first: date, last: date) -> Iterator[tuple[str, int]]:
    number = 0
    for days in range((last - first).days + 1):
        day = first + timedelta(days)
        number += is_workday(calendar, day)
        yield day.isoformat(), number


def waiting_since(calendar: Calendar, today: date) -> date:
    """Return the first day on which what was assigned does not wait for too long yet."""
    day = today
    while workdays_between(calendar, day - timedelta(1), today) <= ACCEPTANCE_WORKDAYS:
        day -= timedelta(1)
    return day


def sums_of(today: date, waiting: date) -> list[Any]:
    """Return the columns of `Sums` but `quick` over a group; all but voided items are counted.

    `waiting` is `waiting_since` of `today`, a working day.
    """
    counts: dict[str, Any] = {
        name: func.count().filter(met) for name, met in _conditions(today).items()
    }
    taken, waits = Item.accepted_on.is_not(None), Item.assigned_on < waiting
    counts |= {
        "total": func.count(),
        "asked": func.count().filter(Item.assigned_on.is_not(None), or_(taken, waits)),
        "agree": func.coalesce(func.sum(Item.recheck_agree), 0),
        "disagree": func.coalesce(func.sum(Item.recheck_disagree), 0),
    }
    return [counts[name].label(name) for name in COUNTED]


def _conditions(today: date) -> Conditions:
    at_work = Item.state.in_([state.value for state in (*OWNER_WORKS, State.LONGTERM)])
    handed_in = and_(Item.handed_in_on.is_not(None), ~at_work)
    late, closed = is_late(today), Item.state == State.CLOSED.value
    rated = and_(Item.source == Source.HCP_BAD.value, Item.handed_in_on.is_not(None))
    return {
        "open": Item.state.in_([state.value for state in OPEN_STATES]),
        "late": late,
        "closed": closed,
        "reopened": Item.reopen_count > 0,
        "ended": or_(closed, Item.reopen_count > 0),
        "due": or_(handed_in, late),
        "in_time": and_(handed_in, Item.handed_in_on <= Item.due_on),
        "rated": rated,
        "called": and_(rated, Item.is_called_back),
    }


def _median(days: Counter[int]) -> float | None:
    """Return the middle of what was counted; of an even number the mean of the two middles."""
    total = days.total()
    if not total:
        return None
    wanted = ((total - 1) // 2, total // 2)
    middles: list[int] = []
    reached = 0
    for value in sorted(days):
        reached += days[value]
        while len(middles) < 2 and wanted[len(middles)] < reached:
            middles.append(value)
    return sum(middles) / 2
