"""How often rank intervals hold the true place: synthetic leagues whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from reports.estimates import spread_of
from reports.pairwise import holm_bounds
from reports.ranking import Standing, simulated_bounds
from reports.rules import DEFAULT

POINTS = (100.0, 80.0, 60.0, 30.0, 0.0)
CODES = ("5", "4", "3", "2", "1")
OBJECTS = 8
BALLOTS = (40, 400)
DRAWS = 2_000


@dataclass(frozen=True)
class Coverage:
    """Shares of objects whose true place lies inside the bounds, 0–1."""

    simulated: float
    tested: float


def coverage(leagues: int, seed: int = 20120229) -> Coverage:
    """Return the coverage over `leagues` leagues of windows that differ as real ones do."""
    generator = np.random.default_rng(seed)
    inside = np.zeros(2)
    for _ in range(leagues):
        shares = generator.dirichlet((10.0, 6.0, 2.0, 0.6, 0.4), OBJECTS)
        truth = (-(shares @ np.array(POINTS))).argsort().argsort() + 1
        standings = [_standing(each, generator) for each in shares]
        rules = replace(DEFAULT, rank_draws=DRAWS, rank_seed=int(generator.integers(2**31)))
        scores, errors = np.array([(each.score, each.se) for each in standings]).T
        for i, bounds in enumerate(
            (simulated_bounds(standings, rules), holm_bounds(scores, errors))
        ):
            held = [low <= place <= high for (low, high), place in zip(bounds, truth, strict=True)]
            inside[i] += sum(held)
    simulated, tested = inside / (leagues * OBJECTS)
    return Coverage(float(simulated), float(tested))


def _standing(shares: np.ndarray, generator: np.random.Generator) -> Standing:
    counts = generator.multinomial(generator.integers(*BALLOTS), shares)
    spread = spread_of(
        dict(zip(CODES, POINTS, strict=True)),
        dict(zip(CODES, map(int, counts), strict=True)),
    )
    if spread is None or spread.se is None:
        raise ValueError("a league has ballots")
    return Standing(spread.mean, spread.se, tuple(int(c) for c in counts), POINTS)


def measure() -> None:
    """Print the coverage over 1,000 leagues."""
    found = coverage(1_000)
    print(
        f"rank intervals hold the true place in {found.simulated:.1%} (simulated) and "
        f"{found.tested:.1%} (Holm) of {1_000 * OBJECTS:,} cases in 1,000 leagues"
    )
