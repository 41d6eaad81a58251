"""Passages that summaries share: coverage, totals, lists of objects, common problems, progress."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from forms.definition import Questionnaire
from reports import display, sentences
from reports.charts import Bar, Level, Reference, Stack
from reports.comparison import score_of
from reports.figures import Figures, ItemFigures, Rate, Status
from reports.overview import Overview, Surveyed
from reports.parts import (
    BarFigure,
    Block,
    Column,
    Fact,
    Note,
    Paragraph,
    StackFigure,
    Table,
)
from reports.points import CALIBRES
from reports.trend import Verdict

BANDS = {1: "第一梯队", 2: "第二梯队", 3: "第三梯队"}
MOST_BARS = 24
MOST_COMMON = 6
NO_ANSWERS = "本轮没有收到有效评议，没有结果可列。"
HIDDEN_TOTAL = "有效票不足，或者列出会让人推算出票数不足的对象，不列汇总结果。"
STATUS_WORDS = {
    Status.SUPPRESSED: "样本不足",
    Status.SMALL_SAMPLE: "样本偏少",
    Status.LOW_RETURN: "回收率低",
}


def coverage(overview: Overview) -> list[Block]:
    """Return how many of those to be evaluated were, as bars and in words."""
    known = [each for each in overview.covered if each.total]
    if not known:
        return [Paragraph("有效票不足，汇总结果和覆盖情况不列。")]
    said = "；".join(
        f"{each.label}{display.percent(each.done / each.total)}（{each.done:,}/{each.total:,}）"
        for each in known
    )
    short = [each for each in known if each.done < each.total]
    tail = (
        "已全部覆盖。"
        if not short
        else f"还没有全部覆盖的是{'、'.join(each.label for each in short)}。"
    )
    bars = tuple(
        Bar(each.label, 100 * each.done / each.total, note=f"{each.done:,}/{each.total:,}")
        for each in known
    )
    note = "右侧为已参加数和应参加数。"
    return [
        Paragraph(f"已参加评议的：{said}。{tail}"),
        BarFigure("覆盖情况", bars, unit="%", note=note),
    ]


def total_rate(surveyed: Surveyed, rate: Rate, item: ItemFigures, top: str = "top2") -> str:
    """Return a weighted rate with the answers behind it: “86.0%（1,050/1,234，加权）”."""
    chosen = chosen_of(surveyed, item, top)
    words = display.percent(rate.share) + (f"（{chosen}，加权）" if chosen else "（加权）")
    if rate.interval is not None:
        words += f"，95%区间{display.percent_interval(rate.interval)}"
    return words


def whole_words(surveyed: Surveyed, figures: Figures) -> str:
    """Return the total of many objects in a sentence; why not where it is hidden."""
    overall = figures.overall
    if not figures.is_shown or overall is None or overall.top2 is None or overall.top3 is None:
        return HIDDEN_TOTAL
    words = f"满意率（满意以上）{total_rate(surveyed, overall.top2, overall)}"
    words += f"；基本满意以上率{total_rate(surveyed, overall.top3, overall, 'top3')}"
    if overall.index is not None:
        words += f"；满意度指数{display.index(overall.index)}"
        if overall.index_interval:
            words += f"（95%区间{display.index_interval(overall.index_interval)}）"
    if figures.mass is not None:
        words += f"；群众评议得分{display.index(figures.mass.score)}"
    if figures.csi is not None:
        words += f"；综合满意度{display.index(figures.csi)}"
    verdict = surveyed.change_of(figures)
    if verdict is not None:
        words += f"；与{surveyed.before}相比{verdict.sentence}"
    return f"{words}。"


def facts(overview: Overview) -> tuple[Fact, ...]:
    """Return the cover's table: coverage and ballots, then the total of every questionnaire."""
    valid = {
        each.noun: f"，有效票{each.whole.n:,}张"
        for each in overview.surveyed
        if each.whole is not None and each.whole.is_shown and each.whole.n is not None
    }
    found = [
        Fact(
            f"应评{each.label}", f"{each.total:,}", f"已评{each.done:,}{valid.get(each.label, '')}"
        )
        for each in overview.covered
        if each.total
    ]
    for surveyed in overview.surveyed:
        whole = surveyed.whole
        if whole is None or not whole.is_shown or whole.overall is None:
            continue
        overall, noun = whole.overall, surveyed.noun
        for label, top in (("满意率", "top2"), ("基本满意以上率", "top3")):
            rate: Rate | None = getattr(overall, top)
            if rate is not None:
                words = [chosen_of(surveyed, overall, top)]
                if rate.interval is not None:
                    words.append(f"95%区间{display.percent_interval(rate.interval)}")
                note = "，".join(filter(None, words))
                found.append(Fact(f"{noun}{label}", display.percent(rate.share), note))
    return tuple(found)


