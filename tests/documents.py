"""What every document has to be, whatever its kind: checks of its files in each format."""

import io
import re
import subprocess
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import docx
import openpyxl
import pikepdf
import pypdfium2
import zxingcpp
from docx.oxml.ns import qn

from reports import parts
from reports.chart_data import data_of
from reports.documents import DIGEST_DIGITS, Figure, chart, grouped, instant
from reports.lettering import legal
from reports.parts import Absent, EvaluationReport
from reports.plain_data import to_plain
from reports.sheets import sheets_of

DRAWN_IN = ("sections", "annex")
VERIFY = "https://pingyi.example/v"
SYMBOL = "核对这份文件的二维码"
OFFICE_STYLES = {
    "Normal", "Title", "Heading 1", "Heading 2",
    "标识", "文武线", "发文机关标志", "发文字号", "红线", "题下说明", "三级标题", "摘要",
    "主送机关",
    "附件说明", "落款", "公文附注", "附件标识", "版记", "表题", "图", "图题", "表头", "表头小字",
    "表格文字", "表格小字", "表间", "附注", "说明", "样本不足", "附件标题", "摘要项目", "摘要数值",
    "摘要说明", "证书编号", "证书标题", "证书称谓", "证书正文", "荣誉名称", "证书落款",
}  # fmt: skip
"""What paragraphs of a Word file are called; Word shows its own as 正文, 标题, 标题 1, 标题 2."""

ACTIONS = ("/JS", "/JavaScript", "/URI", "/Launch", "/GoToR", "/SubmitForm", "/AA", "/RichMedia")
_SPACES = re.compile(r"[\s\u200b\u2060\ufeff]+")
_TAG = re.compile(r"<[^>]*>")
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?%?")


def bare(text: str) -> str:
    """Return `text` without anything that only separates."""
    return _SPACES.sub("", text)


def numbers(text: str) -> set[str]:
    """Return every number in `text` as it is written."""
    return set(_NUMBER.findall(re.sub("[\u200b\u2060]", "", text)))


@dataclass(frozen=True)
class Figures:
    """The numbers of a document: of its words, of its charts' data, and all that may stand in it.

    What may stand beside the value's own: the scales of charts, page numbers, and what a copy is
    checked by.
    """

    words: set[str]
    tables: set[str]
    charts: set[str]
    allowed: set[str]


def figures_of(report: EvaluationReport, pages: int) -> Figures:
    """Return the numbers that the formats of a report must have, and may have."""
    data = parts.to_data(report)
    del data["as_of"]
    words = [text for name, part in data.items() if name not in DRAWN_IN for text in _strings(part)]
    charts: list[str] = []
    drawn: list[str] = []
    for section in (*report.sections, *report.annex):
        words.append(section.title)
        for block in section.blocks:
            if not isinstance(block, Figure):
                words += _strings(to_plain(block))
            else:
                drawn.append(unescape(_TAG.sub(" ", chart(block, "k"))))
                words += [getattr(block, "caption", ""), getattr(block, "note", "")]
                if not isinstance(block, Absent):
                    charts += [cell for row in data_of(block)[1] for cell in row]
    digest, told = parts.digest_of(report), numbers("\n".join(words))
    around = (
        *drawn,
        *map(str, range(1, max(pages, 60))),
        instant(report.as_of),
        digest,
        digest[:DIGEST_DIGITS],
        parts.code_of(digest),
        grouped(parts.code_of(digest)),
        VERIFY,
    )
    rows = [cell for each in sheets_of(report) for row in each.rows for cell in row]
    found = numbers("\n".join(rows)), numbers("\n".join(charts))
    return Figures(told, *found, told | found[1] | numbers("\n".join(around)))


def lacking(text: str, figures: Figures) -> set[str]:
    """Return the numbers of a document's words that `text` has not; a line may end within one."""
    return {each for each in figures.words - numbers(text) if each not in bare(text)}


def own(text: str, figures: Figures) -> set[str]:
    """Return the numbers that `text` alone has; the halves of a longer one are none."""
    longer = " ".join(figures.allowed)
    return {each for each in numbers(text) - figures.allowed if each not in longer}


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [text for each in value for text in _strings(each)] if isinstance(value, list) else []


def check_structure(pdf: pikepdf.Pdf, report: EvaluationReport) -> None:
    """Hold a PDF against what PDF/UA-1 and PDF/A-3u ask for and tools can see."""
    metadata, root = pdf.open_metadata(), pdf.Root
    assert metadata.pdfa_status == "3U"
    assert metadata["pdfuaid:part"] == "1"
    assert str(root.Lang) == "zh-CN"
    assert root.MarkInfo.Marked
    assert root.ViewerPreferences.DisplayDocTitle
    assert "/ParentTree" in root.StructTreeRoot
    assert [str(each.S) for each in root.OutputIntents] == ["/GTS_PDFA1"]
    title = bare(legal("".join(report.title)))
    assert bare(str(pdf.docinfo.Title)) == title
    assert bare(metadata["dc:title"]) == title
    assert all("/StructParents" in page and page.Tabs == "/S" for page in pdf.pages)
    with pdf.open_outline() as outline:
        # What fills four lines of a title is cut.
        assert all(piece in title for piece in bare(outline.root[0].title).split("…"))
        heads = {bare(child.title) for child in outline.root[0].children}
        attached = {bare(item.title) for item in outline.root[1:]}
    wanted = {bare(legal(section.title)) for section in report.sections if section.title}
    assert wanted <= heads | attached, wanted - heads
    (file,) = root.AF
    assert file.AFRelationship == "/Data"
    assert list(pdf.attachments) == ["figures.json"]
    held = pdf.attachments["figures.json"].get_file().read_bytes()
    assert held == parts.content_of(report)


