"""How wide the columns of a crowded table are, so that its rows are low and its pages few.

A row is as high as its fullest cell. Starting from what heads and unbreakable words need, room is
given millimetre by millimetre where it takes most lines away, full rows weighing more than others;
so a column that is empty this time leaves its room to those that are full. No word is torn: a date
keeps the comma behind it, a short answer its last letter, a head its syllables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil

import numpy as np
from numpy.typing import NDArray

from reports.parts import Column, Table

# What cannot be broken is broken when it is longer than this; a cell of so few letters is not.
LONGEST_EM, WHOLE_EM = 9.0, 3.0
# Rows that are looked at, evenly spread; cells beyond so many ems are cut when they are printed.
MOST_ROWS, MOST_EM = 100, 150.0
# What has more pieces is not broken to know its lines.
FEW_PIECES = 20
# Lines of the cells of a row weigh by this power; room is given in steps of so many millimetres at
# most.
POWER, FARTHEST = 6, 12

Floats = NDArray[np.float64]

_ADVANCES = {
    **dict.fromkeys("0123456789abcdefghijklmnopqrstuvwxyz#$+<=>?^_`{|}~*", 0.56),
    **dict.fromkeys("ABCDEFGHIJKLMNOPQRSTUVXYZ&", 0.7),
    **dict.fromkeys("%@MWmw", 0.95),
    **dict.fromkeys(" !\"'(),-./:;[]\\ijl·", 0.35),
}
"""How many ems a letter of the bundled Song is wide; all others are one em."""

# Marks that no line may begin or end with keep to what stands beside them.
_UNTORN = re.compile(r"[（《〔“]*(?:[!-~]+|.)[，。、；：！？）》〕”～…]*", re.DOTALL)

# A head of three letters stays whole, a longer one breaks after a mark or in its middle.
_SHORT_HEAD = 3
_JOINED = "\u2060"


@dataclass(frozen=True)
class Cells:
    """How cells are set: an em, and what stands left and right of the words, in millimetres."""

    em: float
    padding: float

    def millimetres(self, ems: float) -> int:
        """Return how wide a cell is that has room for a text of so many ems."""
        return ceil(ems * self.em + self.padding)


SMALL = Cells(9 * 25.4 / 72, 1.6)
"""小五号, as landscape tables have it."""

REPORT, REPORT_MM = Cells(10.5 * 25.4 / 72, 3.6), 156
"""五号 between the margins of a portrait page, as reports have it."""

# More lines of words in a cell are too many.
WORDS_LINES = 2


def head_parts(head: str) -> list[str]:
    """Return the parts of a column's head, between which a line may end."""
    first, mark, rest = head.partition("、")
    if mark and rest:
        return [first + mark, *head_parts(rest)]
    if len(head) <= _SHORT_HEAD or not all("一" <= each <= "鿿" for each in head):
        return [head]
    half = len(head) // 2
    return [head[:half], head[half:]]


def unbroken(head: str) -> str:
    """Return a column's head so that it breaks between its parts and nowhere else."""
    return "".join(_JOINED.join(part) + "\u200b" for part in head_parts(head))[:-1]


def column_widths(
    heads: Sequence[str], rows: Sequence[Sequence[str]], total_mm: int
) -> tuple[float, ...]:
    """Return the width of each column in millimetres, together `total_mm`; all are whole ones.

    The same heads and rows give the same widths. If even the least widths are too many, all are
    narrowed alike.
    """
    seen = _columns(rows, len(heads))
    least = [
        _least(head_parts(head), cells, SMALL) for head, cells in zip(heads, seen, strict=True)
    ]
    if sum(least) > total_mm:
        return tuple(width * total_mm / sum(least) for width in least)
    return tuple(_spread(least, seen, total_mm, SMALL, range(len(heads))))


def report_widths(table: Table) -> tuple[float, ...]:
    """Return the width of each column of a report's table in percent: as it was designed.

    Where that would set words in three lines and more, or figures in two, columns of figures give
    what they do not need to columns of words. A column of a form that is to be written in keeps
    its room.
    """
    designed = tuple(column.width for column in table.columns)
    seen = _columns(table.rows, len(designed))
    wide = [width * REPORT_MM / sum(designed) for width in designed]
    if not any(map(_is_crowded, table.columns, seen, wide)):
        return designed
    least = []
    for column, cells, width in zip(table.columns, seen, wide, strict=True):
        if table.is_form and not all(cells):
            least.append(int(width))
        elif column.align == "left":
            least.append(_least([column.head], cells, REPORT))
        else:
            longest = max(sum(_pieces(each)) for each in (column.head, *cells))
            least.append(min(int(width), REPORT.millimetres(longest)))
    if sum(least) > REPORT_MM:
        return designed
    words = [place for place, column in enumerate(table.columns) if column.align == "left"]
    found = _spread(least, seen, REPORT_MM, REPORT, words or range(len(least)))
    if _badness(table, seen, found) >= _badness(table, seen, wide):
        return designed
    return tuple(each * 100 / REPORT_MM for each in found)


