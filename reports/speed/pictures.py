"""Our own charts, written into the page as PDF operators instead of interpreted as SVG.

WeasyPrint reads an SVG as if a browser had sent it: style sheets, filters, masks, gradients, and a
transparency group for every line of text that is not set flush left. Our charts and codes are made
of seven kinds of shape with presentation attributes (`reports.svg`). They are drawn here in one
pass; whatever else turns up makes `chart` return None, and WeasyPrint draws it as before.

Measured on a branch report: charts fell from 25 to 3 hundredths of its time, and the file lost the
hundred groups, 30 kB.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pydyf
from weasyprint.css.properties import INITIAL_VALUES
from weasyprint.text.line_break import split_first_line

from reports.speed import lines

_SPACE = "{http://www.w3.org/2000/svg}"
_MM = 96 / 25.4
_KNOWN = {
    "svg": {"viewBox", "width", "height", "role", "font-family", "aria-labelledby", "aria-label"},
    "title": {"id"},
    "desc": {"id"},
    "defs": set[str](),
    "pattern": {"id", "width", "height", "patternUnits", "patternTransform"},
    "g": {"transform"},
    "rect": {"x", "y", "width", "height"},
    "line": {"x1", "y1", "x2", "y2"},
    "path": {"d"},
    "polygon": {"points"},
    "circle": {"cx", "cy", "r"},
    "text": {"x", "y", "font-size", "font-weight", "text-anchor", "aria-hidden"},
}
_NUMBERS = (
    "x", "y", "width", "height", "x1", "y1", "x2", "y2", "cx", "cy", "r", "points", "font-size",
    "font-weight", "stroke-width", "stroke-dasharray",
)  # fmt: skip
_PAINT = {"fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin"}
_SHAPES = ("rect", "line", "path", "polygon", "circle", "text")
_COLOUR = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})$|none$|url\(#[\w-]+\)$")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?$")
_LIST = re.compile(r"-?\d+(?:\.\d+)?(?:[ ,]+-?\d+(?:\.\d+)?)*$")
_STEP = re.compile(r"([MmHhVvLlZz])|(-?\d+(?:\.\d+)?)")
_PATH = re.compile(r"[MmHhVvLlZz0-9.,\s-]*$")
_MOVE = re.compile(r"translate\((-?[\d.]+)[ ,](-?[\d.]+)\)(?: rotate\((-?[\d.]+)\))?$")
_TURN = re.compile(r"rotate\((-?[\d.]+)\)$")
_JOINS = {"miter": 0, "round": 1, "bevel": 2}
# How far a quarter circle's handles reach, as WeasyPrint draws it.
_REACH = 1 / math.sqrt(math.pi)


class Style(dict[str, Any]):
    """A style as WeasyPrint's text functions read it."""

    font_config: Any


