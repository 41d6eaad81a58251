"""What stays of one object's figures for an audience: small cells and unanimous answers go.

Rules: domain.md 3.12 and 3.13; reasons: docs/methods.md, section 10.
"""

from __future__ import annotations

from dataclasses import replace

from reports.figures import (
    Audience,
    Breakdown,
    BreakdownCell,
    DimensionFigures,
    Distribution,
    FactFigures,
    Figures,
    ItemFigures,
    NeedFigures,
    NumberFigures,
    Rank,
    RollUp,
    Status,
    SuspectEffect,
)
from reports.form_rules import CONTEST, DISPLAY, OVERALL
from reports.rules import RuleSet
from reports.suppression import hidden_cells

ABOVE = "高于95%"
BELOW = "低于5%"


def threshold(rules: RuleSet, audience: Audience) -> int:
    """Return the fewest ballots of a cell that `audience` may see."""
    return rules.k_public if audience is Audience.PUBLIC else rules.k_internal


def blank(figures: Figures, audience: Audience) -> Figures:
    """Return an object with nothing but whose it is: for one that stays hidden.

    One that is hidden to protect another looks the same as one with few ballots.
    """
    overall = figures.overall
    return Figures(
        target=replace(figures.target, issued=None, slips=None, present=None),
        questionnaire=figures.questionnaire,
        audience=audience,
        status=Status.SUPPRESSED,
        is_shown=False,
        items={code: _bare(item) for code, item in figures.items.items()},
        overall=None if overall is None else _bare(overall),
        dimensions={
            code: DimensionFigures(code, item_codes=dimension.item_codes)
            for code, dimension in figures.dimensions.items()
        },
        needs=tuple(NeedFigures(need.code, need.item_code) for need in figures.needs),
    )


def veil(
    figures: Figures,
    rules: RuleSet,
    audience: Audience,
    *,
    withheld: frozenset[str] = frozenset(),
) -> Figures:
    """Return what `audience` may see of an object whose number of ballots it may see.

    `withheld` are items that may not be shown for the sake of others.
    """
    k = threshold(rules, audience)
    is_public = audience is Audience.PUBLIC
    items = {
        code: _bare(item) if code in withheld else _item(item, k, is_public=is_public)
        for code, item in figures.items.items()
    }
    # What is made of a withheld item would give it back, so it goes with it.
    withheld |= {code for code, item in items.items() if is_public and item.is_unanimous}
    touched = frozenset(items[code].dimension for code in withheld)
    masses = {code for code, _ in rules.form(figures.questionnaire).mass}
    cells = {
        code: _small_cells(each, k)
        for code, each in figures.distributions.items()
        if code in {breakdown.item_code for breakdown in figures.breakdowns}
    }
    veiled = replace(
        figures,
        audience=audience,
        items=items,
        overall=figures.overall and items[figures.overall.code],
        mass=None if masses & touched else figures.mass,
        facts=tuple(f for f in figures.facts if _is_open(f, k, rules, is_public=is_public)),
        display_rate=None if DISPLAY in touched else figures.display_rate,
        contest_index=None if CONTEST in touched else figures.contest_index,
        distributions={
            code: _distribution(each, k, cells.get(code), is_public=is_public)
            for code, each in figures.distributions.items()
        },
        numbers={code: _number(each, k, rules) for code, each in figures.numbers.items()},
        breakdowns=()
        if OVERALL in touched
        else tuple(
            _breakdown(each, cells.get(each.item_code, frozenset()), k, is_public=is_public)
            for each in figures.breakdowns
        ),
        suspects=None if OVERALL in touched else _suspects(figures.suspects, k),
        rank=_public_rank(figures.rank) if is_public else figures.rank,
        roll_up=_public_roll_up(figures.roll_up) if is_public else figures.roll_up,
        alphas={code: alpha for code, alpha in figures.alphas.items() if code not in touched},
        derived={} if is_public else figures.derived,
        signs={
            sign: count
            for sign, count in figures.signs.items()
            if count >= k and (figures.n or 0) - count >= k
        },
    )
    return _without_derived(veiled, withheld, touched)


