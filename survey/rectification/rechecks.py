"""Residents judge what was put right: windows open, end, are counted and decided by themselves.

The table of domain.md 4.8. Every step is found due from what is stored and taken in one
transaction, so that whatever breaks off is taken again, and twice changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.accounts.policy import SYSTEM
from survey.audit import service as audit
from survey.collection.boxes import midnight
from survey.collection.models import CollectionPoint
from survey.db import Sessions, reading
from survey.rectification import service
from survey.rectification.calendar import load_calendar
from survey.rectification.closing import BAD_RATING_WORKDAYS, EXTENSION_WORKDAYS, WINDOW_WORKDAYS
from survey.rectification.item import ENOUGH_RESIDENTS, Verdict
from survey.rectification.models import RectificationItem
from survey.rectification.recheck_counts import Said, is_counted, said_in
from survey.rectification.recheck_models import Outcome, RecheckWindow
from survey.rectification.recheck_rounds import Tools, point_for
from survey.rectification.states import Act, Source, State
from survey.rectification.steps import add_transition
from survey.rectification.workdays import CHINA, add_workdays, local_date

OUTCOMES = {
    Verdict.CLOSE: Outcome.CLOSED,
    Verdict.REOPEN: Outcome.REOPENED,
    Verdict.DISTRICT: Outcome.DISTRICT,
    Verdict.TWO_VERIFIERS: Outcome.TWO_VERIFIERS,
}


@dataclass(frozen=True)
class Due:
    """What is to be done now: items to ask about, and windows to end; numbers of items."""

    to_open: tuple[str, ...]
    to_end: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.to_open or self.to_end)

    @property
    def name(self) -> str:
        """Short and the same for the same work, so that it is asked for once."""
        return hashlib.sha256(repr((self.to_open, self.to_end)).encode()).hexdigest()[:12]


def due(session: Session, *, now: datetime) -> Due:
    """Return which items wait for their window, and which windows are over and can be counted.

    A window whose item has left its recheck is over at once: somebody decided before its time, and
    it may stand in the next one by now.
    """
    item, window = RectificationItem, RecheckWindow
    known = select(window.id).where(window.item_id == item.id, window.cycle == item.reopen_count)
    to_open = select(item.number).where(
        item.state == State.RECHECK, item.recheck_n.is_(None), ~known.exists()
    )
    running = (
        select(item, window)
        .join(window, window.item_id == item.id)
        .where(window.outcome == Outcome.RUNNING)
        .order_by(item.number)
    )
    to_end = (
        each.number
        for each, asked in session.execute(running)
        if not _is_asked_in(each, asked) or (asked.closes_at <= now and is_counted(session, asked))
    )
    return Due(tuple(session.scalars(to_open.order_by(item.number))), tuple(to_end))


def do_due(sessions: Sessions, tools: Tools, *, now: datetime) -> Due:
    """Take every step that is due, each in a transaction of its own; return what was done."""
    with reading(sessions) as session:
        found = due(session, now=now)
    for number in found.to_end:
        with sessions.begin() as session:
            window = stop_asking(session, number, now=now)
            if window is not None:
                # Before the commit: should that fail, the window is over all the same.
                tools.keystore.destroy(window.vote_key)
    # Last: whatever is in the way of new windows, the keys of old ones go in their time.
    for number in found.to_open:
        with sessions.begin() as session:
            start_asking(session, tools, number, now=now)
    return found


def start_asking(
    session: Session, tools: Tools, number: str, *, now: datetime
) -> RecheckWindow | None:
    """Ask residents about the item `number` from now on; None where that is done or not called for.

    Raises:
        QuestionnaireNotFound: the form of rechecks has not been imported.
    """
    item = _locked(session, number)
    if item.state != State.RECHECK or window_of(session, item) is not None:
        return None
    is_bad_rating = item.source == Source.HCP_BAD
    workdays = BAD_RATING_WORKDAYS if is_bad_rating else WINDOW_WORKDAYS
    today = local_date(now)
    closes_at = _end_of(add_workdays(load_calendar(session), today, workdays))
    point = point_for(session, tools, item, closes_at, now=now)
    window = RecheckWindow(
        item_id=item.id,
        cycle=item.reopen_count,
        point_id=point.id,
        opened_on=today,
        closes_at=closes_at,
        vote_key=tools.keystore.create(f"{number} {item.reopen_count}"),
        outcome=Outcome.RUNNING.value,
    )
    session.add(window)
    session.flush()
    _record(session, item, "rectification.open_recheck", now, until=closes_at.isoformat())
    return window


def stop_asking(session: Session, number: str, *, now: datetime) -> RecheckWindow | None:
    """End the window of the item `number` that is over; return it once it is decided.

    Fewer than ten: it goes on for five working days, once; None then, and where nothing was due.
    """
    item = _locked(session, number)
    window = session.scalar(
        select(RecheckWindow).where(
            RecheckWindow.item_id == item.id, RecheckWindow.outcome == Outcome.RUNNING
        )
    )
    if window is None:
        return None
    if not _is_asked_in(item, window):
        window.closes_at = min(window.closes_at, now)
        _end(session, window, Outcome.STOPPED, now)
        return window
    if window.closes_at > now or not is_counted(session, window):
        return None
    said = said_in(session, window)
    if said.n < ENOUGH_RESIDENTS and not window.is_extended:
        _extend(session, item, window, now)
        return None
    _decide(session, item, window, said, now)
    return window


def window_of(session: Session, item: RectificationItem) -> RecheckWindow | None:
    """Return the window of an item since it was last reopened; None before it has one."""
    return session.scalar(
        select(RecheckWindow).where(
            RecheckWindow.item_id == item.id, RecheckWindow.cycle == item.reopen_count
        )
    )


def running_windows(
    session: Session, items: Sequence[RectificationItem], *, now: datetime
) -> dict[int, tuple[RecheckWindow, CollectionPoint]]:
    """Return the windows in which residents may answer `now`, with their points, by item id."""
    query = (
        select(RecheckWindow, CollectionPoint)
        .join(CollectionPoint, CollectionPoint.id == RecheckWindow.point_id)
        .where(
            RecheckWindow.item_id.in_([item.id for item in items]),
            RecheckWindow.outcome == Outcome.RUNNING,
            RecheckWindow.closes_at > now,
        )
    )
    cycles = {item.id: item.reopen_count for item in items}
    return {
        window.item_id: (window, point)
        for window, point in session.execute(query)
        if window.cycle == cycles[window.item_id]
    }


def _is_asked_in(item: RectificationItem, window: RecheckWindow) -> bool:
    """Whether a window is the one in which residents judge the item as it stands."""
    return item.state == State.RECHECK and window.cycle == item.reopen_count


def _extend(
    session: Session, item: RectificationItem, window: RecheckWindow, now: datetime
) -> None:
    calendar = load_calendar(session)
    last_day = local_date(window.closes_at - timedelta(microseconds=1))
    # A worker that was away must not use up days in which nobody could answer.
    start = max(last_day, local_date(now) - timedelta(1))
    window.closes_at = _end_of(add_workdays(calendar, start, EXTENSION_WORKDAYS))
    window.is_extended = True
    session.get_one(CollectionPoint, window.point_id).closes_at = window.closes_at
    until = local_date(window.closes_at - timedelta(microseconds=1))
    note = f"参加再评价的不足{ENOUGH_RESIDENTS}人，再开放{EXTENSION_WORKDAYS}个工作日，到{until}"
    add_transition(item, SYSTEM, SYSTEM.name, Act.EXTEND, State.RECHECK, now, note)
    session.flush()
    _record(session, item, "rectification.extend_recheck", now, until=window.closes_at.isoformat())


def _decide(
    session: Session, item: RectificationItem, window: RecheckWindow, said: Said, now: datetime
) -> None:
    verdict = service.record_recheck(session, item.number, said.disclosed, now=now)
    _end(session, window, OUTCOMES[verdict], now)


def _end(session: Session, window: RecheckWindow, outcome: Outcome, now: datetime) -> None:
    window.outcome = outcome.value
    window.decided_on = local_date(now)
    session.get_one(CollectionPoint, window.point_id).closes_at = window.closes_at
    session.flush()


def _locked(session: Session, number: str) -> RectificationItem:
    query = select(RectificationItem).where(RectificationItem.number == number).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def _end_of(day: date) -> datetime:
    """Return the instant at which a day is over, where working days are counted."""
    return midnight(day + timedelta(1), CHINA)


def _record(
    session: Session, item: RectificationItem, act: str, now: datetime, **data: str
) -> None:
    audit.record(session, actor=SYSTEM.name, act=act, subject=item.number, now=now, **data)
