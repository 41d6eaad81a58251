"""QR codes as small SVGs: one path, dark on white, with the quiet zone that readers need."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import qrcode
from markupsafe import Markup, escape
from qrcode.constants import ERROR_CORRECT_Q

from reports import svg
from reports.lettering import text_width
from reports.svg import FONT

QUIET = 4
DOTS = 12
"""Pixels of a module where a code is a picture of its own."""

LETTER, LINE = 6.0, 9.0
MODULE_MM = 0.42
"""Side of a module that cameras of old phones still tell apart on paper."""


def qr_svg(
    text: str,
    *,
    size_mm: float = 0.0,
    label: str = "二维码",
    mask: int | None = None,
    beside: Sequence[str] = (),
) -> Markup:
    """Return a QR code of `text`, `size_mm` wide with its quiet zone, as an inline SVG.

    Args:
        text: what it holds.
        size_mm: its width; 0 for as small as cameras can read from paper.
        label: what a screen reader says for it.
        mask: one of the eight patterns, 0 to 7; without one the best is sought, which takes most
            of the time. Any of them can be read; for documents by the thousand.
        beside: short lines of text to the right of it, within the picture.

    Level Q survives a tenth of the symbol torn off. An address in capitals takes the alphanumeric
    mode and so a coarser grid that old cameras read from further away; hosts and our paths are the
    same in either case.
    """
    matrix = _matrix(text, mask)
    side = len(matrix)
    size = size_mm or round(side * MODULE_MM, 2)
    words, room = _beside(beside, side)
    wide, family = side + room, f' font-family="{FONT}"' if beside else ""
    return Markup(  # noqa: S704 - numbers, and texts that are escaped
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {side}" '
        f'width="{round(size * wide / side, 2):g}mm" height="{size:g}mm" role="img" '
        f'aria-label="{escape(label)}"{family}><rect width="{side}" height="{side}" fill="#fff"/>'
        f'<path stroke="#000" stroke-width="1" d="{_path(matrix)}"/>{words}</svg>'
    )


def qr_png(text: str) -> bytes:
    """Return a QR code of `text` with its quiet zone as a PNG, for files that hold no SVG."""
    from PIL import Image

    matrix = _matrix(text, None)
    side = len(matrix)
    image = Image.new("1", (side, side), 1)
    image.putdata([not dark for row in matrix for dark in row])
    stream = io.BytesIO()
    image.resize((side * DOTS, side * DOTS), Image.Resampling.NEAREST).save(stream, "PNG")
    return stream.getvalue()


def _matrix(text: str, mask: int | None) -> list[list[bool]]:
    symbol = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, border=QUIET, mask_pattern=mask)
    symbol.add_data(text)
    symbol.make(fit=True)
    matrix: list[list[bool]] = symbol.get_matrix()
    return matrix


def _beside(lines: Sequence[str], side: int) -> tuple[str, float]:
    """Return text to the right of a code in units of its modules, and the room it takes."""
    first = side / 2 - (len(lines) - 1) * LINE / 2 + LETTER * 0.35
    room = max((text_width(line, LETTER) for line in lines), default=0.0)
    words = "".join(
        svg.text(side - 1, first + number * LINE, line, LETTER, svg.INK)
        for number, line in enumerate(lines)
    )
    return words, math.ceil(room)


def _path(matrix: list[list[bool]]) -> str:
    """Return the dark modules as strokes through the middle, one for each run within a row.

    A stroke takes half the drawing of a rectangle, which a sheet of many codes is made of.
    """
    steps = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            end = x
            while end < len(row) and row[end]:
                end += 1
            if end > x:
                steps.append(f"M{x} {y}.5h{end - x}")
            x = end + 1
    return "".join(steps)
