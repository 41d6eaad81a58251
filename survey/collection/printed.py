"""What is printed besides posters and slips: table cards, labels, contact cards, promise boards.

Sizes and contents are those of domain.md 6.2. Every code holds its address in capitals.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import repeat
from urllib.parse import urlsplit

from reports.documents import render
from reports.lettering import text_width
from reports.qr import qr_svg
from survey.collection.fitting import fitted
from survey.collection.posters import PosterPoint

LEVELS = (
    ("非常满意", "M7 13.2c1.6 5.6 8.4 5.6 10 0"),
    ("满意", "M7.6 14c2 3.2 6.8 3.2 8.8 0"),
    ("基本满意", "M8 15.4h8"),
    ("不满意", "M7.6 16.4c2-3.2 6.8-3.2 8.8 0"),
    ("非常不满意", "M7 17.6c1.6-5.6 8.4-5.6 10 0"),
)
"""The words of the scale, each with the mouth drawn above it; a picture, nothing to tick."""

LABELS_PER_ROW, LABELS_PER_SHEET = 3, 21
CARDS_PER_SHEET = 10
BOARD_HEIGHT = 395.0
BOARD_CONTENT, BOARD_MEASURE, BOARD_OWNER = 418.0, 328.0, 112.0
BOARD_SIZES = ((16.0, 23.0, 10.0), (13.0, 18.0, 7.0), (10.5, 14.0, 5.0))
"""Points of text, line and padding of a row."""

SYMBOL_MM = 60
"""Width of the code of a board or a tent."""

BOARD_CLASSES = ("size-16", "size-13", "size-10")


@dataclass(frozen=True)
class ContactCard:
    """A branch's card: who is responsible, and where people can say what they think.

    `phone` is empty where none is known; the card then has a line to write it on.
    """

    point: PosterPoint
    person: str
    phone: str = ""


@dataclass(frozen=True)
class Promise:
    """One public commitment, as a row of the board."""

    content: str
    measure: str
    owner: str
    due_on: date


def tent_html(points: Sequence[PosterPoint]) -> str:
    """Return a document with an A4 sheet for each point, to be folded to a tent of two A5 faces."""
    return render("tent.html.j2", sheets=[_tent(point) for point in points], levels=LEVELS)


def labels_html(points: Sequence[PosterPoint]) -> str:
    """Return sheets of 3 × 7 labels: a whole sheet for a single point, else a row for each."""
    copies = LABELS_PER_SHEET if len(points) == 1 else LABELS_PER_ROW
    labels = [label for point in points for label in repeat(_label(point), copies)]
    starts = range(0, len(labels), LABELS_PER_SHEET)
    sheets = [labels[start : start + LABELS_PER_SHEET] for start in starts]
    return render("labels.html.j2", sheets=sheets)


def contact_html(cards: Sequence[ContactCard]) -> str:
    """Return an A4 sheet of ten cards for each of `cards`."""
    sheets = [[_contact(card)] * CARDS_PER_SHEET for card in cards]
    return render("contact.html.j2", sheets=sheets)


def board_html(boards: Sequence[tuple[PosterPoint, Sequence[Promise]]]) -> str:
    """Return a board on A3 for each organisation, on several sheets where one is too small."""
    sheets = [sheet for point, promises in boards for sheet in board_sheets(point, promises)]
    return render("board.html.j2", sheets=sheets)


def _common(point: PosterPoint, width: float) -> dict[str, object]:
    """Return what every piece shows of its point, the code `width` mm wide."""
    day = point.closes_on
    return {
        "symbol": qr_svg(point.url.upper(), size_mm=width),
        "code": f"{point.code[:4]} {point.code[4:]}",
        "host": urlsplit(point.url).netloc,
        "link": point.url.split("://", 1)[-1],
        "organiser": point.organiser,
        "form": point.form_title,
        "last_day": f"{day.year}年{day.month}月{day.day}日",
    }


def _tent(point: PosterPoint) -> dict[str, object]:
    size, lines = fitted(point.org_name, 330, ((24, 2), (19, 3), (14, 5)))
    return _common(point, SYMBOL_MM) | {"name": lines, "size": f"size-{size}"}


def _label(point: PosterPoint) -> dict[str, object]:
    size, lines = fitted(point.short_name, 74, ((10, 2), (8, 3), (6, 5)))
    return _common(point, 34.3) | {"name": lines, "size": f"size-{size}"}


def _contact(card: ContactCard) -> dict[str, object]:
    size, lines = fitted(card.point.org_name, 124, ((12, 2), (10, 3), (8, 4)))
    shown = {"name": lines, "size": f"size-{size}", "person": card.person, "phone": card.phone}
    return _common(card.point, 34) | shown


def board_sheets(point: PosterPoint, promises: Sequence[Promise]) -> Iterator[dict[str, object]]:
    """Yield the sheets of a board, at the largest size at which one is enough."""
    chosen = next(
        (k for k in range(len(BOARD_SIZES)) if _height(promises, k) <= BOARD_HEIGHT),
        len(BOARD_SIZES) - 1,
    )
    parts = list(_parts(promises, chosen))
    number = 0
    for place, part in enumerate(parts, start=1):
        names = ("number", "content", "measure", "owner", "due")
        rows = [dict(zip(names, row, strict=True)) for row in rows_of(part, number + 1)]
        number += len(part)
        several = f"第{place}张，共{len(parts)}张" if len(parts) > 1 else ""
        yield _common(point, SYMBOL_MM) | {
            "name": point.org_name,
            "rows": rows,
            "size": BOARD_CLASSES[chosen],
            "part": several,
        }


def rows_of(promises: Sequence[Promise], first: int = 1) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a board: number, promise, measure, who, by when."""
    for number, promise in enumerate(promises, start=first):
        day = promise.due_on
        due = f"{day.year}年{day.month}月{day.day}日"
        yield str(number), promise.content, promise.measure, promise.owner, due


def _parts(promises: Sequence[Promise], size: int) -> Iterator[list[Promise]]:
    """Yield the promises of each sheet."""
    part: list[Promise] = []
    for promise in promises:
        if part and _height([*part, promise], size) > BOARD_HEIGHT:
            yield part
            part = []
        part.append(promise)
    yield part


def _height(promises: Sequence[Promise], size: int) -> float:
    """Return about how high the rows are, in points; a line in hand for words kept together."""
    text, line, padding = BOARD_SIZES[size]
    return sum(
        line
        * max(
            math.ceil(text_width(promise.content, text) * 1.04 / BOARD_CONTENT),
            math.ceil(text_width(promise.measure, text) * 1.04 / BOARD_MEASURE),
            math.ceil(text_width(promise.owner, text) * 1.04 / BOARD_OWNER),
            1,
        )
        + padding
        for promise in promises
    )
