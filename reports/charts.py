"""Charts as SVG text, the same for web pages, PDF and grey print (look.md, section 8).

Pure functions of plain values. Only presentation attributes, since neither a page's style sheet
reaches into an inline SVG in a PDF nor may a page carry `style=`. Text stays text. Each picture
names itself in `<title>` and says every value in `<desc>`. `key` keeps ids unique in a document.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports import svg
from reports.display import SUPPRESSED, rounded
from reports.lettering import text_width, wrap
from reports.svg import INK, INK_2, LINE

BAR, REFERENCE = "#6d9ca3", "#a3400f"
NARROW = 420
"""Below this width labels stand above their bars: a phone has no room beside them."""


@dataclass(frozen=True)
class Bar:
    """One bar, 0–100.

    `low` and `high` bound its 95 % interval; without them `note` stands in the interval's place
    (全员参评, 样本偏少). A hollow bar says that the sample is small.
    """

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    note: str = ""
    is_small: bool = False


@dataclass(frozen=True)
class Reference:
    """A dashed line across all bars, with its name above."""

    label: str
    value: float


@dataclass(frozen=True)
class Level:
    """One level of a scale in a stacked bar: its name and its place, 5 best to 1 worst."""

    label: str
    tone: int


@dataclass(frozen=True)
class Stack:
    """One stacked bar: ballots at every level, best first."""

    label: str
    counts: tuple[int, ...]


# Satisfaction from best to worst: fill, colour of the figure on it, hatch (colour, angle).
_TONES: dict[int, tuple[str, str, tuple[str, int] | None]] = {
    5: ("#123f49", "#fff", None),
    4: ("#3f7c85", "#fff", None),
    3: ("#ccd6d3", INK, None),
    2: ("#e9b27c", INK, ("#96400f", 45)),
    1: ("#96400f", INK, ("#fff", -45)),
}


@dataclass(frozen=True)
class Words:
    """What the pictures say themselves; labels and titles come from the caller."""

    people: str
    interval: str
    nothing: str
    none: str
    and_: str
    between: str
    too_few: str
    because: str


WORDS = {
    "zh": Words(
        "人数", "，95%区间{low}至{high}", "没有可计算的评价", "无", "、", "；", SUPPRESSED,
        "有效票不足{k}张，或会让人推算出不足{k}张的对象；为保护填票人，不予公布",
    ),
    "en": Words(
        "people", ", 95% interval {low} to {high}", "no answers that count", " none", ", ", "; ",
        "— (too few answers)",
        "Fewer than {k} answers, or they would give such a place away; not published",
    ),
}  # fmt: skip


def bar_chart(
    bars: Sequence[Bar],
    *,
    key: str,
    title: str,
    unit: str = "",
    reference: Reference | None = None,
    width: int = 590,
    row: int = 40,
    language: str = "zh",
    name_lines: int = 3,
) -> Markup:
    """Return horizontal bars from 0 to 100, in the order given, with whiskers.

    Web pages have rows of 40 px; print sets them closer. In a narrow picture each label stands
    above its bar. A name has `name_lines` at most.
    """
    is_narrow = width < NARROW
    left = 8 if is_narrow else _label_column([b.label for b in bars], 13, width * 0.42)
    room = width - left - 4 if is_narrow else left - 12
    labels = [wrap(bar.label, size=13, room=room, most=name_lines) for bar in bars]
    right = width - 144
    top = 30 if reference else 8
    above = [17 * len(lines) + 4 if is_narrow else 0 for lines in labels]
    rows = _rows([1 if is_narrow else len(lines) for lines in labels], top, row, above)
    bottom = rows[-1][1] if rows else top
    scale = (right - left) / 100
    parts = [_axis(left, scale, top, bottom, unit)]
    for bar, lines, over, (row_top, row_bottom) in zip(bars, labels, above, rows, strict=True):
        middle = (row_top + over + row_bottom) / 2
        at = (left + 4, row_top + 4 + over / 2) if over else (0, middle)
        name = svg.lines(lines, *at, 13)
        parts.append(name + _bar(bar, left, right, scale, middle, min(9, row / 4)))
    parts.append(svg.line(left, top, left, bottom, INK, 1.5))
    if reference:
        parts.append(_reference(reference, left + reference.value * scale, top, bottom, right))
    words = WORDS[language]
    spoken = [_spoken_bar(bar, unit, words) for bar in bars]
    described = words.between.join([*spoken, reference.label] if reference else spoken)
    return svg.picture(key, title, described, width, bottom + 24, "".join(parts))


def stacked_chart(
    stacks: Sequence[Stack],
    levels: Sequence[Level],
    *,
    key: str,
    title: str,
    width: int = 590,
    row: int = 44,
    language: str = "zh",
    counted: str = "",
    name_lines: int = 3,
) -> Markup:
    """Return 100 % bars, best level left, with the number of ballots at the right.

    `counted` heads these numbers where they are not of people.
    """
    left = _label_column([stack.label for stack in stacks], 13, width * 0.36)
    room = left - 12
    labels = [wrap(stack.label, size=13, room=room, most=name_lines) for stack in stacks]
    right = width - 52
    words = WORDS[language]
    legend, top = _legend(levels, key, width, counted or words.people)
    rows = _rows([len(lines) for lines in labels], top, row)
    parts = [_patterns(levels, key), legend]
    for stack, lines, (row_top, row_bottom) in zip(stacks, labels, rows, strict=True):
        middle = (row_top + row_bottom) / 2
        parts.append(svg.lines(lines, 0, middle, 13))
        half = min(14, row * 0.36)
        parts.append(_pieces(stack, levels, key, left, right - left, middle, half, words))
        parts.append(
            svg.text(width, middle + 4.9, f"{sum(stack.counts):,}", 14, INK_2, anchor="end")
        )
    bottom = rows[-1][1] if rows else top
    described = words.between.join(_spoken_stack(stack, levels, words) for stack in stacks)
    return svg.picture(key, title, described, width, bottom + 2, "".join(parts))


def too_few(*, key: str, threshold: int, width: int = 590, language: str = "zh") -> Markup:
    """Return what stands where a chart would: no axis, no count, the reason.

    An object may be hidden for its own few ballots or to protect another; the words fit both.
    """
    words = WORDS[language]
    line = words.because.format(k=threshold)
    body = (
        f'<rect x="1" y="1" width="{width - 2}" height="94" fill="#fff" stroke="#c4beb0" '
        'stroke-width="1" stroke-dasharray="5 4"/>'
        + svg.text(width / 2, 42, words.too_few, 16, INK, anchor="middle", bold=True)
        + svg.text(width / 2, 68, line, 14, INK_2, anchor="middle")
    )
    return svg.picture(key, words.too_few, line, width, 96, body)


def _bar(bar: Bar, left: float, right: float, scale: float, middle: float, half: float) -> str:
    """Return one row: bar, whisker, value, interval; `half` is half the bar's height."""
    parts = []
    length = bar.value * scale
    if bar.is_small:
        inner = max(length - 1.5, 0)
        parts.append(
            svg.rect(left + 0.75, middle - half + 0.75, inner, 2 * half - 1.5, "#fff", INK_2)
        )
    else:
        parts.append(svg.rect(left, middle - half, length, 2 * half, BAR))
    note, below = bar.note, ""
    if bar.low is not None and bar.high is not None:
        low, high = left + bar.low * scale, left + bar.high * scale
        caps = "".join(f"M{svg.number(x)} {svg.number(middle - 5)}v10" for x in (low, high))
        rod = f"M{svg.number(low)} {svg.number(middle)}H{svg.number(high)}"
        parts.append(svg.path(rod + caps, INK, 1.5))
        note, below = f"{rounded(bar.low, 1)}～{rounded(bar.high, 1)}", bar.note
    parts.append(
        svg.text(right + 58, middle + 5.6, rounded(bar.value, 1), 15, INK, "end", bold=True)
    )
    base = middle + (5.2 if not below else -1)
    parts.append(svg.text(right + 144, base, note, 13, INK_2, "end"))
    if below:
        parts.append(svg.text(right + 144, middle + 13, below, 11, INK_2, "end"))
    return "".join(parts)


