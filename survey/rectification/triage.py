"""How an item is to be dealt with, and stages whose day has come (domain.md 2.10, 4.4)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.accounts.policy import SYSTEM, Action, Actor, may
from survey.errors import SurveyError
from survey.rectification import refusals
from survey.rectification.calendar import load_calendar
from survey.rectification.item import ItemView
from survey.rectification.loading import find
from survey.rectification.models import RectificationItem
from survey.rectification.rules import Given, belongs_to
from survey.rectification.service import NOTE_CHARS, refuse_changed
from survey.rectification.states import Act, Side, Source, State
from survey.rectification.steps import acting_role, checked_text, note_act, take
from survey.rectification.workdays import Calendar, add_workdays, local_date

IMMEDIATE_WORKDAYS = 3
COMPLEX_WORKDAYS = 15
OPEN_TO_TRIAGE = frozenset({State.ASSIGNED, State.ACCEPTED, State.IN_PROGRESS})


class Handling(StrEnum):
    """How an item is dealt with; explaining, appealing and long-term plans are moves."""

    IMMEDIATE = "immediate"
    DATED = "dated"
    COMPLEX = "complex"


HANDLING_LABELS = {
    Handling.IMMEDIATE: "立行立改",
    Handling.DATED: "限期整改",
    Handling.COMPLEX: "复杂问题",
}


def classify(
    session: Session,
    actor: Actor,
    number: str,
    handling: Handling,
    *,
    now: datetime,
    note: str = "",
    is_works: bool | None = None,
    revision: int | None = None,
) -> RectificationItem:
    """Say how an item is dealt with: at once (three working days), by its date, or as complex.

    An owner may bind themselves to a shorter limit; a longer one is for those above to give.
    `is_works` asks for pictures of before and after; those above alone take that back.

    Raises:
        NotFound, ChangedMeanwhile, NotInState, NotYourStep, ReasonRequired: as in `advance`.
    """
    found = find(session, actor, number, lock=True)
    refuse_changed(found.row, revision)
    row, note = found.row, checked_text(note, NOTE_CHARS)
    frees = is_works is False and row.is_works
    refusal = refused(row, found.view, actor, handling, frees=frees)
    if refusal is None and handling is Handling.COMPLEX and not note:
        refusal = refusals.ReasonRequired("定为复杂问题要写明理由", "Say why it is complex")
    if refusal:
        raise refusal
    row.due_on = due_under(row, handling, load_calendar(session), local_date(now))
    if handling is Handling.COMPLEX:
        row.limit_workdays = COMPLEX_WORKDAYS
    row.handling = handling.value
    row.is_works = row.is_works if is_works is None else is_works
    words = [f"{HANDLING_LABELS[handling]}，{row.due_on:%Y-%m-%d}到期"]
    words += ["工程类，要有整改前后照片"] if row.is_works else []
    told = "；".join(words) + (f"。{note}" if note else "")
    is_above = may(actor, Action.CHECK_ITEMS, found.view.org_path)
    right = Action.CHECK_ITEMS if is_above else Action.OWN_ITEMS
    role = acting_role(actor, found.owner, right)
    note_act(session, actor, found, Act.CLASSIFY, now, told, role)
    return row


def due_stages(session: Session, *, now: datetime) -> tuple[str, ...]:
    """Return the numbers of the items whose stage has ended."""
    query = (
        select(RectificationItem.number)
        .where(
            RectificationItem.state == State.LONGTERM.value,
            RectificationItem.stage_on <= local_date(now),
        )
        .order_by(RectificationItem.number)
    )
    return tuple(session.scalars(query))


def resume_due_stages(session: Session, *, now: datetime) -> tuple[str, ...]:
    """Take every item whose stage has ended back to work; done again, nothing changes."""
    numbers = due_stages(session, now=now)
    for number in numbers:
        found = find(session, SYSTEM, number, lock=True)
        take(session, SYSTEM, found, State.IN_PROGRESS, Given(), now)
    return numbers


def refused(
    row: RectificationItem, item: ItemView, actor: Actor, handling: Handling, *, frees: bool = False
) -> SurveyError | None:
    """Return why `actor` may not have `item` dealt with so, or None when it is allowed.

    `frees`: it would also no longer need pictures of before and after.
    """
    is_above = may(actor, Action.CHECK_ITEMS, item.org_path)
    # An item that nobody has classified is dealt with by its date already.
    present = row.handling or Handling.DATED.value
    lengthens = handling is not Handling.IMMEDIATE and handling.value != present
    if (lengthens or frees) and not is_above:
        return belongs_to((Side.UNIT, Side.DISTRICT))
    if not is_above and not may(actor, Action.OWN_ITEMS, item.org_path):
        return belongs_to((Side.OWNER, Side.UNIT))
    if item.state not in OPEN_TO_TRIAGE:
        return refusals.NotInState(
            "申请销号以前才能定性", "It is too early or too late to say how it is dealt with"
        )
    if handling is Handling.COMPLEX and item.source is not Source.HCP_BAD:
        return refusals.NotInState(
            "只有差评分简单和复杂两种时限，其他问题请用延期",
            "Only bad ratings have a limit of their own for complex cases; extend the deadline",
        )
    return None


def due_under(row: RectificationItem, handling: Handling, calendar: Calendar, today: date) -> date:
    """Return the day by which an item is to be put right when it is dealt with so from today."""
    if handling is Handling.IMMEDIATE:
        return min(row.due_on, add_workdays(calendar, today, IMMEDIATE_WORKDAYS))
    if handling is Handling.COMPLEX:
        whole = add_workdays(calendar, row.registered_on, COMPLEX_WORKDAYS)
        return max(row.due_on, whole)
    return max(row.due_on, add_workdays(calendar, row.registered_on, row.limit_workdays))
