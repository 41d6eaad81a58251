"""Lines of text that were measured or shaped before are neither measured nor shaped again.

WeasyPrint makes a Pango context, a font description and a layout for every word it measures, and
makes them all again when it draws. Here the context and the description are made once for a way
of writing (`Hand`), what a line measures is remembered with its words, and so are the glyphs that
draw it. Headings, labels, figures and the technical note are the same in thousands of reports.

Measured on a branch report: measuring and drawing text fell from 30 to 11 hundredths of its time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from weasyprint.draw import text as drawing
from weasyprint.layout import inline, preferred
from weasyprint.matrix import Matrix
from weasyprint.text import line_break
from weasyprint.text.constants import PANGO_DIRECTION
from weasyprint.text.ffi import ffi, gobject, pango, unicode_to_char_p
from weasyprint.text.fonts import font_features, get_font_description
from weasyprint.text.line_break import Layout

from reports import typesetting
from reports.speed.fonts import Face, face_of
from reports.typesetting import SpreadLayout

# Half of a table is dropped when it is full: about 30 MB for a worker that has seen everything.
MOST = 24_000
_OURS = (Layout, SpreadLayout)
# Pango's word for the end of a text, wherever it is.
_ENDLESS = 2**32 - 1

WRITING = (
    "font_family", "font_style", "font_stretch", "font_weight", "font_size",
    "font_kerning", "font_variant_ligatures", "font_variant_position", "font_variant_caps",
    "font_variant_numeric", "font_variant_alternates", "font_variant_east_asian",
    "font_feature_settings", "font_variation_settings", "font_language_override", "lang",
    "direction", "letter_spacing", "word_spacing", "overflow_wrap", "white_space", "hyphens",
    "hyphenate_character", "hyphenate_limit_chars", "hyphenate_limit_zone",
    "text_decoration_line", "tab_size",
)  # fmt: skip


@dataclass(eq=False)
class Hand:
    """All that a style says about writing; two styles that write alike have the same one."""

    number: int
    style: Any
    context: Any = None
    language: Any = None
    description: Any = None
    attributes: Any = None


@dataclass(frozen=True)
class Shaped:
    """A line ready to be drawn: its steps, and what each face has to know of its glyphs."""

    steps: tuple[tuple[str, Any, Any], ...]
    faces: tuple[Face, ...]


_hands: dict[Any, Hand] = {}
_measures: dict[Any, Any] = {}
_shapes: dict[Any, Shaped | None] = {}

_split_first_line: Callable[..., Any] = line_break.split_first_line
_draw_text: Callable[..., Any] = drawing.draw_text
_width: Callable[..., float] = typesetting.width
_setup: Callable[..., None] = Layout.setup
_set_text: Callable[..., None] = Layout.set_text


def install() -> None:
    """Measure and draw lines through what is remembered."""
    Layout.setup = _ready
    Layout.set_text = _filled
    Layout.deactivate = _released
    for module in (line_break, inline, preferred):
        if hasattr(module, "split_first_line"):
            module.split_first_line = split_first_line
    typesetting.width, typesetting.at_rest = width, at_rest
    from weasyprint import draw

    draw.draw_text = drawing.draw_text = draw_text


def forget() -> None:
    """Drop every remembered line."""
    _measures.clear()
    _shapes.clear()
    _hands.clear()


def hand_of(style: Any) -> Hand:
    """Return the hand that `style` writes."""
    try:
        hand: Hand = style.hand
    except AttributeError:
        key = tuple(_frozen(style[name]) for name in WRITING)
        found = _hands.get(key)
        if found is None:
            found = _hands[key] = Hand(len(_hands), style)
        hand = style.hand = found
    return hand


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def keep(table: dict[Any, Any], key: Any, value: Any) -> None:
    """Put `value` into `table`, which never grows beyond bounds."""
    if len(table) >= MOST:
        for old in list(table)[: MOST // 2]:
            del table[old]
    table[key] = value


def _ready(layout: Any, style: Any) -> None:
    """Do what Layout.setup does, with the context and description of the style's hand."""
    if type(layout) not in _OURS or style["text_decoration_line"] != "none":
        _setup(layout, style)
        return
    hand = hand_of(style)
    layout.layout = new_layout(hand)
    layout.style = style
    layout.first_line_direction = 0
    layout.language = hand.language
    layout.ascent = layout.underline_position = layout.strikethrough_position = None
    # A spread line adds its gaps to the list, which therefore is its own.
    own = hand.attributes if type(layout) is Layout else _attributes(style)
    if own is not None:
        pango.pango_layout_set_attributes(layout.layout, own)


