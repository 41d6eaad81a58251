"""The composite score of an organisation: components, weights, deductions, veto.

Rules: domain.md 3.6 and 3.13 rule 15; docs/methods.md, section 12.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reports.composite_rules import CompositeRules


class Component(StrEnum):
    """What a composite is made of; `MASS` of a branch, `SURVEY` of a window is the residents'."""

    MASS = "mass"
    PEER = "peer"
    SURVEY = "survey"
    HCP = "hcp"
    LEADER = "leader"
    SPOT = "spot"
    COMMIT = "commit"


COMPONENT_LABELS: Mapping[str, str] = {
    "mass": "群众评议",
    "peer": "党员互评",
    "survey": "群众测评",
    "hcp": "好差评",
    "leader": "领导点评",
    "spot": "实地检查",
    "commit": "承诺兑现",
}


class Unscored(StrEnum):
    """Why an organisation has no composite."""

    NO_RESIDENTS = "no_residents"
    TOO_FEW_COMPONENTS = "too_few_components"


UNSCORED_SENTENCES: Mapping[Unscored, str] = {
    Unscored.NO_RESIDENTS: "没有群众评议得分，不计分",
    Unscored.TOO_FEW_COMPONENTS: "缺少两项以上评价，不计分",
}


@dataclass(frozen=True)
class Source:
    """One component as it was measured.

    Attributes:
        score: 0–100.
        se: standard error of the score; None where it has none (a census, an inspection).
        round_code: where it comes from.
        n: ballots, reviews or inspections behind it; None where that may not be shown.
    """

    score: float
    se: float | None = None
    round_code: str = ""
    n: int | None = None


@dataclass(frozen=True)
class Conduct:
    """What is deducted, and whether something forces the lowest star.

    Attributes:
        overdue: rectification items overdue for so long that they have a red card (4.5).
        false_claims: rectifications found to be false.
        late_publications: results published late.
        vetoes: confirmed situations that force the lowest star, in words.
    """

    overdue: int = 0
    false_claims: int = 0
    late_publications: int = 0
    vetoes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """One component in a composite: its score, its weight after sharing, and what it adds."""

    component: str
    score: float
    weight: float
    round_code: str = ""
    n: int | None = None

    @property
    def points(self) -> float:
        """What it adds to the composite."""
        return self.weight * self.score


@dataclass(frozen=True)
class Composite:
    """The composite of one organisation.

    Attributes:
        parts: components that entered, in the order of the rules; empty when unscored.
        missing: components of the rules that were not measured.
        raw: weighted mean, 0–100; None when unscored.
        deduction: points taken off.
        final: raw less deduction, at least 0; None when unscored.
        se: standard error from the residents' component alone (domain.md 3.8, rule 8).
        unscored: why there is no score.
        vetoes: as given.
    """

    parts: tuple[Part, ...] = ()
    missing: tuple[str, ...] = ()
    raw: float | None = None
    deduction: float = 0.0
    final: float | None = None
    se: float | None = None
    unscored: Unscored | None = None
    vetoes: tuple[str, ...] = ()

    @property
    def is_vetoed(self) -> bool:
        """Whether a confirmed situation forces the lowest star."""
        return bool(self.vetoes)


def composite_of(
    sources: Mapping[str, Source], rules: CompositeRules, conduct: Conduct | None = None
) -> Composite:
    """Return the composite from the components that were measured.

    The weight of a missing component is shared among the others in proportion. The residents'
    component, the first of the rules, may never be missing, and at most one other may.

    Args:
        sources: component → what was measured; components the rules do not name are ignored.
        rules: weights of the organisation's level.
        conduct: what is deducted; nothing when None.
    """
    conduct = conduct or Conduct()
    deduction = deduction_of(conduct, rules)
    missing = tuple(code for code, _ in rules.weights if code not in sources)
    residents = rules.weights[0][0]
    unscored = None
    if residents in missing:
        unscored = Unscored.NO_RESIDENTS
    elif len(missing) > rules.missing_allowed:
        unscored = Unscored.TOO_FEW_COMPONENTS
    if unscored:
        return Composite(
            missing=missing, deduction=deduction, unscored=unscored, vetoes=conduct.vetoes
        )
    total = sum(weight for code, weight in rules.weights if code in sources)
    parts = tuple(
        Part(code, sources[code].score, weight / total, sources[code].round_code, sources[code].n)
        for code, weight in rules.weights
        if code in sources
    )
    raw = sum(part.points for part in parts)
    error = sources[residents].se
    return Composite(
        parts=parts,
        missing=missing,
        raw=raw,
        deduction=deduction,
        final=max(0.0, raw - deduction),
        se=None if error is None else parts[0].weight * error,
        vetoes=conduct.vetoes,
    )


def deduction_of(conduct: Conduct, rules: CompositeRules) -> float:
    """Return the points taken off after weighting."""
    overdue = min(rules.overdue_most, conduct.overdue * rules.overdue_points)
    false_claims = conduct.false_claims * rules.false_points
    return overdue + false_claims + conduct.late_publications * rules.late_points
