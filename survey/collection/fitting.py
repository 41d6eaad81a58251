"""How large a name can stand on a printed piece, and in which lines."""

from __future__ import annotations

from collections.abc import Sequence

from forms.variants import name_lines
from reports.lettering import wrap


def fitted(name: str, room: float, sizes: Sequence[tuple[int, int]]) -> tuple[int, tuple[str, ...]]:
    """Return the largest size at which the whole name fits, and its lines.

    Args:
        name: is broken where its meaning allows, if it can be.
        room: width of a line in points.
        sizes: point sizes from the largest to the smallest, each with the most lines it may take;
            at the last one a name that does not fit ends in “…”.
    """
    in_meaning = (name,) if len(name) * sizes[0][0] <= room else name_lines(name)
    for size, most in sizes:
        if len(in_meaning) <= most and all(len(line) * size <= room for line in in_meaning):
            return size, in_meaning
        lines = wrap(name, size=size, room=room, most=most)
        if "".join(lines) == name:
            return size, lines
    return size, lines
