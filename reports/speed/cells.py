"""The words of a table cell, broken into lines and shaped in one go.

WeasyPrint lays a cell out line by line: a box for the block, one for every line and one for its
words, and for every line Pango is asked twice and the rest of the text is copied. Here Pango breaks
and shapes a whole cell at once, and what it says is kept as the operators that draw it from any
place. Lines break where WeasyPrint breaks them, and letters stand where it puts them
(`tests/reports/test_plain_tables.py` compares both); a cell with letters that no font has, or that
run from right to left, is drawn by WeasyPrint's own hand, line by line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from weasyprint.draw import text as drawing
from weasyprint.matrix import Matrix
from weasyprint.text.constants import PANGO_WRAP_MODE
from weasyprint.text.ffi import FROM_UNITS, TO_UNITS, ffi, pango, unicode_to_char_p
from weasyprint.text.line_break import split_first_line, strut

from reports.speed import lines
from reports.speed.fonts import Face, face_of

# Cells remembered, about a kilobyte each; half of them go when there are more.
MOST = 8_000

_WORD, _ANYWHERE = PANGO_WRAP_MODE["WRAP_WORD"], PANGO_WRAP_MODE["WRAP_CHAR"]
_EMPTY, _UNKNOWN = pango.PANGO_GLYPH_EMPTY, pango.PANGO_GLYPH_UNKNOWN_FLAG
_FIELDS = ffi.sizeof("PangoGlyphInfo") // 4


class Words(NamedTuple):
    """The text of a cell; spans of its bytes have other font features than the rest."""

    text: str
    spans: tuple[tuple[int, int, bytes], ...] = ()


class Line(NamedTuple):
    """A line of a cell: its words, and where they begin, from the corner of the cell's room."""

    text: str
    x: float
    y: float


