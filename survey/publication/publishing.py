"""From an opened round to published results: proposed by one, approved by another, then on notice.

closed → review (proposed) → notice → published → archived; without a notice the approval publishes.
What is approved is bound to the digest of what was proposed. Withdrawn results are nowhere to be
read, but what was out once counts for every later edition.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.cleaning import clean
from reports.figures import Audience
from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.campaigns.models import Round, RoundState
from survey.db import hold
from survey.jobs import service as jobs
from survey.publication.models import Publication, PublicationState
from survey.publication.notice_terms import Contact, checked, last_day, require_another
from survey.publication.refusals import (
    NoticeRequired,
    NoticeRunning,
    ObjectionsOpen,
    PublicationRefused,
    ReasonMissing,
    ReleaseChanged,
)
from survey.rectification.workdays import local_date
from survey.results import freezing, frozen
from survey.results import service as results
from survey.results.freezing import Candidate
from survey.results.models import Release

NOTICE_ACT, PUBLISH_ACT, WITHDRAW_ACT = "round.notice", "round.publish", "round.withdraw"
PROPOSE, APPROVE = Action.PROPOSE_PUBLICATION, Action.APPROVE_PUBLICATION
FREEZE_REPORTS = "freeze_reports"
"""The job that freezes every report of what was let out."""

LIVE = (PublicationState.PROPOSED, PublicationState.NOTICE, PublicationState.PUBLISHED)
REASON_CHARS = 500


def notice_workdays(round_: Round) -> int:
    """Return the least length of the notice that the round's rules ask for, in working days."""
    return results.rules_of(round_).notice_workdays


def current(session: Session, round_: Round) -> Publication | None:
    """Return the attempt to publish that is under way or done; None before and after one."""
    query = (
        select(Publication)
        .where(Publication.round_id == round_.id, Publication.state.in_(LIVE))
        .order_by(Publication.id.desc())
        .limit(1)
    )
    return session.scalar(query)


def history(session: Session, round_: Round) -> list[Publication]:
    """Return every attempt, the newest first."""
    query = select(Publication).where(Publication.round_id == round_.id)
    return list(session.scalars(query.order_by(Publication.id.desc())))


def propose(
    session: Session,
    actor: Actor,
    round_: Round,
    contact: Contact | None,
    *,
    now: datetime,
    chosen: Candidate | None = None,
) -> Publication:
    """Put the figures of an opened round before the approver, under their digest.

    `contact` is where objections will be taken; not needed where the rules ask for no notice.
    `chosen` was `freezing.prepared`; without it the figures are made here.

    Raises:
        PublicationRefused: the round is not closed, or proposed already.
        NoticeFaulty: the notice lacks an address for objections.
        ResultsSealed, ReleaseUnsafe, ReReleaseRefused: the figures may not go out.
    """
    require(actor, PROPOSE)
    _require_state(session, round_, RoundState.CLOSED, RoundState.SCORING)
    given = checked(contact) if notice_workdays(round_) else Contact("", "", "", "")
    freezing.freeze_internal(session, round_, released_by=actor.name, now=now)
    chosen = freezing.fresh(session, round_, Audience.PUBLIC, chosen)
    made = Publication(
        round_id=round_.id,
        state=PublicationState.PROPOSED.value,
        digest=chosen.digest,
        proposed_by=actor.name,
        proposed_at=now,
        office=given.office,
        phone=given.phone,
        email=given.email,
        address=given.address,
    )
    session.add(made)
    round_.state = RoundState.REVIEW
    session.flush()
    _note(session, actor, "round.propose", round_, now, digest=chosen.digest)
    return made


def correct(session: Session, actor: Actor, round_: Round, *, now: datetime) -> Release:
    """Freeze the figures of a round anew, with names and rosters as they are now.

    Only before it is proposed; what is the same stays the same edition.

    Raises:
        PublicationRefused: the round is not closed, or proposed already.
        ReleaseUnsafe, ReReleaseRefused: the difference would give somebody away.
    """
    require(actor, PROPOSE)
    _require_state(session, round_, RoundState.CLOSED, RoundState.SCORING)
    return freezing.freeze_internal(
        session, round_, released_by=actor.name, now=now, as_they_stand=True
    )


