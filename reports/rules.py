"""The rule set of a round: everything about scoring that an office may decide, as data.

A round freezes its rule set when it opens (`to_data`), so that its figures can be made again
years later. What a questionnaire says itself (dimensions, scales, points) is read from the
questionnaire; what only one form needs stands here under the form's code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from forms.definition import Item, ItemKind, Questionnaire
from reports.composite_rules import (
    SOURCE_LINES,
    STARS,
    CompositeRules,
    SourceLine,
    StarRules,
    composite_defaults,
    composite_parts,
)

OVERALL = "overall"
DISPLAY = "display"
CONTEST = "contest"
IMPORTANCE_PREFIX = "imp_"
SIDES = "voter"
"""The option list that says in which of two tallies a ballot counts."""

BESIDE_DIMENSIONS = frozenset({OVERALL, DISPLAY, CONTEST})
"""Dimensions of scored items that are printed beside the others and enter no overall score."""


@dataclass(frozen=True)
class Calibre:
    """Which levels of a scale count for each rate (domain.md 3.2)."""

    top2: tuple[str, ...]
    top3: tuple[str, ...]
    bad: tuple[str, ...]


@dataclass(frozen=True)
class FactRule:
    """A named share: ballots with one of `option_codes` among those that answered `item_code`."""

    code: str
    label: str
    item_code: str
    option_codes: tuple[str, ...]


@dataclass(frozen=True)
class NeedsRule:
    """A question what matters most, and which option stands for which scored item."""

    item_code: str
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FormRules:
    """What holds for one questionnaire only.

    Attributes:
        mass: dimension → weight in the mass score; empty where the form has none. The weights
            add up to 1, and the overall item is a dimension of its own.
        needs: None where the form has no such question.
        facts: named shares.
        dimension_labels: what a dimension is called in print.
    """

    mass: tuple[tuple[str, float], ...] = ()
    needs: NeedsRule | None = None
    facts: tuple[FactRule, ...] = ()
    dimension_labels: tuple[tuple[str, str], ...] = ()


FIVE_LEVELS = Calibre(top2=("5", "4"), top3=("5", "4", "3"), bad=("2", "1"))
FOUR_LEVELS = Calibre(top2=("4", "3"), top3=("4", "3", "2"), bad=("1",))

CALIBRES = {
    "sat5": FIVE_LEVELS,
    "sat5x": FIVE_LEVELS,
    "sat4": FOUR_LEVELS,
    "sat4x": FOUR_LEVELS,
    "grade4": FOUR_LEVELS,
}

POINTS_PRESETS: Mapping[str, Mapping[str, Mapping[str, float]]] = {
    "pass60": {},
    "linear": {scale: {"5": 100, "4": 75, "3": 50, "2": 25, "1": 0} for scale in ("sat5", "sat5x")},
    "even": {scale: {"5": 100, "4": 80, "3": 60, "2": 40, "1": 20} for scale in ("sat5", "sat5x")},
}
"""Points that replace the questionnaire's own; `pass60` is what the questionnaires carry."""

BRANCH_FORM = FormRules(
    mass=(("work", 0.5), ("five", 0.3), (OVERALL, 0.2)),
    needs=NeedsRule(
        item_code="A31",
        pairs=(("p1", "A11"), ("p2", "A12"), ("p3", "A13"), ("p4", "A14"), ("p5", "A15")),
    ),
    dimension_labels=(("work", "支部工作"), ("five", "五个好"), (OVERALL, "总体评价")),
)

WINDOW_FORM = FormRules(
    facts=(
        FactRule("one_trip", "一次办成率", "C02", ("0", "1")),
        FactRule("wait_30", "等候30分钟以内率", "C03", ("w1", "w2")),
    ),
    dimension_labels=(
        ("sunshine", "阳光服务"),
        ("smile", "微笑服务"),
        ("standard", "规范服务"),
        ("efficient", "高效服务"),
        ("clean", "廉洁服务"),
        (DISPLAY, "三亮达标"),
        (CONTEST, "三比"),
        (OVERALL, "总体评价"),
    ),
)


def _form_defaults() -> dict[str, FormRules]:
    return {"A_branch_mass": BRANCH_FORM, "C_window_sat": WINDOW_FORM}


@dataclass(frozen=True)
class RuleSet:
    """How a round is scored and what of it may be shown (domain.md 3).

    Attributes:
        points_preset: a key of `POINTS_PRESETS`.
        suspects_excluded: whether suspect ballots are left out of the official result.
        k_public, k_internal: fewest ballots of a cell that may be shown.
        rankable_base: fewest ballots of an object that is ranked.
        rankable_return: least share of issued ballots received, where issued is known.
        correction_return: least return for a finite-population correction.
        exact_population: largest population with exact intervals for small or extreme rates.
        item_base: fewest answers of an item that enters a dimension.
        importance_base: fewest importance answers for weights and quadrants.
        census_population: rosters up to this size are asked completely.
        unanimity_base: below it an item answered on one level only is withheld in public.
        low_top3, low_index: an item below either is a problem to put right.
        low_base: fewest answers of an item that is called low.
        rectify_workdays: limit of a rectification item from these figures, in working days.
        rank_seed, rank_draws: of the simulated rank intervals.
        breakdown_scales: option lists of the profile items that results may be broken down by.
        forms: questionnaire code → rules of that form.
        composites: level → how its composite score is made.
        stars: how stars are proposed.
        lines: aspects on which residents, leaders and inspectors stand side by side.
    """

    points_preset: str = "pass60"
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
    rank_seed: int = 20120229
    rank_draws: int = 10_000
    breakdown_scales: tuple[str, ...] = ("identity", "age")
    forms: Mapping[str, FormRules] = field(default_factory=_form_defaults)
    composites: Mapping[str, CompositeRules] = field(default_factory=composite_defaults)
    stars: StarRules = STARS
    lines: tuple[SourceLine, ...] = SOURCE_LINES

    def form(self, questionnaire_code: str) -> FormRules:
        """Return the rules of one form; empty ones where the form has none of its own."""
        return self.forms.get(questionnaire_code, FormRules())


DEFAULT = RuleSet()


def to_data(rules: RuleSet) -> dict[str, Any]:
    """Return `rules` as plain JSON values."""
    return asdict(rules)


def from_data(data: Mapping[str, Any]) -> RuleSet:
    """Return the rule set that `to_data` wrote; what `data` does not name is the default."""
    fields = dict(data)
    if "forms" in fields:
        fields["forms"] = {code: _form_from(form) for code, form in fields["forms"].items()}
    fields.update(composite_parts(fields))
    if "breakdown_scales" in fields:
        fields["breakdown_scales"] = tuple(fields["breakdown_scales"])
    return RuleSet(**fields)


def points_of(item: Item, rules: RuleSet) -> dict[str, float]:
    """Return option code → points of the scored options, best first as the scale lists them."""
    replaced = POINTS_PRESETS[rules.points_preset].get(item.scale, {})
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


def _form_from(data: Mapping[str, Any]) -> FormRules:
    needs = data.get("needs")
    return FormRules(
        mass=tuple((code, weight) for code, weight in data.get("mass", ())),
        needs=needs and NeedsRule(needs["item_code"], tuple((o, i) for o, i in needs["pairs"])),
        facts=tuple(
            FactRule(fact["code"], fact["label"], fact["item_code"], tuple(fact["option_codes"]))
            for fact in data.get("facts", ())
        ),
        dimension_labels=tuple((code, label) for code, label in data.get("dimension_labels", ())),
    )
