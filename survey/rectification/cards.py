"""Reminders, yellow and red cards, interview proposals: given to items, kept, counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from survey.accounts.policy import SYSTEM, Actor
from survey.audit import service as audit
from survey.rectification.calendar import load_calendar
from survey.rectification.card_models import ItemCard
from survey.rectification.escalation import (
    ESCALATED_REOPENINGS,
    DueNotice,
    Notice,
    Pressed,
    due_notices,
)
from survey.rectification.filters import Filter, conditions
from survey.rectification.models import RectificationItem, Transition
from survey.rectification.states import OWNER_WORKS, SETTLED_STATES, Act, State
from survey.rectification.workdays import is_workday, last_workday, local_date

AHEAD = timedelta(days=21)
"""No reminder comes earlier than so long before a deadline, whatever the holidays."""
PORTION = 200
LATE = frozenset({Notice.YELLOW, Notice.RED, Notice.INTERVIEW})
ACTS: Mapping[Notice, Act] = {
    Notice.REMINDER: Act.REMIND,
    Notice.YELLOW: Act.YELLOW_CARD,
    Notice.RED: Act.RED_CARD,
    Notice.INTERVIEW: Act.PROPOSE_INTERVIEW,
    Notice.RAISED: Act.RAISE,
}
"""The line in an item's story; a suspicion has its own already."""


@dataclass(frozen=True)
class Given:
    """How far a portion of items came: the cards given, and the last item looked at.

    `last` is None when no item was left.
    """

    keys: tuple[str, ...]
    last: int | None


def give_due(session: Session, *, now: datetime, after: int = 0) -> Given:
    """Give what has become due to the next `PORTION` items beyond the id `after`.

    What was given stays given, so an interrupted run is taken up from anywhere. The history of
    the item has it, signed by the system; nobody who had the item open is turned away by it.
    Nothing is given on days without work, when nobody could act on it.
    """
    today = local_date(now)
    calendar = load_calendar(session)
    if not is_workday(calendar, today):
        return Given((), None)
    query = select(RectificationItem).where(
        RectificationItem.id > after, or_(_is_pressing(today), _is_raised())
    )
    rows = session.scalars(query.order_by(RectificationItem.id).limit(PORTION)).all()
    if not rows:
        return Given((), None)
    known = _known(session, rows)
    keys: list[str] = []
    for row in rows:
        due = due_notices(_pressed(row), today, calendar)
        for each in _to_give(due, known.get(row.id, ()), today):
            _give(session, row, each, now)
            keys.append(each.key)
    return Given(tuple(keys), rows[-1].id)


def counts_of(session: Session, numbers: Iterable[str]) -> dict[str, dict[Notice, int]]:
    """Return how many reminders and cards of each kind the items with these numbers were given.

    The caller has seen to who sees them; an item without any is left out.
    """
    query = (
        select(RectificationItem.number, ItemCard.kind, func.count())
        .join(ItemCard, ItemCard.item_id == RectificationItem.id)
        .where(RectificationItem.number.in_(list(numbers)))
        .group_by(RectificationItem.number, ItemCard.kind)
    )
    found: dict[str, dict[Notice, int]] = {}
    for number, kind, count in session.execute(query):
        found.setdefault(number, {})[Notice(kind)] = count
    return {
        number: {kind: counts[kind] for kind in ACTS if kind in counts}
        for number, counts in found.items()
    }


def totals(
    session: Session, actor: Actor, *, now: datetime, since: date | None = None
) -> dict[Notice, int]:
    """Return how many of each kind were given to what `actor` sees, zeros included.

    `since`: of items registered from that day on.
    """
    workday = last_workday(load_calendar(session), local_date(now))
    query = (
        select(ItemCard.kind, func.count())
        .join(RectificationItem, RectificationItem.id == ItemCard.item_id)
        .where(*conditions(session, actor, Filter(), workday))
        .group_by(ItemCard.kind)
    )
    if since is not None:
        query = query.where(RectificationItem.registered_on >= since)
    found = {Notice(kind): count for kind, count in session.execute(query)}
    return {kind: found.get(kind, 0) for kind in ACTS}


def _known(session: Session, rows: Sequence[RectificationItem]) -> dict[int, list[ItemCard]]:
    """Return the cards that items have been given."""
    found: dict[int, list[ItemCard]] = {}
    query = select(ItemCard).where(ItemCard.item_id.in_([row.id for row in rows]))
    for card in session.scalars(query):
        found.setdefault(card.item_id, []).append(card)
    return found


def _to_give(
    due: Sequence[DueNotice], known: Sequence[ItemCard], today: date
) -> Iterator[DueNotice]:
    """Yield the notices that become cards today.

    "Three days left" is not said of what is overdue. Cards for being late come one a day and in
    their order: whoever is behind by weeks when the platform starts, or has been away, is warned
    before anybody is asked to press.
    """
    held = {card.key for card in known}
    is_late = any(each.kind in LATE for each in due)
    may_press = not any(card.kind in LATE and card.given_on == today for card in known)
    for each in due:
        if each.kind not in ACTS or each.key in held:
            continue
        if each.kind in LATE:
            if may_press:
                yield each
            may_press = False
        elif not (is_late and each.kind is Notice.REMINDER):
            yield each


def _give(session: Session, row: RectificationItem, due: DueNotice, now: datetime) -> None:
    points = f"，扣{due.points}分" if due.points else ""
    step = Transition(
        item_id=row.id,
        at=now,
        actor=SYSTEM.name,
        actor_name=SYSTEM.display_name,
        actor_role=SYSTEM.name,
        act=ACTS[due.kind].value,
        from_state=row.state,
        to_state=row.state,
        note=f"{_why(row, due)}{points}",
    )
    session.add(step)
    session.flush()
    session.add(
        ItemCard(
            item_id=row.id,
            kind=due.kind.value,
            key=due.key,
            given_on=local_date(now),
            points=due.points,
            transition_id=step.id,
        )
    )
    audit.record(
        session,
        actor=SYSTEM.name,
        act=f"rectification.{step.act}",
        subject=row.number,
        now=now,
        points=due.points,
    )


def _why(row: RectificationItem, due: DueNotice) -> str:
    if due.kind is Notice.RAISED:
        return f"已复号{row.reopen_count}次"
    if due.kind is Notice.REMINDER:
        return f"{row.due_on:%Y年%-m月%-d日}到期"
    return f"{row.due_on:%Y年%-m月%-d日}到期，没有整改完"


def _pressed(row: RectificationItem) -> Pressed:
    return Pressed(row.number, State(row.state), row.due_on, row.reopen_count)


def _is_pressing(today: date) -> ColumnElement[bool]:
    return and_(
        RectificationItem.state.in_([state.value for state in OWNER_WORKS]),
        RectificationItem.due_on <= today + AHEAD,
    )


def _is_raised() -> ColumnElement[bool]:
    return and_(
        RectificationItem.state.not_in([state.value for state in SETTLED_STATES]),
        RectificationItem.reopen_count >= ESCALATED_REOPENINGS,
    )
