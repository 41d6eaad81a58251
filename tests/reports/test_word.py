"""The Word files of documents: pages, styles and places as an office's own would have them."""

import io
import itertools
import zipfile
from dataclasses import replace

import docx
import pytest
from docx.oxml.ns import qn

from reports import parts, word
from reports.form_parts import FormCell, FormGrid, FormRow, label
from reports.lettering import text_width
from reports.official import Imprint, Official
from reports.parts import Certificate, Column, Paragraph, Section, Table
from tests.reports.test_formats import WHOLE
from tools import make_word_template

DAY = "2026年9月1日"
AROUND = Official("某某委文件", True, "各单位", ("名单", "台账"), "某委办公室", DAY, "此件公开发布",
                  Imprint("各部门", "办公室", DAY))  # fmt: skip
LETTER = replace(AROUND, agency="", is_letter=True, is_sealed=False, imprint=None)
MARGINS = {
    "report": (210, 297, 37, 26, 35, 28),
    "official": (210, 297, 37, 26, 35, 28),
    "letter": (210, 297, 30, 26, 35, 28),
    "landscape": (297, 210, 28, 37, 26, 35),
    "form": (210, 297, 20, 22, 18, 26),
}
"""Width, height, then top, right, bottom and left of an odd page, in millimetres."""

WIDTHS = {"landscape": 225, "form": 162}
MAY_BE_EMPTY = {"表间", "文武线", "红线", "表格文字", "表格小字"}
GRID = FormGrid("", (30.0, 70.0), (FormRow((label("编号"), FormCell("", foot="签字"))),))
CELLS = Table("", (Column("项目", 40), Column("人数", 60, "right")), (("甲", "1"), ("乙", "2")))
SECTIONS = (Section("一、情况", (Paragraph("有票。"), CELLS, CELLS, GRID)),)


def made(layout):
    is_letter = layout == "letter"
    around = {"official": AROUND, "letter": LETTER}.get(layout)
    report = replace(
        WHOLE, sections=SECTIONS, signatures=(), layout="official" if is_letter else layout,
        official=around,
    )  # fmt: skip
    return report, docx.Document(io.BytesIO(word.document(report, verify="https://x.test/v")))


def style_of(paragraph):
    found = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    return found.get(qn("w:val")) if found is not None else "Normal"


def words_of(element):
    return "".join(node.text or "" for node in element.iter(qn("w:t")))


@pytest.mark.parametrize("layout", MARGINS)
def test_page_and_tables_have_the_measures_of_the_printed_ones(layout):
    _, document = made(layout)
    (section,) = document.sections
    sides = (section.page_width, section.page_height, section.top_margin, section.right_margin,
             section.bottom_margin, section.left_margin)  # fmt: skip
    assert tuple(round(side.mm) for side in sides) == MARGINS[layout]
    for table in document.tables:
        width = table._tbl.tblPr.find(qn("w:tblW"))
        wide = int(width.get(qn("w:w"))) / 1440 * 25.4
        assert wide == pytest.approx(WIDTHS.get(layout, 156), abs=0.5)
    foot = "".join(each.text for each in section.footer.paragraphs)
    assert ("—" in foot) == (layout != "form")


@pytest.mark.parametrize("layout", MARGINS)
def test_nothing_is_empty_and_no_two_tables_meet(layout):
    _, document = made(layout)
    body = list(document.element.body)
    for each in document.element.body.iter(qn("w:p")):
        assert words_of(each).strip() or style_of(each) in MAY_BE_EMPTY
    for one, other in itertools.pairwise(body):
        assert (one.tag, other.tag) != (qn("w:tbl"), qn("w:tbl"))
    assert body[-1].tag == qn("w:sectPr")
    assert body[-2].tag == qn("w:p")


@pytest.mark.parametrize("layout", MARGINS)
def test_every_page_has_what_a_copy_is_checked_by(layout):
    report, document = made(layout)
    (section,) = document.sections
    feet = [section.footer, section.even_page_footer]
    assert section.different_first_page_header_footer == (layout == "letter")
    if layout == "letter":
        feet.append(section.first_page_footer)
    for foot in feet:
        said = "".join(each.text for each in foot.paragraphs)
        assert parts.digest_of(report)[: word.DIGITS] in said
        assert "核对码" in said


