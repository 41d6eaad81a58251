"""What holds in every rule set: bounds of single values, floors of disclosure, and sums.

Checked wherever a rule set comes to be, so that no file, form or test can make one below a floor.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from reports.points import LEVELS, OWN, POINTS_PRESETS
from reports.rule_faults import RuleFault
from reports.rule_fields import BREAKDOWNS, COMPONENTS, FIELDS, Field, Kind
from reports.rule_values import Value, shown, values_of

if TYPE_CHECKING:
    from reports.rules import RuleSet

TOLERANCE = 1e-9
MOST_STARS = 5


def faults_of(rules: RuleSet) -> tuple[RuleFault, ...]:
    """Return everything that is wrong with `rules`; empty for a rule set that holds together."""
    return (
        *_bounds(rules),
        *_disclosure(rules),
        *_points(rules),
        *_weights(rules),
        *_stars(rules),
    )


def _bounds(rules: RuleSet) -> Iterator[RuleFault]:
    values = values_of(rules)
    for field in FIELDS:
        value = values[field.key]
        if value is None or isinstance(value, (bool, str)):
            continue
        if not field.least <= value <= field.most:
            low, high = (shown(field.kind, bound) for bound in (field.least, field.most))
            yield _fault(
                field, value, f"要在{low}到{high}之间", f"must be between {low} and {high}"
            )


def _disclosure(rules: RuleSet) -> Iterator[RuleFault]:
    """Few ballots: what is made of them may not be shown while they themselves are hidden."""
    if rules.k_public < rules.k_internal:
        yield RuleFault(
            "k_public", str(rules.k_public),
            f"不能比内部查看的{rules.k_internal}票少", "must not be below k_internal",
        )  # fmt: skip
    for key in ("rankable_base", "item_base", "importance_base", "low_base", "unanimity_base"):
        value = getattr(rules, key)
        if value < rules.k_public:
            yield RuleFault(
                key, str(value),
                f"不能比对外公布的{rules.k_public}票少，请提高到{rules.k_public}以上",
                f"must not be below k_public; raise it to {rules.k_public}",
            )  # fmt: skip
    unknown = [code for code in rules.breakdown_scales if code not in BREAKDOWNS]
    if unknown or len(set(rules.breakdown_scales)) < len(rules.breakdown_scales):
        yield RuleFault(
            "breakdown_scales", "、".join(rules.breakdown_scales),
            f"只能按{'、'.join(BREAKDOWNS)}分列，每种一次",
            f"only {', '.join(BREAKDOWNS)}, each once",
        )  # fmt: skip


def _points(rules: RuleSet) -> Iterator[RuleFault]:
    known = (*POINTS_PRESETS, OWN)
    if rules.points_preset not in known:
        yield RuleFault(
            "points_preset", rules.points_preset,
            f"只能是{'、'.join(known)}", f"must be one of {', '.join(known)}",
        )  # fmt: skip
    if bool(rules.points) != (rules.points_preset == OWN):
        yield RuleFault(
            "points", "、".join(rules.points),
            "自己定赋分时要填各级分数；用现成的赋分时不要填",
            "give points with the preset 'own', and with no other",
        )  # fmt: skip
    for scale, given in rules.points.items():
        levels = LEVELS.get(scale, ())
        if set(given) != set(levels):
            yield RuleFault(
                f"points.{scale}", "、".join(given),
                f"每一级都要有分数：{'、'.join(levels)}" if levels else "没有这种量表",
                f"give every level: {', '.join(levels)}" if levels else "no such scale",
            )  # fmt: skip
            continue
        row = [given[code] for code in levels]
        if row != sorted(row, reverse=True) or row[0] == row[-1]:
            yield RuleFault(
                f"points.{scale}", "、".join(f"{each:g}" for each in row),
                "好的一级不能比差的一级分低，也不能全都一样",
                "a better level must not be worth less, nor all the same",
            )  # fmt: skip


def _weights(rules: RuleSet) -> Iterator[RuleFault]:
    for code, form in rules.forms.items():
        if form.mass:
            yield from _sum(f"forms.{code}.mass", form.mass)
    for level, made in rules.composites.items():
        key, known = f"composites.{level}.weights", COMPONENTS.get(level, {})
        named = [component for component, _ in made.weights]
        if not named or named[0] != next(iter(known), None) or len(set(named)) < len(named):
            yield RuleFault(
                key, "、".join(named),
                f"群众的评价不能少，并排在第一：{next(iter(known), '')}",
                f"the residents' component comes first: {next(iter(known), '')}",
            )  # fmt: skip
        if not set(named) <= set(known):
            yield RuleFault(
                key, "、".join(named),
                f"只能用{'、'.join(known)}", f"only {', '.join(known)} can be parts",
            )  # fmt: skip
        yield from _sum(key, made.weights)


def _sum(key: str, weights: tuple[tuple[str, float], ...]) -> Iterator[RuleFault]:
    total = sum(weight for _, weight in weights)
    if abs(total - 1) > TOLERANCE or any(weight <= 0 for _, weight in weights):
        percent = shown(Kind.SHARE, total)
        yield RuleFault(
            key, f"{percent}%", "各项权重要大于0，合计是100%", "weights above 0, 100 % in all"
        )


def _stars(rules: RuleSet) -> Iterator[RuleFault]:
    stars = rules.stars
    edges = list(stars.thresholds)
    if not 0 < len(edges) < MOST_STARS or edges != sorted(set(edges)):
        yield RuleFault(
            "stars.thresholds", "、".join(f"{edge:g}" for edge in edges),
            "从两星起一级比一级高，不能空着中间的", "each star asks for more than the one below it",
        )  # fmt: skip
    if stars.gate_low > stars.gate_high or stars.gate_low_most > stars.gate_high_most:
        yield RuleFault(
            "stars.gate_low", shown(Kind.SHARE, stars.gate_low),
            "第二道线不能高于第一道线，星数也不能更多",
            "the lower gate is not above the higher one, nor allows more stars",
        )  # fmt: skip
    if stars.gate_calibre not in ("top2", "top3"):
        yield RuleFault(
            "stars.gate_calibre", stars.gate_calibre,
            "只能是 top2 或 top3", "must be top2 or top3",
        )  # fmt: skip
    levels = [star for star, _ in stars.quotas]
    if len(set(levels)) < len(levels) or not set(levels) <= {2, 3, 4, 5}:
        yield RuleFault(
            "stars.quotas", "、".join(map(str, levels)),
            "只限两星到五星，每种一次", "quotas are for two to five stars, each once",
        )  # fmt: skip
    if any(not 0 < share <= 1 for _, share in stars.quotas):
        yield RuleFault(
            "stars.quotas", "、".join(shown(Kind.SHARE, share) for _, share in stars.quotas),
            "比例在0到100%之间", "a quota is above 0 and at most 100 %",
        )  # fmt: skip


def _fault(field: Field, value: Value, zh: str, en: str) -> RuleFault:
    return RuleFault(field.key, shown(field.kind, value), zh, en)
