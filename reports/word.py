"""A report as a Word file that a clerk can edit: the template's page and styles, our words.

`templates/report.docx` is a docxtpl template made by `tools/make_word_template.py`; an office may
change its head in Word. Text that strangers wrote reaches it escaped and without what XML forbids.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from markupsafe import Markup

from reports import parts
from reports.documents import ROOT, grouped, instant
from reports.form_parts import CutLine, FormGrid
from reports.lettering import legal
from reports.official import Imprint
from reports.parts import (
    Absent,
    Block,
    Certificate,
    EvaluationReport,
    Note,
    Paragraph,
    Priorities,
    Section,
    Subheading,
    Table,
)
from reports.pictures import WIDTH_MM, Picture
from reports.word_markup import (
    LANDSCAPE_MM,
    PORTRAIT_MM,
    grid,
    paragraph,
    picture,
    run,
    table,
)

TEMPLATE = ROOT / "templates" / "report.docx"
DIGITS = 16
_EPOCH = (1980, 1, 1, 0, 0, 0)


def document(
    report: EvaluationReport, pictures: Sequence[Picture] = (), *, verify: str = ""
) -> bytes:
    """Return `report` as a .docx; the same report gives the same bytes.

    Args:
        report: what stands in it.
        pictures: its charts, as `reports.pictures.pictures_of` made them.
        verify: the address where the check code can be tried; empty to leave it out.
    """
    from docxtpl import DocxTemplate

    made = DocxTemplate(io.BytesIO(_template()))
    made.init_docx()
    writer = _Writer(made.docx, report, iter(pictures))
    code = grouped(parts.check_code(report))
    made.render(
        {
            "head": writer.head(),
            "mark": legal(report.mark),
            "number": legal(report.number),
            "title": [legal(line) for line in report.title],
            "occasion": legal(report.occasion),
            "has_stamp": report.layout in ("report", "landscape"),
            "cover": writer.cover(),
            "body": writer.body(),
            "as_of": instant(report.as_of),
            "code": code,
            "digest": parts.digest_of(report)[:DIGITS],
            "rules": legal(report.rules),
            "verify": legal(verify),
        },
        autoescape=True,
    )
    _lay_out(made.docx.sections[-1], report)
    _describe(made.docx.core_properties, report, code)
    stream = io.BytesIO()
    made.docx.save(stream)
    return settled(stream.getvalue())


def settled(package: bytes) -> bytes:
    """Return an Office file with its parts in order and without the time it was written."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            part = zipfile.ZipInfo(name, _EPOCH)
            part.compress_type = zipfile.ZIP_DEFLATED
            part.external_attr = 0o600 << 16
            new.writestr(part, old.read(name))
    return stream.getvalue()


@cache
def _template() -> bytes:
    return TEMPLATE.read_bytes()


def _lay_out(section: Any, report: EvaluationReport) -> None:
    """Turn the page for wide tables; a letter has no number on its first page."""
    if report.layout == "landscape":
        section.orientation = 1
        section.page_width, section.page_height = section.page_height, section.page_width
        # What was the head is now at the side, so that sheets bound together lie the same way.
        top, right = section.top_margin, section.right_margin
        bottom, left = section.bottom_margin, section.left_margin
        section.top_margin, section.bottom_margin = left, right
        section.left_margin, section.right_margin = top, bottom
    section.different_first_page_header_footer = bool(report.official and report.official.is_letter)


def _describe(properties: Any, report: EvaluationReport, code: str) -> None:
    properties.title = legal("".join(report.title))[:255]
    properties.author = properties.last_modified_by = legal(report.organiser)[:255]
    properties.subject = legal(report.occasion)[:255]
    properties.identifier = code
    properties.language = "zh-CN"
    properties.created = properties.modified = report.as_of.replace(tzinfo=None)
    properties.revision = 1