def pooled_away(figures: Figures) -> Figures:
    """Return a total without the sums of its parts' answers.

    Where a part is hidden, sums beside weighted means would let a reader solve for that part.
    """
    items = {
        code: replace(item, n=None, dont_know=None, dont_know_share=None, counts=None)
        for code, item in figures.items.items()
    }
    return replace(
        figures,
        items=items,
        overall=figures.overall and items[figures.overall.code],
        needs=tuple(replace(need, chosen=None) for need in figures.needs),
        distributions={},
        numbers={},
    )


def _number(number: NumberFigures, k: int, rules: RuleSet) -> NumberFigures:
    """Return a number without figures where few entered one, or few and all the same."""
    n = number.n or 0
    is_same = n < rules.unanimity_base and not number.sd
    return NumberFigures(number.code) if n < k or is_same else number


def _bare(item: ItemFigures) -> ItemFigures:
    return ItemFigures(item.code, item.dimension)


def _item(item: ItemFigures, k: int, *, is_public: bool) -> ItemFigures:
    """Return the item without figures where few answered it, or few all said the same."""
    if item.n and item.n < k:
        return _bare(item)
    if not (is_public and item.is_unanimous):
        return item
    level = item.top3.share if item.top3 else item.index
    return replace(_bare(item), is_unanimous=True, unanimous_mark=ABOVE if level else BELOW)


def _without_derived(
    figures: Figures, withheld: frozenset[str], touched: frozenset[str]
) -> Figures:
    """Return `figures` without what a withheld item could be worked out of."""
    dimensions = {
        code: DimensionFigures(code, item_codes=dimension.item_codes)
        if code in touched
        else dimension
        for code, dimension in figures.dimensions.items()
    }
    needs = tuple(
        replace(need, performance=None, gap=None) if need.item_code in withheld else need
        for need in figures.needs
    )
    if touched & figures.dimensions.keys() or withheld & {need.item_code for need in needs}:
        figures = replace(figures, cross=None, csi=None, csi_equal=None, csi_gap=None)
        dimensions = {
            code: replace(each, quadrant=None, weight=None) for code, each in dimensions.items()
        }
        needs = tuple(replace(need, quadrant=None) for need in needs)
    gap = None if OVERALL in touched else figures.csi_gap
    return replace(figures, dimensions=dimensions, needs=needs, csi_gap=gap)


def _is_open(fact: FactFigures, k: int, rules: RuleSet, *, is_public: bool) -> bool:
    base = fact.rate.base
    if base is None:
        return True
    is_unanimous = base < rules.unanimity_base and fact.rate.share in {0.0, 1.0}
    return base >= k and not (is_public and is_unanimous)


def _small_cells(distribution: Distribution, k: int) -> frozenset[str]:
    return hidden_cells({o.code: o.chosen or 0 for o in distribution.options}, k)


def _distribution(
    distribution: Distribution, k: int, cells: frozenset[str] | None, *, is_public: bool
) -> Distribution:
    """Return the distribution without small cells; one that few answered holds nothing.

    Args:
        distribution: as counted.
        k: fewest ballots that may be shown.
        cells: options to hide, of a profile item; None for others, whose options are answers
            of a group that is shown, not groups themselves.
        is_public: whether unanimous answers are withheld.
    """
    is_closed = bool(distribution.n and distribution.n < k) or (
        is_public and distribution.is_unanimous
    )
    if is_closed:
        options = tuple(replace(o, chosen=None, share=None) for o in distribution.options)
        return replace(distribution, n=None, options=options, not_asked=None)
    if not cells:
        return distribution
    options = tuple(
        replace(option, chosen=None, share=None) if option.code in cells else option
        for option in distribution.options
    )
    return replace(distribution, options=options)


def _breakdown(
    breakdown: Breakdown, cells: frozenset[str], k: int, *, is_public: bool
) -> Breakdown:
    return replace(
        breakdown,
        cells=tuple(
            BreakdownCell(cell.code)
            if cell.code in cells or (cell.n and cell.n < k)
            else BreakdownCell(cell.code, is_unanimous=True)
            if is_public and cell.is_unanimous
            else cell
            for cell in breakdown.cells
        ),
    )


def _suspects(effect: SuspectEffect | None, k: int) -> SuspectEffect | None:
    if effect is None or effect.suspects >= k:
        return effect
    return replace(effect, index_with=None, index_without=None)


def _public_rank(rank: Rank | None) -> Rank | None:
    return None if rank is None else Rank(rank.band)


def _public_roll_up(roll_up: RollUp | None) -> RollUp | None:
    return None if roll_up is None else RollUp(roll_up.members)
