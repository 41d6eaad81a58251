"""The roll-up of one unit 单位汇总报告 (domain.md 6.1, 3)."""

from __future__ import annotations

from reports import overview_passages as passages
from reports import progress_passages
from reports.evaluation import numbered
from reports.figures import Figures
from reports.overview import Overview
from reports.parts import Block, EvaluationReport, Paragraph, Section, Table
from reports.parts import Column as Head
from reports.sentences import one_by_one, period


def compile_unit(overview: Overview) -> EvaluationReport:
    """Return the roll-up of one unit, for the audience its figures were released to."""
    parts: tuple[tuple[str, list[Block]], ...] = (
        ("覆盖情况", passages.coverage(overview)),
        ("总体结果", whole(overview)),
        ("所属支部和窗口", objects(overview)),
        ("共性问题", passages.common_problems(overview)),
        ("承诺兑现", progress_passages.promised(overview.promised, overview.name)),
        ("整改进度", progress_passages.progress(overview.rectified, overview.by_source, "来源")),
        ("需要帮助整顿的支部", [] if overview.is_public else lagging(overview)),
        ("下步打算", next_steps(overview)),
    )
    occasion = overview.occasion
    signatures = () if overview.is_public else ("单位负责人（签字）", "区委活动办审核（签字）")
    return EvaluationReport(
        subject="unit",
        mark=occasion.mark,
        title=(overview.name, "群众评议汇总报告"),
        occasion=f"{occasion.round_title}　{period(occasion.first_day, occasion.last_day)}",
        facts=passages.facts(overview),
        summary=passages.summary(overview, passages.first_problem(overview)),
        sections=numbered(tuple(Section(t, tuple(b)) for t, b in parts if b)),
        signatures=signatures,
        annex=numbered(
            (Section("统计说明", passages.method_notes(overview)),), heading="附{number}"
        ),
        organiser=occasion.organiser,
        as_of=occasion.as_of,
    )


def whole(overview: Overview) -> list[Block]:
    """Return the totals of every questionnaire in words."""
    blocks: list[Block] = []
    for surveyed in overview.surveyed:
        if surveyed.whole is None:
            # Everybody is told the same of a total that is hidden and of one that has no answers.
            why = passages.HIDDEN_TOTAL if overview.is_public else passages.NO_ANSWERS
            if surveyed.objects:
                blocks.append(Paragraph(f"{surveyed.noun}：{why}"))
            continue
        words = passages.whole_words(surveyed, surveyed.whole)
        blocks.append(Paragraph(f"{surveyed.noun}：{words}"))
    return blocks or [Paragraph(passages.NO_ANSWERS)]


def objects(overview: Overview) -> list[Block]:
    """Return the objects of every questionnaire: bars, then the table."""
    blocks: list[Block] = []
    for surveyed in overview.surveyed:
        if not surveyed.objects:
            continue
        ordered: list[Figures] = passages.in_bands(surveyed.objects)
        bars = passages.total_bars(ordered, f"所属{surveyed.noun}总体评价指数", surveyed.whole)
        if not bars:
            bars = passages.band_stacks(surveyed, [("所属" + surveyed.noun, surveyed.objects)])
        blocks += bars
        blocks += passages.object_table(surveyed, f"所属{surveyed.noun}一览")
    return blocks or [Paragraph("没有参加本轮评议的支部和窗口。")]


def lagging(overview: Overview) -> list[Block]:
    """Return the organisations that the settled stars name for help; for the office alone."""
    if not overview.rated:
        return [Paragraph("还没有审定的星级评定，本节待审定后补充。")]
    named = [each for each in overview.rated if each.is_lagging]
    if not named:
        return [Paragraph(f"{overview.rating}没有列入集中整顿的支部。")]
    columns = (
        Head("单位", 46),
        Head("星级", 14, "center"),
        Head("最后得分", 16, "right"),
        Head("原因", 24),
    )
    rows = tuple(
        (
            each.name,
            f"{each.star}星" if each.star else "暂不评定",
            f"{each.final:.2f}" if each.final is not None else "—",
            "、".join(each.reasons),
        )
        for each in named
    )
    note = "供集中整顿参考，由单位党委研究补充；不对外公布。"
    return [Table("需要集中整顿的支部", columns, rows, note=note)]


def next_steps(overview: Overview) -> list[Block]:
    """Return what the figures ask for next, as sentences that an office may change."""
    steps = []
    if any(surveyed.findings for surveyed in overview.surveyed):
        steps.append(f"集中整改共性问题。{passages.first_problem(overview)}")
    late = overview.rectified.overdue
    if late:
        steps.append(f"清理超期事项。{late}件整改事项已经超期，逐件明确责任人和办结日期。")
    elif overview.rectified.total:
        steps.append("按期办结整改事项，请群众再评价，不满意不销号。")
    if overview.promised.late:
        steps.append(
            f"兑现承诺。{overview.promised.late}项公开承诺已经逾期，向群众说明并限期兑现。"
        )
    objects_ = [each for surveyed in overview.surveyed for each in surveyed.objects]
    few = sum(not each.is_rankable for each in objects_)
    if few:
        steps.append(
            f"提高参评率。{few}个对象（{few}/{len(objects_)}）的票数不足以参加比较，"
            "下一轮多走访、多张贴评议二维码。"
        )
    if not steps:
        steps.append("巩固成绩，继续听取群众意见。")
    return list(map(Paragraph, one_by_one(steps)))