class Chart:
    """A picture that WeasyPrint can place and draw; `root` holds only what this module knows."""

    def __init__(self, root: ElementTree.Element, font_config: Any) -> None:
        self.root, self.font_config = root, font_config
        self.left, self.top, self.wide, self.high = map(float, root.attrib["viewBox"].split())
        self.families = root.get("font-family", "sans-serif").split(",")
        self.styles: dict[tuple[float, int], Style] = {}
        self.patterns: dict[str, Any] = {}

    def get_intrinsic_size(self, *_: Any) -> tuple[float, float, float]:
        """Return width and height in CSS pixels, and their ratio."""
        width, height = _length(self.root.attrib["width"]), _length(self.root.attrib["height"])
        return width, height, width / height

    def draw(self, stream: Any, width: float, height: float, _style: Any) -> None:
        """Draw the picture, `width` × `height` pixels from the stream's origin."""
        self.patterns = {}
        scale = min(width / self.wide, height / self.high)
        across = (width - self.wide * scale) / 2 - self.left * scale
        down = (height - self.high * scale) / 2 - self.top * scale
        with stream.stacked():
            stream.transform(a=scale, d=scale, e=across, f=down)
            stream.set_miter_limit(4)
            self._draw(stream, self.root)

    def _draw(self, stream: Any, parent: ElementTree.Element) -> None:
        for node in parent:
            kind = node.tag.removeprefix(_SPACE)
            if kind == "text":
                self._text(stream, node)
            elif kind == "g":
                with stream.stacked():
                    stream.transform(*_matrix(node.attrib["transform"]))
                    self._draw(stream, node)
            elif kind in _SHAPES:
                self._shape(stream, kind, node)

    def _shape(self, stream: Any, kind: str, node: ElementTree.Element) -> None:
        if kind == "rect" and min(float(node.attrib[side]) for side in ("width", "height")) <= 0:
            return
        fill, stroke = node.get("fill", "black"), node.get("stroke", "none")
        is_hatched = fill.startswith("url")
        dash = node.get("stroke-dasharray")
        if is_hatched or dash:
            stream.push_state()
        if is_hatched:
            self._hatch(stream, fill[5:-1])
        elif fill != "none" and kind != "line":
            _colour(stream, fill, stroke=False)
        if stroke != "none":
            _colour(stream, stroke, stroke=True)
            stream.set_line_width(float(node.get("stroke-width", 1)))
        if dash:
            stream.set_dash([float(part) for part in dash.split()], 0)
        stream.stream.append(" ".join(_outline(kind, node)).encode("ascii"))
        filled = fill != "none" and kind != "line"
        stream.stream.append(
            b"B" if filled and stroke != "none" else b"f" if filled else b"S" if stroke != "none"
            else b"n"
        )  # fmt: skip
        if is_hatched or dash:
            stream.pop_state()

    def _hatch(self, stream: Any, name: str) -> None:
        """Fill what follows with the lines of a pattern."""
        pattern = self.patterns.get(name)
        if pattern is None:
            every = self.root.iter(f"{_SPACE}pattern")
            node = next(each for each in every if each.get("id") == name)
            side = float(node.attrib["width"]), float(node.attrib["height"])
            turn = _matrix(node.get("patternTransform", "rotate(0)"))
            matrix = _Values(_times(turn, stream.ctm.values))
            pattern = self.patterns[name] = stream.add_pattern(0, 0, *side, *side, matrix)
            for line in node:
                self._shape(pattern, "line", line)
        stream.set_color_space("Pattern")
        stream.set_color_special(pattern.id)
        stream._current_color = None

    def _text(self, stream: Any, node: ElementTree.Element) -> None:
        words = node.text or ""
        if not words.strip():
            return
        weight = int(node.get("font-weight", 400))
        style = self._style(float(node.attrib["font-size"]), weight)
        layout, _, _, width, _, _ = split_first_line(words, style, None, math.inf, 0)
        shaped = lines.shape(words, layout, style)
        if shaped is None:
            raise LookupError(words)
        shift = {"middle": width / 2, "end": width}.get(node.get("text-anchor", ""), 0)
        stroke = node.get("stroke", "none")
        if stroke != "none":
            stream.push_state()
            _colour(stream, stroke, stroke=True)
            stream.set_line_width(float(node.get("stroke-width", 1)))
            stream.set_line_join(_JOINS[node.get("stroke-linejoin", "miter")])
            stream.set_text_rendering(2)
        _colour(stream, node.get("fill", "black"), stroke=False)
        stream.begin_text()
        x, y = float(node.get("x", 0)) - shift, float(node.get("y", 0))
        stream.set_text_matrix(1, 0, 0, -1, x, y)
        lines.replay(stream, shaped)
        stream.end_text()
        if stroke != "none":
            stream.pop_state()

    def _style(self, size: float, weight: int) -> Style:
        try:
            return self.styles[size, weight]
        except KeyError:
            style = self.styles[size, weight] = Style(INITIAL_VALUES)
            style.font_config = self.font_config
            style["font_family"] = [name.strip("\"' ") for name in self.families]
            style["font_size"], style["font_weight"] = size, weight
            return style


def chart(picture: bytes, font_config: Any) -> Chart | None:
    """Return an SVG as a picture to be drawn at once; None if it has anything unknown in it."""
    try:
        root = ElementTree.fromstring(picture)  # noqa: S314 - made by our own templates
        if all(_is_known(node) for node in root.iter()):
            made = Chart(root, font_config)
            # Says now whether every letter can be drawn; later would be too late.
            made.get_intrinsic_size()
            return made if _is_writable(made) else None
    except (ElementTree.ParseError, KeyError, ValueError):
        return None
    return None


def _is_known(node: ElementTree.Element) -> bool:
    kind = node.tag.removeprefix(_SPACE)
    known = _KNOWN.get(kind)
    if known is None:
        return False
    if kind in _SHAPES:
        for name in _PAINT & node.attrib.keys():
            if name in ("fill", "stroke") and not _COLOUR.match(node.attrib[name]):
                return False
        if any(not _LIST.match(node.get(name, "0")) for name in _NUMBERS):
            return False
        if len(node):
            return False
        if kind == "path" and not _PATH.match(node.attrib["d"]):
            return False
        known = known | _PAINT
    turned = node.get("transform") or node.get("patternTransform")
    if turned and not (_MOVE.match(turned) or _TURN.match(turned)):
        return False
    return node.attrib.keys() <= known


