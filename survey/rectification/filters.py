"""Which items to list, and in what order: the conditions of one query on either database.

A search reads the texts of every item in reach. Over 50,000 of them that takes some 20 ms on SQLite
and on PostgreSQL, finds words of two characters, which no trigram index does, and needs neither an
extension of the server nor a second copy of what people wrote.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from survey.accounts.policy import Action, Actor
from survey.org import queries as organisations
from survey.org.models import Level, Organisation
from survey.rectification.models import RectificationItem
from survey.rectification.states import LOOKS, OWNER_WORKS, Group, Source, State

Item = RectificationItem
SORTS = ("due", "newest", "number", "owner", "source", "state")
SETTLED = (State.CLOSED.value, State.VOID.value)
MOST_WORDS = 6


@dataclass(frozen=True)
class Filter:
    """What to list; codes and words, None or empty asks nothing.

    `due_from` and `due_to` are inclusive. `search` wants every one of its words, which stand apart
    by spaces, somewhere in number, problem, measures, person or the owner's name. `sort` is one of
    `SORTS`: the most pressing first, or by that column.
    """

    state: State | None = None
    group: Group | None = None
    org: str | None = None
    unit: str | None = None
    sector: str | None = None
    source: Source | None = None
    overdue: bool | None = None
    due_from: date | None = None
    due_to: date | None = None
    search: str | None = None
    sort: str = "due"


def reach(session: Session, actor: Actor, action: Action) -> ColumnElement[bool]:
    """Return the condition that an item lies where `actor` may do `action`."""
    scopes = actor.scopes(action)
    if "" in scopes:
        return true()
    roots = session.scalars(
        select(Organisation.path).where(Organisation.level == Level.DISTRICT).limit(2)
    ).all()
    # Whoever sees the one district sees all there is, which needs no looking up of owners.
    if len(roots) == 1 and roots[0] in scopes:
        return true()
    return Item.org_id.in_(select(Organisation.id).where(organisations.within(actor, action)))


def conditions(
    session: Session, actor: Actor, wanted: Filter, workday: date
) -> list[ColumnElement[bool]]:
    """Return what an item must meet to be listed for `actor`.

    `workday` is the newest working day; what was due before it is overdue.
    """
    found = [reach(session, actor, Action.SEE_RECTIFICATION), *_of_owner(wanted)]
    if wanted.state:
        found.append(Item.state == wanted.state.value)
    if wanted.group:
        states = [state.value for state, look in LOOKS.items() if look.group is wanted.group]
        found.append(Item.state.in_(states))
    if wanted.source:
        found.append(Item.source == wanted.source.value)
    if wanted.overdue is not None:
        found.append(is_late(workday) if wanted.overdue else ~is_late(workday))
    if wanted.due_from:
        found.append(Item.due_on >= wanted.due_from)
    if wanted.due_to:
        found.append(Item.due_on <= wanted.due_to)
    words = _plain(wanted.search).split()[:MOST_WORDS]
    return found + [_said(word) for word in words]


def in_order(query: Select[int], sort: str) -> Select[int]:
    """Return `query`, which selects from items, in the order that `sort` names."""
    pressing = (Item.state.in_(SETTLED), Item.due_on, Item.number)
    orders: dict[str, tuple[Any, ...]] = {
        "due": pressing,
        "newest": (Item.registered_on.desc(), Item.number.desc()),
        "number": (Item.number,),
        "owner": (Organisation.path, *pressing),
        "source": (Item.source, *pressing),
        "state": (Item.state, *pressing),
    }
    if sort == "owner":
        query = query.join(Organisation, Organisation.id == Item.org_id)
    return query.order_by(*orders.get(sort, pressing))


def is_late(workday: date) -> ColumnElement[bool]:
    """Return the condition of `Tone.LATE`; the item's own clock runs while the owner works."""
    return and_(Item.state.in_([state.value for state in OWNER_WORKS]), Item.due_on < workday)


def _of_owner(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.org:
        found.append(Item.org_id == _plain(wanted.org))
    if wanted.unit:
        code = _plain(wanted.unit)
        below = or_(Organisation.id == code, Organisation.parent_id == code)
        found.append(Item.org_id.in_(select(Organisation.id).where(below)))
    if wanted.sector:
        owners = select(Organisation.id).where(Organisation.sector == _plain(wanted.sector))
        found.append(Item.org_id.in_(owners))
    return found


def _said(word: str) -> ColumnElement[bool]:
    """Return the condition that `word` stands in an item; case matters to Latin letters only."""
    owners = select(Organisation.id).where(
        or_(*(_holds(name, word) for name in (Organisation.name, Organisation.short_name)))
    )
    places = (Item.problem, Item.measures, Item.number, Item.responsible_person)
    return or_(*(_holds(place, word) for place in places), Item.org_id.in_(owners))


def _holds(place: InstrumentedAttribute[str], word: str) -> ColumnElement[bool]:
    # Chinese has no case; folding the texts of every item would double what a search costs.
    if word == word.lower() == word.upper():
        return place.contains(word, autoescape=True)
    return func.lower(place).contains(word.lower(), autoescape=True)


def _plain(text: str | None) -> str:
    # PostgreSQL takes no NUL in a text.
    return (text or "").replace("\0", "").strip()
