"""The indicators of rectification (domain.md 4.9), each a share with what it is a share of.

Where the domain leaves a choice, the reading that no number can flatter is taken, and stands below:
items that were voided count nowhere, and what is open after its day counts against the office.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from survey.rectification.states import OWNER_WORKS, STEP_WORKDAYS, Source, State

ACCEPTANCE_WORKDAYS = STEP_WORKDAYS[State.ASSIGNED]
Between = Callable[[date, date], int]
"""Working days after the first day up to and including the second."""


@dataclass(frozen=True)
class Case:
    """What the indicators need of one item; days are those of the office.

    `assigned_on` and `accepted_on` are the first ones; `handed_in_on` is the last time that the
    owner asked to close or explained; `is_called_back` tells whether somebody was called, reached
    or not.
    """

    source: Source
    state: State
    registered_on: date
    due_on: date
    assigned_on: date | None = None
    accepted_on: date | None = None
    handed_in_on: date | None = None
    closed_on: date | None = None
    is_called_back: bool = False
    reopen_count: int = 0
    agree: int = 0
    disagree: int = 0


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
        checks after that are others' time.
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


def statistics_of(cases: Iterable[Case], today: date, between: Between) -> Statistics:
    """Return the indicators over `cases` on the working day `today`."""
    counted = [case for case in cases if case.state is not State.VOID]
    closed = [case for case in counted if case.state is State.CLOSED]
    came_back = [case for case in counted if case.reopen_count]
    ended = [case for case in counted if case.state is State.CLOSED or case.reopen_count]
    rated = [case for case in counted if case.source is Source.HCP_BAD and case.handed_in_on]
    days = [between(c.registered_on, c.closed_on) for c in closed if c.closed_on]
    agree = sum(case.agree for case in counted)
    return Statistics(
        accepted_in_time=_accepted(counted, today, between),
        fixed_in_time=_fixed(counted, today),
        closed=Share(len(closed), len(counted)),
        reopened=Share(len(came_back), len(ended)),
        called_back=Share(sum(case.is_called_back for case in rated), len(rated)),
        agreeing=Share(agree, agree + sum(case.disagree for case in counted)),
        median_days=float(median(days)) if days else None,
        measured=len(days),
    )


def _accepted(cases: Sequence[Case], today: date, between: Between) -> Share:
    part = whole = 0
    for case in cases:
        if case.assigned_on is None:
            continue
        end = case.accepted_on or today
        is_quick = between(case.assigned_on, end) <= ACCEPTANCE_WORKDAYS
        if case.accepted_on or not is_quick:
            whole += 1
            part += bool(case.accepted_on and is_quick)
    return Share(part, whole)


def _fixed(cases: Sequence[Case], today: date) -> Share:
    """Return what was handed in by its day; an item taken up again counts with its new day."""
    part = whole = 0
    for case in cases:
        is_at_work = case.state in OWNER_WORKS or case.state is State.LONGTERM
        if case.handed_in_on and not is_at_work:
            whole += 1
            part += case.handed_in_on <= case.due_on
        elif case.state in OWNER_WORKS and case.due_on < today:
            whole += 1
    return Share(part, whole)
