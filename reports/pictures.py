"""Charts as pixels, for files that cannot hold an SVG: drawn by the engine that makes the PDFs.

All charts of a document are the pages of one PDF, which `render` makes (in the process that may be
killed) and PDFium turns into pictures of 220 dots an inch.
"""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Protocol

from markupsafe import Markup

from reports.documents import Figure, chart
from reports.parts import Absent, EvaluationReport
from reports.pdf_variants import Attached, Variant

if TYPE_CHECKING:
    from PIL.Image import Image


class Render(Protocol):
    """HTML in, PDF out: `Renderer.render`, or without a process of its own `pdf.render_pdf`."""

    def __call__(
        self,
        html: str,
        *,
        variant: Variant = Variant.ISSUED,
        attachments: Sequence[Attached] = (),
    ) -> bytes:
        """Return `html` as a PDF with files inside."""


DOTS_PER_INCH = 220
WIDTH_MM = 156.0
COLOURS = 32
_SIZE = re.compile(r'width="([0-9.]+)" height="([0-9.]+)"')
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.DOTALL)
_SAID = re.compile(r"<desc[^>]*>(.*?)</desc>", re.DOTALL)

# PDFium is not made for threads.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Picture:
    """A chart as a PNG, how tall it is when `WIDTH_MM` wide, and what it says in words."""

    png: bytes
    height_mm: float
    title: str
    described: str


def pictures_of(report: EvaluationReport, render: Render) -> list[Picture]:
    """Return the charts of `report` in the order of `charts_of`."""
    drawings = [chart(block, f"p{place}") for place, block in enumerate(charts_of(report))]
    if not drawings:
        return []
    pages = _pixels(render(_sheet(drawings), variant=Variant.PLAIN))
    return [_picture(*pair) for pair in zip(drawings, pages, strict=True)]


def charts_of(report: EvaluationReport) -> Iterator[Figure]:
    """Yield the blocks of `report` that are drawn, in their order."""
    for section in (*report.sections, *report.annex):
        for block in section.blocks:
            if isinstance(block, Figure) and not isinstance(block, Absent):
                yield block


def _picture(drawing: Markup, png: bytes) -> Picture:
    width, height = _size(drawing)
    title, said = _TITLE.search(drawing), _SAID.search(drawing)
    return Picture(
        png,
        WIDTH_MM * height / width,
        unescape(title[1]) if title else "",
        unescape(said[1]) if said else "",
    )


def _size(drawing: Markup) -> tuple[float, float]:
    found = _SIZE.search(drawing)
    if found is None:
        raise ValueError("a chart without a size")
    return float(found[1]), float(found[2])


def _sheet(drawings: list[Markup]) -> str:
    """Return a document with a page of its own size for each chart."""
    rules, pages = [], []
    for place, drawing in enumerate(drawings):
        width, height = _size(drawing)
        size = f"size:{width:g}px {height:g}px;margin:0"
        rules.append(f"@page p{place}{{{size}}}#p{place}{{page:p{place}}}")
        pages.append(f'<div id="p{place}">{drawing}</div>')
    look = "body{margin:0}svg,img{display:block}"
    return (
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>charts</title>'
        f"<style>{look}{''.join(rules)}</style><body>{''.join(pages)}"
    )


def _pixels(pdf: bytes) -> list[bytes]:
    import pypdfium2

    with _ONE_AT_A_TIME, pypdfium2.PdfDocument(pdf) as document:
        made = []
        for page in document:
            width_inch = WIDTH_MM / 25.4
            image = page.render(scale=width_inch * DOTS_PER_INCH / page.get_width()).to_pil()
            made.append(image.convert("RGB").quantize(COLOURS))
    return [_png(image) for image in made]


def _png(image: Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG", dpi=(DOTS_PER_INCH, DOTS_PER_INCH))
    return stream.getvalue()
