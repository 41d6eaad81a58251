"""The league table 排名通报: per sector, never a place without its range (domain.md 6.1, 5).

Everybody sees bands alone, and inside a band the order of the tree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reports import display
from reports import overview_passages as passages
from reports.charts import Bar, Level, Stack
from reports.composites import COMPONENT_LABELS
from reports.estimates import Z
from reports.evaluation import numbered
from reports.figures import Audience, Figures, Rank
from reports.material import Occasion
from reports.overview import Surveyed
from reports.parts import (
    BarFigure,
    Block,
    Column,
    EvaluationReport,
    Note,
    Paragraph,
    Section,
    StackFigure,
    Table,
)
from reports.sentences import period
from reports.trend import Verdict

FOOTNOTE = "名次区间重叠的单位，不宜据此判定先后。"
PUBLIC_NOTE = "同一档次的单位不分先后，按单位顺序排列。"
MOST_BARS = 24


@dataclass(frozen=True)
class Ranked:
    """One object of a league.

    Attributes:
        score: final composite, or the residents' score; None in public.
        se: standard error of the score; None where it has none.
        parts: component → score, of a composite; empty in public.
        verdict: against the round before; None where not compared.
    """

    figures: Figures
    rank: Rank | None
    score: float | None = None
    se: float | None = None
    parts: Mapping[str, float] = field(default_factory=dict)
    verdict: Verdict | None = None


@dataclass(frozen=True)
class League:
    """Everything a league table is compiled from.

    Attributes:
        groups: (sector, noun) with its objects in the order of the tree.
        scored_by: what the places go by, in words: 综合得分 or 群众评议得分.
        basis: where that comes from: the rating's title, or the round's.
    """

    audience: Audience
    occasion: Occasion
    groups: tuple[tuple[str, str, tuple[Ranked, ...]], ...]
    scored_by: str
    basis: str

    @property
    def is_public(self) -> bool:
        """Whether everybody may read it."""
        return self.audience is Audience.PUBLIC


def groups_of(
    surveyed: Sequence[Surveyed],
) -> tuple[tuple[str, str, tuple[Ranked, ...]], ...]:
    """Return the league of a round by itself: the residents' scores and ranks."""
    groups: dict[tuple[str, str], list[Ranked]] = {}
    for each in surveyed:
        for figures in each.objects:
            is_public = figures.audience is Audience.PUBLIC
            score = se = None
            if not is_public and figures.mass is not None:
                score, se = figures.mass.score, figures.mass.se
            elif not is_public and figures.overall is not None:
                score, se = figures.overall.index, figures.overall.se
            key = (figures.target.sector or "未分系统", each.noun)
            verdict = each.change_of(figures)
            ranked = Ranked(figures, figures.rank, score, se, verdict=verdict)
            groups.setdefault(key, []).append(ranked)
    return tuple((sector, noun, tuple(found)) for (sector, noun), found in groups.items())


def compile_league(league: League) -> EvaluationReport:
    """Return the table of every sector, for the audience its figures were released to."""
    occasion = league.occasion
    sections = [Section("总体情况", tuple(_overall(league)))]
    sections += [
        Section(f"{sector}（{noun}）", tuple(_group(league, noun, ranked)))
        for sector, noun, ranked in league.groups
    ]
    return EvaluationReport(
        subject="league",
        mark=occasion.mark,
        title=(occasion.round_title, "结果通报" if league.is_public else "排名通报"),
        occasion=period(occasion.first_day, occasion.last_day),
        facts=(),
        summary=_summary(league),
        sections=numbered(tuple(sections)),
        signatures=(),
        annex=numbered((Section("说明", tuple(_notes(league))),), heading="附{number}"),
        organiser=occasion.organiser,
        as_of=occasion.as_of,
        layout="report" if league.is_public else "landscape",
    )


def _summary(league: League) -> tuple[str, ...]:
    objects = [each for _, _, ranked in league.groups for each in ranked]
    placed = [each for each in objects if each.rank is not None]
    if not placed:
        return ("本轮没有票数足以参加比较的单位，不列档次和名次。",)
    bands = _bands(placed)
    total = len(placed)
    said = "，".join(
        f"{passages.BANDS[band]}{count}个，占{display.percent(count / total)}（{count}/{total}）"
        for band, count in zip((1, 2, 3), bands, strict=True)
    )
    sure = "档次按得分的95%区间划定：区间高于本系统平均的为第一梯队，低于的为第三梯队。"
    if not league.is_public:
        sure += FOOTNOTE
    if bands[2]:
        first = f"先要帮助的是第三梯队的{bands[2]}个单位，逐个对照短板制定整改措施。"
    else:
        first = "没有明显低于本系统平均的单位，重点放在各单位自己的短板上。"
    of = f"（{total}/{len(objects)}）"
    return (f"{len(objects)}个单位中，{total}个{of}参加比较：{said}。", sure, first)


def _bands(ranked: Sequence[Ranked]) -> list[int]:
    """Return how many stand in each band, the first one first."""
    return [sum(e.rank is not None and e.rank.band == band for e in ranked) for band in (1, 2, 3)]


