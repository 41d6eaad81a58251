"""What a person sees and says of the own notices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Actor, may
from survey.errors import NotFound
from survey.notices import refusals
from survey.notices.delivering import defaults
from survey.notices.models import Delivery, DeliveryState, Notice, NoticeSettings, Way
from survey.notices.rules import WORDS, NoticeKind, Words
from survey.org.models import Organisation
from survey.rectification.models import RectificationItem, Transition

PAGE_ROWS = 50
HOURS = range(24)


@dataclass(frozen=True)
class NoticeRow:
    """A notice as the page lists it; `problem` and `note` are empty out of the reader's reach."""

    id: int
    kind: NoticeKind
    words: Words
    is_urgent: bool
    number: str
    owner: str
    problem: str
    note: str
    due_on: date
    at: datetime
    is_read: bool
    may_open: bool


@dataclass(frozen=True)
class NoticePage:
    """One page of the list, unread first; pages count from 1."""

    rows: tuple[NoticeRow, ...]
    unread: int
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class Wishes:
    """How somebody wants to be told."""

    wants_digest: bool
    by_mail: bool
    by_webhook: bool
    quiet_from: int
    quiet_until: int


@dataclass(frozen=True)
class LastDelivery:
    """The newest delivery of a way: when it was taken up last, and why it did not go out."""

    state: DeliveryState
    at: datetime | None
    fault: str


def unread_count(session: Session, actor: Actor) -> int:
    """Return how many notices `actor` has not read."""
    query = select(func.count()).where(
        Notice.account_id == actor.account_id, Notice.read_at.is_(None)
    )
    return session.scalar(query) or 0


def notices_of(session: Session, actor: Actor, *, page: int = 1) -> NoticePage:
    """Return a page of the notices of `actor`, the unread and the newest first."""
    total = session.scalar(select(func.count()).where(Notice.account_id == actor.account_id)) or 0
    pages = max(1, -(-total // PAGE_ROWS))
    page = min(max(page, 1), pages)
    query = (
        select(Notice, RectificationItem, Organisation, Transition)
        .join(RectificationItem, RectificationItem.id == Notice.item_id)
        .join(Organisation, Organisation.id == RectificationItem.org_id)
        .join(Transition, Transition.id == Notice.transition_id)
        .where(Notice.account_id == actor.account_id)
        .order_by(Notice.read_at.is_not(None), Notice.id.desc())
        .limit(PAGE_ROWS)
        .offset((page - 1) * PAGE_ROWS)
    )
    rows = tuple(_row(actor, *each) for each in session.execute(query))
    return NoticePage(rows, unread_count(session, actor), total, page, pages)


def mark_read(session: Session, actor: Actor, notice_id: int, *, now: datetime) -> None:
    """Note that `actor` has read a notice; read stays read.

    Raises:
        NotFound: it is nobody's, or somebody else's.
    """
    found = session.get(Notice, notice_id)
    if found is None or found.account_id != actor.account_id:
        raise NotFound("没有这条通知", "There is no such notice")
    found.read_at = found.read_at or now
    session.flush()


def mark_all_read(session: Session, actor: Actor, *, up_to: int, now: datetime) -> None:
    """Note that `actor` has read everything up to the notice `up_to`; later ones came unseen."""
    session.execute(
        update(Notice)
        .where(Notice.account_id == actor.account_id, Notice.id <= up_to, Notice.read_at.is_(None))
        .values(read_at=now)
    )


def wishes_of(session: Session, actor: Actor) -> NoticeSettings:
    """Return how `actor` wants to be told; the defaults where nothing was said."""
    account_id = _account(actor)
    return session.get(NoticeSettings, account_id) or defaults(account_id)


def stored_wishes(session: Session, account_id: int) -> NoticeSettings:
    """Return the row of an account's wishes, made where there is none."""
    found = session.get(NoticeSettings, account_id)
    if found is None:
        found = defaults(account_id)
        session.add(found)
        session.flush()
    return found


def keep_wishes(session: Session, actor: Actor, wishes: Wishes) -> None:
    """Keep how `actor` wants to be told.

    Raises:
        SettingsFaulty: an hour is none.
    """
    if wishes.quiet_from not in HOURS or wishes.quiet_until not in HOURS:
        raise refusals.SettingsFaulty("免打扰时间请选0到23点", "Quiet hours are from 0 to 23")
    row = stored_wishes(session, _account(actor))
    row.wants_digest = wishes.wants_digest
    row.by_mail, row.by_webhook = wishes.by_mail, wishes.by_webhook
    row.quiet_from, row.quiet_until = wishes.quiet_from, wishes.quiet_until
    session.flush()


def last_delivery(session: Session, actor: Actor, way: Way) -> LastDelivery | None:
    """Return the newest delivery to `actor` by `way`; None before the first."""
    query = (
        select(Delivery)
        .where(Delivery.account_id == _account(actor), Delivery.way == way)
        .order_by(Delivery.id.desc())
        .limit(1)
    )
    found = session.scalars(query).first()
    if found is None:
        return None
    at = found.ended_at or found.claimed_at
    return LastDelivery(DeliveryState(found.state), at, found.fault)


def _row(
    actor: Actor,
    notice: Notice,
    item: RectificationItem,
    owner: Organisation,
    step: Transition,
) -> NoticeRow:
    kind = NoticeKind(notice.kind)
    sees = may(actor, Action.SEE_RECTIFICATION, owner.path)
    return NoticeRow(
        id=notice.id,
        kind=kind,
        words=WORDS[kind],
        is_urgent=notice.is_urgent,
        number=item.number,
        owner=owner.short_name,
        problem=item.problem if sees else "",
        note=step.note if sees else "",
        due_on=item.due_on,
        at=step.at,
        is_read=notice.read_at is not None,
        may_open=sees,
    )


def _account(actor: Actor) -> int:
    if actor.account_id is None:
        raise NotFound("请用账号登录", "Only accounts have notices")
    return actor.account_id
