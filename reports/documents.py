"""Reports as HTML: data in, one self-contained document out."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from reports import official, parts
from reports.charts import bar_chart, stacked_chart, too_few
from reports.column_widths import report_widths, unbroken
from reports.lettering import breakable, comment, wrap
from reports.matrix_chart import matrix_chart
from reports.parts import (
    Absent,
    BarFigure,
    EvaluationReport,
    MatrixFigure,
    QuadrantFigure,
    ScatterFigure,
    ShiftFigure,
    StackFigure,
)
from reports.qr import qr_svg
from reports.quadrant_chart import quadrant_chart
from reports.scatter_chart import scatter_chart
from reports.shift_chart import shift_chart

ROOT = Path(__file__).resolve().parent
TITLE_SIZE, TITLE_ROOM = 22, 416
ROW, QUADRANTS = 17, 245
"""Row of bars and height of the quadrants in print: whole pictures then fill lines of the page."""
HIGHEST = 640
"""So high a picture is at most, where its width is 590: its heading has room on the page, too."""
DIGEST_DIGITS, MASK, SHORT = 16, 3, 40
LEAST_FITTED, FITTED_PER_PERCENT = 48, 13.5

# The rules for Western text forbid a break at a quotation mark or between a digit and an opening
# bracket; Chinese setting allows it, and long figures would otherwise tear the lines.
_MAY_BREAK = re.compile(
    r"(?<=[0-9A-Za-z%])(?=[（〔])|(?<=～)(?=[0-9])|(?<=[^（《〔“‘\s])(?=[“‘])"
    r"|(?<=[”’])(?=[^，。、；：？！）》〕”’\s])"
)
# The other way round: a number and its measure stay together.
_MAY_NOT_BREAK = re.compile(r"(?<=[0-9])(?=[人张分项票年月日个])|(?<=[0-9]年)(?=度)")

# Two marks that meet share the blank between them. The font does that by itself (`chws`) unless a
# place to break stands between; then the first is set half as wide.
_MEETING = re.compile(r"([，、。；：）》〕”’])(?=\u200b[（《〔“‘])")

_HEIGHT = re.compile(r'viewBox="0 0 [\d.]+ ([\d.]+)"')

Figure = (
    BarFigure | StackFigure | QuadrantFigure | ShiftFigure | ScatterFigure | MatrixFigure | Absent
)


def report_html(report: EvaluationReport, *, verify: str = "") -> str:
    """Return a report as a whole HTML document for `reports.pdf` and `reports.renderer`.

    `verify` is the address where check codes are tried; with it page 1 has a code to be scanned.
    """
    digest = parts.digest_of(report)
    code = parts.code_of(digest)
    return render(
        f"{report.layout}.html.j2",
        report=report,
        title_lines=title_of(report),
        check_code=grouped(code),
        check_words=check_words(report.rules, digest),
        verify_mark=_verify_mark(report, verify, code),
        as_of=instant(report.as_of),
    )


def check_words(rules: str, digest: str) -> str:
    """Return what stands at the foot of every page: code, rules, and the head of the digest."""
    words = [f"核对码 {grouped(parts.code_of(digest))}"]
    if rules:
        words.append(f"规则 {breakable(rules)}")
    words.append(f"摘要 {digest[:DIGEST_DIGITS]}")
    return "　".join(words)


def _verify_mark(report: EvaluationReport, verify: str, code: str) -> Markup | None:
    """Return the code to be scanned; none on forms, and none where the red line of a letter is."""
    if not verify or report.layout == "form" or (report.official and report.official.is_letter):
        return None
    short = verify.partition("://")[2]
    return qr_svg(
        f"{verify}/{code}".upper(),
        label="核对这份文件的二维码",
        mask=MASK,
        beside=("扫码核对，", f"或打开{short}") if len(short) <= SHORT else ("扫码核对",),
    )


def render(template: str, **values: object) -> str:
    """Return a template of `reports/templates`, filled in; text is escaped and made breakable."""
    return environment().get_template(template).render(**values)


@cache
def environment() -> Environment:
    """Return the templates' environment: autoescape on, an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["prose"] = prose
    made.filters["chart"] = chart
    made.filters["fitted"] = fitted
    made.filters["lines"] = lines
    made.filters["unbroken"] = unbroken
    made.filters["widths"] = report_widths
    made.globals["signature_place"] = official.signature_place
    made.globals["titled"] = lambda text: official.title_lines((text,))
    made.globals["agency_points"] = official.agency_points
    made.globals["style"] = style
    return made


