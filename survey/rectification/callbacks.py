"""Telephone numbers left for a call-back: who may read one, what came of the call, when it goes.

A number is never read by those it is about: only by the level above them, one by one, each time
with a reason that goes on record and that the supervisor looks at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from forms.cleaning import clean
from survey.accounts.policy import RIGHTS, Action, Actor, require
from survey.audit import service as audit
from survey.audit.models import AuditEntry
from survey.campaigns.models import Round
from survey.collection.bad_rating import reference_of
from survey.collection.boxes import boxes_of
from survey.collection.keystore import Keystore
from survey.collection.models import CollectionPoint, Contact
from survey.collection.sealing import Unreadable, open_contact
from survey.errors import NotFound, SurveyError
from survey.org.models import Organisation
from survey.rectification import refusals
from survey.rectification.loading import find, home_paths
from survey.rectification.models import RectificationItem, Transition
from survey.rectification.rules import is_at_home
from survey.rectification.states import SETTLED_STATES, Act, Source
from survey.rectification.steps import acting_role, note_act

OPEN_ACT, RESULT_ACT, FORGET_ACT = "contact.open", "contact.result", "contact.forget"
KEPT_AFTER_CLOSING = timedelta(days=30)
"""How long after an item is closed or void its numbers stay (domain.md 2.4, 8)."""
REASON_CHARS = 200


class NumberGone(SurveyError):
    """The number cannot be opened: its key is not there, or it was damaged."""

    code = "NUMBER_GONE"

    def __init__(self) -> None:
        super().__init__(
            "这个号码打不开了，请删去这一条，或找管理员查看密钥",
            "This number cannot be opened; ask the operator about its key",
        )


class NotCalled(SurveyError):
    """Nobody has opened the number, so there is no call to tell of."""

    code = "NOT_CALLED"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            "还没有看过号码，不能填回访结果；请先看号码、打电话",
            "Nobody has opened this number; open it and call before you say what came of it",
        )


class Result(StrEnum):
    """What came of a call."""

    SATISFIED = "satisfied"
    DISSATISFIED = "dissatisfied"
    UNREACHED = "unreached"


ACTS = {
    Result.SATISFIED: Act.SATISFIED,
    Result.DISSATISFIED: Act.DISSATISFIED,
    Result.UNREACHED: Act.UNREACHED,
}


@dataclass(frozen=True)
class Number:
    """A number that somebody left; `id` names it and tells nothing. `item` may be empty."""

    id: str
    item: str
    org_id: str
    org_name: str
    form: str
    result: Result | None


def may_call(session: Session, actor: Actor, org: Organisation) -> bool:
    """Whether `actor` stands above `org` and may read numbers left about it.

    Whoever holds any role at the place itself, below it, or at the branch or window that shares its
    people, belongs to those it is about. Above the top there is nobody, so those left about it are
    its own to call back.
    """
    is_top = org.parent_id is None
    if not is_top and is_at_home(actor, home_paths(session, org)):
        return False
    return any(
        org.path.startswith(grant.org_path) and Action.CALL_BACK in RIGHTS[grant.role]
        for grant in actor.grants
    )


def numbers(session: Session, actor: Actor, *, item: str = "") -> list[Number]:
    """Return the numbers that `actor` may open, those of items first; `item` narrows to one.

    Raises:
        NotAllowed: calling back belongs to others.
    """
    require(actor, Action.CALL_BACK)
    query = _numbers().order_by(Contact.item == "", Contact.item, Organisation.id, Contact.id)
    if item:
        query = query.where(Contact.item == item.replace("\0", ""))
    rows = session.execute(query).all()
    about = {org.id: org for _contact, org, _round in rows}
    mine = {id_ for id_, org in about.items() if may_call(session, actor, org)}
    return [
        Number(
            id=contact.id.hex(),
            item=contact.item,
            org_id=org.id,
            org_name=org.name,
            form=round_.title,
            result=Result(contact.result) if contact.result else None,
        )
        for contact, org, round_ in rows
        if org.id in mine
    ]


def open_number(
    session: Session, actor: Actor, keystore: Keystore, id_: str, reason: str, *, now: datetime
) -> str:
    """Return a number in clear, for the call that `reason` names; that it was opened is recorded.

    Raises:
        NotFound: there is none that the actor may open.
        ReasonRequired: no reason was given.
        NumberGone: it cannot be opened any more.
    """
    contact, org = _found(session, actor, id_)
    reason = clean(reason).strip()[:REASON_CHARS]
    if not reason:
        raise refusals.ReasonRequired("请写明为什么要看", "Say what you need the number for")
    try:
        number = open_contact(keystore.private(_key_of(session, contact)), contact.ciphertext)
    except (Unreadable, SurveyError) as error:
        raise NumberGone from error
    audit.record(
        session,
        actor=actor.name,
        act=OPEN_ACT,
        subject=contact.item or org.id,
        now=now,
        org=org.id,
        reason=reason,
        contact=_mark(contact),
    )
    return number


def record_result(
    session: Session, actor: Actor, id_: str, result: Result | None, *, now: datetime
) -> None:
    """Write down what came of a call; at an item it stands in its story too.

    Raises:
        NotFound: there is no such number that the actor may open.
        ReasonRequired: nothing was said.
        NotCalled: nobody has opened the number, so nobody can have called.
    """
    contact, org = _found(session, actor, id_)
    if result is None:
        raise refusals.ReasonRequired("请选回访结果", "Say what came of the call")
    if not _was_opened(session, contact, org):
        raise NotCalled
    contact.result = result.value
    audit.record(
        session,
        actor=actor.name,
        act=RESULT_ACT,
        subject=contact.item or _mark(contact),
        now=now,
        result=result.value,
    )
    if contact.item:
        found = find(session, actor, contact.item, lock=True)
        role = acting_role(actor, found.owner, Action.CALL_BACK)
        note_act(session, actor, found, ACTS[result], now, "", role)
    session.flush()


def tie_to_items(session: Session, round_: Round) -> int:
    """Give the numbers that came with bad ratings to the items of their place and day.

    The key of their place and day is the item's from then on. Done again, nothing changes.
    Returns how many were given.
    """
    query = (
        select(Contact, CollectionPoint.org_id)
        .join(CollectionPoint, CollectionPoint.id == Contact.point_id)
        .where(CollectionPoint.round_id == round_.id, Contact.occasion != "")
        .order_by(Contact.id)
    )
    tied = 0
    for contact, org_id in session.execute(query).all():
        number = session.scalar(
            select(RectificationItem.number).where(
                RectificationItem.round_id == round_.id,
                RectificationItem.org_id == org_id,
                RectificationItem.source == Source.HCP_BAD.value,
                RectificationItem.source_ref == reference_of(contact.occasion),
            )
        )
        if number is not None:
            contact.item, contact.occasion = number, ""
            tied += 1
    session.flush()
    return tied


def has_past(session: Session, *, now: datetime) -> bool:
    """Whether numbers belong to items that are settled for long enough."""
    return bool(_past(session, now))


def forget_numbers(session: Session, keystore: Keystore, by: str, *, now: datetime) -> int:
    """Delete the numbers of items that were settled `KEPT_AFTER_CLOSING` ago, and their keys."""
    gone = 0
    for number in _past(session, now):
        mine = select(Contact).where(Contact.item == number)
        contacts = session.scalars(mine).all()
        for key in {contact.sealed_to for contact in contacts if contact.sealed_to}:
            keystore.destroy(key)
        session.execute(delete(Contact).where(Contact.item == number))
        audit.record(
            session, actor=by, act=FORGET_ACT, subject=number, now=now, count=len(contacts)
        )
        gone += len(contacts)
    return gone


def _numbers() -> Select[Contact, Organisation, Round]:
    return (
        select(Contact, Organisation, Round)
        .join(CollectionPoint, CollectionPoint.id == Contact.point_id)
        .join(Organisation, Organisation.id == CollectionPoint.org_id)
        .join(Round, Round.id == CollectionPoint.round_id)
    )


def _found(session: Session, actor: Actor, id_: str) -> tuple[Contact, Organisation]:
    require(actor, Action.CALL_BACK)
    try:
        wanted = bytes.fromhex(id_)
    except ValueError:
        wanted = b""
    row = session.execute(_numbers().where(Contact.id == wanted)).one_or_none()
    if row is None or not may_call(session, actor, row[1]):
        raise NotFound("没有找到这个号码，可能已经到期删除", "There is no such number any more")
    return row[0], row[1]


def _was_opened(session: Session, contact: Contact, org: Organisation) -> bool:
    """Whether the record of acts says that somebody has seen the number."""
    # Before it was given to its item, a number stood there under its place.
    query = select(AuditEntry.id).where(
        AuditEntry.act == OPEN_ACT,
        AuditEntry.subject.in_((contact.item, org.id)),
        AuditEntry.data["contact"].as_string() == _mark(contact),
    )
    return session.scalar(query.limit(1)) is not None


def _mark(contact: Contact) -> str:
    """Return what the record of acts calls a number."""
    return contact.id.hex()[:8]


def _key_of(session: Session, contact: Contact) -> bytes:
    if contact.sealed_to is not None:
        return contact.sealed_to
    point = session.get_one(CollectionPoint, contact.point_id)
    return boxes_of(session, point.round_id)[0].contact_key


def _past(session: Session, now: datetime) -> Sequence[str]:
    """Return the items whose numbers have been kept long enough."""
    settled = (
        select(func.max(Transition.at))
        .where(
            Transition.item_id == RectificationItem.id,
            Transition.from_state != Transition.to_state,
        )
        .scalar_subquery()
    )
    with_numbers = select(Contact.item).where(Contact.item != "")
    query = (
        select(RectificationItem.number)
        .where(
            RectificationItem.number.in_(with_numbers),
            RectificationItem.state.in_([state.value for state in SETTLED_STATES]),
            settled <= now - KEPT_AFTER_CLOSING,
        )
        .order_by(RectificationItem.number)
    )
    return session.scalars(query).all()
