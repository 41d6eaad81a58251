"""The board of promises as files besides the PDF: Word to edit, a workbook, a web page.

The PDF hangs on the wall on A3; Word has the same sheets, with the same codes. Workbook and web
page are one table for each organisation.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from reports.formats import Format
from reports.lettering import legal
from reports.parts import Column, EvaluationReport, Note, Section, Table
from reports.qr import qr_png
from reports.word import parted, settled, style_ids, template
from reports.word_markup import beside, paragraph, picture, table
from reports.workbook import EPOCH
from survey.collection.posters import PosterPoint
from survey.collection.printed import BOARD_CLASSES, SYMBOL_MM, Promise, board_sheets, rows_of

TITLE = "公开承诺　请您监督"
WIDTH_MM = 380.0
FORMATS = (Format.WORD, Format.EXCEL, Format.WEB)
"""What a board comes as besides its PDF."""

COLUMNS = (
    Column("序号", 18, "center"),
    Column("承诺事项", 148),
    Column("措施", 120),
    Column("责任人", 44),
    Column("完成时限", 50),
)
STYLES = dict(zip(BOARD_CLASSES, ("承诺（大）", "承诺（中）", "承诺（小）"), strict=True))
Board = tuple[PosterPoint, Sequence[Promise]]


def board_report(boards: Sequence[Board], moment: datetime) -> EvaluationReport:
    """Return boards as data, a section for each organisation; `moment` is aware."""
    first, _ = boards[0]
    return EvaluationReport(
        subject="board",
        mark="",
        title=(TITLE,),
        occasion=first.form_title,
        facts=(),
        summary=(),
        sections=tuple(_section(*board) for board in boards),
        signatures=(),
        annex=(),
        organiser=first.organiser,
        as_of=moment,
        layout="landscape",
    )


def day_of(now: datetime, zone: ZoneInfo) -> datetime:
    """Return the day on which a board is printed: the same board of one day has one check code."""
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def board_document(boards: Sequence[Board]) -> bytes:
    """Return boards as a .docx on A3, sheet by sheet; the same boards give the same bytes."""
    from docxtpl import DocxTemplate

    made = DocxTemplate(io.BytesIO(template("board")))
    made.init_docx()
    ids = style_ids(made.docx.styles.element)
    pieces: list[Markup] = []
    for point, promises in boards:
        relation, _ = made.docx.part.get_or_add_image(io.BytesIO(qr_png(point.url.upper())))
        for sheet in board_sheets(point, promises):
            pieces += _sheet(sheet, relation, ids, number=len(pieces) + 1)
    made.render({"body": parted(pieces, ids["表间"])}, autoescape=True)
    properties = made.docx.core_properties
    properties.title = TITLE
    properties.author = properties.last_modified_by = legal(boards[0][0].organiser)[:255]
    properties.language = "zh-CN"
    properties.created = properties.modified = EPOCH
    properties.revision = 1
    stream = io.BytesIO()
    made.docx.save(stream)
    return settled(stream.getvalue())


def _section(point: PosterPoint, promises: Sequence[Promise]) -> Section:
    day = point.closes_on
    words = f"手机扫一扫或打开{point.url}就能评，不记名。截止{day.year}年{day.month}月{day.day}日。"
    table = Table(point.org_name, COLUMNS, tuple(rows_of(promises)))
    return Section(point.org_name, (table, Note(words)))


def _sheet(
    sheet: Mapping[str, Any], relation: str, ids: Mapping[str, str], *, number: int
) -> Iterator[Markup]:
    """Yield one sheet: its heading, the promises, and the code with how to use it."""
    start = "<w:pageBreakBefore/>" if number > 1 else ""
    yield paragraph(ids["公文标题"], TITLE, extra=start)
    yield paragraph(ids["公示单位"], sheet["name"])
    rows = [
        (str(row["number"]), row["content"], row["measure"], row["owner"], row["due"])
        for row in sheet["rows"]
    ]
    text, head = ids[STYLES[sheet["size"]]], ids["表头"]
    yield table("TableBoard", COLUMNS, rows, text=text, head=head, width_mm=WIDTH_MM)
    drawn = picture(relation, number, SYMBOL_MM, SYMBOL_MM, f"{sheet['name']}的评议二维码")
    told = (
        "手机扫一扫就能填，不用下载，不用登录，不记名。"
        f"截止{sheet['last_day']}。",
        f"也可以在手机浏览器里输入 {sheet['link']}",
        f"网址应当是 {sheet['host']} ，不会要手机号、身份证，也不会要您付款。",
        "　".join(filter(None, (sheet["organiser"], sheet["part"]))),
    )  # fmt: skip
    words = [
        paragraph(ids["扫码提示"], "兑现了没有，请您扫码说一句"),
        *(paragraph(ids["扫码说明"], line) for line in told if line),
    ]
    yield beside(paragraph(ids["图"], drawn), words, left_mm=SYMBOL_MM + 4, width_mm=WIDTH_MM)
