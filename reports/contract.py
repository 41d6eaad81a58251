"""Figures as the JSON that programs read (contract.md, section 5), to four decimals."""

from __future__ import annotations

from typing import Any

from reports.figures import (
    DimensionFigures,
    Distribution,
    Figures,
    Interval,
    ItemFigures,
    NeedFigures,
    Rate,
    Slips,
)

DECIMALS = 4


def to_contract(figures: Figures, round_code: str) -> dict[str, Any]:
    """Return one object of the export; a value that may not be shown is None.

    Items, dimensions and needs are there for every object of a questionnaire, hidden ones
    included. Beyond the names of the contract it holds `mass_se`, `csi_equal`, `facts` (those
    that may be shown), `present` (people counted at meetings), `slips` (what became of its
    tickets: used, unused, void), `display_rate`, `contest_index`, `choices` (counts and shares
    of every choice that is not scored; "" is no answer), `numbers` and, of a roll-up, `members`.
    Of a rectification item, `item` is its number.
    """
    rank = figures.rank
    data: dict[str, Any] = {
        "round": round_code,
        "org": figures.target.org_id,
        "level": figures.target.level,
        "questionnaire": figures.questionnaire,
        "status": figures.status.value,
        "n": figures.n,
        "received": figures.received,
        "excluded": figures.excluded,
        "void": figures.void,
        "issued": figures.target.issued,
        "present": figures.target.present,
        "slips": _slips(figures.target.slips),
        "items": {code: _item(item) for code, item in figures.items.items()},
        "overall": None if figures.overall is None else _overall(figures.overall),
        "dimensions": {code: _dimension(each) for code, each in figures.dimensions.items()},
        "csi": _number(figures.csi),
        "csi_equal": _number(figures.csi_equal),
        "mass": None if figures.mass is None else _number(figures.mass.score),
        "mass_se": None if figures.mass is None else _number(figures.mass.se),
        "facts": {fact.code: _number(fact.rate.share) for fact in figures.facts},
        "display_rate": _number(figures.display_rate),
        "contest_index": _number(figures.contest_index),
        "rank": rank
        and {"place": rank.place, "low": rank.low, "high": rank.high, "band": rank.band},
    }
    if figures.target.item:
        data["item"] = figures.target.item
    if figures.distributions:
        data["choices"] = {code: _choice(each) for code, each in figures.distributions.items()}
    if figures.numbers:
        data["numbers"] = {
            code: {"n": each.n, "mean": _number(each.mean), "sd": _number(each.sd)}
            for code, each in figures.numbers.items()
        }
    if figures.needs:
        data["needs"] = {need.item_code or need.code: _need(need) for need in figures.needs}
    if figures.roll_up is not None:
        data["members"] = figures.roll_up.members
    return data


def _slips(slips: Slips | None) -> dict[str, int] | None:
    if slips is None:
        return None
    return {"used": slips.used, "unused": slips.unused, "void": slips.void}


def _item(item: ItemFigures) -> dict[str, Any]:
    data: dict[str, Any] = {
        "n": item.n,
        "dont_know": item.dont_know,
        "counts": None if item.counts is None else dict(item.counts),
        "index": _number(item.index),
        "top2": _share(item.top2),
        "top3": _share(item.top3),
    }
    return {**data, "unanimous": True} if item.is_unanimous else data


def _overall(item: ItemFigures) -> dict[str, Any]:
    data: dict[str, Any] = {
        "item": item.code,
        "index": _number(item.index),
        "index_interval": _interval(item.index_interval),
        "top2": _share(item.top2),
        "top3": _share(item.top3),
        "top2_interval": item.top2 and _interval(item.top2.interval),
        "top2_method": item.top2 and item.top2.method.value,
        "top3_interval": item.top3 and _interval(item.top3.interval),
        "top3_method": item.top3 and item.top3.method.value,
    }
    return {**data, "unanimous": True} if item.is_unanimous else data


def _choice(distribution: Distribution) -> dict[str, Any]:
    return {
        "n": distribution.n,
        "counts": {option.code: option.chosen for option in distribution.options},
        "shares": {option.code: _number(option.share) for option in distribution.options},
    }


def _dimension(dimension: DimensionFigures) -> dict[str, Any]:
    return {
        "index": _number(dimension.index),
        "importance": _number(dimension.importance),
        "performance": _number(dimension.performance),
        "quadrant": dimension.quadrant and dimension.quadrant.value,
    }


def _need(need: NeedFigures) -> dict[str, Any]:
    return {
        "option": need.code,
        "importance": _number(need.importance),
        "performance": _number(need.performance),
        "quadrant": need.quadrant and need.quadrant.value,
    }


def _share(rate: Rate | None) -> float | None:
    return None if rate is None else _number(rate.share)


def _interval(interval: Interval | None) -> list[float] | None:
    if interval is None:
        return None
    return [round(interval.low, DECIMALS), round(interval.high, DECIMALS)]


def _number(value: float | None) -> float | None:
    return None if value is None else round(value, DECIMALS)
