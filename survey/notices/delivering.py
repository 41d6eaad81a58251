"""Make up what goes to each person, claim it, hand it over, note the outcome.

Between claiming and noting a process may die: then nobody knows whether the mail has gone, and it
goes again under the same name with the same notices. In every other case it goes once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from survey.accounts.models import Account
from survey.accounts.sessions import actor_of
from survey.notices.digest import Digest, Line
from survey.notices.models import Delivery, DeliveryState, Notice, NoticeSettings, Sort, Way
from survey.notices.quiet import is_quiet
from survey.notices.refusals import NotDelivered
from survey.notices.rules import NoticeKind
from survey.org.models import Organisation
from survey.rectification import queries
from survey.rectification.models import RectificationItem
from survey.rectification.states import SOURCE_LABELS, Source
from survey.rectification.workdays import Calendar

KEPT_FOR = timedelta(days=30)
"""What nobody could be told within so long is history; the console has it still."""
GIVEN_UP_AFTER = timedelta(days=3)
IN_HAND = timedelta(minutes=30)
"""Longer than handing over takes; whoever has had it in hand for longer has died."""
OPEN = (DeliveryState.WAITING, DeliveryState.SENDING)
MOST_CARRIED = 2_000


@dataclass(frozen=True)
class Outlet:
    """A way out: how to hand a digest over to an address (of e-mail; empty for a messenger)."""

    way: Way
    hand_over: Callable[[Digest, str], None]


@dataclass(frozen=True)
class Frame:
    """What holds for everybody: the instant, the calendar, where links lead."""

    now: datetime
    zone: tzinfo
    calendar: Calendar
    base_url: str

    @property
    def today(self) -> date:
        """The local day."""
        return self.now.astimezone(self.zone).date()


@dataclass(frozen=True)
class Claimed:
    """A delivery that is this process's to hand over now."""

    delivery_id: int
    digest: Digest
    address: str


def people_to_tell(session: Session, way: Way, *, now: datetime) -> list[int]:
    """Return the accounts for whom something may have to go out by `way`."""
    column = link_of(way)
    pending = select(Notice.account_id).where(
        column.is_(None), Notice.read_at.is_(None), Notice.made_at > now - KEPT_FOR
    )
    under_way = select(Delivery.account_id).where(Delivery.way == way, Delivery.state.in_(OPEN))
    wanted = pending.union(under_way).subquery()
    query = select(Account.id).where(Account.is_active, Account.id.in_(select(wanted.c[0])))
    return list(session.scalars(query.order_by(Account.id)))


def claim(session: Session, account_id: int, way: Way, frame: Frame) -> Claimed | None:
    """Take what is to go to a person next; None when nothing is, or not now.

    What was begun comes first, and nothing new is made up beside it: so nobody gets two digests on
    one day, however long the server was away.
    """
    account = session.get_one(Account, account_id)
    wishes = session.get(NoticeSettings, account_id) or defaults(account_id)
    if not reaches(wishes, way) or is_quiet(
        frame.now, frame.zone, frame.calendar, wishes.quiet_from, wishes.quiet_until
    ):
        return None
    found = _open(session, account_id, way)
    if found is None:
        found = _made_up(session, wishes, way, frame)
    elif not _may_take(found, frame.now):
        return None
    if found is None or not _taken(session, found, frame):
        return None
    digest = digest_of(session, account, found, frame)
    return Claimed(found.id, digest, wishes.address if way is Way.MAIL else "")


def settle(
    session: Session, claimed: Claimed, refused: NotDelivered | None, *, now: datetime
) -> None:
    """Note what came of handing a delivery over."""
    found = session.get_one(Delivery, claimed.delivery_id)
    found.fault = refused.code if refused else ""
    if refused is None:
        found.state, found.ended_at = DeliveryState.SENT.value, now
    elif refused.is_lasting or found.made_at < now - GIVEN_UP_AFTER:
        found.state, found.ended_at = DeliveryState.FAILED.value, now
    else:
        found.state = DeliveryState.WAITING.value
    session.flush()


def defaults(account_id: int) -> NoticeSettings:
    """Return the wishes of somebody who has said nothing; they are not stored."""
    return NoticeSettings(
        account_id=account_id,
        address="",
        pending="",
        tries=0,
        codes=0,
        wants_digest=True,
        by_mail=True,
        by_webhook=True,
        quiet_from=20,
        quiet_until=8,
    )