def _badness(
    table: Table, seen: Sequence[Sequence[str]], widths: Sequence[float]
) -> tuple[int, int]:
    """Return how many cells of figures are torn, and how many lines the rows take up together."""
    lines = [
        [_lines_of(_pieces(cell), width, REPORT) for cell in cells]
        for cells, width in zip(seen, widths, strict=True)
    ]
    figures = (
        cells for column, cells in zip(table.columns, lines, strict=True) if column.align != "left"
    )
    torn = sum(count > 1 for cells in figures for count in cells)
    return torn, sum(map(max, zip(*lines, strict=True)))


def _columns(rows: Sequence[Sequence[str]], count: int) -> list[list[str]]:
    """Return the cells of each column, of many rows only some."""
    step = max(1, -(-len(rows) // MOST_ROWS))
    return [[row[place] for row in rows[::step]] for place in range(count)]


def _spread(
    least: Sequence[int],
    seen: Sequence[Sequence[str]],
    total: int,
    kind: Cells,
    left_over: Sequence[int],
) -> list[int]:
    """Return the widths of columns that need `least` and have `total` together.

    Room that takes no line away is spread over the columns `left_over`.

    A row weighs the `POWER` mean of the lines of its cells: nearly its highest cell, and a little
    of the next.
    """
    spare, given = total - sum(least), list(least)
    # Cells that break alike are looked at once.
    texts = [_numbered(cells) for cells in seen]

    @cache
    def weight(place: int, width: int) -> Floats:
        different, which = texts[place]
        lines = [_lines_of(pieces, width, kind) for pieces in different]
        return (np.array(lines, dtype=np.float64) ** POWER)[which]

    def gains() -> Iterator[tuple[float, int, int]]:
        """Yield what a millimetre gains in a column, its negative place, how many to give it."""
        before = float(np.sum(rows ** (1 / POWER)))
        for place, width in enumerate(given):
            others = rows - weight(place, width)
            for more in range(1, min(spare, FARTHEST) + 1):
                after = float(np.sum((others + weight(place, width + more)) ** (1 / POWER)))
                # Rounded, for the last digit of a power is not the same on every machine.
                yield round((before - after) / more, 6), -place, more

    rows = sum((weight(*each) for each in enumerate(given)), np.zeros(len(seen[0])))
    while spare > 0:
        gain, place, more = max(gains())
        if gain <= 0:
            break
        rows += weight(-place, given[-place] + more) - weight(-place, given[-place])
        given[-place] += more
        spare -= more
    return _filled(given, spare, left_over)


def _filled(widths: list[int], spare: int, places: Sequence[int]) -> list[int]:
    """Spread room over some columns, the wide ones first."""
    order = sorted(places, key=lambda place: -widths[place])
    for turn in range(spare):
        widths[order[turn % len(order)]] += 1
    return widths


def _least(head: Sequence[str], cells: Sequence[str], kind: Cells) -> int:
    """Return the millimetres that the parts of a head, and the longest word of a column, need."""
    different = set(cells)
    words = {length for cell in different for length in _pieces(cell)}
    short = {length for cell in different if (length := sum(_pieces(cell))) <= WHOLE_EM}
    heads = {sum(_pieces(part)) for part in head}
    return kind.millimetres(max(2.0, *(min(each, LONGEST_EM) for each in words | short | heads)))


def _pieces(cell: str) -> tuple[float, ...]:
    """Return how many ems each piece of a text is long, between which a line may end."""
    return tuple(map(_width, _UNTORN.findall(cell[: int(MOST_EM)])))


def _width(text: str) -> float:
    return sum(_ADVANCES.get(letter, 1.0) for letter in text)


def _numbered(cells: Sequence[str]) -> tuple[list[tuple[float, ...]], list[int]]:
    """Return the texts of a column that break differently, and which of them each cell has."""
    numbers: dict[tuple[float, ...], int] = {}
    which = [numbers.setdefault(_pieces(cell), len(numbers)) for cell in cells]
    return list(numbers), which


def _is_crowded(column: Column, cells: Sequence[str], width: float) -> bool:
    """Whether cells of a report's column take up more lines than they should."""
    most = WORDS_LINES if column.align == "left" else 1
    return any(_lines_of(_pieces(cell), width, REPORT) > most for cell in set(cells))


def _lines_of(pieces: Sequence[float], width: float, kind: Cells) -> int:
    """Return how many lines a text takes up; of long ones a broken line is not quite full."""
    room, length = (width - kind.padding) / kind.em, sum(pieces)
    if length <= room:
        return 1
    if len(pieces) > FEW_PIECES:
        return ceil(length / max(1.0, room - 0.6))
    lines, filled = 1, 0.0
    for piece in pieces:
        if filled and filled + piece > room:
            lines, filled = lines + 1, 0.0
        filled += piece
        if filled > room:  # One piece alone does not fit, and is torn.
            lines, filled = lines + 1, filled - room
    return lines
