"""What stands around an item beside its next step: requests, plan, triage, suspicion, relatives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Actor, may
from survey.rectification import follow_ups, requests, suspicion, triage
from survey.rectification.asking import ask_refused
from survey.rectification.calendar import load_calendar
from survey.rectification.handling_models import ItemRequest, ItemStage, RequestKind
from survey.rectification.item import ItemView, Suspicion
from survey.rectification.loading import Found, find
from survey.rectification.models import RectificationItem
from survey.rectification.states import OPEN_STATES, STEP_WORKDAYS, State
from survey.rectification.triage import Handling
from survey.rectification.workdays import Calendar, add_workdays, local_date


@dataclass(frozen=True)
class Asked:
    """A request that waits for its answer; `may_answer`: it is this person's to answer."""

    kind: RequestKind
    words: str
    reason: str
    by: str
    at: datetime
    may_answer: bool


@dataclass(frozen=True)
class PlannedStage:
    """A stage of a long-term plan; `reached_on` is None until it was found reached."""

    goal: str
    due_on: date
    reached_on: date | None


@dataclass(frozen=True)
class Circumstances:
    """All of it, for one actor; the tuples of kinds are what this person may do now.

    `immediate_by` and `dated_by` are the days that two of the exits come to. `appeal_until` is the
    last day for an appeal, None when that is over or not the state for it; `appeal_decide_by` the
    last day for the district to answer one. `notice_until` is the last day of a public notice.
    `precursor` is the closed item that this one repeats, `followers` those that repeat this one.
    """

    requests: tuple[Asked, ...]
    may_ask: tuple[RequestKind, ...]
    exits: tuple[Handling, ...]
    handling: Handling | None
    is_works: bool
    may_free_of_pictures: bool
    immediate_by: date
    dated_by: date
    appeal_until: date | None
    appeal_decide_by: date | None
    is_appeal_late: bool
    plan: tuple[PlannedStage, ...]
    notice_until: date | None
    is_raised: bool
    suspicion: Suspicion
    may_suspect: bool
    may_judge: bool
    follow_up_by: date | None
    precursor: str
    followers: tuple[str, ...]


def circumstances_of(
    session: Session, actor: Actor, number: str, *, now: datetime
) -> Circumstances:
    """Return what stands around the item `number`, as `actor` sees it.

    Raises:
        NotFound: there is no such item within what the actor sees.
    """
    found = find(session, actor, number)
    row, view, today = found.row, found.view, local_date(now)
    calendar = load_calendar(session)
    asked = _asked(session, actor, found, today)
    decide_by, told = _decide_by(view, calendar), _suspicion(found, actor)
    return Circumstances(
        requests=asked,
        may_ask=tuple(
            kind
            for kind in RequestKind
            if ask_refused(view, actor, kind, today=today) is None
            and kind not in {each.kind for each in asked}
        ),
        exits=tuple(each for each in Handling if triage.refused(row, view, actor, each) is None),
        handling=Handling(row.handling) if row.handling else None,
        is_works=row.is_works,
        may_free_of_pictures=may(actor, Action.CHECK_ITEMS, view.org_path),
        immediate_by=triage.due_under(row, Handling.IMMEDIATE, calendar, today),
        dated_by=triage.due_under(row, Handling.DATED, calendar, today),
        appeal_until=_appeal_until(view, today),
        appeal_decide_by=decide_by,
        is_appeal_late=decide_by is not None and today > decide_by,
        plan=_plan(session, row),
        notice_until=row.notice_until if view.state is State.RECHECK else None,
        is_raised=view.is_raised and view.state in OPEN_STATES,
        suspicion=told,
        may_suspect=suspicion.may_suspect(view, actor) and told is not Suspicion.SUSPECTED,
        may_judge=row.suspicion == Suspicion.SUSPECTED and may(actor, Action.SUPERVISE),
        follow_up_by=follow_ups.waits_for(session, actor, found),
        precursor=row.precursor,
        followers=_followers(session, row),
    )


def _asked(session: Session, actor: Actor, found: Found, today: date) -> tuple[Asked, ...]:
    waiting = session.scalars(
        select(ItemRequest)
        .where(ItemRequest.item_id == found.row.id, ItemRequest.is_granted.is_(None))
        .order_by(ItemRequest.id)
    )
    return tuple(
        Asked(
            kind=RequestKind(each.kind),
            words=requests.described(each),
            reason=each.reason,
            by=each.asked_name,
            at=each.asked_at,
            may_answer=requests.answer_refused(found.view, actor, each, today=today) is None,
        )
        for each in waiting
    )


def _suspicion(found: Found, actor: Actor) -> Suspicion:
    """Return how a suspicion stands, as far as `actor` may know of it."""
    stands = Suspicion(found.row.suspicion)
    is_told = stands is Suspicion.CONFIRMED or suspicion.may_know(found.view, actor)
    return stands if is_told else Suspicion.NONE


def _appeal_until(view: ItemView, today: date) -> date | None:
    is_open = view.state in (State.ASSIGNED, State.ACCEPTED)
    until = view.appeal_until
    return until if is_open and until is not None and today <= until else None


def _decide_by(view: ItemView, calendar: Calendar) -> date | None:
    if view.state is not State.APPEAL:
        return None
    return add_workdays(calendar, local_date(view.entered_at), STEP_WORKDAYS[State.APPEAL])


def _plan(session: Session, row: RectificationItem) -> tuple[PlannedStage, ...]:
    kept = session.scalars(
        select(ItemStage).where(ItemStage.item_id == row.id).order_by(ItemStage.due_on)
    )
    return tuple(PlannedStage(each.goal, each.due_on, each.reached_on) for each in kept)


def _followers(session: Session, row: RectificationItem) -> tuple[str, ...]:
    """Return the later items that repeat this one, which lies where they do."""
    item = RectificationItem
    query = select(item.number).where(item.precursor == row.number, item.org_id == row.org_id)
    return tuple(session.scalars(query.order_by(item.number)))
