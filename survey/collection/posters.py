"""What hangs beside the counter: a page per collection point, with its code and what to expect."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from markupsafe import Markup

from reports.documents import render, style
from reports.qr import qr_svg
from survey.collection.fitting import fitted

ENLARGEMENT = 2**0.5
NAME_ROOM = 478
# Point size of the name, the most lines it may take at that size, and the code's width in mm.
SIZES = ((34, 2, 92), (26, 3, 86), (20, 6, 62))

_LENGTH = re.compile(r"(\d*\.?\d+)(pt|mm)\b")


@dataclass(frozen=True)
class PosterPoint:
    """One collection point as its poster tells it.

    Attributes:
        org_name: the object's full name; `short_name` for small prints.
        form_title: what residents answer.
        url: the address that the code leads to.
        code: what can be typed instead, 8 characters.
        closes_on: the last day, in local time.
        organiser: who runs the round.
        phone: the supervising telephone; empty where there is none.
    """

    org_name: str
    short_name: str
    form_title: str
    url: str
    code: str
    closes_on: date
    organiser: str
    phone: str = ""


def poster_html(points: Sequence[PosterPoint], *, is_large: bool = False) -> str:
    """Return a document with one A4 page for each of `points`, in their order; A3 if `is_large`.

    The code holds the address in capitals; below it stands the same address to be typed, and
    the host once more in large type, so that a sticker over the poster is found out.
    """
    css = style("poster")
    return render(
        "poster.html.j2",
        sheets=[_sheet(point, ENLARGEMENT if is_large else 1.0) for point in points],
        css=_enlarged(css) if is_large else css,
    )


def _enlarged(css: str) -> Markup:
    """Return the style sheet of an A4 page for A3: every length times the square root of two."""
    lengths = _LENGTH.sub(lambda found: f"{float(found[1]) * ENLARGEMENT:.2f}{found[2]}", css)
    return Markup(lengths.replace("size: A4", "size: A3"))  # noqa: S704 - our own file


def _sheet(point: PosterPoint, scale: float) -> dict[str, object]:
    """Return what one page shows."""
    size, lines = fitted(point.org_name, NAME_ROOM, [each[:2] for each in SIZES])
    width = next(each[2] for each in SIZES if each[0] == size)
    return {
        "name": lines,
        "size": f"size-{size}",
        "symbol": qr_svg(point.url.upper(), size_mm=width * scale),
        "organiser": point.organiser,
        "form": point.form_title,
        "host": urlsplit(point.url).netloc,
        "link": point.url.split("://", 1)[-1],
        "code": f"{point.code[:4]} {point.code[4:]}",
        "last_day": f"{point.closes_on.year}年{point.closes_on.month}月{point.closes_on.day}日",
        "phone": point.phone,
    }
