"""Posters: what a phone reads off the printed page, and what a person does."""

import random
from datetime import date

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from PIL import ImageDraw

from reports.pdf import render_pdf
from reports.qr import qr_svg
from survey.collection.posters import PosterPoint, poster_html

URL = "https://pingyi.example.gov.cn/q/7K3M9QXT"


def point(code="7K3M9QXT", name="云澜街道蓼花村党支部", **changes):
    values = {
        "org_name": name,
        "short_name": "蓼花村",
        "form_title": "党支部群众评议表",
        "url": f"https://pingyi.example.gov.cn/q/{code}",
        "code": code,
        "closes_on": date(2026, 9, 15),
        "organiser": "区创先争优办",
        **changes,
    }
    return PosterPoint(**values)


def pages_of(pdf):
    document = pypdfium2.PdfDocument(pdf)
    return [document[index] for index in range(len(document))]


def picture(page, dpi=300):
    return page.render(scale=dpi / 72).to_pil().convert("L")


def decoded(image):
    return [found.text for found in zxingcpp.read_barcodes(np.asarray(image))]


@pytest.fixture(scope="module")
def poster():
    return pages_of(render_pdf(poster_html([point()])))[0]


@pytest.fixture(scope="module")
def printed(poster):
    return picture(poster)


def test_a_phone_reads_the_address_in_capitals(printed):
    assert decoded(printed) == [URL.upper()]


def test_the_code_survives_a_twentieth_of_it_torn_off(printed):
    found = zxingcpp.read_barcodes(np.asarray(printed))[0].position
    left, top = found.top_left.x, found.top_left.y
    side = found.bottom_right.x - left
    hole = int(side * 0.05**0.5)
    # The three large squares find the code; without one of them no reader looks any further.
    middle = (left + side // 2 - hole // 2, top + side // 2 - hole // 2)
    random.seed(7)
    for _ in range(6):
        shift = random.randint(-side // 8, side // 8)
        torn = printed.copy()
        x, y = middle[0] + shift, middle[1] + shift
        ImageDraw.Draw(torn).rectangle((x, y, x + hole, y + hole), fill=255)
        assert decoded(torn) == [URL.upper()]


def test_the_code_is_wide_enough_with_its_quiet_zone(printed):
    found = zxingcpp.read_barcodes(np.asarray(printed))[0].position
    side = found.bottom_right.x - found.top_left.x
    module = side / 29
    around = printed.crop(
        tuple(
            int(edge)
            for edge in (
                found.top_left.x - 3.5 * module,
                found.top_left.y - 3.5 * module,
                found.top_left.x - module,
                found.bottom_right.y + 3.5 * module,
            )
        )
    )

    assert side / 300 * 25.4 >= 45
    assert around.getextrema() == (255, 255)


def test_a_person_reads_what_it_is_and_where_it_leads(poster):
    text = poster.get_textpage().get_text_range()

    for words in (
        "请您来评议",
        "云澜街道蓼花村党支部",
        "不记名",
        "pingyi.example.gov.cn/q/7K3M9QXT",
        "7K3M 9QXT",
        "2026年9月15日",
        "本页面不会要求手机号、身份证、微信登录、付款",
    ):
        assert words in text
    assert text.count("pingyi.example.gov.cn") == 2


def test_every_point_has_a_page_of_its_own_in_order():
    codes = [f"{number:08d}" for number in range(12)]

    pages = pages_of(render_pdf(poster_html([point(code) for code in codes])))

    assert len(pages) == 12
    for code, page in zip(codes, pages, strict=True):
        assert decoded(picture(page, dpi=100)) == [f"HTTPS://PINGYI.EXAMPLE.GOV.CN/Q/{code}"]


@pytest.mark.parametrize("length", [1, 14, 30, 55, 120])
def test_a_name_of_any_length_stands_whole_on_one_page(length):
    name = ("区人力资源和社会保障局社会保险经办服务中心" * 6)[:length]

    pages = pages_of(render_pdf(poster_html([point(name=name)])))

    text = "".join(pages[0].get_textpage().get_text_range().split())
    assert len(pages) == 1
    assert name in text
    assert "告诉工作人员" in text


def test_a_strangers_name_is_printed_and_not_obeyed():
    name = '<img src="http://169.254.169.254/x"><script>alert(1)</script>{{7*7}}'

    html = poster_html([point(name=name, phone='"><svg/onload=alert(1)>')])

    assert "<img" not in html
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "<svg/onload" not in html


def test_a_code_is_one_path():
    svg = qr_svg(URL.upper(), size_mm=45)

    assert svg.count("<path") == 1
    assert 'width="45mm"' in svg
    # 40 characters in capitals fit version 3; its 29 modules and the quiet zone make 37.
    assert 'viewBox="0 0 37 37"' in svg
