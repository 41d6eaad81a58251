"""The summary of the whole district 全区总结报告, by level and sector (domain.md 6.1, 4)."""

from __future__ import annotations

from collections.abc import Sequence

from reports import branch_report, display, progress_passages, window_report
from reports import overview_passages as passages
from reports.evaluation import numbered
from reports.figures import Figures, Quadrant
from reports.overview import Overview, Sided, Surveyed
from reports.parts import (
    Block,
    Column,
    EvaluationReport,
    Note,
    Paragraph,
    QuadrantFigure,
    ScatterFigure,
    Section,
    Subheading,
    Table,
)
from reports.quadrant_chart import NAMES
from reports.scatter_chart import Dot
from reports.sentences import period
from reports.sources import LARGE_GAP
from reports.star_passages import models, stars
from reports.unit_report import next_steps, whole

MOST_LISTED = 40
TOO_FEW = "能列出结果的单位不足两个，票数足以比较的对象一个也没有，本节不分层列出。"
FEWEST_DOTS = 3
"""A scatter of fewer shows nothing that words do not."""


def compile_district(overview: Overview) -> EvaluationReport:
    """Return the district's summary in the ten parts of the directive, and its attachments."""
    parts: tuple[tuple[str, list[Block]], ...] = (
        ("工作开展情况", [*how_it_went(overview), *passages.coverage(overview)]),
        ("总体结果", whole(overview)),
        ("分层次结果", by_level(overview)),
        ("分系统结果", by_sector(overview)),
        ("领导点评和群众评议综合情况", two_sides(overview)),
        ("突出问题与四象限", problems(overview)),
        ("整改落实", rectification(overview)),
        ("星级评定与晋位升级", stars(overview)),
        ("典型", models(overview)),
        ("下一步", next_steps(overview)),
    )
    occasion = overview.occasion
    return EvaluationReport(
        subject="district",
        mark=occasion.mark,
        title=(occasion.round_title, "总结报告"),
        occasion=period(occasion.first_day, occasion.last_day),
        facts=passages.facts(overview),
        summary=passages.summary(overview, passages.first_problem(overview)),
        sections=numbered(tuple(Section(t, tuple(b)) for t, b in parts)),
        signatures=(),
        annex=numbered(attachments(overview), heading="附{number}"),
        organiser=occasion.organiser,
        as_of=occasion.as_of,
    )


def how_it_went(overview: Overview) -> list[Block]:
    """Return when and how the round was held, and how many answers came in."""
    occasion = overview.occasion
    words = [
        f"{period(occasion.first_day, occasion.last_day)}，{occasion.organiser}组织了"
        f"{occasion.round_title}。"
    ]
    if occasion.channels:
        words.append(f"评议不记名，采用{occasion.channels}的方式。")
    for surveyed in overview.surveyed:
        total = surveyed.whole
        words.append(f"评议{surveyed.noun}{len(surveyed.objects):,}个")
        if total is not None and total.received is not None and total.n is not None:
            words.append(f"，收到评议票{total.received:,}张，有效{total.n:,}张")
            if total.received:
                share = display.percent(total.n / total.received)
                words.append(f"，有效率{share}（{total.n:,}/{total.received:,}）")
        words.append("。")
    return [Paragraph("".join(words))]


def by_level(overview: Overview) -> list[Block]:
    """Return the district, its units, and how branches and windows spread over the bands."""
    blocks: list[Block] = []
    for surveyed in overview.surveyed:
        if not surveyed.objects:
            continue
        blocks.append(Subheading(f"{surveyed.noun}：全区和各单位"))
        typed = _by_type(overview, surveyed.units)
        shown = passages.total_bars(
            surveyed.units, f"各单位{surveyed.noun}总体评价指数", surveyed.whole
        )
        objects = surveyed.objects
        grouped = [("全区", objects)] + [
            (name, [o for o in objects if o.target.unit_id in {u.target.org_id for u in units}])
            for name, units in typed
        ]
        shown += passages.band_stacks(surveyed, grouped)
        if not surveyed.units:
            shown.append(Paragraph(passages.NO_ANSWERS))
        blocks += shown or [Paragraph(TOO_FEW)]
    return blocks or [Paragraph(passages.NO_ANSWERS)]


def _by_type(overview: Overview, units: Sequence[Figures]) -> list[tuple[str, list[Figures]]]:
    """Return the units by what they are, 镇区园 before 部门 as the tree has them."""
    groups: dict[str, list[Figures]] = {}
    for unit in units:
        kind = overview.unit_types.get(unit.target.org_id) or "各单位"
        groups.setdefault(kind, []).append(unit)
    return list(groups.items())


