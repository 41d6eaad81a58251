"""The paper ballot as Word and as a web page: the PDF's questions, and the mark on each page."""

import io
import re
from html import unescape

import docx
import pytest
import zxingcpp
from docx.oxml.ns import qn
from PIL import Image

from forms.variants import Facts, Row, tailor
from reports.paper_form import (
    PaperBallot,
    paper_form_html,
    paper_form_page,
    printed_ballot,
    symbol_text,
)
from reports.paper_word import BOX, ballot_document
from reports.qr import qr_svg
from tests import documents as checks
from tests.reports.conftest import read_questionnaire

MARK = "AB12CD34"
HOSTILE = "<b>政务</b>{{ 7*7 }}中心\x0b"
ROWS = tuple(Row(str(n), name) for n, name in enumerate(("禾一鸣", "泉·远山", "松<i>青"), 1))
FORMS = ("A_branch_mass", "B_member_review_B012", "C_window_sat", "D_service_hcp")


def ballot_of(name, **more):
    facts = Facts("W01", HOSTILE, "中心", "区办", ROWS if name.startswith("B_") else ())
    return PaperBallot(
        tailor(read_questionnaire(name), facts), facts.name, facts.organiser, "三季度评议", "3",
        MARK, qr_svg(symbol_text(MARK)), **more,
    )  # fmt: skip


def words_of(html):
    body = html.partition("<body>")[2]
    return checks.bare(unescape(re.sub(r"<[^>]*>", "", body)))


def opened(ballot):
    content = ballot_document(ballot)
    document = docx.Document(io.BytesIO(content))
    return document, "".join(node.text or "" for node in document.element.body.iter(qn("w:t")))


@pytest.mark.parametrize("is_large", [False, True])
@pytest.mark.parametrize("name", FORMS)
def test_word_and_the_web_page_ask_what_the_pdf_asks(name, is_large):
    ballot = ballot_of(name, is_large=is_large)
    printed = words_of(paper_form_html(ballot))
    _, words = opened(ballot)
    page = words_of(paper_form_page(ballot))

    assert page == printed
    # The PDF draws its boxes; Word's are letters. The mark stands at the foot of the page.
    foot = f"版本{ballot.version}{MARK}"
    assert printed.startswith(foot)
    told = checks.bare(words).replace(BOX, "").replace("■", "").replace("\x0b", "")
    assert told == printed.removeprefix(foot).replace("\x0b", "")
    items = [
        item for part in printed_ballot(ballot).parts for block in part.blocks
        for item in block.items
    ]  # fmt: skip
    heads = sum(len(b.heads) * len(b.items) for p in printed_ballot(ballot).parts for b in p.blocks)
    alone = sum(len(i.options) for i in (*items, *printed_ballot(ballot).contacts))
    in_tables = sum(
        len(item.options) for part in printed_ballot(ballot).parts for block in part.blocks
        if block.heads for item in block.items
    )  # fmt: skip
    # One in the instruction above.
    assert words.count(BOX) == heads + alone - in_tables + 1


def test_questions_are_locked_and_what_an_office_changes_is_not():
    document, _ = opened(ballot_of("C_window_sat"))
    (control,) = document.element.body.iter(qn("w:sdt"))
    lock = control.find(f"{qn('w:sdtPr')}/{qn('w:lock')}")
    assert lock.get(qn("w:val")) == "sdtContentLocked"
    inside = "".join(node.text or "" for node in control.iter(qn("w:t")))
    assert "您今天办理的是哪类事项" in inside
    assert "非常满意" in inside
    outside = [paragraph.text for paragraph in document.paragraphs]
    assert any("用黑色笔" in each for each in outside)
    assert not any("非常满意" in each for each in outside)
    assert "不能改" in document.core_properties.comments
    assert document.core_properties.language == "zh-CN"
    assert document.core_properties.identifier == MARK


def test_the_mark_and_its_code_stand_on_every_page():
    document, _ = opened(ballot_of("A_branch_mass"))
    (section,) = document.sections
    assert not document.settings.odd_and_even_pages_header_footer
    assert not section.different_first_page_header_footer
    (table,) = section.footer.tables
    symbol, mark, pages = table.rows[0].cells
    assert MARK in mark.text
    assert "改动过的票不能录入" in mark.text
    assert {node.text.strip() for node in pages._tc.iter(qn("w:instrText"))} == {"PAGE", "NUMPAGES"}
    (drawn,) = symbol._tc.iter(qn("a:blip"))
    png = section.footer.part.related_parts[drawn.get(qn("r:embed"))].blob
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("L"))
    assert found.text == symbol_text(MARK)
    (said,) = symbol._tc.iter(qn("wp:docPr"))
    assert MARK in said.get("descr")


def test_the_same_ballot_gives_the_same_bytes():
    one, other = ballot_of("A_branch_mass"), ballot_of("A_branch_mass")
    assert ballot_document(one) == ballot_document(other)
    assert paper_form_page(one) == paper_form_page(other)


def test_the_web_page_loads_nothing_and_its_style_is_allowed():
    page = checks.Page(paper_form_page(ballot_of("D_service_hcp")))
    assert page.alive == []
    assert "<b>政务</b>" in page.text
