"""Meetings: opened once at a point, heads counted, take-up told in steps, closed for good."""

import pytest

from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.audit.service import first_broken
from survey.campaigns import service as campaigns
from survey.collection.inbox import open_inbox
from survey.collection.keystore import Keystore
from survey.collection.points import PointClosed
from survey.errors import NotFound
from survey.meetings import service
from survey.meetings.service import MeetingRefused
from tests.rounds import Field, page_key

CHAIR = Actor("shuji", "丁四", (Grant(Role.BRANCH_SECRETARY, "B001", "D0/U01/B001/"),))
OTHER = Actor("shuji2", "戊五", (Grant(Role.BRANCH_SECRETARY, "B002", "D0/U01/B002/"),))


@pytest.fixture
def field(sessions, config, engine, now):
    made = Field(sessions, open_inbox(config, engine), Keystore(config.keystore), now)
    made.open()
    return made


def begin(field, session, actor=CHAIR, org_id="B001", place="村部会议室"):
    code = field.points[org_id].code
    return service.open_meeting(session, actor, code, place, now=field.now)


def close(field, session, meeting, *, heads=12, witnesses="甲、乙", actor=CHAIR):
    return service.close_meeting(
        session,
        field.inbox,
        actor,
        meeting.id,
        heads=heads,
        witnesses=witnesses,
        now=field.now,
    )


def test_take_up_is_told_in_steps_before_and_after(field):
    with field.sessions.begin() as session:
        meeting = begin(field, session)
        number = meeting.id
    steps = []
    for count in range(1, 12):
        field.answer("B001", page_key(count))
        with field.sessions() as session:
            row = service.find_meeting(session, CHAIR, number)
            steps.append(service.step_of(session, field.inbox, row))

    assert steps == ["0–4"] * 4 + ["5–9"] * 5 + ["10–14"] * 2
    with field.sessions.begin() as session:
        closed = close(field, session, service.find_meeting(session, CHAIR, number).meeting)
        assert (closed.announced, closed.heads, closed.witnesses) == ("10–14", 12, "甲、乙")
        assert first_broken(session) is None
    for count in range(20, 30):
        field.answer("B001", page_key(count))
    with field.sessions() as session:
        row = service.find_meeting(session, CHAIR, number)
        assert service.step_of(session, field.inbox, row) == "10–14"
        assert service.present_by_point(session, row.point.round_id) == {row.point.id: 12}


def test_one_meeting_at_a_time_and_only_by_those_who_hold_it(field):
    with field.sessions() as session:
        meeting = begin(field, session)
        with pytest.raises(MeetingRefused):
            begin(field, session)
        with pytest.raises(NotFound):
            begin(field, session, OTHER)
        with pytest.raises(NotFound):
            service.find_meeting(session, OTHER, meeting.id)
        service.count_heads(session, CHAIR, meeting.id, 40, now=field.now)
        close(field, session, meeting)
        for refused in (
            lambda: close(field, session, meeting),
            lambda: service.count_heads(session, CHAIR, meeting.id, 4, now=field.now),
        ):
            with pytest.raises(MeetingRefused):
                refused()
        begin(field, session)
        round_ = campaigns.get_round(session, OPERATOR, field.code)
        rows = service.list_meetings(session, CHAIR, round_)
        assert [row.is_open for row in rows] == [True, False]
        assert service.list_meetings(session, OTHER, round_) == []


@pytest.mark.parametrize(
    "change",
    [{"heads": 0}, {"heads": 20_001}, {"witnesses": "甲"}, {"witnesses": "甲、甲"}],
)
def test_heads_are_counted_and_watched(field, change):
    with field.sessions() as session:
        meeting = begin(field, session)
        with pytest.raises(MeetingRefused):
            close(field, session, meeting, **change)


def test_no_meeting_without_a_place_or_after_the_close(field):
    with field.sessions() as session:
        with pytest.raises(MeetingRefused):
            begin(field, session, place="　")
        late = field.points["B001"].closes_at
        with pytest.raises(PointClosed):
            service.open_meeting(session, CHAIR, field.points["B001"].code, "村部会议室", now=late)
