"""The quadrant picture 四象限图: importance against satisfaction, every name beside its mark."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports import svg
from reports.display import rounded
from reports.figures import Quadrant
from reports.lettering import text_width, wrap
from reports.svg import INK, INK_2

COLOURS = {
    Quadrant.CONCENTRATE: "#a3400f",
    Quadrant.KEEP: "#17505b",
    Quadrant.LOW_PRIORITY: "#2a6db0",
    Quadrant.OVERKILL: "#6b6b6b",
}
NAMES = {
    Quadrant.CONCENTRATE: "优先整改区",
    Quadrant.KEEP: "继续保持区",
    Quadrant.LOW_PRIORITY: "逐步改进区",
    Quadrant.OVERKILL: "维持区",
}

ENGLISH = {
    Quadrant.CONCENTRATE: "Put right first",
    Quadrant.KEEP: "Keep up",
    Quadrant.LOW_PRIORITY: "Improve step by step",
    Quadrant.OVERKILL: "Maintain",
}
WORDS = {"zh": (NAMES, "平均"), "en": (ENGLISH, "mean ")}
"""What the corners and the cross lines are called, by language."""

_LEFT, _TOP, _RIGHT_PAD, _BOTTOM_PAD = 56, 8, 8, 46
_SIZE, _PITCH, _MARK, _PADDING = 13, 17, 9, 40
_AIR = 6
"""What is left free between two names, so that they are not read as one."""
_STEPS = (4, 10, 18, 28, 40, 54, 70, 90, 115, 140, 170, 200, 240, 280)
_DIRECTIONS = (0, 180, 45, 315, 135, 225, 90, 270, 20, 340, 160, 200, 70, 290, 110, 250)


@dataclass(frozen=True)
class Point:
    """One thing evaluated: how satisfied people are (x), how important it is (y)."""

    label: str
    performance: float
    importance: float
    quadrant: Quadrant


@dataclass(frozen=True)
class Axis:
    """Name, unit and decimals of an axis; `cross` is where the other cross line meets it."""

    name: str
    cross: float
    unit: str = ""
    places: int = 1


@dataclass(frozen=True)
class Box:
    """A rectangle of the picture that one thing takes up."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        """Whether the two share any area."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def within(self, other: Box) -> bool:
        """Whether this box lies wholly inside `other`."""
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.top >= other.top
            and self.bottom <= other.bottom
        )


