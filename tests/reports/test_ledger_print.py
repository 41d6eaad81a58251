"""The printed ledger: heads on every page, whole rows, subtotals."""

from datetime import datetime

import pypdfium2
import pytest

from reports.column_widths import column_widths
from reports.ledger import COLUMNS, WIDTH_MM, LedgerRow, ledger_html
from reports.pdf import render_pdf

AS_OF = datetime.fromisoformat("2026-09-30T09:05:00+08:00")
STATES = ("整改中", "已销号", "待受理")


def row(number, problem="等候时间长，叫号系统显示的时间与实际不符", state=None):
    cells = [str(number), f"ZG-2026-{number:04d}", "低分题 C18", problem, "区政务服务中心"]
    cells += ["禾和渡", "增设弹性窗口", "15个工作日，2026-10-12到期", "整改中，2026-09-20"]
    cells += ["照片2张", "", "", "未销号", ""]
    return LedgerRow(state or STATES[number % 3], tuple(cells))


def printed(rows):
    with pypdfium2.PdfDocument(render_pdf(ledger_html(rows, as_of=AS_OF))) as document:
        return [page.get_textpage().get_text_range() for page in document], document[0].get_size()


def test_the_columns_fill_the_width_between_the_margins():
    for rows in ([], [row(number).cells for number in range(1, 400)], [["长" * 400] * 14]):
        assert sum(column_widths(COLUMNS, rows, WIDTH_MM)) == pytest.approx(225)


def test_an_empty_column_leaves_its_room_to_full_ones():
    rows = [row(number).cells for number in range(1, 40)]
    filled = [(*cells[:-1], "与区行政审批局共同整改，下月再看") for cells in rows]
    problem, remark = COLUMNS.index("问题描述"), COLUMNS.index("备注")

    empty, full = (column_widths(COLUMNS, each, WIDTH_MM) for each in (rows, filled))

    assert empty[remark] < full[remark]
    assert empty[problem] > full[problem]
    assert empty[problem] == max(empty)


def test_rows_are_low_and_a_number_is_never_torn():
    pages, _ = printed([row(number) for number in range(1, 131)])

    assert len(pages) <= 13
    assert all(any(f"ZG-2026-{number:04d}" in page for page in pages) for number in range(1, 131))


def test_an_empty_ledger_says_so():
    pages, (width, height) = printed([])

    assert len(pages) == 1
    assert "没有整改事项" in pages[0]
    assert "合计0件" in pages[0]
    assert width > height


def test_sixty_items_keep_their_heads_rows_and_subtotals():
    pages, _ = printed([row(number) for number in range(1, 61)])

    assert len(pages) > 2
    assert all("问题编号" in page for page in pages if "ZG-2026" in page)
    for number in range(1, 61):
        assert sum(f"{number:04d}" in page for page in pages) >= 1
    assert "合计60件" in pages[-1]
    assert "整改中20件" in pages[-1]


def test_a_row_never_breaks_across_pages():
    long = "每个工作日上午等候时间过长" * 200
    pages, _ = printed([row(number, long) for number in range(1, 8)])

    for number in range(1, 8):
        (page,) = [page for page in pages if f"{number:04d}" in page]
        assert page.count("…") == page.count("ZG-2026")
    assert all("ZG-2026" in page for page in pages)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "a" * 5000, "\u202e反过来\u2066"])
def test_strangers_words_are_printed_and_not_obeyed(text):
    html = ledger_html([row(1, text)], as_of=AS_OF)

    assert "<script" not in html
    assert "\u202e" not in html
    assert render_pdf(html).startswith(b"%PDF")