@dataclass(eq=False, frozen=True, slots=True)
class Room:
    """Where words are set: in which style and hand, how wide, on lines how high."""

    number: int
    style: Any
    hand: lines.Hand
    width: float
    line_height: float
    baseline: float


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of a cell: how high they are, where the first stands, and what draws them.

    `operators` draw from the baseline of the first line at the left edge of the room; None if
    only WeasyPrint can draw the lines.
    """

    height: float
    baseline: float
    operators: bytes | None
    faces: tuple[Face, ...]
    lines: tuple[Line, ...]


class _Broken(NamedTuple):
    """What Pango says of a line, in CSS pixels."""

    text: str
    width: float
    height: float
    ascent: float
    segments: tuple[tuple[str, str], ...] | None


EMPTY = Block(0, 0, b"", (), ())
_rooms: dict[Any, Room] = {}
_blocks: dict[Any, Block] = {}
_layouts: dict[int, Any] = {}


def forget() -> None:
    """Drop every remembered cell."""
    _rooms.clear()
    _blocks.clear()
    _layouts.clear()


def room(style: Any, width: float) -> Room:
    """Return the room of cells `width` pixels wide between their paddings."""
    hand, (height, baseline) = lines.hand_of(style), strut(style)
    key = (hand.number, int(width * TO_UNITS), style["text_align_all"], height, baseline)
    found = _rooms.get(key)
    if found is None:
        found = _rooms[key] = Room(len(_rooms), style, hand, width, height, baseline)
    return found


def block(words: Words, where: Room) -> Block:
    """Return `words` as lines no wider than a room."""
    if not words.text:
        return EMPTY
    key = (words, where.number)
    found = _blocks.get(key)
    if found is None:
        if len(_blocks) >= MOST:
            for old in list(_blocks)[: MOST // 2]:
                del _blocks[old]
        found = _blocks[key] = _made(words, where)
    return found


def draw(stream: Any, found: Block, style: Any, x: float, y: float) -> None:
    """Draw a cell whose room begins at (x, y)."""
    stream.set_color(style["color"])
    if found.operators is None:
        for line in found.lines:
            _draw_line(stream, line, style, x, y)
        return
    fonts = stream._fonts
    for face in found.faces:
        face.enter(fonts)
    stream.stream.append(
        b"BT 1 0 0 -1 %b %b Tm %b ET" % (number(x), number(y + found.baseline), found.operators)
    )


def number(value: float) -> bytes:
    """Return a number as it is written into a page: ten-thousandths of a pixel are enough."""
    return f"{value:.4f}".rstrip("0").rstrip(".").encode()


def _draw_line(stream: Any, line: Line, style: Any, x: float, y: float) -> None:
    layout = split_first_line(line.text, style, None, None, 0)[0]
    layout.reactivate(style)
    box = _Box(line.text, layout, style)
    stream.begin_text()
    emojis = drawing.draw_first_line(
        stream, box, "clip", "none", Matrix(d=-1, e=x + line.x, f=y + line.y)
    )
    stream.end_text()
    drawing.draw_emojis(stream, style, x + line.x, y + line.y, emojis)


@dataclass
class _Box:
    """As much of a box as drawing its text asks for."""

    text: str
    pango_layout: Any
    style: Any
    baseline: float = 0


def _made(words: Words, where: Room) -> Block:
    faces: dict[int, Face] = {}
    align = where.style["text_align_all"]
    top, placed, broken = 0.0, [], []
    for each in _break(words, where, faces):
        # CSS 2.1, 10.8: the text and the strut of the line share a baseline.
        ascent = each.ascent + (where.line_height - each.height) / 2
        above = max(where.baseline, ascent)
        below = max(where.line_height - where.baseline, where.line_height - ascent)
        free = max(0.0, where.width - each.width)
        x = free / 2 if align == "center" else free if align in ("right", "end") else 0.0
        placed.append(Line(each.text, x, top + above))
        broken.append(each)
        top += above + below
    operators = None
    if not any(face.is_odd for face in faces.values()):
        operators = _operators(broken, placed)
    return Block(top, placed[0].y, operators, tuple(faces.values()), tuple(placed))


def _operators(broken: list[_Broken], placed: list[Line]) -> bytes | None:
    """Return what draws lines from the first one's baseline; None if a line has odd letters."""
    written, x, y, font = [], 0.0, placed[0].y, ""
    for line, place in zip(broken, placed, strict=True):
        if line.segments is None:
            return None
        if place.x != x or place.y != y:
            written.append(b"%b %b Td" % (number(place.x - x), number(y - place.y)))
            x, y = place.x, place.y
        for name, shown in line.segments:
            if name != font:
                written.append(b"/%b Tf" % name.encode())
                font = name
            written.append(b"[%b] TJ" % shown.encode())
    return b" ".join(written)


def _break(words: Words, where: Room, faces: dict[int, Face]) -> Iterator[_Broken]:
    """Yield the lines of a text, broken by Pango."""
    hand, layout = where.hand, _layout(where.hand)
    data, spans = words.text.encode(), words.spans
    units = int(where.width * TO_UNITS)
    can_tear = where.style["overflow_wrap"] in ("anywhere", "break-word")
    _set(layout, hand, words, units, _WORD)
    found = list(_lines(layout))
    if not can_tear or all(extents[2] <= units for _, extents in found):
        for line, extents in found:
            yield _read(line, extents, data, faces)
        return
    # A word wider than the room: WeasyPrint tears the line that begins with it, wherever it ends.
    start = 0
    while start < len(data):
        own = tuple((a - start, b - start, c) for a, b, c in spans if a >= start)
        rest = Words(data[start:].decode(), own)
        _set(layout, hand, rest, units, _WORD)
        (line, extents), *more = _lines(layout, 2)
        if extents[2] > units:
            _set(layout, hand, rest, units, _ANYWHERE)
            (line, extents), *more = _lines(layout, 2)
        yield _read(line, extents, data[start:], faces)
        start += more[0][0].start_index if more else len(data)


def _layout(hand: lines.Hand) -> Any:
    """Return the layout that all cells written by a hand take turns with."""
    found = _layouts.get(hand.number)
    if found is None:
        found = _layouts[hand.number] = lines.new_layout(hand)
    return found


