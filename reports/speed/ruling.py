"""The lines between the cells of a grid, resolved once for rows that look alike.

Where two cells meet, the wider of their lines is drawn, the upper or left one if they are as wide;
at the edges the line of the table wins if it is wider still (CSS 2.1, 17.6.2). WeasyPrint does this
side by side of every cell; rows of a table mostly have the same styles, so here it is done for one
of them. On a page every line is drawn in one piece, and lines of one kind as one path.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from weasyprint.draw.color import get_color

from reports.speed.cells import number
from reports.speed.grids import Grid, Row


class Edge(NamedTuple):
    """A line: its width in pixels, and its colour."""

    width: float
    colour: Any


_NO_EDGE = Edge(0, None)
Edges = tuple[Edge, ...]


class Ruling:
    """The lines of a grid. A boundary lies above the row of its number; the last, below all."""

    def __init__(self, grid: Grid) -> None:
        self.table = grid.table
        self.rows = grid.rows
        self._found: dict[Any, Edges] = {}
        self._kinds = [tuple(map(id, (cell.style for cell in row.cells))) for row in self.rows]

    def across(self, boundary: int) -> Edges:
        """Return the lines of a boundary, one for each column."""
        above = self.rows[boundary - 1] if boundary else None
        below = self.rows[boundary] if boundary < len(self.rows) else None
        key = (
            self._kinds[boundary - 1] if above else None,
            self._kinds[boundary] if below else None,
        )
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._across(above, below)
        return found

    def down(self, row: int) -> Edges:
        """Return the lines beside the cells of a row, one more than it has cells."""
        key = self._kinds[row]
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._down(self.rows[row])
        return found

    def _across(self, above: Row | None, below: Row | None) -> Edges:
        upper = [_edge(cell.style, "bottom") for cell in above.cells] if above else None
        lower = [_edge(cell.style, "top") for cell in below.cells] if below else None
        if upper is None:
            upper, lower = lower, [_edge(self.table, "top")] * len(lower or ())
        elif lower is None:
            lower = [_edge(self.table, "bottom")] * len(upper)
        return tuple(map(_wider, upper or (), lower))

    def _down(self, row: Row) -> Edges:
        left = [_edge(cell.style, "left") for cell in row.cells]
        right = [_edge(cell.style, "right") for cell in row.cells]
        return (
            _wider(left[0], _edge(self.table, "left")),
            *map(_wider, right[:-1], left[1:]),
            _wider(right[-1], _edge(self.table, "right")),
        )


def _edge(style: Any, side: str) -> Edge:
    if style[f"border_{side}_style"] == "none" or not style[f"border_{side}_width"]:
        return _NO_EDGE
    return Edge(style[f"border_{side}_width"], get_color(style, f"border_{side}_color"))


def _wider(first: Edge, second: Edge) -> Edge:
    return second if second.width > first.width else first


def draw(
    stream: Any, ruling: Ruling, xs: Sequence[float], ys: Sequence[float], numbers: Sequence[int]
) -> None:
    """Draw the lines of a part of a grid.

    Args:
        stream: the page.
        ruling: the lines of the whole grid.
        xs: where columns begin, and where the last one ends.
        ys: where the rows of this part begin, and where the last one ends.
        numbers: which rows these are; those of the head first, though others may lie between.
    """
    # Below a head that is repeated runs its own line, not that of the rows left out.
    across = [ruling.across(numbers[0]), *(ruling.across(at + 1) for at in numbers)]
    down = [ruling.down(at) for at in numbers]
    paths: dict[Edge, list[bytes]] = {}
    for line, edge in (*_level(across, down, xs, ys), *_upright(across, down, xs, ys)):
        paths.setdefault(edge, []).append(line)
    if not paths:
        return
    with stream.artifact(), stream.stacked():
        for edge in sorted(paths, key=lambda each: each.width):
            stream.set_color(edge.colour, stroke=True)
            stream.set_line_width(edge.width)
            stream.stream.extend(paths[edge])
            stream.stroke()


def _level(
    across: list[Edges], down: list[Edges], xs: Sequence[float], ys: Sequence[float]
) -> list[tuple[bytes, Edge]]:
    """Return the lines between rows, each as far as it is the same."""
    found = []
    for place, (edges, y) in enumerate(zip(across, ys, strict=True)):
        beside = down[max(0, place - 1) : place + 1]
        for first, last in _runs(edges):
            left = xs[first] - max(each[first].width for each in beside) / 2
            right = xs[last] + max(each[last].width for each in beside) / 2
            found.append((_line(left, y, right, y), edges[first]))
    return found


def _upright(
    across: list[Edges], down: list[Edges], xs: Sequence[float], ys: Sequence[float]
) -> list[tuple[bytes, Edge]]:
    """Return the lines between columns, each as far as it is the same."""
    found = []
    for place, x in enumerate(xs):
        edges = [each[place] for each in down]
        for first, last in _runs(edges):
            top = ys[first] - _widest(across[first], place) / 2
            bottom = ys[last] + _widest(across[last], place) / 2
            found.append((_line(x, top, x, bottom), edges[first]))
    return found


def _widest(edges: Edges, place: int) -> float:
    return max(edge.width for edge in edges[max(0, place - 1) : place + 1])


def _runs(edges: Sequence[Edge]) -> list[tuple[int, int]]:
    """Return where lines that are drawn begin and end, neighbours that are alike as one."""
    found: list[tuple[int, int]] = []
    for place, edge in enumerate(edges):
        if not edge.width or edge.colour.alpha == 0:
            continue
        if found and found[-1][1] == place and edges[place - 1] == edge:
            found[-1] = found[-1][0], place + 1
        else:
            found.append((place, place + 1))
    return found


def _line(x1: float, y1: float, x2: float, y2: float) -> bytes:
    return b"%b %b m %b %b l" % (number(x1), number(y1), number(x2), number(y2))
