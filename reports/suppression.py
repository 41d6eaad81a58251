"""Which cells, objects and totals must stay hidden so that no small count can be worked out.

Knows numbers of ballots only. Rules and their reasons: docs/methods.md, section 10.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reports.differencing import reach

DOMINANCE = 0.9
"""Largest share of the weight of what a total hides that one object may have (see methods)."""


class Total(StrEnum):
    """The kinds of roll-up; an object stands in at most one of each kind."""

    UNIT = "unit"
    SECTOR = "sector"
    DISTRICT = "district"


TotalKey = tuple[Total, str]
Cell = tuple[str, str]
DISTRICT_KEY: TotalKey = (Total.DISTRICT, "")


@dataclass(frozen=True)
class Leaf:
    """An evaluated object with answers: `n` valid ballots, `weight` in roll-ups."""

    key: str
    unit: str
    sector: str
    n: int
    weight: int

    @property
    def totals(self) -> tuple[TotalKey, ...]:
        """The totals it is part of; an object without unit or sector is in fewer."""
        named = [(Total.UNIT, self.unit), (Total.SECTOR, self.sector)]
        return (*(key for key in named if key[1]), DISTRICT_KEY)


@dataclass(frozen=True)
class Suppression:
    """What stays hidden: objects by key, totals by kind and key."""

    leaves: frozenset[str]
    totals: frozenset[TotalKey]


def hidden_cells(counts: Mapping[str, int], k: int) -> frozenset[str]:
    """Return which cells of a visible total to hide (domain.md 3.12).

    First every cell with 0 < n < k; then, as long as the hidden ones are one cell alone or
    fewer than k ballots together, the next smallest one.
    """
    hidden = {code for code, n in counts.items() if 0 < n < k}
    while hidden and (len(hidden) == 1 or sum(counts[code] for code in hidden) < k):
        left = [code for code, n in counts.items() if n > 0 and code not in hidden]
        if not left:
            break
        hidden.add(min(left, key=lambda code: counts[code]))
    return frozenset(hidden)


@dataclass
class Board:
    """The objects and totals of one release, and what of them is hidden so far.

    Only ever grows: what is hidden for one reason is never shown again for another.
    """

    k: int
    leaves: Sequence[Leaf]
    totals: Mapping[TotalKey, Sequence[Leaf]]
    hidden: set[str]
    hidden_totals: set[TotalKey]


def suppress(leaves: Sequence[Leaf], k: int, *, is_public: bool) -> Suppression:
    """Return what to hide so that every hidden count keeps at least `k` possible values.

    Objects and totals with fewer than `k` ballots are hidden first. Inside a unit (in public
    inside a sector too) siblings are hidden with them. What still gives a count away after that
    is a total, and is hidden itself, so that no object is hidden for the sake of a far-off one.

    Args:
        leaves: objects with at least one valid ballot, in the order of the tree.
        k: fewest ballots that may be shown.
        is_public: whether siblings are hidden over sectors too.
    """
    board = _board(leaves, k)
    kinds = {Total.UNIT, Total.SECTOR} if is_public else {Total.UNIT}
    while _cover(board, kinds) or _reveal(board):
        pass
    return Suppression(frozenset(board.hidden), frozenset(board.hidden_totals))


def _board(leaves: Sequence[Leaf], k: int) -> Board:
    totals: dict[TotalKey, list[Leaf]] = {}
    for leaf in leaves:
        for total in leaf.totals:
            totals.setdefault(total, []).append(leaf)
    return Board(
        k,
        leaves,
        totals,
        hidden={leaf.key for leaf in leaves if leaf.n < k},
        hidden_totals={total for total, parts in totals.items() if _ballots(parts) < k},
    )


def _cover(board: Board, kinds: set[Total]) -> bool:
    """Hide siblings, or totals, until each visible total is covered; whether anything changed."""
    is_changed = False
    for total, parts in board.totals.items():
        while total not in board.hidden_totals and not _is_covered(board, parts):
            is_changed = True
            hidden = _hidden(board, parts)
            left = [leaf for leaf in parts if leaf not in hidden]
            is_few = len(hidden) == 1 or _ballots(hidden) < board.k
            if total[0] in kinds and left and is_few:
                board.hidden.add(min(left, key=lambda leaf: leaf.n).key)
            else:
                board.hidden_totals.add(total)
    return _cover_rest(board) or is_changed


def _cover_rest(board: Board) -> bool:
    """Hide the district where what its visible units, or sectors, leave over is not covered."""
    if DISTRICT_KEY in board.hidden_totals:
        return False
    for kind in (Total.UNIT, Total.SECTOR):
        shown = {total for total in board.totals if total[0] is kind} - board.hidden_totals
        rest = [leaf for leaf in board.leaves if shown.isdisjoint(leaf.totals)]
        if not _is_covered(board, rest):
            board.hidden_totals.add(DISTRICT_KEY)
            return True
    return False


def _is_covered(board: Board, parts: Sequence[Leaf]) -> bool:
    """Whether the sum of `parts` may be known while the hidden ones of them stay hidden.

    These are several, have k ballots together, and none makes up nearly all of their weight,
    for then a weighted mean less the visible parts would be that object's own.
    """
    hidden = _hidden(board, parts)
    if not hidden:
        return True
    weight = sum(leaf.weight for leaf in hidden)
    return (
        len(hidden) > 1
        and _ballots(hidden) >= board.k
        and max(leaf.weight for leaf in hidden) <= DOMINANCE * weight
    )


def _reveal(board: Board) -> bool:
    """Hide one thing more where sums together give a count away; whether anything did.

    A hidden sibling in the same unit and sector settles it for every sum at once. Where there
    is none, the sector's total goes, then the district's, then the unit's.
    """
    for unit, sector in _narrow_cells(board):
        cell = [leaf for leaf in board.leaves if (leaf.unit, leaf.sector) == (unit, sector)]
        left = [leaf for leaf in cell if leaf.key not in board.hidden]
        if left:
            board.hidden.add(min(left, key=lambda leaf: leaf.n).key)
            return True
        for total in ((Total.SECTOR, sector), DISTRICT_KEY, (Total.UNIT, unit)):
            if total in board.totals and total not in board.hidden_totals:
                board.hidden_totals.add(total)
                return True
    return False


def _narrow_cells(board: Board) -> list[Cell]:
    """Return the (unit, sector) pairs whose hidden counts the visible sums narrow too much.

    Objects of one cell stand in the same sums, so they are one unknown; two of them can always
    trade ballots with each other.
    """
    cells: dict[Cell, list[Leaf]] = {}
    for leaf in board.leaves:
        if leaf.key in board.hidden:
            cells.setdefault((leaf.unit, leaf.sector), []).append(leaf)
    order = list(cells)
    values = [_ballots(cells[cell]) for cell in order]
    visible = [total for total in board.totals if total not in board.hidden_totals]
    sums = [
        [i for i, cell in enumerate(order) if total in cells[cell][0].totals] for total in visible
    ]
    width = board.k - 1
    return [
        cell
        for i, cell in enumerate(order)
        if not (len(cells[cell]) > 1 and values[i] >= width)
        and reach(values, sums, [i], is_shared=len(cells[cell]) > 1) < width
    ] + _narrow_totals(board, order, values, sums)


def _narrow_totals(
    board: Board, order: Sequence[Cell], values: Sequence[int], sums: Sequence[Sequence[int]]
) -> list[Cell]:
    """Return the cells of each total that is small itself and that the visible sums narrow."""
    narrow: list[Cell] = []
    for (kind, key), parts in board.totals.items():
        if _ballots(parts) < board.k:
            place = {Total.UNIT: 0, Total.SECTOR: 1}.get(kind)
            within = [i for i, cell in enumerate(order) if place is None or cell[place] == key]
            if reach(values, sums, within) < board.k - 1:
                narrow.extend(order[i] for i in within)
    return narrow


def _hidden(board: Board, parts: Iterable[Leaf]) -> list[Leaf]:
    return [leaf for leaf in parts if leaf.key in board.hidden]


def _ballots(leaves: Iterable[Leaf]) -> int:
    return sum(leaf.n for leaf in leaves)
