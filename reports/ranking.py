"""Places and bands inside one sector and level, never without their uncertainty.

Sources and formulas: docs/methods.md, section 8.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forms.definition import Questionnaire
from reports.estimates import TAIL, Coverage, Z, correction
from reports.figures import Figures, Rank
from reports.rules import RuleSet, overall_item, points_of

TIE = 0.005 + 1e-9
"""Points within which a place is shared; the rest takes up what subtraction rounds."""

PRIOR = 0.2
BLOCK = 500
"""Draws ranked at a time, which bounds the memory that sorting takes."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Standing:
    """What an object is ranked by.

    Attributes:
        score: 0–100.
        se: its standard error, corrected for a finite population where the intervals are.
        counts: ballots per level, where the score is the mean of one item; empty otherwise.
        points: points of the levels, in the same order.
        factor: correction of the standard error, 0–1.
    """

    score: float
    se: float
    counts: tuple[int, ...] = ()
    points: tuple[float, ...] = ()
    factor: float = 1.0


def ranks_of(
    questionnaire: Questionnaire, figures: Sequence[Figures], rules: RuleSet
) -> dict[str, Rank]:
    """Return organisation → rank for the rankable objects, each inside its sector and level."""
    strata: dict[tuple[str, str], dict[str, Standing]] = {}
    for each in figures:
        standing = standing_of(questionnaire, each, rules) if each.is_rankable else None
        if standing is not None:
            stratum = (each.target.sector, each.target.level)
            strata.setdefault(stratum, {})[each.target.org_id] = standing
    return {
        org_id: rank
        for standings in strata.values()
        for org_id, rank in ranked(standings, rules).items()
    }


def standing_of(questionnaire: Questionnaire, figures: Figures, rules: RuleSet) -> Standing | None:
    """Return what an object is ranked by: the mass score where the form has one, else overall."""
    if rules.form(questionnaire.code).mass:
        if figures.mass is None or figures.mass.se is None:
            return None
        return Standing(figures.mass.score, figures.mass.se)
    overall = overall_item(questionnaire)
    item = figures.overall
    if overall is None or item is None or item.index is None or item.se is None or not item.n:
        return None
    points = points_of(overall, rules)
    counts = item.counts or {}
    coverage = Coverage(figures.target.population, figures.return_rate)
    return Standing(
        score=item.index,
        se=item.se,
        counts=tuple(counts.get(code, 0) for code in points),
        points=tuple(points.values()),
        factor=correction(item.n, coverage, rules),
    )


def ranked(standings: Mapping[str, Standing], rules: RuleSet) -> dict[str, Rank]:
    """Return place, interval and band of every object of one stratum, in the order given."""
    order = list(standings)
    places = _places([standings[org].score for org in order])
    simulated = simulated_bounds([standings[org] for org in order], rules)
    tested = holm_bounds([standings[org] for org in order])
    bands = _bands([standings[org] for org in order])
    return {
        org: Rank(
            band=bands[i],
            place=places[i],
            low=simulated[i][0],
            high=simulated[i][1],
            holm_low=tested[i][0],
            holm_high=tested[i][1],
            of=len(order),
        )
        for i, org in enumerate(order)
    }


def simulated_bounds(standings: Sequence[Standing], rules: RuleSet) -> list[tuple[int, int]]:
    """Return best and worst place of 95 % of draws (Marshall & Spiegelhalter 1998)."""
    generator = np.random.default_rng(rules.rank_seed)
    count = len(standings)
    # Half precision of the usual floats: a place is decided by points, not by their eighth digit.
    draws = np.empty((count, rules.rank_draws), dtype=np.float32)
    for i, each in enumerate(standings):
        draws[i] = _draws(each, generator, rules.rank_draws)
    # Places are written over the draws that they come from: thousands of objects take 100 MB once.
    places = draws.view(np.int32)
    numbers = np.arange(1, count + 1, dtype=np.int32)
    for first in range(0, rules.rank_draws, BLOCK):
        order = (-draws[:, first : first + BLOCK].T).argsort(axis=1, kind="stable")
        block = np.empty(order.shape, dtype=np.int32)
        np.put_along_axis(block, order, np.broadcast_to(numbers, order.shape), axis=1)
        places[:, first : first + BLOCK] = block.T
    ends = [np.quantile(row, [TAIL, 1 - TAIL], method="inverted_cdf") for row in places]
    return [(int(low), int(high)) for low, high in ends]


