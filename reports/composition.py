"""Scores made of items: dimensions, overall scores, quadrants. For objects and roll-ups alike.

Formulas: docs/methods.md, sections 5 to 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from forms.definition import Item, Questionnaire
from reports.figures import (
    CrossLines,
    DimensionFigures,
    Figures,
    ItemFigures,
    MassFigures,
    NeedFigures,
)
from reports.form_rules import CONTEST, DISPLAY
from reports.quadrants import Point, exact_mean_of, quadrants_of
from reports.rules import (
    BESIDE_DIMENSIONS,
    RuleSet,
    dimension_items,
    overall_item,
)


@dataclass(frozen=True)
class Readings:
    """Exact values beside the item figures.

    Attributes:
        codes: item of a dimension whose importance is asked → mean of its level codes.
        indices: item that a need is paired with → index.
        importance: dimension → mean code of its importance item.
        importance_n: dimension → answers to its importance item.
        need_shares: option of the needs question → share of the valid ballots.
        need_counts: the same in ballots; empty in a roll-up that weights its members.
        need_n: ballots that answered the needs question.
    """

    codes: Mapping[str, Fraction] = field(default_factory=dict)
    indices: Mapping[str, Fraction] = field(default_factory=dict)
    importance: Mapping[str, Fraction] = field(default_factory=dict)
    importance_n: Mapping[str, int] = field(default_factory=dict)
    need_shares: Mapping[str, Fraction] = field(default_factory=dict)
    need_counts: Mapping[str, int] = field(default_factory=dict)
    need_n: int = 0


@dataclass(frozen=True)
class ScoreParts:
    """What is made of items; units as in `Figures`."""

    dimensions: Mapping[str, DimensionFigures]
    needs: tuple[NeedFigures, ...] = ()
    cross: CrossLines | None = None
    csi: float | None = None
    csi_equal: float | None = None
    csi_gap: float | None = None
    mass: float | None = None
    display_rate: float | None = None
    contest_index: float | None = None


def compose(
    questionnaire: Questionnaire,
    rules: RuleSet,
    items: Mapping[str, ItemFigures],
    readings: Readings,
) -> ScoreParts:
    """Return dimensions, overall scores and quadrants made of `items`.

    `items` are the figures of every scored item, `readings` exact values of the same object.
    """
    groups = dimension_items(questionnaire)
    indices = {code: _dimension_index(group, items, rules) for code, group in groups.items()}
    ranked = {code: group for code, group in groups.items() if code not in BESIDE_DIMENSIONS}
    points = _dimension_points(ranked, indices, items, readings, rules)
    weights = _weights(points, indices, readings, rules)
    cross, quadrants = quadrants_of(points if _is_known(readings, points, rules) else {})
    dimensions = {
        code: _dimension(code, group, indices[code], points.get(code), weights.get(code))
        for code, group in ranked.items()
    }
    for code, quadrant in quadrants.items():
        dimensions[code] = replace(dimensions[code], quadrant=quadrant)
    needs, need_cross = _needs(questionnaire, rules, items, readings)
    csi, csi_equal = _overall_scores(dimensions, weights)
    overall = overall_item(questionnaire)
    overall_index = items[overall.code].index if overall else None
    display = indices.get(DISPLAY)
    return ScoreParts(
        dimensions=dimensions,
        needs=needs,
        cross=cross or need_cross,
        csi=csi,
        csi_equal=csi_equal,
        csi_gap=None if csi is None or overall_index is None else overall_index - csi,
        mass=_mass(questionnaire, rules, indices),
        display_rate=None if display is None else display / 100,
        contest_index=indices.get(CONTEST),
    )


def with_scores(
    questionnaire: Questionnaire,
    rules: RuleSet,
    figures: Figures,
    readings: Readings,
    mass_error: float | None,
) -> Figures:
    """Return `figures`, whose items are known, with all that is made of items.

    `mass_error` is the standard error of the mass score, for forms that have one.
    """
    parts = compose(questionnaire, rules, figures.items, readings)
    overall = overall_item(questionnaire)
    return replace(
        figures,
        overall=figures.items[overall.code] if overall else None,
        dimensions=parts.dimensions,
        needs=parts.needs,
        cross=parts.cross,
        csi=parts.csi,
        csi_equal=parts.csi_equal,
        csi_gap=parts.csi_gap,
        mass=None if parts.mass is None else MassFigures(parts.mass, mass_error),
        display_rate=parts.display_rate,
        contest_index=parts.contest_index,
    )


def _entering(
    group: tuple[Item, ...], items: Mapping[str, ItemFigures], rules: RuleSet
) -> list[ItemFigures]:
    """Return the items with enough answers, none where they are fewer than half."""
    entering = [items[i.code] for i in group if (items[i.code].n or 0) >= rules.item_base]
    return entering if 2 * len(entering) >= len(group) else []


def _dimension_index(
    group: tuple[Item, ...], items: Mapping[str, ItemFigures], rules: RuleSet
) -> float | None:
    entering = [item.index for item in _entering(group, items, rules) if item.index is not None]
    return sum(entering) / len(entering) if entering else None


def _dimension_points(
    groups: Mapping[str, tuple[Item, ...]],
    indices: Mapping[str, float | None],
    items: Mapping[str, ItemFigures],
    readings: Readings,
    rules: RuleSet,
) -> dict[str, Point]:
    """Return importance and performance of the dimensions that have both."""
    return {
        code: Point(
            readings.importance[code],
            exact_mean_of([readings.codes[item.code] for item in _entering(group, items, rules)]),
        )
        for code, group in groups.items()
        if code in readings.importance and indices[code] is not None
    }


def _is_known(readings: Readings, points: Mapping[str, Point], rules: RuleSet) -> bool:
    """Whether enough people said how important the plotted dimensions are."""
    return all(readings.importance_n[code] >= rules.importance_base for code in points)


def _weights(
    points: Mapping[str, Point],
    indices: Mapping[str, float | None],
    readings: Readings,
    rules: RuleSet,
) -> dict[str, float]:
    """Return the weights of an overall score; none where a dimension it needs has no index."""
    if not points or any(indices.get(code) is None for code in readings.importance):
        return {}
    total = sum(point.importance for point in points.values())
    if not _is_known(readings, points, rules) or total == 0:
        return {code: 1 / len(points) for code in points}
    return {code: float(point.importance / total) for code, point in points.items()}


def _dimension(
    code: str,
    group: tuple[Item, ...],
    index: float | None,
    point: Point | None,
    weight: float | None,
) -> DimensionFigures:
    return DimensionFigures(
        code=code,
        index=index,
        item_codes=tuple(item.code for item in group),
        importance=None if point is None else float(point.importance),
        performance=None if point is None else float(point.performance),
        weight=weight,
        gap=None if point is None else float(point.gap),
    )


def _overall_scores(
    dimensions: Mapping[str, DimensionFigures], weights: Mapping[str, float]
) -> tuple[float | None, float | None]:
    """Return the overall score by importance and the one by equal weights."""
    values = {code: dimensions[code].index or 0.0 for code in weights}
    if not values:
        return None, None
    weighted = sum(weights[code] * value for code, value in values.items())
    return weighted, sum(values.values()) / len(values)


def _mass(
    questionnaire: Questionnaire, rules: RuleSet, indices: Mapping[str, float | None]
) -> float | None:
    total = 0.0
    weights = rules.form(questionnaire.code).mass
    for code, weight in weights:
        index = indices.get(code)
        if index is None:
            return None
        total += weight * index
    return total if weights else None


def _needs(
    questionnaire: Questionnaire,
    rules: RuleSet,
    items: Mapping[str, ItemFigures],
    readings: Readings,
) -> tuple[tuple[NeedFigures, ...], CrossLines | None]:
    """Return the needs, paired ones first, and where their quadrants meet."""
    rule = rules.form(questionnaire.code).needs
    if rule is None or not readings.need_shares:
        return (), None
    pairs = {option: code for option, code in rule.pairs if option in readings.need_shares}
    points = {
        option: Point(100 * readings.need_shares[option], readings.indices[code])
        for option, code in pairs.items()
        if (items[code].n or 0) >= rules.item_base
    }
    is_known = readings.need_n >= rules.importance_base and len(points) == len(pairs)
    cross, quadrants = quadrants_of(points if is_known else {})
    others = [option for option in readings.need_shares if option not in pairs]
    needs = tuple(
        NeedFigures(
            code=option,
            item_code=pairs.get(option, ""),
            chosen=readings.need_counts.get(option),
            importance=float(readings.need_shares[option]),
            performance=float(points[option].performance) if option in points else None,
            gap=float(points[option].gap) if option in points else None,
            quadrant=quadrants.get(option),
        )
        for option in [*pairs, *others]
    )
    # Needs are plotted in points of 100 so that both axes are exact; shares are printed as 0–1.
    return needs, cross and CrossLines(cross.importance / 100, cross.performance)
