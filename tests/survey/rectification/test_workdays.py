"""Working days: against the published arrangements, against plain counting, and what is said."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.rectification.calendar import shipped
from survey.rectification.states import State
from survey.rectification.workdays import (
    Calendar,
    Tone,
    add_workdays,
    deadline,
    gap_warning,
    gaps,
    is_workday,
    item_deadline,
    last_workday,
    local_date,
    reopened_workdays,
    step_deadline,
    workdays_between,
)

CALENDAR = shipped()
DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(("year", "expected"), [(2024, 251), (2025, 248), (2026, 248)])
def test_the_year_has_as_many_working_days_as_the_state_council_says(
    year: int, expected: int
) -> None:
    first = date(year, 1, 1)
    days = (first + timedelta(n) for n in range((date(year + 1, 1, 1) - first).days))
    assert sum(is_workday(CALENDAR, day) for day in days) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2024, 2, 9), True),  # the eve of 2024 was not a day off
        (date(2025, 1, 28), False),  # that of 2025 was
        (date(2025, 10, 8), False),
        (date(2025, 10, 11), True),
        (date(2026, 1, 4), True),
        (date(2026, 2, 23), False),
        (date(2026, 9, 20), True),
        (date(2026, 9, 25), False),
        (date(2026, 9, 26), False),
        (date(2026, 10, 8), True),
    ],
)
def test_days_of_the_published_arrangements(day: date, expected: bool) -> None:
    assert is_workday(CALENDAR, day) is expected


def test_the_shipped_table_holds_only_days_that_differ_from_their_weekday() -> None:
    assert all(kind is not (day.weekday() < 5) for day, kind in CALENDAR.exceptions.items())
    assert CALENDAR.years == {2024, 2025, 2026}


def test_a_deadline_over_the_national_holiday() -> None:
    # 20 September 2026 is a Sunday that is worked; 25 and 1 to 7 October are off.
    assert add_workdays(CALENDAR, date(2026, 9, 18), 1) == date(2026, 9, 20)
    assert add_workdays(CALENDAR, date(2026, 9, 24), 5) == date(2026, 10, 9)
    assert add_workdays(Calendar(), date(2026, 9, 24), 5) == date(2026, 10, 1)


@given(DAYS, st.integers(0, 60))
def test_counting_undoes_adding(start: date, count: int) -> None:
    end = add_workdays(CALENDAR, start, count)
    assert workdays_between(CALENDAR, start, end) == count
    assert count == 0 or is_workday(CALENDAR, end)


@given(DAYS, DAYS, DAYS)
def test_working_days_add_up(a: date, b: date, c: date) -> None:
    first, middle, last = sorted((a, b, c))
    whole = workdays_between(CALENDAR, first, last)
    parts = workdays_between(CALENDAR, first, middle), workdays_between(CALENDAR, middle, last)
    assert sum(parts) == whole
    assert workdays_between(CALENDAR, last, first) == -whole


@given(DAYS, DAYS)
def test_late_is_what_was_due_before_the_last_working_day(due: date, today: date) -> None:
    is_late = deadline(CALENDAR, due, today).tone is Tone.LATE
    assert is_late == (due < last_workday(CALENDAR, today))


@pytest.mark.parametrize(
    ("due", "words", "tone"),
    [
        (date(2026, 9, 18), "还有6天", Tone.CALM),
        (date(2026, 9, 15), "还有3天", Tone.SOON),
        (date(2026, 9, 10), "今天到期", Tone.SOON),
        (date(2026, 9, 4), "逾期4天", Tone.LATE),
    ],
)
def test_what_a_deadline_says(due: date, words: str, tone: Tone) -> None:
    told = deadline(CALENDAR, due, date(2026, 9, 10))
    assert (told.words, told.tone) == (words, tone)


def test_the_clock_stops_and_ends() -> None:
    today, due, stage = date(2026, 9, 10), date(2026, 9, 1), date(2026, 12, 31)

    def tone(state: State) -> Tone:
        found = item_deadline(CALENDAR, state, due_on=due, stage_on=stage, today=today)
        return found.tone

    assert tone(State.IN_PROGRESS) is Tone.LATE
    assert tone(State.APPEAL) is tone(State.LONGTERM) is Tone.PAUSED
    assert tone(State.SUBMITTED) is tone(State.CLOSED) is tone(State.VOID) is Tone.SETTLED


def test_a_step_has_its_own_limit() -> None:
    entered = date(2026, 9, 7)
    assert step_deadline(CALENDAR, State.RECHECK, entered, date(2026, 9, 10)).workdays == 2
    assert step_deadline(CALENDAR, State.IN_PROGRESS, entered, date(2026, 9, 10)).due_on is None


def test_a_year_without_arrangements_is_told() -> None:
    years = gaps(CALENDAR, date(2026, 12, 20), None, date(2028, 1, 5))
    assert years == (2027, 2028)
    assert gap_warning(years) == "2027年、2028年的放假安排还没有导入，期限先按周末推算"
    assert gaps(CALENDAR) == ()
    assert gap_warning(()) == ""


@pytest.mark.parametrize(("limit", "expected"), [(1, 3), (5, 3), (15, 8), (20, 10), (30, 15)])
def test_a_reopened_item_has_half_the_time(limit: int, expected: int) -> None:
    assert reopened_workdays(limit) == expected


def test_the_day_is_counted_in_china() -> None:
    assert local_date(datetime(2026, 9, 9, 16, 0, tzinfo=UTC)) == date(2026, 9, 10)
