"""Every format of a document: each block in it, the same figures, and nothing that breaks it."""

import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import datetime
from html import unescape
from types import UnionType
from typing import get_args

import docx
import openpyxl
import pikepdf
import pytest
from docx.oxml.ns import qn

from reports import parts, rewording, web_page
from reports.charts import Bar, Level, Reference, Stack
from reports.documents import report_html
from reports.figures import Quadrant
from reports.form_parts import CutLine, FormCell, FormGrid, FormRow, label
from reports.formats import Format, attachment_of, made
from reports.official import Imprint, Official
from reports.parts import (
    Absent,
    BarFigure,
    Block,
    Certificate,
    Column,
    EvaluationReport,
    Fact,
    MatrixFigure,
    Note,
    Paragraph,
    Priorities,
    Priority,
    QuadrantFigure,
    ScatterFigure,
    Section,
    ShiftFigure,
    StackFigure,
    Subheading,
    Table,
)
from reports.pdf import render_pdf
from reports.plain_data import from_plain, to_plain
from reports.quadrant_chart import Axis, Point
from reports.scatter_chart import Dot
from reports.sheets import number_of
from reports.shift_chart import Shift

HOSTILE = "=1+1\x00\x0b<script>&\"'{{ 7*7 }}{% raw %}\ufffe\u202e]]>\ud7ff𠮷"
KINDS = (
    Paragraph("满意率86.0%（74/86），95%区间77.2%～91.8%。"),
    Subheading("（一）31条意见"),
    Note("口径：32张票。"),
    Priorities((Priority("等候时间长", "满意率33.3%（11/33）。"),)),
    Table(
        "表1　分项",
        (
            Column("项目", 40),
            Column("人数", 20, "right"),
            Column("率", 20, "right"),
            Column("编码", 20, "center"),
        ),
        (("甲", "1,234", "56.7%", "007"), (HOSTILE, "—", "8.90", "3—4")),
        note="共41行。",
    ),
    Table("清单", (Column("问题", 50), Column("措施", 50)), (("", ""),), is_form=True),
    BarFigure(
        "图1　指数",
        (Bar("甲", 61.4, 58.1, 64.9), Bar(HOSTILE, 12.5, note="样本偏少")),
        reference=Reference("平均62.0", 62.0),
    ),
    StackFigure("图2　分布", (Stack("乙", (17, 13)),), (Level("好", 5), Level("差", 1))),
    QuadrantFigure(
        "图3　四象限",
        (Point("丙", 71.0, 44.0, Quadrant.KEEP),),
        Axis("满意", 70.0),
        Axis("重要", 40.0),
    ),
    ShiftFigure("图4　比较", (Shift("丁", 51.2, 53.4),)),
    ScatterFigure("图5　对照", (Dot("戊", 22.1, 88.3),), "群众", "领导", 15.0),
    MatrixFigure("图6　转移", "去年", "今年", ("三星",), ("四星",), ((19,),)),
    Certificate("某支部", "表现突出，特发此证。", "五星级党支部", "第21号", "区委", "2026年7月1日"),
    FormGrid("审批表", (30.0, 70.0), (FormRow((label("编号"), FormCell("ZG-0042", foot="签字"))),)),
    CutLine("回执"),
    Absent(10),
)
WHOLE = EvaluationReport(
    subject="branch",
    mark="送审稿",
    title=("某某党支部", "群众评议报告"),
    occasion="2026年第三季度",
    facts=(Fact("有效票", "1,086", "剔除4张"),),
    summary=("在86张票中，满意率86.0%。",),
    sections=tuple(Section(f"{n}、{block.kind}", (block,)) for n, block in enumerate(KINDS)),
    signatures=("支部书记（签字）",),
    annex=(Section("附1　说明", (Note("附注。"),)),),
    organiser="区办",
    as_of=datetime.fromisoformat("2026-09-16T09:05:00+08:00"),
    rules="fivestar@3 9f3a12cd",
    number="创评〔2026〕7号",
)
FIGURES = (
    "86.0%", "74/86", "77.2%", "31", "32", "33.3%", "1,234", "56.7%", "8.90", "61.4", "58.1",
    "64.9", "12.5", "57", "71", "44", "51.2", "53.4", "22.1", "88.3", "19", "1,086",
)  # fmt: skip
"""Of every block one figure at least."""

OFFICIAL = replace(
    WHOLE,
    layout="official",
    official=Official("某委", False, "各单位", ("名单",), "某委", "2026年9月1日", "此件公开",
                      Imprint("各部门", "办公室", "2026年9月1日")),
)  # fmt: skip


@pytest.fixture(scope="module")
def files():
    return {kind: made(WHOLE, kind, render_pdf, verify="https://x.test/v") for kind in Format}


