"""Objections during a notice: written down, answered, and put right where they are upheld."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy.orm import Session

from forms.cleaning import clean
from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.campaigns.models import Round, RoundState
from survey.db import hold
from survey.org import queries as organisations
from survey.publication.models import Objection, Outcome, Publication
from survey.publication.publishing import PROPOSE, current
from survey.publication.refusals import (
    NoticeFaulty,
    ObjectionNotFound,
    PublicationRefused,
    ReasonMissing,
)
from survey.ratings.award_models import AwardObjection
from survey.rectification import service as rectification
from survey.rectification.states import Source
from survey.rectification.workdays import local_date

TEXT_CHARS = 2_000
AnyObjection = TypeVar("AnyObjection", Objection, AwardObjection)


def answer_one(
    objections: Sequence[AnyObjection],
    number: int,
    actor: Actor,
    outcome: Outcome,
    text: str,
    now: datetime,
) -> AnyObjection:
    """Write an answer down beside the objection of a notice that has this number.

    Raises:
        ObjectionNotFound: there is none.
        PublicationRefused: it has its answer.
        ReasonMissing: no words.
    """
    found = next((each for each in objections if each.number == number), None)
    if found is None:
        raise ObjectionNotFound
    if found.answered_by:
        raise PublicationRefused("这件异议已经答复过", "This objection has been answered")
    said = clean(text).strip()[:TEXT_CHARS]
    if not said:
        raise ReasonMissing
    found.outcome, found.answer = outcome.value, said
    found.answered_by, found.answered_at = actor.name, now
    return found


def record(
    session: Session,
    actor: Actor,
    round_: Round,
    *,
    text: str,
    received_on: date,
    now: datetime,
    org_id: str = "",
) -> Objection:
    """Write down an objection, without the name of whoever raised it.

    Args:
        session: flushed here, committed by the caller.
        actor: of the district.
        round_: on notice.
        text: what is objected to.
        received_on: the day it came in, within the notice; it may be written down later.
        now: aware.
        org_id: whose result it is about; empty for the round as a whole.

    Raises:
        PublicationRefused: the round is not on notice.
        NoticeFaulty: no text, or a day outside the notice.
        NotFound: there is no such organisation.
    """
    require(actor, PROPOSE)
    notice = _notice(session, round_)
    said = clean(text).strip()
    if not said or len(said) > TEXT_CHARS:
        raise NoticeFaulty("请写明异议的内容", "Write down what is objected to")
    first, last = notice.notice_from, notice.notice_until
    if first is None or last is None or not first <= received_on <= min(last, local_date(now)):
        raise NoticeFaulty(
            "收到的日期要在公示期之内，不能晚于今天",
            "The day it came in lies within the notice and not in the future",
        )
    org = None
    if org_id:
        org = organisations.get_visible(session, actor, Action.SEE_ORGANISATIONS, org_id)
    made = Objection(
        number=len(notice.objections) + 1,
        received_on=received_on,
        org_id=org.id if org else None,
        text=said,
        recorded_by=actor.name,
    )
    notice.objections.append(made)
    session.flush()
    _note(session, actor, "objection.record", round_, made, now)
    return made


def answer(
    session: Session,
    actor: Actor,
    round_: Round,
    number: int,
    *,
    outcome: Outcome,
    text: str,
    now: datetime,
) -> Objection:
    """Answer an objection; one that is upheld becomes a rectification item of its organisation.

    Raises:
        PublicationRefused: the round is not on notice, or the objection has its answer.
        ObjectionNotFound: there is none with this number.
        ReasonMissing: no words.
    """
    require(actor, PROPOSE)
    notice = _notice(session, round_)
    found = answer_one(notice.objections, number, actor, Outcome(outcome), text, now)
    if found.outcome == Outcome.UPHELD and found.org_id:
        item = rectification.register(
            session,
            actor,
            found.org_id,
            source=Source.OBJECTION,
            problem=found.text,
            ref=f"{round_.code} {number}",
            now=now,
        )
        found.item_number = item.number
    session.flush()
    _note(session, actor, "objection.answer", round_, found, now, outcome=found.outcome)
    return found


def _notice(session: Session, round_: Round) -> Publication:
    hold(session, round_)
    found = current(session, round_)
    if round_.state != RoundState.NOTICE or found is None:
        raise PublicationRefused(
            "这一轮不在公示，异议只在公示期间登记",
            "The round is not on notice; objections belong to a notice",
        )
    return found


def _note(
    session: Session,
    actor: Actor,
    act: str,
    round_: Round,
    made: Objection,
    now: datetime,
    **data: str,
) -> None:
    audit.record(
        session,
        actor=actor.name,
        act=act,
        subject=round_.code,
        now=now,
        number=made.number,
        org=made.org_id or "",
        **data,
    )
