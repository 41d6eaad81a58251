"""How many more ballots an object needs, and what that buys: the adviser of the coverage board.

Formula: Cochran (1977), at p = 0.5 and 95 %, with the finite-population correction;
docs/methods.md, section 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from reports.estimates import Z, required_sample
from reports.rules import RuleSet

MARGINS = (0.10, 0.08, 0.05, 0.03)
"""Margins worth naming, coarse ones first; shares 0–1."""


@dataclass(frozen=True)
class Advice:
    """What to tell the people who collect.

    Attributes:
        n: valid ballots so far.
        margin: what they give, as ± a share at p = 0.5; None without ballots; 0 when everybody
            has answered.
        missing_for_ranking: ballots until the object can be ranked; 0 when it can.
        next_margin: the next finer margin that can be reached; None when there is none.
        missing: ballots until then; 0 when there is none.
        is_census_near: whether asking everybody is the shorter way (the roster is small).
    """

    n: int
    margin: float | None
    missing_for_ranking: int
    next_margin: float | None
    missing: int
    is_census_near: bool = False


def margin_of(n: int, population: int | None = None) -> float:
    """Return the margin that `n` ballots give a rate near one half, as a share; n > 0."""
    if population is not None and n >= population:
        return 0.0
    size = float(n) if population is None else n * (population - 1) / (population - n)
    return Z * 0.5 / sqrt(size)


def advise(n: int, population: int | None, rules: RuleSet) -> Advice:
    """Return what `n` valid ballots give and what the next step costs.

    Args:
        n: valid ballots so far.
        population: N, the number entitled to take part; None where unknown.
        rules: says from how many ballots on an object is ranked.
    """
    everybody = population if population is not None else n + required_sample(MARGINS[-1])
    for_ranking = max(0, min(rules.rankable_base, everybody) - n)
    reachable = [(m, required_sample(m, population)) for m in MARGINS]
    ahead = [(m, needed) for m, needed in reachable if needed > n and needed <= everybody]
    step = ahead[0] if ahead else None
    return Advice(
        n=n,
        margin=margin_of(n, population) if n else None,
        missing_for_ranking=for_ranking,
        next_margin=step[0] if step else None,
        missing=step[1] - n if step else 0,
        is_census_near=population is not None and population <= rules.census_population,
    )


def sentence(advice: Advice) -> str:
    """Return the advice in one Chinese sentence."""
    if advice.margin == 0:
        return "应评的人都已参评，没有抽样误差"
    if advice.missing_for_ranking:
        return f"还需{advice.missing_for_ranking}份，才能参加排名"
    if advice.is_census_near:
        return "应评人数不多，请争取全员参评"
    if advice.next_margin is None:
        return "份数已经足够"
    return f"还需{advice.missing}份，可达±{round(advice.next_margin * 100)}个百分点"
