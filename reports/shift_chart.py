"""Then and now 前后对比: where each figure stood, where it stands, and whether that is real."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports import svg
from reports.display import rounded
from reports.lettering import text_width, wrap
from reports.svg import INK, INK_2, LINE
from reports.trend import Verdict

COLOURS = {Verdict.UP: "#17505b", Verdict.DOWN: "#a3400f", Verdict.STEADY: INK_2}
SIGNS = {Verdict.UP: "▲", Verdict.DOWN: "▼", Verdict.STEADY: "＝"}
UNTESTED = "不作判断"
_SIZE = 13


@dataclass(frozen=True)
class Shift:
    """One figure, 0–100, in two rounds; `verdict` None where the change cannot be tested."""

    label: str
    before: float
    now: float
    verdict: Verdict | None = None

    @property
    def mark(self) -> str:
        """The sign and the words beside it: ▲实质上升."""
        return f"{SIGNS[self.verdict]}{self.verdict.sentence}" if self.verdict else UNTESTED


def shift_chart(
    shifts: Sequence[Shift], *, key: str, title: str, width: int = 590, row: int = 20
) -> Markup:
    """Return one row per figure: hollow circle then, full circle now, and the mark in words."""
    left = math.ceil(min(width * 0.3, max((text_width(s.label, _SIZE) for s in shifts), default=0)))
    left += 14
    right = width - 178
    low, high = _range(shifts)
    scale = (right - left) / (high - low)
    top, parts, rows = 24.0, [], []
    for shift in shifts:
        lines = wrap(shift.label, size=_SIZE, room=left - 12, most=2)
        rows.append((shift, lines, top))
        top += max(row, 17 * len(lines) + 2)
    parts.append(_axis(left, scale, low, high, top))
    parts.append(_key(left, width))
    for number, (shift, lines, start) in enumerate(rows):
        end = rows[number + 1][2] if number + 1 < len(rows) else top
        middle = (start + end) / 2
        parts.append(svg.lines(lines, 0, middle, _SIZE))
        before, now = (left + (value - low) * scale for value in (shift.before, shift.now))
        parts.append(_dots(shift, before, now, middle))
        figures = f"{rounded(shift.before, 1)}→{rounded(shift.now, 1)}"
        parts.append(svg.text(right + 88, middle + 4.8, figures, _SIZE, INK, "end"))
        colour = COLOURS[shift.verdict] if shift.verdict else INK_2
        bold = shift.verdict in (Verdict.UP, Verdict.DOWN)
        parts.append(svg.text(width, middle + 4.8, shift.mark, _SIZE, colour, "end", bold=bold))
    said = "；".join(
        f"{s.label}由{rounded(s.before, 1)}到{rounded(s.now, 1)}，"
        f"{s.verdict.sentence if s.verdict else UNTESTED}"
        for s in shifts
    )
    return svg.picture(key, title, said, width, top + 22, "".join(parts))


def _range(shifts: Sequence[Shift]) -> tuple[float, float]:
    """Return ends at tens around all values; positions, not lengths, tell the values here."""
    values = [value for shift in shifts for value in (shift.before, shift.now)] or [0.0, 100.0]
    low = max(0.0, 10 * math.floor((min(values) - 2) / 10))
    high = min(100.0, 10 * math.ceil((max(values) + 2) / 10))
    return (low, high) if high - low >= 20 else (max(0.0, high - 20), max(high, 20.0))


def _axis(left: float, scale: float, low: float, high: float, bottom: float) -> str:
    step = 10 if high - low <= 60 else 20
    grid, names = "", []
    for value in range(math.ceil(low / step) * step, int(high) + 1, step):
        x = left + (value - low) * scale
        grid += f"M{svg.number(x)} 24V{svg.number(bottom)}"
        names.append(svg.text(x, bottom + 16, str(value), 12, INK_2, "middle"))
    return svg.path(grid, LINE, 1) + "".join(names)


def _key(left: float, width: float) -> str:
    """Return what the two circles stand for."""
    return (
        _dot(left + 6, 10, INK, is_full=False)
        + svg.text(left + 16, 14.5, "上轮", 12, INK_2)
        + _dot(left + 62, 10, INK, is_full=True)
        + svg.text(left + 72, 14.5, "本轮", 12, INK_2)
        + svg.text(width, 14.5, "变化", 12, INK_2, "end")
    )


def _dots(shift: Shift, before: float, now: float, middle: float) -> str:
    colour = COLOURS[shift.verdict] if shift.verdict else INK_2
    rod = svg.line(before, middle, now, middle, colour, 2)
    return rod + _dot(before, middle, colour, is_full=False) + _dot(now, middle, colour)


def _dot(x: float, y: float, colour: str, *, is_full: bool = True) -> str:
    fill = colour if is_full else "#fff"
    return (
        f'<circle cx="{svg.number(x)}" cy="{svg.number(y)}" r="5" fill="{fill}" '
        f'stroke="{colour}" stroke-width="2"/>'
    )
