"""What the figures say should be put right: low scores and the quadrant to start with.

Triggers: domain.md 4.1; reading of them: docs/methods.md, section 11.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from forms.definition import Questionnaire
from reports.display import index, percent
from reports.figures import DimensionFigures, Figures, ItemFigures, NeedFigures, Quadrant
from reports.points import CALIBRES
from reports.rules import RuleSet, dimension_label

QUADRANT_NAME = "优先整改区"


class Source(StrEnum):
    """Where a rectification item comes from (domain.md 4.1)."""

    LOW_SCORE = "low_score"
    IPA_Q2 = "ipa_q2"
    SPOT_CHECK = "spot_check"
    LEADER_REVIEW = "leader_review"
    COMMENT = "comment"
    HCP_BAD = "hcp_bad"
    CONSULT = "consult"
    COMMITMENT = "commitment"
    AWARENESS = "awareness"


@dataclass(frozen=True)
class Finding:
    """One problem of one object, to become a rectification item.

    Attributes:
        ref: item or dimension code; with the object and the source it names the problem.
        problem: a Chinese sentence with the figures it rests on.
        limit_workdays: working days until it should be put right.
        reports: how many people said it; the counter of the item.
    """

    source: Source
    ref: str
    problem: str
    limit_workdays: int
    reports: int = 1


def findings_of(
    questionnaire: Questionnaire, figures: Figures, rules: RuleSet
) -> tuple[Finding, ...]:
    """Return the problems of one evaluated object, what matters most first.

    First the quadrant “most needed, least satisfied” by its gap, then low items, lowest first.
    An item that is in that quadrant itself is not named a second time for being low. Objects
    that are not rankable, and roll-ups, have none.
    """
    if not figures.is_shown or not figures.is_rankable or figures.roll_up is not None:
        return ()
    findings = [
        Finding(Source.IPA_Q2, ref, problem, rules.rectify_workdays)
        for ref, problem in _quadrant_problems(questionnaire, figures, rules)
    ]
    named = {finding.ref for finding in findings}
    low = [item for item in figures.items.values() if _is_low(questionnaire, item, rules)]
    findings += [
        Finding(
            Source.LOW_SCORE, item.code, _low_problem(questionnaire, item), rules.rectify_workdays
        )
        for item in sorted(low, key=lambda item: item.index or 0.0)
        if item.code not in named
    ]
    return tuple(findings)


def _quadrant_problems(
    questionnaire: Questionnaire, figures: Figures, rules: RuleSet
) -> Iterator[tuple[str, str]]:
    plotted: list[DimensionFigures | NeedFigures] = [*figures.dimensions.values(), *figures.needs]
    urgent = [each for each in plotted if each.quadrant is Quadrant.CONCENTRATE]
    for each in sorted(urgent, key=lambda each: -(each.gap or 0.0)):
        if isinstance(each, DimensionFigures):
            yield each.code, _dimension_problem(questionnaire, each, rules)
        else:
            yield each.item_code, _need_problem(questionnaire, each)


def _dimension_problem(
    questionnaire: Questionnaire, dimension: DimensionFigures, rules: RuleSet
) -> str:
    label = dimension_label(questionnaire.code, dimension.code, rules)
    score, importance = index(dimension.index or 0.0), index(dimension.importance or 0.0)
    return f"{label}：得分{score}，重要程度{importance}，位于{QUADRANT_NAME}"


def _need_problem(questionnaire: Questionnaire, need: NeedFigures) -> str:
    label = questionnaire.item(need.item_code).label.to("zh")
    score, share = index(need.performance or 0.0), percent(need.importance or 0.0)
    return f"{label}：得分{score}，{share}的群众希望先做好，位于{QUADRANT_NAME}"


def _is_low(questionnaire: Questionnaire, item: ItemFigures, rules: RuleSet) -> bool:
    """Whether a satisfaction item with enough answers is below either threshold, unrounded."""
    if questionnaire.item(item.code).scale not in CALIBRES or (item.n or 0) < rules.low_base:
        return False
    is_rate_low = item.top3 is not None and item.top3.share < rules.low_top3
    return is_rate_low or (item.index is not None and item.index < rules.low_index)


def _low_problem(questionnaire: Questionnaire, item: ItemFigures) -> str:
    label = questionnaire.item(item.code).label.to("zh")
    rate = item.top3
    reached = f"基本满意以上率{percent(rate.share)}（{rate.chosen}/{rate.base}）" if rate else ""
    return f"{label}：得分{index(item.index or 0.0)}，{reached}，属于低分题"


def index_of(figures: Figures | None, ref: str) -> float | None:
    """Return the index of an item or a dimension among figures; None where it is not shown."""
    if figures is None or not figures.is_shown:
        return None
    if ref in figures.items:
        return figures.items[ref].index
    if ref in figures.dimensions:
        return figures.dimensions[ref].index
    return None
