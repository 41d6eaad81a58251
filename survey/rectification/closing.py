"""When an item may be closed: what residents, verifiers and the notice must have said (4.8)."""

from __future__ import annotations

from datetime import date

from survey.errors import SurveyError
from survey.rectification import refusals
from survey.rectification.item import ENOUGH_RESIDENTS, ItemView, Recheck, Verdict
from survey.rectification.states import Act, Move, Source, State
from survey.rectification.workdays import Calendar, add_workdays

WINDOW_WORKDAYS = 5
BAD_RATING_WORKDAYS = 3
EXTENSION_WORKDAYS = 5
"""How long residents are asked, about bad ratings, and once more (domain.md 4.4, 4.8)."""


EXPLAINED = (Verdict.TWO_VERIFIERS, Verdict.DISTRICT)
"""Results that do not close an item by themselves: whoever closes it all the same says why."""


def not_closable(item: ItemView, today: date) -> SurveyError | None:
    """Return why `item` may not be closed today, or None when everything allows it."""
    if item.state is State.VERIFIED and not item.needs_recheck:
        return None
    if item.recheck is None or item.state is State.VERIFIED:
        return refusals.RecheckRequired(
            "这件要先请群众再评价，登记结果后才能销号",
            "Residents must be asked first",
        )
    if item.recheck.verdict is Verdict.REOPEN:
        return refusals.RecheckFailed(
            "同意销号的不到60%，或者过半数说没有解决，不能销号，请复号",
            "Fewer than 60 % agree, or more than half call it unsolved; reopen the item",
        )
    if is_small(item.recheck) and len(item.acceptors) < 2:
        return refusals.SecondAcceptanceRequired(
            "再评价不足10人，要有两位验收员都验收通过",
            "Fewer than 10 took part: two must accept",
        )
    if is_small(item.recheck) and not (item.notice_until and today > item.notice_until):
        until = f"，到{item.notice_until:%Y-%m-%d}" if item.notice_until else ""
        return refusals.NoticeRunning(
            f"再评价不足10人，要公示5个工作日{until}，期满再销号",
            f"Fewer than 10 took part: the public notice runs until {item.notice_until}",
        )
    return None


def recorded_too_early(item: ItemView, recheck: Recheck | None, today: date) -> SurveyError | None:
    """Return why a result taken in by hand must wait, or None when it may be recorded today.

    Fewer than ten count only when residents had the time of a window and its one extension.
    """
    if not is_small(recheck) or item.few_until is None or today > item.few_until:
        return None
    return refusals.RecheckTooEarly(
        f"参评不足{ENOUGH_RESIDENTS}人，要再开放一次，{item.few_until:%Y-%m-%d}以后再登记",
        f"Fewer than {ENOUGH_RESIDENTS} took part: ask until {item.few_until}, then record it",
    )


def few_until(source: Source, started: date, calendar: Calendar) -> date:
    """Return the last day of a recheck that started then, with its one extension (4.4, 4.8)."""
    window = BAD_RATING_WORKDAYS if source is Source.HCP_BAD else WINDOW_WORKDAYS
    return add_workdays(calendar, started, window + EXTENSION_WORKDAYS)


def is_small(recheck: Recheck | None) -> bool:
    """Whether so few took part that two verifiers and a public notice take their place."""
    return recheck is not None and recheck.verdict is Verdict.TWO_VERIFIERS


def closing_needs_reason(item: ItemView, move: Move) -> bool:
    """Whether closing goes beyond what residents said, and so must be explained."""
    if move.act is not Act.CLOSE or item.recheck is None or item.state is not State.RECHECK:
        return False
    return item.recheck.verdict in EXPLAINED
