"""Awards: the filter, a unit's proposal, another person's decision, and certificates for it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from reports.award_list import CONDITIONS, Nominee, candidates
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.campaigns import service as campaigns
from survey.errors import NotAllowed, NotFound
from survey.publication import award_notices
from survey.publication.models import Outcome
from survey.publication.notice_terms import Contact
from survey.publication.refusals import (
    NoticeFaulty,
    NoticeRunning,
    ObjectionsOpen,
    PublicationRefused,
    SecondPerson,
)
from survey.ratings import awards
from survey.ratings.award_models import Award, AwardState
from survey.ratings.models import Rating, RatingLine, RatingState
from survey.ratings.refusals import AnotherApprover, AwardRefused, RatingFixed
from survey.rectification.calendar import load_calendar
from survey.rectification.workdays import workdays_between
from tests.rounds import add_district, add_round

UNIT = Actor("danwei", "danwei", (Grant(Role.UNIT_ADMIN, "U01", "D0/U01/"),))
APPROVER = Actor("shending", "shending", (Grant(Role.APPROVER, "D0", "D0/"),))
DISTRICT = Actor("qu", "qu", (Grant(Role.DISTRICT_ADMIN, "D0", "D0/"),))
APPROVER_WHO_RUNS = replace(APPROVER, grants=(*APPROVER.grants, *DISTRICT.grants))
BOTH = Actor(
    "danwei", "both", (Grant(Role.UNIT_ADMIN, "U01", "D0/U01/"), Grant(Role.APPROVER, "D0", "D0/"))
)
CONTACT = Contact("区评议办", "0513-8650", "", "世纪大道1号")
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


def propose(session, rating, org_id, now, **changes):
    return awards.propose(session, UNIT, rating, org_id, **(HONOUR | changes), now=now)


def test_who_is_honoured_is_decided_by_several_people_after_a_notice(session, rating, now):
    made = propose(session, rating, "B001", now)
    with pytest.raises(AwardRefused, match="already"):
        propose(session, rating, "B001", now)
    with pytest.raises(AwardRefused, match="every condition"):
        propose(session, rating, "B002", now)
    with pytest.raises(NotFound):
        propose(session, rating, "B003", now)
    with pytest.raises(NotAllowed):
        award_notices.announce(session, UNIT, rating, [made.id], CONTACT, now=now)
    with pytest.raises(AnotherApprover):
        award_notices.announce(session, BOTH, rating, [made.id], CONTACT, now=now)
    with pytest.raises(NoticeFaulty):
        award_notices.announce(session, APPROVER, rating, [made.id], None, now=now)

    second = propose(session, rating, "W01", now)
    third = propose(session, rating, "W01", now, honour="巾帼文明岗")
    awards.arrange(session, DISTRICT, rating, {second.id: 1, made.id: 2}, now=now)
    assert awards.awards_of(session, rating) == [second, made, third]
    awards.decline(session, APPROVER, third, "一个单位一项荣誉", now=now)
    notice = award_notices.announce(
        session, APPROVER, rating, [made.id, second.id], CONTACT, now=now
    )
    calendar = load_calendar(session)
    assert workdays_between(calendar, notice.notice_from, notice.notice_until) == 5
    assert [made.is_on_notice, made.number, third.state] == [True, None, AwardState.DECLINED]
    with pytest.raises(NoticeRunning):
        award_notices.grant(session, DISTRICT, rating, now=now)
    with pytest.raises(AwardRefused, match="nobody has decided"):
        awards.arrange(session, DISTRICT, rating, {made.id: 1}, now=now)

    after = now + timedelta(days=14)
    assert award_notices.grant(session, DISTRICT, rating, now=after) == [second, made]
    assert [second.number, made.number] == ["RY-2026-0001", "RY-2026-0002"]
    assert (made.decided_by, notice.ended_by) == (APPROVER.name, DISTRICT.name)
    with pytest.raises(PublicationRefused):
        award_notices.grant(session, DISTRICT, rating, now=after)
    with pytest.raises(AwardRefused, match="decided"):
        awards.decline(session, APPROVER, made, "迟了", now=after)


def test_an_objection_that_is_upheld_keeps_the_certificate_back(session, rating, now):
    made, other = propose(session, rating, "B001", now), propose(session, rating, "W01", now)
    say = {"text": "台账与实际不符", "received_on": now.date(), "now": now}
    with pytest.raises(PublicationRefused):
        award_notices.record(session, DISTRICT, rating, **say)
    award_notices.announce(session, APPROVER, rating, [made.id, other.id], CONTACT, now=now)
    with pytest.raises(NoticeFaulty):
        award_notices.record(
            session, DISTRICT, rating, **(say | {"received_on": now.date() - timedelta(days=1)})
        )
    award_notices.record(session, DISTRICT, rating, **say, award_id=made.id)
    award_notices.record(session, DISTRICT, rating, **say)

    after = now + timedelta(days=14)
    with pytest.raises(ObjectionsOpen):
        award_notices.grant(session, DISTRICT, rating, now=after)
    for number, outcome in ((1, Outcome.UPHELD), (2, Outcome.REJECTED)):
        award_notices.answer(
            session, DISTRICT, rating, number, outcome=outcome, text="已核实", now=after
        )
    with pytest.raises(PublicationRefused):
        award_notices.answer(
            session, DISTRICT, rating, 1, outcome=Outcome.REJECTED, text="改", now=after
        )
    with pytest.raises(SecondPerson):
        award_notices.grant(session, APPROVER_WHO_RUNS, rating, now=after)

    assert award_notices.grant(session, DISTRICT, rating, now=after) == [other]
    assert (made.state, made.declined_because) == (AwardState.DECLINED, award_notices.UPHELD)
    assert (made.number, other.number) == (None, "RY-2026-0001")


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
