"""Months, quarters and years by their codes: 2026-07, 2026Q3, 2026."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from survey.errors import SurveyError

MONTHS_OF_QUARTER = 3
MONTHS_OF_YEAR = 12
_CODE = re.compile(r"(20\d\d)(?:-(0[1-9]|1[0-2])|Q([1-4]))?")
_QUARTERS = "一二三四"


class Cycle(StrEnum):
    """How often an indicator is entered; in order of length."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def months(self) -> int:
        """The length in months."""
        return {"month": 1, "quarter": MONTHS_OF_QUARTER, "year": MONTHS_OF_YEAR}[self.value]


class PeriodUnknown(SurveyError):
    """This is no period."""

    code = "PERIOD_UNKNOWN"
    status = 422

    def __init__(self, text: str) -> None:
        super().__init__(
            f"没有看懂时段“{text[:20]}”，请写2026-07、2026Q3或2026",
            f"{text[:20]!r} is no period; write 2026-07, 2026Q3 or 2026",
        )


@dataclass(frozen=True)
class Period:
    """A month, a quarter or a year, both days included."""

    code: str
    cycle: Cycle
    starts_on: date
    ends_on: date

    @property
    def label(self) -> str:
        """What people call it, in Chinese."""
        year = f"{self.starts_on.year}年"
        if self.cycle is Cycle.MONTH:
            return f"{year}{self.starts_on.month}月"
        if self.cycle is Cycle.QUARTER:
            return f"{year}{_QUARTERS[self.starts_on.month // MONTHS_OF_QUARTER]}季度"
        return year

    def holds(self, other: Period) -> bool:
        """Whether `other` lies inside this period, or is this period."""
        return self.starts_on <= other.starts_on and other.ends_on <= self.ends_on

    def parts(self, cycle: Cycle) -> tuple[Period, ...]:
        """Return the periods of `cycle` in this one, in order; none where `cycle` is longer."""
        first = self.starts_on.month
        months = range(first, first + self.cycle.months, cycle.months)
        if cycle.months > self.cycle.months:
            return ()
        return tuple(_made(cycle, self.starts_on.year, month) for month in months)


def read_period(code: str) -> Period:
    """Return the period of this code.

    Raises:
        PeriodUnknown: it is none.
    """
    parts = _CODE.fullmatch(code)
    if parts is None:
        raise PeriodUnknown(code)
    year, month, quarter = parts.groups()
    if month:
        return _made(Cycle.MONTH, int(year), int(month))
    if quarter:
        return _made(Cycle.QUARTER, int(year), 1 + (int(quarter) - 1) * MONTHS_OF_QUARTER)
    return _made(Cycle.YEAR, int(year), 1)


def period_at(cycle: Cycle, day: date) -> Period:
    """Return the period of `cycle` that `day` lies in."""
    first = day.month - (day.month - 1) % cycle.months
    return _made(cycle, day.year, first)


def period_before(period: Period) -> Period:
    """Return the period of the same length right before."""
    return period_at(period.cycle, period.starts_on - timedelta(days=1))


def periods_between(cycle: Cycle, first: date, last: date) -> tuple[Period, ...]:
    """Return the periods of `cycle` that begin from `first` to `last`, the latest first."""
    found = []
    period = period_at(cycle, last)
    while period.starts_on >= first:
        found.append(period)
        period = period_before(period)
    return tuple(found)


def _made(cycle: Cycle, year: int, month: int) -> Period:
    after = month + cycle.months
    end = date(year + (after > MONTHS_OF_YEAR), (after - 1) % MONTHS_OF_YEAR + 1, 1)
    code = {
        Cycle.MONTH: f"{year}-{month:02}",
        Cycle.QUARTER: f"{year}Q{month // MONTHS_OF_QUARTER + 1}",
        Cycle.YEAR: str(year),
    }[cycle]
    return Period(code, cycle, date(year, month, 1), end - timedelta(days=1))
