"""From counts to figures, for one object: nothing is withheld here.

What of it an audience may see is decided in `reports.disclosure`. Formulas: docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from forms.definition import NUMBERS, Item, ItemKind, Questionnaire
from reports.composition import Readings, with_scores
from reports.derived_importance import derived_importance
from reports.estimates import (
    Coverage,
    correction,
    mean_interval,
    rate,
    spread_of,
    spread_of_moments,
)
from reports.figures import (
    Audience,
    Breakdown,
    BreakdownCell,
    Distribution,
    FactFigures,
    Figures,
    ItemFigures,
    NumberFigures,
    OptionCount,
    Status,
    SuspectEffect,
    Target,
)
from reports.points import CALIBRES
from reports.quadrants import Exact, exact, exact_mean
from reports.reliability import printed_alphas
from reports.rules import (
    UNPUBLISHED,
    RuleSet,
    breakdown_items,
    dimension_items,
    importance_items,
    overall_item,
    points_of,
)
from reports.tally import NO_ANSWER, NOT_ASKED, Counts, Tally, TargetTally

NO_COUNTS: Counts = {}
CHANGE_STEPS = (0.5, 1.0, 2.0, 5.0, 10.0, 100.0)


def measure(
    questionnaire: Questionnaire,
    tally: TargetTally,
    rules: RuleSet,
    target: Target,
    known: Readings | None = None,
) -> Figures:
    """Return every figure of one object, before disclosure control and without a rank.

    `known` is `readings` of the same tally, for callers that have them already.
    """
    official = tally.official
    return_rate = return_of(tally.received, target.issued)
    coverage = Coverage(target.population, return_rate)
    counted = Figures(
        target=target,
        questionnaire=questionnaire.code,
        audience=Audience.INTERNAL,
        status=status_of(official.n, return_rate, rules),
        is_shown=True,
        n=official.n,
        received=tally.received,
        excluded=tally.excluded,
        void=tally.void,
        return_rate=return_rate,
        valid_rate=official.n / tally.received if tally.received else None,
        items={
            item.code: item_figures(item, official.items.get(item.code, NO_COUNTS), coverage, rules)
            for item in questionnaire.items
            if item.is_scored
        },
        facts=_facts(questionnaire, official, coverage, rules),
        distributions=distributions(questionnaire, official, rules),
        numbers=_numbers(questionnaire, official),
        breakdowns=_breakdowns(questionnaire, official, rules),
        suspects=_suspect_effect(overall_item(questionnaire), tally, rules),
    )
    exact_values = known or readings(questionnaire, official, rules)
    error = _mass_error(official, coverage, rules)
    scored = with_scores(questionnaire, rules, counted, exact_values, error)
    quadrants = [each.quadrant for each in scored.dimensions.values()]
    is_asked = any([*quadrants, *(each.quadrant for each in scored.needs)])
    return replace(
        scored,
        signs=tally.signs,
        alphas={each.dimension: each.alpha for each in printed_alphas(official.cases)},
        derived={} if is_asked else derived_importance(questionnaire, official, rules),
    )


def return_of(received: int, issued: int | None) -> float | None:
    """Return the rate of return; None where it is unknown what was issued.

    More received than issued means that others than their holders answered too: an open poster
    beside declared paper. Then the rate says nothing.
    """
    if not issued or received > issued:
        return None
    return received / issued


def status_of(n: int, return_rate: float | None, rules: RuleSet) -> Status:
    """Return how far figures from `n` ballots carry (domain.md 3.13, rule 3)."""
    if n < rules.k_public:
        return Status.SUPPRESSED
    if n < rules.rankable_base:
        return Status.SMALL_SAMPLE
    if return_rate is not None and return_rate < rules.rankable_return:
        return Status.LOW_RETURN
    return Status.RANKABLE


def item_figures(item: Item, counts: Counts, coverage: Coverage, rules: RuleSet) -> ItemFigures:
    """Return index, rates and intervals of one scored item."""
    points = points_of(item, rules)
    dont_know = sum(counts.get(code, 0) for code in item.option_codes if code not in points)
    scored = {code: counts.get(code, 0) for code in points}
    spread = spread_of(points, scored)
    n = spread.n if spread else 0
    if spread is None:
        return ItemFigures(item.code, item.dimension, 0, dont_know, 1.0 if dont_know else None)
    factor = correction(n, coverage, rules)
    calibre = CALIBRES.get(item.scale)

    def share(codes: tuple[str, ...]) -> int:
        return sum(scored.get(code, 0) for code in codes)

    return ItemFigures(
        code=item.code,
        dimension=item.dimension,
        n=n,
        dont_know=dont_know,
        dont_know_share=dont_know / (n + dont_know),
        counts=scored,
        index=spread.mean,
        index_interval=mean_interval(spread, factor, rules),
        sd=spread.sd,
        se=None if spread.se is None else spread.se * factor,
        mean_code=_mean_code(scored, n),
        top2=rate(share(calibre.top2), n, coverage, rules) if calibre else None,
        top3=rate(share(calibre.top3), n, coverage, rules) if calibre else None,
        bad=rate(share(calibre.bad), n, coverage, rules) if calibre else None,
        is_unanimous=is_unanimous(scored, rules),
    )


def is_unanimous(counts: Mapping[str, int], rules: RuleSet) -> bool:
    """Whether a few ballots say all the same, so that one number tells what everybody said."""
    n = sum(counts.values())
    return 0 < n < rules.unanimity_base and max(counts.values()) == n


def code_values(item: Item, rules: RuleSet) -> dict[str, Exact]:
    """Return option code → its number, for scales whose codes are the levels 1–5."""
    codes = points_of(item, rules) or dict.fromkeys(item.option_codes)
    return {code: int(code) for code in codes if code.isdecimal()}


def readings(questionnaire: Questionnaire, tally: Tally, rules: RuleSet) -> Readings:
    """Return the exact values that quadrants and weights are made of."""
    importance: dict[str, Fraction] = {}
    importance_n: dict[str, int] = {}
    for dimension, item in importance_items(questionnaire).items():
        counts = tally.items.get(item.code, NO_COUNTS)
        values = code_values(item, rules)
        _keep(importance, dimension, exact_mean(counts, values))
        importance_n[dimension] = sum(counts.get(code, 0) for code in values)
    codes: dict[str, Fraction] = {}
    for dimension, group in dimension_items(questionnaire).items():
        for item in group if dimension in importance else ():
            counts = tally.items.get(item.code, NO_COUNTS)
            _keep(codes, item.code, exact_mean(counts, code_values(item, rules)))
    needs = rules.form(questionnaire.code).needs
    if needs is None or needs.item_code not in questionnaire.items_by_code:
        return Readings(codes, {}, importance, importance_n)
    indices: dict[str, Fraction] = {}
    for _, item_code in needs.pairs:
        points = points_of(questionnaire.item(item_code), rules)
        values = {code: exact(value) for code, value in points.items()}
        _keep(indices, item_code, exact_mean(tally.items.get(item_code, NO_COUNTS), values))
    counts = tally.items.get(needs.item_code, NO_COUNTS)
    chosen = {
        code: counts.get(code, 0) for code in questionnaire.item(needs.item_code).option_codes
    }
    shares = {code: Fraction(count, tally.n) for code, count in chosen.items() if tally.n}
    need_n = answered(tally, needs.item_code)
    return Readings(codes, indices, importance, importance_n, shares, chosen, need_n)


def answered(tally: Tally, item_code: str) -> int:
    """Return how many ballots gave any answer to an item."""
    counts = tally.items.get(item_code)
    if counts is None:
        return 0
    return tally.n - counts.get(NO_ANSWER, 0) - counts.get(NOT_ASKED, 0)


def distributions(
    questionnaire: Questionnaire, tally: Tally, rules: RuleSet
) -> dict[str, Distribution]:
    """Return the distribution of every choice that is not scored and not about contact."""
    profile = {item.code for item in breakdown_items(questionnaire, rules)}
    return {
        item.code: _distribution(item, tally, rules, is_profile=item.code in profile)
        for item in questionnaire.items
        if item.kind in {ItemKind.SINGLE_CHOICE, ItemKind.MULTIPLE_CHOICE}
        and not item.is_scored
        and item.dimension not in UNPUBLISHED
        and item.code in tally.items
    }


def _distribution(item: Item, tally: Tally, rules: RuleSet, *, is_profile: bool) -> Distribution:
    counts = tally.items[item.code]
    n = answered(tally, item.code)
    chosen = {code: counts.get(code, 0) for code in item.option_codes}
    if is_profile:
        n += counts.get(NO_ANSWER, 0)
        chosen[NO_ANSWER] = counts.get(NO_ANSWER, 0)
    is_multiple = item.kind is ItemKind.MULTIPLE_CHOICE
    return Distribution(
        code=item.code,
        dimension=item.dimension,
        n=n,
        is_multiple=is_multiple,
        options=tuple(
            OptionCount(code, count, count / n if n else None) for code, count in chosen.items()
        ),
        not_asked=counts.get(NOT_ASKED, 0),
        is_unanimous=not is_multiple and is_unanimous(chosen, rules),
    )


def _numbers(questionnaire: Questionnaire, tally: Tally) -> dict[str, NumberFigures]:
    figures = {}
    for item in questionnaire.items:
        moments = tally.numbers.get(item.code)
        if item.kind in NUMBERS and moments is not None and moments.n:
            spread = spread_of_moments(moments.n, moments.total, moments.squares)
            figures[item.code] = NumberFigures(
                item.code, moments.n, moments.total / moments.n, spread.sd if spread else None
            )
    return figures


def _mass_error(tally: Tally, coverage: Coverage, rules: RuleSet) -> float | None:
    moments = tally.mass
    spread = spread_of_moments(moments.n, moments.total, moments.squares)
    if spread is None or spread.se is None:
        return None
    return spread.se * correction(moments.n, coverage, rules)


def _facts(
    questionnaire: Questionnaire, tally: Tally, coverage: Coverage, rules: RuleSet
) -> tuple[FactFigures, ...]:
    figures = []
    for fact in rules.form(questionnaire.code).facts:
        counts = tally.items.get(fact.item_code, NO_COUNTS)
        chosen = sum(counts.get(code, 0) for code in fact.option_codes)
        share = rate(chosen, answered(tally, fact.item_code), coverage, rules)
        if share is not None:
            figures.append(FactFigures(fact.code, fact.label, fact.item_code, share))
    return tuple(figures)


def _breakdowns(
    questionnaire: Questionnaire, tally: Tally, rules: RuleSet
) -> tuple[Breakdown, ...]:
    overall = overall_item(questionnaire)
    if overall is None:
        return ()
    return tuple(
        Breakdown(
            profile.code,
            tuple(
                _cell(code, overall, tally.groups[profile.code].get(code, {}), rules)
                for code in profile.option_codes
            ),
        )
        for profile in breakdown_items(questionnaire, rules)
        if profile.code in tally.groups
    )


def _cell(code: str, overall: Item, items: Mapping[str, Counts], rules: RuleSet) -> BreakdownCell:
    # Nobody knows how many of a group were entitled, so its intervals are never corrected.
    figures = item_figures(overall, items.get(overall.code, NO_COUNTS), Coverage(), rules)
    return BreakdownCell(
        code, figures.n, figures.index, figures.top2, figures.top3, figures.is_unanimous
    )


def _suspect_effect(
    overall: Item | None, tally: TargetTally, rules: RuleSet
) -> SuspectEffect | None:
    if overall is None or tally.excluded == 0:
        return None
    points = points_of(overall, rules)
    without = spread_of(points, tally.official.items.get(overall.code, NO_COUNTS))
    with_all = spread_of(points, tally.complete.items.get(overall.code, NO_COUNTS))
    if without is None or with_all is None:
        return None
    change = abs(with_all.mean - without.mean)
    step = next(step for step in CHANGE_STEPS if change < step or step == CHANGE_STEPS[-1])
    return SuspectEffect(tally.excluded, step, with_all.mean, without.mean)


def _mean_code(counts: Mapping[str, int], n: int) -> float | None:
    if not all(code.isdecimal() for code in counts):
        return None
    return sum(int(code) * count for code, count in counts.items()) / n


def _keep(values: dict[str, Fraction], code: str, value: Fraction | None) -> None:
    if value is not None:
        values[code] = value