@pytest.mark.parametrize("layout", MARGINS)
def test_headings_are_words_own_and_the_rest_is_an_offices(layout):
    _, document = made(layout)
    names = {style.name for style in document.styles}
    assert {"Normal", "Title", "Heading 1", "Heading 2"} <= names
    assert not [name for name in names if "Accent" in name or name.startswith("List")]
    for name, alias in (("Title", "公文标题"), ("Heading 1", "一级标题")):
        found = document.styles[name].element.find(qn("w:aliases"))
        assert found.get(qn("w:val")) == alias
    settings = document.settings.element
    modes = [each.get(qn("w:val")) for each in settings.iter(qn("w:compatSetting"))]
    assert modes == ["15"]
    (language,) = document.styles.element.iter(qn("w:lang"))
    assert language.get(qn("w:eastAsia")) == "zh-CN"
    assert document.core_properties.language == "zh-CN"
    assert not [each for each in document.part.package.iter_parts() if "thumb" in each.partname]


def test_a_signature_is_never_alone_and_lies_where_the_standard_puts_it():
    _, document = made("official")
    body = list(document.element.body)
    name, day = (each for each in body if style_of(each) == "落款")
    above = body[body.index(name) - 1]
    assert above.pPr.keepNext_val
    assert name.pPr.keepNext_val
    # 28 characters, 4 from the right; the name stands centred on the day.
    places = [int(each.pPr.find(qn("w:ind")).get(qn("w:leftChars"))) / 100 for each in (name, day)]
    assert places[1] == pytest.approx(24 - text_width(DAY, 1.0), abs=0.02)
    assert places[0] == pytest.approx(places[1] + (text_width(DAY, 1.0) - 5) / 2, abs=0.02)


def test_the_imprint_comes_last_and_lies_at_the_foot_of_its_page():
    _, document = made("official")
    last = [each for each in document.element.body if each.tag == qn("w:tbl")][-1]
    assert words_of(last) == f"抄送：各部门。办公室{DAY}印发"
    place = last.tblPr.find(qn("w:tblpPr"))
    assert place.get(qn("w:tblpYSpec")) == "bottom"
    assert words_of(document.element.body).index("此件公开发布") < words_of(
        document.element.body
    ).index("抄送")


def test_a_certificate_has_a_page_and_a_frame_of_its_own():
    honour = Certificate("某支部", "表现突出。", "先进", "第1号", "区委", DAY)
    report = replace(WHOLE, sections=(), annex=(Section("", (honour, honour)),))
    document = docx.Document(io.BytesIO(word.document(report)))
    frames = [each for each in document.tables if each.style.name == "表格（证书）"]
    assert len(frames) == 2
    for frame in frames:
        first = frame.cell(0, 0).paragraphs[0]
        assert first.paragraph_format.page_break_before
        assert frame.cell(0, 0).paragraphs[1].text == "荣誉证书"


def test_an_annex_of_an_official_document_begins_on_a_page_of_its_own():
    annex = (Section("附件1", (Paragraph("获评单位名单"), CELLS)),)
    report = replace(WHOLE, sections=SECTIONS, annex=annex, layout="official", official=AROUND)
    document = docx.Document(io.BytesIO(word.document(report)))
    (mark,) = (each for each in document.paragraphs if each.style.name == "附件标识")
    assert mark.paragraph_format.page_break_before
    (title,) = (each for each in document.paragraphs if each.style.name == "附件标题")
    assert title.text == "获评单位名单"


def test_the_templates_are_those_that_the_tool_makes(tmp_path, monkeypatch):
    monkeypatch.setattr(make_word_template, "OUT", tmp_path)
    make_word_template.main()
    made_now = {file.name: file for file in tmp_path.iterdir()}
    assert set(made_now) == {file.name for file in word.TEMPLATES.glob("*.docx")}
    for name, file in made_now.items():
        with zipfile.ZipFile(file) as new, zipfile.ZipFile(word.TEMPLATES / name) as kept:
            assert new.namelist() == kept.namelist()
            differing = [part for part in new.namelist() if new.read(part) != kept.read(part)]
        assert differing == [], f"{name}: run tools/make_word_template.py"
