"""Whether a figure has really changed between two rounds.

Sources: Newcombe (1998), Statistics in Medicine 17:873–890, method 10; Welch (1947);
Benjamini & Hochberg (1995). Rules: domain.md 3.10; docs/methods.md, section 21.

Distributions are SciPy's. `statsmodels` and `scipy.stats`, which have these tests ready, load
pandas and half of SciPy: 70 MB in every process that writes a report. Tests hold the lines below
against them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import hypot, sqrt

import numpy as np

from reports.estimates import Spread, Z, wilson
from reports.figures import Interval

LEVEL = 0.05


class Verdict(StrEnum):
    """What is printed about a change."""

    UP = "up"
    DOWN = "down"
    STEADY = "steady"

    @property
    def arrow(self) -> str:
        """↑, ↓, or nothing."""
        return {"up": "↑", "down": "↓"}.get(self.value, "")

    @property
    def sentence(self) -> str:
        """Return the verdict in words."""
        return {"up": "实质上升", "down": "实质下降"}.get(self.value, "基本持平")


@dataclass(frozen=True)
class Change:
    """The change of one figure from the round before to this one.

    Attributes:
        difference: this − before: of a rate in shares, of an index in points.
        statistic: z of the pooled two-proportion test, or Welch's t; 0 where neither has a spread.
        p: two-sided, before adjustment.
        interval: 95 % interval of the difference.
        adjusted: p after adjustment over everything compared together.
        verdict: by the adjusted p.
    """

    difference: float
    statistic: float
    p: float
    interval: Interval
    adjusted: float
    verdict: Verdict


def rate_change(before: tuple[int, int], now: tuple[int, int]) -> Change:
    """Return the change of a rate given as (chosen, base), base > 0, taken alone."""
    is_, was = now[0] / now[1], before[0] / before[1]
    difference = is_ - was
    pooled = (now[0] + before[0]) / (now[1] + before[1])
    statistic = 0.0
    if 0 < pooled < 1:
        statistic = difference / sqrt(pooled * (1 - pooled) * (1 / now[1] + 1 / before[1]))
    first, second = wilson(*now), wilson(*before)
    interval = Interval(
        difference - hypot(is_ - first.low, second.high - was),
        difference + hypot(first.high - is_, was - second.low),
    )
    return _alone(difference, statistic, _both_tails(statistic), interval)


def index_change(before: Spread, now: Spread) -> Change:
    """Return the change of a mean, taken alone; both with at least two ballots."""
    from scipy import special

    difference = now.mean - before.mean
    first, second = (now.se or 0.0) ** 2, (before.se or 0.0) ** 2
    error = sqrt(first + second)
    if error == 0:
        p = 1.0 if difference == 0 else 0.0
        return _alone(difference, 0.0, p, Interval(difference, difference))
    statistic = difference / error
    degrees = error**4 / (first**2 / (now.n - 1) + second**2 / (before.n - 1))
    half = float(special.stdtrit(degrees, 1 - LEVEL / 2)) * error
    interval = Interval(difference - half, difference + half)
    p = float(2 * special.stdtr(degrees, -abs(statistic)))
    return _alone(difference, statistic, p, interval)


def score_change(before: tuple[float, float], now: tuple[float, float]) -> Change:
    """Return the change of a score given as (score, standard error), by a z-test, taken alone."""
    difference = now[0] - before[0]
    error = sqrt(now[1] ** 2 + before[1] ** 2)
    if error == 0:
        p = 1.0 if difference == 0 else 0.0
        return _alone(difference, 0.0, p, Interval(difference, difference))
    statistic = difference / error
    interval = Interval(difference - Z * error, difference + Z * error)
    return _alone(difference, statistic, _both_tails(statistic), interval)


def adjusted(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Return the changes judged together: Benjamini–Hochberg at 5 % over all of them."""
    if not changes:
        return ()
    alone = np.array([change.p for change in changes])
    order = np.argsort(-alone, kind="stable")
    ranks = np.arange(len(alone), 0, -1)
    together = np.empty_like(alone)
    together[order] = np.minimum.accumulate(np.minimum(alone[order] * len(alone) / ranks, 1.0))
    return tuple(
        replace(change, adjusted=float(p), verdict=_verdict(change.difference, float(p)))
        for change, p in zip(changes, together, strict=True)
    )


def _both_tails(statistic: float) -> float:
    from scipy import special  # a quarter of a second to load, which no start should wait for

    return float(2 * special.ndtr(-abs(statistic)))


def _alone(difference: float, statistic: float, p: float, interval: Interval) -> Change:
    return Change(difference, statistic, p, interval, p, _verdict(difference, p))


def _verdict(difference: float, p: float) -> Verdict:
    if p >= LEVEL or difference == 0:
        return Verdict.STEADY
    return Verdict.UP if difference > 0 else Verdict.DOWN