def _overall(league: League) -> list[Block]:
    stacks = []
    for sector, noun, ranked in league.groups:
        bands = [
            sum(e.rank is not None and e.rank.band == band for e in ranked) for band in (1, 2, 3)
        ]
        if sum(bands):
            stacks.append(Stack(f"{sector}（{noun}）", tuple(bands)))
    words = f"名次和档次只在同一系统、同一层次之内比较，依据{league.basis}的{league.scored_by}。"
    if not stacks:
        return [Paragraph(words + "本轮没有可以比较的单位。")]
    levels = tuple(Level(passages.BANDS[band], tone) for band, tone in ((1, 5), (2, 3), (3, 1)))
    note = "条内为百分比。"
    return [Paragraph(words), StackFigure("各系统档次分布", tuple(stacks), levels, note, "个数")]


def _group(league: League, noun: str, ranked: Sequence[Ranked]) -> list[Block]:
    shown = [each for each in ranked if each.figures.is_shown]
    hidden = passages.withheld([each.figures for each in ranked])
    if not shown:
        return hidden
    if league.is_public:
        return [_public_table(noun, shown), *hidden]
    return [*_forest(league, shown), _internal_table(league, noun, shown), *hidden]


def _public_table(noun: str, ranked: Sequence[Ranked]) -> Table:
    ordered = sorted(ranked, key=lambda each: each.rank.band if each.rank else 9)
    columns = (
        Column("档次", 16, "center"),
        Column(noun, 50),
        Column("有效票", 14, "right"),
        Column("满意率", 20, "right"),
    )
    rows = tuple(
        (
            passages.band_of(each.figures) if each.rank is None else passages.BANDS[each.rank.band],
            each.figures.target.name,
            _count(each.figures),
            _rate(each.figures),
        )
        for each in ordered
    )
    return Table("", columns, rows, note=PUBLIC_NOTE)


def _internal_table(league: League, noun: str, ranked: Sequence[Ranked]) -> Table:
    codes = [code for code in COMPONENT_LABELS if any(code in each.parts for each in ranked)]
    ordered = sorted(ranked, key=lambda each: each.rank.place or 0 if each.rank else 10**6)
    columns = (
        Column("名次", 6, "center"),
        Column("名次区间", 8, "center"),
        Column("档次", 9, "center"),
        Column(noun, 47 - 7 * len(codes)),
        Column("得分", 7, "right"),
        *(Column(COMPONENT_LABELS[code], 7, "right") for code in codes),
        Column("满意率", 13, "right"),
        Column("与上轮比", 10, "center"),
    )
    rows = tuple(
        (
            _place(each),
            _bounds(each),
            passages.BANDS[each.rank.band] if each.rank else passages.band_of(each.figures),
            each.figures.target.name,
            display.index(each.score) if each.score is not None and each.figures.is_shown else "—",
            *(display.rounded(each.parts[c], 1) if c in each.parts else "—" for c in codes),
            _rate(each.figures),
            passages.mark_of(each.verdict),
        )
        for each in ordered
    )
    return Table("", columns, rows, note=FOOTNOTE)


def _place(each: Ranked) -> str:
    return f"{each.rank.place}" if each.rank and each.rank.place is not None else "—"


def _bounds(each: Ranked) -> str:
    rank = each.rank
    if rank is None or rank.low is None or rank.high is None:
        return "—"
    return f"{rank.low}～{rank.high}"


def _count(figures: Figures) -> str:
    return f"{figures.n:,}" if figures.is_shown and figures.n is not None else "—"


def _rate(figures: Figures) -> str:
    overall = figures.overall
    if not figures.is_shown or overall is None:
        return "—"
    if overall.top2 is None:
        return overall.unanimous_mark or "—"
    words = display.percent(overall.top2.share)
    if overall.top2.base:
        words += f" {display.fraction(overall.top2.chosen or 0, overall.top2.base)}"
    return words


def _forest(league: League, ranked: Sequence[Ranked]) -> list[Block]:
    """Return the scores with their intervals, by place: who overlaps whom is seen at once."""
    placed = [e for e in ranked if e.rank is not None and e.score is not None]
    if len(placed) < 2 or len(placed) > MOST_BARS:
        return []
    bars = []
    for each in sorted(placed, key=lambda e: e.rank.place or 0 if e.rank else 0):
        score, half = each.score or 0.0, Z * (each.se or 0.0)
        low, high = (max(0.0, score - half), min(100.0, score + half)) if half else (None, None)
        bars.append(Bar(each.figures.target.name, score, low, high, "" if half else "不设区间"))
    note = "黑线为95%区间；区间重叠的，不宜据此判定先后。"
    return [BarFigure(league.scored_by, tuple(bars), note=note)]


def _notes(league: League) -> list[Note]:
    notes = [
        f"依据：{league.basis}的{league.scored_by}；票数不足30或回收率不足一半的不参加比较。",
        "满意率后面的数字为满意以上票数和评价票数。“—”为样本不足，不予公布。",
        PUBLIC_NOTE if league.is_public else f"名次区间由模拟得出，含95%的可能。{FOOTNOTE}",
    ]
    if league.occasion.release:
        notes.append(f"版本：数字取自{league.occasion.release}。")
    return [Note(note) for note in notes]
