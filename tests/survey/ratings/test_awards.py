"""Awards: the filter, a unit's proposal, another person's decision, and certificates for it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from reports.award_list import CONDITIONS, Nominee, candidates
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.campaigns import service as campaigns
from survey.errors import NotAllowed, NotFound
from survey.ratings import awards
from survey.ratings.award_models import Award, AwardState
from survey.ratings.models import Rating, RatingLine, RatingState
from survey.ratings.refusals import AnotherApprover, AwardRefused, RatingFixed
from tests.rounds import add_district, add_round

UNIT = Actor("danwei", "danwei", (Grant(Role.UNIT_ADMIN, "U01", "D0/U01/"),))
APPROVER = Actor("shending", "shending", (Grant(Role.APPROVER, "D0", "D0/"),))
BOTH = Actor(
    "danwei", "both", (Grant(Role.UNIT_ADMIN, "U01", "D0/U01/"), Grant(Role.APPROVER, "D0", "D0/"))
)
HONOUR = {"honour": "先进基层党组织", "reason": "办成三件实事"}


def line(org_id, **changes):
    values = {
        "org_id": org_id,
        "composite": {"parts": [], "vetoes": []},
        "final": 91.0,
        "satisfaction": 0.95,
        "n": 60,
        "is_rankable": True,
        "star_proposed": 4,
        "reasons": ["score"],
        "is_borderline": False,
        "is_lagging": False,
        "contradictions": [],
    }
    return RatingLine(**(values | changes))


@pytest.fixture
def rating(session, now):
    add_district(session, now)
    add_round(session, now)
    made = Rating(
        code="N",
        title="2026年度星级评定",
        year=2026,
        sources={"mass": "R1"},
        rules=campaigns.get_round(session, OPERATOR, "R1").rules or {},
        state=RatingState.APPROVED.value,
        approved_by="operator",
        lines=[
            line("B001"),
            line("B002", satisfaction=0.89),
            line("B003", star_proposed=3),
            line("W01"),
        ],
    )
    session.add(made)
    session.flush()
    return made


def test_who_is_honoured_is_decided_by_two_people(session, rating, now):
    made = awards.propose(session, UNIT, rating, "B001", **HONOUR, now=now)
    with pytest.raises(AwardRefused, match="already"):
        awards.propose(session, UNIT, rating, "B001", **HONOUR, now=now)
    with pytest.raises(AwardRefused, match="every condition"):
        awards.propose(session, UNIT, rating, "B002", **HONOUR, now=now)
    with pytest.raises(NotFound):
        awards.propose(session, UNIT, rating, "B003", **HONOUR, now=now)
    with pytest.raises(NotAllowed):
        awards.decide(session, UNIT, made, is_awarded=True, now=now)
    with pytest.raises(AnotherApprover):
        awards.decide(session, BOTH, made, is_awarded=True, now=now)

    awards.decide(session, APPROVER, made, is_awarded=True, now=now)
    other = awards.propose(session, UNIT, rating, "W01", **HONOUR, now=now)
    awards.decide(session, APPROVER, other, is_awarded=False, now=now)
    third = awards.propose(session, UNIT, rating, "W01", honour="巾帼文明岗", reason="好", now=now)
    awards.decide(session, APPROVER, third, is_awarded=True, now=now)

    assert [made.number, other.number, third.number] == ["RY-2026-0001", None, "RY-2026-0002"]
    assert other.state == AwardState.DECLINED
    with pytest.raises(AwardRefused, match="decided"):
        awards.decide(session, APPROVER, made, is_awarded=False, now=now)


def test_nobody_is_honoured_before_the_stars_are_settled(session, rating, now):
    rating.state, rating.approved_by = RatingState.PROPOSED.value, ""
    session.flush()
    with pytest.raises(RatingFixed):
        awards.propose(session, UNIT, rating, "B001", **HONOUR, now=now)


def test_the_database_itself_keeps_one_person_from_both(session, rating, now):
    session.add(
        Award(
            rating_id=rating.id,
            org_id="B001",
            **HONOUR,
            state="awarded",
            number="X",
            proposed_by="a",
            proposed_at=now,
            decided_by="a",
        )
    )
    with pytest.raises(IntegrityError):
        session.flush()


@given(
    st.lists(
        st.builds(
            Nominee,
            st.uuids().map(str),
            st.text(max_size=40),
            st.sampled_from(["农村", "", "机关"]),
            st.none() | st.integers(1, 5),
            st.none() | st.floats(0, 100),
            st.none() | st.sampled_from([0.0, 0.8999999, 0.9, 1.0]),
            st.booleans(),
            st.booleans(),
            st.integers(0, 2),
        )
    )
)
def test_the_filter_keeps_all_conditions_and_nothing_else(nominees):
    met = candidates(nominees)
    for each in nominees:
        is_fit = (
            each.is_rankable
            and (each.star or 0) >= 4
            and (each.satisfaction or 0) >= 0.9
            and not each.is_vetoed
            and each.overdue == 0
        )
        assert (each in met) is is_fit
        assert set(each.failed) <= set(CONDITIONS)
        assert not is_fit or replace(each, overdue=1).failed == (CONDITIONS[-1],)
