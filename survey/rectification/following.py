"""Public items of one place, as anybody may follow them: what is wrong and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from survey.campaigns.models import CollectionMode, Round, RoundState
from survey.campaigns.targets import problem_in_public
from survey.errors import NotFound
from survey.rectification.calendar import load_calendar
from survey.rectification.item import EvidenceKind
from survey.rectification.models import Evidence, RectificationItem
from survey.rectification.rechecks import running_windows
from survey.rectification.states import LOOKS, OWNER_WORKS, Look, State
from survey.rectification.workdays import last_workday, local_date

PUBLISHED = (RoundState.PUBLISHED, RoundState.ARCHIVED)
MOST = 50


@dataclass(frozen=True)
class PublicPhoto:
    """A picture that may be shown: `id` names it, `is_after` tells it from the state before."""

    id: int
    is_after: bool
    caption: str


@dataclass(frozen=True)
class PublicRecheck:
    """Residents are asked about the item up to and including `last_day`.

    `code` is that of the form; `is_open` where its poster is enough, else it takes a ticket.
    """

    code: str
    is_open: bool
    last_day: date


@dataclass(frozen=True)
class PublicItem:
    """An item as residents see it; `done_on` is the day it was closed, None before that.

    `problem` is in words that tell of nobody. `is_overdue`: it should have been put right by now.
    """

    number: str
    problem: str
    measures: str
    state: State
    look: Look
    due_on: date
    done_on: date | None
    is_overdue: bool
    reopen_count: int
    photos: tuple[PublicPhoto, ...]
    recheck: PublicRecheck | None


def public_items(session: Session, org_id: str, *, now: datetime) -> list[PublicItem]:
    """Return the public items of an organisation, newest first.

    An item that a round brought up appears once that round's results are published: before that
    it would tell of them.
    """
    query = (
        _public()
        .where(RectificationItem.org_id == org_id)
        .order_by(RectificationItem.registered_on.desc(), RectificationItem.number.desc())
        .limit(MOST)
    )
    return _views(session, session.scalars(query).all(), now)


def public_item(session: Session, number: str, *, now: datetime) -> PublicItem:
    """Return one public item.

    Raises:
        NotFound: there is none of this number, or it is not public.
    """
    query = _public().where(RectificationItem.number == number.replace("\0", ""))
    found = _views(session, session.scalars(query).all(), now)
    if not found:
        raise _nothing()
    return found[0]


def public_photo(session: Session, number: str, photo_id: int) -> Evidence:
    """Return a picture of a public item that somebody has let everybody see.

    Raises:
        NotFound: there is no such picture, or it may not be shown.
    """
    query = (
        select(Evidence)
        .join(RectificationItem, RectificationItem.id == Evidence.item_id)
        .outerjoin(Round, Round.id == RectificationItem.round_id)
        .where(
            _is_public(),
            _is_shown(),
            Evidence.id == photo_id,
            RectificationItem.number == number.replace("\0", ""),
        )
    )
    found = session.scalar(query)
    if found is None:
        raise _nothing()
    return found


def _public() -> Select[RectificationItem]:
    return (
        select(RectificationItem)
        .outerjoin(Round, Round.id == RectificationItem.round_id)
        .where(_is_public())
    )


def _is_public() -> ColumnElement[bool]:
    return (
        RectificationItem.is_public
        & (RectificationItem.state != State.VOID)
        & or_(RectificationItem.round_id.is_(None), Round.state.in_(PUBLISHED))
    )


def _is_shown() -> ColumnElement[bool]:
    is_picture = Evidence.media_type.startswith("image/")
    return Evidence.is_public & is_picture & (Evidence.kind != EvidenceKind.DOCUMENT.value)


def _views(session: Session, items: Sequence[RectificationItem], now: datetime) -> list[PublicItem]:
    workday = last_workday(load_calendar(session), local_date(now))
    windows = running_windows(session, items, now=now)
    photos = _photos(session, items)
    found = []
    for item in items:
        state = State(item.state)
        asked = windows.get(item.id) if state is State.RECHECK else None
        found.append(
            PublicItem(
                number=item.number,
                problem=problem_in_public(item.source, item.problem),
                measures=item.measures,
                state=state,
                look=LOOKS[state],
                due_on=item.due_on,
                done_on=item.closed_on,
                is_overdue=state in OWNER_WORKS and item.due_on < workday,
                reopen_count=item.reopen_count,
                photos=tuple(photos.get(item.id, ())),
                recheck=None
                if asked is None
                else PublicRecheck(
                    code=asked[1].code,
                    is_open=asked[1].mode == CollectionMode.OPEN,
                    last_day=local_date(asked[0].closes_at - timedelta(microseconds=1)),
                ),
            )
        )
    return found


def _photos(
    session: Session, items: Sequence[RectificationItem]
) -> Mapping[int, list[PublicPhoto]]:
    query = (
        select(Evidence)
        .where(_is_shown(), Evidence.item_id.in_([item.id for item in items]))
        .order_by(Evidence.kind.desc(), Evidence.id)
    )
    found: dict[int, list[PublicPhoto]] = {}
    for file in session.scalars(query):
        is_after = file.kind == EvidenceKind.AFTER
        found.setdefault(file.item_id, []).append(PublicPhoto(file.id, is_after, file.caption))
    return found


def _nothing() -> NotFound:
    return NotFound("没有找到公开的这件事", "There is nothing public of this number")
