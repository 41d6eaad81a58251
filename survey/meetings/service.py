"""Hold a meeting at one collection point: open, count heads, close, announce.

Take-up is told in steps, in the hall as on the console (domain.md 2.14, docs/anonymity.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forms.cleaning import clean
from survey.accounts.policy import Action, Actor, may, require
from survey.audit import service as audit
from survey.campaigns.models import Round
from survey.collection import participation, points
from survey.collection.inbox import Inbox
from survey.collection.models import CollectionPoint
from survey.collection.points import PointView
from survey.errors import NotFound, SurveyError
from survey.meetings.models import Meeting
from survey.org import queries as org_queries
from survey.org.models import Organisation

MAX_HEADS = 20_000
PLACE_CHARS, WITNESS_CHARS = 80, 160
FEW = 10
"""Below this many, nothing of an object is published (domain.md 3.12)."""


class MeetingRefused(SurveyError):
    """The meeting cannot be opened or closed like this; the sentence says what to change."""

    code = "MEETING_REFUSED"
    status = 422


@dataclass(frozen=True)
class MeetingRow:
    """A meeting with the point it is held at."""

    meeting: Meeting
    point: PointView

    @property
    def is_open(self) -> bool:
        """Whether people are answering."""
        return self.meeting.closed_at is None


def open_meeting(
    session: Session, actor: Actor, point_code: str, place: str, *, now: datetime
) -> Meeting:
    """Open a meeting at a point that takes answers.

    Raises:
        PointNotFound, PointNotOpen, PointClosed: there is no such point, or it takes none now.
        NotFound, NotAllowed: the actor does not hold meetings there.
        MeetingRefused: one is open there already, or the place is not named.
    """
    point = points.open_point(session, point_code, now)
    require(actor, Action.RUN_MEETINGS, _path(session, point.org_id))
    where = _text(place, PLACE_CHARS)
    if not where:
        raise MeetingRefused("请写明会场", "Say where the meeting is")
    meeting = Meeting(
        point_id=point.id, place=where, witnesses="", opened_by=actor.name, opened_at=now
    )
    try:
        with session.begin_nested():
            session.add(meeting)
    except IntegrityError:
        raise MeetingRefused(
            "这里已经有一个评议会正在开，请先结束它", "A meeting is open here; close it first"
        ) from None
    _record(session, actor, "open", point, now, meeting=meeting.id)
    return meeting


def count_heads(
    session: Session, actor: Actor, meeting_id: int, heads: int, *, now: datetime
) -> Meeting:
    """Write down how many people with the right to answer are present.

    Raises:
        NotFound, NotAllowed: the meeting is not the actor's to hold.
        MeetingRefused: it is closed, or the number cannot be one.
    """
    row = _open_row(session, actor, meeting_id)
    row.meeting.heads = _heads(heads)
    session.flush()
    _record(session, actor, "count_heads", row.point, now, meeting=meeting_id, heads=heads)
    return row.meeting


def close_meeting(
    session: Session,
    inbox: Inbox,
    actor: Actor,
    meeting_id: int,
    *,
    heads: int,
    witnesses: str,
    now: datetime,
) -> Meeting:
    """Close a meeting and keep what is announced there: heads, and answers in steps.

    Raises:
        NotFound, NotAllowed: the meeting is not the actor's to hold.
        MeetingRefused: it is closed, nobody counted, or fewer than two people watched.
    """
    row = _open_row(session, actor, meeting_id)
    watched = _text(witnesses, WITNESS_CHARS)
    names = [name for name in watched.replace("，", "、").replace(" ", "、").split("、") if name]
    if len(set(names)) < 2:
        raise MeetingRefused(
            "请写明至少两位监票人，用顿号隔开", "Name at least two witnesses of the counting"
        )
    meeting = row.meeting
    meeting.heads, meeting.witnesses = _heads(heads), "、".join(dict.fromkeys(names))
    meeting.announced = step_of(session, inbox, row)
    meeting.closed_by, meeting.closed_at = actor.name, now
    session.flush()
    _record(
        session,
        actor,
        "close",
        row.point,
        now,
        meeting=meeting_id,
        heads=heads,
        answers=meeting.announced,
    )
    return meeting


def list_meetings(session: Session, actor: Actor, round_: Round) -> list[MeetingRow]:
    """Return the meetings of a round where `actor` holds them, those still open first."""
    query = (
        select(Meeting)
        .join(CollectionPoint, CollectionPoint.id == Meeting.point_id)
        .join(Organisation, Organisation.id == CollectionPoint.org_id)
        .where(
            CollectionPoint.round_id == round_.id,
            org_queries.within(actor, Action.RUN_MEETINGS),
        )
        .order_by(Meeting.closed_at.is_not(None), Meeting.opened_at.desc(), Meeting.id.desc())
    )
    known = points.points_of(session, round_.id)
    return [MeetingRow(each, known[each.point_id]) for each in session.scalars(query)]


def find_meeting(session: Session, actor: Actor, meeting_id: int) -> MeetingRow:
    """Return a meeting that `actor` may hold.

    Raises:
        NotFound: there is none there.
    """
    meeting = session.get(Meeting, meeting_id)
    if meeting is not None:
        point = session.get_one(CollectionPoint, meeting.point_id)
        view = points.find_point(session, point.code)
        if may(actor, Action.RUN_MEETINGS, _path(session, view.org_id)):
            return MeetingRow(meeting, view)
    raise NotFound("没有找到这个评议会", "There is no such meeting")


def step_of(session: Session, inbox: Inbox, row: MeetingRow) -> str:
    """Return the step of answers at the meeting's point; what was announced stays as it was."""
    if row.meeting.announced:
        return row.meeting.announced
    round_ = session.get_one(Round, row.point.round_id)
    return participation.step_at(session, inbox, round_, row.point.id)


def present_by_point(session: Session, round_id: int) -> dict[int, int]:
    """Return how many people were present at the closed meetings of each point of a round."""
    query = (
        select(Meeting.point_id, func.sum(Meeting.heads))
        .join(CollectionPoint, CollectionPoint.id == Meeting.point_id)
        .where(CollectionPoint.round_id == round_id, Meeting.closed_at.is_not(None))
        .group_by(Meeting.point_id)
    )
    return {point_id: int(heads or 0) for point_id, heads in session.execute(query)}


def _open_row(session: Session, actor: Actor, meeting_id: int) -> MeetingRow:
    row = find_meeting(session, actor, meeting_id)
    if not row.is_open:
        raise MeetingRefused("这个评议会已经结束", "This meeting is closed")
    return row


def _heads(heads: int) -> int:
    if not 1 <= heads <= MAX_HEADS:
        raise MeetingRefused(f"到会人数填1到{MAX_HEADS}", f"People present are 1 to {MAX_HEADS}")
    return heads


def _path(session: Session, org_id: str) -> str:
    return org_queries.get(session, org_id).path


def _text(text: str, limit: int) -> str:
    plain = clean(text).strip()
    if len(plain) > limit:
        raise MeetingRefused(f"最多{limit}字", f"At most {limit} characters")
    return plain


def _record(
    session: Session, actor: Actor, act: str, point: PointView, now: datetime, **data: object
) -> None:
    audit.record(
        session,
        actor=actor.name,
        act=f"meeting.{act}",
        subject=f"{point.round_code} {point.org_id}",
        now=now,
        **data,
    )
