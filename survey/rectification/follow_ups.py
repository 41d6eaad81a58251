"""Closed items are looked at again: a random tenth after 90 days, and all formerly reopened (4.4).

A draw can be made again by anybody from its stored seed and list: each number is hashed with the
seed, and the smallest hashes are drawn.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.accounts.policy import SYSTEM, Action, Actor, may
from survey.audit import service as audit
from survey.errors import NotFound, SurveyError
from survey.org import queries as organisations
from survey.org.models import Organisation
from survey.rectification import refusals
from survey.rectification.calendar import load_calendar
from survey.rectification.handling_models import FollowUp, FollowUpDraw
from survey.rectification.item import ItemView
from survey.rectification.loading import Found, find
from survey.rectification.models import RectificationItem
from survey.rectification.rules import Given, belongs_to
from survey.rectification.service import NOTE_CHARS
from survey.rectification.states import Act, Side, State
from survey.rectification.steps import acting_role, checked_text, note_act, take
from survey.rectification.workdays import Deadline, add_workdays, deadline, local_date

PERCENT = 10
AFTER_DAYS = 90
WORKDAYS = 10
"""Working days in which a drawn item is to be looked at."""


@dataclass(frozen=True)
class Task:
    """A closed item to look at again; `was_reopened`: it had to be put right more than once."""

    number: str
    problem: str
    org_name: str
    measures: str
    closed_on: date | None
    was_reopened: bool
    deadline: Deadline


def drawn(seed: str, eligible: Sequence[str], percent: int = PERCENT) -> tuple[str, ...]:
    """Return the numbers that `seed` draws: so many per cent, rounded up, in order of numbers."""
    count = -(-len(eligible) * percent // 100)
    by_hash = sorted(eligible, key=lambda n: hashlib.sha256(f"{seed}:{n}".encode()).hexdigest())
    return tuple(sorted(by_hash[:count]))


def draw_due(session: Session, *, now: datetime, seed: str = "") -> FollowUpDraw | None:
    """Draw once a month among what was closed 90 days ago and was in no draw; None if done.

    Items that had been reopened are all taken. `seed` is made at random where none is given.
    """
    today = local_date(now)
    if not is_due(session, now=now):
        return None
    ripe = _ripe(session, today)
    if not ripe:
        return None
    made = FollowUpDraw(
        drawn_on=today,
        seed=seed or secrets.token_hex(16),
        percent=PERCENT,
        eligible=[item.number for item in ripe if not item.reopen_count],
        reopened=[item.number for item in ripe if item.reopen_count],
        drawn_by=SYSTEM.name,
    )
    session.add(made)
    session.flush()
    chosen = {*drawn(made.seed, made.eligible), *made.reopened}
    due_on = add_workdays(load_calendar(session), today, WORKDAYS)
    session.add_all(
        FollowUp(draw_id=made.id, item_id=item.id, cycle=item.reopen_count, due_on=due_on)
        for item in ripe
        if item.number in chosen
    )
    session.flush()
    audit.record(
        session,
        actor=SYSTEM.name,
        act="rectification.draw_follow_ups",
        subject=today.isoformat(),
        now=now,
        seed=made.seed,
        eligible=len(made.eligible),
        drawn=len(chosen),
    )
    return made


def is_due(session: Session, *, now: datetime) -> bool:
    """Whether a draw is to be made: none this month yet, and something was closed long ago."""
    today = local_date(now)
    done = select(FollowUpDraw.id).where(FollowUpDraw.drawn_on >= today.replace(day=1))
    old = select(RectificationItem.id).where(
        RectificationItem.state == State.CLOSED.value,
        RectificationItem.closed_on <= today - timedelta(AFTER_DAYS),
    )
    is_done = session.scalar(done.limit(1)) is not None
    return not is_done and session.scalar(old.limit(1)) is not None


def redrawn(draw: FollowUpDraw) -> tuple[str, ...]:
    """Return what a stored draw draws, made again from its seed."""
    return tuple(sorted({*drawn(draw.seed, draw.eligible, draw.percent), *draw.reopened}))


def tasks(session: Session, actor: Actor, *, now: datetime) -> list[Task]:
    """Return the items that `actor` is to look at again, the most pressing first."""
    query = (
        select(RectificationItem, Organisation, FollowUp)
        .join(FollowUp, FollowUp.item_id == RectificationItem.id)
        .join(Organisation, Organisation.id == RectificationItem.org_id)
        .where(
            FollowUp.outcome == "",
            RectificationItem.state == State.CLOSED.value,
            organisations.within(actor, Action.VERIFY_ITEMS),
        )
        .order_by(FollowUp.due_on, RectificationItem.number)
    )
    calendar, today = load_calendar(session), local_date(now)
    return [
        Task(
            number=item.number,
            problem=item.problem,
            org_name=org.name,
            measures=item.measures,
            closed_on=item.closed_on,
            was_reopened=item.reopen_count > 0,
            deadline=deadline(calendar, task.due_on, today),
        )
        for item, org, task in session.execute(query)
    ]


def waits_for(session: Session, actor: Actor, found: Found) -> date | None:
    """Return by when `actor` is to look at an item again; None when that is not asked of them."""
    if _refused(found.view, actor) is not None or found.view.state is not State.CLOSED:
        return None
    return session.scalar(
        select(FollowUp.due_on).where(FollowUp.item_id == found.row.id, FollowUp.outcome == "")
    )


def record(
    session: Session, actor: Actor, number: str, *, holds: bool, note: str, now: datetime
) -> FollowUp:
    """Write down what was found on looking again; what has come back is reopened.

    Raises:
        NotFound: the item was not drawn, or was looked at already.
        NotYourStep: looking again is for verifiers and the district.
        SamePerson: the actor worked on it.
        ReasonRequired: it has come back, and nothing says how.
    """
    found = find(session, actor, number, lock=True)
    task = session.scalar(
        select(FollowUp).where(FollowUp.item_id == found.row.id, FollowUp.outcome == "")
    )
    if task is None or found.view.state is not State.CLOSED:
        raise NotFound("这件没有待做的回头看", "No follow-up of this item is waiting")
    if refusal := _refused(found.view, actor):
        raise refusal
    note = checked_text(note, NOTE_CHARS)
    if holds:
        role = acting_role(actor, found.owner, Action.VERIFY_ITEMS)
        note_act(session, actor, found, Act.FOLLOW_UP, now, note, role)
    elif not note:
        raise refusals.ReasonRequired("反弹了，请写明情况", "Say in what way it has come back")
    else:
        # The draw found it within its time, so the 90 days for anybody else do not apply.
        told = Given(f"{actor.display_name}回头看发现反弹：{note}")
        take(session, SYSTEM, found, State.REOPENED, told, now)
    task.outcome = "holds" if holds else "relapsed"
    task.done_by, task.done_at = actor.name, now
    session.flush()
    return task


def _refused(item: ItemView, actor: Actor) -> SurveyError | None:
    if not may(actor, Action.VERIFY_ITEMS, item.org_path):
        return belongs_to((Side.VERIFIER, Side.DISTRICT))
    if actor.name in item.handlers:
        return refusals.SamePerson("这件您办理过，要由别人回头看", "You worked on this item")
    return None


def _ripe(session: Session, today: date) -> Sequence[RectificationItem]:
    """Return the closed items old enough for a draw that were in none since they were closed."""
    known: set[str] = set()
    for draw in session.scalars(select(FollowUpDraw)):
        known |= {*draw.eligible, *draw.reopened}
    query = (
        select(RectificationItem)
        .where(
            RectificationItem.state == State.CLOSED.value,
            RectificationItem.closed_on <= today - timedelta(AFTER_DAYS),
        )
        .order_by(RectificationItem.number)
    )
    seen = select(FollowUp.item_id, FollowUp.cycle)
    looked_at = {tuple(row) for row in session.execute(seen)}
    return [
        item
        for item in session.scalars(query)
        if (item.id, item.reopen_count) not in looked_at
        and (item.reopen_count or item.number not in known)
    ]
