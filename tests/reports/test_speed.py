"""What makes documents fast changes neither a letter's place nor the picture."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy
import pypdfium2
import pytest

from reports.charts import Bar, Level, Reference, Stack, bar_chart, stacked_chart, too_few
from reports.documents import prose, style
from reports.figures import Quadrant
from reports.ledger import ledger_html
from reports.pdf import render_pdf
from reports.pdf_variants import Variant
from reports.quadrant_chart import Axis, Point, quadrant_chart
from reports.speed import styles

STYLES = Path(styles.__file__).parent.parent / "styles"

# A process that renders its standard input as WeasyPrint would, in our typesetting.
SLOWLY = """
import sys
from reports import pdf, speed
from reports.speed import trees
trees.tree = lambda html: None
speed.install = lambda: None
pdf._drawn = lambda pictures: {}
sys.stdout.buffer.write(pdf.render_pdf(sys.stdin.read(), variant=pdf.Variant.ISSUED))
"""
LEVELS = tuple(Level(name, 5 - at) for at, name in enumerate(("很好", "好", "中", "差", "很差")))
SENTENCE = "满意率（满意以上）86.0%（74/86），95%区间77.2%～91.8%；“公开承诺”最先要改。"


def charts():
    axis = Axis("满意程度", 3.9)
    points = tuple(
        Point(f"第{n}项", 3.1 + 0.2 * n, 4.9 - 0.2 * n, Quadrant("Q1")) for n in range(6)
    )
    return (
        bar_chart(
            [Bar("工作业绩好", 88, 84.8, 91.2), Bar("少", 60, 50, 70, "样本偏少", is_small=True)],
            key="a",
            title="指数",
            reference=Reference("总体评价88.2", 88.2),
        ),
        stacked_chart([Stack("总体评价", (40, 30, 20, 9, 7))], LEVELS, key="b", title="分布"),
        quadrant_chart(points, performance=axis, importance=axis, key="c", title="象限"),
        too_few(key="d", threshold=10),
    )


def document():
    row = "".join(f"<td class='{side}'>{prose(SENTENCE[:9])}</td>" for side in ("left", "right"))
    table = (
        "<div class='table'><table><colgroup><col style='width:40%'><col style='width:60%'>"
        "</colgroup><thead><tr><th>项目</th><th>指数</th></tr></thead><tbody>"
        f"{f'<tr>{row}</tr>' * 45}</tbody></table></div>"
    )
    figures = "".join(f"<figure>{chart}<figcaption>图</figcaption></figure>" for chart in charts())
    prosaic = "".join(f"<p>{prose(SENTENCE * n)}</p>" for n in (3, 1, 3))
    return (
        f"<!doctype html><html lang='zh-CN'><head><title>报告</title><style>{style('page')}"
        f"{style('report')} .table tr:nth-child(even) td {{ background: #eee }}</style></head>"
        f"<body><h1>报告</h1><h2>一、情况</h2>{prosaic}{table}{figures}</body></html>"
    )


@pytest.fixture(scope="module")
def both() -> tuple[bytes, bytes]:
    """Return the same document, made slowly and fast."""
    slow = subprocess.run(
        [sys.executable, "-c", SLOWLY],
        cwd=Path(__file__).parents[2],
        input=document().encode(),
        capture_output=True,
        check=True,
    )
    return slow.stdout, render_pdf(document())


def letters(page):
    text = page.get_textpage()
    for index in range(text.count_chars()):
        letter = text.get_text_range(index, 1)
        if letter.strip():
            yield letter, text.get_charbox(index)


def test_every_letter_stands_where_it_stood(both):
    with pypdfium2.PdfDocument(both[0]) as slow, pypdfium2.PdfDocument(both[1]) as fast:
        assert len(slow) == len(fast) > 2
        for before, after in zip(slow, fast, strict=True):
            pairs = zip(sorted(letters(before)), sorted(letters(after)), strict=True)
            for (letter, place), (same, now) in pairs:
                assert letter == same
                assert now == pytest.approx(place, abs=0.1)


def test_the_pictures_are_the_same(both):
    with pypdfium2.PdfDocument(both[0]) as slow, pypdfium2.PdfDocument(both[1]) as fast:
        for before, after in zip(slow, fast, strict=True):
            # Eight pixels at a time: the lines of a hatching may begin elsewhere.
            one, two = (
                numpy.asarray(page.render(scale=1.5).to_pil().convert("L").reduce(8)).astype(int)
                for page in (before, after)
            )
            assert numpy.abs(one - two).max() < 32


def test_the_fast_file_is_smaller(both):
    assert len(both[1]) < len(both[0])


def test_what_was_made_before_changes_nothing():
    from reports import speed

    render_pdf(document())
    warm = render_pdf(document())
    speed.forget()

    assert render_pdf(document()) == warm


def test_expat_reads_what_our_templates_write():
    from reports.speed.trees import tree

    empty = ledger_html([], as_of=datetime(2026, 9, 30, 9, 5, tzinfo=UTC))

    assert tree(document().split("<figure>")[0] + "</body></html>") is not None
    assert tree(empty) is not None


def test_expat_and_the_html_parser_find_the_same_tree():
    from weasyprint import HTML

    from reports.speed.trees import tree

    html = (
        "<!doctype html>\n<html lang='zh-CN'>\n<head><meta charset='utf-8'><title>一&amp;二</title>"
        '<style>a > b { color: red }</style></head>\n<body>\n<p class="a">一<br>二 <b>三</b></p>'
        "<table>\n<colgroup><col style='width:1%'></colgroup><tr><td>1</td></tr> <tr><th>2</th>"
        "</tr></table><div><img src='picture:1' alt='a &lt; b > c'></div>\n</body>\n</html>\n"
    )

    def plain(node):
        text, tail = (node.text or "").strip(), (node.tail or "").strip()
        return node.tag, dict(node.attrib), text, tail, [plain(child) for child in node]

    assert plain(tree(html)) == plain(HTML(string=html).etree_element)


@pytest.mark.parametrize(
    "body",
    [
        "<p>一<p>二",
        "<p><div>一</div></p>",
        "<p hidden>一</p>",
        "<table>一<tr><td>二</td></tr></table>",
        "<table><td>二</td></table>",
        "<p>&nbsp;</p>",
        "<a href='#a'>一<a href='#b'>二</a></a>",
        "<script>alert('&')</script>",
    ],
)
def test_what_html_reads_otherwise_is_left_to_its_parser(body):
    from reports.speed.trees import tree

    assert tree(f"<!doctype html><html><head></head><body>{body}</body></html>") is None


def test_the_last_of_very_many_finds_its_style():
    many = "<p>一</p>" * 1500
    html = (
        "<!doctype html><html><head><style>p { font: 1px/1px 'PY Song'; margin: 0 } "
        f"p + p.b {{ font-family: 'PY Kai' }}</style></head><body>{many}<p class='b'>二</p>"
        "</body></html>"
    )

    made = render_pdf(html, variant=Variant.PLAIN, packed=False)

    assert b"PY-Kai" in made
    assert b"PY-Song" in made


def test_all_our_pictures_are_drawn_at_once():
    from reports.pdf import _font_configuration
    from reports.speed.pictures import chart

    for picture in charts():
        assert chart(picture.encode(), _font_configuration()) is not None


@pytest.mark.parametrize(
    "inside",
    [
        '<image href="file:///etc/passwd" width="9" height="9"/>',
        "<script>alert(1)</script>",
        '<rect x="0" y="0" width="9" height="9" fill="url(http://169.254.169.254/#a)"/>',
        '<path d="M0 0C1 1 2 2 3 3"/>',
        '<path d="M0 0 S 0 0 rg"/>',
        '<rect x="0 Q q" y="0" width="9" height="9"/>',
        '<text x="0" y="9" font-size="9" style="fill:red">a</text>',
        '<text x="0" y="9" font-size="9">a<tspan>b</tspan></text>',
        '<use href="#a"/>',
    ],
)
def test_an_unknown_picture_is_left_to_weasyprint(inside):
    from reports.pdf import _font_configuration
    from reports.speed.pictures import chart

    start = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" width="9" height="9">'
    picture = f"{start}{inside}</svg>"

    assert chart(picture.encode(), _font_configuration()) is None


# Sheets of screens, and two of single sheets of paper with an imprint or a mark in the margin.
SEEN_FAR = {"web", "paper_page", "official", "paper_form"}


@pytest.mark.parametrize("name", sorted({path.stem for path in STYLES.glob("*.css")} - SEEN_FAR))
def test_every_sheet_of_ours_is_remembered(name):
    """One selector that sees far makes every document of a sheet four times as slow."""
    assert styles.is_simple(style(name))
