"""Stars, gates, promotion by one step, quotas and the borderline mark.

Rules and their order: domain.md 3.8; docs/methods.md, section 13.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from reports.composite_rules import StarRules
from reports.estimates import Z

TOP = 5


class Reason(StrEnum):
    """The rules that made a star what it is."""

    SCORE = "score"
    VETO = "veto"
    UNRATED = "unrated_keep"
    GATE_90 = "gate90"
    GATE_60 = "gate60"
    ONE_STEP = "one_step"
    FIRST = "first_max4"
    QUOTA = "quota"


REASON_LABELS: Mapping[Reason, str] = {
    Reason.SCORE: "按得分",
    Reason.VETO: "一票否决",
    Reason.UNRATED: "暂不评定",
    Reason.GATE_90: "群众满意率低于第一道线",
    Reason.GATE_60: "群众满意率低于第二道线",
    Reason.ONE_STEP: "逐级晋升",
    Reason.FIRST: "首次评定限星",
    Reason.QUOTA: "比例控制",
}


@dataclass(frozen=True)
class Candidate:
    """An organisation as stars are proposed for it.

    Attributes:
        final: composite, 0–100; None when unscored.
        se: its standard error, of the residents' component; None where it has none.
        satisfaction: 群众满意率 in the calibre of the gates, 0–1; None when unknown.
        is_rankable: by the residents' questionnaire (domain.md 3.4).
        is_vetoed: a confirmed situation forces the lowest star.
        last: star of the year before, 1–5; None for the first time.
    """

    org_id: str
    sector: str
    final: float | None
    satisfaction: float | None
    is_rankable: bool
    is_vetoed: bool = False
    last: int | None = None
    se: float | None = None


@dataclass(frozen=True)
class Star:
    """What is proposed; a person decides.

    Attributes:
        star: 1–5; None where there is nothing to keep and nothing to rate.
        reasons: rules that made it, in the order in which they worked.
        is_lagging: enters the list of lagging organisations.
        is_borderline: the interval of the score holds a threshold, so that somebody has to
            decide and say why.
    """

    org_id: str
    star: int | None
    reasons: tuple[Reason, ...]
    is_lagging: bool = False
    is_borderline: bool = False

    @property
    def rule(self) -> str:
        """The reasons as one code, such as `score+one_step`."""
        return "+".join(reason.value for reason in self.reasons)


def propose(candidate: Candidate, rules: StarRules) -> Star:
    """Return the star of one organisation, before quotas."""
    if candidate.is_vetoed:
        return Star(candidate.org_id, 1, (Reason.VETO,), is_lagging=True)
    if not candidate.is_rankable or candidate.final is None:
        return Star(candidate.org_id, candidate.last, (Reason.UNRATED,))
    star, reasons = _by_score(candidate.final, rules), [Reason.SCORE]
    gated = _gated(star, candidate.satisfaction, rules)
    if gated is not None:
        star, reasons = gated
    highest = rules.first_most if candidate.last is None else candidate.last + 1
    if star > highest:
        star = highest
        reasons.append(Reason.FIRST if candidate.last is None else Reason.ONE_STEP)
    fails_60 = candidate.satisfaction is not None and candidate.satisfaction < rules.gate_low
    return Star(
        candidate.org_id,
        star,
        tuple(reasons),
        is_lagging=star == 1 or fails_60,
        is_borderline=is_borderline(candidate.final, candidate.se, rules),
    )


def highest_allowed(candidate: Candidate, rules: StarRules) -> int:
    """Return the most stars that a person may decide on: veto, gates and one step up still hold.

    An organisation that is not rated keeps what it has, at least one star.
    """
    if candidate.is_vetoed:
        return 1
    if not candidate.is_rankable or candidate.final is None:
        return candidate.last or 1
    highest = rules.first_most if candidate.last is None else min(TOP, candidate.last + 1)
    gated = _gated(highest, candidate.satisfaction, rules)
    return highest if gated is None else gated[0]


def propose_all(candidates: Sequence[Candidate], rules: StarRules) -> tuple[Star, ...]:
    """Return the stars of all organisations, quotas of each sector applied, in the order given.

    A quota counts the rankable organisations of a sector; those over it, by final score, move one
    star down. Equal scores at the edge move down together, so that no draw decides.
    """
    proposed = {each.org_id: propose(each, rules) for each in candidates}
    sectors: dict[str, list[Candidate]] = {}
    for each in candidates:
        if each.is_rankable and each.final is not None:
            sectors.setdefault(each.sector, []).append(each)
    for rankable in sectors.values():
        for level, share in sorted(rules.quotas, reverse=True):
            _hold_to_quota(proposed, rankable, level, int(share * len(rankable) + 1e-9))
    return tuple(proposed[each.org_id] for each in candidates)


def is_borderline(final: float, se: float | None, rules: StarRules) -> bool:
    """Whether the 95 % interval of the score holds a threshold of the stars."""
    if not se:
        return False
    return any(final - Z * se <= edge <= final + Z * se for edge in rules.thresholds)


def grade_of(final: float) -> str:
    """Return the classification of 2012: 好, 较好, 一般, 较差 (domain.md 3.8)."""
    for least, grade in ((90.0, "好"), (80.0, "较好"), (60.0, "一般")):
        if final >= least:
            return grade
    return "较差"


def promotion_matrix(stars: Sequence[tuple[int | None, int | None]]) -> dict[tuple[int, int], int]:
    """Return (last star, this star) → organisations, from pairs; 0 stands for no star."""
    matrix: dict[tuple[int, int], int] = {}
    for last, this in stars:
        cell = (last or 0, this or 0)
        matrix[cell] = matrix.get(cell, 0) + 1
    return matrix


def _by_score(final: float, rules: StarRules) -> int:
    return 1 + sum(final >= edge for edge in rules.thresholds)


def _gated(
    star: int, satisfaction: float | None, rules: StarRules
) -> tuple[int, list[Reason]] | None:
    if satisfaction is None:
        return None
    if satisfaction < rules.gate_low and star > rules.gate_low_most:
        return rules.gate_low_most, [Reason.GATE_60]
    if satisfaction < rules.gate_high and star > rules.gate_high_most:
        return rules.gate_high_most, [Reason.GATE_90]
    return None


def _hold_to_quota(
    proposed: dict[str, Star], rankable: Sequence[Candidate], level: int, most: int
) -> None:
    holders = sorted(
        (each for each in rankable if proposed[each.org_id].star == level),
        key=lambda each: -(each.final or 0.0),
    )
    if len(holders) <= most:
        return
    edge = holders[most].final
    for each in holders:
        if each.final is not None and edge is not None and each.final <= edge:
            star = proposed[each.org_id]
            proposed[each.org_id] = replace(
                star, star=level - 1, reasons=(*star.reasons, Reason.QUOTA)
            )