def _set(layout: Any, hand: lines.Hand, words: Words, units: int, wrap: int) -> None:
    pointer, _kept = unicode_to_char_p(words.text)
    pango.pango_layout_set_text(layout, pointer, -1)
    pango.pango_layout_set_width(layout, units)
    pango.pango_layout_set_wrap(layout, wrap)
    lines.set_attributes(layout, hand, words.spans)


def _lines(layout: Any, most: int = 10_000) -> Iterator[tuple[Any, tuple[int, int, int, int]]]:
    """Yield the lines of a layout, and how far each reaches: x, y, width, height in units."""
    for index in range(most):
        line = pango.pango_layout_get_line_readonly(layout, index)
        if line == ffi.NULL:
            return
        pango.pango_layout_line_get_extents(line, ffi.NULL, _extents)
        yield line, (_extents.x, _extents.y, _extents.width, _extents.height)


_extents = ffi.new("PangoRectangle *")


def _read(
    line: Any, extents: tuple[int, int, int, int], data: bytes, faces: dict[int, Face]
) -> _Broken:
    start = line.start_index
    shown = data[start : start + line.length].rstrip(b" ")
    return _Broken(
        shown.decode(),
        extents[2] * FROM_UNITS,
        extents[3] * FROM_UNITS,
        -extents[1] * FROM_UNITS,
        _segments(line, data, start + len(shown), faces),
    )


def _segments(
    line: Any, data: bytes, end: int, faces: dict[int, Face]
) -> tuple[tuple[str, str], ...] | None:
    """Return the glyphs of a line up to byte `end`, by font; None if some need more."""
    found: list[tuple[str, str]] = []
    run, previous, face, size, name = line.runs, None, None, 0.0, ""
    while run != ffi.NULL:
        item, glyphs = run.data.item, run.data.glyphs
        run = run.next
        if item.analysis.level % 2:
            return None
        font = item.analysis.font
        if face is None or font != previous:
            previous = font
            face, size = face_of(font)
            face = faces.setdefault(face.key, face)
            name = f"{face.font.hash} {size:.4f}".rstrip("0").rstrip(".")
        shown = _shown(item, glyphs, data, end, face, font, size)
        if shown is None:
            return None
        if found and found[-1][0] == name:
            found[-1] = name, found[-1][1] + shown
        elif shown:
            found.append((name, shown))
    return tuple((name, shown.replace("><", "")) for name, shown in found)


def _shown(
    item: Any, glyphs: Any, data: bytes, end: int, face: Face, font: Any, size: float
) -> str | None:
    """Return the glyphs of a run as a string shown with gaps, and tell the face of them."""
    count, offset = glyphs.num_glyphs, item.offset
    fields = memoryview(ffi.buffer(glyphs.glyphs, 4 * _FIELDS * count)).cast("i")
    clusters = ffi.unpack(glyphs.log_clusters, count)
    said, widths = face.font.to_unicode, face.font.widths
    shown = ["<"]
    for index in range(count):
        if offset + clusters[index] >= end:
            break
        glyph, width, across, up = fields[_FIELDS * index : _FIELDS * index + 4]
        if glyph == _EMPTY:
            if width:
                shown.append(f">{-width / size}<")
            continue
        if glyph & _UNKNOWN or up:
            return None
        if glyph not in said:
            after = item.length if index == count - 1 else clusters[index + 1]
            said[glyph] = data[offset + clusters[index] : offset + after].decode()
        if glyph not in widths:
            widths[glyph] = _width(font, glyph, size)
        # As WeasyPrint draws a line, in thousandths of the size.
        moved = across / size
        gap = int(widths[glyph] + moved - width * 1000 * FROM_UNITS / size)
        shown.append(f">{-moved}<{glyph:04x}" if moved else f"{glyph:04x}")
        if gap:
            shown.append(f">{gap}<")
    shown.append(">")
    return "".join(shown)


def _width(font: Any, glyph: int, size: float) -> int:
    pango.pango_font_get_glyph_extents(font, glyph, ffi.NULL, _extents)
    width: int = round(_extents.width * 1000 * FROM_UNITS / size)
    return width
