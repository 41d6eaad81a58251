"""The sheets of a meeting on paper: who came, and what was counted aloud."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from forms.variants import Facts
from reports.meeting_sheets import Occasion, attendance_sheet, tally_sheet
from reports.parts import EvaluationReport
from reports.sentences import day
from survey.accounts.policy import Actor
from survey.collection.points import questionnaire_of
from survey.meetings.service import MeetingRow, find_meeting


def attendance(
    session: Session, actor: Actor, meeting_id: int, *, zone: ZoneInfo
) -> EvaluationReport:
    """Return the attendance sheet of a meeting: empty lines, for nobody knows who will come.

    Raises:
        NotFound: there is no such meeting for the actor.
    """
    return attendance_sheet(_occasion(find_meeting(session, actor, meeting_id), zone))


def tally(session: Session, actor: Actor, meeting_id: int, *, zone: ZoneInfo) -> EvaluationReport:
    """Return the tally sheet of a meeting, with the questions of its point.

    Raises:
        NotFound: there is no such meeting for the actor.
    """
    row = find_meeting(session, actor, meeting_id)
    return tally_sheet(_occasion(row, zone), questionnaire_of(session, row.point))


def _occasion(row: MeetingRow, zone: ZoneInfo) -> Occasion:
    opened = row.meeting.opened_at.astimezone(zone)
    return Occasion(
        organiser=Facts.of(row.point.facts).organiser,
        round_title=row.point.round_title,
        org_name=row.point.org_name,
        place=row.meeting.place,
        on=day(opened.date()),
        moment=datetime.combine(opened.date(), time(), zone),
    )
