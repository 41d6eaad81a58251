"""Slips on paper: read by a phone from a clean print and from what a pocket makes of it."""

import math
import random
from datetime import date

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter

from reports.pdf import render_pdf
from reports.qr import qr_svg
from survey.collection import slips, tickets

BASE = "https://pingyi.example.gov.cn"
DPI = 300


def face(name: str = "云澜街道蓼花村党支部", organiser: str = "区创先争优办") -> slips.SlipFace:
    return slips.SlipFace(name, "党支部群众评议表", organiser, BASE, date(2026, 9, 15), "7K3M9Q")


@pytest.fixture(scope="module")
def made() -> list[tickets.Slip]:
    return [tickets.make_slip() for _ in range(10)]


@pytest.fixture(scope="module")
def document(made: list[tickets.Slip]) -> bytes:
    return render_pdf(slips.sheets_html([[(face(), slip) for slip in made]]))


@pytest.fixture(scope="module")
def sheet(document: bytes) -> Image.Image:
    with pypdfium2.PdfDocument(document) as opened:
        return opened[0].render(scale=DPI / 72).to_pil().convert("L")


@pytest.fixture(scope="module")
def code(sheet: Image.Image) -> Image.Image:
    """The first slip's code with its quiet zone."""
    width, height = sheet.size
    return sheet.crop((0, 0, int(width * 42 / 210), int(height * 43 / 297)))


def decoded(image: Image.Image) -> set[str]:
    return {found.text for found in zxingcpp.read_barcodes(np.asarray(image))}


def test_ten_to_a_sheet_are_read_at_300_dpi(sheet: Image.Image, made: list[tickets.Slip]) -> None:
    prefix = "HTTPS://PINGYI.EXAMPLE.GOV.CN/T#"
    assert decoded(sheet) == {prefix + slip.secret for slip in made}


def test_the_code_is_version_4_at_level_q(made: list[tickets.Slip]) -> None:
    svg = qr_svg(f"HTTPS://PINGYI.EXAMPLE.GOV.CN/T#{made[0].secret}", size_mm=slips.SYMBOL_MM)
    # 33 modules and the quiet zone of 4 on either side; the code alone is 30 mm wide.
    assert 'viewBox="0 0 41 41"' in svg
    module = slips.SYMBOL_MM / 41
    assert module >= 0.4
    assert 33 * module >= 29.5


@pytest.mark.parametrize("radius", [1, 2, 3])
def test_a_blurred_picture_is_read(code: Image.Image, radius: int) -> None:
    assert len(decoded(code.filter(ImageFilter.GaussianBlur(radius)))) == 1


@pytest.mark.parametrize("spread", [20, 40, 60])
def test_a_grainy_picture_is_read(code: Image.Image, spread: int) -> None:
    noise = np.random.default_rng(4).normal(0, spread, (code.height, code.width))
    grainy = np.clip(np.asarray(code, dtype=float) * 0.7 + 40 + noise, 0, 255).astype(np.uint8)
    assert len(decoded(Image.fromarray(grainy))) == 1


@pytest.mark.parametrize("angle", [3, 11, 27, 45, 90, 200])
def test_a_turned_picture_is_read(code: Image.Image, angle: int) -> None:
    assert len(decoded(code.rotate(angle, expand=True, fillcolor=255))) == 1


@pytest.mark.parametrize("lean", [0.1, 0.2, 0.3])
def test_a_slanted_picture_is_read(code: Image.Image, lean: float) -> None:
    size = (int(code.width * (1 + lean)), code.height)
    slanted = code.transform(size, Image.Transform.AFFINE, (1, -lean, 0, 0, 1, 0), fillcolor=255)
    assert len(decoded(slanted)) == 1


@pytest.mark.parametrize("seed", range(8))
def test_a_tenth_of_it_under_dirt_is_read(code: Image.Image, seed: int) -> None:
    chance, dirty = random.Random(seed), code.copy()
    module = code.width * 37 / 42 / 41
    # One smudge, dark or bleached, somewhere in the middle: a code is found by its corners.
    long = chance.uniform(8, 16)
    wide = 0.10 * 33**2 * 4 / math.pi / long
    left, top = 0.74 * code.width - long * module, 0.74 * code.height - wide * module
    x, y = chance.uniform(0.3 * code.width, left), chance.uniform(0.3 * code.height, top)
    box = (x, y, x + long * module, y + wide * module)
    ImageDraw.Draw(dirty).ellipse(box, fill=chance.choice((0, 90, 255)))
    assert len(decoded(dirty)) == 1


@pytest.mark.parametrize("length", [1, 13, 26, 45, 80])
def test_a_name_of_any_length_hides_nothing(made: list[tickets.Slip], length: int) -> None:
    name = ("区人力资源和社会保障局社会保险经办服务中心" * 6)[:length]
    long = "中共云澜区委创先争优活动领导小组办公室"
    sheets = [[(face(name, long), made[0])]]
    with pypdfium2.PdfDocument(render_pdf(slips.sheets_html(sheets))) as opened:
        assert len(opened) == 1
        text = "".join(opened[0].get_textpage().get_text_range().split())
    code = "".join(made[0].code.split())
    for words in (long, "仅限使用一次", "2026年9月15日", code, "批次7K3M9Q", name[:20]):
        assert words in text


def test_nothing_on_a_slip_counts(document: bytes, made: list[tickets.Slip]) -> None:
    with pypdfium2.PdfDocument(document) as opened:
        text = opened[0].get_textpage().get_text_range()
    for slip in made:
        text = text.replace(" ".join(slip.code[i : i + 4] for i in range(0, 16, 4)), "")
    # What is left is the same on every slip.
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    assert all(lines.count(line) % 10 == 0 for line in lines)


def test_a_strangers_name_is_printed_and_not_obeyed(made: list[tickets.Slip]) -> None:
    html = slips.sheets_html([[(face('<img src="http://169.254.169.254/x">{{7*7}}'), made[0])]])
    assert "<img" not in html
    assert "49" not in html.replace(made[0].code, "")[:200]
