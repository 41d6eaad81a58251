"""A report as a web page: the words and figures of the PDF, for screens of any width.

`article` is the document alone, to stand in a page of the console; `page` is one file that loads
nothing and runs nothing, to be sent or put on a site of the office's own.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache

from markupsafe import Markup

from reports import parts
from reports.chart_data import Drawn, data_of
from reports.charts import bar_chart, stacked_chart
from reports.documents import environment, grouped, instant, render, style
from reports.matrix_chart import matrix_chart
from reports.parts import (
    BarFigure,
    EvaluationReport,
    MatrixFigure,
    ScatterFigure,
    ShiftFigure,
    StackFigure,
)
from reports.quadrant_chart import quadrant_chart
from reports.scatter_chart import scatter_chart
from reports.shift_chart import shift_chart

WIDE, NARROW = 590, 350
ROW = 32
TALL, SQUARE = 400, 350


def article(report: EvaluationReport, *, verify: str = "") -> Markup:
    """Return the document as an HTML fragment without styles; its classes are in `web.css`.

    `verify` is the address where the check code can be tried; empty to leave it out.
    """
    _templates()
    return Markup(  # noqa: S704 - a template that escapes
        render(
            "article.html.j2",
            report=report,
            reworded=reworded_in(report),
            check_code=grouped(parts.check_code(report)),
            digest=parts.digest_of(report),
            as_of=instant(report.as_of),
            verify=verify,
        )
    )


@cache
def _templates() -> None:
    """Teach the templates what only web pages need; the environment is shared with print."""
    environment().filters.update(pictures=pictures, data=data_of)


def page(report: EvaluationReport, *, verify: str = "") -> str:
    """Return the document as one HTML file with its style inside and a policy that allows no more.

    `verify` as for `article`.
    """
    return render(
        "web.html.j2",
        report=report,
        body=article(report, verify=verify),
        policy=f"default-src 'none'; style-src {style_hash()}; base-uri 'none'; form-action 'none'",
    )


def style_hash() -> str:
    """Return what a content policy calls the style sheet of `article` when it stands in a page."""
    digest = hashlib.sha256(style("web").encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def pictures(figure: Drawn, key: str) -> Markup:
    """Return a chart twice, for wide screens and for phones; the style sheet shows one."""
    wide, narrow = (_drawn(figure, f"{key}{width}", width) for width in (WIDE, NARROW))
    return Markup('<div class="wide">{}</div><div class="narrow">{}</div>').format(wide, narrow)


def reworded_in(report: EvaluationReport) -> dict[str, parts.Reworded]:
    """Return the sentences that an office edited, by place."""
    return {each.place: each for each in report.reworded}


def _drawn(figure: Drawn, key: str, width: int) -> Markup:
    title = figure.caption
    if isinstance(figure, BarFigure):
        return bar_chart(
            figure.bars,
            key=key,
            title=title,
            unit=figure.unit,
            reference=figure.reference,
            width=width,
            row=ROW,
        )
    if isinstance(figure, StackFigure):
        return stacked_chart(
            figure.stacks,
            figure.levels,
            key=key,
            title=title,
            width=width,
            counted=figure.counted,
        )
    if isinstance(figure, ShiftFigure):
        return shift_chart(figure.shifts, key=key, title=title, width=width, row=ROW)
    if isinstance(figure, ScatterFigure):
        return scatter_chart(
            figure.dots,
            key=key,
            title=title,
            x_name=figure.x_name,
            y_name=figure.y_name,
            margin=figure.margin,
            width=width,
            height=SQUARE,
        )
    if isinstance(figure, MatrixFigure):
        return matrix_chart(
            figure.rows,
            figure.columns,
            figure.counts,
            key=key,
            title=title,
            row_name=figure.row_name,
            column_name=figure.column_name,
            width=width,
        )
    return quadrant_chart(
        figure.points,
        performance=figure.performance,
        importance=figure.importance,
        key=key,
        title=title,
        width=width,
        height=TALL,
    )
