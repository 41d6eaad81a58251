"""What stands around the text of an official document, and where GB/T 9704-2012 puts it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from reports.lettering import text_width

LINE_CHARACTERS = 28
"""Characters of a line of text; lengths below are in such characters."""

TITLE_CHARACTERS = 19
"""Characters of a title line: 156 mm at 22 pt hold twenty, and a title does not touch the edges."""

AGENCY_POINTS, AGENCY_LEAST, AGENCY_ROOM, AGENCY_SPREAD = 42, 20, 436, 1.12
DATE_FROM_RIGHT, NAME_FROM_RIGHT, DATE_FURTHER_IN = 4.0, 2.0, 2.0
MOST_TITLE_LINES = 6

_NO_START = frozenset("，。、；：？！）》〉」』】〕”’…的等和及与")
_NO_END = frozenset("（《〈「『【〔“‘第")
_INSIDE = re.compile(r"[0-9A-Za-z]{2}|[0-9][年月日季度号项件次]|[第年][0-9一二三四五六七八九十]")
_GOOD_ENDS = frozenset("的，、；：）》”和及与")
_UNEVEN, _ANYWHERE, _SHORT, _ONE_MORE = 3.0, 1.6, 6.0, 9.0


@dataclass(frozen=True)
class Letterhead:
    """How an office heads its documents; nothing is printed of what is empty.

    Attributes:
        agency: 发文机关标志 in red; empty for plain paper.
        has_star: a star in the middle of the red line.
    """

    agency: str = ""
    has_star: bool = False


PLAIN_PAPER = Letterhead()


@dataclass(frozen=True)
class Imprint:
    """The imprint 版记 at the foot of the last page: who gets copies, who prints it, and when."""

    copies: str
    printer: str
    day: str


@dataclass(frozen=True)
class Official:
    """What stands around the text of an official document; what is empty is left out.

    Attributes:
        agency: the red head 发文机关标志; empty on plain paper.
        has_star: a star in the middle of the red line, as Party documents had before 2012.
        addressee: 主送机关, without the colon.
        attachments: names of what is attached.
        signed: who signs; no seal is ever drawn, room for it is left.
        day: the date of signing in words; empty to be filled in.
        remark: 附注, without its brackets.
        imprint: the imprint; None without one.
        is_letter: the letter format: red double lines, no page number on the first page.
        is_sealed: leaves the place where a seal goes over name and date.
    """

    agency: str = ""
    has_star: bool = False
    addressee: str = ""
    attachments: tuple[str, ...] = ()
    signed: str = ""
    day: str = ""
    remark: str = ""
    imprint: Imprint | None = None
    is_letter: bool = False
    is_sealed: bool = True


@dataclass(frozen=True)
class SignaturePlace:
    """Where name and date begin, in characters from the left edge, and the empty lines above."""

    name: float
    day: float
    empty_lines: int


def signature_place(official: Official) -> SignaturePlace:
    """Return where the signature goes (GB/T 9704-2012, 7.3.5).

    With a seal the name is centred on the date, which ends 4 characters from the edge, and two
    lines stay empty so that the top of the seal lies within a line of the text. Without a seal the
    name ends 2 characters from the edge, and the date begins 2 further in than the name; the
    longer of the two keeps its distance. A name that is too long moves both to the left.
    """
    name, day = _characters(official.signed), _characters(official.day or _OPEN_DAY)
    if official.is_sealed:
        day_at = LINE_CHARACTERS - DATE_FROM_RIGHT - day
        name_at = day_at + (day - name) / 2
        beyond = max(0.0, name_at + name - LINE_CHARACTERS)
        return SignaturePlace(max(0.0, name_at - beyond), max(0.0, day_at - beyond), 2)
    name_at = LINE_CHARACTERS - NAME_FROM_RIGHT - name
    day_at = name_at + DATE_FURTHER_IN
    beyond = max(0.0, day_at + day - (LINE_CHARACTERS - NAME_FROM_RIGHT))
    return SignaturePlace(max(0.0, name_at - beyond), max(0.0, day_at - beyond), 1)


def title_lines(parts: Sequence[str]) -> tuple[str, ...]:
    """Return a title in lines that grow or shrink evenly: a trapezoid, never an hourglass.

    Breaks keep names in brackets, numbers and dates whole, and fall between the meaning-lines
    `parts` where that costs nothing.
    """
    text = "".join(parts)
    seams, at = set(), 0
    for part in parts:
        at += len(part)
        seams.add(at)
    least = max(1, math.ceil(_characters(text) / TITLE_CHARACTERS))
    best: tuple[float, tuple[str, ...]] | None = None
    for count in range(least, min(least + 2, MOST_TITLE_LINES) + 1):
        found = _shaped(text, count, seams)
        if found is None:
            continue
        cost = found[0] + (count - least) * _ONE_MORE
        if best is None or cost < best[0]:
            best = (cost, found[1])
    if best is None:
        return tuple(
            text[start : start + TITLE_CHARACTERS]
            for start in range(0, len(text), TITLE_CHARACTERS)
        )
    return best[1]


def agency_points(agency: str) -> float:
    """Return the size of the red head in points: one line, however long the name is."""
    wide = max(1.0, _characters(agency)) * AGENCY_SPREAD
    return max(AGENCY_LEAST, min(AGENCY_POINTS, math.floor(AGENCY_ROOM / wide * 2) / 2))


_OPEN_DAY = "　　　　年　　月　　日"


def _shaped(text: str, count: int, seams: set[int]) -> tuple[float, tuple[str, ...]] | None:
    """Return the cost and the lines of the best way to set `text` in `count` lines."""
    if count == 1:
        return (0.0, (text,)) if _characters(text) <= TITLE_CHARACTERS else None
    options = []
    for step in (-1.0, 1.0):
        # Lines differ by about a character and a half, the widest first or last.
        even = _characters(text) / count
        targets = [even + step * 1.5 * (number - (count - 1) / 2) for number in range(count)]
        found = _broken(text, targets, seams)
        if found is not None:
            options.append((found[0] + (0.2 if step > 0 else 0.0), found[1]))
    return min(options, default=None)


def _broken(
    text: str, targets: Sequence[float], seams: set[int]
) -> tuple[float, tuple[str, ...]] | None:
    """Return the cheapest lines of `text` near the `targets`, by dynamic programming."""
    best: dict[int, tuple[float, tuple[str, ...]]] = {0: (0.0, ())}
    for number, target in enumerate(targets):
        reached: dict[int, tuple[float, tuple[str, ...]]] = {}
        for start, (cost, lines) in best.items():
            for end in _ends(text, start, is_last=number == len(targets) - 1):
                line = text[start:end]
                width = _characters(line)
                if width > TITLE_CHARACTERS:
                    break
                more = cost + _price(text, end, width, target, seams)
                if end not in reached or more < reached[end][0]:
                    reached[end] = (more, (*lines, line))
        best = reached
    return best.get(len(text))


def _ends(text: str, start: int, *, is_last: bool) -> range:
    return range(len(text), len(text) + 1) if is_last else range(start + 1, len(text))


def _price(text: str, end: int, width: float, target: float, seams: set[int]) -> float:
    """Return what a line costs: how far it is from its length, and how badly it ends."""
    cost = abs(width - target) ** 2 / _UNEVEN + (_SHORT if width < 4 else 0.0)
    if end == len(text) or end in seams:
        return cost
    before, after = text[end - 1], text[end]
    if after in _NO_START or before in _NO_END or _INSIDE.match(before + after):
        return cost + 40
    depth = sum(text[:end].count(mark) for mark in "（《〔“") - sum(
        text[:end].count(mark) for mark in "）》〕”"
    )
    good = before in _GOOD_ENDS or after in "（《“"
    return cost + (0.0 if good else _ANYWHERE) + (8.0 if depth else 0.0)


def _characters(text: str) -> float:
    return text_width(text, 1.0)
