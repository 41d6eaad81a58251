"""Sentences made by rules from figures; no word is written by hand for one object."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from reports import display
from reports.figures import (
    CrossLines,
    DimensionFigures,
    Distribution,
    Figures,
    ItemFigures,
    Method,
    NeedFigures,
    Quadrant,
    Rate,
    Status,
)
from reports.form_rules import OVERALL
from reports.material import Material
from reports.rules import RuleSet

NUMBERS = ("", "一", "两", "三")
COUNTED = "一二三四五六七八九十"
METHODS = {
    Method.CENSUS: "全员参评，不设区间",
    Method.HYPERGEOMETRIC: "超几何分布精确区间",
    Method.WILSON_FPC: "威尔逊法，作有限总体修正",
    Method.WILSON: "威尔逊法",
    Method.STRATIFIED: "分层加权区间",
    Method.NONE: "不设区间",
}


def rate_words(rate: Rate) -> str:
    """Return a rate with what it was made of: “86.0%（74/86），95%区间77.2%～91.8%”."""
    words = share_words(rate)
    if rate.method is Method.CENSUS:
        return f"{words}，{display.CENSUS}"
    if rate.interval is not None:
        words += f"，95%区间{display.percent_interval(rate.interval)}"
    return words


def day(value: date) -> str:
    """Return a date as Chinese documents write it: 2026年9月1日."""
    return f"{value.year}年{value.month}月{value.day}日"


def period(first: date, last: date) -> str:
    """Return a period, saying year and month once where both days share them."""
    if (first.year, first.month) == (last.year, last.month):
        return f"{day(first)}至{last.day}日"
    if first.year == last.year:
        return f"{day(first)}至{last.month}月{last.day}日"
    return f"{day(first)}至{day(last)}"


def one_by_one(points: Sequence[str]) -> tuple[str, ...]:
    """Return points as 一是…, 二是…; a single one goes without a number."""
    if len(points) == 1:
        return tuple(points)
    return tuple(f"{COUNTED[place]}是{point}" for place, point in enumerate(points))


def opening(material: Material) -> tuple[str, ...]:
    """Return the sentences a report opens with: how satisfied, how sure, what to do first."""
    overall = material.figures.overall
    if overall is None or overall.top2 is None or overall.top3 is None:
        return (withheld(overall),)
    return (
        how_satisfied(overall.top2, overall.top3),
        how_sure(material.figures, overall.top2),
        first_step(material),
    )


def how_satisfied(top2: Rate, top3: Rate) -> str:
    """Say both calibres of the overall item in one sentence."""
    return f"满意率（满意以上）{share_words(top2)}，基本满意以上率{share_words(top3)}。"


def share_words(rate: Rate) -> str:
    """Return a rate with what it was made of, without its interval: “86.0%（74/86）”."""
    words = display.percent(rate.share)
    if rate.chosen is not None and rate.base is not None:
        words += f"（{display.fraction(rate.chosen, rate.base)}）"
    return words


def how_sure(figures: Figures, rate: Rate) -> str:
    """Say what the interval means, and what it does not cover."""
    if rate.method is Method.CENSUS:
        return "应评人员全部参评，这就是全体的意见，不需要估计误差。"
    if rate.interval is None:
        return "票数太少，不能给出误差范围，结果仅供参考。"
    words = [f"有95%的把握认为，满意率在{display.percent_interval(rate.interval)}之间"]
    if figures.status is Status.SUPPRESSED:
        words.append("票数不足，只供内部了解，不得公布")
    if figures.status is Status.SMALL_SAMPLE:
        words.append("票数偏少，仅供参考，不参加排名")
    if figures.status is Status.LOW_RETURN:
        words.append("回收率不足一半，没有交票的人可能另有看法，不参加排名")
    if is_self_selected(figures):
        words.append("参评出于自愿，不是随机抽样，区间不反映没有参评的人的看法")
    return f"{'；'.join(words)}。"


def is_self_selected(figures: Figures) -> bool:
    """Whether whoever liked took part: no ballots were issued, and not everybody answered.

    Such a report says 自愿参与，非随机样本 (domain.md 3.3).
    """
    overall = figures.overall
    rate = overall.top2 if overall is not None else None
    return figures.target.issued is None and (rate is None or rate.method is not Method.CENSUS)


def first_step(material: Material) -> str:
    """Say what to put right first, and by which figures."""
    if material.findings:
        ref = material.findings[0].ref
        return f"最先要改的是“{finding_name(material, ref)}”：{finding_reason(material, ref)}"
    items = [
        item
        for item in material.figures.items.values()
        if item.index is not None and item.dimension != OVERALL
    ]
    if not items:
        return "各分项的票数不足，暂不能指出先改哪一项。"
    lowest = min(items, key=lambda figures: figures.index or 0)
    judged = "没有低于标准、也没有落入优先整改区的内容"
    if not material.figures.is_rankable:
        judged = "票数或回收率不够，不判定哪些必须整改"
    return (
        f"{judged}；得分靠后的是“{material.short(lowest.code)}”"
        f"（指数{display.index(lowest.index or 0)}），可先从这里改进。"
    )


def finding_name(material: Material, ref: str) -> str:
    """Return what the thing to put right is called: a dimension, a need or an item."""
    if ref in material.figures.dimensions:
        return material.dimension(ref)
    need = _need(material.figures.needs, ref)
    return material.short(need.item_code if need else ref)


def finding_reason(material: Material, ref: str) -> str:
    """Return the figures for which something must be put right, as one sentence."""
    figures, cross = material.figures, material.figures.cross
    dimension, need = figures.dimensions.get(ref), _need(figures.needs, ref)
    if cross is not None and dimension is not None:
        return _dimension_reason(dimension, cross)
    if cross is not None and need is not None and need.quadrant is Quadrant.CONCENTRATE:
        return _need_reason(need, cross, figures.n)
    return _item_reason(figures.items[ref], material.rules)


def _dimension_reason(dimension: DimensionFigures, cross: CrossLines) -> str:
    importance, performance = dimension.importance or 0.0, dimension.performance or 0.0
    return (
        f"重要程度{display.index(importance)}（平均{display.index(cross.importance)}），"
        f"满意程度{display.index(performance)}（平均{display.index(cross.performance)}）。"
    )


def weakest_part(material: Material, ref: str) -> str:
    """Name the item of a dimension with the lowest index; nothing for what is one item itself."""
    dimension = material.figures.dimensions.get(ref)
    if dimension is None:
        return ""
    items = [material.figures.items[code] for code in dimension.item_codes]
    known = [(i.index, i.code, i.top2) for i in items if i.top2 and i.index is not None]
    if not known:
        return ""
    _, code, rate = min(known, key=lambda entry: entry[0])
    return f"其中“{material.short(code)}”满意率{rate_words(rate)}。"


def _need_reason(need: NeedFigures, cross: CrossLines, n: int | None) -> str:
    return (
        f"{display.percent(need.importance or 0)}{_of(need, n)}的参评群众希望先做好"
        f"（平均{display.percent(cross.importance)}），满意度指数"
        f"{display.index(need.performance or 0)}（平均{display.index(cross.performance)}）。"
    )


def _of(need: NeedFigures, n: int | None) -> str:
    """Return what the share of a need was made of, in brackets."""
    return f"（{need.chosen}/{n}）" if need.chosen is not None and n else ""


def _item_reason(item: ItemFigures, rules: RuleSet) -> str:
    parts = []
    if item.index is not None:
        limit = display.rounded(rules.low_index, 0)
        parts.append(f"满意度指数{display.index(item.index)}（标准{limit}）")
    if item.top3 is not None:
        limit = display.percent(rules.low_top3)
        fraction = display.fraction(item.top3.chosen or 0, item.top3.base or 0)
        parts.append(f"基本满意以上率{display.percent(item.top3.share)}（{fraction}，标准{limit}）")
    return f"{'，'.join(parts)}。"


def withheld(overall: ItemFigures | None) -> str:
    """Say why there is no overall result, without any count."""
    why = "为保护填票人，不列具体数字。"
    if overall is not None and overall.unanimous_mark:
        return f"基本满意以上率{overall.unanimous_mark}；票数偏少且意见一致，{why}"
    return f"有总体评价的票不足，{why}"


def compared(material: Material) -> str:
    """Compare the overall index with its peers': higher or lower only beyond the interval."""
    mine = material.figures.overall
    together = material.peers
    if together is None or (together.roll_up is not None and together.roll_up.members < 2):
        return ""
    peers = together.overall
    if mine is None or mine.index is None or peers is None or peers.index is None:
        return ""
    told = f"{material.peers_name or '同类平均'}为{display.index(peers.index)}"
    interval = mine.index_interval
    if interval is None:
        return f"{told}，因票数或评价方式，不作高低比较。"
    if interval.low > peers.index:
        return f"{told}，本对象高于平均。"
    if interval.high < peers.index:
        return f"{told}，本对象低于平均。"
    return f"{told}，本对象与平均差别不明显。"


