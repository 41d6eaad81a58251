"""The indicators of rectification: the worked example of the method, and what counts where."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from survey.accounts.policy import OPERATOR
from survey.org.models import Organisation
from survey.rectification.board import Board, board
from survey.rectification.calendar import load_calendar
from survey.rectification.models import RectificationItem, Workday
from survey.rectification.states import Act, Source, State
from survey.rectification.statistics import Share, Statistics
from survey.rectification.steps import add_transition
from survey.rectification.workdays import CHINA, add_workdays
from tests.survey.rectification.conftest import People
from tests.survey.rectification.plain_board import plain_board

TODAY = date(2026, 9, 10)
NOW = datetime(2026, 9, 10, 15, tzinfo=CHINA)


@dataclass(frozen=True)
class Told:
    """An item, and the days of the acts that its indicators ask for."""

    acts: Mapping[Act, date]
    facts: Mapping[str, Any]


RATING = Told(
    {
        Act.ASSIGN: date(2026, 9, 1),
        Act.ACCEPT: date(2026, 9, 2),
        Act.SUBMIT: date(2026, 9, 8),
        Act.SATISFIED: date(2026, 9, 9),
    },
    {
        "source": Source.HCP_BAD,
        "state": State.CLOSED,
        "registered_on": date(2026, 9, 1),
        "due_on": date(2026, 9, 8),
        "closed_on": date(2026, 9, 9),
    },
)


def changed(acts: Mapping[Act, date | None] | None = None, **facts: Any) -> Told:
    """Return the rating with other days and facts; a day of None leaves the act out."""
    days = {**RATING.acts, **(acts or {})}
    kept = {act: day for act, day in days.items() if day is not None}
    return replace(RATING, acts=kept, facts={**RATING.facts, **facts})


def add(session: Session, org_id: str, told: Told, number: int) -> None:
    facts = {"limit_workdays": 5, "needs_recheck": False, "problem": "问题", **told.facts}
    item = RectificationItem(number=f"ZG-2026-{number:04}", org_id=org_id, **facts)
    session.add(item)
    for act, day in sorted(told.acts.items(), key=lambda each: each[1]):
        at = datetime.combine(day, NOW.timetz())
        add_transition(item, OPERATOR, "operator", act, State(item.state), at, "")
    session.flush()


def found(session: Session, *told: Told) -> Statistics:
    for number, each in enumerate(told, 1):
        add(session, "W01", each, number)
    return board(session, People.district, now=NOW).whole.statistics


def test_tv13_sixteen_bad_ratings_fourteen_in_time_all_called_back(tree: Session) -> None:
    late = changed({Act.SUBMIT: date(2026, 9, 9)})
    upheld_appeal = changed({Act.SATISFIED: None}, state=State.VOID)
    got = found(tree, *[RATING] * 14, late, late, upheld_appeal)
    assert got.fixed_in_time == Share(14, 16)
    assert got.fixed_in_time.value == 0.875
    assert got.called_back.value == 1.0
    assert got.closed == Share(16, 16)
    assert (got.median_days, got.measured) == (6.0, 16)


def test_of_nothing_there_is_no_share(tree: Session) -> None:
    got = found(tree)
    assert got.closed.value is None
    assert got.median_days is None


@pytest.mark.parametrize(
    ("told", "accepted", "fixed"),
    [
        (changed({Act.ACCEPT: date(2026, 9, 3)}), Share(1, 1), Share(1, 1)),
        (changed({Act.ACCEPT: date(2026, 9, 4)}), Share(0, 1), Share(1, 1)),
        # waits for acceptance, not for too long yet; then too long, and due before today
        (
            changed(
                {Act.ASSIGN: TODAY - timedelta(2), Act.ACCEPT: None, Act.SUBMIT: None},
                state=State.ASSIGNED,
                due_on=TODAY,
            ),
            Share(0, 0),
            Share(0, 0),
        ),
        (
            changed({Act.ACCEPT: None, Act.SUBMIT: None}, state=State.ASSIGNED),
            Share(0, 1),
            Share(0, 1),
        ),
        # sent back after it was handed in: at work again, and late since
        (changed(state=State.IN_PROGRESS), Share(1, 1), Share(0, 1)),
        (changed(state=State.IN_PROGRESS, due_on=TODAY), Share(1, 1), Share(0, 0)),
        # the clock stands still
        (changed(state=State.LONGTERM), Share(1, 1), Share(0, 0)),
    ],
)
def test_what_is_in_time(tree: Session, told: Told, accepted: Share, fixed: Share) -> None:
    got = found(tree, told)
    assert (got.accepted_in_time, got.fixed_in_time) == (accepted, fixed)


def test_reopened_is_a_share_of_what_was_decided_and_never_above_one(tree: Session) -> None:
    again = changed(state=State.REOPENED, reopen_count=2, recheck_agree=3, recheck_disagree=9)
    content = changed(source=Source.LOW_SCORE, recheck_agree=31, recheck_disagree=4)
    got = found(tree, again, content, changed(state=State.IN_PROGRESS))
    assert got.reopened == Share(1, 2)
    assert got.agreeing == Share(34, 47)
    assert got.closed == Share(1, 3)


def test_the_database_counts_what_a_person_would_count(tree: Session) -> None:
    """Items of every state and source, at every level, over years and their holidays."""
    chance = random.Random(20120229)
    tree.add(Workday(day=date(2026, 9, 4), is_working=False, name="台风"))
    for org_id, sector in (("B001", "农村"), ("B002", "社区"), ("W01", "农村")):
        tree.get_one(Organisation, org_id).sector = sector
    calendar = load_calendar(tree)
    for number in range(1, 400):
        registered = TODAY - timedelta(chance.choice((3, 40, 400)) * chance.random())
        days = sorted(registered + timedelta(chance.randrange(30)) for _ in range(8))
        acts = chance.sample(tuple(Act), 8)
        state = chance.choice(tuple(State))
        told = Told(
            dict(zip(acts, days, strict=True)),
            {
                "source": chance.choice(tuple(Source)),
                "state": state,
                "registered_on": registered,
                "due_on": add_workdays(calendar, registered, chance.randrange(1, 20)),
                "closed_on": chance.choice(days) if state is State.CLOSED else None,
                "reopen_count": chance.choice((0, 0, 1, 2)),
                "recheck_agree": chance.choice((None, 12)),
                "recheck_disagree": chance.choice((None, 5)),
            },
        )
        add(tree, chance.choice(("D0", "U01", "U02", "B001", "B002", "W01")), told, number)
    spans = (None, date(2026, 1, 1), date(2027, 1, 1))
    for since in spans:
        counted = board(tree, People.district, now=NOW, since=since)
        assert counted == plain_board(tree, now=NOW, since=since)
        assert bool(counted.units) == (since != spans[-1])
    assert_varied(board(tree, People.district, now=NOW))


def assert_varied(made: Board) -> None:
    """Data that leaves an indicator at nothing or all would compare nothing."""
    told = made.whole.statistics
    shares = (
        told.accepted_in_time, told.fixed_in_time, told.closed, told.reopened, told.called_back
    )  # fmt: skip
    assert all(0 < share.part < share.whole for share in shares)
    assert (len(made.units), len(made.sectors)) == (3, 2)
