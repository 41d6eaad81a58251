"""The board that everybody reads: public items by place and state, with the indicators (4.9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from survey.campaigns.models import Round
from survey.campaigns.public_words import BAD_RATING, BAD_RATING_WORDS
from survey.org.models import Level, Organisation
from survey.rectification.board import Board, board_where
from survey.rectification.calendar import load_calendar
from survey.rectification.filters import MOST_WORDS, is_late
from survey.rectification.following import MOVED, PublicItem, texts_of, views_of
from survey.rectification.models import RectificationItem, Transition
from survey.rectification.states import LOOKS, Group, State
from survey.rectification.visibility import is_public
from survey.rectification.workdays import last_workday, local_date
from survey.results.models import Release

PER_PAGE = 50
MOST_SEARCHED = 2_000
FEW_ITEMS = 10
"""Of fewer items a share is not worth a percentage: the two numbers say more."""

Item = RectificationItem


@dataclass(frozen=True)
class PublicFilter:
    """What to list; empty asks nothing. `search` wants every one of its words."""

    unit: str = ""
    sector: str = ""
    group: Group | None = None
    overdue: bool = False
    search: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether everything is listed."""
        return self == PublicFilter()


@dataclass(frozen=True)
class PublicPage:
    """One page of public items; `number` counts from 1, `pages` is at least 1."""

    items: tuple[PublicItem, ...]
    total: int
    number: int
    pages: int


@dataclass(frozen=True)
class Place:
    """A unit or sector with public items, to choose from."""

    code: str
    name: str


def public_statistics(session: Session, *, now: datetime) -> Board:
    """Return the counts and indicators of all public items, made as those of the office are."""
    return board_where(session, is_public(session), now=now)


def mark_of(session: Session, *, now: datetime) -> tuple[object, ...]:
    """Return a value that changes whenever the public statistics may: cheap to ask for."""
    items = select(func.count(), func.sum(Item.revision))
    rounds = select(Round.id, Round.state).order_by(Round.id)
    return (
        local_date(now),
        *session.execute(items).one(),
        session.scalar(select(func.max(Transition.id))),
        session.scalar(select(func.max(Release.id))),
        *map(tuple, session.execute(rounds)),
    )


