"""Cronbach's alpha: whether the items of a dimension measure one thing.

Source: Cronbach (1951), Psychometrika 16:297–334; complete cases, codes 1–5 (domain.md 3.11).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reports.tally import CaseMoments

MIN_ITEMS = 3
MIN_CASES = 30
LOW = 0.7
HIGH = 0.95


class Remark(StrEnum):
    """What an unusual alpha means."""

    NONE = ""
    LOW = "内部一致性偏低"
    HIGH = "题目可能重复"


@dataclass(frozen=True)
class Alpha:
    """Alpha of one dimension; at most 1, and negative where items contradict each other."""

    dimension: str
    alpha: float
    cases: int
    items: int

    @property
    def remark(self) -> Remark:
        """What to print beside it."""
        return remark_of(self.alpha)


def remark_of(alpha: float) -> Remark:
    """Return what to print beside an alpha (domain.md 3.11)."""
    if alpha < LOW:
        return Remark.LOW
    return Remark.HIGH if alpha > HIGH else Remark.NONE


def alpha_of(moments: CaseMoments) -> float | None:
    """Return alpha from sums over complete cases.

    None for fewer than two items or cases, and where nobody differs from anybody.
    """
    k, n = len(moments.items), moments.n
    if k < 2 or n < 2:
        return None
    total = _variance(n, moments.total, moments.total_squares)
    if total <= 0:
        return None
    parts = sum(_variance(n, each, squares) for each, squares in moments.items)
    return k / (k - 1) * (1 - parts / total)


def printed_alphas(cases: Mapping[str, CaseMoments]) -> tuple[Alpha, ...]:
    """Return what the technical annex prints: dimensions of ≥ 3 items with ≥ 30 cases."""
    found = []
    for dimension, moments in cases.items():
        alpha = alpha_of(moments)
        if alpha is not None and len(moments.items) >= MIN_ITEMS and moments.n >= MIN_CASES:
            found.append(Alpha(dimension, alpha, moments.n, len(moments.items)))
    return tuple(found)


def moments_of(rows: Sequence[Sequence[int]]) -> CaseMoments:
    """Return the sums over complete cases, one row of codes a ballot."""
    totals = [sum(row) for row in rows]
    columns = list(zip(*rows, strict=True))
    return CaseMoments(
        n=len(rows),
        items=tuple((sum(c), sum(v * v for v in c)) for c in columns),
        total=sum(totals),
        total_squares=sum(total * total for total in totals),
    )


def _variance(n: int, total: float, squares: float) -> float:
    return (squares - total * total / n) / (n - 1)
