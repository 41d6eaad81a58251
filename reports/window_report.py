"""The report on a service window 窗口单位测评报告 (domain.md 6.1, 2)."""

from __future__ import annotations

from reports import annexes, display, passages, sentences, surroundings
from reports.charts import Bar
from reports.figures import DimensionFigures, Figures, ItemFigures, Quadrant
from reports.form_rules import CONTEST, DISPLAY
from reports.material import Material
from reports.parts import (
    BarFigure,
    Block,
    Note,
    Paragraph,
    QuadrantFigure,
    Section,
)
from reports.quadrant_chart import Axis, Point

MATTER, VISITS, WAIT, SIX, REASONS, COMPARED = "C01", "C02", "C03", "C48", "C51", "C53"


def title(material: Material) -> tuple[str, ...]:
    """Return the title in its meaning-lines."""
    return (material.figures.target.name, "群众满意度测评报告")


def sections(material: Material) -> tuple[Section, ...]:
    """Return the text of the report."""
    parts: tuple[tuple[str, list[Block]], ...] = (
        ("基本情况", _basics(material)),
        ("总体满意度", [*_overall(material), *surroundings.last_round(material)]),
        ("五种服务得分", _services(material)),
        ("“三亮三比三评”情况", _displays(material)),
        ("等候时间和跑动次数", _effort(material)),
        ("“好差评”情况", surroundings.service_ratings(material)),
        ("抽查和点评情况", surroundings.others(material)),
        ("先改哪一样", where_to_start(material)),
        ("短板与原因", [*_reasons(material), *surroundings.opinions(material)]),
        ("承诺兑现情况", surroundings.promises(material)),
        ("上轮问题回看", surroundings.recalled(material)),
        ("整改清单", [passages.plan_table(material)]),
    )
    return tuple(Section(title, tuple(blocks)) for title, blocks in parts if blocks)


def annex(material: Material) -> tuple[Section, ...]:
    """Return the data table and the technical note."""
    figures = material.figures
    items = [item for item in figures.items.values() if item.dimension != DISPLAY]
    services = [d for d in figures.dimensions.values() if d.index is not None]
    blocks = [*annexes.item_table(material, items), *_service_notes(material, services)]
    data = (Section("分项数据", tuple(blocks)),) if blocks else ()
    return (*data, annexes.technical_note(material))


def _basics(material: Material) -> list[Block]:
    blocks: list[Block] = [passages.how_it_was_done(material)]
    matter = material.figures.distributions.get(MATTER)
    if matter is not None and (words := sentences.most_chosen(material, matter)):
        blocks.append(Paragraph(f"参评群众办理的事项以{words}为多。"))
    return blocks


def _overall(material: Material) -> list[Block]:
    figures, more = material.figures, []
    if figures.csi is not None:
        gap = figures.csi_gap
        words = f"五种服务按群众看重的程度加权，综合满意度{display.index(figures.csi)}。"
        if gap is not None and abs(gap) > 5:
            words += f"它与总体评价相差{display.index(abs(gap))}分，超过5分，建议核实原因。"
        more.append(words)
    change = figures.distributions.get(COMPARED)
    if change is not None and (words := sentences.most_chosen(material, change)):
        more.append(f"与上次来相比，参评群众认为{words}。")
    return passages.overall_result(material, *more)


def _services(material: Material) -> list[Block]:
    figures = material.figures
    dimensions = [d for d in figures.dimensions.values() if d.index is not None]
    items = material.scored(*figures.dimensions)
    if not items:
        return [Paragraph("各分项的有效评价不足，为保护填票人，不列结果。")]
    words = sentences.best_and_last(material, items)
    if dimensions:
        scores = "、".join(
            f"{material.dimension(d.code)}{display.index(d.index or 0)}"
            for d in sorted(dimensions, key=lambda d: -(d.index or 0))
        )
        words = f"五种服务得分依次为{scores}。"
    blocks: list[Block] = [Paragraph(words)]
    return [*blocks, *passages.item_bars(material, items)]


def _service_notes(material: Material, dimensions: list[DimensionFigures]) -> list[Block]:
    """Return the figures behind the picture of the five services, in one line each can check."""
    if not dimensions:
        return []
    said = "；".join(
        f"{material.dimension(each.code)}{display.index(each.index or 0)}、"
        f"{_level(each.importance)}、{_level(each.performance)}"
        for each in sorted(dimensions, key=lambda each: -(each.index or 0))
    )
    return [Note(f"五种服务的得分、重要程度和满意程度（后两样为1至5）：{said}。")]


