"""The boxes of a round: which one takes what comes at a moment, and when each may be opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from survey.campaigns.models import OpeningKind, Round
from survey.collection.contacts import label_of
from survey.collection.inbox import Inbox
from survey.collection.keystore import Keystore
from survey.collection.models import Box, BoxKind, BoxState
from survey.errors import SurveyError

CHINA = ZoneInfo("Asia/Shanghai")
ROUND_LABEL, PAPER_LABEL = "round", "paper"
OPENING_TIME = time(6)
"""Local time at which a day's box is opened, the morning after: before anybody is at work."""
MAX_DAYS = 366
UNOPENED = (BoxState.SEALED, BoxState.COUNTED)


class TooManyDays(SurveyError):
    """Every day of a daily round gets a box and a key when it opens; there is an end to that."""

    code = "TOO_MANY_DAYS"
    status = 422

    def __init__(self, days: int) -> None:
        super().__init__(
            f"按日启封的轮次最长{MAX_DAYS}天，现在是{days}天，请分成几轮",
            f"A round with daily openings lasts at most {MAX_DAYS} days, not {days}; split it",
        )


@dataclass(frozen=True)
class BoxSlot:
    """A box as intake sees it; without a period it takes everything of its round."""

    id: int
    public_key: bytes
    contact_key: bytes
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True)
class Period:
    """What a box is called and takes: the half-open period from `starts_at` to `ends_at`."""

    label: str
    kind: BoxKind
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def periods_of(round_: Round, zone: tzinfo) -> list[Period]:
    """Return the boxes that a round needs, in order.

    A round opened at its close has one box; paper that is keyed until `paper_until` goes there
    too, because a box of its own would say of each answer in it that it came on paper. A daily
    round has one for each local day, and one for the paper keyed after its close.

    Raises:
        TooManyDays: a daily round is too long.
    """
    if round_.opening == OpeningKind.AT_CLOSE:
        return [Period(ROUND_LABEL, BoxKind.ROUND)]
    length = (round_.closes_at - round_.opens_at).days
    if length >= MAX_DAYS:
        raise TooManyDays(length)
    periods = [
        Period(
            day.isoformat(),
            BoxKind.DAY,
            max(round_.opens_at, midnight(day, zone)),
            min(round_.closes_at, midnight(day + timedelta(days=1), zone)),
        )
        for day in _days(round_.opens_at, round_.closes_at, zone)
    ]
    if round_.paper_until > round_.closes_at:
        periods.append(Period(PAPER_LABEL, BoxKind.PAPER, round_.closes_at, round_.paper_until))
    return periods


def make_boxes(
    session: Session, round_: Round, keystore: Keystore, inbox: Inbox, zone: tzinfo
) -> tuple[Box, ...]:
    """Make every box of a round with its keys; one key for telephone numbers serves them all.

    All of them now, and not each at its midnight: no answer should wait for a process that makes
    boxes, and the keys can be copied once.
    """
    keystore.pepper()
    contact_key = keystore.create(label_of(round_.code))
    return tuple(
        make_box(session, round_, period, keystore, inbox, contact_key)
        for period in periods_of(round_, zone)
    )


def make_box(
    session: Session,
    round_: Round,
    period: Period,
    keystore: Keystore,
    inbox: Inbox,
    contact_key: bytes,
) -> Box:
    """Make one box with a key pair of its own."""
    box = Box(
        round_id=round_.id,
        label=period.label,
        kind=period.kind,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        public_key=keystore.create(f"{round_.code} {period.label}"),
        contact_key=contact_key,
    )
    session.add(box)
    session.flush()  # The inbox is named by the box's id.
    inbox.create(box.id)
    return box


def boxes_of(session: Session, round_id: int) -> tuple[Box, ...]:
    """Return the boxes of a round in the order in which they are opened."""
    query = select(Box).where(Box.round_id == round_id).order_by(Box.starts_at, Box.id)
    return tuple(session.scalars(query))


def lost_days(session: Session, round_id: int) -> tuple[str, ...]:
    """Return the labels of the boxes of a round that were given up by themselves, in order."""
    query = select(Box.label).where(Box.round_id == round_id, Box.state == BoxState.ABANDONED)
    return tuple(session.scalars(query.order_by(Box.starts_at, Box.id)))


def slots_of(session: Session, round_id: int) -> tuple[BoxSlot, ...]:
    """Return the boxes of a round that take, or took, answers; in their order."""
    query = (
        select(Box.id, Box.public_key, Box.contact_key, Box.starts_at, Box.ends_at)
        .where(Box.round_id == round_id, Box.kind != BoxKind.MONTH)
        .order_by(Box.starts_at, Box.id)
    )
    return tuple(BoxSlot(*row) for row in session.execute(query))


def slot_at(slots: Sequence[BoxSlot], now: datetime) -> BoxSlot:
    """Return the box for what comes at `now`: the first before its time, the last after it."""
    begun = [slot for slot in slots if slot.starts_at is None or slot.starts_at <= now]
    return begun[-1] if begun else slots[0]


def unopened_before(session: Session, round_id: int, slot: BoxSlot) -> list[int]:
    """Return the boxes of earlier days that are still sealed."""
    if slot.starts_at is None:
        return []
    query = select(Box.id).where(
        Box.round_id == round_id, Box.state.in_(UNOPENED), Box.starts_at < slot.starts_at
    )
    return list(session.scalars(query))


def opening_time(box: Box, round_: Round, zone: tzinfo) -> datetime:
    """Return when a box may be opened: the morning after its day, or when paper has ended."""
    if box.ends_at is None:
        return round_.paper_until
    last_day = (box.ends_at - timedelta(microseconds=1)).astimezone(zone).date()
    return datetime.combine(last_day + timedelta(days=1), OPENING_TIME, zone)


def due_boxes(session: Session, round_: Round, now: datetime, zone: tzinfo) -> list[Box]:
    """Return the boxes of a daily round whose morning has come, in the order to open them."""
    query = (
        select(Box)
        .where(
            Box.round_id == round_.id,
            Box.kind.in_((BoxKind.DAY, BoxKind.PAPER)),
            # An opening that broke off after its transaction still has a key to destroy.
            or_(Box.state.in_(UNOPENED), Box.state == BoxState.OPENED),
        )
        .order_by(Box.starts_at, Box.id)
    )
    return [box for box in session.scalars(query) if opening_time(box, round_, zone) <= now]


def next_opening(session: Session, round_: Round, zone: tzinfo) -> datetime | None:
    """Return when the next sealed box of a round may be opened; None where all are open."""
    times = [
        opening_time(box, round_, zone)
        for box in boxes_of(session, round_.id)
        if box.state in UNOPENED
    ]
    return min(times, default=None)


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return the instant at which a local day begins."""
    return datetime.combine(day, time(), zone)


def _days(start: datetime, end: datetime, zone: tzinfo) -> Iterator[date]:
    """Yield every local day with a moment in the half-open period."""
    day = start.astimezone(zone).date()
    while midnight(day, zone) < end:
        yield day
        day += timedelta(days=1)
