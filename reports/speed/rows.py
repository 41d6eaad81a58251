"""Tables of words set row by row: one box for a row instead of five for every cell.

A table of five hundred rows and fourteen columns is seven thousand cells, and WeasyPrint makes
boxes for each, resolves each one's lines, lays out each by itself and draws each. Here the table
keeps its groups and rows, so that pages break and heads are repeated as ever, but a row has one
cell without content; the words are broken by `cells`, the lines resolved by `ruling`, and both are
drawn where the row has come to stand. `structure` says of them what they are. A table that is more
than words (`grids`), or has a row higher than a page, is left to WeasyPrint.

Measured: a ledger of five hundred rows fell from 4.4 to 1.3 s of a processor, and from
230 to 140 MB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

from weasyprint import draw
from weasyprint.css.properties import Dimension
from weasyprint.draw.color import get_color
from weasyprint.formatting_structure import boxes, build
from weasyprint.layout import table as tables

from reports.speed import cells, grids, ruling
from reports.speed.boxes import replace
from reports.speed.grids import SIDES, Cell, Grid, Row
from reports.speed.ruling import Ruling

_element_to_box = build.element_to_box
_table_wrapper_width = tables.table_wrapper_width
_table_layout = tables.table_layout
_draw_table = draw.draw_table
_draw_block_level = draw.draw_block_level

Made = TypeVar("Made")
_is_off = False


class TooHigh(Exception):
    """A row is higher than a page, and only WeasyPrint can divide it."""


class _Frame(NamedTuple):
    """A cell around its words, in pixels; rows that look alike have the same frames."""

    top: float
    bottom: float
    x: float
    room: cells.Room
    standing: str


def install() -> None:
    """Set tables of words by rows in this process."""
    build.element_to_box = element_to_box
    replace(_table_wrapper_width, table_wrapper_width)
    replace(_table_layout, table_layout)
    draw.draw_table = draw_table
    draw.draw_block_level = draw_block_level


def laid_out(lay_out: Callable[[], Made]) -> Made:
    """Return what `lay_out` makes, by rows if no row is higher than a page."""
    try:
        return lay_out()
    except TooHigh:
        with _left_alone():
            return lay_out()


@contextmanager
def _left_alone() -> Iterator[None]:
    global _is_off
    _is_off = True
    try:
        yield
    finally:
        _is_off = False


def element_to_box(element: Any, style_for: Any, *rest: Any) -> Any:
    """Return the boxes of an element; a table of words gets one for each row."""
    if element.tag == "table" and not _is_off:
        grid = grids.grid(element, style_for)
        if grid is not None:
            return [_table_box(element, grid)]
    return _element_to_box(element, style_for, *rest)


def _table_box(element: Any, grid: Grid) -> Any:
    """Return the box of a table, which draws its lines and keeps their room itself."""
    grid.ruling = Ruling(grid)
    style = grid.table.copy()
    style["border_collapse"], style["border_spacing"] = "separate", (0, 0)
    across, down = grid.ruling.across, grid.ruling.down(0)
    edges = (across(0), down[-1:], across(len(grid.rows)), down[:1])
    for side, lines in zip(SIDES, edges, strict=True):
        style[f"border_{side}_style"], style[f"border_{side}_width"] = "none", 0
        # Half of a line that collapses lies inside the table (CSS 2.1, 17.6.2).
        style[f"padding_{side}"] = Dimension(max(line.width for line in lines) / 2, "px")
    groups = [
        boxes.TableRowGroupBox(group.tag, group_style, group, [_row_box(row, grid) for row in rows])
        for group, group_style, rows in grid.groups
    ]
    box = boxes.TableBox("table", style, element, groups)
    box.grid = grid
    return box


def _row_box(row: Row, grid: Grid) -> Any:
    # The only cell of a row: it takes up the room of all of them.
    inside = boxes.TableCellBox("tr", row.style.anonymous_style, row.element, [])
    inside.grid, inside.row = grid, row
    return boxes.TableRowBox("tr", row.style, row.element, [inside])


def table_wrapper_width(context: Any, wrapper: Any, containing_block: Any) -> None:
    """Find how wide a table is, and of a table of words how high its rows are."""
    _table_wrapper_width(context, wrapper, containing_block)
    table = wrapper.get_wrapped_table()
    grid = getattr(table, "grid", None)
    if grid is None:
        return
    if grid.asked != table.width:
        grid.asked = table.width
        _spread(grid, table.width)
        _set_rows(grid)
        _raise_rows(table)
    table.width = grid.width
    table.column_widths = [grid.width]
    wrapper.width = table.border_width()


def _spread(grid: Grid, width: float) -> None:
    """Give the columns of a grid their widths, as a fixed table does (CSS 2.1, 17.5.2.1)."""
    count = len(grid.heads[0].cells)
    wanted = [*grid.columns, *["auto"] * (count - len(grid.columns))]
    found = [None if each == "auto" else _length(each, width) for each in wanted]
    known = sum(each for each in found if each is not None)
    unknown = found.count(None)
    share = max(0.0, width - known) / unknown if unknown else 0.0
    widths = [share if each is None else each for each in found]
    more = max(0.0, width - sum(widths)) / count
    grid.edges = [0.0]
    for each in widths:
        grid.edges.append(grid.edges[-1] + each + more)
    grid.width = grid.edges[-1]


def _length(wanted: Any, width: float) -> float:
    return float(wanted.value * width / 100 if wanted.unit == "%" else wanted.value)


def _set_rows(grid: Grid) -> None:
    """Set the words of every row, and find how high it is."""
    frames: dict[Any, list[_Frame]] = {}
    for row in grid.rows:
        above, below = grid.ruling.across(row.number), grid.ruling.across(row.number + 1)
        beside = grid.ruling.down(row.number)
        # Lines of rows that look alike are the same objects, and what is compared by `id` lives on.
        key = id(above), id(below), tuple(id(cell.style) for cell in row.cells)
        found = frames.get(key)
        if found is None:
            found = frames[key] = [
                _frame(grid, cell.style, place, (above[place], below[place]), beside)
                for place, cell in enumerate(row.cells)
            ]
        _set_row(row, found)


def _frame(grid: Grid, style: Any, place: int, lines: Any, beside: ruling.Edges) -> _Frame:
    left, right = (
        beside[place + at].width / 2 + style[f"padding_{side}"].value
        for at, side in enumerate(("left", "right"))
    )
    top, bottom = (
        line.width / 2 + style[f"padding_{side}"].value
        for line, side in zip(lines, ("top", "bottom"), strict=True)
    )
    width = grid.edges[place + 1] - grid.edges[place] - left - right
    room = cells.room(style, max(0.0, width))
    return _Frame(top, bottom, grid.edges[place] + left, room, style["vertical_align"])


def _set_row(row: Row, frames: list[_Frame]) -> None:
    height, deepest = 0.0, 0.0
    for cell, frame in zip(row.cells, frames, strict=True):
        cell.block, cell.x = cells.block(cell.words, frame.room), frame.x
        if frame.standing == "baseline":
            deepest = max(deepest, frame.top + cell.block.baseline)
    for cell, frame in zip(row.cells, frames, strict=True):
        cell.y = frame.top
        if frame.standing == "baseline":
            cell.y += deepest - frame.top - cell.block.baseline
        height = max(height, cell.y + cell.block.height + frame.bottom)
    row.height = height
    for cell, frame in zip(row.cells, frames, strict=True):
        if frame.standing in ("middle", "bottom"):
            free = height - frame.top - cell.block.height - frame.bottom
            cell.y += free / 2 if frame.standing == "middle" else free


def _raise_rows(table: Any) -> None:
    """Give the boxes of rows their heights."""
    styles: dict[Any, Any] = {}
    for group in table.children:
        for box in group.children:
            row = box.children[0].row
            key = id(row.style), row.height
            style = styles.get(key)
            if style is None:
                style = styles[key] = row.style.copy()
                style["height"] = Dimension(row.height, "px")
                style["box_sizing"] = "content-box"
            box.style = style


def table_layout(context: Any, table: Any, bottom_space: float, *rest: Any) -> Any:
    """Lay out a table, or what fits of it on a page."""
    result = _table_layout(context, table, bottom_space, *rest)
    made = result[0]
    if made is not None and hasattr(table, "grid") and made.children:
        shown = made.children[-1].children
        if shown:
            bottom = shown[-1].position_y + shown[-1].height
            if context.overflows_page(bottom_space, bottom):
                raise TooHigh
    return result


def draw_table(stream: Any, table: Any) -> None:
    """Draw what lies under the words of a table."""
    grid = getattr(table, "grid", None)
    if grid is None:
        _draw_table(stream, table)
        return
    shown = shown_rows(table)
    if not shown:
        return
    if is_opening(grid, shown):
        grid.opening = stream
    left = table.content_box_x()
    xs = [left + edge for edge in grid.edges]
    ys = [box.position_y for box in shown]
    ys.append(ys[-1] + shown[-1].row.height)
    _draw_grounds(stream, shown, xs)
    ruling.draw(stream, grid.ruling, xs, ys, [box.row.number for box in shown])


def shown_rows(table: Any) -> list[Any]:
    """Return the rows of a part of a table, those of the head first."""
    return [row.children[0] for group in table.children for row in group.children]


def is_opening(grid: Grid, shown: list[Any]) -> bool:
    """Whether a part of a table is the first; the heads of the others are repeated."""
    first = len(grid.heads)
    return any(box.row.number == first for box in shown)


def _draw_grounds(stream: Any, shown: list[Any], xs: list[float]) -> None:
    """Draw the backgrounds of cells, neighbours of one colour as one."""
    found = []
    for box in shown:
        last, row = None, box.row
        for place, cell in enumerate(row.cells):
            colour = get_color(cell.style, "background_color")
            if colour.alpha == 0:
                last = None
            elif last is not None and last[0] == colour:
                last[2] = xs[place + 1]
            else:
                last = [colour, xs[place], xs[place + 1], box.position_y, row.height]
                found.append(last)
    if not found:
        return
    with stream.artifact(), stream.stacked():
        for colour, left, right, y, height in found:
            stream.set_color(colour)
            stream.rectangle(left, y, right - left, height)
            stream.fill()


def draw_block_level(page: Any, stream: Any, blocks_and_cells: Any) -> None:
    """Draw the content of blocks and cells."""
    for block, inside in blocks_and_cells.items():
        if hasattr(block, "row"):
            _draw_row(stream, block)
        else:
            _draw_block_level(page, stream, {block: inside})


def _draw_row(stream: Any, box: Any) -> None:
    row, grid = box.row, box.grid
    filled = [(place, cell) for place, cell in enumerate(row.cells) if cell.words.text]
    is_head = row.number < len(grid.heads)
    if is_head and grid.opening is not stream:
        with stream.artifact():
            for _, cell in filled:
                _draw_cell(stream, box, cell)
        return
    tags, tag = stream._tags, b"/TH" if is_head else b"/TD"
    for place, cell in filled:
        if tags is None:
            _draw_cell(stream, box, cell)
            continue
        mark = len(tags)
        tags[grid, row.number, place] = {"tag": tag, "mcid": mark}
        stream.stream.append(b"%b <</MCID %d>> BDC" % (tag, mark))
        _draw_cell(stream, box, cell)
        stream.stream.append(b"EMC")


def _draw_cell(stream: Any, box: Any, cell: Cell) -> None:
    cells.draw(stream, cell.block, cell.style, box.position_x + cell.x, box.position_y + cell.y)