def summary(overview: Overview, first: str) -> tuple[str, ...]:
    """Return the three opening sentences: how satisfied, how sure, what to do first."""
    shown = [
        (each, each.whole.overall)
        for each in overview.surveyed
        if each.whole is not None and each.whole.is_shown and each.whole.overall is not None
    ]
    rated = [(each, overall) for each, overall in shown if overall.top2 is not None]
    if not rated:
        return ("本轮有效票不足，为保护填票人，不列汇总结果。", first)
    satisfied = "；".join(
        f"{each.noun}满意率（满意以上）{display.percent(overall.top2.share)}"
        + _behind(each, overall)
        for each, overall in rated
        if overall.top2 is not None
    )
    sure = "、".join(
        f"{each.noun}{display.percent_interval(overall.top2.interval)}"
        for each, overall in rated
        if overall.top2 is not None and overall.top2.interval is not None
    )
    carried = sum(each.is_rankable for one in overview.surveyed for each in one.objects)
    total = sum(len(one.objects) for one in overview.surveyed)
    sure = f"有95%的把握认为，满意率在{sure}之间" if sure else "不列误差范围"
    return (
        f"{overview.name}{satisfied}。",
        f"{sure}；票数足以参加比较的有{carried}个（{carried}/{total}）。",
        first,
    )


def _behind(surveyed: Surveyed, overall: ItemFigures) -> str:
    chosen = chosen_of(surveyed, overall)
    return f"（{chosen}，加权）" if chosen else "（加权）"


def chosen_of(surveyed: Surveyed, item: ItemFigures, top: str = "top2") -> str:
    """Return the answers behind a weighted rate: “1,050/1,234”; nothing where they are hidden."""
    return answers_behind(surveyed.questionnaire, item, top)


def answers_behind(questionnaire: Questionnaire, item: ItemFigures, top: str = "top2") -> str:
    """Return the answers behind a rate: “1,050/1,234”; nothing where they are hidden."""
    calibre = CALIBRES.get(questionnaire.item(item.code).scale or "")
    if not item.counts or not item.n or calibre is None:
        return ""
    chosen = sum(item.counts.get(code, 0) for code in getattr(calibre, top))
    return f"{chosen:,}/{item.n:,}"


def band_of(figures: Figures) -> str:
    """Return the band of an object, or why it has none."""
    if not figures.is_shown:
        return "—"
    if figures.rank is not None:
        return BANDS[figures.rank.band]
    return STATUS_WORDS.get(figures.status, "—")


def in_bands(objects: Sequence[Figures]) -> list[Figures]:
    """Return objects by band and inside it in the order given; those without one last."""
    return sorted(objects, key=lambda each: each.rank.band if each.rank else 9)


def object_table(surveyed: Surveyed, caption: str) -> list[Block]:
    """Return every object of a questionnaire: ballots, rate, index, band, change."""
    if not surveyed.objects:
        return [Paragraph(f"没有参加本轮评议的{surveyed.noun}。")]
    shown = [each for each in in_bands(surveyed.objects) if each.is_shown]
    hidden = withheld(surveyed.objects)
    if not shown:
        return hidden
    rows = tuple(_object_row(surveyed, each) for each in shown)
    columns = (
        Column(surveyed.noun, 33),
        Column("有效票", 10, "right"),
        Column("满意率", 20, "right"),
        Column("指数", 9, "right"),
        Column("档次", 14, "center"),
        Column("与上轮比", 14, "center"),
    )
    note = "按档次、档次内按单位顺序排列；票数不足30的不排档次。"
    return [Table(caption, columns, rows, note=note), *hidden]


def withheld(objects: Sequence[Figures]) -> list[Block]:
    """Return the names of the objects whose figures may not be shown, in one sentence."""
    names = [each.target.name for each in objects if not each.is_shown]
    if not names:
        return []
    return [Note(f"样本不足、不予公布的{len(names)}个：{'、'.join(names)}。")]


def _object_row(surveyed: Surveyed, figures: Figures) -> tuple[str, ...]:
    overall = figures.overall
    if overall is None:
        return (figures.target.name, "—", "—", "—", "—", "—")
    rate = overall.unanimous_mark or "—"
    if overall.top2 is not None:
        rate = display.percent(overall.top2.share)
        if overall.top2.base:
            rate += f" {display.fraction(overall.top2.chosen or 0, overall.top2.base)}"
    score = score_of(figures)
    return (
        figures.target.name,
        f"{figures.n:,}" if figures.n is not None else "—",
        rate,
        display.index(score) if score is not None else "—",
        band_of(figures),
        mark_of(surveyed.change_of(figures)),
    )


def mark_of(verdict: Verdict | None) -> str:
    """Return the mark of a change: “↑实质上升”; a dash where nothing is compared."""
    return f"{verdict.arrow}{verdict.sentence}" if verdict else "—"


