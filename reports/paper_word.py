"""The paper ballot as a Word file: an office may set it larger or add a head of its own.

Questions, options and their order are those of the frozen questionnaire, under whose mark the
ballots are keyed. They stand in a control that Word does not let edit; the QR code and the mark
stand at the foot of every page, and say which version somebody has in hand. All else, the styles
among it, is the office's to change.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from markupsafe import Markup

from reports.lettering import legal, text_width
from reports.paper_form import (
    PaperBallot,
    PaperBlock,
    PrintedItem,
    printed_ballot,
    symbol_text,
)
from reports.parts import Column
from reports.qr import qr_png
from reports.word import parted, settled, style_ids, template
from reports.word_markup import locked, paragraph, picture, run, table
from reports.workbook import EPOCH

WIDTH_MM, SYMBOL_MM = 174.0, 17.0
BOX = "□"
COLUMN_MM = {False: (15.0, 14.0), True: (17.0, 15.0)}
"""Width of a column of a scale, in common and in large type: of few grades, and of six or more."""

MANY, LONG_OPTION = 6, 14
POINTS, LARGE_POINTS, POINTS_PER_MM = 10.5, 15, 72 / 25.4
OPTIONS_MM, GAP = 160.0, 2
"""Room for a line of options, with something in hand; and characters between two of them."""

LOCKED = "题目和选项（与问卷定稿一致，不能改动）"
REMARK = (
    "字号、行距、票头和填票须知可以改；题目、选项和次序不能改，改动过的票不能录入。"
    "每页下面的版本码和二维码要留着。"
)


def ballot_document(ballot: PaperBallot) -> bytes:
    """Return the ballot as a .docx; the same ballot gives the same bytes."""
    from docxtpl import DocxTemplate

    printed = printed_ballot(ballot)
    name = "ballot-large" if ballot.is_large else "ballot"
    made = DocxTemplate(io.BytesIO(template(name)))
    made.init_docx()
    writer = _Writer(style_ids(made.docx.styles.element), ballot)
    _mark(made.docx.sections[0].footer, ballot.mark)
    made.render(
        {
            "title": legal(printed.title),
            "org_name": legal(ballot.org_name),
            "round_title": legal(ballot.round_title),
            "organiser": legal(ballot.organiser),
            "version": legal(ballot.version),
            "mark": legal(ballot.mark),
            "body": locked(parted(list(writer.body()), writer.ids["表间"]), LOCKED),
        },
        autoescape=True,
    )
    _describe(made.docx.core_properties, printed.title, ballot)
    stream = io.BytesIO()
    made.docx.save(stream)
    return settled(stream.getvalue())


def _mark(footer: Any, mark: str) -> None:
    """Put the QR code of the version into the foot of every page."""
    relation, _ = footer.part.get_or_add_image(io.BytesIO(qr_png(symbol_text(mark))))
    drawn = picture(relation, 1, SYMBOL_MM, SYMBOL_MM, f"版本码{mark}的二维码")
    place = footer.tables[0].cell(0, 0).paragraphs[0]._p
    names = nsdecls("w", "wp", "a", "pic", "r")
    place.append(parse_xml(str(drawn).replace("<w:r>", f"<w:r {names}>", 1)))


def _describe(properties: Any, title: str, ballot: PaperBallot) -> None:
    properties.title = legal(f"{title} · {ballot.org_name}")[:255]
    properties.author = properties.last_modified_by = legal(ballot.organiser)[:255]
    properties.subject = legal(ballot.round_title)[:255]
    properties.identifier = legal(ballot.mark)
    properties.comments = REMARK
    properties.language = "zh-CN"
    properties.created = properties.modified = EPOCH
    properties.revision = 1


class _Writer:
    """Turns what stands on a ballot into markup."""

    def __init__(self, ids: dict[str, str], ballot: PaperBallot) -> None:
        self.ids, self.ballot = ids, ballot
        self.printed = printed_ballot(ballot)

    def body(self) -> Iterator[Markup]:
        """Yield the questions, and the strip that is cut off."""
        for part in self.printed.parts:
            if part.title:
                yield self.styled("一级标题", part.title, *_aside(part.aside))
            for block in part.blocks:
                yield from self.block(block)
        if self.printed.contacts:
            yield self.styled("裁切线", "沿虚线剪下，单独交给工作人员；和上面的评议分开放")
            yield self.styled("评议对象", f"回访联　{self.ballot.org_name}", stays=True)
            for item in self.printed.contacts:
                yield from self.single(item, stays=item is not self.printed.contacts[-1])

    def block(self, block: PaperBlock) -> Iterator[Markup]:
        """Yield a table of one scale, or single questions and what is only said."""
        if block.heads:
            yield self.scale(block)
            return
        for item in block.items:
            if item.number:
                yield from self.single(item)
            elif words := item.label.replace(self.printed.introduction, "", 1):
                yield self.styled("正文", words)

    def scale(self, block: PaperBlock) -> Markup:
        """Return a table: a question a row, a grade a column."""
        grades = len(block.heads)
        wide = COLUMN_MM[self.ballot.is_large][grades >= MANY]
        heads = (f"{number}\n{head}" for number, head in enumerate(block.heads, 1))
        columns = [
            Column("", WIDTH_MM - wide * grades),
            *(Column(head, wide, "center") for head in heads),
        ]
        rows = [
            (Markup("").join(self.label(item)), *[BOX] * grades) for item in block.items
        ]  # fmt: skip
        text, head = self.ids["表格文字"], self.ids["表头"]
        return table("TableBallot", columns, rows, text=text, head=head, width_mm=WIDTH_MM)

    def single(self, item: PrintedItem, *, stays: bool = False) -> Iterator[Markup]:
        """Yield a question with its options or with lines to write on."""
        blank = [run(f"　{item.blank}　", underlined=True)] if item.blank else []
        yield self.styled("题目", *self.label(item), *blank, stays=stays)
        if item.options:
            yield self.styled("选项", *self.options(item), stays=stays or bool(item.lines))
        for number in range(item.lines):
            yield self.styled("填写线", stays=stays or number < item.lines - 1)

    def options(self, item: PrintedItem) -> Iterator[Markup | str]:
        """Yield the options: as many on a line as there is room for, none of them broken."""
        points = LARGE_POINTS if self.ballot.is_large else POINTS
        room = OPTIONS_MM * POINTS_PER_MM / points
        is_long = max(map(len, item.options)) > LONG_OPTION
        taken = 0.0
        for number, option in enumerate(item.options, 1):
            wide = text_width(f"{BOX}{number}{option}", 1.0)
            if taken:
                is_next = is_long or taken + GAP + wide > room
                yield "\n" if is_next else "　" * GAP
                taken = 0.0 if is_next else taken + GAP
            yield BOX
            yield run(f"{number}\u00a0", is_small=True)
            yield option
            taken += wide

    def label(self, item: PrintedItem) -> list[Markup]:
        """Return a question: its number, its words, and when or how it is answered."""
        return [run(item.number, bold=True), run(f" {item.label}"), *_aside(item.aside)]

    def styled(self, style: str, *runs: Markup | str, stays: bool = False) -> Markup:
        """Return a paragraph in a style of the template."""
        return paragraph(self.ids[style], *runs, stays=stays)


def _aside(text: str) -> list[Markup]:
    return [run(f"（{text}）", is_small=True)] if text else []
