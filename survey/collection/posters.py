"""What hangs beside the counter: a page per collection point, with its code and what to expect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from forms.variants import name_lines
from reports.documents import render
from reports.lettering import wrap
from survey.collection.qr import qr_svg

NAME_ROOM = 478
# Point size of the name, the most lines it may take at that size, and the code's width in mm.
SIZES = ((34, 2, 92), (26, 3, 86), (20, 6, 62))


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


def poster_html(points: Sequence[PosterPoint]) -> str:
    """Return a document with one A4 page for each of `points`, in their order.

    The code holds the address in capitals; below it stands the same address to be typed, and
    the host once more in large type, so that a sticker over the poster is found out.
    """
    return render("poster.html.j2", sheets=[_sheet(point) for point in points])


def _sheet(point: PosterPoint) -> dict[str, object]:
    """Return what one page shows."""
    size, lines, width = _fitted(point.org_name)
    return {
        "name": lines,
        "size": f"size-{size}",
        "symbol": qr_svg(point.url.upper(), size_mm=width),
        "organiser": point.organiser,
        "form": point.form_title,
        "host": urlsplit(point.url).netloc,
        "link": point.url.split("://", 1)[-1],
        "code": f"{point.code[:4]} {point.code[4:]}",
        "last_day": f"{point.closes_on.year}年{point.closes_on.month}月{point.closes_on.day}日",
        "phone": point.phone,
    }


def _fitted(name: str) -> tuple[int, tuple[str, ...], int]:
    """Return the largest size at which the whole name fits, its lines, and the code's width."""
    in_meaning = (name,) if len(name) * SIZES[0][0] <= NAME_ROOM else name_lines(name)
    for size, most, width in SIZES:
        if len(in_meaning) <= most and all(len(line) * size <= NAME_ROOM for line in in_meaning):
            return size, in_meaning, width
        lines = wrap(name, size=size, room=NAME_ROOM, most=most)
        if "".join(lines) == name and len(lines) < most:
            return size, lines, width
    return size, lines, width