def check_objects(pdf: pikepdf.Pdf) -> set[str]:
    """Return what the pictures say, all of them; fonts are inside, and nothing acts."""
    fonts, said = 0, set()
    for each in pdf.objects:
        if not isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
            continue
        assert not [name for name in ACTIONS if name in each], dict(each)
        if each.get("/S") == "/Figure" and "/P" in each:
            said.add(bare(str(each.Alt)))
        if each.get("/Type") == "/Font" and each.get("/Subtype") == "/Type0":
            fonts += 1
            assert "/ToUnicode" in each
            assert "/FontFile2" in each.DescendantFonts[0].FontDescriptor
    assert fonts
    assert all(said)
    return said - {bare(SYMBOL)}


def missing_letters(pdf: pikepdf.Pdf) -> int:
    """Return how many letters are printed as the box that stands for a missing one."""
    return sum(
        glyph == "0000"
        for each in pdf.objects
        if isinstance(each, pikepdf.Stream) and ("/Resources" in each or "/Type" not in each)
        for shown in _shown(each)
        for glyph in shown
    )


def _shown(stream: pikepdf.Stream) -> list[list[str]]:
    """Return the glyphs of each piece of text that a stream shows."""
    if stream.get("/Subtype") == "/Image" or "/Length1" in stream or "/N" in stream:
        return []
    content = stream.read_bytes()
    if b"begincmap" in content[:200] or b" Tf" not in content:
        return []
    texts = re.findall(rb"<([0-9a-fA-F]+)>", content)
    return [[text[at : at + 4].decode() for at in range(0, len(text), 4)] for text in texts]


def check_pages(content: bytes, report: EvaluationReport) -> str:
    """Return the text of a PDF; what a copy is checked by stands on every page."""
    digest = parts.digest_of(report)
    code = parts.code_of(digest)
    has_symbol = not (
        report.layout == "form" or (report.official is not None and report.official.is_letter)
    )
    words = []
    with pypdfium2.PdfDocument(content) as document:
        for page in document:
            text = page.get_textpage().get_text_range()
            words.append(text.replace("\ufffe", ""))
            foot = bare(text)
            if not foot:
                continue
            assert f"核对码{code}" in foot
            assert f"摘要{digest[:DIGEST_DIGITS]}" in foot
            assert not report.rules or f"规则{bare(legal(report.rules))}" in foot
        if has_symbol:
            image = document[0].render(scale=3).to_pil()
            found = [each.text for each in zxingcpp.read_barcodes(image)]
            assert found == [f"{VERIFY}/{code}".upper()]
    return "\n".join(words)


def check_with_qpdf(content: bytes, folder: Path) -> None:
    """Let qpdf read the whole file."""
    path = folder / "made.pdf"
    path.write_bytes(content)
    said = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


def word_text(content: bytes, report: EvaluationReport) -> tuple[str, set[str]]:
    """Return the text of a Word file and what its pictures say; its styles are an office's."""
    document = docx.Document(io.BytesIO(content))
    cells = [cell for table in document.tables for row in table.rows for cell in row.cells]
    within = [paragraph for cell in cells for paragraph in cell.paragraphs]
    used = {paragraph.style.name for paragraph in (*document.paragraphs, *within)}
    assert used <= OFFICE_STYLES, used
    assert "Title" in used
    assert ("Heading 1" in used) == any(section.title for section in report.sections)
    assert document.core_properties.title
    assert not [each for each in document.part.rels.values() if each.is_external]
    feet = [p.text for section in document.sections for p in section.footer.paragraphs]
    body = document.element.body
    words = "".join(
        "\n" if node.tag == qn("w:p") else node.text or ""
        for node in body.iter(qn("w:p"), qn("w:t"))
    )
    said = {bare(node.get("descr") or "") for node in body.iter(qn("wp:docPr"))}
    return "\n".join((words, *feet)), said


def workbook_text(content: bytes) -> str:
    """Return all that the cells of a workbook show; none is a formula, and no sheet is hidden."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert not [cell.coordinate for cell in cells if cell.hyperlink]
    assert all(sheet.sheet_state == "visible" for sheet in book)
    return "\n".join(shown(cell) for cell in cells)


def shown(cell: openpyxl.cell.Cell) -> str:
    """Return a cell of a workbook as Excel shows it."""
    if not isinstance(cell.value, int | float):
        return str(cell.value or "")
    decimals = len(re.sub(r"[^0]", "", cell.number_format.partition(".")[2]))
    value = cell.value * 100 if cell.number_format.endswith("%") else cell.value
    comma = "," if "," in cell.number_format else ""
    return f"{value:{comma}.{decimals}f}" + "%" * cell.number_format.endswith("%")


class Page(HTMLParser):
    """The words of a web page, and whatever in it would run or be fetched."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.alive: list[str] = []
        self.inside: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside.append(tag)
        names = {name for name, _ in attrs}
        if tag in ("script", "iframe", "object", "embed", "base", "link", "img", "form"):
            self.alive.append(tag)
        self.alive += [f"{tag} {name}" for name in names if name.startswith("on")]
        self.alive += [f"{tag} {name}" for name in names & {"src", "href", "style", "action"}]

    def handle_data(self, data: str) -> None:
        if "style" not in self.inside[-1:]:
            self.words.append(data)

    @property
    def text(self) -> str:
        """The words, each piece on a line."""
        return "\n".join(self.words)
