"""A report as a Word file that a clerk can edit: the template's page and styles, our words.

`templates/*.docx` are docxtpl templates made by `tools/make_word_template.py`, one for each way a
document is set; an office may change their heads in Word. Text that strangers wrote reaches them
escaped and without what XML forbids.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from docx.oxml.ns import qn
from markupsafe import Markup

from reports import parts
from reports.documents import ROOT, grouped, instant, title_of
from reports.form_parts import CutLine, FormGrid
from reports.lettering import legal
from reports.official import Imprint, Official, agency_points, signature_place, title_lines
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
    FORM_MM,
    LANDSCAPE_MM,
    PORTRAIT_MM,
    certificate,
    framed,
    grid,
    imprint,
    indented,
    paragraph,
    picture,
    run,
    table,
)

TEMPLATES = ROOT / "templates"
DIGITS = 16
PITCH, CHARACTER = 28.95, 15.75
"""Points from line to line and from character to character of a page of text."""

WIDTHS = {"landscape": LANDSCAPE_MM, "form": FORM_MM}
OPEN_DAY = "　　　　年　　月　　日"
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

    is_letter = bool(report.official and report.official.is_letter)
    made = DocxTemplate(io.BytesIO(template("letter" if is_letter else report.layout)))
    made.init_docx()
    writer = _Writer(made.docx, report, iter(pictures))
    code = grouped(parts.check_code(report))
    made.render(
        {
            "head": writer.head(),
            "mark": legal(report.mark),
            "number": legal(report.number),
            "title": writer.title(),
            "occasion": legal(report.occasion),
            "organiser": legal(report.organiser),
            "cover": writer.cover(),
            "body": writer.body(),
            "as_of": instant(report.as_of),
            "code": code,
            "digest": parts.digest_of(report)[:DIGITS],
            "rules": legal(report.rules),
            "verify": legal(verify.partition("://")[2]),
        },
        autoescape=True,
    )
    _keep_with_signature(made.docx.element.body)
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
def template(name: str) -> bytes:
    """Return a template of `reports/templates`."""
    return (TEMPLATES / f"{name}.docx").read_bytes()


def _keep_with_signature(body: Any) -> None:
    """Let no page begin with who signs: the paragraph above goes with it."""
    above = None
    for each in body:
        style = each.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        if style is not None and style.get(qn("w:val")) == "落款":
            if above is not None and above.tag == qn("w:p"):
                above.get_or_add_pPr().keepNext_val = True
            return
        above = each


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
        self.ids = style_ids(package.styles.element)
        self.drawn = 0
        self.width = WIDTHS.get(report.layout, PORTRAIT_MM)

    def cover(self) -> Markup:
        """Return the table of facts."""
        if not self.report.facts:
            return Markup()
        columns = (parts.Column("", 29), parts.Column("", 17, "right"), parts.Column("", 54))
        rows = [(fact.label, fact.value, fact.note) for fact in self.report.facts]
        styles = [self.ids[name] for name in ("摘要项目", "摘要数值", "摘要说明")]
        head = self.ids["表头"]
        return table("TableFacts", columns, rows, text=styles, head=head, width_mm=self.width)

    def title(self) -> Markup:
        """Return the title, its lines broken as on paper; without a red head its number follows."""
        report, official = self.report, self.report.official
        joint = "" if report.layout == "landscape" else "\n"
        made = self.styled("公文标题", joint.join(title_of(report)))
        if report.number and official and not (official.agency or official.is_letter):
            made += paragraph(self.ids["主送机关"], report.number, align="center", below=PITCH)
        return made

    def head(self) -> Markup:
        """Return the red head of an official document or letter, on one line."""
        official = self.report.official
        agency = self._agency(official)
        if official is None or not agency:
            return Markup()
        made = [self.styled("发文机关标志", run(agency, points=agency_points(agency)))]
        if not official.is_letter:
            made.append(self.styled("发文字号", self.report.number))
        made.append(self.styled("红线", "★" if official.has_star else ""))
        return Markup("").join(made)

    def _agency(self, official: Official | None) -> str:
        if official is None:
            return ""
        return official.agency or (self.report.organiser if official.is_letter else "")

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
            made += self.attached(section) if report.official else self.section(section, "附件标题")
        return parted(made, self.ids["表间"])

    def closing(self) -> list[Markup]:
        """Return who signs: lines to be signed, the office and its day, or who runs the round."""
        report = self.report
        blank = run("　" * 6, underlined=True)
        if report.official:
            return self.signature(report.official)
        if report.layout != "report":
            lines = [piece for line in report.signatures for piece in (f"{line}：", blank, "　　")]
            return [self.styled("落款", *lines[:-1])] if lines else []
        made = [
            self.styled("落款", f"{line}：", blank, "　　　年　　月　　日")
            for line in report.signatures
        ]
        return made or [self.styled("落款", report.organiser)]

    def signature(self, official: Official) -> list[Markup]:
        """Return what is attached, who signs and when, the remark, and the imprint."""
        place, style = signature_place(official), self.ids["落款"]
        made = []
        names = official.attachments
        for number, name in enumerate(names, 1):
            words = f"{number}. {name}" if len(names) > 1 else name
            made.append(
                self.styled("附件说明", f"附件：{words}", above=PITCH)
                if number == 1
                else paragraph(self.ids["附件说明"], words, extra=indented(5, 16))
            )
        # Room for the seal, which the product never draws.
        made += [
            paragraph(
                style,
                official.signed or self.report.organiser,
                align="left",
                stays=True,
                above=place.empty_lines * PITCH,
                extra=indented(place.name, CHARACTER),
            ),
            paragraph(
                style,
                official.day or OPEN_DAY,
                align="left",
                extra=indented(place.day, CHARACTER),
            ),
        ]
        if official.remark:
            made.append(self.styled("公文附注", f"（{official.remark}）"))
        if official.imprint:
            made.append(self.imprint(official.imprint))
        return made

    def imprint(self, around: Imprint) -> Markup:
        """Return the imprint at the foot of the page: copies, printer and day between lines."""
        copies = f"抄送：{around.copies}。" if around.copies else ""
        day = f"{around.day}印发" if around.day else ""
        return imprint(self.ids["版记"], copies, around.printer, day, width_mm=self.width)

    def attached(self, section: Section) -> list[Markup]:
        """Return what is attached to an official document, on a page of its own."""
        made = [self.styled("附件标识", section.title, extra="<w:pageBreakBefore/>")]
        for place, block in enumerate(section.blocks):
            if place == 0 and isinstance(block, Paragraph):
                made.append(self.styled("附件标题", "\n".join(title_lines((block.text,)))))
            else:
                made += self.block(block)
        return made

    def section(self, section: Section, heading: str) -> list[Markup]:
        """Return a section with its heading."""
        made = [self.styled(heading, section.title)] if section.title else []
        for block in section.blocks:
            made += self.block(block)
        return made

    def block(self, block: Block) -> list[Markup]:
        """Return one block; a type that nobody taught this function fails the type check."""
        if isinstance(block, Paragraph):
            return [self.styled("正文", block.text)]
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
            return [self.certificate(block)]
        if isinstance(block, FormGrid):
            return self.form(block)
        if isinstance(block, CutLine):
            return [self.styled("图题", block.text)]
        if isinstance(block, Absent):
            return [self.styled("样本不足", f"样本不足：有效票不足{block.threshold}张，不列结果")]
        return self.picture(block.caption, block.note)

    def figures(self, block: Table) -> list[Markup]:
        """Return a table with its caption and its note."""
        ruled = "TableLedger" if self.report.layout == "landscape" else "Table3Lines"
        made = []
        if block.caption and not block.is_form:
            made.append(self.styled("表题", block.caption))
        made.append(
            table(
                "TableDense" if block.is_form else ruled,
                block.columns,
                block.rows,
                text=self.ids["表格文字"],
                head=self.ids["表头"],
                width_mm=self.width,
                is_form=block.is_form,
            )
        )
        if block.note:
            made.append(self.styled("附注", f"注：{block.note}"))
        return made

    def form(self, block: FormGrid) -> list[Markup]:
        """Return a ruled form with its caption and its note."""
        made = [self.styled("表题", block.caption)] if block.caption else []
        style, small = ("TableDense", "小字") if block.is_dense else ("TableForm", "文字")
        text, head = self.ids[f"表格{small}"], self.ids["表头小字" if block.is_dense else "表头"]
        made.append(grid(block, style, text=text, head=head, width_mm=self.width))
        if block.note:
            made.append(self.styled("附注", block.note))
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

    def certificate(self, block: Certificate) -> Markup:
        """Return a certificate on a page of its own, within a frame."""
        lines = (
            ("证书编号", f"编号：{block.number}"),
            ("证书标题", "荣誉证书"),
            ("证书称谓", f"{block.holder}："),
            ("证书正文", block.words),
            ("荣誉名称", block.honour),
            ("证书落款", block.issuer),
            ("证书落款", block.day),
        )
        return certificate([(self.ids[style], words) for style, words in lines])

    def styled(
        self, style: str, *runs: Markup | str, above: float | None = None, extra: str = ""
    ) -> Markup:
        """Return a paragraph in a style of the template, by the name that an office knows."""
        return paragraph(self.ids[style], *runs, above=above, extra=extra)


def style_ids(styles: Any) -> dict[str, str]:
    """Return the ids of paragraph styles by their names; Word's own by their Chinese ones."""
    found = {"正文": "Normal"}
    for style in styles.findall(qn("w:style")):
        for name in (style.find(qn("w:name")), style.find(qn("w:aliases"))):
            if name is not None:
                found[name.get(qn("w:val"))] = style.get(qn("w:styleId"))
    return found


def parted(pieces: Sequence[Markup], style: str) -> Markup:
    """Return pieces one below the other, a line between tables, which would become one table.

    The last table has a line below it, as Word wants.
    """
    made: list[Markup] = []
    for place, piece in enumerate(pieces):
        made.append(piece)
        following = pieces[place + 1] if place + 1 < len(pieces) else "<w:tbl>"
        if framed(piece) and framed(following):
            made.append(paragraph(style))
    return Markup("").join(made)
