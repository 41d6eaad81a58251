"""Who inspects what: tasks given by hand or drawn at random, so that anybody can draw again."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.accounts import sessions
from survey.accounts.models import Account, Role, RoleGrant
from survey.accounts.policy import Action, Actor, may, require
from survey.audit import service as audit
from survey.campaigns import service as campaigns
from survey.inspections.models import Inspection, InspectionDraw, InspectionState, InspectionTask
from survey.inspections.refusals import AssignmentRefused
from survey.inspections.rounds import NamedForm
from survey.org.models import Organisation

INTERESTED = frozenset({Role.BRANCH_SECRETARY, Role.WINDOW_MANAGER, Role.UNIT_ADMIN})
"""Roles that answer for an object: whoever holds one there does not inspect it."""

MAX_SEED = 32


@dataclass(frozen=True)
class Inspector:
    """An account that may inspect, with the places it holds roles at."""

    account: Account
    actor: Actor

    def may_inspect(self, org: Organisation) -> bool:
        """Whether the object lies within reach and the inspector does not answer for it."""
        is_interested = bool(self.actor.roles_at(org.path) & INTERESTED)
        return may(self.actor, Action.INSPECT, org.path) and not is_interested


@dataclass(frozen=True)
class Period:
    """Two days, both included, between which an object is inspected."""

    starts_on: date
    due_on: date


def inspectors(session: Session) -> list[Inspector]:
    """Return every account that may inspect somewhere, by name."""
    query = (
        select(Account)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(RoleGrant.role == Role.INSPECTOR.value, Account.is_active)
        .distinct()
        .order_by(Account.name)
    )
    return [Inspector(a, sessions.actor_of(session, a)) for a in session.scalars(query)]


def objects(session: Session, form: NamedForm) -> list[Organisation]:
    """Return the objects that a checklist of a round is for and that have no task yet."""
    taken = select(InspectionTask.org_id).where(
        InspectionTask.round_questionnaire_id == form.used.id
    )
    given = set(session.scalars(taken))
    return [org for org in campaigns.targets_of(session, form.used) if org.id not in given]


def assign(
    session: Session,
    actor: Actor,
    form: NamedForm,
    org_id: str,
    pair: Sequence[str],
    period: Period,
    *,
    now: datetime,
) -> InspectionTask:
    """Give one object to two inspectors; an object that nobody has inspected may change hands.

    Args:
        session: flushed here, committed by the caller.
        actor: needs ASSIGN_INSPECTIONS.
        form: the checklist of a round.
        org_id: one of its objects.
        pair: the sign-in names of two different inspectors.
        period: when.
        now: aware.

    Raises:
        AssignmentRefused: the pair, the object or the period will not do.
    """
    require(actor, Action.ASSIGN_INSPECTIONS)
    _check(period)
    org = next((o for o in campaigns.targets_of(session, form.used) if o.id == org_id), None)
    if org is None:
        raise AssignmentRefused("这个对象不在这份检查表里", "The checklist is not for this object")
    first, second = _pair(session, org, pair)
    task = session.scalar(
        select(InspectionTask).where(
            InspectionTask.round_questionnaire_id == form.used.id, InspectionTask.org_id == org_id
        )
    )
    if task is None:
        task = _new_task(form, org.id, (first, second), period, actor, now)
        session.add(task)
    else:
        _refuse_begun(session, task)
        task.first_id, task.second_id = first.account.id, second.account.id
        task.starts_on, task.due_on = period.starts_on, period.due_on
    session.flush()
    names = [first.account.name, second.account.name]
    _record(session, actor, "assign", form, now, org=org.id, inspectors=names)
    return task


def draw(
    session: Session,
    actor: Actor,
    form: NamedForm,
    count: int,
    period: Period,
    *,
    seed: str,
    now: datetime,
) -> InspectionDraw:
    """Draw `count` objects and a pair of inspectors for each, and give them out.

    The draw is `random.Random(seed)` over the objects and inspectors in the order of their codes,
    so that whoever has the seed gets the same.

    Raises:
        AssignmentRefused: there are not so many objects, or no two inspectors for one of them.
    """
    require(actor, Action.ASSIGN_INSPECTIONS)
    _check(period)
    population = sorted(objects(session, form), key=lambda org: org.id)
    if not 1 <= count <= len(population):
        raise AssignmentRefused(
            f"还没有派检查的对象共{len(population)}个，请填1到{len(population)}",
            f"There are {len(population)} objects without a task; draw 1 to {len(population)}",
        )
    if not 0 < len(seed) <= MAX_SEED:
        raise AssignmentRefused("抽签种子最多32个字符", "A seed has 1 to 32 characters")
    able = inspectors(session)
    chance = random.Random(seed)  # noqa: S311 - a draw that others can repeat
    chosen = chance.sample(population, count)
    drawn = InspectionDraw(
        round_questionnaire_id=form.used.id,
        seed=seed,
        population=[org.id for org in population],
        inspectors=[inspector.account.name for inspector in able],
        chosen=[org.id for org in chosen],
        drawn_by=actor.name,
        drawn_at=now,
    )
    session.add(drawn)
    session.flush()
    for org in chosen:
        fitting = [inspector for inspector in able if inspector.may_inspect(org)]
        if len(fitting) < 2:
            raise _too_few(org)
        task = _new_task(form, org.id, chance.sample(fitting, 2), period, actor, now)
        task.draw_id = drawn.id
        session.add(task)
    session.flush()
    _record(session, actor, "draw", form, now, seed=seed, objects=drawn.chosen)
    return drawn


def _new_task(
    form: NamedForm,
    org_id: str,
    pair: Iterable[Inspector],
    period: Period,
    actor: Actor,
    now: datetime,
) -> InspectionTask:
    first, second = pair
    return InspectionTask(
        round_id=form.round.id,
        round_questionnaire_id=form.used.id,
        org_id=org_id,
        first_id=first.account.id,
        second_id=second.account.id,
        starts_on=period.starts_on,
        due_on=period.due_on,
        assigned_by=actor.name,
        assigned_at=now,
    )


def _pair(session: Session, org: Organisation, names: Sequence[str]) -> tuple[Inspector, Inspector]:
    if len(set(names)) != 2:
        raise AssignmentRefused("请选两位不同的检查员", "Choose two different inspectors")
    by_name = {inspector.account.name: inspector for inspector in inspectors(session)}
    found = [by_name[name] for name in names if name in by_name]
    if len(found) < 2 or not all(inspector.may_inspect(org) for inspector in found):
        raise AssignmentRefused(
            "两位都要是这个对象范围内的检查员，并且不负责这个对象",
            "Both must be inspectors for this place, and answer for nothing in it",
        )
    return found[0], found[1]


def _check(period: Period) -> None:
    if period.due_on < period.starts_on:
        raise AssignmentRefused("截止日期不能早于开始日期", "The last day is before the first")


def _refuse_begun(session: Session, task: InspectionTask) -> None:
    begun = select(Inspection.id).where(
        Inspection.task_id == task.id, Inspection.state != InspectionState.RETURNED
    )
    if session.scalar(begun.limit(1)) is not None:
        raise AssignmentRefused(
            "这个对象已经检查过，不能换人", "It has been inspected; the pair stays as it is"
        )


def _too_few(org: Organisation) -> AssignmentRefused:
    return AssignmentRefused(
        f"{org.short_name}找不到两位合适的检查员，请先增加检查员账号",
        f"There are not two inspectors for {org.id}; add accounts of inspectors first",
    )


def _record(
    session: Session, actor: Actor, act: str, form: NamedForm, now: datetime, **data: object
) -> None:
    audit.record(
        session,
        actor=actor.name,
        act=f"inspection.{act}",
        subject=form.round.code,
        now=now,
        questionnaire=form.used.code,
        **data,
    )