class _Writer:
    """Turns the blocks of one report into markup, and puts its pictures into the package."""

    def __init__(self, package: Any, report: EvaluationReport, pictures: Iterator[Picture]) -> None:
        self.package, self.report, self.pictures = package, report, pictures
        self.ids = {style.name: style.style_id for style in package.styles}
        self.drawn = 0
        self.width = LANDSCAPE_MM if report.layout == "landscape" else PORTRAIT_MM

    def cover(self) -> Markup:
        """Return the table of facts."""
        if not self.report.facts:
            return Markup()
        columns = (
            parts.Column("", 32),
            parts.Column("", 19, "right"),
            parts.Column("", 49),
        )
        rows = [(fact.label, fact.value, fact.note) for fact in self.report.facts]
        return self._table("TableFacts", columns, rows)

    def head(self) -> Markup:
        """Return the red head of an official document."""
        official = self.report.official
        if official is None or not official.agency:
            return Markup()
        star = "★" if official.has_star else ""
        return self.styled("发文机关标志", official.agency) + self.styled("红线", star)

    def body(self) -> Markup:
        """Return all that stands below the cover."""
        report = self.report
        made = []
        if report.official and report.official.addressee:
            made.append(self.styled("主送机关", f"{report.official.addressee}："))
        made += [self.styled("摘要", sentence) for sentence in report.summary]
        for section in report.sections:
            made += self.section(section, "一级标题")
        made += self.closing()
        for section in report.annex:
            made += self.section(section, "附件标题")
        if report.official and report.official.imprint:
            made += self.imprint(report.official.imprint)
        return Markup("").join(made)

    def closing(self) -> list[Markup]:
        """Return who signs: lines to be signed, the office and its day, or who runs the round."""
        report, official = self.report, self.report.official
        made = [
            self.styled("落款", line, "：", run("　" * 6, underlined=True), "　　　年　　月　　日")
            for line in report.signatures
        ]
        if official is None:
            return made or [self.styled("落款", report.organiser)]
        if official.attachments:
            names = official.attachments
            lines = [names[0]] if len(names) == 1 else [f"{n}．{x}" for n, x in enumerate(names, 1)]
            made.append(self.styled("附件说明", ""))
            made.append(self.styled("附件说明", f"附件：{lines[0]}"))
            made += [self.styled("附件说明", f"　　　{line}") for line in lines[1:]]
        # Room for the seal, which the product never draws.
        made += [self.styled("落款", "")] * (2 if official.is_sealed else 1)
        made.append(self.styled("落款", f"{official.signed or report.organiser}　　"))
        made.append(self.styled("落款", f"{official.day or '　　年　　月　　日'}　　　　"))
        if official.remark:
            made.append(self.styled("公文附注", f"（{official.remark}）"))
        return made

    def imprint(self, imprint: Imprint) -> list[Markup]:
        """Return the imprint at the end: copies, printer and day between lines."""
        columns = (parts.Column("", 60), parts.Column("", 40, "right"))
        rows = [(imprint.printer, f"{imprint.day}印发")] if imprint.day else [(imprint.printer, "")]
        if imprint.copies:
            rows.insert(0, (f"抄送：{imprint.copies}", ""))
        return [self.styled("版记", ""), self._table("TableFacts", columns, rows, text="版记")]

    def section(self, section: Section, heading: str) -> list[Markup]:
        """Return a section with its heading."""
        made = [self.styled(heading, section.title)] if section.title else []
        for block in section.blocks:
            made += self.block(block)
        return made

    def block(self, block: Block) -> list[Markup]:
        """Return one block; a type that nobody taught this function fails the type check."""
        if isinstance(block, Paragraph):
            return [self.styled("Normal", block.text)]
        if isinstance(block, Subheading):
            return [self.styled("二级标题", block.text)]
        if isinstance(block, Note):
            return [self.styled("说明", block.text)]
        if isinstance(block, Priorities):
            return [
                self.styled("三级标题", run(f"{number}．{entry.title}。", bold=True), entry.text)
                for number, entry in enumerate(block.entries, 1)
            ]
        if isinstance(block, Table):
            return self.figures(block)
        if isinstance(block, Certificate):
            return self.certificate(block)
        if isinstance(block, FormGrid):
            return self.form(block)
        if isinstance(block, CutLine):
            return [self.styled("图题", f"{'—　' * 8}{block.text}{'　—' * 8}")]
        if isinstance(block, Absent):
            return [self.styled("样本不足", f"样本不足：有效票不足{block.threshold}张，不列结果")]
        return self.picture(block.caption, block.note)

    def figures(self, block: Table) -> list[Markup]:
        """Return a table with its caption and its note."""
        style = "TableForm" if block.is_form else "Table3Lines"
        made = []
        if block.caption and not block.is_form:
            made.append(self.styled("表题", block.caption))
        made.append(self._table(style, block.columns, block.rows, is_form=block.is_form))
        made.append(self.styled("附注", f"注：{block.note}" if block.note else ""))
        return made

    def form(self, block: FormGrid) -> list[Markup]:
        """Return a ruled form with its caption and its note."""
        made = [self.styled("表题", block.caption)] if block.caption else []
        text, head = self.ids["表格文字"], self.ids["表头"]
        made.append(grid(block, "TableForm", text=text, head=head, width_mm=self.width))
        made.append(self.styled("附注", f"注：{block.note}" if block.note else ""))
        return made

    def picture(self, caption: str, note: str) -> list[Markup]:
        """Return the next chart with its caption below; the words alone where none was drawn."""
        made = []
        drawing = next(self.pictures, None)
        if drawing is not None:
            self.drawn += 1
            relation, _ = self.package.part.get_or_add_image(io.BytesIO(drawing.png))
            said = f"{drawing.title}：{drawing.described}"
            inside = picture(relation, self.drawn, WIDTH_MM, drawing.height_mm, said)
            made.append(self.styled("图", inside))
        made.append(self.styled("图题", f"{caption}　{note}" if note else caption))
        return made

    def certificate(self, block: Certificate) -> list[Markup]:
        """Return a certificate on a page of its own."""
        opening = paragraph(self.ids["落款"], f"编号：{block.number}", extra="<w:pageBreakBefore/>")
        return [
            opening,
            self.styled("公文标题", "荣誉证书"),
            self.styled("标识", f"{block.holder}："),
            self.styled("Normal", block.words),
            self.styled("公文标题", block.honour),
            self.styled("落款", block.issuer),
            self.styled("落款", block.day),
        ]

    def styled(self, style: str, *runs: Markup | str) -> Markup:
        """Return a paragraph in a style of the template, by its name."""
        return paragraph(self.ids[style], *runs)

    def _table(
        self,
        style: str,
        columns: Sequence[parts.Column],
        rows: Sequence[Sequence[str]],
        *,
        text: str = "表格文字",
        is_form: bool = False,
    ) -> Markup:
        return table(
            style,
            columns,
            rows,
            text=self.ids[text],
            head=self.ids["表头"],
            width_mm=self.width,
            is_form=is_form,
        )
