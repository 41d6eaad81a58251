"""Which cells, objects and totals must stay hidden so that no small count can be worked out.

Knows numbers of ballots only. Rules and their reasons: docs/methods.md, section 10.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import heappop, heappush
from math import inf

from reports.differencing import Edge, Network

DOMINANCE = 0.9
"""Largest share of the weight of what a total hides that one object may have (see methods)."""


class Total(StrEnum):
    """The kinds of roll-up; an object stands in at most one of each kind."""

    UNIT = "unit"
    SECTOR = "sector"
    DISTRICT = "district"


TotalKey = tuple[Total, str]
Where = tuple[str, str]
"""Unit and sector."""

DISTRICT_KEY: TotalKey = (Total.DISTRICT, "")

NO_UNIT: TotalKey = (Total.UNIT, "")
NO_SECTOR: TotalKey = (Total.SECTOR, "")
"""Where counts run from, and to, that no visible sum holds."""


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
class Sum:
    """One total, and what of it is hidden so far.

    Attributes:
        key: of the total.
        place: its position among the totals, which are looked at in this order.
        leaves: the objects that it adds up.
        hidden, ballots, weight, heaviest: how many of them are hidden, what these add up to, and
            the weight of the heaviest.
        rising: its objects by their ballots; those before `passed` are hidden.
    """

    key: TotalKey
    place: int
    leaves: list[Leaf] = field(default_factory=list)
    hidden: int = 0
    ballots: int = 0
    weight: int = 0
    heaviest: int = 0
    rising: list[Leaf] = field(default_factory=list)
    passed: int = 0

    def is_few(self, k: int) -> bool:
        """Whether what is hidden is one object alone, or has fewer than `k` ballots together."""
        return self.hidden == 1 or self.ballots < k

    def is_covered(self, k: int) -> bool:
        """Whether the total may be known while its hidden objects stay hidden.

        These are several, have k ballots together, and none makes up nearly all of their weight,
        for then a weighted mean less the visible parts would be that object's own.
        """
        if not self.hidden:
            return True
        return not self.is_few(k) and self.heaviest <= DOMINANCE * self.weight


@dataclass
class Cell:
    """The objects of one unit and sector: as they stand in the same sums, they are one unknown.

    Attributes:
        leaves: all of them, in the order of the tree.
        hidden, ballots: how many are hidden, and their ballots.
        first: position of the first hidden one among all objects.
        wide: how many were hidden when their number was found to keep k values.
    """

    leaves: list[Leaf] = field(default_factory=list)
    hidden: int = 0
    ballots: int = 0
    first: int = 0
    wide: int = 0


@dataclass
class Board:
    """The objects and totals of one release, and what of them is hidden so far.

    Only ever grows: what is hidden for one reason is never shown again for another. So a hidden
    number that could be anything stays so, and nothing is looked at again but what has changed.

    Attributes:
        k: fewest values that a hidden number keeps.
        places: object → its position among all.
        sums, order: every total, in the order of their first objects.
        cells: unit and sector → its objects.
        hidden, hidden_totals: what is hidden.
        network: the hidden counts as what runs from units to sectors.
        touched: positions of totals of which something was hidden since they were looked at.
        asked: (position, cell) of hidden numbers that a reader may be after.
    """

    k: int
    places: dict[str, int] = field(default_factory=dict)
    sums: dict[TotalKey, Sum] = field(default_factory=dict)
    order: list[Sum] = field(default_factory=list)
    cells: dict[Where, Cell] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    hidden_totals: set[TotalKey] = field(default_factory=set)
    network: Network = field(default_factory=Network)
    touched: set[int] = field(default_factory=set)
    asked: list[tuple[int, Where]] = field(default_factory=list)

    def hide(self, leaf: Leaf) -> None:
        """Hide an object, and note what that touches."""
        self.hidden.add(leaf.key)
        for key in leaf.totals:
            each = self.sums[key]
            each.hidden += 1
            each.ballots += leaf.n
            each.weight += leaf.weight
            each.heaviest = max(each.heaviest, leaf.weight)
            self.touched.add(each.place)
            if key in self.hidden_totals and key != DISTRICT_KEY:
                self.network.add(_outlet(key), leaf.n)
        where, place = (leaf.unit, leaf.sector), self.places[leaf.key]
        cell = self.cells[where]
        cell.first = min(cell.first, place) if cell.hidden else place
        cell.hidden += 1
        cell.ballots += leaf.n
        self.network.add(_edge(where), leaf.n)
        heappush(self.asked, (cell.first, where))

    def hide_total(self, key: TotalKey) -> None:
        """Hide a total: what is hidden in it is no longer held together."""
        self.hidden_totals.add(key)
        if key in self.sums:
            self.network.add(_outlet(key), _amount(self.sums[key]))


def suppress(
    leaves: Sequence[Leaf], k: int, *, is_public: bool, also: Suppression | None = None
) -> Suppression:
    """Return what to hide so that every hidden count keeps at least `k` possible values.

    Objects and totals with fewer than `k` ballots are hidden first. Inside a unit (in public
    inside a sector too) siblings are hidden with them. What still gives a count away after that
    is a total, and is hidden itself, so that no object is hidden for the sake of a far-off one.

    Args:
        leaves: objects with at least one valid ballot, in the order of the tree.
        k: fewest ballots that may be shown.
        is_public: whether siblings are hidden over sectors too.
        also: what is hidden from readers who see more; they read this release as well, so that
            nothing may be in it that they were not shown.
    """
    board = _board(leaves, k, also or Suppression(frozenset(), frozenset()))
    kinds = {Total.UNIT, Total.SECTOR} if is_public else {Total.UNIT}
    small = [each for each in board.order if _ballots(each.leaves) < k]
    rising = sorted(board.order, key=lambda each: _ballots(each.leaves))
    _cover(board, kinds)
    while _reveal(board, small, rising):
        _cover(board, kinds)
    return Suppression(frozenset(board.hidden), frozenset(board.hidden_totals))


def _board(leaves: Sequence[Leaf], k: int, also: Suppression) -> Board:
    board = Board(k)
    for place, leaf in enumerate(leaves):
        board.places[leaf.key] = place
        board.cells.setdefault((leaf.unit, leaf.sector), Cell()).leaves.append(leaf)
        for key in leaf.totals:
            if key not in board.sums:
                board.sums[key] = Sum(key, len(board.order))
                board.order.append(board.sums[key])
            board.sums[key].leaves.append(leaf)
    for leaf in leaves:
        if leaf.n < k or leaf.key in also.leaves:
            board.hide(leaf)
    small = (key for key, each in board.sums.items() if _ballots(each.leaves) < k)
    for key in also.totals.union(small):
        board.hide_total(key)
    return board


def _cover(board: Board, kinds: set[Total]) -> None:
    """Hide siblings, or totals, until each visible total is covered.

    Totals are looked at in their order, again and again, but only those of which something was
    hidden in between: no other could have changed.
    """
    while board.touched:
        waiting, again = sorted(board.touched), set()
        while waiting:
            place = heappop(waiting)
            board.touched = set()
            _cover_one(board, board.order[place], kinds)
            for each in board.touched:
                if each > place:
                    heappush(waiting, each)
                elif each < place:
                    again.add(each)
        board.touched = again


def _cover_one(board: Board, total: Sum, kinds: set[Total]) -> None:
    while total.key not in board.hidden_totals and not total.is_covered(board.k):
        sibling = None
        if total.key[0] in kinds and total.is_few(board.k):
            sibling = _smallest(board, total)
        if sibling is None:
            board.hide_total(total.key)
        else:
            board.hide(sibling)


def _smallest(board: Board, total: Sum) -> Leaf | None:
    """Return the smallest visible object of a total, the first of several; None where none is."""
    if not total.rising:
        total.rising = sorted(total.leaves, key=lambda leaf: leaf.n)
    while total.passed < len(total.rising):
        leaf = total.rising[total.passed]
        if leaf.key not in board.hidden:
            return leaf
        total.passed += 1
    return None


@dataclass(frozen=True)
class Question:
    """A hidden number that sums narrow: of a cell or a small total.

    Attributes:
        edge: where it runs.
        is_shared: whether it is one of several that run there.
        leaves: visible objects that could be hidden with it.
        held: the totals that hold it.
    """

    edge: Edge
    is_shared: bool
    leaves: Sequence[Leaf]
    held: frozenset[TotalKey]


def _reveal(board: Board, small: list[Sum], rising: Sequence[Sum]) -> bool:
    """Hide one thing more where sums together give a count away; whether anything did.

    A sibling in the same unit and sector settles it for every sum at once. Where there is none,
    the smallest total goes that settles it, or else the smallest that holds the count.

    Args:
        board: which is covered.
        small: totals with too few ballots whose number may still be narrow; shortened here.
        rising: all totals by their ballots.
    """
    question = _narrow_cell(board) or _narrow_total(board, small)
    if question is None:
        return False
    if question.leaves:
        board.hide(min(question.leaves, key=lambda leaf: leaf.n))
        return True
    visible = [each for each in rising if each.hidden and each.key not in board.hidden_totals]
    settling = (each.key for each in visible if _settles(board, each, question))
    holding = (each.key for each in visible if each.key in question.held)
    board.hide_total(next(settling, None) or next(holding))
    return True


def _narrow_cell(board: Board) -> Question | None:
    """Return the first cell whose number sums narrow; None where all keep k values.

    Several objects of one cell with k ballots between them are safe: they can always trade.
    """
    while board.asked:
        first, where = board.asked[0]
        cell = board.cells[where]
        is_safe = cell.hidden > 1 and cell.ballots >= board.k - 1
        if first == cell.first and cell.wide != cell.hidden and not is_safe:
            is_shared = cell.hidden > 1
            if not board.network.is_wide(_edge(where), board.k - 1, is_shared=is_shared):
                left = [leaf for leaf in cell.leaves if leaf.key not in board.hidden]
                held = frozenset(cell.leaves[0].totals)
                return Question(_edge(where), is_shared, left, held)
            cell.wide = cell.hidden
        heappop(board.asked)
    return None


def _narrow_total(board: Board, small: list[Sum]) -> Question | None:
    """Return the first hidden total whose number sums narrow; it has no visible object."""
    while small:
        total = small[0]
        edge = _outlet(total.key)
        if total.key != DISTRICT_KEY and not board.network.is_wide(edge, board.k - 1):
            held = frozenset(key for leaf in total.leaves for key in leaf.totals)
            return Question(edge, is_shared=False, leaves=(), held=held)
        del small[0]
    return None


def _settles(board: Board, total: Sum, question: Question) -> bool:
    """Whether the question would keep k answers if a visible total were hidden."""
    with board.network.opened(_outlet(total.key), _amount(total)):
        return board.network.is_wide(question.edge, board.k - 1, is_shared=question.is_shared)


def _edge(cell: Where) -> Edge:
    """Return where the number of a cell runs: from its unit to its sector."""
    return (Total.UNIT, cell[0]), (Total.SECTOR, cell[1])


def _outlet(total: TotalKey) -> Edge:
    """Return where what a total holds runs in and out freely once the total is hidden."""
    kind, _ = total
    if kind is Total.UNIT:
        return NO_UNIT, total
    return (total, NO_SECTOR) if kind is Total.SECTOR else (NO_SECTOR, NO_UNIT)


def _amount(total: Sum) -> float:
    """Return what runs there: all that is hidden; round the whole district it could be anything."""
    return inf if total.key == DISTRICT_KEY else total.ballots


def _ballots(leaves: Sequence[Leaf]) -> int:
    return sum(leaf.n for leaf in leaves)
