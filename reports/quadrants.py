"""Importance against performance: where to start (docs/methods.md, section 7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from reports.figures import CrossLines, Quadrant


@dataclass(frozen=True)
class Point:
    """One dimension or need, exact, so that a value on a cross line is on its upper side."""

    importance: Fraction
    performance: Fraction

    @property
    def gap(self) -> Fraction:
        """What orders the quadrant Q2: importance less performance."""
        return self.importance - self.performance


Exact = int | Fraction


def exact_mean(counts: Mapping[str, int], values: Mapping[str, Exact]) -> Fraction | None:
    """Return the mean of `values` over the ballots in `counts`; None without any."""
    n = sum(counts.get(code, 0) for code in values)
    if n == 0:
        return None
    return Fraction(sum(counts.get(code, 0) * value for code, value in values.items())) / n


def exact(value: float) -> Exact:
    """Return the decimal that was written, not the float that is nearest to it."""
    return int(value) if value == int(value) else Fraction(str(value))


def exact_mean_of(values: list[Fraction]) -> Fraction:
    """Return the plain mean of at least one fraction."""
    return sum(values, Fraction()) / len(values)


def quadrants_of(
    points: Mapping[str, Point],
) -> tuple[CrossLines | None, dict[str, Quadrant]]:
    """Return the cross lines (means of the points) and the quadrant of every point."""
    if not points:
        return None, {}
    importance = exact_mean_of([point.importance for point in points.values()])
    performance = exact_mean_of([point.performance for point in points.values()])
    quadrants = {
        code: _quadrant(point.importance >= importance, point.performance >= performance)
        for code, point in points.items()
    }
    return CrossLines(float(importance), float(performance)), quadrants


def _quadrant(is_important: bool, is_good: bool) -> Quadrant:
    if is_important:
        return Quadrant.KEEP if is_good else Quadrant.CONCENTRATE
    return Quadrant.OVERKILL if is_good else Quadrant.LOW_PRIORITY