def _is_writable(made: Chart) -> bool:
    """Whether fonts have every letter of a picture, and none is itself a picture."""
    for node in made.root.iter(f"{_SPACE}text"):
        words = node.text or ""
        if not words.strip():
            continue
        style = made._style(float(node.attrib["font-size"]), int(node.get("font-weight", 400)))
        layout = split_first_line(words, style, None, math.inf, 0)[0]
        if lines.shape(words, layout, style) is None:
            return False
    return True


def _outline(kind: str, node: ElementTree.Element) -> Iterator[str]:
    """Yield the path operators of a shape."""
    at = node.attrib.get
    if kind == "rect":
        yield f"{at('x', '0')} {at('y', '0')} {at('width')} {at('height')} re"
    elif kind == "line":
        yield f"{at('x1', '0')} {at('y1', '0')} m {at('x2', '0')} {at('y2', '0')} l"
    elif kind == "polygon":
        points = re.split(r"[ ,]+", node.attrib["points"].strip())
        for index in range(0, len(points) - 1, 2):
            yield f"{points[index]} {points[index + 1]} {'l' if index else 'm'}"
        yield "h"
    elif kind == "circle":
        yield from _circle(*(float(node.attrib[name]) for name in ("cx", "cy", "r")))
    else:
        yield from _path(node.attrib["d"])


def _circle(x: float, y: float, r: float) -> Iterator[str]:
    k = r * _REACH
    yield f"{_n(x + r)} {_n(y)} m"
    for a, b, c, d, e, f in (
        (r, k, k, r, 0, r),
        (-k, r, -r, k, -r, 0),
        (-r, -k, -k, -r, 0, -r),
        (k, -r, r, -k, r, 0),
    ):
        yield f"{_n(x + a)} {_n(y + b)} {_n(x + c)} {_n(y + d)} {_n(x + e)} {_n(y + f)} c"
    yield "h"


def _path(steps: str) -> Iterator[str]:
    """Yield the operators of a path of straight lines."""
    x = y = start_x = start_y = 0.0
    numbers: list[float] = []
    command = "M"
    for letter, number in _STEP.findall(steps):
        if letter:
            command, numbers = letter, []
            if letter in "Zz":
                x, y = start_x, start_y
                yield "h"
            continue
        numbers.append(float(number))
        upper = command.upper()
        if len(numbers) < (1 if upper in "HV" else 2):
            continue
        is_relative = command.islower()
        if upper == "H":
            x = numbers[0] + (x if is_relative else 0)
        elif upper == "V":
            y = numbers[0] + (y if is_relative else 0)
        else:
            x, y = (numbers[0] + (x if is_relative else 0), numbers[1] + (y if is_relative else 0))
        yield f"{_n(x)} {_n(y)} {'m' if upper == 'M' else 'l'}"
        if upper == "M":
            start_x, start_y = x, y
            command = "l" if is_relative else "L"
        numbers = []


def _n(value: float) -> str:
    """Return a number as PDF writes it."""
    short = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short


def _colour(stream: Any, value: str, *, stroke: bool) -> None:
    """Set a colour, if it is not set already."""
    if value == "black":
        value = "#000"
    digits = value[1:] if len(value) == 7 else "".join(2 * digit for digit in value[1:])
    rgb = tuple(int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    held = stream._current_color_stroke if stroke else stream._current_color
    if held == ("srgb", *rgb):
        return
    if stroke:
        stream._current_color_stroke = ("srgb", *rgb)
    else:
        stream._current_color = ("srgb", *rgb)
    stream.set_color_rgb(*rgb, stroke)


def _length(value: str) -> float:
    if value.endswith("mm"):
        return float(value[:-2]) * _MM
    if not _NUMBER.match(value):
        raise ValueError(value)
    return float(value)


def _matrix(value: str) -> tuple[float, ...]:
    """Return the matrix of `rotate(…)` or `translate(…)`, with or without a turn after it."""
    moved = _MOVE.match(value)
    x, y = (float(moved[1]), float(moved[2])) if moved else (0.0, 0.0)
    turned = None if moved else _TURN.match(value)
    angle = math.radians(float((moved[3] if moved else turned and turned[1]) or 0))
    return math.cos(angle), math.sin(angle), -math.sin(angle), math.cos(angle), x, y


def _times(one: tuple[float, ...], two: Any) -> tuple[float, ...]:
    a, b, c, d, e, f = one
    p, q, r, s, t, u = two
    return (
        a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s,
        e * p + f * r + t, e * q + f * s + u,
    )  # fmt: skip


class _Values:
    """A matrix as `add_pattern` reads it."""

    def __init__(self, values: tuple[float, ...]) -> None:
        self.values = pydyf.Array(values)
