"""How far published sums narrow down a number that was not published."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf


def reach(
    values: Sequence[int],
    sums: Sequence[Sequence[int]],
    within: Sequence[int],
    *,
    is_shared: bool = False,
) -> float:
    """Return how wide the range is that a reader of the sums can give for a hidden number.

    Args:
        values: the true hidden numbers; a reader knows only that none is negative.
        sums: sets of positions in `values` whose sum can be worked out.
        within: positions whose sum the reader is after.
        is_shared: whether the number is one of several that make up that sum, so that it may
            be as low as 0 whatever the sum is.

    Returns:
        Largest less smallest possible number; infinite where no sum bounds it.
    """
    from scipy.optimize import linprog  # slow to import, and needed only where much is hidden

    known = [positions for positions in sums if positions]
    if not known:
        return inf
    matrix = [[1.0 if i in positions else 0.0 for i in range(len(values))] for positions in known]
    totals = [float(sum(values[i] for i in positions)) for positions in known]
    aim = [1.0 if i in set(within) else 0.0 for i in range(len(values))]
    highest = linprog([-a for a in aim], A_eq=matrix, b_eq=totals, method="highs")
    if not highest.success:
        return inf
    if is_shared:
        return float(-highest.fun)
    lowest = linprog(aim, A_eq=matrix, b_eq=totals, method="highs")
    return float(-highest.fun - lowest.fun)
