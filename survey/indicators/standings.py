"""How far each indicator has come: missing, before the superior, approved or returned."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Actor, may
from survey.indicators.models import (
    IndicatorDecision,
    IndicatorEntry,
    IndicatorNode,
    IndicatorPeriod,
    IndicatorSet,
    Owner,
    Verdict,
)
from survey.indicators.periods import Cycle, Period, periods_between, read_period
from survey.indicators.sets import leaves, list_sets, until, versions_of
from survey.org import queries as organisations
from survey.org.models import Organisation

LOOK_BACK = timedelta(days=400)
"""How old a period may be that people are still reminded of."""
Key = tuple[str, str, str]


class State(StrEnum):
    """Where a value stands."""

    MISSING = "missing"
    PENDING = "pending"
    APPROVED = "approved"
    RETURNED = "returned"


@dataclass(frozen=True)
class Held:
    """What is known of one indicator of one organisation in one period.

    Attributes:
        entry_id, revision, value: of the latest entry.
        state: of the latest entry.
        is_counted: whether some entry was approved.
        counted: the value that counts: the latest approved; None where it does not apply.
        counted_revision: which entry that is.
    """

    entry_id: int
    revision: int
    value: float | None
    state: State
    is_counted: bool = False
    counted: float | None = None
    counted_revision: int = 0


@dataclass(frozen=True)
class Owed:
    """Values that an organisation has not been given for a period, all owed by the same people."""

    set_code: str
    set_title: str
    period: Period
    org: Organisation
    nodes: tuple[IndicatorNode, ...]
    due_on: date
    is_late: bool


def held_in(
    session: Session,
    of: IndicatorSet,
    periods: Iterable[str],
    org_ids: Collection[str] | None = None,
) -> dict[Key, Held]:
    """Return what is known by (organisation, indicator, period); absent where nothing is."""
    query = (
        select(
            IndicatorEntry.org_id,
            IndicatorEntry.node_code,
            IndicatorEntry.period,
            IndicatorEntry.id,
            IndicatorEntry.revision,
            IndicatorEntry.value,
            IndicatorDecision.verdict,
        )
        .outerjoin(IndicatorDecision, IndicatorDecision.entry_id == IndicatorEntry.id)
        .where(IndicatorEntry.set_id == of.id, IndicatorEntry.period.in_(list(periods)))
        .order_by(IndicatorEntry.revision)
    )
    if org_ids is not None:
        query = query.where(IndicatorEntry.org_id.in_(list(org_ids)))
    found: dict[Key, Held] = {}
    for org_id, code, period, entry_id, revision, value, verdict in session.execute(query):
        key = (org_id, code, period)
        state = State(verdict) if verdict else State.PENDING
        before = found.get(key)
        counted = (True, value, revision) if verdict == Verdict.APPROVED else (False, None, 0)
        if not counted[0] and before is not None:
            counted = (before.is_counted, before.counted, before.counted_revision)
        found[key] = Held(entry_id, revision, value, state, *counted)
    return found


def measured(session: Session, of: IndicatorSet) -> list[Organisation]:
    """Return the organisations that a set is for, active ones only."""
    query = select(Organisation).where(
        Organisation.level == of.level, Organisation.is_active.is_(True)
    )
    if of.sector:
        query = query.where(Organisation.sector == of.sector)
    return list(session.scalars(query.order_by(Organisation.sort_no, Organisation.id)))


def home_of(node: IndicatorNode, org: Organisation) -> str:
    """Return the path of whoever enters `node` of `org`: itself, its unit, or the district."""
    steps = org.path.rstrip("/").split("/")
    if node.owner == Owner.DISTRICT:
        return f"{steps[0]}/"
    if node.owner == Owner.UNIT:
        return "/".join(steps[:2]) + "/"
    return org.path


def above(path: str) -> str:
    """Return the path right above; the district has only itself."""
    steps = path.rstrip("/").split("/")
    return "/".join(steps[:-1] or steps) + "/"


def is_settled(periods: Collection[Period], period: Period) -> bool:
    """Whether `period` lies inside one of the settled `periods`."""
    return any(each.holds(period) for each in periods)


def settled_of(session: Session, of: IndicatorSet) -> tuple[Period, ...]:
    """Return the periods of a set whose scores are fixed."""
    query = select(IndicatorPeriod.period).where(IndicatorPeriod.set_id == of.id)
    return tuple(read_period(code) for code in session.scalars(query))


def due_on(of: IndicatorSet, period: Period) -> date:
    """Return the last day for the values of `period`."""
    return period.ends_on + timedelta(days=of.due_days)


def ended(session: Session, of: IndicatorSet, cycle: Cycle, today: date) -> list[Period]:
    """Return the periods of `cycle` of this version that are over and not settled."""
    last = until(session, of)
    settled = settled_of(session, of)
    first = max(of.starts_on, today - LOOK_BACK)
    return [
        period
        for period in periods_between(cycle, first, today)
        if period.ends_on < today
        and (last is None or period.ends_on <= last)
        and not is_settled(settled, period)
    ]


def missing(session: Session, actor: Actor, *, today: date, only_own: bool = False) -> list[Owed]:
    """Return what has not been entered, or was returned, and that `actor` may enter.

    Args:
        session: only read.
        actor: somebody who enters values.
        today: local day; only periods that are over are owed.
        only_own: leave out what others below enter themselves.
    """
    found: list[Owed] = []
    homes = {grant.org_path for grant in actor.grants}
    for latest in list_sets(session, actor):
        for of in versions_of(session, latest.code):
            orgs = [
                org for org in measured(session, of) if may(actor, Action.SEE_INDICATORS, org.path)
            ]
            found += _owed_of(session, of, orgs, actor, homes if only_own else None, today)
    return sorted(found, key=lambda owed: (owed.due_on, owed.set_code, owed.org.sort_no))


def _owed_of(
    session: Session,
    of: IndicatorSet,
    orgs: Sequence[Organisation],
    actor: Actor,
    homes: Collection[str] | None,
    today: date,
) -> list[Owed]:
    nodes = leaves(of)
    cycles = sorted({node.cycle for node in nodes})
    periods = {cycle: ended(session, of, Cycle(cycle), today) for cycle in cycles}
    codes = [period.code for each in periods.values() for period in each]
    if not codes or not orgs:
        return []
    few = [org.id for org in orgs] if len(orgs) <= 200 else None
    held = held_in(session, of, codes, few)
    found = []
    for org in orgs:
        mine = [node for node in nodes if _enters(actor, node, org, homes)]
        for cycle, each in periods.items():
            for period in each:
                lacking = tuple(
                    node
                    for node in mine
                    if node.cycle == cycle and _lacks(held, org.id, node.code, period.code)
                )
                if lacking:
                    last = due_on(of, period)
                    found.append(Owed(of.code, of.title, period, org, lacking, last, last < today))
    return found


def _enters(
    actor: Actor, node: IndicatorNode, org: Organisation, homes: Collection[str] | None
) -> bool:
    home = home_of(node, org)
    if homes is not None and home not in homes:
        return False
    return may(actor, Action.ENTER_INDICATORS, home)


def _lacks(held: Mapping[Key, Held], org_id: str, code: str, period: str) -> bool:
    found = held.get((org_id, code, period))
    return found is None or found.state is State.RETURNED


def waiting(
    session: Session, actor: Actor, *, only_own: bool = False
) -> list[tuple[IndicatorEntry, IndicatorSet]]:
    """Return the entries that wait for a decision `actor` may take, the oldest first.

    `only_own` leaves out those that somebody nearer to whoever entered them is there for.
    """
    homes = {grant.org_path for grant in actor.grants}
    query = (
        select(IndicatorEntry, Organisation, IndicatorNode, IndicatorSet)
        .join(Organisation, Organisation.id == IndicatorEntry.org_id)
        .join(IndicatorSet, IndicatorSet.id == IndicatorEntry.set_id)
        .join(
            IndicatorNode,
            (IndicatorNode.set_id == IndicatorEntry.set_id)
            & (IndicatorNode.code == IndicatorEntry.node_code),
        )
        .outerjoin(IndicatorDecision, IndicatorDecision.entry_id == IndicatorEntry.id)
        .where(
            IndicatorDecision.entry_id.is_(None),
            organisations.within(actor, Action.CHECK_INDICATORS),
        )
        .order_by(IndicatorEntry.id)
    )
    latest: dict[Key, tuple[IndicatorEntry, IndicatorSet]] = {}
    for entry, org, node, of in session.execute(query):
        if only_own and above(home_of(node, org)) not in homes:
            continue
        if may_check(actor, node, org):
            latest[(f"{of.id}/{org.id}", node.code, entry.period)] = (entry, of)
    return [
        pair for pair in latest.values() if actor.is_operator or pair[0].entered_by != actor.name
    ]


def may_check(actor: Actor, node: IndicatorNode, org: Organisation) -> bool:
    """Whether `actor` stands above whoever enters `node` of `org`."""
    return may(actor, Action.CHECK_INDICATORS, above(home_of(node, org)))
