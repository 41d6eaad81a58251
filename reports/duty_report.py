"""What a secretary speaks to 述职材料: scores, gaps, commitments and items of one object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reports import display, sentences, surroundings
from reports.alongside import Promise
from reports.charts import Bar, Reference
from reports.comparison import Gap
from reports.composites import COMPONENT_LABELS
from reports.evaluation import numbered
from reports.material import Material
from reports.overview_passages import BANDS
from reports.parts import (
    BarFigure,
    Block,
    Column,
    EvaluationReport,
    Fact,
    Paragraph,
    Section,
    Table,
)


@dataclass(frozen=True)
class DutyItem:
    """One rectification item as the packet lists it; everything in words."""

    number: str
    problem: str
    source: str
    state: str
    due: str
    is_open: bool
    is_late: bool


@dataclass(frozen=True)
class Duty:
    """Everything the packet of one object is compiled from.

    Attributes:
        material: of the object's own report.
        gap: beside itself, its peers, the best quarter and the target; None unless ranked.
        final: of the settled rating, 0–100; None without.
        parts: component → score of that rating.
        star, last: of that rating and of the one before.
        rating: its title; empty without one.
        items: of the object, open ones first.
    """

    material: Material
    gap: Gap | None = None
    final: float | None = None
    parts: Mapping[str, float] = field(default_factory=dict)
    star: int | None = None
    last: int | None = None
    rating: str = ""
    items: tuple[DutyItem, ...] = ()


def compile_duty(duty: Duty) -> EvaluationReport:
    """Return the packet of one object, for the office, the unit and the secretary."""
    material, occasion = duty.material, duty.material.occasion
    parts: tuple[tuple[str, list[Block]], ...] = (
        ("得分和星级", _scores(duty)),
        ("差距", _gaps(duty)),
        ("与上轮比较", surroundings.last_round(material)),
        ("群众怎么看", _residents(duty)),
        ("公开承诺", surroundings.promises(material) or [Paragraph("没有登记公开承诺。")]),
        ("整改事项", _items(duty)),
        ("领导点评和实地检查", surroundings.others(material)),
        ("述职要点", _points(duty)),
    )
    return EvaluationReport(
        subject="duty",
        mark=occasion.mark,
        title=(material.figures.target.name, "述职评议材料"),
        occasion=f"{occasion.round_title}　供述职评议使用",
        facts=_facts(duty),
        summary=_summary(duty),
        sections=numbered(tuple(Section(t, tuple(b)) for t, b in parts if b)),
        signatures=("述职人（签字）",),
        annex=(),
        organiser=occasion.organiser,
        as_of=occasion.as_of,
    )


def _facts(duty: Duty) -> tuple[Fact, ...]:
    figures, found = duty.material.figures, []
    if duty.final is not None:
        found.append(Fact("综合得分", display.index(duty.final), duty.rating))
    if duty.star is not None:
        last = f"上次★{duty.last}" if duty.last else "首次评定"
        found.append(Fact("星级", f"★{duty.star}", last))
    if figures.is_shown and figures.overall is not None and figures.overall.top2 is not None:
        rate = figures.overall.top2
        of = display.fraction(rate.chosen or 0, rate.base) if rate.base else ""
        found.append(Fact("满意率（满意以上）", display.percent(rate.share), of))
    if duty.gap is not None:
        found.append(Fact(_own(duty), display.index(duty.gap.own), "百分制"))
    if figures.rank is not None:
        found.append(Fact("档次", BANDS[figures.rank.band], "在本系统同层次中"))
    open_, late = sum(i.is_open for i in duty.items), sum(i.is_late for i in duty.items)
    found.append(Fact("整改事项", f"{len(duty.items)}", f"未办结{open_}件，超期{late}件"))
    return tuple(found)


def _summary(duty: Duty) -> tuple[str, ...]:
    late = sum(item.is_late for item in duty.items)
    opening = sentences.opening(duty.material)
    if late and len(opening) == 3:
        return (*opening[:2], f"述职前先办结超期的{late}件整改事项；{opening[2]}")
    return opening


def _scores(duty: Duty) -> list[Block]:
    if duty.final is None or not duty.parts:
        return [Paragraph("还没有审定的综合得分；以下按群众评议的得分列出。")]
    bars = tuple(
        Bar(COMPONENT_LABELS.get(code, code), value, note="百分制")
        for code, value in duty.parts.items()
    )
    star = f"，评为★{duty.star}" if duty.star else "，暂不评定星级"
    moved = ""
    if duty.star and duty.last:
        step = duty.star - duty.last
        moved = "，星级不变" if not step else f"，{'晋升' if step > 0 else '下降'}{abs(step)}星"
    words = f"{duty.rating}综合得分{display.index(duty.final)}{star}{moved}。"
    reference = Reference(f"综合{display.rounded(duty.final, 1)}", duty.final)
    return [Paragraph(words), BarFigure("各项评价得分", bars, reference=reference)]


def _gaps(duty: Duty) -> list[Block]:
    gap = duty.gap
    if gap is None:
        return [Paragraph("票数或回收率不足以参加比较，不列差距。")]
    known = [
        (label, value)
        for label, value in (
            ("上轮自己", gap.before),
            ("同类平均", gap.peers),
            ("同类前四分之一起点", gap.best_quarter),
            ("目标", gap.target),
        )
        if value is not None
    ]
    if not known:
        return [Paragraph("没有上轮得分，同类可比的单位太少，也没有设定目标，不列差距。")]
    said = "，".join(
        f"{'高于' if gap.own >= value else '低于'}{label}{display.index(abs(gap.own - value))}分"
        for label, value in known
    )
    bars = (
        Bar("本轮", gap.own),
        *(Bar(label, value, note=f"差{display.signed(gap.own - value)}") for label, value in known),
    )
    return [
        Paragraph(f"{_own(duty)}{display.index(gap.own)}，{said}。小的差距可能只是偶然。"),
        BarFigure("得分和差距", bars),
    ]


def _own(duty: Duty) -> str:
    """Return what the residents' score of this object is called."""
    return "群众评议得分" if duty.material.figures.mass is not None else "满意度指数"