def new_layout(hand: Hand) -> Any:
    """Return a layout of Pango's for words in a hand, without attributes."""
    if hand.context is None:
        _equip(hand, hand.style)
    layout = ffi.gc(pango.pango_layout_new(hand.context), gobject.g_object_unref)
    pango.pango_layout_set_auto_dir(layout, False)
    pango.pango_layout_set_font_description(layout, hand.description)
    return layout


def _equip(hand: Hand, style: Any) -> None:
    """Make what Pango needs for a hand, as Layout.setup and Layout.set_text would."""
    context = ffi.gc(
        pango.pango_font_map_create_context(style.font_config.font_map), gobject.g_object_unref
    )
    pango.pango_context_set_round_glyph_positions(context, False)
    pango.pango_context_set_base_dir(context, PANGO_DIRECTION[style["direction"]])
    override = style["font_language_override"]
    name = style["lang"] if override == "normal" else None
    if override != "normal":
        name = line_break.LST_TO_ISO.get(override.lower(), override)
    hand.language = pango.pango_language_get_default()
    if name:
        pointer, _kept = unicode_to_char_p(name)
        hand.language = pango.pango_language_from_string(pointer)
        pango.pango_context_set_language(context, hand.language)
    hand.context, hand.description = context, get_font_description(style)
    hand.attributes = _attributes(style)


def set_attributes(layout: Any, hand: Hand, spans: tuple[tuple[int, int, bytes], ...]) -> None:
    """Give a layout the attributes of a hand; spans of its bytes have other font features."""
    if not spans:
        held = ffi.NULL if hand.attributes is None else hand.attributes
        pango.pango_layout_set_attributes(layout, held)
        return
    found, position, own = _spacing(hand.style), 0, features_of(hand.style)
    for start, end, features in (*spans, (_ENDLESS, _ENDLESS, b"")):
        for words, first, last in ((own, position, start), (features, start, end)):
            if words and first < last:
                attribute = pango.pango_attr_font_features_new(words)
                attribute.start_index, attribute.end_index = first, last
                found.append(attribute)
        position = end
    pango.pango_layout_set_attributes(layout, _listed(found))


def _attributes(style: Any) -> Any:
    """Return the attributes that all text of a style has from its first to its last letter."""
    features, found = features_of(style), _spacing(style)
    if features:
        found.insert(0, pango.pango_attr_font_features_new(features))
    return _listed(found) if found else None


def features_of(style: Any) -> bytes:
    """Return the font features that a style asks for, as Pango reads them."""
    features = font_features(
        style["font_kerning"],
        style["font_variant_ligatures"],
        style["font_variant_position"],
        style["font_variant_caps"],
        style["font_variant_numeric"],
        style["font_variant_alternates"],
        style["font_variant_east_asian"],
        style["font_feature_settings"],
    )
    return ",".join(f"{key} {value}" for key, value in features.items()).encode()


def _spacing(style: Any) -> list[Any]:
    found = []
    if style["letter_spacing"] not in ("normal", 0):
        spacing = int(style["letter_spacing"] * line_break.TO_UNITS)
        found.append(pango.pango_attr_letter_spacing_new(spacing))
    if style["overflow_wrap"] in ("anywhere", "break-word"):
        found.append(pango.pango_attr_insert_hyphens_new(False))
    return found


def _listed(found: list[Any]) -> Any:
    attributes = ffi.gc(pango.pango_attr_list_new(), pango.pango_attr_list_unref)
    for attribute in found:
        pango.pango_attr_list_change(attributes, attribute)
    return attributes


def _filled(layout: Any, text: str, justify: bool = False) -> None:
    """Do what Layout.set_text does, where the hand has said everything before."""
    if type(layout) not in _OURS or "\t" in text or layout.style["word_spacing"]:
        _set_text(layout, text, justify)
        return
    if layout.justification_spacing and justify:
        _set_text(layout, text, justify)
        return
    end = text.find("\n")
    layout.text = text if end == -1 else text[: end + 2]
    pointer, _kept = unicode_to_char_p(layout.text)
    pango.pango_layout_set_text(layout.layout, pointer, -1)


def _released(layout: Any) -> None:
    """Do what Layout.deactivate does; a remembered line has nothing to give back."""
    for name in ("layout", "language", "style"):
        layout.__dict__.pop(name, None)


def split_first_line(
    text: str,
    style: Any,
    context: Any,
    max_width: float | None,
    justification_spacing: float,
    is_line_start: bool = True,
    minimum: bool = False,
) -> Any:
    """Return what fits in one line, as WeasyPrint does, remembered with its words and width."""
    if style["text_decoration_line"] != "none":
        return _split_first_line(
            text, style, context, max_width, justification_spacing, is_line_start, minimum
        )
    key = (text, hand_of(style).number, max_width, is_line_start, minimum)
    found = _measures.get(key)
    if found is None:
        made = _split_first_line(
            text, style, context, max_width, justification_spacing, is_line_start, minimum
        )
        layout = made[0]
        keep(_measures, key, (layout.text, layout.first_line_direction, layout.max_width, made[1:]))
        return made
    layout = Layout.__new__(Layout)
    layout.text, layout.first_line_direction, layout.max_width, rest = found
    layout.justification_spacing = justification_spacing
    layout.ascent = layout.underline_position = layout.strikethrough_position = None
    return (layout, *rest)


