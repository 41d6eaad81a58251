"""What charts are drawn from, as tables: for workbooks, and for those who cannot see pictures."""

from __future__ import annotations

from reports.display import rounded
from reports.parts import (
    BarFigure,
    Column,
    MatrixFigure,
    QuadrantFigure,
    ScatterFigure,
    ShiftFigure,
    StackFigure,
)

Drawn = BarFigure | StackFigure | QuadrantFigure | ShiftFigure | ScatterFigure | MatrixFigure
Rows = tuple[tuple[str, ...], ...]
Data = tuple[tuple[Column, ...], Rows]


def data_of(figure: Drawn) -> Data:
    """Return heads and rows of a chart, with the digits that the picture prints."""
    if isinstance(figure, BarFigure):
        return _bars(figure)
    if isinstance(figure, StackFigure):
        heads = [level.label for level in figure.levels]
        return _columns("项目", *heads, "人数"), tuple(
            (stack.label, *(f"{count}" for count in stack.counts), f"{sum(stack.counts)}")
            for stack in figure.stacks
        )
    if isinstance(figure, QuadrantFigure):
        x, y = figure.performance, figure.importance
        return _columns("项目", x.name, y.name), tuple(
            (
                point.label,
                rounded(point.performance, x.places) + x.unit,
                rounded(point.importance, y.places) + y.unit,
            )
            for point in figure.points
        )
    if isinstance(figure, ShiftFigure):
        return _columns("项目", "上轮", "本轮", "判断"), tuple(
            (each.label, rounded(each.before, 1), rounded(each.now, 1), each.mark)
            for each in figure.shifts
        )
    if isinstance(figure, ScatterFigure):
        return _columns("对象", figure.x_name, figure.y_name), tuple(
            (dot.label, rounded(dot.x, 1), rounded(dot.y, 1)) for dot in figure.dots
        )
    return _columns(f"{figure.row_name}＼{figure.column_name}", *figure.columns, "合计"), tuple(
        (name, *(f"{count}" for count in row), f"{sum(row)}")
        for name, row in zip(figure.rows, figure.counts, strict=True)
    )


def _bars(figure: BarFigure) -> Data:
    columns = _columns("项目", "数值", "95%区间下限", "95%区间上限", "备注")
    return columns, tuple(
        (
            bar.label,
            rounded(bar.value, 1) + figure.unit,
            "" if bar.low is None else rounded(bar.low, 1) + figure.unit,
            "" if bar.high is None else rounded(bar.high, 1) + figure.unit,
            bar.note,
        )
        for bar in figure.bars
    )


def _columns(first: str, *others: str) -> tuple[Column, ...]:
    share = 60 / len(others)
    return (Column(first, 40), *(Column(head, share, "right") for head in others))
