"""Which tables hold nothing but words, and what stands in them.

Only such a table is set by rows (`rows`): fixed columns, a head, no cell over several rows or
columns, lines that collapse, plain paint, and in every cell words in one hand. All else that a
sheet or a template may ask for makes `grid` return None, and WeasyPrint sets the table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from xml.etree.ElementTree import Element

from weasyprint.css.properties import INITIAL_VALUES
from weasyprint.draw.color import get_color

from reports.speed import lines
from reports.speed.cells import EMPTY, Block, Words

SIDES = ("top", "right", "bottom", "left")

_PSEUDO = ("before", "after", "first-letter", "first-line")
_ATTRIBUTES = frozenset(("class", "style", "scope"))
# Properties whose first value is the only one that `rows` knows; for cells, rows, groups, columns.
_FIRST = (
    "position", "float", "transform", "opacity", "overflow", "visibility", "direction", "height",
    "min_height", "max_height", "min_width", "max_width", "border_image_source",
    "mask_border_source", "box_shadow", "outline_style", "background_image", "anchor",
    "string_set", "bookmark_level", "counter_reset", "counter_set", "counter_increment",
    "break_before", "break_after", "border_top_left_radius", "border_top_right_radius",
    "border_bottom_left_radius", "border_bottom_right_radius",
)  # fmt: skip
_FIRST_OF_CELLS = (
    "width", "white_space", "text_indent", "text_transform", "text_decoration_line",
    "letter_spacing", "word_spacing", "word_break", "block_ellipsis",
    "max_lines", "column_width", "column_count", "break_inside",
)  # fmt: skip
_ALIGNED = frozenset(("start", "left", "center", "right", "end"))
_STANDING = frozenset(("top", "middle", "bottom", "baseline"))
_LINES = frozenset(("none", "solid"))
_BLANKS = re.compile(r"[ \t\r\n]+")


@dataclass(eq=False, slots=True)
class Cell:
    """A cell: its style, its words, and once its width is known, how it is set."""

    style: Any
    words: Words
    block: Block = EMPTY
    x: float = 0
    """Where the words begin, from the left edge of the table."""
    y: float = 0
    """Where they begin, from the upper edge of the row."""


@dataclass(eq=False, slots=True)
class Row:
    """A row: its element, its cells, and once columns are known, its height."""

    element: Element
    style: Any
    cells: tuple[Cell, ...]
    number: int
    height: float = 0


@dataclass(eq=False)
class Grid:
    """A table of words; its first `heads` rows are repeated on every page."""

    groups: tuple[tuple[Element, Any, tuple[Row, ...]], ...]
    columns: tuple[Any, ...]
    table: Any
    ruling: Any = None
    asked: float | None = None
    """How wide the table is to be; its columns may need more."""
    width: float = 0
    edges: list[float] = field(default_factory=list)
    """Where columns begin, and where the last one ends."""
    opening: Any = None
    """The page on which the head stands for the first time."""
    tagged: Any = None
    """The elements of its structure."""

    @cached_property
    def heads(self) -> tuple[Row, ...]:
        """Return the rows at the head."""
        return self.groups[0][2]

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Return all rows, those of the head first."""
        return tuple(row for _, _, rows in self.groups for row in rows)


def grid(table: Element, style_for: Any) -> Grid | None:
    """Return a table as a grid of words; None if it is anything else."""
    style = style_for(table)
    if not _is_plain_table(style) or not _is_bare(table, style_for):
        return None
    children = list(table)
    columns: tuple[Any, ...] = ()
    if children and children[0].tag == "colgroup":
        found = _columns(children.pop(0), style_for)
        if found is None:
            return None
        columns = found
    groups, number = [], 0
    for child in children:
        group = _group(child, style_for, number)
        if group is None:
            return None
        number += len(group[2])
        groups.append(group)
    if [child.tag for child in children] != ["thead", "tbody"] or not groups[1][2]:
        return None
    made = Grid(tuple(groups), columns, style)
    widths = {len(row.cells) for row in made.rows}
    if len(widths) != 1 or not made.heads or widths == {0} or len(columns) > max(widths):
        return None
    return made


def _is_plain_table(style: Any) -> bool:
    width = style["width"]
    return (
        style["display"] == ("block", "table")
        and style["table_layout"] == "fixed"
        and style["border_collapse"] == "collapse"
        and getattr(width, "unit", "") in ("px", "%")
        and all(style[f"padding_{side}"].value == 0 for side in SIDES)
        and all(style[f"border_{side}_style"] in _LINES for side in SIDES)
        and _has_first(style)
        and get_color(style, "background_color").alpha == 0
    )


def _columns(group: Element, style_for: Any) -> tuple[Any, ...] | None:
    """Return how wide a table's columns are to be."""
    widths = []
    for element in (group, *group):
        style = style_for(element)
        if not _is_plain_part(element, style_for, style) or element.get("span"):
            return None
        widths.append(style["width"])
    if any(width != "auto" and width.unit not in ("px", "%") for width in widths):
        return None
    return tuple(widths[1:])