def send_back(
    session: Session, actor: Actor, round_: Round, reason: str, *, now: datetime
) -> Publication:
    """Return what was proposed, with the reason; the round is as it was before.

    Raises:
        PublicationRefused: nothing has been proposed.
        ReasonMissing: no reason.
    """
    require(actor, APPROVE)
    made = _proposed(session, round_)
    said = _said(reason)
    made.state, made.returned_because = PublicationState.RETURNED.value, said
    round_.state = RoundState.CLOSED
    session.flush()
    _note(session, actor, "round.send_back", round_, now, digest=made.digest, reason=said)
    return made


def approve(
    session: Session,
    actor: Actor,
    round_: Round,
    *,
    digest: str,
    now: datetime,
    until: date | None = None,
    chosen: Candidate | None = None,
) -> Publication:
    """Let out what was proposed: on notice where the rules ask for one, else for good.

    Args:
        session: flushed here, committed by the caller.
        actor: somebody else than who proposed it.
        round_: in review.
        digest: of what `actor` was shown.
        now: aware.
        until: last day of the notice; by default after as many working days as the rules ask for.
        chosen: as of `propose`.

    Raises:
        PublicationRefused: nothing has been proposed.
        SecondPerson: `actor` proposed it, or scored the round.
        ReleaseChanged: the figures are no longer those.
        NoticeFaulty: the notice is too short.
        ReleaseUnsafe, ReReleaseRefused: the figures may not go out.
    """
    require(actor, APPROVE)
    made = _proposed(session, round_)
    require_another(actor, made.proposed_by)
    scored = frozen.newest(session, round_, Audience.INTERNAL)
    if scored is not None:
        require_another(actor, scored.released_by)
    chosen = freezing.fresh(session, round_, Audience.PUBLIC, chosen)
    if not chosen.digest == made.digest == digest:
        raise ReleaseChanged
    days = notice_workdays(round_)
    last = last_day(session, days, until, now) if days else None
    release = freezing.freeze(
        session, round_, chosen, released_by=made.proposed_by, approved_by=actor.name, now=now
    )
    made.release_id, made.approved_by, made.approved_at = release.id, actor.name, now
    session.flush()
    session.refresh(made)
    jobs.request(session, FREEZE_REPORTS, {"round": round_.code}, by=actor.name, now=now)
    if last is None:
        return _publish(session, made, round_, release, made.proposed_by, now)
    made.state, round_.state = PublicationState.NOTICE.value, RoundState.NOTICE
    made.notice_from, made.notice_until = local_date(now), last
    session.flush()
    _note(session, actor, NOTICE_ACT, round_, now, digest=release.digest, until=last.isoformat())
    return made


def publish(session: Session, actor: Actor, round_: Round, *, now: datetime) -> Publication:
    """Publish for good what stood on notice, once it has ended and everybody has an answer.

    Raises:
        NoticeRequired: the round has not been on notice.
        PublicationRefused: it is not ready for another reason, such as a wish to withdraw it.
        SecondPerson: `actor` approved it.
        NoticeRunning: the last day of the notice is not over.
        ObjectionsOpen: an objection waits for its answer.
    """
    require(actor, PROPOSE)
    if round_.state in (RoundState.CLOSED, RoundState.SCORING, RoundState.REVIEW):
        days = notice_workdays(round_)
        if days:
            raise NoticeRequired(round_.code, days)
    _require_state(session, round_, RoundState.NOTICE)
    made = current(session, round_)
    if made is None or made.release is None or made.notice_until is None:
        raise PublicationRefused("这一轮没有公示过的结果", "Nothing of this round is on notice")
    require_another(actor, made.approved_by)
    if made.withdrawn_by:
        raise PublicationRefused("请审定人先决定是否撤回", "Decide on the withdrawal first")
    if local_date(now) <= made.notice_until:
        raise NoticeRunning(made.notice_until)
    waiting = sum(not each.answered_by for each in made.objections)
    if waiting:
        raise ObjectionsOpen(waiting)
    return _publish(session, made, round_, made.release, actor.name, now)


