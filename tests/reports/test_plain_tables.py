"""Tables of words are set row by row as WeasyPrint sets them cell by cell, only faster."""

import io
import random
from datetime import datetime

import pikepdf
import pypdfium2
import pytest

from reports.ledger import COLUMNS, LedgerRow, ledger_html
from reports.pdf import render_pdf
from reports.pdf_variants import Variant

AS_OF = datetime.fromisoformat("2026-09-30T09:05:00+08:00")
HOSTILE = (
    "",
    "  两边有空  ",
    "喆堃赟䶮㼆𠮷，中间有缺的字",
    "a" * 90,
    "短 " + "Donaudampfschifffahrt" * 3 + " 尾",
    "<b>不听话</b> & 'quoted' \"双引号\"",
    "等候“太久”，“没人管”。（真的）（假的）《条例》《办法》",
    "שלום عربي 混排",
    "é\u0301\u0308 e\u0301 组合",
    "第一段\u2028第二段\u2029第三段",
    "1,234.56元～2,000元，86.0%（74/86），95%区间77.2%～91.8%",
    "Mixed 中英 words with several spaces and long-hyphenated-words",
    "很长的一段话，" * 40,
)


def rows(count):
    chance = random.Random(20120229)
    return [
        LedgerRow("整改中", (str(n), *(chance.choice(HOSTILE) for _ in COLUMNS[1:])))
        for n in range(1, count + 1)
    ]


def by_cells(html, monkeypatch, variant=Variant.ISSUED):
    with monkeypatch.context() as patch:
        patch.setattr("reports.speed.rows._is_off", True)
        return render_pdf(html, variant=variant)


def letters(page):
    text = page.get_textpage()
    for index in range(text.count_chars()):
        letter = text.get_text_range(index, 1)
        if letter.strip():
            yield letter, text.get_charbox(index)


def in_lines(page):
    """Return the letters of a page: the same ones together, line by line, from left to right."""
    return sorted(letters(page), key=lambda each: (each[0], round(each[1][1] / 4), each[1][0]))


def assert_alike(slow, fast, within=0.1):
    """Compare every letter's place, in points."""
    with pypdfium2.PdfDocument(slow) as before, pypdfium2.PdfDocument(fast) as after:
        assert len(before) == len(after)
        for one, two in zip(before, after, strict=True):
            pairs = zip(in_lines(one), in_lines(two), strict=True)
            for (letter, place), (same, now) in pairs:
                assert letter == same
                assert now == pytest.approx(place, abs=within), letter


def elements(pdf, kind):
    return [
        each
        for each in pdf.objects
        if isinstance(each, pikepdf.Dictionary) and each.get("/S") == kind and "/P" in each
    ]


@pytest.mark.parametrize("count", [0, 1, 60])
def test_every_letter_stands_where_it_stood(count, monkeypatch):
    html = ledger_html(rows(count), as_of=AS_OF)

    # Western letters are moved together also over the end of a line, by a twentieth of their size.
    assert_alike(by_cells(html, monkeypatch), render_pdf(html), 0.5)


def test_a_long_ledger_is_one_table_with_one_head():
    made = render_pdf(ledger_html(rows(60), as_of=AS_OF))

    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert len(pdf.pages) > 3
        (table,) = elements(pdf, "/Table")
        assert [str(part.S) for part in table.K] == ["/THead", "/TBody"]
        head, body = table.K
        assert [len(line.K) for line in head.K] == [len(COLUMNS)]
        assert all(cell.A.Scope == "/Column" for cell in head.K[0].K)
        assert [len(line.K) for line in body.K] == [len(COLUMNS)] * 60
        named = [str(cell.ID) for cell in head.K[0].K]
        for line in body.K:
            assert [str(cell.A.Headers[0]) for cell in line.K] == named
            assert all(cell.S == "/TD" and line == cell.P for cell in line.K)
        pages = {page.obj.objgen: place for place, page in enumerate(pdf.pages)}
        order = [pages[line.Pg.objgen] for line in body.K]
        assert order == sorted(order)
        assert set(order) == set(range(len(pdf.pages)))