def _axis(left: float, scale: float, top: float, bottom: float, unit: str) -> str:
    parts, grid = [], ""
    for value in range(0, 101, 20):
        x = left + value * scale
        grid += f"M{svg.number(x)} {svg.number(top)}V{svg.number(bottom)}"
        parts.append(svg.text(x, bottom + 17, f"{value}{unit}", 12, INK_2, "middle"))
    return svg.path(grid, LINE, 1) + "".join(parts)


def _reference(reference: Reference, x: float, top: float, bottom: float, right: float) -> str:
    """Return the dashed line with its name above, kept inside the picture."""
    half = text_width(reference.label, 13) / 2
    centre = min(max(x, half), right + 144 - half)
    name = svg.text(centre, top - 11, reference.label, 13, REFERENCE, "middle")
    return name + svg.line(x, top - 5, x, bottom, REFERENCE, 1.5, dash="5 3")


def _legend(levels: Sequence[Level], key: str, width: float, head: str) -> tuple[str, float]:
    """Return the legend, wrapped to `width`, and where the bars may start."""
    parts, x, y = [], 0.0, 14.0
    room = width - 52
    for level in levels:
        step = 19 + text_width(level.label, 13) + 16
        if x + step - 16 > room and x:
            x, y = 0.0, y + 24
        parts.append(_piece(x, y - 12, 14, 14, level.tone, key))
        parts.append(svg.text(x + 19, y, level.label, 13, INK))
        x += step
    parts.append(svg.text(width, y, head, 12, INK_2, "end"))
    return "".join(parts), y + 10


