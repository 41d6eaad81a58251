"""Places and bands inside one sector and level, never without their uncertainty.

Sources and formulas: docs/methods.md, section 8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forms.definition import Questionnaire
from reports.estimates import TAIL, Coverage, Z, correction
from reports.figures import Figures, Rank
from reports.pairwise import Floats, holm_bounds
from reports.rules import RuleSet, overall_item, points_of

TIE = 0.005 + 1e-9
"""Points within which a place is shared; the rest takes up what subtraction rounds."""

PRIOR = 0.2
BLOCK = 2**17
"""Places found at a time: few enough to be sorted where the processor has them at hand."""

MAGNITUDE = np.int32(2**31 - 1)
"""The bits of a float of 32 without its sign."""


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
    tested = holm_bounds(
        np.array([standings[org].score for org in order]),
        np.array([standings[org].se for org in order]),
    )
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
    block = max(1, BLOCK // max(1, count))
    for first in range(0, rules.rank_draws, block):
        places[:, first : first + block] = _placed(draws[:, first : first + block].T).T
    ends = np.quantile(np.arange(rules.rank_draws), [TAIL, 1 - TAIL], method="inverted_cdf")
    low, high = (int(end) for end in ends)
    places.partition((low, high), axis=1)
    return [(int(row[low]), int(row[high])) for row in places]


def _placed(draws: NDArray[np.float32]) -> NDArray[np.int32]:
    """Return the place of every object in every draw (row), best first, equal ones in order.

    The bits of a float, read as a whole number, sort as the float does once those of negative ones
    are turned round. With the object's position behind them they are one number of 64 bits, and
    sorting those takes a fifth of what sorting positions by floats does.
    """
    bits = np.subtract(0, draws, dtype=np.float32, order="C").view(np.int32)
    keys = (bits ^ (bits >> 31 & MAGNITUDE)).astype(np.int64) << 32
    keys |= np.arange(draws.shape[1])
    keys.sort(axis=1)
    keys &= 0xFFFFFFFF
    places = np.empty(draws.shape, dtype=np.int32)
    numbers = np.arange(1, draws.shape[1] + 1, dtype=np.int32)
    np.put_along_axis(places, keys, np.broadcast_to(numbers, draws.shape), axis=1)
    return places


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
