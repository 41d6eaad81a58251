"""Honours on their way: let out on a notice by the approver, objected to, awarded by another.

The leading group decides, then the notice runs (domain.md 5): only who is left at its end gets a
certificate, and not from whoever approved the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.cleaning import clean
from reports import rules as rule_sets
from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.db import hold
from survey.publication.models import Outcome
from survey.publication.notice_terms import Contact, checked, last_day, require_another
from survey.publication.objections import TEXT_CHARS, answer_one
from survey.publication.refusals import (
    NoticeFaulty,
    NoticeRunning,
    ObjectionsOpen,
    PublicationRefused,
)
from survey.ratings import awards
from survey.ratings.award_models import Award, AwardNotice, AwardObjection, AwardState
from survey.ratings.models import Rating
from survey.rectification.workdays import local_date

UPHELD = "公示期间的异议成立"


def workdays(rating: Rating) -> int:
    """Return the least length of a notice of honours, in working days; 0 asks for none."""
    return rule_sets.from_data(rating.rules).notice_workdays


def running(session: Session, rating: Rating) -> AwardNotice | None:
    """Return the notice of a rating that has not been ended; None without one."""
    own = AwardNotice.rating_id == rating.id
    return session.scalar(select(AwardNotice).where(own, AwardNotice.ended_at.is_(None)))


def history(session: Session, rating: Rating) -> Sequence[AwardNotice]:
    """Return every notice of a rating, the newest first."""
    own = select(AwardNotice).where(AwardNotice.rating_id == rating.id)
    return session.scalars(own.order_by(AwardNotice.id.desc())).all()


def announce(
    session: Session,
    actor: Actor,
    rating: Rating,
    chosen: Sequence[int],
    contact: Contact | None,
    *,
    now: datetime,
    until: date | None = None,
) -> AwardNotice:
    """Approve proposals and let them out for objections.

    Args:
        session: flushed here, committed by the caller.
        actor: an approver, who proposed none of them.
        rating: settled.
        chosen: ids of proposals that wait.
        contact: where objections are taken; not needed where the rules ask for no notice.
        now: aware.
        until: last day of the notice; by default after as many working days as the rules ask for.

    Raises:
        PublicationRefused: a notice is running, or nothing was chosen.
        AnotherApprover: the actor proposed one of them.
        AwardRefused: one is decided already, or a condition is no longer met.
        NoticeFaulty: no address for objections, or too short a notice.
    """
    require(actor, Action.APPROVE_RATINGS)
    hold(session, rating)
    if running(session, rating) is not None:
        raise PublicationRefused(
            "上一批还在公示，公示结束以后再审定下一批",
            "A notice is running; approve the next proposals after it",
        )
    found = [awards.find(session, rating, each) for each in dict.fromkeys(chosen)]
    if not found or not all(each.is_waiting for each in found):
        raise PublicationRefused(
            "请勾选还没有审定的提名", "Choose proposals that nobody has decided yet"
        )
    for each in found:
        awards.require_another(actor, each)
    awards.require_conditions(session, rating, [each.org_id for each in found], now=now)
    days = workdays(rating)
    given = checked(contact) if days else Contact("", "", "", "")
    made = AwardNotice(
        rating_id=rating.id,
        approved_by=actor.name,
        approved_at=now,
        notice_from=local_date(now) if days else None,
        notice_until=last_day(session, days, until, now) if days else None,
        office=given.office,
        phone=given.phone,
        email=given.email,
        address=given.address,
        awards=found,
    )
    session.add(made)
    session.flush()
    last = made.notice_until.isoformat() if made.notice_until else ""
    _note(session, actor, "announce", rating, now, awards=[e.id for e in found], until=last)
    return made


def record(
    session: Session,
    actor: Actor,
    rating: Rating,
    *,
    text: str,
    received_on: date,
    now: datetime,
    award_id: int | None = None,
) -> AwardObjection:
    """Write down an objection to an honour on notice, without the name of whoever raised it.

    `award_id` is None for the notice as a whole.

    Raises:
        PublicationRefused: nothing is on notice.
        NoticeFaulty: no text, a day outside the notice, or an honour that is not on it.
    """
    require(actor, Action.PROPOSE_RATINGS)
    notice = _required(session, rating)
    said = clean(text).strip()
    if not said or len(said) > TEXT_CHARS:
        raise NoticeFaulty("请写明异议的内容", "Write down what is objected to")
    first, last = notice.notice_from, notice.notice_until
    if first is None or last is None or not first <= received_on <= min(last, local_date(now)):
        raise NoticeFaulty(
            "收到的日期要在公示期之内，不能晚于今天",
            "The day it came in lies within the notice and not in the future",
        )
    if award_id is not None and award_id not in {each.id for each in notice.awards}:
        raise NoticeFaulty("这项荣誉不在公示里", "This honour is not on the notice")
    made = AwardObjection(
        number=len(notice.objections) + 1,
        award_id=award_id,
        received_on=received_on,
        text=said,
        recorded_by=actor.name,
    )
    notice.objections.append(made)
    session.flush()
    _note(session, actor, "object", rating, now, number=made.number)
    return made


def answer(
    session: Session,
    actor: Actor,
    rating: Rating,
    number: int,
    *,
    outcome: Outcome,
    text: str,
    now: datetime,
) -> AwardObjection:
    """Answer an objection; whoever it is upheld against is not honoured.

    Raises:
        PublicationRefused: nothing is on notice, or it has its answer.
        ObjectionNotFound: there is none with this number.
        ReasonMissing: no words.
    """
    require(actor, Action.PROPOSE_RATINGS)
    notice = _required(session, rating)
    found = answer_one(notice.objections, number, actor, Outcome(outcome), text, now)
    session.flush()
    _note(session, actor, "answer", rating, now, number=number, outcome=found.outcome)
    return found


def grant(session: Session, actor: Actor, rating: Rating, *, now: datetime) -> list[Award]:
    """End the notice: who is left is awarded, with certificate numbers in the district's order.

    Raises:
        PublicationRefused: nothing is on notice.
        SecondPerson: the actor approved it.
        NoticeRunning: the last day of the notice is not over.
        ObjectionsOpen: an objection waits for its answer.
        AwardRefused: somebody no longer meets a condition; the approver declines them first.
    """
    require(actor, Action.PROPOSE_RATINGS)
    notice = _required(session, rating)
    require_another(actor, notice.approved_by)
    if notice.notice_until is not None and local_date(now) <= notice.notice_until:
        raise NoticeRunning(notice.notice_until)
    waiting = sum(not each.answered_by for each in notice.objections)
    if waiting:
        raise ObjectionsOpen(waiting)
    against = {e.award_id for e in notice.objections if e.outcome == Outcome.UPHELD}
    left = [each for each in awards.awards_of(session, rating) if each in notice.awards]
    left = [each for each in left if each.state == AwardState.PROPOSED]
    fit = [each for each in left if each.id not in against]
    awards.require_conditions(session, rating, [each.org_id for each in fit], now=now)
    for each in left:
        is_fit = each in fit
        if is_fit:
            each.number = awards.next_number(session, rating)
        else:
            each.declined_because = UPHELD
        each.state = (AwardState.AWARDED if is_fit else AwardState.DECLINED).value
        each.decided_by, each.decided_at = notice.approved_by, now
        session.flush()
        awards.note(session, actor, "award" if is_fit else "decline", each, now)
    notice.ended_by, notice.ended_at = actor.name, now
    session.flush()
    return fit


def _required(session: Session, rating: Rating) -> AwardNotice:
    hold(session, rating)
    found = running(session, rating)
    if found is None:
        raise PublicationRefused(
            "现在没有在公示的表彰名单；先由审定人审定提名，开始公示",
            "No honours are on notice; an approver first approves proposals",
        )
    return found


def _note(
    session: Session, actor: Actor, act: str, rating: Rating, now: datetime, **data: object
) -> None:
    audit.record(
        session, actor=actor.name, act=f"award.{act}", subject=rating.code, now=now, **data
    )
