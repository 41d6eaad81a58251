"""Counts in rows and columns 转移矩阵: shaded by size, every number in its cell."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from reports import svg
from reports.lettering import text_width
from reports.svg import INK, INK_2, LINE

TINTS = ("#fff", "#eef2f1", "#d3dfde", "#a9c2c3", "#6d9ca3")
_ROW, _HEAD = 26, 46


def matrix_chart(
    rows: Sequence[str],
    columns: Sequence[str],
    counts: Sequence[Sequence[int]],
    *,
    key: str,
    title: str,
    row_name: str,
    column_name: str,
    width: int = 590,
) -> Markup:
    """Return the cells with their numbers; where row and column are called the same, a frame."""
    left = max(64.0, *(text_width(row, 13) + 20 for row in rows)) if rows else 64.0
    cell = (width - left - 60) / max(1, len(columns))
    most = max((count for row in counts for count in row), default=0)
    bottom = _HEAD + _ROW * len(rows)
    parts = [
        svg.text(left + cell * len(columns) / 2, 14, column_name, 13, INK_2, "middle"),
        svg.text(0, 34, row_name, 13, INK_2),
        svg.text(width - 8, 34, "合计", 13, INK_2, "end"),
    ]
    parts += [
        svg.text(left + cell * (number + 0.5), 34, name, 13, INK, "middle")
        for number, name in enumerate(columns)
    ]
    for place, (name, row) in enumerate(zip(rows, counts, strict=True)):
        top = _HEAD + _ROW * place
        parts.append(svg.text(0, top + 18, name, 13, INK))
        for number, count in enumerate(row):
            is_same = columns[number] == name
            parts.append(_cell(left + cell * number, top, cell, count, most, is_same=is_same))
        parts.append(svg.text(width - 8, top + 18, f"{sum(row):,}", 13, INK, "end", bold=True))
    said = "；".join(
        f"{row_name}{name}：{_spoken(columns, row)}"
        for name, row in zip(rows, counts, strict=True)
        if any(row)
    )
    return svg.picture(key, title, said or "没有数据", width, bottom + 4, "".join(parts))


def _cell(left: float, top: float, width: float, count: int, most: int, *, is_same: bool) -> str:
    step = 0 if not count else min(len(TINTS) - 1, 1 + 3 * count // max(1, most))
    box = svg.rect(left + 1, top + 1, width - 2, _ROW - 2, TINTS[step], INK if is_same else LINE)
    words = f"{count:,}" if count else "·"
    colour = INK if count else INK_2
    return box + svg.text(left + width / 2, top + 18, words, 14, colour, "middle", bold=bool(count))


def _spoken(columns: Sequence[str], row: Sequence[int]) -> str:
    return "、".join(f"{name}{count}" for name, count in zip(columns, row, strict=True) if count)