@cache
def style(name: str) -> Markup:
    """Return a style sheet of `reports/styles`, to stand inside `<style>`."""
    return Markup((ROOT / "styles" / f"{name}.css").read_text(encoding="utf-8"))  # noqa: S704 - ours


def prose(text: str) -> Markup:
    """Return `text` escaped, with the places where Chinese setting may break a line."""
    words = _MAY_NOT_BREAK.sub("\u2060", breakable(text))
    escaped = str(escape(_MAY_BREAK.sub("\u200b", words)))
    return Markup(_MEETING.sub(r'<span class="half">\1</span>', escaped))  # noqa: S704 - escaped


def fitted(text: str, width: float) -> Markup:
    """Return `text` as `prose`, cut with “…” to what a row of a landscape table has room for.

    Rows never break across pages, so none may be higher than one; the whole text stands in the
    workbook. `width` is the column's share of the width in percent.
    """
    return prose(comment(text, max(LEAST_FITTED, int(width * FITTED_PER_PERCENT))))


def lines(text: str) -> Markup:
    """Return `text` as `prose`, a line feed as a new line."""
    return Markup("<br>").join(prose(line) for line in text.split("\n"))


def chart(figure: Figure, key: str) -> Markup:
    """Return a picture as SVG; `key` must differ from every other picture's of the document."""
    if isinstance(figure, Absent):
        return too_few(key=key, threshold=figure.threshold)
    if isinstance(figure, BarFigure | StackFigure):
        drawn = (_named(figure, key, name_lines) for name_lines in (3, 2, 1))
        return next((each for each in drawn if _height(each) <= HIGHEST), _named(figure, key, 1))
    if isinstance(figure, ShiftFigure):
        return shift_chart(figure.shifts, key=key, title=figure.caption)
    if isinstance(figure, ScatterFigure):
        return scatter_chart(
            figure.dots,
            key=key,
            title=figure.caption,
            x_name=figure.x_name,
            y_name=figure.y_name,
            margin=figure.margin,
        )
    if isinstance(figure, MatrixFigure):
        return matrix_chart(
            figure.rows,
            figure.columns,
            figure.counts,
            key=key,
            title=figure.caption,
            row_name=figure.row_name,
            column_name=figure.column_name,
        )
    return quadrant_chart(
        figure.points,
        performance=figure.performance,
        importance=figure.importance,
        key=key,
        title=figure.caption,
        height=QUADRANTS,
    )


def _named(figure: BarFigure | StackFigure, key: str, name_lines: int) -> Markup:
    """Return a picture of bars whose names have so many lines at most."""
    if isinstance(figure, BarFigure):
        return bar_chart(
            figure.bars,
            key=key,
            title=figure.caption,
            unit=figure.unit,
            reference=figure.reference,
            row=ROW,
            name_lines=name_lines,
        )
    return stacked_chart(
        figure.stacks,
        figure.levels,
        key=key,
        title=figure.caption,
        row=ROW + 3,
        counted=figure.counted,
        name_lines=name_lines,
    )


def _height(drawing: Markup) -> float:
    """Return how high a picture is, in its own pixels."""
    found = _HEIGHT.search(drawing)
    return float(found[1]) if found else 0.0


def grouped(code: str) -> str:
    """Return a code in groups of four, as it is read out."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def instant(value: datetime) -> str:
    """Return an instant to the minute, in its own zone: 2026年9月16日9时05分."""
    return f"{value.year}年{value.month}月{value.day}日{value.hour}时{value.minute:02d}分"


def title_of(report: EvaluationReport) -> list[str]:
    """Return the title in the lines in which it is printed."""
    if report.layout in ("official", "form"):
        return list(official.title_lines(report.title))
    return [line for part in report.title for line in _title_lines(part)]


def _title_lines(part: str) -> tuple[str, ...]:
    """Return one meaning-line of the title, in several lines where the name is long."""
    return wrap(part, size=TITLE_SIZE, room=TITLE_ROOM, most=4)
