"""Estimates from counts: means of points, shares, and how far they can be off.

The choice of formulas and their sources: `docs/methods.md`, sections 2 to 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, sqrt
from statistics import NormalDist

from reports.figures import Interval, Method, Rate
from reports.rules import RuleSet

CONFIDENCE = 0.95
TAIL = (1 - CONFIDENCE) / 2
Z = NormalDist().inv_cdf(1 - TAIL)


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation of one number per ballot; `sd` is None for fewer than two."""

    n: int
    mean: float
    sd: float | None

    @property
    def se(self) -> float | None:
        """Standard error of the mean, without correction."""
        return None if self.sd is None else self.sd / sqrt(self.n)


@dataclass(frozen=True)
class Coverage:
    """How the ballots of an object relate to those entitled: what picks an interval.

    Attributes:
        population: N; None for windows and where unknown.
        return_rate: received of issued, 0–1; None when issued is unknown.
    """

    population: int | None = None
    return_rate: float | None = None


def spread_of(points: Mapping[str, float], counts: Mapping[str, int]) -> Spread | None:
    """Return mean and standard deviation of the points of one item; None without answers."""
    n = sum(counts.get(code, 0) for code in points)
    if n == 0:
        return None
    mean = sum(counts.get(code, 0) * value for code, value in points.items()) / n
    squares = sum(counts.get(code, 0) * (value - mean) ** 2 for code, value in points.items())
    return Spread(n, mean, sqrt(squares / (n - 1)) if n > 1 else None)


def spread_of_moments(n: int, total: float, squares: float) -> Spread | None:
    """Return the same from sums; rounding never makes the variance negative."""
    if n == 0:
        return None
    mean = total / n
    variance = max(0.0, (squares - n * mean * mean) / (n - 1)) if n > 1 else None
    return Spread(n, mean, None if variance is None else sqrt(variance))


def wilson(chosen: int, base: int, population: int | None = None) -> Interval:
    """Return the Wilson score interval of `chosen` of `base`, base > 0.

    SciPy's own takes whole numbers only and works out a test on the way; the
    finite-population form needs n (N − 1) / (N − n), so one formula serves both. Tests hold it
    against SciPy and statsmodels.

    Args:
        chosen: ballots, 0 ≤ chosen ≤ base.
        base: ballots.
        population: N > base for the finite-population form (O'Neill 2021).
    """
    share = chosen / base
    size = base if population is None else base * (population - 1) / (population - base)
    shrink = 1 + Z * Z / size
    centre = (share + Z * Z / (2 * size)) / shrink
    half = Z * sqrt(share * (1 - share) / size + Z * Z / (4 * size * size)) / shrink
    low = 0.0 if chosen == 0 else max(0.0, centre - half)
    high = 1.0 if chosen == base else min(1.0, centre + half)
    return Interval(low, high)


@lru_cache(maxsize=4096)
def hypergeometric(chosen: int, base: int, population: int) -> Interval:
    """Return the exact interval of a share in a finite population, tails of 2.5 % each.

    Its ends are the smallest and the largest number in the population that the sample does not
    refute. N is small where this is used, so every number is tried at once.
    """
    import numpy as np
    from scipy.stats import hypergeom  # 1.5 s to import, and most rounds never need it

    candidates = np.arange(chosen, population - (base - chosen) + 1)
    at_least = hypergeom.sf(chosen - 1, population, candidates, base)
    at_most = hypergeom.cdf(chosen, population, candidates, base)
    possible = candidates[(at_least > TAIL) & (at_most > TAIL)]
    return Interval(float(possible[0]) / population, float(possible[-1]) / population)


def method_of(chosen: int, base: int, coverage: Coverage, rules: RuleSet) -> Method:
    """Return which interval a rate gets (domain.md 3.13, rule 2)."""
    population = coverage.population
    if population is not None and base == population:
        return Method.CENSUS
    if not is_corrected(base, coverage, rules) or population is None:
        return Method.WILSON
    is_extreme = chosen in {0, base} or base < rules.rankable_base
    if population <= rules.exact_population and is_extreme:
        return Method.HYPERGEOMETRIC
    return Method.WILSON_FPC


def is_corrected(base: int, coverage: Coverage, rules: RuleSet) -> bool:
    """Whether errors of a mean over `base` ballots are reduced for a finite population."""
    if coverage.population is None or base > coverage.population:
        return False
    if base == coverage.population:
        return True
    return coverage.return_rate is not None and coverage.return_rate >= rules.correction_return


def correction(base: int, coverage: Coverage, rules: RuleSet) -> float:
    """Return what a standard error over `base` ballots is multiplied by: √(1 − n/N), or 1."""
    if coverage.population is None or not is_corrected(base, coverage, rules):
        return 1.0
    return sqrt(1 - base / coverage.population)


def rate(chosen: int, base: int, coverage: Coverage, rules: RuleSet) -> Rate | None:
    """Return a share with its interval; None when nobody answered.

    Raises:
        ValueError: `chosen` is negative or exceeds `base`.
    """
    if not 0 <= chosen <= base:
        raise ValueError(f"chosen={chosen} is outside 0..{base}")
    if base == 0:
        return None
    method = method_of(chosen, base, coverage, rules)
    interval: Interval | None = None
    if method is Method.WILSON:
        interval = wilson(chosen, base)
    elif coverage.population is not None and method is Method.WILSON_FPC:
        interval = wilson(chosen, base, coverage.population)
    elif coverage.population is not None and method is Method.HYPERGEOMETRIC:
        interval = hypergeometric(chosen, base, coverage.population)
    return Rate(chosen / base, chosen, base, interval, method)


def mean_interval(spread: Spread, factor: float, rules: RuleSet) -> Interval | None:
    """Return the t interval of an index, cut to 0–100; None where none is printed.

    Args:
        spread: of the points.
        factor: `correction`; 0 in a census, which has no interval.
        rules: says from how many answers on.
    """
    if spread.n < rules.rankable_base or not spread.se or factor == 0:
        return None
    half = critical_t(spread.n - 1) * spread.se * factor
    return Interval(max(0.0, spread.mean - half), min(100.0, spread.mean + half))


@lru_cache(maxsize=4096)
def critical_t(degrees: int) -> float:
    """Return the two-sided 95 % quantile of Student's t."""
    from scipy import special  # a quarter of a second to load, which no start should wait for

    return float(special.stdtrit(degrees, 1 - TAIL))


def required_sample(margin: float, population: int | None = None) -> int:
    """Return how many ballots a rate near one half needs to be known to ± `margin` (a share)."""
    endless = Z * Z * 0.25 / (margin * margin)
    if population is None:
        return ceil(endless)
    return ceil(endless / (1 + (endless - 1) / population))
