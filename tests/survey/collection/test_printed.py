"""Cards, labels and boards: the sizes of domain.md 6.2, and codes that phones read off them."""

from collections.abc import Sequence
from datetime import date

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageFilter

from reports.pdf import render_pdf
from survey.collection import printed
from survey.collection.posters import PosterPoint, poster_html

URL = "https://pingyi.example.gov.cn/q/7K3M9QXT"
LONG = "区人力资源和社会保障局社会保险经办服务中心综合业务受理窗口第三党支部"
A4, A3 = (210.0, 297.0), (297.0, 420.0)


def point(name: str = "云澜街道综合窗口", short: str = "综合窗口") -> PosterPoint:
    return PosterPoint(
        org_name=name,
        short_name=short,
        form_title="窗口单位群众满意度测评表",
        url=URL,
        code="7K3M9QXT",
        closes_on=date(2026, 9, 15),
        organiser="中共云澜区委创先争优活动领导小组办公室",
    )


def promises(count: int) -> list[printed.Promise]:
    content, measure = (
        "修好三组到五组的两公里村道，装上四十盏路灯" * 2,
        "八月底前完工，村民代表验收",
    )
    return [printed.Promise(content, measure, "樾晴渡", date(2026, 9, 30))] * count


def pages(
    html: str, dpi: int = 150
) -> tuple[list[Image.Image], list[str], list[tuple[float, ...]]]:
    """Return pictures in grey, texts and sizes in mm."""
    with pypdfium2.PdfDocument(render_pdf(html)) as document:
        pictures = [page.render(scale=dpi / 72).to_pil().convert("L") for page in document]
        texts = [page.get_textpage().get_text_range() for page in document]
        sizes = [tuple(round(side / 72 * 25.4) for side in page.get_size()) for page in document]
    return pictures, ["".join(text.split()) for text in texts], sizes


def widths(picture: Image.Image, dpi: int = 150) -> list[float]:
    """Return the widths in mm of the codes that a phone finds, all of one address."""
    found = zxingcpp.read_barcodes(picture)
    assert {each.text for each in found} == {URL.upper()}
    return [
        (
            (each.position.top_left.x - each.position.top_right.x) ** 2
            + (each.position.top_left.y - each.position.top_right.y) ** 2
        )
        ** 0.5
        / dpi
        * 25.4
        for each in found
    ]


def all_at_least(found: Sequence[float], count: int, least: float) -> None:
    assert len(found) == count
    assert min(found) >= least


def test_a_poster_on_a3_is_the_one_on_a4_enlarged() -> None:
    pictures, texts, sizes = pages(poster_html([point(LONG)], is_large=True), dpi=75)
    assert sizes == [A3]
    all_at_least(widths(pictures[0], 75), 1, 60)
    assert LONG in texts[0]


@pytest.mark.parametrize("name", ["云澜街道综合窗口", LONG])
def test_a_table_card_folds_to_two_faces(name: str) -> None:
    pictures, texts, sizes = pages(printed.tent_html([point(name)]))
    assert sizes == [A4]
    all_at_least(widths(pictures[0]), 2, 35)
    assert texts[0].count(name) == 2
    for word in ("非常满意", "基本满意", "非常不满意", "7K3M9QXT", "不记名"):
        assert word in texts[0]


def test_labels_come_as_a_sheet_or_in_rows() -> None:
    pictures, _, sizes = pages(printed.labels_html([point()]))
    assert sizes == [A4]
    all_at_least(widths(pictures[0]), 21, 25)
    several = pages(printed.labels_html([point(short=LONG)] * 8))
    assert [len(widths(picture)) for picture in several[0]] == [21, 3]
    assert several[1][0].count(LONG[:8]) == 21


def test_labels_stand_on_the_grid_of_the_sheet() -> None:
    (picture,), _, _ = pages(printed.labels_html([point()]))
    places = sorted(
        (each.position.top_left.y / 150 * 25.4, each.position.top_left.x / 150 * 25.4)
        for each in zxingcpp.read_barcodes(picture)
    )
    first = places[0]
    for number, (y, x) in enumerate(places):
        assert y == pytest.approx(first[0] + 38.1 * (number // 3), abs=0.6)
        assert 7.2 <= x <= 210 - 7.2


def test_a_contact_card_names_who_is_responsible() -> None:
    cards = [
        printed.ContactCard(point(LONG), "欧阳樾晴渡"),
        printed.ContactCard(point(), "甲", "86012345"),
    ]
    pictures, texts, sizes = pages(printed.contact_html(cards))
    assert sizes == [A4, A4]
    all_at_least(widths(pictures[0]), 10, 25)
    assert texts[0].count("欧阳樾晴渡") == 10
    assert texts[1].count("86012345") == 10


@pytest.mark.parametrize(("count", "sheets"), [(1, 1), (8, 1), (20, 2), (45, 5)])
def test_a_board_holds_every_promise(count: int, sheets: int) -> None:
    pictures, texts, sizes = pages(printed.board_html([(point(LONG), promises(count))]), dpi=75)
    assert sizes == [tuple(reversed(A3))] * sheets
    assert sum(text.count("樾晴渡") for text in texts) == count
    for picture, text in zip(pictures, texts, strict=True):
        all_at_least(widths(picture, 75), 1, 45)
        assert "兑现了没有" in text


KINDS = {
    "poster": (lambda: poster_html([point(LONG)], is_large=True), 1),
    "table card": (lambda: printed.tent_html([point(LONG)]), 2),
    "labels": (lambda: printed.labels_html([point(short=LONG)]), 21),
    "contact cards": (
        lambda: printed.contact_html([printed.ContactCard(point(LONG), "欧阳樾晴渡")]),
        10,
    ),
    "board": (lambda: printed.board_html([(point(LONG), promises(8))]), 1),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read_from_a_bad_photograph(kind: str) -> None:
    html, count = KINDS[kind]
    picture = pages(html())[0][0].rotate(3, Image.Resampling.BILINEAR, fillcolor=255)
    grain = Image.effect_noise(picture.size, 60)
    bad = Image.blend(picture.filter(ImageFilter.GaussianBlur(1)), grain, 0.25)
    assert len(widths(bad)) == count


def test_strangers_words_are_printed_and_not_obeyed() -> None:
    evil = '<img src="http://169.254.169.254/x"><script>alert(1)</script>'
    row = printed.Promise(evil, evil, evil, date(2026, 9, 30))
    for html in (
        printed.tent_html([point(evil)]),
        printed.labels_html([point(short=evil)]),
        printed.contact_html([printed.ContactCard(point(evil), evil, evil)]),
        printed.board_html([(point(evil), [row])]),
    ):
        assert "<img" not in html
        assert "<script" not in html