def reaches(wishes: NoticeSettings, way: Way) -> bool:
    """Whether a person can be and wants to be told by `way`."""
    if way is Way.MAIL:
        return wishes.by_mail and bool(wishes.address)
    return wishes.by_webhook


def digest_of(session: Session, account: Account, delivery: Delivery, frame: Frame) -> Digest:
    """Return what a delivery carries."""
    carried = (
        select(
            Notice.kind,
            RectificationItem.number,
            RectificationItem.source,
            Organisation.short_name,
            RectificationItem.due_on,
        )
        .join(RectificationItem, RectificationItem.id == Notice.item_id)
        .join(Organisation, Organisation.id == RectificationItem.org_id)
        .where(link_of(Way(delivery.way)) == delivery.id)
        .order_by(RectificationItem.due_on, RectificationItem.number, Notice.id)
    )
    waiting = queries.waiting_for(session, actor_of(session, account), now=frame.now)
    return Digest(
        key=f"notice-{delivery.id}",
        sort=Sort(delivery.sort),
        day=delivery.day,
        account=account.name,
        person=account.display_name,
        lines=tuple(
            Line(NoticeKind(kind), number, SOURCE_LABELS[Source(source)], owner, due_on)
            for kind, number, source, owner, due_on in session.execute(carried)
        ),
        waiting=sum(each.count for each in waiting),
        overdue=sum(each.overdue for each in waiting),
        base_url=frame.base_url,
    )


def link_of(way: Way) -> InstrumentedAttribute[int | None]:
    """Return the column that ties a notice to what it went in."""
    return Notice.mail_id if way is Way.MAIL else Notice.webhook_id


def _open(session: Session, account_id: int, way: Way) -> Delivery | None:
    query = select(Delivery).where(
        Delivery.account_id == account_id, Delivery.way == way, Delivery.state.in_(OPEN)
    )
    return session.scalars(query.order_by(Delivery.id).limit(1).with_for_update()).first()


def _may_take(delivery: Delivery, now: datetime) -> bool:
    if delivery.state == DeliveryState.WAITING:
        return True
    return delivery.claimed_at is None or delivery.claimed_at < now - IN_HAND


def _made_up(session: Session, wishes: NoticeSettings, way: Way, frame: Frame) -> Delivery | None:
    """Return a new delivery with what is new for a person, or None where nothing may go today."""
    today = select(Delivery.sort).where(
        Delivery.account_id == wishes.account_id, Delivery.way == way, Delivery.day == frame.today
    )
    sent = set(session.scalars(today))
    pending = (
        select(Notice.id, Notice.is_urgent)
        .where(
            Notice.account_id == wishes.account_id,
            link_of(way).is_(None),
            Notice.read_at.is_(None),
            Notice.made_at > frame.now - KEPT_FOR,
        )
        .order_by(Notice.is_urgent.desc(), Notice.id)
        .limit(MOST_CARRIED)
    )
    found = session.execute(pending).all()
    urgent = [each.id for each in found if each.is_urgent]
    if wishes.wants_digest and found and Sort.DIGEST not in sent:
        return _delivery(session, wishes, way, Sort.DIGEST, [each.id for each in found], frame)
    if urgent and Sort.URGENT not in sent:
        return _delivery(session, wishes, way, Sort.URGENT, urgent, frame)
    return None


def _delivery(
    session: Session,
    wishes: NoticeSettings,
    way: Way,
    sort: Sort,
    carried: Sequence[int],
    frame: Frame,
) -> Delivery:
    made = Delivery(
        account_id=wishes.account_id,
        way=way.value,
        sort=sort.value,
        day=frame.today,
        state=DeliveryState.WAITING.value,
        made_at=frame.now,
    )
    session.add(made)
    session.flush()
    session.execute(
        update(Notice).where(Notice.id.in_(carried)).values({link_of(way).key: made.id})
    )
    return made


def _taken(session: Session, delivery: Delivery, frame: Frame) -> bool:
    """Claim a delivery; what goes today counts for today. False where today had one already."""
    if delivery.day != frame.today:
        clash = select(Delivery.id).where(
            Delivery.account_id == delivery.account_id,
            Delivery.way == delivery.way,
            Delivery.sort == delivery.sort,
            Delivery.day == frame.today,
        )
        if session.scalar(clash) is not None:
            return False
        delivery.day = frame.today
    delivery.state = DeliveryState.SENDING.value
    delivery.claimed_at = frame.now
    delivery.attempts += 1
    session.flush()
    return True