def ask_withdrawal(
    session: Session, actor: Actor, round_: Round, reason: str, *, now: datetime
) -> Publication:
    """Ask that what is on notice or published be taken back; another person decides.

    Raises:
        PublicationRefused: nothing is out.
        ReasonMissing: no reason.
    """
    require(actor, PROPOSE)
    made = _out(session, round_)
    made.withdrawn_because, made.withdrawn_by = _said(reason), actor.name
    session.flush()
    _note(session, actor, "round.ask_withdrawal", round_, now, reason=made.withdrawn_because)
    return made


def withdraw(session: Session, actor: Actor, round_: Round, *, now: datetime) -> Publication:
    """Take back what somebody asked to be taken back; the reason stands where the results stood.

    What was out was read: the next edition is held against it.

    Raises:
        PublicationRefused: nothing is out, or nobody asked.
        SecondPerson: it was the actor who asked.
    """
    require(actor, APPROVE)
    made = _out(session, round_)
    if not made.withdrawn_by or made.release is None:
        raise PublicationRefused(
            "还没有人提出撤回，请先由区办写明理由提出", "Nobody has asked that these be withdrawn"
        )
    require_another(actor, made.withdrawn_by)
    made.state, made.withdrawal_approved_by = PublicationState.WITHDRAWN.value, actor.name
    made.withdrawn_at, round_.state = now, RoundState.CLOSED
    session.flush()
    _note(
        session, actor, WITHDRAW_ACT, round_, now,
        digest=made.release.digest, reason=made.withdrawn_because, asked_by=made.withdrawn_by,
    )  # fmt: skip
    return made


def keep(session: Session, actor: Actor, round_: Round, *, now: datetime) -> Publication:
    """Turn down a wish to withdraw; what is out stays out.

    Raises:
        PublicationRefused: nothing is out.
    """
    require(actor, APPROVE)
    made = _out(session, round_)
    made.withdrawn_by = made.withdrawn_because = ""
    session.flush()
    _note(session, actor, "round.keep", round_, now)
    return made


def _out(session: Session, round_: Round) -> Publication:
    _require_state(session, round_, RoundState.NOTICE, RoundState.PUBLISHED, RoundState.ARCHIVED)
    made = current(session, round_)
    if made is None:
        raise PublicationRefused("这一轮没有公布的结果", "Nothing of this round is out")
    return made


def _publish(
    session: Session,
    made: Publication,
    round_: Round,
    release: Release,
    name: str,
    now: datetime,
) -> Publication:
    made.state, round_.state = PublicationState.PUBLISHED.value, RoundState.PUBLISHED
    made.published_by, made.published_at = name, now
    session.flush()
    audit.record(
        session,
        actor=name,
        act=PUBLISH_ACT,
        subject=round_.code,
        now=now,
        digest=release.digest,
        approved_by=made.approved_by,
    )
    return made


def _require_state(session: Session, round_: Round, *states: RoundState) -> None:
    hold(session, round_)
    if round_.state not in states:
        names = {
            RoundState.CLOSED: ("已经启封、还没有提请审定", "closed"),
            RoundState.SCORING: ("核算", "scoring"),
            RoundState.REVIEW: ("已提请审定", "in review"),
            RoundState.NOTICE: ("正在公示", "on notice"),
            RoundState.PUBLISHED: ("已经公布", "published"),
            RoundState.ARCHIVED: ("已经归档", "archived"),
        }
        zh = "或".join(names[state][0] for state in states if state != RoundState.SCORING)
        en = " or ".join(names[state][1] for state in states)
        raise PublicationRefused(
            f"轮次“{round_.code}”不是“{zh}”的状态，这一步现在不能办",
            f"The round {round_.code} is {round_.state}, not {en}; this cannot be done now",
        )


def _proposed(session: Session, round_: Round) -> Publication:
    _require_state(session, round_, RoundState.REVIEW)
    made = current(session, round_)
    if made is None:
        raise PublicationRefused("这一轮还没有提请审定", "Nothing of this round has been proposed")
    return made


def _said(reason: str) -> str:
    said = clean(reason).strip()[:REASON_CHARS]
    if not said:
        raise ReasonMissing
    return said


def _note(
    session: Session, actor: Actor, act: str, round_: Round, now: datetime, **data: object
) -> None:
    audit.record(session, actor=actor.name, act=act, subject=round_.code, now=now, **data)
