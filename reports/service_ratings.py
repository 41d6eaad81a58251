"""Rates of the good/bad rating of services (form D), 好差评.

Rules: domain.md 2.8 and 3.13 rule 12; docs/methods.md, section 16.
"""

from __future__ import annotations

from dataclasses import dataclass

from reports.estimates import Coverage, rate, spread_of
from reports.figures import Rate
from reports.points import FIVE_LEVELS
from reports.rules import RuleSet
from reports.tally import Counts

POINTS = {"5": 100.0, "4": 80.0, "3": 60.0, "2": 30.0, "1": 0.0}


@dataclass(frozen=True)
class Handling:
    """What became of bad ratings.

    Attributes:
        verified: bad ratings found true, and so to be put right.
        withdrawn: bad ratings taken back after an appeal was upheld.
        fixed_on_time, fixed_late: of the verified ones.
        left_number, called_back: ratings with a call-back number, and those called.
    """

    verified: int = 0
    withdrawn: int = 0
    fixed_on_time: int = 0
    fixed_late: int = 0
    left_number: int = 0
    called_back: int = 0


@dataclass(frozen=True)
class RatingFigures:
    """Ratings of one window in one period.

    Attributes:
        rated: ratings.
        active_rate: rated of the cases handled (主动评价率), 0–1; None where cases are unknown.
        good: 好评率, levels 5 to 3, with its interval; None without ratings.
        bad: 差评率, levels 2 and 1; None without ratings.
        bad_after_appeal: the same without those withdrawn.
        index: mean of points, 0–100.
        on_time, fixed: 按期整改率 and 整改率 of the verified; None without any.
        called_back: 回访率 of those who left a number; None without any.
    """

    rated: int
    active_rate: float | None
    good: Rate | None
    bad: Rate | None
    bad_after_appeal: float | None
    index: float | None
    on_time: float | None
    fixed: float | None
    called_back: float | None


def rating_figures(
    levels: Counts, rules: RuleSet, *, cases: int | None = None, handling: Handling | None = None
) -> RatingFigures:
    """Return the figures from ratings per level (5 best).

    Args:
        levels: level → ratings.
        rules: which intervals; people rate of their own accord, so none is corrected.
        cases: handled in the period, to relate the ratings to.
        handling: what became of bad ratings; nothing when None.
    """
    handling = handling or Handling()
    rated = sum(levels.get(code, 0) for code in POINTS)
    good = sum(levels.get(code, 0) for code in FIVE_LEVELS.top3)
    spread = spread_of(POINTS, levels)
    left = rated - handling.withdrawn
    return RatingFigures(
        rated=rated,
        active_rate=min(1.0, rated / cases) if cases else None,
        good=rate(good, rated, Coverage(), rules),
        bad=rate(rated - good, rated, Coverage(), rules),
        bad_after_appeal=(rated - good - handling.withdrawn) / left if left > 0 else None,
        index=spread.mean if spread else None,
        on_time=_of(handling.fixed_on_time, handling.verified),
        fixed=_of(handling.fixed_on_time + handling.fixed_late, handling.verified),
        called_back=_of(handling.called_back, handling.left_number),
    )


def _of(part: int, whole: int) -> float | None:
    return part / whole if whole else None
