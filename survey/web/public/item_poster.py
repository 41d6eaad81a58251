"""A page about one item for the notice board beside the door, with the code of its web page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from markupsafe import Markup
from sqlalchemy.orm import Session

from reports.documents import render, style
from reports.qr import qr_svg
from survey.publication import public_results
from survey.rectification import following
from survey.rectification.following import PublicItem
from survey.rectification.workdays import local_date
from survey.web.public.items_view import when, where_of
from survey.web.public.items_wording import source_words, words

SIZES = {"a4": 1.0, "a5": 0.7071}
CODE_MM = 46
# Most characters of a problem at a size, in points, of an A4 page.
TYPE = ((36, 26), (80, 20), (120, 16), (10_000, 13))
LONGEST, LONGEST_MEASURES = 200, 100
"""Characters that leave room for the code; the whole text is on the web page."""

_LENGTH = re.compile(r"(\d*\.?\d+)(pt|mm)\b")


@dataclass(frozen=True)
class Office:
    """Who runs it all; `phone` is empty where there is none."""

    name: str
    phone: str


def poster_of(session: Session, number: str, *, base_url: str, size: str, now: datetime) -> str:
    """Return the page about a public item as HTML, at one of `SIZES`.

    Raises:
        NotFound: everybody may not see it.
    """
    item = following.public_item(session, number, now=now)
    office, phone = public_results.contact(session) or (public_results.organiser(session), "")
    return poster_html(
        item,
        base_url=base_url,
        office=Office(office, phone),
        today=local_date(now),
        size=size,
    )


def short_address(base_url: str, number: str) -> str:
    """Return the address to print for an item; it says no more than the number beside it.

    Digits alone are easy to type, and need neither a stored code nor a key that could be lost.
    """
    return f"{base_url}/z/{number.removeprefix('ZG-').replace('-', '')}"


def poster_html(
    item: PublicItem, *, base_url: str, office: Office, today: date, size: str = "a4"
) -> str:
    """Return a document of one page, `size` "a4" or "a5", of what everybody may read of an item.

    The code holds the short address in capitals; below it the same address stands to be typed.
    """
    scale, t = SIZES[size], words("zh")
    css = style("item")
    address, place = short_address(base_url, item.number), where_of(item)
    return render(
        "item.html.j2",
        css=css if size == "a4" else _smaller(css, scale),
        item=item,
        problem=_cut(item.problem, LONGEST),
        measures=_cut(item.measures, LONGEST_MEASURES) or t["measures_none"],
        type=next(points for most, points in TYPE if len(item.problem) <= most),
        state=t[f"item_{item.state.value}"],
        step=t["step"].format(step=place.step, steps=place.steps),
        when=when(item, "zh"),
        source=source_words(item.source, "zh"),
        office=office,
        symbol=qr_svg(address.upper(), size_mm=round(CODE_MM * scale, 1)),
        link=address.partition("//")[2],
        host=urlsplit(base_url).netloc,
        today=today,
    )


def _cut(text: str, longest: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _smaller(css: Markup, scale: float) -> Markup:
    lengths = _LENGTH.sub(lambda found: f"{float(found[1]) * scale:.2f}{found[2]}", css)
    return Markup(lengths.replace("size: A4", "size: A5"))  # noqa: S704 - our own file
