"""What to hide, as the rules say it: `reports/suppression.py` has to hide the same.

Everything is looked at again after each step, by linear programming over all that is visible.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scipy.optimize import linprog

from reports.suppression import DOMINANCE, Leaf, Suppression, Total, TotalKey

ROUNDING = 1e-6


@dataclass
class Board:
    """Objects, totals, and what of them is hidden so far."""

    k: int
    leaves: Sequence[Leaf]
    totals: Mapping[TotalKey, Sequence[Leaf]]
    hidden: set[str]
    hidden_totals: set[TotalKey]


def plainly_suppressed(
    leaves: Sequence[Leaf], k: int, *, is_public: bool, also: Suppression | None = None
) -> Suppression:
    """Return what `suppress` has to."""
    totals: dict[TotalKey, list[Leaf]] = {}
    for leaf in leaves:
        for total in leaf.totals:
            totals.setdefault(total, []).append(leaf)
    board = Board(
        k,
        leaves,
        totals,
        hidden={leaf.key for leaf in leaves if leaf.n < k},
        hidden_totals={total for total, parts in totals.items() if _ballots(parts) < k},
    )
    if also is not None:
        board.hidden |= also.leaves
        board.hidden_totals |= also.totals
    kinds = {Total.UNIT, Total.SECTOR} if is_public else {Total.UNIT}
    while _cover(board, kinds) or _reveal(board):
        pass
    return Suppression(frozenset(board.hidden), frozenset(board.hidden_totals))


def _cover(board: Board, kinds: set[Total]) -> bool:
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
    hidden = _hidden(board, parts)
    weight = sum(leaf.weight for leaf in hidden)
    return not hidden or (
        len(hidden) > 1
        and _ballots(hidden) >= board.k
        and max(leaf.weight for leaf in hidden) <= DOMINANCE * weight
    )


def _reveal(board: Board) -> bool:
    question = next((each for each in _questions(board) if _is_narrow(board, *each)), None)
    if question is None:
        return False
    cells = {(leaf.unit, leaf.sector) for leaf in question[0]}
    left = [
        leaf
        for leaf in board.leaves
        if leaf.key not in board.hidden and (leaf.unit, leaf.sector) in cells
    ]
    if left:
        board.hidden.add(min(left, key=lambda leaf: leaf.n).key)
        return True
    totals = [
        total
        for total in sorted(board.totals, key=lambda total: _ballots(board.totals[total]))
        if total not in board.hidden_totals and _hidden(board, board.totals[total])
    ]
    settling = (total for total in totals if not _is_narrow(board, *question, without=total))
    holding = (total for total in totals if set(board.totals[total]) & set(question[0]))
    board.hidden_totals.add(next(settling, None) or next(holding))
    return True


def _questions(board: Board) -> Iterator[tuple[Sequence[Leaf], bool]]:
    cells: dict[tuple[str, str], list[Leaf]] = {}
    for leaf in _hidden(board, board.leaves):
        cells.setdefault((leaf.unit, leaf.sector), []).append(leaf)
    for leaves in cells.values():
        if len(leaves) == 1 or _ballots(leaves) < board.k - 1:
            yield leaves, len(leaves) > 1
    for parts in board.totals.values():
        if _ballots(parts) < board.k:
            yield parts, False


def _is_narrow(
    board: Board, wanted: Sequence[Leaf], is_shared: bool, without: TotalKey | None = None
) -> bool:
    unknown = _hidden(board, board.leaves)
    sums = [
        parts
        for total, parts in board.totals.items()
        if total not in board.hidden_totals and total != without and _hidden(board, parts)
    ]
    if not sums:
        return False
    matrix = [[float(leaf in parts) for leaf in unknown] for parts in sums]
    rests = [_ballots(_hidden(board, parts)) for parts in sums]
    aim = [float(leaf in wanted) for leaf in unknown]
    highest = linprog([-a for a in aim], A_eq=matrix, b_eq=rests)
    if not highest.success:
        return False
    lowest = 0.0 if is_shared else linprog(aim, A_eq=matrix, b_eq=rests).fun
    return bool(-highest.fun - lowest < board.k - 1 - ROUNDING)


def _hidden(board: Board, parts: Sequence[Leaf]) -> list[Leaf]:
    return [leaf for leaf in parts if leaf.key in board.hidden]


def _ballots(leaves: Sequence[Leaf]) -> int:
    return sum(leaf.n for leaf in leaves)
