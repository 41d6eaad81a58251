"""What follows when a deadline passes: reminder, cards, interview, points (domain.md 4.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from survey.rectification.item import Suspicion
from survey.rectification.states import OWNER_WORKS, SETTLED_STATES, State
from survey.rectification.workdays import Calendar, add_workdays, is_workday, last_workday

ESCALATED_REOPENINGS = 2
YELLOW_AFTER, RED_AFTER, INTERVIEW_AFTER = 1, 5, 10
"""Working days overdue."""


class Card(StrEnum):
    """A step of supervision; the value names its letter."""

    YELLOW = "yellow"
    RED = "red"
    INTERVIEW = "interview"
    RAISED = "raised"

    @property
    def label(self) -> str:
        """What offices call it."""
        return _LABELS[self]


_LABELS = {
    Card.YELLOW: "黄牌：提醒函",
    Card.RED: "红牌：督办单",
    Card.INTERVIEW: "约谈",
    Card.RAISED: "提级办理",
}


def card_of(overdue: int, reopen_count: int = 0) -> Card | None:
    """Return the highest step that an item has come to.

    `overdue` is in working days, 0 where nothing is overdue.
    """
    if reopen_count >= ESCALATED_REOPENINGS:
        return Card.RAISED
    for least, card in (
        (INTERVIEW_AFTER, Card.INTERVIEW),
        (RED_AFTER, Card.RED),
        (YELLOW_AFTER, Card.YELLOW),
    ):
        if overdue >= least:
            return card
    return None


REMINDED_BEFORE = 3
"""Working days before the deadline."""
RED_POINTS = 1
"""What a red card announces. Composites take it off each item whose deadline is a red card's today,
five at most (domain.md 3.6, 4.5); `red_since` is where both agree from when that is."""


class Notice(StrEnum):
    """Something that somebody is to be told."""

    REMINDER = "reminder"
    YELLOW = "yellow"
    RED = "red"
    INTERVIEW = "interview"
    RAISED = "raised"
    SUSPECTED = "suspected"


class Addressee(StrEnum):
    """Who is to be told; `SECRETARY` is the unit's, `GROUP` the leading group."""

    OWNER = "owner"
    UNIT = "unit"
    SECRETARY = "secretary"
    GROUP = "group"
    DISTRICT = "district"
    SUPERVISOR = "supervisor"
    VERIFIER = "verifier"


ADDRESSEES: dict[Notice, tuple[Addressee, ...]] = {
    Notice.REMINDER: (Addressee.OWNER,),
    Notice.YELLOW: (Addressee.OWNER, Addressee.UNIT),
    Notice.RED: (Addressee.SECRETARY,),
    Notice.INTERVIEW: (Addressee.GROUP,),
    Notice.RAISED: (Addressee.DISTRICT,),
    Notice.SUSPECTED: (Addressee.SUPERVISOR,),
}


@dataclass(frozen=True)
class Pressed:
    """What decides who is told about an item."""

    number: str
    state: State
    due_on: date
    reopen_count: int = 0
    suspicion: Suspicion = Suspicion.NONE


@dataclass(frozen=True)
class DueNotice:
    """A notice that has become due on the day `since`, and the points it takes off.

    `key` names it for good: asked again on a later day it is the same, and after an extension or
    a reopening the notices of the new deadline have keys of their own.
    """

    kind: Notice
    to: tuple[Addressee, ...]
    since: date
    points: int
    key: str


def due_notices(item: Pressed, today: date, calendar: Calendar) -> list[DueNotice]:
    """Return the notices about an item that have become due by `today`, the oldest first.

    Those of the deadline are due only while the owner works: nothing while the clock stands, nor
    once the work is handed in. What a day without a worker missed is still due the day after.
    """
    found: list[DueNotice] = []
    if item.state in OWNER_WORKS:
        ladder = (
            (Notice.REMINDER, _workday_before(calendar, item.due_on, REMINDED_BEFORE), 0),
            (Notice.YELLOW, add_workdays(calendar, item.due_on, YELLOW_AFTER), 0),
            (Notice.RED, add_workdays(calendar, item.due_on, RED_AFTER), RED_POINTS),
            (Notice.INTERVIEW, add_workdays(calendar, item.due_on, INTERVIEW_AFTER), 0),
        )
        found += [
            _notice(item, kind, since, points, f"{item.due_on}")
            for kind, since, points in ladder
            if since <= today
        ]
    if item.reopen_count >= ESCALATED_REOPENINGS and item.state not in SETTLED_STATES:
        found.append(_notice(item, Notice.RAISED, today, 0, f"{item.reopen_count}"))
    if item.suspicion is Suspicion.SUSPECTED:
        found.append(_notice(item, Notice.SUSPECTED, today, 0, f"{item.reopen_count}"))
    return found


def red_since(calendar: Calendar, today: date) -> date:
    """Return the latest deadline that has come to its red card by `today`.

    What was due on that day or before costs its owner a point while the owner has not handed it in.
    """
    day, passed = today, 0
    while passed < RED_AFTER:
        passed += is_workday(calendar, day)
        day -= timedelta(1)
    return day


def _notice(item: Pressed, kind: Notice, since: date, points: int, mark: str) -> DueNotice:
    key = f"{item.number}/{kind}/{item.reopen_count}/{mark}"
    return DueNotice(kind, ADDRESSEES[kind], since, points, key)


def _workday_before(calendar: Calendar, day: date, count: int) -> date:
    """Return the first day, a working day, from which `count` working days are left until `day`."""
    found = last_workday(calendar, day)
    for _ in range(count):
        found = last_workday(calendar, found - timedelta(1))
    return found
