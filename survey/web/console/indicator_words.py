"""Indicators as pages say them: rules, values, states, periods and bars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as lazy

from reports.indicators import Benchmark
from survey import clock
from survey.indicators.models import IndicatorNode, IndicatorSet
from survey.indicators.periods import Cycle, Period, period_at
from survey.indicators.sets import main_cycle
from survey.indicators.standings import State
from survey.web.console.item_page import Badge
from survey.web.platform import platform
from survey.web.texts import language
from survey.web.texts import text as _

BAR_WIDTH = 240.0
QUARTERS = {
    1: lazy("%(year)s年一季度"),
    4: lazy("%(year)s年二季度"),
    7: lazy("%(year)s年三季度"),
    10: lazy("%(year)s年四季度"),
}
STATES = {
    State.MISSING: ("a", "s-new", lazy("没有填")),
    State.PENDING: ("c", "s-check", lazy("等上级审核")),
    State.APPROVED: ("d", "s-closed", lazy("已通过")),
    State.RETURNED: ("a", "s-reopened", lazy("退回更正")),
}
OWNERS = {"self": lazy("本单位"), "unit": lazy("上级单位"), "district": lazy("区办")}
CYCLES = {"month": lazy("每月"), "quarter": lazy("每季"), "year": lazy("每年")}


@dataclass(frozen=True)
class ScoreBar:
    """A score as a bar of 240 pixels, with its peer group's median and best quarter as lines."""

    length: float
    median: float | None
    quarter: float | None
    spoken: str


def today() -> date:
    """Return the present day of the platform's own time zone."""
    return clock.now().astimezone(platform().config.zone).date()


def period_name(period: Period) -> str:
    """Return what people call a period."""
    year = period.starts_on.year
    if period.cycle is Cycle.QUARTER:
        return str(QUARTERS[period.starts_on.month]) % {"year": year}
    if period.cycle is Cycle.MONTH:
        return _("%(year)s年%(month)s月", year=year, month=period.starts_on.month)
    return _("%(year)s年", year=year)


def sheet_period(of: IndicatorSet, period: Period) -> Period:
    """Return the period of the sheet that a value entered for `period` stands on."""
    cycle = main_cycle(of)
    return period_at(cycle, period.starts_on) if cycle.months > period.cycle.months else period


def badge_of(state: State) -> Badge:
    """Return a state as a badge."""
    group, icon, text = STATES[state]
    return Badge(group, icon, str(text))


def number(value: float | None) -> str:
    """Return a value as it was entered: no more decimals than it has, at most four."""
    return "—" if value is None else f"{value:,.4f}".rstrip("0").rstrip(".")


def amount(node: IndicatorNode, value: float | None) -> str:
    """Return a value with its unit."""
    if value is None:
        return _("不适用")
    gap = " " if language() == "en" and node.unit != "%" else ""
    return f"{number(value)}{gap}{node.unit}"


def rule_of(node: IndicatorNode) -> str:
    """Return how a value becomes points, in one sentence."""
    unit = node.unit
    if node.scoring == "linear":
        return _(
            "%(target)s得满分，%(floor)s得0分",
            target=number(node.target) + unit,
            floor=number(node.floor) + unit,
        )
    if node.scoring == "step":
        word = _("以上") if node.direction == "higher" else _("以内")
        return _("；").join(
            _(
                "%(edge)s%(word)s%(points)s分",
                edge=number(edge) + unit,
                word=word,
                points=number(points),
            )
            for edge, points in node.steps
        )
    if node.scoring == "deduction":
        return _("每%(unit)s扣%(points)s分", unit=unit or "1", points=number(node.points_each))
    limit = number(node.limit_value) + unit
    if node.direction == "lower":
        return _("超过%(limit)s，一票否决", limit=limit)
    return _("不到%(limit)s，一票否决", limit=limit)


def bar_of(score: float | None, mark: Benchmark | None) -> ScoreBar | None:
    """Return the bar of a score; None where there is none."""
    if score is None:
        return None
    median = mark.median if mark else None
    quarter = mark.best_quarter if mark else None
    said = [_("%(score)s分", score=f"{score:.1f}")]
    if median is not None:
        said.append(_("中位数%(score)s", score=f"{median:.1f}"))
    if quarter is not None:
        said.append(_("前四分之一%(score)s", score=f"{quarter:.1f}"))
    return ScoreBar(_pixels(score), _at(median), _at(quarter), _("，").join(said))


def _pixels(score: float) -> float:
    return round(BAR_WIDTH * score / 100, 1)


def _at(score: float | None) -> float | None:
    return None if score is None else _pixels(score)
