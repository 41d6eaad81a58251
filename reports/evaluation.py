"""Figures and wording in, a whole evaluation report as data out."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

from forms.definition import Subject
from reports import branch_report, passages, sentences, window_report
from reports.figures import Audience
from reports.material import Material
from reports.parts import (
    Absent,
    BarFigure,
    Block,
    EvaluationReport,
    MatrixFigure,
    Paragraph,
    QuadrantFigure,
    ScatterFigure,
    Section,
    ShiftFigure,
    StackFigure,
    Subheading,
    Table,
)

RULES_DIGITS = 8
NUMERALS = "一二三四五六七八九十"
FIGURES = (BarFigure, StackFigure, QuadrantFigure, ShiftFigure, ScatterFigure, MatrixFigure)

_KINDS: dict[Subject, ModuleType] = {
    Subject.BRANCH: branch_report,
    Subject.WINDOW: window_report,
}


def compile_report(material: Material) -> EvaluationReport:
    """Return the report on one object, for the audience its figures were released to.

    An object whose figures may not be shown gets one honest page without any count.
    """
    kind = _KINDS[material.questionnaire.subject]
    figures, occasion = material.figures, material.occasion
    report = EvaluationReport(
        subject=material.questionnaire.subject.value,
        mark=occasion.mark,
        title=kind.title(material),
        occasion=(
            f"{occasion.round_title}　{sentences.period(occasion.first_day, occasion.last_day)}"
        ),
        facts=(),
        summary=(),
        sections=_withheld(material),
        signatures=(),
        annex=(),
        organiser=occasion.organiser,
        as_of=occasion.as_of,
        rules=" ".join(filter(None, (occasion.rules_name, occasion.rules_digest[:RULES_DIGITS]))),
    )
    if not figures.is_shown:
        return report
    return replace(
        report,
        facts=passages.cover_facts(material),
        summary=sentences.opening(material),
        sections=numbered(kind.sections(material)),
        signatures=_signatures(material),
        annex=numbered(kind.annex(material), heading="附{number}"),
    )


def numbered(sections: tuple[Section, ...], heading: str = "{numeral}、") -> tuple[Section, ...]:
    """Return `sections` with headings, and what has a caption, numbered in their order."""
    figure = table = 0
    done = []
    for number, section in enumerate(sections, 1):
        blocks: list[Block] = []
        sub = 0
        for block in section.blocks:
            if isinstance(block, FIGURES):
                figure += 1
                block = replace(block, caption=f"图{figure}　{block.caption}")
            elif isinstance(block, Table) and block.caption and not block.is_form:
                table += 1
                block = replace(block, caption=f"表{table}　{block.caption}")
            elif isinstance(block, Subheading):
                sub += 1
                block = replace(block, text=f"（{numeral(sub)}）{block.text}")
            blocks.append(block)
        start = heading.format(number=number, numeral=numeral(number))
        gap = "" if "numeral" in heading else "　"
        done.append(Section(f"{start}{gap}{section.title}", tuple(blocks)))
    return tuple(done)


def numeral(number: int) -> str:
    """Return 1 to 99 in Chinese: 十二."""
    tens, ones = divmod(number, 10)
    head = "" if not tens else "十" if tens == 1 else f"{NUMERALS[tens - 1]}十"
    return head + (NUMERALS[ones - 1] if ones else "")


def _withheld(material: Material) -> tuple[Section, ...]:
    """Return what is said instead of results: that there are too few, and what happens next."""
    name = material.figures.target.name
    return (
        Section(
            "",
            (
                Absent(material.threshold),
                Paragraph(
                    f"本轮{name}的有效票不足{material.threshold}张，或者它的数字会让人推算出票数不足的其他"
                    "对象。票数太少时，数字可能透露某一个人的选择，也不足以代表群众的看法，因此不列任何结果，"
                    "也不列票数。"
                ),
                Paragraph(
                    "这不表示评价好或不好。这些票已经计入上一级的汇总。建议下一轮多走访、多张贴评议二维码，"
                    "让更多群众参加评议。"
                ),
            ),
        ),
    )


def _signatures(material: Material) -> tuple[str, ...]:
    """Return who signs; nobody signs the version for everybody."""
    if material.figures.audience is Audience.PUBLIC:
        return ()
    if material.questionnaire.subject is Subject.BRANCH:
        return ("党支部书记（签字）", "上级党组织审核（签字）")
    return ("窗口负责人（签字）", "主管单位审核（签字）")