def word_text(content):
    """Return all text of a Word file, pictures by what they say."""
    document = docx.Document(io.BytesIO(content))
    body = document.element.body
    words = [node.text or "" for node in body.iter(qn("w:t"))]
    said = [node.get("descr") for node in body.iter(qn("wp:docPr"))]
    feet = [p.text for section in document.sections for p in section.footer.paragraphs]
    return "".join(words), "".join(said), "".join(feet)


def shown(cell):
    """Return a cell of a workbook as Excel shows it."""
    if not isinstance(cell.value, int | float):
        return cell.value or ""
    decimals = len(re.sub(r"[^0]", "", cell.number_format.partition(".")[2]))
    value = cell.value * 100 if cell.number_format.endswith("%") else cell.value
    comma = "," if "," in cell.number_format else ""
    return f"{value:{comma}.{decimals}f}" + "%" * cell.number_format.endswith("%")


def test_no_block_is_forgotten():
    assert {type(block) for block in KINDS} == set(get_args(Block))
    assert isinstance(Block, UnionType)


def test_word_web_page_and_data_have_the_same_figures(files):
    words, said, _ = word_text(files[Format.WORD])
    page = unescape(files[Format.WEB].decode())
    data = files[Format.FIGURES].decode()
    printed = unescape(report_html(WHOLE)).replace("\u200b", "").replace("\u2060", "")
    for figure in FIGURES:
        assert figure in words + said, figure
        assert figure in page, figure
        assert figure in printed, figure
        assert figure in data or figure in ("57", "71", "44"), figure
    for text in ("荣誉证书", "ZG-0042", "回执", "样本不足", WHOLE.number, "送审稿"):
        assert text in words
        assert text in page


def test_a_workbook_has_numbers_as_numbers_and_text_as_text(files):
    book = openpyxl.load_workbook(io.BytesIO(files[Format.EXCEL]))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    values = {shown(cell) for cell in cells}
    assert {"1,234", "56.7%", "8.90", "61.4", "17", "51.2", "88.3", "19", "1,086"} <= values
    assert all(cell.data_type != "f" for cell in cells)
    assert "007" in values
    assert "3—4" in values
    assert parts.check_code(WHOLE) in "".join(values).replace(" ", "")
    assert len(book.sheetnames) == len({name.lower() for name in book.sheetnames})
    sheet = book["分项"]
    assert sheet.freeze_panes == "A3"
    assert sheet.print_title_rows == "$1:$2"
    assert sheet.page_setup.paperSize == 9


@pytest.mark.parametrize(
    ("cell", "value"),
    [("0.0%", 0.0), ("100.0%", 1.0), ("−3.5", -3.5), ("1,234,567", 1234567), ("007", None),
     ("12345678901234567", None), ("1,23", None), ("3/4", None), ("=1", None), ("", None)],
)  # fmt: skip
def test_only_what_is_a_number_becomes_one(cell, value):
    found = number_of(cell)
    assert (found[0] if found else None) == value


def test_a_note_below_a_table_can_be_read_to_its_end():
    """Excel gives merged cells no more than a line by itself."""
    table = Table("分项", (Column("甲", 50), Column("乙", 50)), (("1", "2"),), note="字" * 200)
    report = replace(WHOLE, sections=(Section("一、分项", (table,)),), facts=(), annex=())
    book = openpyxl.load_workbook(io.BytesIO(made(report, Format.EXCEL, render_pdf)))
    heights = book["分项"].row_dimensions
    assert 5 * 10.5 < heights[4].height < 8 * 10.5, "400 characters' width in lines of 86"
    assert heights[1].height < 2 * 14


def test_sheets_have_names_that_excel_takes():
    tables = tuple(
        Section("", (Table(name, (Column("甲", 100),), (("1",),)),))
        for name in ("很长的名字" * 9, "很长的名字" * 9, "[a]:b*c?/\\", "History", "'", "")
    )
    book = openpyxl.load_workbook(
        io.BytesIO(made(replace(WHOLE, sections=tables), Format.EXCEL, render_pdf))
    )
    assert len(book.sheetnames) == 8
    assert all(0 < len(name) <= 31 for name in book.sheetnames)


