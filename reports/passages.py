"""Passages that branch and window reports share: cover facts, tables, charts, notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reports import display, sentences
from reports.charts import Bar, Level, Reference, Stack
from reports.figures import (
    Distribution,
    Figures,
    ItemFigures,
    Method,
    Rate,
    Status,
)
from reports.material import Material
from reports.parts import (
    BarFigure,
    Block,
    Column,
    Fact,
    Paragraph,
    Priorities,
    Priority,
    StackFigure,
    Table,
)

# A scale of four levels skips the second worst tone, so that its worst looks like the worst.
TONES = {5: (5, 4, 3, 2, 1), 4: (5, 4, 3, 1), 3: (5, 3, 1), 2: (5, 1), 1: (5,)}
BLANK_ROWS = 4
MOST_BARS = 5


def cover_facts(material: Material) -> tuple[Fact, ...]:
    """Return the facts on the cover: who was entitled, what came in, and the overall result."""
    figures = material.figures
    population = figures.target.population
    facts = [Fact("应评人数", f"{population:,}", "按名册") if population else None]
    if figures.received is not None:
        facts.append(Fact("收到评议票", f"{figures.received:,}", _return_note(figures)))
    if figures.n is not None:
        facts.append(Fact("有效票", f"{figures.n:,}", _left_out(figures)))
    overall = figures.overall
    if overall is not None:
        facts += [
            _rate_fact("满意率（满意以上）", overall.top2),
            _rate_fact("基本满意以上率", overall.top3),
            _index_fact(overall),
        ]
    if figures.mass is not None:
        facts.append(Fact("群众评议得分", display.index(figures.mass.score), "百分制，按分项加权"))
    if figures.csi is not None:
        facts.append(Fact("综合满意度", display.index(figures.csi), "百分制，按重要程度加权"))
    return tuple(fact for fact in facts if fact is not None)


def _return_note(figures: Figures) -> str:
    target = figures.target
    present = f"，到会{target.present:,}人" if target.present else ""
    if target.issued is None or figures.return_rate is None:
        return f"自愿参评{present}"
    of = f"（{figures.received:,}/{target.issued:,}）" if figures.received is not None else ""
    return f"发放{target.issued:,}张，回收率{display.percent(figures.return_rate)}{of}{present}"


def _left_out(figures: Figures) -> str:
    parts = []
    if figures.excluded:
        parts.append(f"剔除可疑票{figures.excluded}张")
    if figures.void:
        parts.append(f"无效票{figures.void}张")
    marks = {
        Status.SUPPRESSED: f"{display.SMALL_SAMPLE_MARK}样本不足，不得公布",
        Status.SMALL_SAMPLE: f"{display.SMALL_SAMPLE_MARK}样本偏少，仅供参考",
        Status.LOW_RETURN: f"{display.SMALL_SAMPLE_MARK}回收率不足一半，不参加排名",
    }
    if figures.status in marks:
        parts.insert(0, marks[figures.status])
    return "，".join(parts)


def _rate_fact(label: str, rate: Rate | None) -> Fact | None:
    if rate is None:
        return None
    words = (
        [display.fraction(rate.chosen, rate.base)] if rate.chosen is not None and rate.base else []
    )
    if rate.method is Method.CENSUS:
        words.append(display.CENSUS)
    elif rate.interval is not None:
        words.append(f"95%区间{display.percent_interval(rate.interval)}")
    return Fact(label, display.percent(rate.share), "，".join(words))


def _index_fact(overall: ItemFigures) -> Fact | None:
    if overall.index is None:
        return None
    interval = overall.index_interval
    note = f"百分制，95%区间{display.index_interval(interval)}" if interval else "百分制"
    return Fact("满意度指数", display.index(overall.index), note)


def how_it_was_done(material: Material) -> Paragraph:
    """Say when, how and by how many the object was evaluated."""
    occasion, figures = material.occasion, material.figures
    days = sentences.period(occasion.first_day, occasion.last_day)
    ways = f"，{occasion.channels}" if occasion.channels else ""
    words = [f"{days}评议，不记名{ways}。", _came_in(figures)]
    slips = figures.target.slips
    if slips is not None:
        words.append(
            f"印发一次性评议票{slips.issued:,}张：已用{slips.used:,}张，未用{slips.unused:,}张，"
            f"作废{slips.void:,}张，账目相符。"
        )
    words.append(participants(material))
    return Paragraph("".join(words))


def _came_in(figures: Figures) -> str:
    """Return how many were entitled, given a ballot, present; what came in and counts."""
    target, words = figures.target, []
    if target.population:
        words.append(f"应评{target.population:,}人")
    if target.present:
        words.append(f"到会{target.present:,}人")
    if target.issued and figures.return_rate is not None:
        words.append(f"发放评议票{target.issued:,}张")
    if figures.received is not None and figures.n is not None:
        words.append(f"收到评议票{figures.received:,}张，有效{figures.n:,}张")
    if target.issued and figures.return_rate is not None:
        of = f"（{figures.received:,}/{target.issued:,}）" if figures.received is not None else ""
        words.append(f"回收率{display.percent(figures.return_rate)}{of}")
    return f"{'，'.join(words)}。" if words else ""


def overall_result(material: Material, *more: str) -> list[Block]:
    """Return what is to be said of the overall item: the picture of its levels, then the words.

    The words are both calibres, index, comparison and rank, and then `more`, in one paragraph.
    """
    figures, overall = material.figures, material.figures.overall
    if overall is None or overall.top2 is None or overall.top3 is None:
        return [Paragraph(sentences.withheld(overall) + "".join(more))]
    index = f"满意度指数{display.index(overall.index)}" if overall.index is not None else ""
    if index and overall.index_interval:
        index += f"（95%区间{display.index_interval(overall.index_interval)}）"
    # The intervals of both rates stand in the table on the first page.
    words = sentences.how_satisfied(overall.top2, overall.top3).rstrip("。")
    said = (f"{words}；{index}。" if index else f"{words}。", sentences.compared(material))
    ranked = sentences.ranked(figures)
    return [*_levels(material, overall), Paragraph("".join((*said, ranked, *more)))]


def _levels(material: Material, overall: ItemFigures) -> list[Block]:
    """Return the answers to the overall item as one stacked bar; nothing where they are hidden."""
    counts = overall.counts or {}
    tones = TONES.get(len(counts))
    if tones is None or not sum(counts.values()):
        return []
    levels = tuple(
        Level(material.option(overall.code, code), tone)
        for code, tone in zip(counts, tones, strict=True)
    )
    stack = Stack("总体评价", tuple(counts.values()))
    return [StackFigure("总体评价分布", (stack,), levels, "条内为百分比，右侧为评价票数。", "票数")]


def participants(material: Material) -> str:
    """Say who took part, the largest groups first; nothing where no group may be shown."""
    parts = []
    for breakdown in material.figures.breakdowns:
        spread = material.figures.distributions.get(breakdown.item_code)
        if spread is not None:
            parts.append(sentences.most_chosen(material, spread, count=2))
    named = "；".join(part for part in parts if part)
    return f"参评人员以{named}为多。" if named else ""


def item_bars(material: Material, items: Sequence[ItemFigures]) -> list[Block]:
    """Return the indices of items as bars, highest first, with whiskers."""
    if not items:
        return []
    ordered = sorted(items, key=lambda item: -(item.index or 0))
    bars = tuple(_item_bar(material, item) for item in ordered)
    notes = ["指数为百分制"]
    if any(bar.low is not None for bar in bars):
        notes.append("黑线为95%区间")
    overall = material.figures.overall
    reference = None
    if overall is not None and overall.index is not None:
        reference = Reference(f"总体评价{display.rounded(overall.index, 1)}", overall.index)
        notes.append("虚线为总体评价")
    return [BarFigure("各项满意度指数", bars, reference=reference, note=f"{'，'.join(notes)}。")]


def _item_bar(material: Material, item: ItemFigures) -> Bar:
    is_small = (item.n or 0) < material.rules.rankable_base
    is_census = item.top2 is not None and item.top2.method is Method.CENSUS
    interval = item.index_interval
    note = display.CENSUS if is_census else "样本偏少" if is_small else ""
    return Bar(
        material.short(item.code),
        item.index or 0.0,
        interval.low if interval else None,
        interval.high if interval else None,
        note,
        is_small,
    )


def share_bars(material: Material, distribution: Distribution | None, caption: str) -> list[Block]:
    """Return an unscored choice as bars of shares, the most chosen first; never chosen ones not."""
    if distribution is None or not distribution.n:
        return []
    known = [o for o in distribution.options if o.share is not None and o.chosen is not None]
    hidden = len(distribution.options) - len(known)
    chosen = [option for option in known if option.chosen]
    known = sorted(chosen, key=lambda option: -(option.share or 0))[:MOST_BARS]
    bars = tuple(
        Bar(
            material.option(distribution.code, option.code),
            100 * (option.share or 0),
            note=f"{option.chosen:,}人",
        )
        for option in known
    )
    if not bars:
        return []
    note = f"共{distribution.n:,}人回答"
    note += "，一人可选多项。" if distribution.is_multiple else "。"
    if len(chosen) > len(known):
        note += f"只列选得最多的{len(known)}项。"
    if hidden:
        note += f"另有{hidden}项人数太少，为保护填票人，不单列。"
    return [BarFigure(caption, bars, unit="%", note=note)]


def priorities(material: Material, most: int = 3) -> list[Block]:
    """Return what must be put right, the most urgent first, with the figures that say so."""
    if not material.findings:
        return [Paragraph(sentences.first_step(material))]
    entries = [
        Priority(
            sentences.finding_name(material, finding.ref),
            sentences.finding_reason(material, finding.ref)
            + sentences.weakest_part(material, finding.ref),
        )
        for finding in material.findings[:most]
    ]
    rest = len(material.findings) - len(entries)
    if rest:
        last = entries[-1]
        entries[-1] = replace(last, text=f"{last.text}另{rest}项见清单。")
    return [Priorities(tuple(entries))]


def plan_table(material: Material) -> Table:
    """Return the rectification table: items as registered, or findings with room to write."""
    rows = [(item.problem, item.measures, item.responsible, item.limit) for item in material.plan]
    if not rows:
        rows = [
            (
                finding.problem,
                "",
                material.occasion.responsible,
                f"{finding.limit_workdays}个工作日",
            )
            for finding in material.findings
        ]
    if not rows:
        rows = [("", "", "", "")] * BLANK_ROWS
    columns = (
        Column("序号", 8, "center"),
        Column("问题", 43),
        Column("整改措施", 20),
        Column("责任人", 15, "center"),
        Column("时限", 14, "center"),
    )
    numbered = tuple((str(number), *row) for number, row in enumerate(rows, 1))
    return Table("整改清单", columns, numbered, is_form=True)
