"""Charts of a report for the screen: one for wide windows, one for phones, both on white."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from reports.charts import bar_chart, stacked_chart, too_few
from reports.parts import (
    Absent,
    BarFigure,
    Block,
    EvaluationReport,
    QuadrantFigure,
    StackFigure,
)
from reports.quadrant_chart import quadrant_chart

WIDE, NARROW = 760, 358
Figure = BarFigure | StackFigure | QuadrantFigure | Absent


@dataclass(frozen=True)
class Drawing:
    """One chart at two widths; style sheets show the one that fits."""

    wide: Markup
    narrow: Markup


@dataclass(frozen=True)
class ShownSection:
    """A section of a report with its charts drawn; `drawing` is None for what is not a picture."""

    title: str
    blocks: tuple[tuple[Block, Drawing | None], ...]


def shown(report: EvaluationReport) -> tuple[ShownSection, ...]:
    """Return the sections and the annex of `report`, ready for the screen."""
    return tuple(
        ShownSection(
            section.title,
            tuple(
                (block, _both(block, f"s{place}b{number}"))
                for number, block in enumerate(section.blocks)
            ),
        )
        for place, section in enumerate((*report.sections, *report.annex))
    )


def _both(block: Block, key: str) -> Drawing | None:
    if not isinstance(block, Figure):
        return None
    return Drawing(_drawn(block, f"{key}w", WIDE), _drawn(block, f"{key}n", NARROW))


def _drawn(figure: Figure, key: str, width: int) -> Markup:
    if isinstance(figure, Absent):
        return too_few(key=key, threshold=figure.threshold, width=width)
    if isinstance(figure, BarFigure):
        return bar_chart(
            figure.bars,
            key=key,
            title=figure.caption,
            unit=figure.unit,
            reference=figure.reference,
            width=width,
        )
    if isinstance(figure, StackFigure):
        return stacked_chart(
            figure.stacks, figure.levels, key=key, title=figure.caption, width=width
        )
    return quadrant_chart(
        figure.points,
        performance=figure.performance,
        importance=figure.importance,
        key=key,
        title=figure.caption,
        width=width,
        height=440 if width == WIDE else 400,
    )