def _group(
    element: Element, style_for: Any, number: int
) -> tuple[Element, Any, tuple[Row, ...]] | None:
    style = style_for(element)
    if not _is_plain_part(element, style_for, style):
        return None
    rows: list[Row] = []
    for child in element:
        row = _row(child, style_for, number + len(rows), element.tag == "thead")
        if row is None:
            return None
        rows.append(row)
    return element, style, tuple(rows)


def _row(element: Element, style_for: Any, number: int, is_head: bool) -> Row | None:
    style, wanted = style_for(element), "th" if is_head else "td"
    if not _is_plain_part(element, style_for, style):
        return None
    if not is_head and style["break_inside"] not in ("avoid", "avoid-page"):
        return None
    cells = []
    for child in element:
        cell = _cell(child, style_for) if child.tag == wanted else None
        if cell is None:
            return None
        cells.append(cell)
    return Row(element, style, tuple(cells), number)


def _cell(element: Element, style_for: Any) -> Cell | None:
    style = style_for(element)
    try:
        is_plain = style.is_plain_cell
    except AttributeError:
        is_plain = style.is_plain_cell = _is_plain_cell(style) and _is_bare(element, style_for)
    if not is_plain or not element.attrib.keys() <= _ATTRIBUTES:
        return None
    if len(element):
        words = _words(element, style, style_for)
        return None if words is None else Cell(style, words)
    text = element.text
    return Cell(style, Words(_clean(text).strip(" ")) if text else _NOTHING)


_NOTHING = Words("")


def _clean(text: str) -> str:
    return _BLANKS.sub(" ", text.replace("\u00ad", ""))


def _words(element: Element, style: Any, style_for: Any) -> Words | None:
    """Return the words of a cell, some of them with other font features than the rest."""
    pieces = [(_clean(element.text or "").lstrip(" "), b"")]
    for child in element:
        own = style_for(child)
        if child.tag != "span" or len(child) or not child.attrib.keys() <= {"class"}:
            return None
        if not _is_alike(own, style) or not _is_bare(child, style_for):
            return None
        pieces += [
            (_clean(child.text or ""), lines.features_of(own)),
            (_clean(child.tail or ""), b""),
        ]
    pieces[-1] = pieces[-1][0].rstrip(" "), pieces[-1][1]
    spans, position = [], 0
    for text, features in pieces:
        length = len(text.encode())
        if features and length:
            spans.append((position, position + length, features))
        position += length
    return Words("".join(text for text, _ in pieces), tuple(spans))


def _is_alike(inner: Any, outer: Any) -> bool:
    """Whether a span differs from the words around it in its font features only."""
    names = (*lines.WRITING, "color", "line_height", "white_space")
    return (
        inner["display"] == ("inline", "flow")
        and _has_first(inner)
        and inner["vertical_align"] == "baseline"
        and all(inner[f"{kind}_{side}"] == INITIAL_VALUES[f"{kind}_{side}"]
                for kind in ("margin", "padding") for side in SIDES)
        and all(inner[f"border_{side}_style"] == "none" for side in SIDES)
        and get_color(inner, "background_color").alpha == 0
        and all(inner[name] == outer[name] for name in names if name != "font_feature_settings")
    )  # fmt: skip


def _is_plain_cell(style: Any) -> bool:
    return (
        style["display"] == ("table-cell",)
        and _has_first(style)
        and all(style[name] == INITIAL_VALUES[name] for name in _FIRST_OF_CELLS)
        and style["text_align_all"] in _ALIGNED
        and style["text_align_last"] in ("auto", style["text_align_all"])
        and style["vertical_align"] in _STANDING
        and style["hyphens"] == "none"
        and style["font_size"] >= 1
        and all(style[f"padding_{side}"].unit == "px" for side in SIDES)
        and all(style[f"border_{side}_style"] in _LINES for side in SIDES)
        and get_color(style, "background_color").alpha in (0, 1)
    )


def _is_plain_part(element: Element, style_for: Any, style: Any) -> bool:
    """Whether a row, a group of rows or a column has nothing to draw."""
    try:
        is_plain = style.is_plain_part
    except AttributeError:
        is_plain = style.is_plain_part = (
            style["display"][0].startswith("table-")
            and _has_first(style)
            and all(style[f"border_{side}_style"] == "none" for side in SIDES)
            and get_color(style, "background_color").alpha == 0
            and _is_bare(element, style_for)
        )
    return bool(is_plain) and element.attrib.keys() <= _ATTRIBUTES


def _has_first(style: Any) -> bool:
    return style["page"] in ("", "auto") and all(
        style[name] == INITIAL_VALUES[name] for name in _FIRST
    )


def _is_bare(element: Element, style_for: Any) -> bool:
    """Whether nothing is put before, after or into an element by the sheet."""
    return all(style_for(element, pseudo) is None for pseudo in _PSEUDO)