def test_every_mark_belongs_to_the_element_that_names_it():
    made = render_pdf(ledger_html(rows(30), as_of=AS_OF))

    with pikepdf.open(io.BytesIO(made)) as pdf:
        nums = pdf.Root.StructTreeRoot.ParentTree.Nums
        held = {int(nums[at]): nums[at + 1] for at in range(0, len(nums), 2)}
        for number, page in enumerate(pdf.pages):
            marks = [
                int(operands[1].MCID)
                for operands, operator in pikepdf.parse_content_stream(page)
                if str(operator) == "BDC"
            ]
            assert sorted(marks) == list(range(len(held[number])))
            for mark in marks:
                element = held[number][mark]
                kids = element.K if isinstance(element.K, pikepdf.Array) else [element.K]
                assert mark in [int(kid) for kid in kids if not isinstance(kid, pikepdf.Dictionary)]
                assert element.Pg.objgen == page.obj.objgen


def test_what_is_read_aloud_is_what_stands_there(monkeypatch):
    html = ledger_html(rows(20), as_of=AS_OF)

    def said(made):
        with pypdfium2.PdfDocument(made) as document:
            return ["".join(page.get_textpage().get_text_range().split()) for page in document]

    assert said(render_pdf(html, variant=Variant.PLAIN)) == said(
        by_cells(html, monkeypatch, Variant.PLAIN)
    )


def table(cells="<td>二</td>", style="", row=""):
    return (
        "<!doctype html><html lang='zh-CN'><head><title>表</title><style>"
        "@page { size: 100mm 60mm; margin: 10mm } html { font: 12pt/15pt 'PY Song'; hyphens: none }"
        "table { table-layout: fixed; width: 100%; border-collapse: collapse }"
        "td, th { border: 1pt solid #000; padding: 2pt } tr { break-inside: avoid }"
        f"{style}</style></head><body><table><thead><tr><th>一</th></tr></thead><tbody>"
        f"<tr{row}>{cells}</tr></tbody></table></body></html>"
    )


@pytest.mark.parametrize(
    "html",
    [
        table("<td>二<b>三</b></td>"),
        table("<td>二</td>", style="td { position: relative }"),
        table("<td>二</td>", style="td::before { content: '前' }"),
        table("<td>二</td>", style="td { border-style: double }"),
        table("<td>二</td>", style="table { table-layout: auto }"),
        table("<td rowspan='2'>二</td>"),
        table("<th scope='row'>二</th>"),
    ],
)
def test_a_table_of_more_than_words_is_left_alone(html, monkeypatch):
    assert render_pdf(html) == by_cells(html, monkeypatch)


def test_a_row_higher_than_a_page_is_divided(monkeypatch):
    html = table(f"<td>{'很长的话，' * 300}</td>")

    assert render_pdf(html) == by_cells(html, monkeypatch)


@pytest.mark.parametrize("align", ["left", "center", "right"])
@pytest.mark.parametrize("standing", ["top", "middle", "bottom", "baseline"])
def test_words_stand_as_the_sheet_says(align, standing, monkeypatch):
    style = (
        f"td {{ text-align: {align}; vertical-align: {standing} }} "
        "td:nth-child(2) { background: #ccc; border-width: 3pt; color: #333; font-size: 18pt }"
    )
    html = (
        table("<td>高低不同的字" * 3 + "</td><td>短</td><td></td>", style)
        .replace("<td>高低不同的字<td>高低不同的字<td>", "<td>高低不同的字高低不同的字")
        .replace("<th>一</th>", "<th>一</th><th>二</th><th>三</th>")
    )

    slow, fast = by_cells(html, monkeypatch), render_pdf(html)

    assert slow != fast
    assert_alike(slow, fast)


def test_the_same_rows_give_the_same_bytes():
    from reports import speed

    html = ledger_html(rows(20), as_of=AS_OF)
    warm = render_pdf(html)
    render_pdf(ledger_html(rows(3), as_of=AS_OF))
    speed.forget()

    assert render_pdf(html) == warm