def _residents(duty: Duty) -> list[Block]:
    material = duty.material
    if not material.figures.is_shown:
        return [Paragraph("有效票不足，为保护填票人，不列结果。")]
    items = [
        item
        for item in material.figures.items.values()
        if item.index is not None and item is not material.figures.overall
    ]
    words = sentences.best_and_last(material, items)
    blocks: list[Block] = [Paragraph(words)] if words else []
    return blocks + surroundings.opinions(material)


def _items(duty: Duty) -> list[Block]:
    if not duty.items:
        return [Paragraph("没有整改事项。")]
    open_ = [item for item in duty.items if item.is_open]
    done, total = len(duty.items) - len(open_), len(duty.items)
    late = sum(item.is_late for item in duty.items)
    words = (
        f"整改事项{total}件，已办结{done}件，占{display.percent(done / total)}（{done}/{total}）"
    )
    words += f"，超期{late}件。" if late else "，没有超期。"
    columns = (
        Column("编号", 18),
        Column("问题", 42),
        Column("来源", 14, "center"),
        Column("状态", 13, "center"),
        Column("时限", 13, "center"),
    )
    rows = tuple((i.number, i.problem, i.source, i.state, i.due) for i in duty.items)
    return [Paragraph(words), Table("整改事项", columns, rows)]


def _points(duty: Duty) -> list[Block]:
    """Return what to speak to, from the figures; the secretary writes the rest."""
    points = ["讲清得分和变化，不回避得分靠后的内容。"]
    found = duty.material.findings
    if found:
        named = "、".join(f"“{sentences.finding_name(duty.material, f.ref)}”" for f in found[:3])
        points.append(f"对照{named}说明原因和措施。")
    late = _late_promises(duty)
    if late:
        points.append(f"说明逾期的{late}项公开承诺何时兑现。")
    open_ = sum(item.is_open for item in duty.items)
    if open_:
        points.append(f"逐件说明未办结的{open_}件整改事项。")
    return list(map(Paragraph, sentences.one_by_one(points)))


def _late_promises(duty: Duty) -> int:
    promises: Sequence[Promise] = duty.material.alongside.promises
    return sum(each.is_late for each in promises)
