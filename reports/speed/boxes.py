"""Answers that a box of the same style and room would get again are kept with the style.

Every box asks its style for twenty lengths, whether it floats, how tall its strut is, and whether
it has a background, several times each; in a table of five hundred rows that is most of the work.
`styles` lets boxes share styles, so these answers are kept there. Lines between the cells of a
table are drawn in one piece where they meet, in place of one for each cell.

Measured: a ledger of five hundred rows and a branch report both took a fifth less time.
"""

from __future__ import annotations

import sys
from typing import Any

from weasyprint import draw
from weasyprint.draw.border import draw_line
from weasyprint.draw.color import get_color
from weasyprint.formatting_structure import boxes
from weasyprint.layout import background, percent
from weasyprint.layout import float as floating
from weasyprint.text import line_break

_SIDES = ("top", "right", "bottom", "left")
_LENGTHS = (
    *(f"{kind}_{side}" for kind in ("margin", "padding") for side in _SIDES),
    *(f"{bound}{axis}" for bound in ("", "min_", "max_") for axis in ("width", "height")),
)
_BORDERS = tuple(f"border_{side}_width" for side in _SIDES)
_CORNERS = tuple(
    f"border_{corner}_radius" for corner in ("top_left", "top_right", "bottom_right", "bottom_left")
)
_SQUARE = dict.fromkeys(_CORNERS, (0, 0))
# Rooms a style is remembered for; a table cell meets one for each column.
_ROOMS = 64

_resolve = percent.resolve_percentages
_strut = line_break.strut
_lay_background = background.layout_box_backgrounds
_avoid = floating.avoid_collisions


def install() -> None:
    """Ask styles once."""
    replace(_resolve, resolve_percentages)
    replace(_strut, strut)
    replace(_lay_background, layout_box_backgrounds)
    replace(_avoid, avoid_collisions)
    boxes.Box.is_in_normal_flow = is_in_normal_flow
    draw.draw_collapsed_borders = _merged(draw.draw_collapsed_borders)


def replace(old: Any, new: Any) -> None:
    """Put a function in the place of another wherever WeasyPrint has imported it."""
    for name, module in list(sys.modules.items()):
        if name.startswith("weasyprint"):
            for key, value in list(vars(module).items()):
                if value is old:
                    setattr(module, key, new)


def resolve_percentages(box: Any, containing_block: Any) -> None:
    """Set used lengths of a box as WeasyPrint does."""
    style = box.style
    is_collapsed = style["border_collapse"] == "collapse"
    if is_collapsed and style["box_sizing"] != "content-box":
        _resolve(box, containing_block)
        return
    if isinstance(containing_block, boxes.Box):
        room = containing_block.width, containing_block.height
    else:
        room = tuple(containing_block)
    key = (*room, isinstance(box, boxes.PageBox))
    try:
        known = style.lengths
    except AttributeError:
        known = style.lengths = {}
    found = known.get(key)
    if found is None:
        _resolve(box, containing_block)
        names = _LENGTHS if is_collapsed else _LENGTHS + _BORDERS
        if len(known) >= _ROOMS:
            known.clear()
        known[key] = {name: getattr(box, name) for name in names}
        return
    box.__dict__.update(found)
    if is_collapsed:
        for name in _BORDERS:
            if not hasattr(box, name):
                setattr(box, name, style[name])


def strut(style: Any) -> tuple[float, float]:
    """Return line height and baseline of a style."""
    try:
        found: tuple[float, float] = style.strut_found
    except AttributeError:
        found = style.strut_found = _strut(style)
    return found


def is_in_normal_flow(box: Any) -> bool:
    """Return whether a box is in normal flow."""
    style = box.style
    where, side = style["position"], style["float"]
    if where == "static" or where == "relative":
        return side == "none" or side not in (
            "left",
            "right",
            "inline-start",
            "inline-end",
            "footnote",
        )
    return not (
        box.is_floated()
        or box.is_absolutely_positioned()
        or box.is_running()
        or box.is_footnote()
        or box.is_note()
    )


def layout_box_backgrounds(
    page: Any, box: Any, get_image: Any, layout_children: bool = True, style: Any = None
) -> None:
    """Place the backgrounds of a box and those inside it; most have none."""
    if style is not None or box is page or not _is_bare(box.style):
        _lay_background(page, box, get_image, layout_children, style)
        return
    # What is positioned stands in the tree as a proxy, whose own attributes nobody asks for.
    getattr(box, "_box", box).__dict__.update(_SQUARE)
    box.background = None
    if layout_children:
        for child in box.all_children():
            layout_box_backgrounds(page, child, get_image)


def _is_bare(style: Any) -> bool:
    try:
        return bool(style.is_bare)
    except AttributeError:
        style.is_bare = (
            style["border_image_source"][0] == "none"
            and style["mask_border_source"][0] == "none"
            and all(kind == "none" for kind, _ in style["background_image"])
            and get_color(style, "background_color").alpha == 0
            and not style["box_shadow"]
            and all((0, "px") in style[corner] for corner in _CORNERS)
        )
        return bool(style.is_bare)


def avoid_collisions(context: Any, box: Any, containing_block: Any, outer: bool = True) -> Any:
    """Return where a box may stand; without floats, where it would stand anyway."""
    if context.excluded_shapes or containing_block.style["direction"] != "ltr":
        return _avoid(context, box, containing_block, outer)
    if box.border_height() == 0 and box.is_floated():
        return 0, box.position_y if outer else box.border_box_y(), containing_block.width
    if not isinstance(box, boxes.LineBox):
        return _avoid(context, box, containing_block, outer)
    y = box.position_y if outer else box.border_box_y()
    return containing_block.content_box_x(), y, containing_block.width


def _merged(slow: Any) -> Any:
    """Return a way to draw the lines of a table that joins those that meet."""

    def drawn(stream: Any, table: Any) -> None:
        held: list[Any] = []
        original = draw.draw_line

        def collect(_: Any, *line: Any) -> None:
            held.append(line)

        draw.draw_line = collect
        try:
            slow(_Silent(), table)
        finally:
            draw.draw_line = original
        if held:
            with stream.artifact(), stream.stacked():
                for line in _joined(held):
                    draw_line(stream, *line)

    return drawn


class _Silent:
    """A stream on which nothing is drawn."""

    def artifact(self) -> _Silent:
        return self

    stacked = artifact

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


def _joined(held: list[Any]) -> list[Any]:
    """Return lines (x1, y1, x2, y2, thickness, style, colour), those in one line as one."""
    lines: list[Any] = []
    last: dict[Any, int] = {}
    for line in held:
        x1, y1, x2, y2, thickness, style, colour = line
        is_level = y1 == y2
        if style == "solid":
            key = (is_level, y1 if is_level else x1, thickness, style, str(colour))
            at = last.get(key)
            if at is not None:
                a, b, c, d, *look = lines[at]
                if is_level and x1 <= c + 0.01:
                    lines[at] = (a, b, max(c, x2), d, *look)
                    continue
                if not is_level and y1 <= d + 0.01:
                    lines[at] = (a, b, c, max(d, y2), *look)
                    continue
            last[key] = len(lines)
        lines.append(line)
    return lines
