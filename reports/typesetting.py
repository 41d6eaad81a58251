"""Three things that WeasyPrint 70 lacks for Chinese documents with charts; only `reports.pdf` asks.

Justified lines: WeasyPrint widens only the spaces between words, and Chinese has none, so every
line that does not happen to fill the measure would end ragged. Here the room left over goes
between the characters, which CSS Text calls `text-justify: inter-character`.

Text in charts: WeasyPrint sets it letter by letter, as only text on a path needs it. Set line by
line, a report takes a sixth less time, and what a chart says is found by a search.

The grid: a table or picture is rarely a whole number of lines high, and the text below it would
leave the 22 lines of the page. The room that it lacks is put around it, which CSS Rhythmic Sizing
calls `block-step`; so lines lie at the same heights on every page, front and back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from weasyprint import svg
from weasyprint.formatting_structure import boxes
from weasyprint.layout import block, inline
from weasyprint.text.ffi import TO_UNITS, ffi, pango
from weasyprint.text.line_break import Layout, line_size

# A gap may open after a Han character, after full-width punctuation and at a space.
_SPREADABLE = re.compile(
    "[ \u00a0\u2018-\u201d\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60\U00020000-\U0003ffff]+"
)

_ANY = re.compile(r".+", re.DOTALL)

PITCH = 225 / 22 * 96 / 25.4
"""From line to line of GB/T 9704-2012 in CSS pixels: 22 lines on 225 mm."""

_STEPPED, _STEP, _NEARLY = frozenset(("figure", "div", "header", "p")), "step", 1.0
_block_box_layout = block.block_box_layout

# Widest gaps, in characters: between Chinese characters first; in a line of mostly figures
# between all of them; beyond that the line would look torn, and stays ragged.
_STEPS = ((_SPREADABLE, 1 / 6), (_ANY, 1 / 6), (_ANY, 1 / 4))


class SpreadLayout(Layout):
    """A line of text whose Chinese characters stand `spread` further apart, in CSS pixels."""

    def __init__(self, style: Any, where: re.Pattern[str], spread: float) -> None:
        self.where, self.spread = where, spread
        super().__init__(style)

    def set_text(self, text: str, justify: bool = False) -> None:
        """Set the text; spread it whether for measuring or for drawing."""
        super().set_text(text, justify=False)
        attributes = pango.pango_layout_get_attributes(self.layout)
        if attributes == ffi.NULL:
            attributes = ffi.gc(pango.pango_attr_list_new(), pango.pango_attr_list_unref)
        own = self.style["letter_spacing"]
        own = 0 if own == "normal" else own
        for start, end in _byte_ranges(self.where, self.text):
            attribute = pango.pango_attr_letter_spacing_new(int((own + self.spread) * TO_UNITS))
            attribute.start_index, attribute.end_index = start, end
            pango.pango_attr_list_change(attributes, attribute)
        pango.pango_layout_set_attributes(self.layout, attributes)


class Line(str):
    """A text whose only letter is the whole of it."""

    def __iter__(self) -> Iterator[str]:
        return iter((str(self),))


def install() -> None:
    """Teach WeasyPrint, in this process, to justify Chinese, set charts by lines, keep the grid."""
    inline.justify_line = justify_line
    block.block_box_layout = block_box_layout
    letter_by_letter = svg.TAGS["text"]

    def line_by_line(picture: Any, node: Any, font_size: float) -> None:
        node._etree_node.text = Line(node.text or "")
        letter_by_letter(picture, node, font_size)

    svg.text = svg.TAGS["text"] = line_by_line


def block_box_layout(context: Any, box: Any, *rest: Any, **named: Any) -> Any:
    """Lay out a block; one of the class `step` takes up whole lines, what it lacks put around it.

    The head of a document begins at the upper edge, so all of its room goes below.
    """
    result = _block_box_layout(context, box, *rest, **named)
    made, resume_at = result[0], result[1]
    if made is None or resume_at is not None or box.element_tag not in _STEPPED:
        return result
    if _STEP not in (box.element.get("class") or "").split():
        return result
    over = made.margin_height() % PITCH
    if over > _NEARLY:
        above = 0.0 if box.element_tag == "header" else (PITCH - over) / 2
        made.translate(0, above)
        made.margin_bottom += PITCH - over - above
    return result


def justify_line(context: Any, line: Any, room: float) -> None:
    """Spread the characters of `line` so that it fills `room` more pixels."""
    texts = [box for box in line.descendants() if isinstance(box, boxes.TextBox) and box.text]
    for where, widest in _STEPS:
        spread = line.style["font_size"] * widest
        # A line cut into runs may by itself be wider than before: kerning ends at a run's edge.
        apart = {id(box): width(box.style, box.text, where, 0) for box in texts}
        gains = {
            id(box): width(box.style, box.text, where, spread) - apart[id(box)] for box in texts
        }
        needed = room - sum(apart[id(box)] - box.width for box in texts)
        if 0 < needed <= sum(gains.values()):
            break
    else:
        return
    share = needed / sum(gains.values())
    for box in texts:
        box.pango_layout = at_rest(box.style, box.text, where, spread * share)
    _move(line, {key: apart[key] + gain * share for key, gain in gains.items()}, 0)


def width(style: Any, text: str, where: re.Pattern[str], spread: float) -> float:
    """Return how wide a text is with `spread` in its gaps."""
    layout = SpreadLayout(style, where, spread)
    layout.set_text(text)
    found, _ = line_size(layout.get_first_line()[0], style)
    return float(found)


def at_rest(style: Any, text: str, where: re.Pattern[str], spread: float) -> SpreadLayout:
    """Return a spread text that is to be drawn later."""
    layout = SpreadLayout(style, where, spread)
    layout.set_text(text)
    layout.deactivate()
    return layout


def _move(box: Any, widths: dict[int, float], advance: float) -> float:
    """Widen and shift the parts of a line; return how far what follows has to move."""
    if isinstance(box, boxes.TextBox):
        box.position_x += advance
        width = widths.get(id(box), box.width)
        gain, box.width = width - box.width, width
        return advance + float(gain)
    if isinstance(box, (boxes.LineBox, boxes.InlineBox)):
        before = advance
        box.position_x += advance
        for child in box.children:
            if child.is_in_normal_flow():
                advance = _move(child, widths, advance)
        box.width += advance - before
        return advance
    box.translate(advance, 0)
    return advance


def _byte_ranges(where: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Yield the ranges of `text`, in bytes of UTF-8, where gaps may open."""
    for match in where.finditer(text):
        start = len(text[: match.start()].encode())
        yield start, start + len(match.group().encode())
