"""Passages on the settled stars, how they moved, and who may serve as an example."""

from __future__ import annotations

from collections.abc import Sequence

from reports import display
from reports.figures import Figures
from reports.form_rules import OVERALL
from reports.overview import Overview, Rated, Surveyed
from reports.parts import Block, MatrixFigure, Paragraph

STARS = ("五星", "四星", "三星", "二星", "一星", "未评")
MOST_LISTED = 40
MOST_MODELS = 5
HONOURED = 4


def stars(overview: Overview) -> list[Block]:
    """Return the stars as settled, and how they moved since the rating before."""
    if not overview.rated:
        return [Paragraph("本轮的星级评定还没有审定，审定后另行公布。")]
    rated = overview.rated
    counts = [sum((each.star or 0) == star for each in rated) for star in (5, 4, 3, 2, 1, 0)]
    said = "，".join(
        f"{name}{count}个（{count}/{len(rated)}）"
        for name, count in zip(STARS, counts, strict=True)
        if count
    )
    up = [e for e in rated if e.last and e.star and e.star > e.last]
    down = [e for e in rated if e.last and e.star and e.star < e.last]
    words = (
        f"{overview.rating}共评定{len(rated)}个：{said}。"
        f"与上次相比，晋位升级{len(up)}个，降级摘星{len(down)}个。"
    )
    order = (5, 4, 3, 2, 1, 0)
    matrix = tuple(tuple(overview.matrix.get((last, star), 0) for star in order) for last in order)
    blocks: list[Block] = [
        Paragraph(words),
        MatrixFigure(
            "晋位升级情况",
            "上次星级",
            "本次星级",
            STARS,
            STARS,
            matrix,
            note="对角线为星级不变，左下为晋位，右上为降级。",
        ),
    ]
    if up:
        blocks.append(Paragraph(f"晋位升级的有{_listed(up)}。"))
    if down and not overview.is_public:
        blocks.append(Paragraph(f"降级摘星的有{_listed(down)}。"))
    return blocks


def _listed(rated: Sequence[Rated]) -> str:
    named = "、".join(f"{e.name}（★{e.last}→★{e.star}）" for e in rated[:MOST_LISTED])
    rest = len(rated) - MOST_LISTED
    return named + (f"等{len(rated)}个" if rest > 0 else "")


def models(overview: Overview) -> list[Block]:
    """Return who may serve as an example: the first band, or four and more stars, by sector."""
    stars_of = {each.org_id: each.star or 0 for each in overview.rated}
    found: dict[str, list[str]] = {}
    total = 0
    for surveyed in overview.surveyed:
        for each in surveyed.objects:
            if not each.is_shown or each.rank is None or each.rank.band != 1:
                continue
            if overview.rated and stars_of.get(each.target.org_id, 0) < HONOURED:
                continue
            total += 1
            sector = each.target.sector or surveyed.noun
            found.setdefault(sector, []).append(_model(overview, surveyed, each))
    if not found:
        return [Paragraph("没有明显高于本系统平均的单位，暂不推荐典型。")]
    why = "第一梯队" + ("、四星以上" if overview.rated else "")
    lead = (
        f"以下为各系统{why}的单位，共{total}个，每个系统按单位顺序至多列{MOST_MODELS}个，"
        "可从中挖掘经验；是否树为典型由领导小组研究。"
    )
    blocks: list[Block] = [Paragraph(lead)]
    for sector, named in found.items():
        rest = f"等{len(named)}个" if len(named) > MOST_MODELS else ""
        blocks.append(Paragraph(f"{sector}：{'；'.join(named[:MOST_MODELS])}{rest}。"))
    return blocks


def _model(overview: Overview, surveyed: Surveyed, figures: Figures) -> str:
    """Return an object with what residents like best about it."""
    material = surveyed.material(figures, overview.occasion)
    items = [
        i
        for i in figures.items.values()
        if i.index is not None and i.top2 is not None and i.dimension != OVERALL
    ]
    if not items:
        return figures.target.name
    best = max(items, key=lambda item: item.index or 0.0)
    return (
        f"{figures.target.name}（“{material.short(best.code)}”{display.index(best.index or 0)}分）"
    )