def _level(value: float | None) -> str:
    return display.index(value) if value is not None else "—"


def _displays(material: Material) -> list[Block]:
    figures, words = material.figures, []
    if figures.display_rate is not None:
        seen = "、".join(
            f"“{material.short(item.code)}”{display.percent((item.index or 0) / 100)}{_seen(item)}"
            for item in material.scored(DISPLAY)
        )
        words.append(
            f"三亮达标率{display.percent(figures.display_rate)}，即说得出看没看到的人中"
            f"看到的比例：{seen}。"
        )
    if figures.contest_index is not None:
        contest = "、".join(
            f"“{material.short(item.code)}”{display.index(item.index or 0)}"
            for item in material.scored(CONTEST)
        )
        words.append(f"三比得分{display.index(figures.contest_index)}：{contest}。")
    six = figures.distributions.get(SIX)
    if six is not None and (seen := sentences.most_chosen(material, six, count=6)):
        words.append(f"六项做法中，群众看到的有{seen}。")
    return [Paragraph("".join(words) or "回答的人数不足，为保护填票人，不列结果。")]


def _seen(item: ItemFigures) -> str:
    """Return how many saw it of those who could say, in brackets."""
    if not item.counts or not item.n:
        return ""
    return f"（{round((item.index or 0.0) * item.n / 100)}/{item.n}）"


def _effort(material: Material) -> list[Block]:
    figures = material.figures
    words = _shares(figures)
    spreads = [
        (question, spread)
        for code, question in ((WAIT, "等候"), (VISITS, "跑动"))
        if (spread := figures.distributions.get(code)) is not None and spread.n
    ]
    bars = tuple(
        Bar(
            f"{question}：{material.option(spread.code, option.code)}",
            100 * option.share,
            note=f"{option.chosen:,}/{spread.n:,}",
        )
        for question, spread in spreads
        for option in spread.options
        if option.code and option.share is not None and option.chosen
    )
    if not words and not bars:
        return [Paragraph("回答的人数不足，为保护填票人，不列结果。")]
    blocks: list[Block] = [Paragraph(words)] if words else []
    if bars:
        note = "跑动指为这件事到现场的次数；没有人选的不列。"
        blocks.append(BarFigure("等候时间和跑动次数分布", bars, unit="%", note=note))
    return blocks


def _shares(figures: Figures) -> str:
    """Return the shares that C02 and the like give, then their intervals in the same order."""
    if not figures.facts:
        return ""
    said = "，".join(f"{f.label}{sentences.share_words(f.rate)}" for f in figures.facts)
    bounds = [f.rate.interval for f in figures.facts]
    known = [display.percent_interval(bound) for bound in bounds if bound is not None]
    if len(known) < len(bounds):
        return "".join(f"{f.label}{sentences.rate_words(f.rate)}。" for f in figures.facts)
    lead = "95%区间依次为" if len(known) > 1 else "95%区间"
    return f"{said}；{lead}{'、'.join(known)}。"


def where_to_start(material: Material) -> list[Block]:
    """Return the picture of importance against satisfaction, and what to put right first."""
    figures = material.figures
    placed = [d for d in figures.dimensions.values() if d.quadrant is not None]
    if figures.cross is None or not placed:
        return passages.priorities(material)
    picture = QuadrantFigure(
        "五种服务的重要程度与满意程度",
        tuple(_point(material, dimension) for dimension in placed),
        performance=Axis("满意程度（1—5）", figures.cross.performance),
        importance=Axis("重要程度（1—5）", figures.cross.importance),
        note="左上角看重而不满意，应当先改；虚线为平均。",
    )
    return [picture, *passages.priorities(material)]


def _point(material: Material, dimension: DimensionFigures) -> Point:
    return Point(
        material.dimension(dimension.code),
        dimension.performance or 0.0,
        dimension.importance or 0.0,
        dimension.quadrant or Quadrant.OVERKILL,
    )


def _reasons(material: Material) -> list[Block]:
    reasons = material.figures.distributions.get(REASONS)
    blocks = passages.share_bars(material, reasons, "总体评价为不满意的原因")
    return blocks or [Paragraph("总体不满意的人数不足，为保护填票人，不列原因。")]
