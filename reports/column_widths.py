"""How wide the columns of a crowded table are, so that its rows are low and its pages few.

A row is as high as its fullest cell. Starting from what heads and unbreakable words need, room is
given millimetre by millimetre where it takes most lines away, full rows weighing more than others;
so a column that is empty this time leaves its room to those that are full.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import ceil

# 小五号, and what stands left and right of the text in a cell, in millimetres.
EM_MM, PADDING_MM = 9 * 25.4 / 72, 1.6
# Heads take three lines at most; what cannot be broken is broken when it is longer than this.
HEAD_LINES, LONGEST_EM = 3, 7.0
# Rows that are looked at, evenly spread; cells beyond so many ems are cut when they are printed.
MOST_ROWS, MOST_EM = 160, 150.0
# Rows weigh by the power of their lines; room is given in steps of so many millimetres at most.
WEIGHT, FARTHEST = 4, 12

_WORD = re.compile(r"[!-~]+")
_NARROW = 0.54


def column_widths(
    heads: Sequence[str], rows: Sequence[Sequence[str]], total_mm: int
) -> tuple[float, ...]:
    """Return the width of each column in millimetres, together `total_mm`; all are whole ones.

    The same heads and rows give the same widths. If even the least widths are too many, all are
    narrowed alike.
    """
    step = max(1, -(-len(rows) // MOST_ROWS))
    seen = [[row[place] for row in rows[::step]] for place in range(len(heads))]
    widths = [_least(head, cells) for head, cells in zip(heads, seen, strict=True)]
    spare = total_mm - sum(widths)
    if spare < 0:
        return tuple(width * total_mm / sum(widths) for width in widths)
    costs = [
        [_cost(cells, width) for width in range(least, least + spare + 1)]
        for cells, least in zip(map(_lengths, seen), widths, strict=True)
    ]
    given = [0] * len(heads)
    while spare > 0:
        gain, place, more = max(
            _best(cost, had, min(spare, FARTHEST), place)
            for place, (cost, had) in enumerate(zip(costs, given, strict=True))
        )
        if gain <= 0:
            break
        given[-place] += more
        spare -= more
    wide = [least + more for least, more in zip(widths, given, strict=True)]
    return tuple(_filled(wide, spare))


def _best(cost: list[int], had: int, farthest: int, place: int) -> tuple[float, int, int]:
    """Return what a millimetre gains in a column, its negative place, and how many to give it."""
    steps = range(1, min(farthest, len(cost) - 1 - had) + 1)
    gains = [((cost[had] - cost[had + more]) / more, -place, more) for more in steps]
    return max(gains, default=(0.0, -place, 0))


def _filled(widths: list[int], spare: int) -> list[int]:
    """Spread room that takes no line away over all columns, the wide ones first."""
    order = sorted(range(len(widths)), key=lambda place: -widths[place])
    for turn in range(spare):
        widths[order[turn % len(order)]] += 1
    return widths


def _least(head: str, cells: Sequence[str]) -> int:
    """Return the millimetres that a head, and the longest word of a column, need."""
    words = (word for cell in set(cells) for word in _WORD.findall(cell))
    longest = max((_NARROW * len(word) for word in words), default=0.0)
    ems = max(2.0, ceil(len(head) / HEAD_LINES), min(longest, LONGEST_EM))
    return ceil(ems * EM_MM + PADDING_MM)


def _lengths(cells: Sequence[str]) -> list[float]:
    """Return how many ems the text of each cell is long."""
    return [
        min(MOST_EM, len(cell) - (1 - _NARROW) * sum(map(len, _WORD.findall(cell))))
        for cell in cells
    ]


def _cost(lengths: Sequence[float], width: int) -> int:
    """Return how much the rows of a column weigh at a width; a broken line is not quite full."""
    room = (width - PADDING_MM) / EM_MM
    return sum(
        (1 if length <= room else ceil(length / max(1.0, room - 0.6))) ** WEIGHT
        for length in lengths
    )