def width(style: Any, text: str, where: Any, spread: float) -> float:
    """Return how wide a spread text is, remembered with its words."""
    if style["text_decoration_line"] != "none":
        return _width(style, text, where, spread)
    key = (text, hand_of(style).number, spread, id(where))
    found: float | None = _measures.get(key)
    if found is None:
        found = _width(style, text, where, spread)
        keep(_measures, key, found)
    return found


def at_rest(style: Any, text: str, where: Any, spread: float) -> SpreadLayout:
    """Return a spread text to be drawn later: Pango sees it only if its glyphs are not known."""
    layout = SpreadLayout.__new__(SpreadLayout)
    layout.where, layout.spread = where, spread
    layout.text = text[: text.find("\n") + 2] if "\n" in text else text
    layout.justification_spacing, layout.max_width, layout.first_line_direction = 0, None, 0
    layout.ascent = layout.underline_position = layout.strikethrough_position = None
    return layout


def draw_text(
    stream: Any, textbox: Any, offset_x: float, text_overflow: str, block_ellipsis: str
) -> None:
    """Draw a box of text as WeasyPrint does, from remembered glyphs."""
    style, layout = textbox.style, textbox.pango_layout
    is_plain = (
        text_overflow == "clip"
        and block_ellipsis == "none"
        and style["text_decoration_line"] == "none"
        and not layout.justification_spacing
    )
    shaped = shape(textbox.text, layout, style) if is_plain else None
    if shaped is None:
        _draw_text(stream, textbox, offset_x, text_overflow, block_ellipsis)
        return
    if style["visibility"] != "visible":
        return
    stream.set_color(style["color"])
    stream.begin_text()
    if shaped.steps:
        x, y = textbox.position_x, textbox.position_y + textbox.baseline
        stream.set_text_matrix(1, 0, 0, -1, x, y)
        replay(stream, shaped)
    stream.end_text()


def replay(stream: Any, shaped: Shaped) -> None:
    """Write the glyphs of a line into `stream`, and tell its fonts of them."""
    fonts = stream._fonts
    for face in shaped.faces:
        face.enter(fonts)
    for step, first, second in shaped.steps:
        getattr(stream, step)(first, second) if second is not None else getattr(stream, step)(first)


def shape(text: str, layout: Any, style: Any) -> Shaped | None:
    """Return `text`, the words of `layout`, ready to draw; None if only WeasyPrint can draw it."""
    spread = getattr(layout, "spread", 0)
    where = id(layout.where) if spread else 0
    key = (text, layout.text, hand_of(style).number, spread, where)
    try:
        return _shapes[key]
    except KeyError:
        made = _recorded(text, layout, style)
        keep(_shapes, key, made)
        return made


class _Recorder:
    """Stands for a PDF stream and writes down what is drawn on it."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, Any, Any]] = []
        self.faces: dict[int, Face] = {}
        self.ink_rect = ffi.new("PangoRectangle *")
        self.logical_rect = ffi.new("PangoRectangle *")

    def add_font(self, pango_font: Any) -> tuple[Any, float]:
        face, size = face_of(pango_font)
        face = self.faces.setdefault(face.key, face)
        return face.font, size

    def set_font_size(self, name: str, size: float) -> None:
        self.steps.append(("set_font_size", name, size))

    def show_text(self, string: str) -> None:
        self.steps.append(("show_text", string, None))

    def set_text_rise(self, rise: float) -> None:
        self.steps.append(("set_text_rise", rise, None))

    def set_text_matrix(self, *_: float) -> None:
        """Say nothing: a line is drawn in many places."""


def _recorded(text: str, layout: Any, style: Any) -> Shaped | None:
    """Return what WeasyPrint draws for a line."""
    box = _Box(text, layout, style)
    recorder = _Recorder()
    layout.reactivate(style)
    pictures = drawing.draw_first_line(recorder, box, "clip", "none", Matrix())
    layout.deactivate()
    faces = tuple(recorder.faces.values())
    if pictures or any(face.is_odd for face in faces):
        return None
    return Shaped(tuple(recorder.steps), faces)


@dataclass
class _Box:
    """As much of a box as drawing its text asks for."""

    text: str
    pango_layout: Any
    style: Any
    baseline: float = 0