def _pieces(
    stack: Stack,
    levels: Sequence[Level],
    key: str,
    left: float,
    room: float,
    middle: float,
    half: float,
    words: Words,
) -> str:
    """Return the pieces of one bar, 1.5 px of white between them, figures where they fit."""
    total = sum(stack.counts)
    shown = [(level, count) for level, count in zip(levels, stack.counts, strict=True) if count]
    if not total:
        return svg.text(left, middle + 4.9, words.nothing, 13, INK_2)
    free = room - 1.5 * (len(shown) - 1)
    parts, x = [], left
    for level, count in shown:
        size = free * count / total
        parts.append(_piece(x, middle - half, size, 2 * half, level.tone, key))
        is_hatched = _TONES[level.tone][2] is not None
        if size >= (30 if is_hatched else 24):
            figure = rounded(100 * count / total, 0)
            if is_hatched:
                parts.append(svg.rect(x + size / 2 - 12, middle - 8, 24, 16, "#fff"))
            colour = _TONES[level.tone][1]
            parts.append(
                svg.text(x + size / 2, middle + 4.6, figure, 13, colour, "middle", bold=True)
            )
        x += size + 1.5
    return "".join(parts)


def _piece(x: float, y: float, width: float, height: float, tone: int, key: str) -> str:
    """Return one filled piece; the hatch is a second rectangle, which shows no seams in a PDF."""
    fill, _, hatch = _TONES[tone]
    solid = svg.rect(x, y, width, height, fill)
    return solid + (svg.rect(x, y, width, height, f"url(#{key}h{tone})") if hatch else "")


def _patterns(levels: Sequence[Level], key: str) -> str:
    parts = []
    for tone in sorted({level.tone for level in levels}):
        hatch = _TONES[tone][2]
        if hatch:
            colour, angle = hatch
            parts.append(
                f'<pattern id="{key}h{tone}" width="7" height="7" patternUnits="userSpaceOnUse" '
                f'patternTransform="rotate({angle})"><line x1="0" y1="0" x2="0" y2="7" '
                f'stroke="{colour}" stroke-width="1.6"/></pattern>'
            )
    return f"<defs>{''.join(parts)}</defs>" if parts else ""


def _spoken_bar(bar: Bar, unit: str, words: Words) -> str:
    value = rounded(bar.value, 1) + unit
    if bar.low is not None and bar.high is not None:
        low, high = rounded(bar.low, 1), rounded(bar.high, 1)
        return f"{bar.label}{value}" + words.interval.format(low=low, high=high)
    return f"{bar.label}{value}" + (f"，{bar.note}" if bar.note else "")


def _spoken_stack(stack: Stack, levels: Sequence[Level], words: Words) -> str:
    total = sum(stack.counts)
    shares = words.and_.join(
        f"{level.label}{rounded(100 * count / total, 0)}%"
        if total
        else f"{level.label}{words.none}"
        for level, count in zip(levels, stack.counts, strict=True)
    )
    return f"{stack.label}：{shares}"


def _label_column(labels: Sequence[str], size: float, widest: float) -> float:
    """Return how wide the column of labels must be, at most `widest`."""
    natural = max((text_width(label, size) for label in labels), default=0.0)
    return math.ceil(min(natural, widest)) + 14


def _rows(
    lines: Sequence[int], top: float, least: float, above: Sequence[float] = ()
) -> list[tuple[float, float]]:
    """Return top and bottom of every row: how many lines it takes, and what stands above it."""
    rows = []
    for count, over in zip(lines, above or [0] * len(lines), strict=True):
        height = max(least - (8 if over else 0), count * 17 + 2) + over
        rows.append((top, top + height))
        top += height
    return rows