def holm_bounds(standings: Sequence[Standing]) -> list[tuple[int, int]]:
    """Return best and worst place that pairwise tests leave open, Holm-adjusted at 5 %."""
    count = len(standings)
    scores = np.array([each.score for each in standings])
    variances = np.array([each.se for each in standings]) ** 2
    limit = _holm_limit(_pairwise(scores, variances), count * (count - 1) // 2)
    better, worse = np.zeros(count, dtype=int), np.zeros(count, dtype=int)
    for i, p_values in enumerate(_pairwise(scores, variances)):
        is_different = p_values <= limit
        first_wins = is_different & (scores[i] > scores[i + 1 :])
        second_wins = is_different & (scores[i] < scores[i + 1 :])
        better[i + 1 :] += first_wins
        worse[i] += np.count_nonzero(first_wins)
        worse[i + 1 :] += second_wins
        better[i] += np.count_nonzero(second_wins)
    return [(1 + int(b), count - int(w)) for b, w in zip(better, worse, strict=True)]


def _pairwise(scores: Floats, variances: Floats) -> Iterator[Floats]:
    """Yield p of each object against all after it: a row at a time, for there are millions."""
    for i in range(len(scores)):
        error = np.sqrt(variances[i] + variances[i + 1 :])
        yield _p_values(scores[i] - scores[i + 1 :], error)


def holm(p_values: Floats, level: float = 2 * TAIL) -> NDArray[np.bool_]:
    """Return which hypotheses Holm's procedure (1979) rejects; SciPy has none."""
    is_rejected: NDArray[np.bool_] = p_values <= _holm_limit([p_values], len(p_values), level)
    return is_rejected


def _holm_limit(blocks: Iterable[Floats], count: int, level: float = 2 * TAIL) -> float:
    """Return the largest p that Holm's procedure rejects; of `count` in all, in several blocks.

    What passes the first and strictest of its tests passes all, and what is above `level` passes
    none, so that only those between are kept and put in order.
    """
    strictest = level / max(1, count)
    settled, between = 0, [np.empty(0)]
    for p_values in blocks:
        settled += int(np.count_nonzero(p_values <= strictest))
        between.append(p_values[(p_values > strictest) & (p_values <= level)])
    left = np.sort(np.concatenate(between))
    failing = np.flatnonzero(left > level / (count - settled - np.arange(len(left))))
    passing = int(failing[0]) if len(failing) else len(left)
    return float(left[passing - 1]) if passing else strictest


def _p_values(difference: Floats, error: Floats) -> Floats:
    """Return two-sided p of a z-test; without any error, equal scores are equal and others not."""
    from scipy import special  # a quarter of a second to load, which no start should wait for

    is_exact = error == 0
    z = np.abs(difference) / np.where(is_exact, 1.0, error)
    p: Any = 2 * special.ndtr(-z)
    settled: Floats = np.where(is_exact, (difference == 0).astype(float), p)
    return settled


def _draws(standing: Standing, generator: np.random.Generator, count: int) -> Floats:
    """Return simulated scores: of level shares where there are levels, else of a normal error."""
    if not standing.counts:
        return generator.normal(standing.score, standing.se, count)
    shares = generator.dirichlet([n + PRIOR for n in standing.counts], count)
    scores: Floats = shares @ np.array(standing.points)
    return standing.score + standing.factor * (scores - standing.score)


def _places(scores: Sequence[float]) -> list[int]:
    """Return places, best first; scores within `TIE` of the best of a place share it: 1, 1, 3."""
    places = [0] * len(scores)
    leader, place = None, 0
    for position, i in enumerate(sorted(range(len(scores)), key=lambda i: -scores[i]), start=1):
        if leader is None or leader - scores[i] > TIE:
            leader, place = scores[i], position
        places[i] = place
    return places


def _bands(standings: Sequence[Standing]) -> list[int]:
    """Return 1 above the stratum's mean beyond doubt, 3 below it beyond doubt, else 2."""
    mean = sum(each.score for each in standings) / len(standings)
    if len(standings) == 1:
        return [2]
    return [
        1 if each.score - Z * each.se > mean else 3 if each.score + Z * each.se < mean else 2
        for each in standings
    ]
