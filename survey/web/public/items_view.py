"""The board of items in sentences and small pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from survey.rectification.board import FUNNEL, REACHED, Board
from survey.rectification.following import FEW, PublicItem
from survey.rectification.item import ENOUGH_RESIDENTS
from survey.rectification.public_board import FEW_ITEMS
from survey.rectification.states import LOOKS, OWNER_WORKS, Group
from survey.rectification.statistics import Share, Statistics
from survey.web.public.items_wording import words
from survey.web.public.wording import full_day

COLOURS = {
    Group.WAITING: "#e9b27c",
    Group.IN_WORK: "#2a6db0",
    Group.CHECKING: "#ccd6d3",
    Group.SETTLED: "#123f49",
}
"""Lightness tells them apart in grey print; the words below carry it alone."""

WIDTH = 840


@dataclass(frozen=True)
class Piece:
    """A group of states in the picture: where it begins and how wide it is, of `WIDTH`."""

    group: str
    count: int
    colour: str
    left: float
    width: float


@dataclass(frozen=True)
class Indicator:
    """An indicator: what it is called, its value, what that was made of, and how."""

    name: str
    value: str
    made_of: str
    how: str


@dataclass(frozen=True)
class Where:
    """How far an item has come: step `step` of `steps`."""

    step: int
    steps: int


def groups_of(board: Board) -> tuple[Piece, ...]:
    """Return the groups of states, those with nothing in them too."""
    counts = dict.fromkeys(Group, 0)
    for state, count in board.states.items():
        counts[LOOKS[state].group] += count
    total, left, found = max(1, board.whole.total), 0.0, []
    for group, count in counts.items():
        width = round(WIDTH * count / total, 1)
        found.append(Piece(group.value, count, COLOURS[group], round(left, 1), width))
        left += width
    return tuple(found)


def indicators_of(figures: Statistics, t: Mapping[str, str]) -> tuple[Indicator, ...]:
    """Return the indicators (domain.md 4.9), each beside what it is a share of.

    Of a few items only the numbers are given, of a few people nothing (domain.md 3.12).
    """
    shares = (
        ("accepted_in_time", figures.accepted_in_time),
        ("fixed_in_time", figures.fixed_in_time),
        ("closed", figures.closed),
        ("reopened", figures.reopened),
        ("called_back", figures.called_back),
    )
    found = [
        Indicator(t[name], _value(share), _made_of(share), t[f"{name}_how"])
        if name != "called_back" or share.whole >= FEW_ITEMS
        else Indicator(t[name], t["few"], "", t[f"{name}_how"])
        for name, share in shares
    ]
    found.append(_agreeing(figures.agreeing, t))
    days = figures.median_days
    value = "—" if days is None else t["median_value"].format(days=f"{days:g}")
    how = t["median_how"].format(count=f"{figures.measured:,}")
    found.append(Indicator(t["median"], value, "", how))
    return tuple(found)


def when(item: PublicItem, language: str) -> str:
    """Return until when an item should be put right, since when it is, or how long overdue."""
    t = words(language)
    if item.done_on is not None:
        return t["done"].format(date=full_day(item.done_on, language, by_month=item.by_month))
    if item.overdue_days:
        return t["overdue_days"].format(days=item.overdue_days)
    due = full_day(item.due_on, language, by_month=item.by_month)
    if item.is_overdue:
        return t["overdue"].format(date=due)
    if item.state not in OWNER_WORKS:
        return t["checking"] if item.look.group is Group.CHECKING else ""
    return t["due"].format(date=due)


def where_of(item: PublicItem) -> Where:
    """Return how far an item has come along the usual way."""
    return Where(REACHED[item.state] + 1, len(FUNNEL))


def _made_of(share: Share) -> str:
    return f"{share.part:,}/{share.whole:,}" if share.whole else "—"


def _value(share: Share) -> str:
    return "" if share.value is None or share.whole < FEW_ITEMS else f"{share.value:.1%}"


def _agreeing(share: Share, t: Mapping[str, str]) -> Indicator:
    name, how = t["agreeing"], t["agreeing_how"]
    is_few = share.whole < ENOUGH_RESIDENTS
    if is_few or (share.whole < FEW and share.part in (0, share.whole)):
        return Indicator(name, t["few"], "", how)
    return Indicator(name, f"{share.value:.1%}", f"{share.part:,}/{share.whole:,}", how)