@dataclass(frozen=True)
class Scale:
    """Values from `low` to `high` along pixels from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return the pixel of `value`."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def quadrant_chart(
    points: Sequence[Point],
    *,
    performance: Axis,
    importance: Axis,
    key: str,
    title: str,
    width: int = 590,
    height: int = 400,
    language: str = "zh",
) -> Markup:
    """Return the quadrant picture; names are moved so that they never meet."""
    frame = Box(_LEFT, _TOP, width - _RIGHT_PAD, height - _BOTTOM_PAD)
    x = _scale([p.performance for p in points], performance.cross, frame.left, frame.right)
    y = _scale([p.importance for p in points], importance.cross, frame.bottom, frame.top)
    cross = (x.at(performance.cross), y.at(importance.cross))
    parts = [_ground(frame, cross), _ticks(frame, x, y, performance, importance)]
    centres = [(x.at(p.performance), y.at(p.importance)) for p in points]
    corners, taken = _corners(frame, cross, performance, importance, language, centres)
    parts.append(corners)
    places = place_labels([p.label for p in points], centres, frame, taken)
    shown = [(p, c, place) for p, c, place in zip(points, centres, places, strict=True)]
    # Leaders first: a name's halo then covers whatever passes below it.
    parts += [_leader(centre, place, centres) for _, centre, place in shown if place is not None]
    parts += [_mark(point.quadrant, *centre) for point, centre, _ in shown]
    parts += [_name(point.label, place) for point, _, place in shown if place is not None]
    described = _spoken(points, performance, importance, language)
    return svg.picture(key, title, described, width, height, "".join(parts))


def place_labels(
    labels: Sequence[str],
    centres: Sequence[tuple[float, float]],
    frame: Box,
    taken: Sequence[Box] = (),
) -> tuple[Box | None, ...]:
    """Return where each label stands: inside `frame`, meeting no mark, no label, nothing taken.

    None for a label that finds no room at all.
    """
    marks = _marks(centres)
    named: list[Box] = []
    places: list[Box | None] = []
    for label, centre in zip(labels, centres, strict=True):
        free = [
            box
            for box in _candidates(_lines_of(label), centre)
            if box.within(frame) and not any(map(box.overlaps, [*taken, *marks, *named]))
        ]
        clear = [box for box in free if not _crosses(centre, box, named)]
        airy = (box for box in clear if not any(map(_grown(box).overlaps, named)))
        place = next(airy, next(iter(clear), free[0] if free else None))
        places.append(place)
        if place is not None:
            named.append(place)
    return tuple(places)


def _marks(centres: Sequence[tuple[float, float]]) -> list[Box]:
    """Return what the marks take up."""
    return [Box(x - _MARK, y - _MARK, x + _MARK, y + _MARK) for x, y in centres]


def _grown(box: Box) -> Box:
    """Return a box with air around it."""
    return Box(box.left - _AIR, box.top - _AIR, box.right + _AIR, box.bottom + _AIR)


def _crosses(centre: tuple[float, float], box: Box, others: Sequence[Box]) -> bool:
    """Whether the way from a mark to its label leads over another label."""
    end = _nearest(centre, box)
    steps = [
        (centre[0] + (end[0] - centre[0]) * t, centre[1] + (end[1] - centre[1]) * t)
        for t in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    ]
    return any(
        other.left < x < other.right and other.top < y < other.bottom
        for other in others
        for x, y in steps
    )


def _nearest(centre: tuple[float, float], box: Box) -> tuple[float, float]:
    """Return the point of `box` that is nearest to `centre`."""
    x = min(max(centre[0], box.left), box.right)
    return x, min(max(centre[1], box.top), box.bottom)


def _candidates(lines: Sequence[str], centre: tuple[float, float]) -> Iterator[Box]:
    """Yield boxes for a label around `centre`, the nearest first."""
    width = max((text_width(line, _SIZE) for line in lines), default=0) * 1.06
    height = _PITCH * len(lines)
    for gap in _STEPS:
        for degrees in _DIRECTIONS:
            dx, dy = math.cos(math.radians(degrees)), -math.sin(math.radians(degrees))
            middle_x = centre[0] + dx * (_MARK + gap) + _side(dx) * width / 2
            middle_y = centre[1] + dy * (_MARK + gap) + _side(dy) * height / 2
            yield Box(
                middle_x - width / 2,
                middle_y - height / 2,
                middle_x + width / 2,
                middle_y + height / 2,
            )


def _side(direction: float) -> float:
    """Return −1, 0 or 1: to which side a label hangs when it lies in `direction`."""
    return 0 if abs(direction) < 0.3 else math.copysign(1, direction)


def _leader(centre: tuple[float, float], box: Box, centres: Sequence[tuple[float, float]]) -> str:
    """Return the line from a mark to its label.

    It is drawn when the label had to move away, or stands about as near to another mark.
    """
    end = _nearest(centre, box)
    away = math.dist(centre, end)
    nearest = min(
        (math.dist(c, _nearest(c, box)) for c in centres if c != centre), default=away * 9
    )
    if away <= _MARK + 12 and nearest > away * 1.5:
        return ""
    return svg.line(*centre, *end, INK_2, 0.75)


def _name(label: str, box: Box) -> str:
    lines = _lines_of(label)
    middle = (box.left + box.right) / 2
    first = (box.top + box.bottom) / 2 - (len(lines) - 1) * _PITCH / 2 + 0.35 * _SIZE
    return "".join(
        svg.text(middle, first + _PITCH * row, line, _SIZE, INK, "middle", bold=True, halo=True)
        for row, line in enumerate(lines)
    )


def _lines_of(label: str) -> tuple[str, ...]:
    return wrap(label, size=_SIZE, room=8.2 * _SIZE, most=2)


def _mark(quadrant: Quadrant, x: float, y: float) -> str:
    """Return the mark: the shape alone tells the quadrant in grey print."""
    colour = COLOURS[quadrant]
    filled = quadrant in (Quadrant.CONCENTRATE, Quadrant.KEEP)
    look = f'fill="{colour}"' if filled else f'fill="#fff" stroke="{colour}" stroke-width="2.5"'
    if quadrant in (Quadrant.CONCENTRATE, Quadrant.LOW_PRIORITY):
        reach = 9 if filled else 8
        corners = " ".join(
            f"{svg.number(x + dx * reach)},{svg.number(y + dy * reach)}"
            for dx, dy in ((0, -1), (1, 0), (0, 1), (-1, 0))
        )
        return f'<polygon points="{corners}" {look}/>'
    radius = 7 if filled else 6
    return f'<circle cx="{svg.number(x)}" cy="{svg.number(y)}" r="{radius}" {look}/>'


def _ground(frame: Box, cross: tuple[float, float]) -> str:
    """Return the frame, the tinted quadrant to start with, and the cross lines."""
    x, y = cross
    tint = svg.rect(frame.left, frame.top, x - frame.left, y - frame.top, "#faf0e8")
    edge = svg.rect(
        frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top, "none", INK
    ).replace('stroke-width="1.5"', 'stroke-width="1"')
    upright = svg.line(x, frame.top, x, frame.bottom, INK, 1, "5 4")
    level = svg.line(frame.left, y, frame.right, y, INK, 1, "5 4")
    return tint + edge + upright + level


def _corners(
    frame: Box,
    cross: tuple[float, float],
    performance: Axis,
    importance: Axis,
    language: str,
    centres: Sequence[tuple[float, float]],
) -> tuple[str, list[Box]]:
    """Return the titles in the corners and the values of the cross lines, and their boxes.

    A value stands on the side of its line where no mark is.
    """
    parts, boxes = [], []
    names, mean = WORDS[language]
    spots = {
        Quadrant.CONCENTRATE: (frame.left + 10, frame.top + 22, ""),
        Quadrant.KEEP: (frame.right - 10, frame.top + 22, "end"),
        Quadrant.LOW_PRIORITY: (frame.left + 10, frame.bottom - 11, ""),
        Quadrant.OVERKILL: (frame.right - 10, frame.bottom - 11, "end"),
    }
    for quadrant, (x, y, anchor) in spots.items():
        parts.append(svg.text(x, y, names[quadrant], 14, COLOURS[quadrant], anchor, bold=True))
        boxes.append(_text_box(x, y, names[quadrant], 15, anchor))
    upright = f"{mean}{rounded(performance.cross, performance.places + 1)}{performance.unit}"
    level = f"{mean}{rounded(importance.cross, importance.places + 1)}{importance.unit}"
    ends = cross[0] + 5 + text_width(upright, 11) > frame.right
    sides = [(cross[0] - 5, "end")] if ends else [(cross[0] + 5, ""), (cross[0] - 5, "end")]
    heights = [cross[1] - 5, cross[1] + 13] if cross[1] - frame.top > 20 else [cross[1] + 13]
    marks = _marks(centres)
    for words, places in (
        (upright, [(left, frame.bottom - 6, side) for left, side in sides]),
        (level, [(frame.right - 5, bottom, "end") for bottom in heights]),
    ):
        found = [(place, _text_box(*place[:2], words, 11, place[2])) for place in places]
        free = [each for each in found if not any(map(each[1].overlaps, marks))]
        (left, bottom, side), box = (free or found)[0]
        parts.append(svg.text(left, bottom, words, 11, INK_2, side, halo=True))
        boxes.append(box)
    return "".join(parts), boxes


def _text_box(x: float, y: float, words: str, size: float, anchor: str) -> Box:
    width = text_width(words, size)
    left = x - width if anchor == "end" else x
    return Box(left - 2, y - size, left + width + 2, y + 0.3 * size)


def _ticks(frame: Box, x: Scale, y: Scale, performance: Axis, importance: Axis) -> str:
    """Return ticks, their values, and the names of both axes."""
    parts = []
    for value in _round_values(x):
        at = x.at(value)
        parts.append(svg.line(at, frame.bottom, at, frame.bottom + 5, INK, 1))
        words = rounded(value, performance.places) + performance.unit
        parts.append(svg.text(at, frame.bottom + 19, words, 12, INK_2, "middle"))
    for value in _round_values(y):
        at = y.at(value)
        parts.append(svg.line(frame.left - 5, at, frame.left, at, INK, 1))
        words = rounded(value, importance.places) + importance.unit
        parts.append(svg.text(frame.left - 8, at + 4.2, words, 12, INK_2, "end"))
    middle = (frame.left + frame.right) / 2
    parts.append(svg.text(middle, frame.bottom + 40, f"{performance.name} →", 13, INK, "middle"))
    turned = svg.number((frame.top + frame.bottom) / 2)
    upright = svg.text(0, 0, f"{importance.name} →", 13, INK, "middle")
    parts.append(f'<g transform="translate(13 {turned}) rotate(-90)">{upright}</g>')
    return "".join(parts)


def _scale(values: Sequence[float], cross: float, start: float, end: float) -> Scale:
    """Return a scale that shows all values and the cross line, with room for the corner titles."""
    low, high = min([*values, cross]), max([*values, cross])
    span = max(high - low, abs(cross) * 0.02, 1e-6)
    inside = abs(end - start) - 2 * _PADDING
    room = span * _PADDING / inside + (span - (high - low)) / 2
    return Scale(low - room, high + room, start, end)


def _round_values(scale: Scale) -> list[float]:
    """Return four to eight round values on a scale."""
    raw = (scale.high - scale.low) / 6
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(step * power for step in (1, 2, 5, 10) if step * power >= raw)
    first = math.ceil(scale.low / step)
    return [n * step for n in range(first, math.floor(scale.high / step) + 1)]


def _spoken(points: Sequence[Point], performance: Axis, importance: Axis, language: str) -> str:
    """Return every point in words."""
    names, _ = WORDS[language]
    return "；".join(
        f"{p.label}：{performance.name}{rounded(p.performance, performance.places + 1)}"
        f"{performance.unit}，{importance.name}{rounded(p.importance, importance.places + 1)}"
        f"{importance.unit}，{names[p.quadrant]}"
        for p in points
    )
