"""Arithmetic of Chinese working days over a table of exceptions, and what a deadline says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from survey.rectification.states import CLOCK_STOPPED, OWNER_WORKS, STEP_WORKDAYS, State

CHINA = ZoneInfo("Asia/Shanghai")
"""The arrangement of working days is the State Council's, and so is the day they are counted in."""
SOON_WORKDAYS = 3
REOPENED_MINIMUM = 3
SATURDAY = 5


@dataclass(frozen=True)
class Calendar:
    """The days whose kind differs from their weekday, and the years for which that is known.

    A year that is not among `years` is counted by weekends alone; `gaps` tells so.
    """

    exceptions: Mapping[date, bool] = field(default_factory=dict)
    years: frozenset[int] = frozenset()


class Tone(StrEnum):
    """How pressing a deadline is."""

    CALM = "calm"
    SOON = "soon"
    LATE = "late"
    PAUSED = "paused"
    SETTLED = "settled"


@dataclass(frozen=True)
class Deadline:
    """A day, how many working days are left until it (negative: overdue by so many), and its tone.

    `due_on` is None where nothing is due; while the clock is stopped it is the day of the stage.
    """

    due_on: date | None
    workdays: int
    tone: Tone

    @property
    def words(self) -> str:
        """What the console says, e.g. 还有9天."""
        if self.tone is Tone.PAUSED:
            return "暂停计时"
        if self.tone is Tone.SETTLED or self.due_on is None:
            return ""
        if self.tone is Tone.LATE:
            return f"逾期{-self.workdays}天"
        return f"还有{self.workdays}天" if self.workdays else "今天到期"


NOTHING_DUE = Deadline(None, 0, Tone.SETTLED)


def local_date(instant: datetime) -> date:
    """Return the day that `instant` falls on in China."""
    return instant.astimezone(CHINA).date()


def is_workday(calendar: Calendar, day: date) -> bool:
    """Whether offices work on `day`."""
    return calendar.exceptions.get(day, day.weekday() < SATURDAY)


def add_workdays(calendar: Calendar, start: date, count: int) -> date:
    """Return the `count`-th working day after `start`; `start` itself when `count` is 0."""
    day = start
    for _ in range(count):
        day += timedelta(1)
        while not is_workday(calendar, day):
            day += timedelta(1)
    return day


def workdays_between(calendar: Calendar, start: date, end: date) -> int:
    """Return how many working days lie after `start` up to and including `end`.

    Negative when `end` comes first: then so many working days have passed since `end`.
    """
    if end < start:
        return -workdays_between(calendar, end, start)
    days = (start + timedelta(n + 1) for n in range((end - start).days))
    return sum(is_workday(calendar, day) for day in days)


def last_workday(calendar: Calendar, today: date) -> date:
    """Return the newest working day up to `today`: what is due before it is overdue."""
    day = today
    while not is_workday(calendar, day):
        day -= timedelta(1)
    return day


def gaps(calendar: Calendar, *days: date | None) -> tuple[int, ...]:
    """Return the years from the first to the last of `days` whose holidays are not known."""
    years = [day.year for day in days if day is not None]
    if not years:
        return ()
    return tuple(y for y in range(min(years), max(years) + 1) if y not in calendar.years)


def gap_warning(years: tuple[int, ...]) -> str:
    """Return the sentence to print when holidays of `years` are not known; empty for none."""
    if not years:
        return ""
    named = "、".join(f"{year}年" for year in years)
    return f"{named}的放假安排还没有导入，期限先按周末推算"


def reopened_workdays(limit: int) -> int:
    """Return the limit of an item taken up again: half of the first one, rounded up, at least 3."""
    return max(REOPENED_MINIMUM, (limit + 1) // 2)


def deadline(calendar: Calendar, due_on: date, today: date) -> Deadline:
    """Return how a running deadline stands `today`."""
    left = workdays_between(calendar, today, due_on)
    tone = Tone.LATE if left < 0 else Tone.SOON if left <= SOON_WORKDAYS else Tone.CALM
    return Deadline(due_on, left, tone)


def item_deadline(
    calendar: Calendar, state: State, *, due_on: date, stage_on: date | None, today: date
) -> Deadline:
    """Return how the item's own deadline stands: paused in two states, done with after the work."""
    if state in CLOCK_STOPPED:
        return Deadline(stage_on, 0, Tone.PAUSED)
    return deadline(calendar, due_on, today) if state in OWNER_WORKS else NOTHING_DUE


def step_deadline(calendar: Calendar, state: State, entered_on: date, today: date) -> Deadline:
    """Return how the step stands that `state` waits for, which was entered on `entered_on`."""
    limit = STEP_WORKDAYS.get(state)
    if limit is None:
        return NOTHING_DUE
    return deadline(calendar, add_workdays(calendar, entered_on, limit), today)
