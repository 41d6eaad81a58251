"""Residents, leaders and inspectors side by side, and where they contradict each other.

A line is one aspect that several sources judge. Rules: domain.md 6.1 (4), fifth part;
docs/methods.md, section 17.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

from reports.composite_rules import SourceLine
from reports.estimates import Spread, Z
from reports.figures import Figures, Interval

RESIDENTS, LEADER, INSPECTION = "residents", "leader", "inspection"
SOURCE_LABELS: Mapping[str, str] = {
    RESIDENTS: "群众评议",
    LEADER: "领导点评",
    INSPECTION: "实地检查",
}
ENGLISH_LABELS: Mapping[str, str] = {
    RESIDENTS: "residents",
    LEADER: "leaders",
    INSPECTION: "inspectors",
}
LARGE_GAP = 15.0
"""Points from which the district summary lists a gap."""


@dataclass(frozen=True)
class Reading:
    """What one source says on one line.

    Attributes:
        source: `RESIDENTS`, `LEADER` or `INSPECTION`.
        score: 0–100.
        se: standard error; 0 where the source has none, as one reviewer or one inspection.
        n: ballots, reviewers or inspections.
    """

    source: str
    score: float
    se: float
    n: int

    @property
    def interval(self) -> Interval | None:
        """95 %, cut to 0–100; None where the source has no error."""
        if self.se == 0:
            return None
        half = Z * self.se
        return Interval(max(0.0, self.score - half), min(100.0, self.score + half))


@dataclass(frozen=True)
class Contradiction:
    """Two sources further apart than their joint interval.

    Attributes:
        gap: higher − lower, in points.
        margin: half width of the joint interval, z·√(se² + se²).
    """

    higher: Reading
    lower: Reading
    gap: float
    margin: float

    @property
    def is_large(self) -> bool:
        """Whether the district summary lists it."""
        return self.gap > LARGE_GAP

    @property
    def english(self) -> str:
        """Return it in English words."""
        first, second = ENGLISH_LABELS[self.higher.source], ENGLISH_LABELS[self.lower.source]
        return f"{first} and {second} disagree: {first} higher by {self.gap:.1f} points"

    @property
    def sentence(self) -> str:
        """Return it in words."""
        if RESIDENTS not in (self.higher.source, self.lower.source):
            first, second = SOURCE_LABELS[self.higher.source], SOURCE_LABELS[self.lower.source]
            return f"{first}与{second}不一致，相差{self.gap:.1f}分"
        other = self.higher if self.lower.source == RESIDENTS else self.lower
        side = "高" if other is self.higher else "低"
        name = "点评" if other.source == LEADER else "检查"
        return f"{name}与群众感受不一致：{name}比群众评议{side}{self.gap:.1f}分"


@dataclass(frozen=True)
class Line:
    """One aspect of one organisation, the sources that judged it, and contradictions."""

    code: str
    label: str
    readings: tuple[Reading, ...]
    contradictions: tuple[Contradiction, ...]


def line_of(line: SourceLine, readings: Sequence[Reading]) -> Line:
    """Return one line with every pair of sources compared."""
    found = (_contradiction(*pair) for pair in combinations(readings, 2))
    return Line(line.code, line.label, tuple(readings), tuple(c for c in found if c is not None))


def residents_reading(line: SourceLine, figures: Figures) -> Reading | None:
    """Return the residents' side: the mean of the line's items.

    Items of one ballot go together, so the error of a mean of items is taken as the mean of their
    errors: an upper bound, which never calls a contradiction that is none. None where an item
    may not be shown, and for the whole where there is no score.
    """
    if not line.items:
        return whole_reading(figures)
    items = [figures.items.get(code) for code in line.items]
    known = [i for i in items if i is not None and i.index is not None and i.n]
    if len(known) < len(line.items):
        return None
    return Reading(
        RESIDENTS,
        sum(i.index or 0.0 for i in known) / len(known),
        sum(i.se or 0.0 for i in known) / len(known),
        min(i.n or 0 for i in known),
    )


def mean_reading(source: str, scores: Sequence[float]) -> Reading | None:
    """Return the side of leaders or inspectors from one score each; None without any."""
    if not scores:
        return None
    mean = sum(scores) / len(scores)
    squares = sum((score - mean) ** 2 for score in scores)
    spread = Spread(
        len(scores), mean, sqrt(squares / (len(scores) - 1)) if len(scores) > 1 else None
    )
    return Reading(source, mean, spread.se or 0.0, len(scores))


def whole_reading(figures: Figures) -> Reading | None:
    """Return the residents' side as a whole; None where there is no score."""
    if figures.mass is not None and figures.n:
        return Reading(RESIDENTS, figures.mass.score, figures.mass.se or 0.0, figures.n)
    overall = figures.overall
    if overall is None or overall.index is None or not overall.n:
        return None
    return Reading(RESIDENTS, overall.index, overall.se or 0.0, overall.n)


def _contradiction(first: Reading, second: Reading) -> Contradiction | None:
    higher, lower = (first, second) if first.score >= second.score else (second, first)
    margin = Z * sqrt(first.se**2 + second.se**2)
    gap = higher.score - lower.score
    # Two single judgements have no joint interval that a gap could lie outside of.
    if margin == 0 or gap <= margin:
        return None
    return Contradiction(higher, lower, gap, margin)