def ranked(figures: Figures) -> str:
    """Say the band, and for the office the place with its range; nothing for unranked objects."""
    rank = figures.rank
    if rank is None:
        return ""
    band = {1: "第一梯队", 2: "第二梯队", 3: "第三梯队"}[rank.band]
    if rank.place is None or rank.low is None or rank.high is None:
        return f"在本系统同层次中属{band}。"
    of = f"{rank.of}个可排名对象中" if rank.of else "本系统同层次中"
    if rank.low == rank.high:
        return f"在{of}列第{rank.place}，属{band}。"
    return (
        f"在{of}列第{rank.place}（名次区间第{rank.low}至第{rank.high}），属{band}；"
        "区间重叠的，不据此判定先后。"
    )


def best_and_last(
    material: Material, items: Sequence[ItemFigures], count: int = 3, *, is_scored: bool = True
) -> str:
    """Name the items with the highest and the lowest index: 最满意、最需改进各3项.

    `is_scored` puts the index behind each; beside a picture that shows it the name is enough.
    """
    ordered = sorted(items, key=lambda item: -(item.index or 0))
    if len(ordered) < 2:
        return ""
    count = min(count, len(ordered) // 2)
    name = _named_index if is_scored else _named
    best = "、".join(name(material, item) for item in ordered[:count])
    last = "、".join(name(material, item) for item in reversed(ordered[-count:]))
    return f"最满意的{NUMBERS[count]}项是{best}；最需改进的{NUMBERS[count]}项是{last}。"


def most_chosen(material: Material, distribution: Distribution, count: int = 3) -> str:
    """Name the answers chosen most often, with their shares and what those were made of."""
    known = [o for o in distribution.options if o.chosen and o.share is not None and o.code]
    top = sorted(known, key=lambda option: -(option.chosen or 0))[:count]
    return "、".join(
        f"“{material.option(distribution.code, option.code)}”{display.percent(option.share or 0)}"
        + (f"（{option.chosen}/{distribution.n}）" if distribution.n else "")
        for option in top
    )


def _named(material: Material, item: ItemFigures) -> str:
    return f"“{material.short(item.code)}”"


def _named_index(material: Material, item: ItemFigures) -> str:
    return f"{_named(material, item)}（{display.index(item.index or 0)}）"


def _need(needs: Sequence[NeedFigures], ref: str) -> NeedFigures | None:
    return next((need for need in needs if ref in (need.code, need.item_code)), None)