def by_sector(overview: Overview) -> list[Block]:
    """Return each sector: N, n, rate, index, interval, change; pictures before the table."""
    blocks: list[Block] = []
    rows: list[tuple[str, ...]] = []
    for surveyed in overview.surveyed:
        blocks += passages.total_bars(
            surveyed.sectors, f"分系统{surveyed.noun}总体评价指数", surveyed.whole
        )
        rows += [_total_row(surveyed, each) for each in surveyed.sectors]
    if not rows:
        return [Paragraph(passages.NO_ANSWERS)]
    columns = (
        Column("系统", 21),
        Column("应评人数", 13, "right"),
        Column("有效票", 10, "right"),
        Column("满意率", 10, "right"),
        Column("指数", 10, "right"),
        Column("指数95%区间", 20, "center"),
        Column("变化", 16, "center"),
    )
    note = "应评人数为名册数，窗口为年办件量；满意率按它加权。“—”为样本不足，不予公布。"
    return [*blocks, Table("分系统结果", columns, tuple(rows), note=note)]


def _total_row(surveyed: Surveyed, figures: Figures) -> tuple[str, ...]:
    name = figures.target.name
    name += "（窗口）" if surveyed.noun == "窗口" and len(name) < 6 else ""
    overall = figures.overall
    if not figures.is_shown or overall is None or overall.index is None:
        return (name, "—", "—", "—", "—", "—", "—")
    size = figures.target.population or figures.target.annual_cases
    interval = overall.index_interval
    return (
        name,
        f"{size:,}" if size else "—",
        f"{figures.n:,}" if figures.n is not None else "—",
        display.percent(overall.top2.share) if overall.top2 else "—",
        display.index(overall.index),
        display.index_interval(interval) if interval else "不设区间",
        passages.mark_of(surveyed.change_of(figures)),
    )


def two_sides(overview: Overview) -> list[Block]:
    """Return organisation view and social view: the scatter, and the list of large gaps."""
    sided = overview.sided
    if not sided:
        return [Paragraph("本年度没有既有领导点评、又有群众评议结果的单位，暂不能对照。")]
    leaders = sum(each.leader for each in sided) / len(sided)
    residents = sum(each.residents for each in sided) / len(sided)
    far = sorted((s for s in sided if abs(s.gap) > LARGE_GAP), key=lambda s: -abs(s.gap))
    edge = display.rounded(LARGE_GAP, 0)
    words = (
        f"{len(sided)}个单位既有领导点评、又有群众评议：领导点评平均{display.index(leaders)}分，"
        f"群众评议平均{display.index(residents)}分。两者相差超过{edge}分的有{len(far)}个"
        f"，占{display.percent(len(far) / len(sided))}（{len(far)}/{len(sided)}）。"
    )
    if len(sided) < FEWEST_DOTS:
        words = _few_sided(sided, is_public=overview.is_public)
    blocks: list[Block] = [Paragraph(words)]
    if overview.is_public or len(sided) < FEWEST_DOTS:
        return blocks
    blocks.append(
        ScatterFigure(
            "领导点评与群众评议对照",
            tuple(Dot(each.name, each.residents, each.leader) for each in sided),
            "群众评议",
            "领导点评",
            LARGE_GAP,
            note=f"实线为两者相同，虚线为相差{edge}分；虚线以外记名。",
        )
    )
    if far:
        blocks.append(_gap_table(far))
    return blocks


def _few_sided(sided: Sequence[Sided], *, is_public: bool) -> str:
    """Return in words what would be a picture of one or two dots; everybody reads no single one."""
    lead = f"只有{len(sided)}个单位既有领导点评、又有群众评议"
    if is_public:
        return f"{lead}，不足以对照。"
    said = "；".join(
        f"{each.name}领导点评{display.index(each.leader)}分、"
        f"群众评议{display.index(each.residents)}分，相差{display.index(abs(each.gap))}分"
        for each in sided
    )
    edge = display.rounded(LARGE_GAP, 0)
    return f"{lead}：{said}。相差超过{edge}分的，由上级党组织核实原因。"


def _gap_table(far: Sequence[Sided]) -> Table:
    columns = (
        Column("单位", 40),
        Column("群众评议", 13, "right"),
        Column("领导点评", 13, "right"),
        Column("实地检查", 13, "right"),
        Column("点评−群众", 21, "right"),
    )
    rows = tuple(
        (
            each.name,
            display.index(each.residents),
            display.index(each.leader),
            display.index(each.inspected) if each.inspected is not None else "—",
            display.signed(each.gap),
        )
        for each in far[:MOST_LISTED]
    )
    note = "由上级党组织核实原因；差距本身不说明哪一方评得准。"
    if len(far) > MOST_LISTED:
        note += f"另有{len(far) - MOST_LISTED}个未列。"
    return Table("差距超过15分的单位", columns, rows, note=note)


