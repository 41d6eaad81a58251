"""Rules of what is made of several sources: composites, stars, and sources side by side."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CompositeRules:
    """How the composite score of one level is made (domain.md 3.6).

    Attributes:
        weights: component → weight; they add up to 1, the residents' component comes first.
        missing_allowed: how many of the others may be missing.
        overdue_points, overdue_most: off for each overdue rectification item, and the most.
        false_points: off for each false rectification.
        late_points: off for each late publication.
    """

    weights: tuple[tuple[str, float], ...]
    missing_allowed: int = 1
    overdue_points: float = 1.0
    overdue_most: float = 5.0
    false_points: float = 5.0
    late_points: float = 1.0


BRANCH_COMPOSITE = CompositeRules(
    (("mass", 0.5), ("peer", 0.15), ("leader", 0.15), ("spot", 0.1), ("commit", 0.1))
)
WINDOW_COMPOSITE = CompositeRules(
    (("survey", 0.4), ("hcp", 0.2), ("spot", 0.2), ("commit", 0.1), ("leader", 0.1))
)


@dataclass(frozen=True)
class StarRules:
    """How stars are proposed (domain.md 3.8).

    Attributes:
        thresholds: least final scores of two, three, four and five stars.
        gate_calibre: "top2" or "top3", the rate that the gates look at.
        gate_high, gate_high_most: below this rate, at most so many stars.
        gate_low, gate_low_most: the same, and the organisation is lagging.
        first_most: most stars for an organisation without an earlier one.
        quotas: (stars, largest share of a sector's rankable organisations).
    """

    thresholds: tuple[float, ...] = (60.0, 70.0, 80.0, 90.0)
    gate_calibre: str = "top3"
    gate_high: float = 0.9
    gate_high_most: int = 3
    gate_low: float = 0.6
    gate_low_most: int = 2
    first_most: int = 4
    quotas: tuple[tuple[int, float], ...] = ((5, 0.1), (4, 0.3))


STARS = StarRules()


@dataclass(frozen=True)
class SourceLine:
    """One aspect that residents, leaders and inspectors judge.

    Attributes:
        code, label: of the aspect.
        level: "branch" or "window".
        items: item codes of the residents' questionnaire; empty for their whole score.
        review: item codes of the leader review; empty for its whole score.
        inspection: check points of the inspection; empty for its whole score, None for none.
    """

    code: str
    label: str
    level: str
    items: tuple[str, ...] = ()
    review: tuple[str, ...] | None = ()
    inspection: tuple[str, ...] | None = ()


SOURCE_LINES = (
    SourceLine("whole", "总体", "branch"),
    SourceLine("centre", "围绕中心、服务大局", "branch", ("A12",), ("I11",), None),
    SourceLine("commitments", "承诺践诺", "branch", ("A13",), ("I12",), ("E23",)),
    SourceLine("service", "服务群众、解决问题", "branch", ("A14",), ("I13",), ("E51",)),
    SourceLine("organisation", "组织建设", "branch", ("A15",), ("I14",), None),
    SourceLine("whole", "总体", "window"),
    SourceLine("sunshine", "阳光服务", "window", ("C11", "C12"), None, ("E21", "E22", "E23")),
    SourceLine("standard", "规范服务", "window", ("C15", "C16"), None, ("E41", "E43")),
    SourceLine("efficient", "高效服务", "window", ("C17", "C18"), None, ("E42", "E44")),
    SourceLine("clean", "廉洁服务", "window", ("C19", "C20"), None, ("E61", "E62")),
)


def composite_defaults() -> dict[str, CompositeRules]:
    """Return the composites of domain.md 3.6 by level."""
    return {"branch": BRANCH_COMPOSITE, "window": WINDOW_COMPOSITE}
