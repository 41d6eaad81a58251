"""A rectification item as its page prints it: state, deadline, stages, and what residents said."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as lazy

from reports.estimates import wilson
from survey.rectification.escalation import Notice
from survey.rectification.item import CLOSING_PERCENT, Recheck
from survey.rectification.states import (
    CLOCK_STOPPED,
    OWNER_WORKS,
    Look,
)
from survey.rectification.story import Story
from survey.rectification.workdays import Deadline, Tone
from survey.web.formats import short_day
from survey.web.texts import term
from survey.web.texts import text as _

METER_WIDTH = 260
CARDS = {
    Notice.REMINDER: (lazy("提醒"), "card-y"),
    Notice.YELLOW: (lazy("黄牌"), "card-y"),
    Notice.RED: (lazy("红牌"), "card-r"),
    Notice.INTERVIEW: (lazy("提请约谈"), "card-r"),
    Notice.RAISED: (lazy("提级办理"), "card-r"),
}
"""What an item was given, in a word, and how it looks."""


@dataclass(frozen=True)
class Badge:
    """A state: its colour group, its icon and its word."""

    group: str
    icon: str
    text: str


@dataclass(frozen=True)
class Chip:
    """A deadline: how pressing, its icon and its words."""

    kind: str
    icon: str
    text: str


@dataclass(frozen=True)
class Step:
    """One of the stages; `kind` is "past", "now" or empty."""

    name: str
    kind: str
    detail: str


@dataclass(frozen=True)
class Meter:
    """What residents said, with what the bar is drawn from; lengths in pixels."""

    share: float
    agree: int
    told: int
    low: float
    high: float
    width: int
    bar: float
    left: float
    right: float
    limit: float


def badge_of(look: Look) -> Badge:
    """Return the badge of a state."""
    return Badge(look.group.value, f"s-{look.icon}", term(look.label, "state"))


def chip_of(deadline: Deadline) -> Chip | None:
    """Return the chip of a deadline, or None where nothing is due."""
    kinds = {
        Tone.CALM: ("ok", "d-soon"),
        Tone.SOON: ("soon", "d-soon"),
        Tone.LATE: ("late", "d-late"),
        Tone.PAUSED: ("ok", "s-pause"),
    }
    if deadline.tone not in kinds:
        return None
    kind, icon = kinds[deadline.tone]
    return Chip(kind, icon, _words_of(deadline))


def _words_of(deadline: Deadline) -> str:
    """Return how pressing a deadline is, as `Deadline.words` has it in Chinese."""
    days = abs(deadline.workdays)
    texts = {
        Tone.PAUSED: _("暂停计时"),
        Tone.LATE: _("逾期%(days)s天", days=days),
    }
    left = _("还有%(days)s天", days=days) if days else _("今天到期")
    return texts.get(deadline.tone, left)


def deadline_of(story: Story) -> Deadline:
    """Return the deadline that presses now: the item's own during the work, then the step's."""
    state = story.row.state
    return story.row.deadline if state in OWNER_WORKS | CLOCK_STOPPED else story.step


def steps_of(story: Story) -> tuple[Step, ...]:
    """Return the stages with their days; the ones to come say who takes them."""
    who = {"单位审核": _("单位管理员"), "验收": _("验收员"), "销号": _("区办审批")}
    return tuple(
        Step(
            name=term(stage.label, "stage"),
            kind="now" if stage.is_current else "past" if stage.is_done else "",
            detail=short_day(stage.on)
            if stage.on
            else ""
            if stage.is_done
            else who.get(stage.label, ""),
        )
        for stage in story.stages
    )


def warning_of(story: Story) -> str:
    """Return what to know about the deadline where holidays are not known; empty otherwise."""
    if not story.unknown_years:
        return ""
    years = _("、").join(_("%(year)s年", year=year) for year in story.unknown_years)
    return _("%(years)s的放假安排还没有导入，期限先按周末推算", years=years)


def meter_of(result: Recheck | None) -> Meter | None:
    """Return the bar of a recheck's result; None without one, or where nobody said yes or no."""
    if result is None or result.agreement is None:
        return None
    told = result.agree + result.disagree
    interval = wilson(result.agree, told)
    return Meter(
        share=result.agreement,
        agree=result.agree,
        told=told,
        low=interval.low,
        high=interval.high,
        width=METER_WIDTH,
        bar=round(result.agreement * METER_WIDTH, 1),
        left=round(interval.low * METER_WIDTH, 1),
        right=round(interval.high * METER_WIDTH, 1),
        limit=CLOSING_PERCENT / 100 * METER_WIDTH,
    )
