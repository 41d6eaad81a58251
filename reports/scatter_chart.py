"""Two sides of the same objects 散点图: what leaders say against what residents say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports import svg
from reports.display import rounded
from reports.lettering import text_width
from reports.quadrant_chart import Box, Scale, place_labels
from reports.svg import INK, INK_2, LINE

FAR, NEAR = "#a3400f", "#17505b"
MOST_NAMED = 12
_LEFT, _TOP, _RIGHT_PAD, _BOTTOM_PAD = 56, 8, 8, 44


@dataclass(frozen=True)
class Dot:
    """One object: residents along x, the other side along y, both 0–100."""

    label: str
    x: float
    y: float


def scatter_chart(
    dots: Sequence[Dot],
    *,
    key: str,
    title: str,
    x_name: str,
    y_name: str,
    margin: float,
    width: int = 590,
    height: int = 283,
) -> Markup:
    """Return the picture: both sides agree on the diagonal; beyond `margin` a diamond is named."""
    frame = Box(_LEFT, _TOP, width - _RIGHT_PAD, height - _BOTTOM_PAD)
    low, high = _range(dots)
    x = Scale(low, high, frame.left, frame.right)
    y = Scale(low, high, frame.bottom, frame.top)
    far = sorted((d for d in dots if abs(d.y - d.x) > margin), key=lambda d: -abs(d.y - d.x))
    named = far[:MOST_NAMED]
    centres = [(x.at(d.x), y.at(d.y)) for d in named]
    parts = [_ground(frame, x, y, low, high, margin), _axes(frame, x, y, low, high, x_name, y_name)]
    corners, taken = _corners(frame, x_name, y_name)
    parts.append(corners)
    crowd = [_box(x.at(d.x), y.at(d.y)) for d in dots if d not in named]
    places = place_labels([d.label for d in named], centres, frame, [*taken, *crowd[:60]])
    parts += [_mark(x.at(d.x), y.at(d.y), is_far=False) for d in dots if d not in far]
    parts += [_mark(x.at(d.x), y.at(d.y), is_far=True) for d in far]
    parts += [
        svg.text(
            (place.left + place.right) / 2,
            (place.top + place.bottom) / 2 + 4.5,
            _short(dot.label),
            12,
            INK,
            "middle",
            halo=True,
        )
        for dot, place in zip(named, places, strict=True)
        if place is not None
    ]
    said = f"共{len(dots)}个对象，{len(far)}个相差超过{rounded(margin, 0)}分"
    said += "".join(
        f"；{d.label}：{x_name}{rounded(d.x, 1)}，{y_name}{rounded(d.y, 1)}" for d in named
    )
    return svg.picture(key, title, said, width, height, "".join(parts))


def _range(dots: Sequence[Dot]) -> tuple[float, float]:
    values = [value for dot in dots for value in (dot.x, dot.y)] or [0.0, 100.0]
    low = max(0.0, 10 * math.floor((min(values) - 4) / 10))
    high = min(100.0, 10 * math.ceil((max(values) + 1) / 10))
    return (low, high) if high - low >= 20 else (max(0.0, high - 20), max(high, 20.0))


def _box(x: float, y: float) -> Box:
    return Box(x - 6, y - 6, x + 6, y + 6)


def _short(label: str) -> str:
    return label if len(label) <= 12 else label[:11] + "…"


def _ground(frame: Box, x: Scale, y: Scale, low: float, high: float, margin: float) -> str:
    """Return the frame, the diagonal, and the two lines from which a gap counts."""

    def level(shift: float) -> str:
        first, last = max(low, low - shift), min(high, high - shift)
        if first >= last:
            return ""
        dash = "6 4" if shift else ""
        return svg.line(
            x.at(first), y.at(first + shift), x.at(last), y.at(last + shift), INK_2, 1, dash
        )

    edge = svg.rect(
        frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top, "none", INK
    ).replace('stroke-width="1.5"', 'stroke-width="1"')
    return edge + level(0) + level(margin) + level(-margin)


def _axes(frame: Box, x: Scale, y: Scale, low: float, high: float, x_name: str, y_name: str) -> str:
    parts = []
    for value in range(int(low), int(high) + 1, 10):
        across, up = x.at(value), y.at(value)
        parts.append(svg.line(across, frame.bottom, across, frame.bottom + 4, INK, 1))
        parts.append(svg.text(across, frame.bottom + 17, str(value), 12, INK_2, "middle"))
        parts.append(svg.line(frame.left - 4, up, frame.left, up, INK, 1))
        parts.append(svg.text(frame.left - 7, up + 4.2, str(value), 12, INK_2, "end"))
        if low < value < high:
            parts.append(svg.line(frame.left, up, frame.right, up, LINE, 0.5))
    middle = (frame.left + frame.right) / 2
    parts.append(svg.text(middle, frame.bottom + 37, f"{x_name} →", 13, INK, "middle"))
    turned = svg.number((frame.top + frame.bottom) / 2)
    upright = svg.text(0, 0, f"{y_name} →", 13, INK, "middle")
    return "".join(parts) + f'<g transform="translate(13 {turned}) rotate(-90)">{upright}</g>'


def _corners(frame: Box, x_name: str, y_name: str) -> tuple[str, list[Box]]:
    words = [
        (f"{y_name}明显高", frame.left + 8, frame.top + 18, ""),
        (f"{x_name}明显高", frame.right - 8, frame.bottom - 9, "end"),
    ]
    boxes = []
    for said, left, base, side in words:
        start = left - text_width(said, 12) if side else left
        boxes.append(Box(start - 2, base - 13, start + text_width(said, 12) + 2, base + 4))
    return "".join(
        svg.text(left, base, said, 12, INK_2, side, halo=True) for said, left, base, side in words
    ), boxes


def _mark(x: float, y: float, *, is_far: bool) -> str:
    """Return a full diamond beyond the margin, a hollow circle within: shapes tell in grey."""
    if not is_far:
        return (
            f'<circle cx="{svg.number(x)}" cy="{svg.number(y)}" r="4" fill="#fff" '
            f'stroke="{NEAR}" stroke-width="1.5"/>'
        )
    points = " ".join(
        f"{svg.number(x + dx * 6.5)},{svg.number(y + dy * 6.5)}"
        for dx, dy in ((0, -1), (1, 0), (0, 1), (-1, 0))
    )
    return f'<polygon points="{points}" fill="{FAR}"/>'
