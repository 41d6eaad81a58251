"""Sheets for meetings and inspections, to be filled in by hand (domain.md 2.14, 6.1 (8)).

The attendance sheet counts heads and is tied to no ballot; the tally sheet holds what was counted
aloud; the checklist is form E on one page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from forms.definition import DEFAULT_LANGUAGE, Item, Questionnaire
from reports.checklist import check_items
from reports.form_parts import FormCell, FormGrid, FormRow, label
from reports.lettering import comment
from reports.paper_form import question_numbers
from reports.parts import Block, EvaluationReport, Note, Paragraph, Section

LINES_OF_NAMES, NAME_HEIGHT = 20, 7.0
TALLY_ROOM, LEAST_HEIGHT, MOST_HEIGHT = 122.0, 5.6, 12.0
"""Millimetres: of a page for the rows that are counted, and of one row."""

LONGEST_ITEM, LONGEST_OPTION, LONGEST_PLACE = 60, 8, 34
_POINTS = re.compile(r"（[0-9]+分）$")


@dataclass(frozen=True)
class Occasion:
    """Where and about whom people meet; empty parts are left to be written in.

    `moment` is when the sheet is of; aware, in local time.
    """

    organiser: str
    round_title: str
    org_name: str
    place: str
    on: str
    moment: datetime


def attendance_sheet(occasion: Occasion) -> EvaluationReport:
    """Return the attendance sheet 签到表: who came, and nothing of what they answered."""
    head = FormRow(
        tuple(label(text) for text in ("序", "姓　名", "签　名", "序", "姓　名", "签　名")),
        8,
        is_head=True,
    )
    rows = tuple(
        FormRow(
            (
                FormCell(str(number), align="center"),
                FormCell(),
                FormCell(),
                FormCell(str(number + LINES_OF_NAMES), align="center"),
                FormCell(),
                FormCell(),
            ),
            NAME_HEIGHT,
        )
        for number in range(1, LINES_OF_NAMES + 1)
    )
    blocks: tuple[Block, ...] = (
        *_where(occasion),
        FormGrid("", (8, 20, 22, 8, 20, 22), (head, *rows)),
        Paragraph("应到　　　　人，实到　　　　人，其中有权参评的　　　　人。清点人："),
        Note(
            "本表只用来清点到会人数，与评议票无关：票上不编号、不记名，领票不按名单，"
            "不得在本表上注明谁领了票、谁投了票。一页写不下的，另印一页。"
        ),
    )
    return _sheet(occasion, "attendance", "群众评议会签到表", blocks)


def tally_sheet(occasion: Occasion, questionnaire: Questionnaire) -> EvaluationReport:
    """Return the tally sheet 计票表: ballots out, back, valid and void, and votes for each grade.

    Every question with grades has a row; those that share their grades share a table.
    """
    scored = [item for item in questionnaire.items if item.is_scored]
    scales = tuple(dict.fromkeys(item.option_codes for item in scored))
    numbers = question_numbers(questionnaire)
    height = max(LEAST_HEIGHT, min(MOST_HEIGHT, TALLY_ROOM / (len(scored) + 2 * len(scales))))
    grids = [
        _grades([item for item in scored if item.option_codes == codes], numbers, height)
        for codes in scales
    ]
    blocks: tuple[Block, ...] = (
        *_where(occasion),
        FormGrid("", (13, 12, 13, 12, 13, 12, 13, 12), (_ballots(),)),
        *grids,
        FormGrid(
            "",
            (13, 20, 13, 20, 13, 21),
            (
                FormRow(
                    (
                        label("唱票人"), FormCell(), label("计票人"), FormCell(),
                        label("监票人\n（两人）"), FormCell(),
                    ),
                    14,
                ),
            ),
        ),
        Note(
            "当场唱票、计票，监票人不少于两人。收回＝有效＋无效；每一行各等次之和不超过有效票数，"
            "空着没有划的不计。当场宣布收回、有效、无效票数，各等次票数录入后连同票一起封存。"
        ),
    )  # fmt: skip
    return _sheet(occasion, "tally", "群众评议计票表", blocks)


def check_sheet(occasion: Occasion, questionnaire: Questionnaire) -> EvaluationReport:
    """Return the checklist 检查表 of an inspection: each check point with its weight, to tick."""
    points = check_items(questionnaire)
    answers = max((item.options for item in points), key=len, default=())
    labels = [comment(option.label.to(DEFAULT_LANGUAGE), LONGEST_OPTION) for option in answers]
    wide, others = 8.0, 5.5
    text = 100.0 - 2 * others - wide * len(labels) - 12.0
    widths = (others, text, others, *(wide for _ in labels), 12.0)
    heads = ("序", "检查内容", "分", *labels, "说　明")
    head = FormRow(tuple(label(text) for text in heads), 9, is_head=True)
    height = max(LEAST_HEIGHT, min(MOST_HEIGHT, (TALLY_ROOM + 15) / (len(points) + 1)))
    rows = tuple(
        FormRow(
            (
                FormCell(str(number), align="center"),
                FormCell(("★" if item.is_veto else "") + _wording(item)),
                FormCell(f"{item.weight:g}", align="center"),
                *(_tick(item, option.code) for option in answers),
                FormCell(),
            ),
            height,
        )
        for number, item in enumerate(points, 1)
    )
    signed = FormRow(
        (label("检查员\n（两人）"), FormCell(), label("被检查\n单　位"), FormCell()), 14
    )
    blocks: tuple[Block, ...] = (
        *_where(occasion),
        FormGrid("", widths, (head, *rows), is_dense=True),
        FormGrid("", (13, 37, 13, 37), (signed,)),
        Note("在相应的格内划“√”；不适用的不计分。★为一票否决项。不符合、部分符合的请写明情况。"),
    )
    return _sheet(occasion, "check", "实地检查表", blocks)


def _where(occasion: Occasion) -> tuple[FormGrid, ...]:
    rows = (
        FormRow((label("评议对象"), FormCell(occasion.org_name, 3)), 8),
        FormRow(
            (
                label("地　　点"),
                FormCell(comment(occasion.place, LONGEST_PLACE)),
                label("时　　间"),
                FormCell(occasion.on),
            ),
            8,
        ),
    )
    return (FormGrid("", (13.0, 45.0, 13.0, 29.0), rows),)


def _ballots() -> FormRow:
    cells = [
        (label(text), FormCell("票", align="right")) for text in ("发出", "收回", "有效", "无效")
    ]
    return FormRow(tuple(cell for pair in cells for cell in pair), 9)


def _grades(items: Sequence[Item], numbers: dict[str, int], height: float) -> FormGrid:
    options = [comment(o.label.to(DEFAULT_LANGUAGE), LONGEST_OPTION) for o in items[0].options]
    wide = min(12.0, 54.0 / len(options))
    widths = (6.0, 94.0 - wide * len(options), *(wide for _ in options))
    head = FormRow(tuple(label(text) for text in ("题", "评议内容", *options)), 9, is_head=True)
    rows = tuple(
        FormRow(
            (
                FormCell(str(numbers[item.code]), align="center"),
                FormCell(_wording(item)),
                *(FormCell() for _ in options),
            ),
            height,
        )
        for item in items
    )
    return FormGrid("", widths, (head, *rows), is_dense=True)


def _tick(item: Item, code: str) -> FormCell:
    return FormCell("□" if code in item.option_codes else "—", align="center")


def _wording(item: Item) -> str:
    return comment(_POINTS.sub("", item.label.to(DEFAULT_LANGUAGE)), LONGEST_ITEM)


def _sheet(
    occasion: Occasion, subject: str, title: str, blocks: tuple[Block, ...]
) -> EvaluationReport:
    return EvaluationReport(
        subject=subject,
        mark="",
        title=(title,),
        occasion=occasion.round_title,
        facts=(),
        summary=(),
        sections=(Section("", blocks),),
        signatures=(),
        annex=(),
        organiser=occasion.organiser,
        as_of=occasion.moment,
        layout="form",
    )
