"""Which cells, objects and totals must stay hidden so that no small count can be worked out.

Knows numbers of ballots only. Rules and their reasons: docs/methods.md, section 10.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from reports.differencing import reach

DOMINANCE = 0.9
"""Largest share of the weight of what a total hides that one object may have (see methods)."""

ROUNDING = 1e-6

NEIGHBOURS, EACH_SUM = 48, 6
"""How many unknowns are looked at before the whole puzzle is, and how many of one sum."""


class Total(StrEnum):
    """The kinds of roll-up; an object stands in at most one of each kind."""

    UNIT = "unit"
    SECTOR = "sector"
    DISTRICT = "district"


TotalKey = tuple[Total, str]
Cell = tuple[str, str]
Wide = tuple[tuple[Cell, ...], tuple[int, ...], bool]
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

    Only ever grows: what is hidden for one reason is never shown again for another. So a hidden
    number that could be anything stays so, and `wide` remembers those.
    """

    k: int
    leaves: Sequence[Leaf]
    totals: Mapping[TotalKey, Sequence[Leaf]]
    hidden: set[str]
    hidden_totals: set[TotalKey]
    wide: set[Wide] = field(default_factory=set)


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
    board = _board(leaves, k)
    if also is not None:
        board.hidden |= also.leaves
        board.hidden_totals |= also.totals
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
            left = [leaf for leaf in parts if leaf.key not in board.hidden]
            is_few = len(hidden) == 1 or _ballots(hidden) < board.k
            if total[0] in kinds and left and is_few:
                board.hidden.add(min(left, key=lambda leaf: leaf.n).key)
            else:
                board.hidden_totals.add(total)
    return is_changed


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

    A sibling in the same unit and sector settles it for every sum at once. Where there is none,
    the smallest total goes that settles it, or else the smallest that holds the count.
    """
    puzzle = _puzzle(board)
    question = next((q for q in _questions(board, puzzle) if not _is_wide(board, puzzle, q)), None)
    if question is None:
        return False
    cells = [puzzle.cells[i] for i in question.within]
    left = [
        leaf
        for leaf in board.leaves
        if leaf.key not in board.hidden and (leaf.unit, leaf.sector) in cells
    ]
    if left:
        board.hidden.add(min(left, key=lambda leaf: leaf.n).key)
        return True
    totals = sorted(puzzle.sums, key=lambda total: _ballots(board.totals[total]))
    settling = (t for t in totals if not _is_narrow(board, _without(puzzle, t), question))
    holding = (t for t in totals if set(puzzle.sums[t]) & set(question.within))
    board.hidden_totals.add(next(settling, None) or next(holding))
    return True


@dataclass(frozen=True)
class Puzzle:
    """What a reader of the visible totals can set up: unknown numbers, and sums of them.

    Objects of one unit and sector stand in the same sums, so that they are one unknown.

    Attributes:
        cells: unit and sector of each unknown.
        sizes: how many hidden objects it is made of.
        values: what it is.
        sums: visible total → positions of the unknowns in it, at least one.
    """

    cells: Sequence[Cell]
    sizes: Sequence[int]
    values: Sequence[int]
    sums: Mapping[TotalKey, Sequence[int]]


@dataclass(frozen=True)
class Question:
    """A hidden number: the sum of the unknowns `within`, or one of several objects in it."""

    within: tuple[int, ...]
    is_shared: bool = False


def _puzzle(board: Board) -> Puzzle:
    cells: dict[Cell, list[Leaf]] = {}
    for leaf in _hidden(board, board.leaves):
        cells.setdefault((leaf.unit, leaf.sector), []).append(leaf)
    parts = list(cells.values())
    sums: dict[TotalKey, list[int]] = {
        total: [] for total in board.totals if total not in board.hidden_totals
    }
    for i, leaves in enumerate(parts):
        for total in leaves[0].totals:
            if total in sums:
                sums[total].append(i)
    return Puzzle(
        list(cells),
        [len(leaves) for leaves in parts],
        [_ballots(leaves) for leaves in parts],
        {total: positions for total, positions in sums.items() if positions},
    )


def _questions(board: Board, puzzle: Puzzle) -> Iterator[Question]:
    """Return every hidden number that a reader may be after.

    Several objects of one cell with k ballots between them are safe: they can always trade.
    """
    for i, (size, value) in enumerate(zip(puzzle.sizes, puzzle.values, strict=True)):
        if size == 1 or value < board.k - 1:
            yield Question((i,), is_shared=size > 1)
    for (kind, key), parts in board.totals.items():
        if _ballots(parts) < board.k:
            place = {Total.UNIT: 0, Total.SECTOR: 1}.get(kind)
            yield Question(
                tuple(i for i, c in enumerate(puzzle.cells) if place is None or c[place] == key)
            )


def _is_wide(board: Board, puzzle: Puzzle, question: Question) -> bool:
    """Whether the question keeps k answers; asked once as long as what it is about stays."""
    cells = tuple(puzzle.cells[i] for i in question.within)
    known = (cells, tuple(puzzle.sizes[i] for i in question.within), question.is_shared)
    if known not in board.wide:
        near = _neighbourhood(puzzle, question)
        inner = Question(tuple(range(len(question.within))), question.is_shared)
        if _is_narrow(board, near, inner) and _is_narrow(board, puzzle, question):
            return False
        board.wide.add(known)
    return True


def _is_narrow(board: Board, puzzle: Puzzle, question: Question) -> bool:
    sums = list(puzzle.sums.values())
    width = reach(puzzle.values, sums, question.within, is_shared=question.is_shared)
    return width < board.k - 1 - ROUNDING


def _neighbourhood(puzzle: Puzzle, question: Question) -> Puzzle:
    """Return the puzzle of a few unknowns around the question, all others given away.

    What is wide although so much is given is wide in the whole puzzle too, and the whole
    puzzle of a district takes a thousand times as long.
    """
    chosen = list(question.within)
    for _ in range(2):
        for positions in puzzle.sums.values():
            if len(chosen) < NEIGHBOURS and not set(chosen).isdisjoint(positions):
                chosen += [i for i in positions if i not in chosen][:EACH_SUM]
    where = {i: place for place, i in enumerate(chosen)}
    sums = {
        total: [where[i] for i in positions if i in where]
        for total, positions in puzzle.sums.items()
    }
    return Puzzle(
        [puzzle.cells[i] for i in chosen],
        [puzzle.sizes[i] for i in chosen],
        [puzzle.values[i] for i in chosen],
        {total: positions for total, positions in sums.items() if positions},
    )


def _without(puzzle: Puzzle, total: TotalKey) -> Puzzle:
    return replace(puzzle, sums={key: p for key, p in puzzle.sums.items() if key != total})


def _hidden(board: Board, parts: Iterable[Leaf]) -> list[Leaf]:
    return [leaf for leaf in parts if leaf.key in board.hidden]


def _ballots(leaves: Iterable[Leaf]) -> int:
    return sum(leaf.n for leaf in leaves)
