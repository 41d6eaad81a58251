"""The supervisor's second look: every number opened, and every work said to be for show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, String, cast, select
from sqlalchemy.orm import Session

from forms.cleaning import clean
from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.audit.models import AuditEntry
from survey.errors import NotFound
from survey.org import queries as organisations
from survey.org.models import Organisation
from survey.rectification import refusals
from survey.rectification.callbacks import OPEN_ACT
from survey.rectification.item import Suspicion as SuspicionState
from survey.rectification.models import RectificationItem

REVIEW_ACT = "contact.review"
MOST = 200
NOTE_CHARS = 200


@dataclass(frozen=True)
class Opening:
    """A number that somebody opened; `reviewed_by` and `note` are empty until somebody looked."""

    id: int
    at: datetime
    actor: str
    subject: str
    reason: str
    reviewed_by: str
    note: str


@dataclass(frozen=True)
class Suspicion:
    """An item of which several residents said that the work was for show."""

    number: str
    problem: str
    org_name: str


def openings(session: Session, actor: Actor) -> list[Opening]:
    """Return the latest openings where `actor` supervises, those nobody has looked at first."""
    require(actor, Action.SUPERVISE)
    query = _here(session, actor).order_by(AuditEntry.id.desc()).limit(MOST)
    entries = session.scalars(query).all()
    looked = {
        each.subject: each
        for each in session.scalars(
            select(AuditEntry).where(
                AuditEntry.act == REVIEW_ACT,
                AuditEntry.subject.in_([str(entry.id) for entry in entries]),
            )
        )
    }
    found = [_opening(entry, looked.get(str(entry.id))) for entry in entries]
    return sorted(found, key=lambda each: bool(each.reviewed_by))


def review(session: Session, actor: Actor, entry_id: int, note: str, *, now: datetime) -> None:
    """Record that `actor` has looked at an opening, and what was found; once is enough.

    Raises:
        NotFound: there is no such opening where `actor` supervises.
        ReasonRequired: nothing was written down.
    """
    require(actor, Action.SUPERVISE)
    if session.scalar(_here(session, actor).where(AuditEntry.id == entry_id)) is None:
        raise NotFound("没有找到这条记录", "There is no such entry")
    note = clean(note).strip()[:NOTE_CHARS]
    if not note:
        raise refusals.ReasonRequired("请写明复核结论", "Write down what you found")
    done = select(AuditEntry.id).where(
        AuditEntry.act == REVIEW_ACT, AuditEntry.subject == cast(entry_id, String)
    )
    if session.scalar(done.limit(1)) is None:
        audit.record(
            session, actor=actor.name, act=REVIEW_ACT, subject=str(entry_id), now=now, note=note
        )


def suspicions(session: Session, actor: Actor) -> list[Suspicion]:
    """Return the items that are suspected where `actor` supervises, the newest first."""
    require(actor, Action.SUPERVISE)
    query = (
        select(RectificationItem.number, RectificationItem.problem, Organisation.name)
        .join(Organisation, Organisation.id == RectificationItem.org_id)
        .where(
            RectificationItem.suspicion == SuspicionState.SUSPECTED,
            organisations.within(actor, Action.SUPERVISE),
        )
        .order_by(RectificationItem.id.desc())
        .limit(MOST)
    )
    return [Suspicion(*row) for row in session.execute(query)]


def _here(session: Session, actor: Actor) -> Select[AuditEntry]:
    """Return the openings of numbers that were left about places where `actor` supervises."""
    places = select(Organisation.id).where(organisations.within(actor, Action.SUPERVISE))
    return select(AuditEntry).where(
        AuditEntry.act == OPEN_ACT,
        AuditEntry.data["org"].as_string().in_(places),
    )


def _opening(entry: AuditEntry, looked: AuditEntry | None) -> Opening:
    return Opening(
        id=entry.id,
        at=entry.at,
        actor=entry.actor,
        subject=entry.subject,
        reason=str(entry.data.get("reason", "")),
        reviewed_by=looked.actor if looked else "",
        note=str(looked.data.get("note", "")) if looked else "",
    )
