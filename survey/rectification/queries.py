"""Items for the pages of staff: the list, how many stand where, and what waits for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from survey.accounts.policy import Action, Actor
from survey.org import queries as organisations
from survey.org.models import Level, Organisation
from survey.rectification.calendar import load_calendar
from survey.rectification.models import RectificationItem
from survey.rectification.states import (
    LOOKS,
    OWNER_WORKS,
    SIDES,
    SOURCE_LABELS,
    Look,
    Side,
    Source,
    State,
)
from survey.rectification.workdays import (
    Calendar,
    Deadline,
    item_deadline,
    last_workday,
    local_date,
)

PAGE_ROWS = 50
Item = RectificationItem
Unit = aliased(Organisation)


@dataclass(frozen=True)
class Filter:
    """What to list; `org` and `unit` are codes, None or empty asks nothing."""

    state: State | None = None
    org: str | None = None
    unit: str | None = None
    overdue: bool | None = None
    search: str | None = None


@dataclass(frozen=True)
class ItemRow:
    """One line of the list; `unit_name` is empty when the owner is itself a unit or above."""

    number: str
    problem: str
    source: Source
    source_label: str
    source_ref: str
    org_id: str
    org_name: str
    unit_name: str
    responsible_person: str
    state: State
    look: Look
    deadline: Deadline
    registered_on: date
    due_on: date
    extension_count: int
    reopen_count: int
    report_count: int


@dataclass(frozen=True)
class ItemPage:
    """One page of the list, and how much there is in all; pages count from 1."""

    rows: tuple[ItemRow, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class Waiting:
    """A group of items that wait for the actor; `states` is the filter that lists them."""

    key: str
    label: str
    count: int
    overdue: int
    states: tuple[State, ...]


@dataclass(frozen=True)
class _Duty:
    """What one side does with the items in some states, and a condition beyond the state."""

    key: str
    label: str
    side: Side
    states: tuple[State, ...]
    condition: ColumnElement[bool] | None = None


_WITH_RESULT = Item.recheck_score.is_not(None)
DUTIES: tuple[_Duty, ...] = (
    _Duty("assign", "待分派的问题", Side.UNIT, (State.NEW,)),
    _Duty("check", "销号申请待审核", Side.UNIT, (State.SUBMITTED,)),
    _Duty("confirm", "解释说明待确认", Side.UNIT, (State.EXPLAINED,)),
    _Duty(
        "start_recheck", "待发起再评价", Side.UNIT, (State.VERIFIED,), Item.needs_recheck.is_(True)
    ),
    _Duty("accept", "待受理的问题", Side.OWNER, (State.ASSIGNED,)),
    _Duty("plan", "待填写整改措施", Side.OWNER, (State.ACCEPTED, State.REOPENED)),
    _Duty("work", "整改中", Side.OWNER, (State.IN_PROGRESS,)),
    _Duty("verify", "待验收", Side.VERIFIER, (State.UNIT_CHECKED,)),
    _Duty("appeal", "申诉复核", Side.DISTRICT, (State.APPEAL,)),
    _Duty("record", "待登记再评价结果", Side.DISTRICT, (State.RECHECK,), ~_WITH_RESULT),
    _Duty(
        "close",
        "销号审批",
        Side.DISTRICT,
        (State.VERIFIED, State.RECHECK),
        or_(
            and_(Item.state == State.VERIFIED, ~Item.needs_recheck),
            and_(Item.state == State.RECHECK, _WITH_RESULT),
        ),
    ),
)
"""Who has to act on what (domain.md 4.2), in the order of the page 等您处理."""


def items(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    state: State | None = None,
    org: str | None = None,
    unit: str | None = None,
    overdue: bool | None = None,
    search: str | None = None,
    page: int | None = 1,
) -> ItemPage:
    """Return the items that `actor` sees, the most pressing first; `page` None means all of them.

    `org` and `unit` are codes; `search` finds part of a number, a problem or an owner's name.
    """
    calendar, today = load_calendar(session), local_date(now)
    wanted = Filter(state, org, unit, overdue, search)
    query = selection(actor, wanted, last_workday(calendar, today))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    query = query.order_by(Item.state.in_(_SETTLED), Item.due_on, Item.number)
    pages = 1
    if page is not None:
        pages = max(1, -(-total // PAGE_ROWS))
        page = min(max(page, 1), pages)
        query = query.limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)
    rows = session.execute(query)
    listed = tuple(row_of(item, owner, above, calendar, today) for item, owner, above in rows)
    return ItemPage(listed, total, page or 1, pages)


def selection(
    actor: Actor, wanted: Filter, workday: date
) -> Select[RectificationItem, Organisation, Organisation]:
    """Return the query of items with their owners and what stands right above those.

    `workday` is the newest working day; what was due before it is overdue.
    """
    query = (
        select(Item, Organisation, Unit)
        .join(Organisation, Organisation.id == Item.org_id)
        .outerjoin(Unit, Unit.id == Organisation.parent_id)
        .where(organisations.within(actor, Action.SEE_RECTIFICATION))
    )
    if wanted.state:
        query = query.where(Item.state == wanted.state)
    if wanted.org:
        query = query.where(Item.org_id == wanted.org.replace("\0", ""))
    if wanted.unit:
        code = wanted.unit.replace("\0", "")
        query = query.where(or_(Organisation.id == code, Organisation.parent_id == code))
    if wanted.overdue is not None:
        query = query.where(_is_late(workday) if wanted.overdue else ~_is_late(workday))
    if text := (wanted.search or "").replace("\0", "").strip():
        places = (Item.number, Item.problem, Organisation.name, Organisation.short_name)
        query = query.where(or_(*(place.icontains(text, autoescape=True) for place in places)))
    return query


def counts_by_state(session: Session, actor: Actor) -> dict[State, int]:
    """Return how many of the items that `actor` sees stand in each state; zeros included."""
    query = (
        select(Item.state, func.count())
        .join(Organisation, Organisation.id == Item.org_id)
        .where(organisations.within(actor, Action.SEE_RECTIFICATION))
        .group_by(Item.state)
    )
    found = dict(session.execute(query).all())
    return {state: found.get(state.value, 0) for state in State}


def overdue_count(session: Session, actor: Actor, *, now: datetime) -> int:
    """Return how many of the items that `actor` sees are overdue."""
    late = _is_late(last_workday(load_calendar(session), local_date(now)))
    query = (
        select(func.count())
        .select_from(Item)
        .join(Organisation, Organisation.id == Item.org_id)
        .where(organisations.within(actor, Action.SEE_RECTIFICATION), late)
    )
    return session.scalar(query) or 0


def waiting_for(session: Session, actor: Actor, *, now: datetime) -> tuple[Waiting, ...]:
    """Return what waits for `actor`, group by group; groups without items are left out."""
    late = _is_late(last_workday(load_calendar(session), local_date(now)))
    mine = [(duty, reach) for duty in DUTIES if (reach := _reach(actor, duty)) is not None]
    if not mine:
        return ()
    counts = [func.count().filter(reach, *more) for _, reach in mine for more in ((), (late,))]
    query = select(*counts).join_from(Item, Organisation, Organisation.id == Item.org_id)
    numbers = iter(session.execute(query).one())
    found = (
        Waiting(duty.key, duty.label, next(numbers), next(numbers), duty.states) for duty, _ in mine
    )
    return tuple(group for group in found if group.count)


def row_of(
    item: RectificationItem,
    owner: Organisation,
    unit: Organisation | None,
    calendar: Calendar,
    today: date,
) -> ItemRow:
    """Return the line of an item."""
    state, source = State(item.state), Source(item.source)
    return ItemRow(
        number=item.number,
        problem=item.problem,
        source=source,
        source_label=SOURCE_LABELS[source],
        source_ref=item.source_ref,
        org_id=owner.id,
        org_name=owner.name,
        unit_name=unit.name if unit and unit.level == Level.UNIT else "",
        responsible_person=item.responsible_person,
        state=state,
        look=LOOKS[state],
        deadline=item_deadline(
            calendar, state, due_on=item.due_on, stage_on=item.stage_on, today=today
        ),
        registered_on=item.registered_on,
        due_on=item.due_on,
        extension_count=item.extension_count,
        reopen_count=item.reopen_count,
        report_count=item.report_count,
    )


_SETTLED = (State.CLOSED.value, State.VOID.value)


def _is_late(workday: date) -> ColumnElement[bool]:
    """Return the condition of `Tone.LATE`; the item's own clock runs while the owner works."""
    return and_(Item.state.in_([state.value for state in OWNER_WORKS]), Item.due_on < workday)


def _reach(actor: Actor, duty: _Duty) -> ColumnElement[bool] | None:
    """Return the condition that an item is the actor's duty; None when none can be."""
    paths = [grant.org_path for grant in actor.grants if SIDES.get(grant.role) is duty.side]
    if not paths:
        return None
    return and_(
        Item.state.in_([state.value for state in duty.states]),
        or_(*(Organisation.path.startswith(path, autoescape=True) for path in paths)),
        true() if duty.condition is None else duty.condition,
    )
