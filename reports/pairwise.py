"""Which places tests of every pair leave open, without testing every pair.

Three thousand objects are four million pairs. Of two objects that lie far enough apart for the
largest error in question the test is known to reject, of two that lie close enough for the smallest
it is known not to; only the pairs between are tested one by one. So objects are grouped by their
errors and sorted by their scores, and the others are counted by two searches in each group.

Sources and formulas: docs/methods.md, section 8.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reports.estimates import TAIL

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

SLACK = 1e-9
"""What rounding could hide, in points and as a share of z: so near to the limit p decides."""

PAIRS = 2**18
"""Pairs tested at a time, which bounds memory."""


def holm_bounds(scores: Floats, errors: Floats) -> list[tuple[int, int]]:
    """Return best and worst place that z-tests of all pairs leave open, Holm-adjusted at 5 %.

    Args:
        scores: of the objects.
        errors: their standard errors.
    """
    count = len(scores)
    upwards, downwards = _League.of(scores, errors**2), _League.of(-scores, errors**2)
    limit = holm_limit(lambda p: int(upwards.beaten(p).sum()), count * (count - 1) // 2)
    worse, better = upwards.beaten(limit), downwards.beaten(limit)
    return [(1 + int(b), count - int(w)) for b, w in zip(better, worse, strict=True)]


def holm(p_values: Floats, level: float = 2 * TAIL) -> NDArray[np.bool_]:
    """Return which hypotheses Holm's procedure (1979) rejects; SciPy has none."""
    limit = holm_limit(lambda p: int(np.count_nonzero(p_values <= p)), len(p_values), level)
    is_rejected: NDArray[np.bool_] = p_values <= limit
    return is_rejected


def holm_limit(rejected: Callable[[float], int], count: int, level: float = 2 * TAIL) -> float:
    """Return the p up to which Holm's procedure rejects `count` hypotheses.

    Its r-th smallest p stands against level ÷ (count − r + 1). So whatever is not above
    level ÷ count is rejected; where that are r, so is whatever is not above level ÷ (count − r);
    and so on until that adds nothing, which is where the procedure stops.

    Args:
        rejected: how many p are not above a limit.
        count: how many there are.
        level: of the whole family.
    """
    passed = 0
    while True:
        limit = level / max(1, count - passed)
        found = rejected(limit)
        if found == passed:
            return limit
        passed = found


@dataclass(frozen=True)
class _Group:
    """Objects with nearly the same variance, worst score first."""

    scores: Floats
    variances: Floats


@dataclass(frozen=True)
class _League:
    scores: Floats
    variances: Floats
    groups: tuple[_Group, ...]

    @classmethod
    def of(cls, scores: Floats, variances: Floats) -> _League:
        """Return the objects in groups: more of them where there are more pairs to leave out."""
        by_variance = variances.argsort(kind="stable")
        parts = np.array_split(by_variance, max(1, isqrt(len(scores)) // 4))
        sorted_parts = [part[scores[part].argsort(kind="stable")] for part in parts if len(part)]
        groups = tuple(_Group(scores[part], variances[part]) for part in sorted_parts)
        return cls(scores, variances, groups)

    def beaten(self, limit: float) -> Numbers:
        """Return over how many others each object stands with a p not above `limit`."""
        from scipy import special  # a quarter of a second to load, which no start should wait for

        z = -float(special.ndtri(limit / 2))
        found = np.zeros(len(self.scores), dtype=np.int64)
        for group in self.groups:
            far = z * (1 + SLACK) * np.sqrt(self.variances + group.variances.max()) + SLACK
            near = z * (1 - SLACK) * np.sqrt(self.variances + group.variances.min()) - SLACK
            lower = group.scores.searchsorted(self.scores, side="left")
            surely = group.scores.searchsorted(self.scores - far, side="right")
            maybe = group.scores.searchsorted(self.scores - near, side="right")
            surely, maybe = np.minimum(surely, lower), np.minimum(maybe, lower)
            found += surely + self._tested(group, surely, maybe, limit)
        return found

    def _tested(self, group: _Group, first: Numbers, last: Numbers, limit: float) -> Numbers:
        """Return how many from `first` to before `last` of a group each stands over, by test."""
        found = np.zeros(len(self.scores), dtype=np.int64)
        rows = np.flatnonzero(last > first)
        ends = np.cumsum((last - first)[rows])
        for part in np.split(rows, np.flatnonzero(np.diff(ends // PAIRS)) + 1):
            widths = (last - first)[part]
            row = np.repeat(part, widths)
            starts = np.repeat(np.cumsum(widths) - widths, widths)
            other = first[row] + np.arange(len(row)) - starts
            errors = np.sqrt(self.variances[row] + group.variances[other])
            p_values = _p_values(self.scores[row] - group.scores[other], errors)
            found += np.bincount(row[p_values <= limit], minlength=len(found))
        return found


def _p_values(difference: Floats, error: Floats) -> Floats:
    """Return two-sided p of a z-test; without any error, equal scores are equal and others not."""
    from scipy import special

    is_exact = error == 0
    z = np.abs(difference) / np.where(is_exact, 1.0, error)
    p: Any = 2 * special.ndtr(-z)
    settled: Floats = np.where(is_exact, (difference == 0).astype(float), p)
    return settled