def test_a_word_file_is_laid_out_as_offices_do(files):
    document = docx.Document(io.BytesIO(files[Format.WORD]))
    section = document.sections[0]
    millimetres = [round(side.mm) for side in (
        section.page_width, section.page_height, section.top_margin, section.bottom_margin,
        section.left_margin, section.right_margin)]  # fmt: skip
    assert millimetres == [210, 297, 37, 35, 28, 26]
    assert document.settings.odd_and_even_pages_header_footer
    styles = {style.name: style for style in document.styles}
    for name, font, size in (
        ("Title", "方正小标宋简体", 22),
        ("Heading 1", "黑体", 16),
        ("Heading 2", "楷体_GB2312", 16),
        ("Normal", "仿宋_GB2312", 16),
    ):
        fonts = styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) == fonts.get(qn("w:ascii")) == font
        assert styles[name].font.size.pt == size
    assert styles["Normal"].paragraph_format.line_spacing.pt == 28.95
    (table,) = [each for each in document.tables if each.cell(0, 0).text == "项目"]
    head = table.rows[0]._tr.trPr
    assert head.find(qn("w:tblHeader")) is not None
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
    _, _, foot = word_text(files[Format.WORD])
    assert parts.digest_of(WHOLE)[:16] in foot
    assert "fivestar@3" in foot
    with zipfile.ZipFile(io.BytesIO(files[Format.WORD])) as package:
        assert not any(name.endswith((".ttf", ".odttf")) for name in package.namelist())
        assert package.testzip() is None


def test_hostile_text_stays_text(files):
    words, _, _ = word_text(files[Format.WORD])
    assert "{{ 7*7 }}{% raw %}" in words
    assert "=1+1<script>" in words
    assert "\u202e" not in words
    page = files[Format.WEB].decode()
    assert "<script" not in page
    assert " style=" not in page
    charts = report_html(replace(WHOLE, sections=WHOLE.sections[6:7]))
    assert "\x00" not in charts[charts.index("<svg") :]
    assert f"style-src {web_page.style_hash()}" in unescape(page)
    assert not re.search(r'(?:src|href)="', page)


def test_an_official_document_keeps_its_head_and_its_end():
    content = made(OFFICIAL, Format.WORD, render_pdf)
    words, _, _ = word_text(content)
    wanted = ("某委", "各单位：", "附件：名单", "（此件公开）", "抄送：各部门", "办公室")
    assert all(each in words for each in wanted)
    landscape = docx.Document(
        io.BytesIO(made(replace(WHOLE, layout="landscape"), Format.WORD, render_pdf))
    ).sections[0]
    assert (round(landscape.page_width.mm), round(landscape.page_height.mm)) == (297, 210)


def test_the_same_value_gives_the_same_bytes_and_a_pdf_carries_it(files):
    again = from_plain(EvaluationReport, json.loads(json.dumps(to_plain(WHOLE))))
    for kind in (Format.WORD, Format.EXCEL, Format.WEB, Format.FIGURES):
        assert made(again, kind, render_pdf, verify="https://x.test/v") == files[kind], kind
    with pikepdf.open(io.BytesIO(files[Format.PDF])) as pdf:
        attached = pdf.attachments["figures.json"].get_file().read_bytes()
    assert attached == files[Format.FIGURES] == attachment_of(WHOLE).content
    assert parts.digest_of(replace(WHOLE, mark="")) == parts.digest_of(WHOLE)
    assert parts.digest_of(replace(WHOLE, number="")) != parts.digest_of(WHOLE)


def test_an_edited_sentence_keeps_its_figures_and_says_who_edited():
    first = rewording.sentences_of(replace(WHOLE, sections=WHOLE.sections[:4]))[0]
    plain = replace(WHOLE, sections=WHOLE.sections[:4])
    edited = rewording.reworded(plain, {first.digest: ("86张票里，满意的占86.0%。", "区办")})
    assert edited.summary == ("86张票里，满意的占86.0%。",)
    assert rewording.generated_of(edited)[0].text == first.text
    assert "区办修改" in unescape(web_page.page(edited))
    assert rewording.sentences_of(WHOLE) == [], "a withheld report has nothing to edit"


@pytest.mark.parametrize(
    ("text", "missing", "added"),
    [("满意率85.0%（74/86）", ("86.0%",), ("85.0%",)),
     ("满意率86.0%（74/86），近三成不满", (), ("三成",)),
     ("满意率很高（74/86）", ("86.0%",), ()), ("（74/86）满意率86.0%", (), ()),
     ("满意率８７.０％（74/86）", ("86.0%",), ("87.0%",)),
     ("满意率86.0%（74/86），三分之一的人有意见", (), ("三分之一",))],
)  # fmt: skip
def test_no_figure_changes_on_the_way(text, missing, added):
    found = rewording.difference("满意率86.0%（74/86）", text)
    assert found is not None
    assert (found.missing, found.added) == (missing, added)


def test_words_are_free():
    text = "十分感谢：一是满意率达到86.0%（74/86），成绩来之不易；二是继续努力"
    assert rewording.difference("满意率86.0%（74/86）", text) is None
    old, new = "满意率86.0%（74/86）", "满意率87.5%（77/88）"
    assert rewording.carried(old, text, new).startswith("十分感谢：一是满意率达到87.5%（77/88）")
    assert rewording.carried(old, text, "票数不足") == "票数不足"