def problems(overview: Overview) -> list[Block]:
    """Return what is shared, and the quadrants of the whole district."""
    blocks = passages.common_problems(overview)
    for surveyed in overview.surveyed:
        picture = quadrants(surveyed, overview)
        if picture is not None:
            named = [p.label for p in picture.points if p.quadrant is Quadrant.CONCENTRATE]
            words = "、".join(f"“{name}”" for name in named) or "没有一项"
            blocks.append(
                Paragraph(
                    f"{surveyed.noun}四象限中，落入{NAMES[Quadrant.CONCENTRATE]}的是{words}。"
                )
            )
            blocks.append(picture)
    return blocks


def quadrants(surveyed: Surveyed, overview: Overview) -> QuadrantFigure | None:
    """Return the quadrants of a total; None where they may not be shown."""
    if surveyed.whole is None or not surveyed.whole.is_shown:
        return None
    material = surveyed.material(surveyed.whole, overview.occasion)
    module = branch_report if surveyed.noun == "党支部" else window_report
    found = (b for b in module.where_to_start(material) if isinstance(b, QuadrantFigure))
    return next(found, None)


def rectification(overview: Overview) -> list[Block]:
    """Return where rectification stands, by unit and by source."""
    blocks = progress_passages.progress(overview.rectified, overview.by_unit, "单位")
    if len(overview.by_source) > 1:
        said = "、".join(
            f"{each.label}{each.total:,}件（销号{each.closed:,}/{each.total:,}）"
            for each in overview.by_source
            if each.total
        )
        blocks.append(Paragraph(f"按来源分：{said}。"))
    return [*blocks, *progress_passages.promised(overview.promised, overview.name)]


def attachments(overview: Overview) -> tuple[Section, ...]:
    """Return the tables behind the text: units, then the method and the quality of the ballots."""
    tables = []
    for surveyed in overview.surveyed:
        rows = tuple(_unit_row(surveyed, each) for each in surveyed.units)
        if rows:
            tables.append(
                Section(f"各单位{surveyed.noun}结果", (Table("", _UNIT_COLUMNS, rows, note=_NOTE),))
            )
    method = Section("统计说明", passages.method_notes(overview))
    return (*tables, method, Section("质量情况", tuple(quality(overview))))


_UNIT_COLUMNS = (
    Column("单位", 34),
    Column("个数", 8, "right"),
    Column("有效票", 10, "right"),
    Column("满意率", 13, "right"),
    Column("满意票", 15, "right"),
    Column("指数", 9, "right"),
    Column("变化", 11, "center"),
)
_NOTE = "满意率按应评人数（窗口按年办件量）加权；满意票为加权前评为满意以上的票数和评价票数。"


def _unit_row(surveyed: Surveyed, figures: Figures) -> tuple[str, ...]:
    overall, members = figures.overall, figures.roll_up
    if not figures.is_shown or overall is None or overall.index is None:
        return (figures.target.name, "—", "—", "—", "—", "—", "—")
    return (
        figures.target.name,
        f"{members.members}" if members else "—",
        f"{figures.n:,}" if figures.n is not None else "—",
        display.percent(overall.top2.share) if overall.top2 else "—",
        passages.chosen_of(surveyed, overall) or "—",
        display.index(overall.index),
        passages.mark_of(surveyed.change_of(figures)),
    )


def quality(overview: Overview) -> list[Note]:
    """Return how good the ballots were: left out, void, and objects with too few."""
    notes = []
    for surveyed in overview.surveyed:
        whole_, objects = surveyed.whole, surveyed.objects
        if not objects:
            continue
        few = [each for each in objects if not each.is_rankable]
        share = display.percent(len(few) / len(objects))
        of = f"{share}（{len(few)}/{len(objects)}）"
        words = f"{surveyed.noun}：{len(few)}个的票数不足以参加比较，占{of}"
        if whole_ is not None and whole_.received and whole_.excluded is not None:
            out = whole_.excluded + (whole_.void or 0)
            share = display.percent(out / whole_.received)
            words += f"；可疑票和无效票{out:,}张，占收到的{share}（{out:,}/{whole_.received:,}）"
            words += "，超过10%，应当查明原因" if out > 0.1 * whole_.received else ""
        if whole_ is not None and whole_.suspects is not None:
            words += f"；剔除可疑票使指数变化不到{whole_.suspects.change_under:g}分"
        notes.append(Note(f"{words}。"))
    return notes or [Note("本轮没有评议对象。")]