def public_page(
    session: Session, wanted: PublicFilter, *, page: int = 1, now: datetime
) -> PublicPage:
    """Return one page of public items: what is overdue, what is open, then what is done.

    A page beyond the last is the last.
    """
    ids = _found(session, wanted, now)
    pages = max(1, -(-len(ids) // PER_PAGE))
    number = min(max(1, page), pages)
    shown = ids[(number - 1) * PER_PAGE : number * PER_PAGE]
    return PublicPage(_views(session, shown, now), len(ids), number, pages)


def latest_items(session: Session, wanted: PublicFilter, *, now: datetime) -> list[PublicItem]:
    """Return the public items in which something changed last, for a feed."""
    changed = func.max(Transition.at)
    ends = func.coalesce(func.max(Round.closes_at), changed)
    query = (
        select(Item.id)
        .outerjoin(Transition, and_(Transition.item_id == Item.id, MOVED))
        .outerjoin(Round, Round.id == Item.round_id)
        .where(*_conditions(session, wanted, now))
        .group_by(Item.id, Item.registered_on)
        .order_by(func.coalesce(changed, ends).desc(), Item.id.desc())
        .limit(PER_PAGE)
    )
    views = _views(session, session.scalars(query).all(), now)
    return sorted(views, key=lambda view: (view.updated_on, view.number), reverse=True)


def places(session: Session) -> tuple[tuple[Place, ...], tuple[str, ...]]:
    """Return the units that have public items below them, and the sectors; in the tree's order."""
    owners = select(Item.org_id).where(is_public(session))
    query = select(Organisation).where(Organisation.id.in_(owners)).order_by(Organisation.path)
    found = session.scalars(query).all()
    heads = {part for each in found for part in each.path.split("/") if part}
    units = select(Organisation).where(
        Organisation.id.in_(heads), Organisation.level == Level.UNIT.value
    )
    named = session.scalars(units.order_by(Organisation.sort_no, Organisation.id))
    return (
        tuple(Place(each.id, each.short_name) for each in named),
        tuple(sorted({each.sector for each in found if each.sector})),
    )


def _views(session: Session, ids: Sequence[int], now: datetime) -> tuple[PublicItem, ...]:
    found = {item.id: item for item in session.scalars(select(Item).where(Item.id.in_(ids)))}
    return tuple(views_of(session, [found[each] for each in ids], now=now))


def _found(session: Session, wanted: PublicFilter, now: datetime) -> list[int]:
    late = is_late(last_workday(load_calendar(session), local_date(now)))
    is_closed = Item.state == State.CLOSED.value
    order = (
        case((late, 0), (is_closed, 2), else_=1),
        case((is_closed, Item.closed_on)).desc(),
        Item.due_on,
        Item.number,
    )
    conditions = _conditions(session, wanted, now)
    words = _plain(wanted.search).split()[:MOST_WORDS]
    if not words:
        return list(session.scalars(_ordered(select(Item.id), conditions, order)))
    conditions += [_may_say(word) for word in words]
    query = _ordered(select(Item), conditions, order).limit(MOST_SEARCHED)
    return _saying(session, session.scalars(query).all(), words)


def _ordered(query: Select[Any], conditions: Sequence[ColumnElement[bool]], order: Any) -> Any:
    return query.where(*conditions).order_by(*order)


def _saying(session: Session, items: Sequence[Item], words: Sequence[str]) -> list[int]:
    """Return the items in whose public texts every word stands.

    What is kept from readers must not be found by its words either: a name, a score, a day.
    """
    names = select(Organisation.id, Organisation.name, Organisation.short_name).where(
        Organisation.id.in_({item.org_id for item in items})
    )
    owners = {key: f"{name} {short}" for key, name, short in session.execute(names)}
    texts = texts_of(session, items)
    found = []
    for item in items:
        said = " ".join((item.number, *texts[item.id], owners[item.org_id])).lower()
        if all(word.lower() in said for word in words):
            found.append(item.id)
    return found


def _conditions(session: Session, wanted: PublicFilter, now: datetime) -> list[ColumnElement[bool]]:
    found = [is_public(session)]
    if wanted.unit:
        heads = select(Organisation.path).where(Organisation.id == _plain(wanted.unit))
        path = session.scalar(heads)
        # An unknown place has no items, and PostgreSQL and SQLite compare paths alike.
        within = Organisation.path.startswith(path or "\\", autoescape=True)
        found.append(Item.org_id.in_(select(Organisation.id).where(within)))
    if wanted.sector:
        owners = select(Organisation.id).where(Organisation.sector == _plain(wanted.sector))
        found.append(Item.org_id.in_(owners))
    if wanted.group:
        states = [state.value for state, look in LOOKS.items() if look.group is wanted.group]
        found.append(Item.state.in_(states))
    if wanted.overdue:
        found.append(is_late(last_workday(load_calendar(session), local_date(now))))
    return found


def _may_say(word: str) -> ColumnElement[bool]:
    """Return a condition that every item meets whose public texts hold `word`."""
    owners = select(Organisation.id).where(
        or_(*(_holds(name, word) for name in (Organisation.name, Organisation.short_name)))
    )
    told = [_holds(place, word) for place in (Item.problem, Item.measures, Item.number)]
    if word in BAD_RATING_WORDS:
        told.append(Item.source == BAD_RATING)
    return or_(*told, Item.org_id.in_(owners))


def _holds(place: Any, word: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = func.lower(place).contains(word.lower(), autoescape=True)
    return found


def _plain(text: str) -> str:
    # PostgreSQL takes no NUL in a text.
    return text.replace("\0", "").strip()
