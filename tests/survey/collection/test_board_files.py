"""The board of promises besides its PDF: the same rows, on A3 in Word, and as a table."""

import io
import re
from datetime import datetime
from html import unescape
from zoneinfo import ZoneInfo

import docx
import pytest
import zxingcpp
from docx.oxml.ns import qn
from PIL import Image

from reports.formats import Format, made
from survey.collection.board_files import board_document, board_report, day_of
from survey.collection.printed import board_html
from tests import documents as checks
from tests.survey.collection.test_printed import LONG, URL, point, promises

ZONE = ZoneInfo("Asia/Shanghai")
EVIL = "<b>{{ 7*7 }}</b>\x0b"


def no_pictures(*_args: object, **_more: object) -> bytes:
    raise AssertionError("a board has no charts")


def words_of(html: str) -> str:
    body = html.partition("<body>")[2]
    return checks.bare(unescape(re.sub(r"<[^>]*>", "", body)))


@pytest.mark.parametrize(("count", "sheets"), [(1, 1), (20, 2), (45, 5)])
def test_word_has_the_sheets_and_the_words_of_the_pdf(count: int, sheets: int) -> None:
    boards = [(point(LONG), promises(count)), (point(EVIL), promises(1))]
    document = docx.Document(io.BytesIO(board_document(boards)))
    (section,) = document.sections
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (420, 297)
    starts = [p for p in document.paragraphs if p.paragraph_format.page_break_before]
    assert len(starts) == sheets
    words = "".join(node.text or "" for node in document.element.body.iter(qn("w:t")))
    assert checks.bare(words) == words_of(board_html(boards)).replace("\x0b", "")
    heads = list(document.element.body.iter(qn("w:tblHeader")))
    assert len(heads) == sheets + 1
    said = {node.get("descr") for node in document.element.body.iter(qn("wp:docPr"))}
    assert said == {f"{LONG}的评议二维码", "<b>{{ 7*7 }}</b>的评议二维码"}
    for blip in document.element.body.iter(qn("a:blip")):
        png = document.part.related_parts[blip.get(qn("r:embed"))].blob
        (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("L"))
        assert found.text == URL.upper()
    assert board_document(boards) == board_document(boards)


def test_workbook_and_web_page_have_the_rows_of_the_board() -> None:
    moment = day_of(datetime(2026, 9, 1, 17, 30, tzinfo=ZONE), ZONE)
    boards = [(point("甲"), promises(3)), (point(EVIL), promises(2))]
    report = board_report(boards, moment)
    assert moment.hour == 0
    table = checks.workbook_text(made(report, Format.EXCEL, no_pictures))
    page = checks.Page(made(report, Format.WEB, no_pictures).decode())
    assert page.alive == []
    content = promises(1)[0].content
    for text in (table, page.text):
        assert text.count(content) == 5
        assert text.count("樾晴渡") == 5
        assert text.count("2026年9月30日") == 5
    assert URL in page.text
