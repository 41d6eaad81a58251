"""The rule set of a round: everything about scoring that an office may decide, as data.

A round freezes its rule set when it opens (`to_data`), so that its figures can be made again
years later. What a questionnaire says itself (dimensions, scales, points) is read from the
questionnaire; what only one form needs stands here under the form's code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

from forms.definition import Item, ItemKind, Questionnaire
from reports.composite_rules import (
    SOURCE_LINES,
    STARS,
    CompositeRules,
    SourceLine,
    StarRules,
    composite_defaults,
)
from reports.form_rules import CONTEST, DISPLAY, OVERALL, FormRules, form_defaults
from reports.points import FAMILIES, POINTS_PRESETS
from reports.rule_checks import faults_of
from reports.rule_faults import RulesInvalid
from reports.rule_reading import build

IMPORTANCE_PREFIX = "imp_"
SIDES = "voter"
"""The option list that says in which of two tallies a ballot counts."""

COACHED = "coached"
"""Dimension of the neutral item 有人要求您怎样填写吗: counted, never a figure of the object."""

UNPUBLISHED = frozenset({"contact", COACHED})
"""Dimensions of choices whose answers are in no release and in no row."""

BESIDE_DIMENSIONS = frozenset({OVERALL, DISPLAY, CONTEST})
"""Dimensions of scored items that are printed beside the others and enter no overall score."""


@dataclass(frozen=True)
class RuleSet:
    """How a round is scored and what of it may be shown (domain.md 3).

    Attributes:
        points_preset: a key of `POINTS_PRESETS`, or `own` with `points`.
        points: family of scales → level → points, of the preset `own` alone.
        suspects_excluded: whether suspect ballots are left out of the official result.
        k_public, k_internal: fewest ballots of a cell that may be shown; never below 10 and 5.
        rankable_base: fewest ballots of an object that is ranked.
        rankable_return: least share of issued ballots received, where issued is known.
        correction_return: least return for a finite-population correction.
        exact_population: largest population with exact intervals for small or extreme rates.
        item_base: fewest answers of an item that enters a dimension.
        importance_base: fewest importance answers for weights and quadrants.
        census_population: rosters up to this size are asked completely.
        unanimity_base: below it an item answered on one level only is withheld in public; never
            below 30.
        low_top3, low_index: an item below either is a problem to put right.
        low_base: fewest answers of an item that is called low.
        rectify_workdays: limit of a rectification item from these figures, in working days.
        notice_workdays: least length of the notice (公示) before results are published, in working
            days; 0 where results are published without one.
        target_score: what every object should reach, beside its own score; 0 for none.
        rank_seed, rank_draws: of the simulated rank intervals.
        breakdown_scales: option lists of the profile items that results may be broken down by.
        forms: questionnaire code → rules of that form.
        composites: level → how its composite score is made.
        stars: how stars are proposed.
        lines: aspects on which residents, leaders and inspectors stand side by side.

    Raises:
        RulesInvalid: a value is out of bounds or the whole does not hold together.
    """

    points_preset: str = "pass60"
    points: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    suspects_excluded: bool = True
    k_public: int = 10
    k_internal: int = 5
    rankable_base: int = 30
    rankable_return: float = 0.5
    correction_return: float = 0.8
    exact_population: int = 200
    item_base: int = 10
    importance_base: int = 30
    census_population: int = 60
    unanimity_base: int = 30
    low_top3: float = 0.8
    low_index: float = 70.0
    low_base: int = 30
    rectify_workdays: int = 15
    notice_workdays: int = 5
    target_score: float = 0.0
    rank_seed: int = 20120229
    rank_draws: int = 10_000
    breakdown_scales: tuple[str, ...] = ("identity", "age")
    forms: Mapping[str, FormRules] = field(default_factory=form_defaults)
    composites: Mapping[str, CompositeRules] = field(default_factory=composite_defaults)
    stars: StarRules = STARS
    lines: tuple[SourceLine, ...] = SOURCE_LINES

    def __post_init__(self) -> None:
        """Refuse a rule set that does not hold together, wherever it comes from."""
        faults = faults_of(self)
        if faults:
            raise RulesInvalid(faults)

    def form(self, questionnaire_code: str) -> FormRules:
        """Return the rules of one form; empty ones where the form has none of its own."""
        return self.forms.get(questionnaire_code, FormRules())


DEFAULT = RuleSet()


def to_data(rules: RuleSet) -> dict[str, Any]:
    """Return `rules` as plain JSON values."""
    return asdict(rules)


def from_data(data: Mapping[str, Any], base: RuleSet | None = None) -> RuleSet:
    """Return the rule set that `to_data` wrote; what `data` does not name is as in `base`.

    Args:
        data: plain JSON values; weights, points and quotas may be pairs or an object.
        base: the default rule set unless another is given.

    Raises:
        RulesInvalid: names every key that is unknown or does not fit.
    """
    if base is not None:
        return build(RuleSet, data, base)
    return _read(json.dumps(data))


@lru_cache(maxsize=64)
def _read(text: str) -> RuleSet:
    """Return the rule set of a JSON text; pages ask for the same few again and again."""
    return build(RuleSet, json.loads(text), DEFAULT)


def points_of(item: Item, rules: RuleSet) -> dict[str, float]:
    """Return option code → points of the scored options, best first as the scale lists them."""
    preset = rules.points or POINTS_PRESETS[rules.points_preset]
    replaced = preset.get(FAMILIES.get(item.scale, ""), {})
    return {
        option.code: replaced.get(option.code, option.points)
        for option in item.options
        if option.points is not None
    }


def overall_item(questionnaire: Questionnaire) -> Item | None:
    """Return the item that asks for the overall evaluation."""
    return next((i for i in questionnaire.items if i.is_scored and i.dimension == OVERALL), None)


def dimension_items(questionnaire: Questionnaire) -> dict[str, tuple[Item, ...]]:
    """Return dimension → its scored items, both in questionnaire order."""
    dimensions: dict[str, tuple[Item, ...]] = {}
    for item in questionnaire.items:
        if item.is_scored and item.dimension:
            dimensions[item.dimension] = (*dimensions.get(item.dimension, ()), item)
    return dimensions


def importance_items(questionnaire: Questionnaire) -> dict[str, Item]:
    """Return dimension → the item that asks how important it is."""
    return {
        item.dimension.removeprefix(IMPORTANCE_PREFIX): item
        for item in questionnaire.items
        if item.dimension.startswith(IMPORTANCE_PREFIX)
    }


def breakdown_items(questionnaire: Questionnaire, rules: RuleSet) -> tuple[Item, ...]:
    """Return the profile items by whose options results are broken down: what a tally groups by.

    Where members of a branch and others vote in two tallies (domain.md 2.6), by these alone.
    """
    sides = tuple(item for item in questionnaire.items if item.scale == SIDES)
    return sides or tuple(
        item
        for item in questionnaire.items
        if item.kind is ItemKind.SINGLE_CHOICE and item.scale in rules.breakdown_scales
    )


def mass_parts(
    questionnaire: Questionnaire, rules: RuleSet
) -> tuple[tuple[float, tuple[Item, ...]], ...]:
    """Return the parts of the mass score as (weight, items); empty where the form has none."""
    dimensions = dimension_items(questionnaire)
    return tuple(
        (weight, dimensions[code])
        for code, weight in rules.form(questionnaire.code).mass
        if code in dimensions
    )


def ballot_mass(
    questionnaire: Questionnaire, rules: RuleSet, codes: Mapping[str, str]
) -> float | None:
    """Return the mass score of one ballot, 0–100, for the moments of its spread.

    A part is the mean of the points of its answered items; the weight of a part without any is
    shared among the others in proportion.

    Args:
        questionnaire: says which items make up the parts.
        rules: weights of the parts.
        codes: item code → option code; items without an answer may be missing.

    Returns:
        None for a ballot without a scored answer, or a form without a mass score.
    """
    total = weights = 0.0
    for weight, items in mass_parts(questionnaire, rules):
        points = [
            value
            for item in items
            if (value := points_of(item, rules).get(codes.get(item.code, ""))) is not None
        ]
        if points:
            total += weight * sum(points) / len(points)
            weights += weight
    return total / weights if weights else None


def dimension_label(questionnaire_code: str, dimension: str, rules: RuleSet) -> str:
    """Return what a dimension is called in print; its code where the rules do not say."""
    return dict(rules.form(questionnaire_code).dimension_labels).get(dimension, dimension)
