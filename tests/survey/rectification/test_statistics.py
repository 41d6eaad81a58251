"""The indicators of rectification: the worked example of the method, and what counts where."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from survey.rectification.states import Source, State
from survey.rectification.statistics import Case, Share, Statistics, statistics_of

TODAY = date(2026, 9, 10)
RATING = Case(
    Source.HCP_BAD, State.CLOSED, date(2026, 9, 1), date(2026, 9, 8),
    assigned_on=date(2026, 9, 1), accepted_on=date(2026, 9, 2), handed_in_on=date(2026, 9, 8),
    closed_on=date(2026, 9, 9), is_called_back=True,
)  # fmt: skip


def days(start: date, end: date) -> int:
    return (end - start).days


def found(*cases: Case) -> Statistics:
    return statistics_of(cases, TODAY, days)


def test_tv13_sixteen_bad_ratings_fourteen_in_time_all_called_back() -> None:
    late = replace(RATING, handed_in_on=date(2026, 9, 9))
    upheld_appeal = replace(RATING, state=State.VOID, is_called_back=False)
    got = found(*[RATING] * 14, late, late, upheld_appeal)
    assert got.fixed_in_time == Share(14, 16)
    assert got.fixed_in_time.value == 0.875
    assert got.called_back.value == 1.0
    assert got.closed == Share(16, 16)
    assert (got.median_days, got.measured) == (8.0, 16)


def test_of_nothing_there_is_no_share() -> None:
    got = found()
    assert got.closed.value is None
    assert got.median_days is None


@pytest.mark.parametrize(
    ("changes", "accepted", "fixed"),
    [
        ({"accepted_on": date(2026, 9, 3)}, Share(1, 1), Share(1, 1)),
        ({"accepted_on": date(2026, 9, 4)}, Share(0, 1), Share(1, 1)),
        # waits for acceptance, not for too long yet; then too long, and due before today
        (
            {"state": State.ASSIGNED, "assigned_on": TODAY - timedelta(2), "accepted_on": None,
             "handed_in_on": None, "due_on": TODAY},
            Share(0, 0), Share(0, 0),
        ),
        (
            {"state": State.ASSIGNED, "accepted_on": None, "handed_in_on": None},
            Share(0, 1), Share(0, 1),
        ),
        # sent back after it was handed in: at work again, and late since
        ({"state": State.IN_PROGRESS}, Share(1, 1), Share(0, 1)),
        ({"state": State.IN_PROGRESS, "due_on": TODAY}, Share(1, 1), Share(0, 0)),
        # the clock stands still
        ({"state": State.LONGTERM}, Share(1, 1), Share(0, 0)),
    ],
)  # fmt: skip
def test_what_is_in_time(changes: dict[str, object], accepted: Share, fixed: Share) -> None:
    got = found(replace(RATING, **changes))  # type: ignore[arg-type]
    assert (got.accepted_in_time, got.fixed_in_time) == (accepted, fixed)


def test_reopened_is_a_share_of_what_was_decided_and_never_above_one() -> None:
    again = replace(RATING, state=State.REOPENED, reopen_count=2, agree=3, disagree=9)
    content = replace(RATING, source=Source.LOW_SCORE, agree=31, disagree=4)
    got = found(again, content, replace(RATING, state=State.IN_PROGRESS))
    assert got.reopened == Share(1, 2)
    assert got.agreeing == Share(34, 47)
    assert got.closed == Share(1, 3)