def total_bars(figures: Sequence[Figures], caption: str, whole: Figures | None) -> list[Block]:
    """Return the indices of totals or objects as bars with intervals, in the order given."""
    bars = []
    for each in figures:
        overall = each.overall
        if not each.is_shown or overall is None or overall.index is None:
            continue
        interval = overall.index_interval
        low, high = (interval.low, interval.high) if interval else (None, None)
        is_small = each.status is Status.SMALL_SAMPLE
        note = "" if interval else "样本偏少" if is_small else "不设区间"
        bars.append(Bar(each.target.name, overall.index, low, high, note, is_small))
    if len(bars) < 2 or len(bars) > MOST_BARS:
        return []
    reference = None
    if whole is not None and whole.is_shown and whole.overall and whole.overall.index is not None:
        value = whole.overall.index
        reference = Reference(f"合计{display.rounded(value, 1)}", value)
    note = "百分制；黑线为95%区间，空心条为样本偏少。"
    return [BarFigure(caption, tuple(bars), reference=reference, note=note)]


def band_stacks(surveyed: Surveyed, groups: Sequence[tuple[str, Sequence[Figures]]]) -> list[Block]:
    """Return how many objects of each group stand in which band."""
    stacks = []
    for name, objects in groups:
        bands = Counter(each.rank.band for each in objects if each.is_shown and each.rank)
        if bands:
            stacks.append(Stack(name, tuple(bands[band] for band in BANDS)))
    if not stacks:
        return []
    levels = tuple(Level(BANDS[band], tone) for band, tone in ((1, 5), (2, 3), (3, 1)))
    note = f"只计票数足以比较的{surveyed.noun}；条内为百分比。"
    return [StackFigure(f"{surveyed.noun}档次分布", tuple(stacks), levels, note, "个数")]


def common_problems(overview: Overview) -> list[Block]:
    """Return what several objects must put right, the most widespread first."""
    bars, said = [], []
    for surveyed in overview.surveyed:
        base = sum(each.is_rankable for each in surveyed.objects)
        counts: Counter[str] = Counter()
        for org_id, findings in surveyed.findings.items():
            figures = next(each for each in surveyed.objects if each.target.org_id == org_id)
            material = surveyed.material(figures, overview.occasion)
            counts.update({sentences.finding_name(material, each.ref) for each in findings})
        shared = [(name, n) for name, n in counts.most_common(MOST_COMMON) if n > 1 or base == 1]
        bars += [
            Bar(f"{surveyed.noun}：{name}", 100 * n / base, note=f"{n}/{base}个")
            for name, n in shared
        ]
        if shared:
            name, n = shared[0]
            said.append(
                f"{surveyed.noun}中最普遍的是“{name}”，{n}个需要整改，"
                f"占{display.percent(n / base)}（{n}/{base}）"
            )
    if not bars:
        words = "没有两个以上对象共有的低分项或优先整改项；个别问题见各对象的报告。"
        return [Paragraph(words)]
    note = "占票数足以比较的同类对象的比例；右侧为个数。"
    return [
        Paragraph(f"{'；'.join(said)}。"),
        BarFigure("共性问题", tuple(bars), unit="%", note=note),
    ]


def first_problem(overview: Overview) -> str:
    """Return the sentence that says what to do first."""
    found: Counter[tuple[str, str]] = Counter()
    for surveyed in overview.surveyed:
        for org_id, findings in surveyed.findings.items():
            figures = next(each for each in surveyed.objects if each.target.org_id == org_id)
            material = surveyed.material(figures, overview.occasion)
            names = {sentences.finding_name(material, each.ref) for each in findings}
            found.update((surveyed.noun, name) for name in names)
    if not found:
        return "没有必须整改的低分项；先把群众意见和到期的整改事项办完。"
    (noun, name), n = found.most_common(1)[0]
    return f"最先要抓的是{noun}的“{name}”，{n}个{noun}需要整改。"


def method_notes(overview: Overview) -> tuple[Note, ...]:
    """Return how totals were made, for who checks them."""
    rules = overview.surveyed[0].rules if overview.surveyed else None
    notes = [
        "口径：满意率（满意以上）和基本满意以上率都以有实质评价的票为分母，“不了解”和未作答不计入。",
        "汇总：支部按应评人数、窗口按年办件量加权；括号内为票数，不作权重，所以与加权率不一定相等。",
        "档次：指数的95%区间高于本系统平均的为第一梯队，低于的为第三梯队，其余为第二梯队；"
        "同一档次不分先后。",
        "变化：经多重比较校正仍显著的记作实质上升或实质下降，其余为基本持平。",
    ]
    if rules is not None:
        k = rules.k_public if overview.is_public else rules.k_internal
        notes.append(f"保护：少于{k}张票的结果不列；能用相减推出的，一并不列。")
    notes += [
        f"{each.noun}不与上轮比较：{'；'.join(each.refused)}。"
        for each in overview.surveyed
        if each.refused
    ]
    occasion = overview.occasion
    if occasion.lost_days:
        notes.append(f"缺失：{'、'.join(occasion.lost_days)}的评议无法启封，没有计入。")
    if occasion.release:
        notes.append(f"版本：数字取自{occasion.release}。")
    return tuple(Note(note) for note in notes)
