"""Items for the pages of staff: the list, how many stand where, and what waits for whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from survey.accounts.policy import Actor
from survey.org.models import Level, Organisation
from survey.rectification.calendar import load_calendar
from survey.rectification.filters import Filter, conditions, in_order, is_late
from survey.rectification.item import EvidenceKind
from survey.rectification.models import Evidence, RectificationItem
from survey.rectification.recheck_models import RecheckWindow
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
PORTION = 500
PILE_ROWS = 60
EVERYTHING = Filter()
Item = RectificationItem
Unit = aliased(Organisation)


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
    revision: int
    measures: str


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
class Pile:
    """The items of one duty of the actor, the most pressing first; `total` counts those beyond."""

    key: str
    label: str
    side: Side
    rows: tuple[ItemRow, ...]
    total: int


@dataclass(frozen=True)
class _Duty:
    """What one side does with the items in some states, and a condition beyond the state."""

    key: str
    label: str
    side: Side
    states: tuple[State, ...]
    condition: ColumnElement[bool] | None = None


_WITH_RESULT = Item.recheck_score.is_not(None)
_ASKED = (
    select(RecheckWindow.id)
    .where(RecheckWindow.item_id == Item.id, RecheckWindow.cycle == Item.reopen_count)
    .exists()
)
"""Residents have their say; nobody enters it by hand."""
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
    _Duty("record", "待登记再评价结果", Side.DISTRICT, (State.RECHECK,), ~_WITH_RESULT & ~_ASKED),
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


ON_BEHALF = _Duty("accept_for", "还没有人受理", Side.UNIT, (State.ASSIGNED,))
"""What a unit may do in an owner's place; it waits for the owner first."""


def items(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    wanted: Filter = EVERYTHING,
    page: int | None = 1,
) -> ItemPage:
    """Return the items that `actor` sees, in the order `wanted.sort`; `page` None means all."""
    calendar, today = load_calendar(session), local_date(now)
    met = conditions(session, actor, wanted, last_workday(calendar, today))
    total = session.scalar(select(func.count()).select_from(Item).where(*met)) or 0
    ids = in_order(select(Item.id).where(*met), wanted.sort)
    pages = 1
    if page is not None:
        pages = max(1, -(-total // PAGE_ROWS))
        page = min(max(page, 1), pages)
        ids = ids.limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)
    chosen = list(session.scalars(ids))
    found = {
        item.id: row_of(item, owner, above, calendar, today)
        for item, owner, above in _with_owners(session, chosen, page)
    }
    listed = tuple(found[each] for each in chosen)
    return ItemPage(listed, total, page or 1, pages)


def _with_owners(
    session: Session, chosen: Sequence[int], page: int | None
) -> Iterable[tuple[RectificationItem, Organisation, Organisation | None]]:
    """Yield the items `chosen`, their owners, and what stands right above those."""
    query = (
        select(Item, Organisation, Unit)
        .join(Organisation, Organisation.id == Item.org_id)
        .outerjoin(Unit, Unit.id == Organisation.parent_id)
    )
    # Databases take so many values in one list; whoever asks for all of them asks in portions.
    size = PAGE_ROWS if page is not None else PORTION
    for first in range(0, len(chosen), size):
        rows = session.execute(query.where(Item.id.in_(chosen[first : first + size])))
        yield from rows


@dataclass(frozen=True)
class Counted:
    """How many of the items that somebody sees stand in each state, and how many are overdue."""

    by_state: Mapping[State, int]
    overdue: int


def count_items(
    session: Session, actor: Actor, *, now: datetime, wanted: Filter = EVERYTHING
) -> Counted:
    """Return how many of the items that `actor` sees stand where; zeros included."""
    workday = last_workday(load_calendar(session), local_date(now))
    query = (
        select(Item.state, func.count(), func.count().filter(Item.due_on < workday))
        .where(*conditions(session, actor, wanted, workday))
        .group_by(Item.state)
    )
    found = {state: (count, late) for state, count, late in session.execute(query)}
    counts = {state: found.get(state.value, (0, 0)) for state in State}
    return Counted(
        {state: count for state, (count, _) in counts.items()},
        sum(late for state, (_, late) in counts.items() if state in OWNER_WORKS),
    )


def waiting_for(session: Session, actor: Actor, *, now: datetime) -> tuple[Waiting, ...]:
    """Return what waits for `actor`, group by group; groups without items are left out."""
    late = is_late(last_workday(load_calendar(session), local_date(now)))
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


def piles_of(session: Session, actor: Actor, *, now: datetime, only: str = "") -> tuple[Pile, ...]:
    """Return the items that wait for `actor`, duty by duty; duties without items are left out.

    `only` names the one duty to look at.
    """
    calendar, today = load_calendar(session), local_date(now)
    found = []
    for duty in (*DUTIES, ON_BEHALF):
        met = _reach(actor, duty) if only in ("", duty.key) else None
        if met is None:
            continue
        query = select(Item.id).join(Organisation, Organisation.id == Item.org_id).where(met)
        ids = list(session.scalars(in_order(query, "due").limit(PILE_ROWS)))
        rows = {
            item.id: row_of(item, owner, above, calendar, today)
            for item, owner, above in _with_owners(session, ids, None)
        }
        if rows:
            total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
            listed = tuple(rows[each] for each in ids)
            found.append(Pile(duty.key, duty.label, duty.side, listed, total))
    return tuple(found)


@dataclass(frozen=True)
class File:
    """A file of an item, to look at beside a decision."""

    id: int
    name: str
    kind: EvidenceKind
    is_image: bool


def files_of(session: Session, numbers: Sequence[str]) -> dict[str, list[File]]:
    """Return the files of items that the caller has listed, by number."""
    columns = (Item.number, Evidence.id, Evidence.file_name, Evidence.kind, Evidence.media_type)
    query = select(*columns).join_from(Evidence, Item, Item.id == Evidence.item_id)
    found: dict[str, list[File]] = {}
    for number, key, name, kind, media in session.execute(
        query.where(Item.number.in_(numbers)).order_by(Evidence.id)
    ):
        file = File(key, name, EvidenceKind(kind), media.startswith("image/"))
        found.setdefault(number, []).append(file)
    return found


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
        revision=item.revision,
        measures=item.measures,
    )


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
