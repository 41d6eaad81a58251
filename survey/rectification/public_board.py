"""The board that everybody reads: public items by place and state, with the indicators (4.9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from survey.campaigns.models import Round
from survey.campaigns.public_words import BAD_RATING, BAD_RATING_WORDS
from survey.org.models import Level, Organisation
from survey.rectification.board import Board, board_where
from survey.rectification.calendar import load_calendar
from survey.rectification.filters import MOST_WORDS, is_late
from survey.rectification.following import MOVED, PublicItem, Told, texts_of, views_of
from survey.rectification.models import RectificationItem, Transition
from survey.rectification.states import LOOKS, Group, State
from survey.rectification.visibility import is_public
from survey.rectification.workdays import last_workday, local_date
from survey.results.models import Release

PER_PAGE = 50
MOST_SEARCHED = 2_000
RECENT = 2_000
"""How many of the newest steps are looked at first for what changed last."""
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
    conditions = _conditions(session, wanted, now)
    words = _plain(wanted.search).split()[:MOST_WORDS]
    # A search compares what readers are shown, so what it found is known before any page of it.
    found = _saying(session, conditions, words, now) if words else None
    total = len(found) if found is not None else _count(session, conditions)
    pages = max(1, -(-total // PER_PAGE))
    number = min(max(1, page), pages)
    first = (number - 1) * PER_PAGE
    if found is not None:
        shown: Sequence[int] = found[first : first + PER_PAGE]
    else:
        query = select(Item.id).where(*conditions).order_by(*_order(session, now))
        shown = session.scalars(query.limit(PER_PAGE).offset(first)).all()
    return PublicPage(_views(session, shown, now), total, number, pages)


def latest_items(session: Session, wanted: PublicFilter, *, now: datetime) -> list[PublicItem]:
    """Return the public items in which something changed last, for a feed."""
    met = _conditions(session, wanted, now)
    # Whatever changed last is among the newest steps; the history of all items is long.
    ids = _last_changed(session, met, RECENT)
    if len(ids) < PER_PAGE:
        ids = _last_changed(session, met)
    views = _views(session, ids, now)
    return sorted(views, key=lambda view: (view.updated_on, view.number), reverse=True)


def _last_changed(
    session: Session, met: Sequence[ColumnElement[bool]], newest: int | None = None
) -> Sequence[int]:
    """Return the items that meet `met` by their last step, of the `newest` ones or of all."""
    order = (Transition.at.desc(), Transition.id.desc())
    steps = select(Transition.item_id, Transition.at).where(MOVED)
    if newest is not None:
        steps = steps.order_by(*order).limit(newest)
    step = steps.subquery()
    query = (
        select(Item.id)
        .join(step, step.c.item_id == Item.id, isouter=newest is None)
        .where(*met)
        .group_by(Item.id)
        .order_by(func.max(step.c.at).desc().nulls_last(), Item.id.desc())
        .limit(PER_PAGE)
    )
    return session.scalars(query).all()


def places(session: Session) -> tuple[tuple[Place, ...], tuple[str, ...]]:
    """Return the units that have public items below them, and the sectors; in the tree's order."""
    # Owner by owner, which ends at the first public item of each.
    has_items = select(Item.id).where(Item.org_id == Organisation.id, is_public(session)).exists()
    tree = select(Organisation.path, Organisation.sector).where(has_items)
    found = session.execute(tree).all()
    heads = {part for path, _ in found for part in path.split("/") if part}
    units = (
        select(Organisation.id, Organisation.short_name)
        .where(Organisation.level == Level.UNIT.value)
        .order_by(Organisation.sort_no, Organisation.id)
    )
    return (
        tuple(Place(key, name) for key, name in session.execute(units) if key in heads),
        tuple(sorted({sector for _, sector in found if sector})),
    )


def _views(session: Session, ids: Sequence[int], now: datetime) -> tuple[PublicItem, ...]:
    found = {item.id: item for item in session.scalars(select(Item).where(Item.id.in_(ids)))}
    return tuple(views_of(session, [found[each] for each in ids], now=now))


def _count(session: Session, conditions: Sequence[ColumnElement[bool]]) -> int:
    return session.scalar(select(func.count()).select_from(Item).where(*conditions)) or 0


def _order(session: Session, now: datetime) -> tuple[ColumnElement[Any], ...]:
    late = is_late(last_workday(load_calendar(session), local_date(now)))
    is_closed = Item.state == State.CLOSED.value
    return (
        case((late, 0), (is_closed, 2), else_=1),
        case((is_closed, Item.closed_on)).desc(),
        Item.due_on.expression,
        Item.number.expression,
    )


def _saying(
    session: Session,
    conditions: Sequence[ColumnElement[bool]],
    words: Sequence[str],
    now: datetime,
) -> list[int]:
    """Return the items in whose public texts every word stands.

    What is kept from readers must not be found by its words either: a name, a score, a day.
    """
    columns = (
        Item.id, Item.number, Item.source, Item.org_id, Item.problem, Item.measures,
        Item.responsible_person,
    )  # fmt: skip
    query = select(*columns).where(*conditions, *map(_may_say, words))
    rows = session.execute(query.order_by(*_order(session, now)).limit(MOST_SEARCHED))
    items = [Told(*row) for row in rows]
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
