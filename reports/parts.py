"""What an evaluation report is made of, as data ready to print.

Every number is a string here, except in charts, which are drawn from values.
`EvaluationReport` is frozen when a round is published; `content_of` is its canonical form, which
files carry as their attachment, and `check_code` names it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any, Literal

from reports.charts import Bar, Level, Reference, Stack
from reports.form_parts import CutLine, FormGrid
from reports.official import Official
from reports.quadrant_chart import Axis, Point
from reports.scatter_chart import Dot
from reports.shift_chart import Shift

CHECK_CODE_LENGTH = 12
DECIMALS = 4
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True)
class Fact:
    """A line of the cover's table: what, how much, and what that was made of."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of the text."""

    text: str
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True)
class Subheading:
    """A heading of the second order, numbered （一）（二） within its section."""

    text: str
    kind: Literal["subheading"] = "subheading"


@dataclass(frozen=True)
class Note:
    """A remark in small type below a table or picture."""

    text: str
    kind: Literal["note"] = "note"


@dataclass(frozen=True)
class Priority:
    """One thing to put right: its short name, and the figures that say so."""

    title: str
    text: str


@dataclass(frozen=True)
class Priorities:
    """What to put right, the most urgent first, numbered."""

    entries: tuple[Priority, ...]
    kind: Literal["priorities"] = "priorities"


@dataclass(frozen=True)
class Column:
    """A column: its head, its share of the width in percent, and how its cells are set."""

    head: str
    width: float
    align: Literal["left", "right", "center"] = "left"


@dataclass(frozen=True)
class Table:
    """A table with its caption above and its `note` below; a form has room to write in."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    is_form: bool = False
    kind: Literal["table"] = "table"


@dataclass(frozen=True)
class BarFigure:
    """A bar chart with its caption below."""

    caption: str
    bars: tuple[Bar, ...]
    unit: str = ""
    reference: Reference | None = None
    note: str = ""
    kind: Literal["bars"] = "bars"


@dataclass(frozen=True)
class StackFigure:
    """A chart of stacked bars with its caption below; `counted` heads the numbers at the right."""

    caption: str
    stacks: tuple[Stack, ...]
    levels: tuple[Level, ...]
    note: str = ""
    counted: str = ""
    kind: Literal["stacks"] = "stacks"


@dataclass(frozen=True)
class QuadrantFigure:
    """A quadrant picture with its caption below."""

    caption: str
    points: tuple[Point, ...]
    performance: Axis
    importance: Axis
    note: str = ""
    kind: Literal["quadrants"] = "quadrants"


@dataclass(frozen=True)
class ShiftFigure:
    """Figures of the last round and of this one, each with its mark; its caption below."""

    caption: str
    shifts: tuple[Shift, ...]
    note: str = ""
    kind: Literal["shifts"] = "shifts"


@dataclass(frozen=True)
class ScatterFigure:
    """Objects by what two sides say of them, 0–100; beyond `margin` points they are named."""

    caption: str
    dots: tuple[Dot, ...]
    x_name: str
    y_name: str
    margin: float
    note: str = ""
    kind: Literal["scatter"] = "scatter"


@dataclass(frozen=True)
class MatrixFigure:
    """Counts by row and column, such as the star of last year against this year's."""

    caption: str
    row_name: str
    column_name: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    note: str = ""
    kind: Literal["matrix"] = "matrix"


@dataclass(frozen=True)
class Certificate:
    """A certificate of honour, a page of its own.

    Attributes:
        holder: who is honoured.
        words: what is said of the holder, a sentence.
        honour: what the holder is now called.
        number: of the certificate, in the office's register.
        issuer: who awards it.
        day: of the award, in words.
    """

    holder: str
    words: str
    honour: str
    number: str
    issuer: str
    day: str
    kind: Literal["certificate"] = "certificate"


@dataclass(frozen=True)
class Absent:
    """Stands where figures would, were there enough ballots; `threshold` is how many that takes."""

    threshold: int
    kind: Literal["absent"] = "absent"


Block = (
    Paragraph
    | Subheading
    | Note
    | Priorities
    | Table
    | BarFigure
    | StackFigure
    | QuadrantFigure
    | ShiftFigure
    | ScatterFigure
    | MatrixFigure
    | Certificate
    | FormGrid
    | CutLine
    | Absent
)


@dataclass(frozen=True)
class Section:
    """A heading of the first order, numbered 一、二、, and what stands below it."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Reworded:
    """A sentence that an office put in other words: where it stands, and what had been generated.

    `place` is "summary/0" or "sections/2/1", with a third number for one of several priorities;
    `by` is the office.
    """

    place: str
    generated: str
    by: str


Layout = Literal["report", "official", "landscape", "form"]
"""How a document is set: a report on portrait pages, an official document of GB/T 9704, tables on
landscape pages, or a form of one page."""


@dataclass(frozen=True)
class EvaluationReport:
    """A whole report as data.

    Attributes:
        subject: "branch" or "window".
        mark: 送审稿 or the like, at the top left; empty on an issued report.
        title: the title in its meaning-lines.
        occasion: the line below it: which round, from when to when.
        facts: the cover's table; empty where nothing may be shown.
        summary: the opening sentences: how satisfied, how sure, what to do first.
        sections: the text.
        signatures: who signs, one line each; empty in the public version.
        annex: data table and technical note.
        organiser: who runs the round.
        as_of: when the counts were closed; aware.
        rules: the version of the rule set that made the figures; empty where none did.
        number: the document number 文号 as the office typed it; empty without one.
        reworded: sentences that were edited before issue; their figures are the generated ones.
        layout: how it is set.
        official: what stands around the text of an official document or letter; else None.
    """

    subject: str
    mark: str
    title: tuple[str, ...]
    occasion: str
    facts: tuple[Fact, ...]
    summary: tuple[str, ...]
    sections: tuple[Section, ...]
    signatures: tuple[str, ...]
    annex: tuple[Section, ...]
    organiser: str
    as_of: datetime
    rules: str = ""
    number: str = ""
    reworded: tuple[Reworded, ...] = ()
    layout: Layout = "report"
    official: Official | None = None


_ADDED_LATER = {"layout": "report", "official": None}
"""Fields that are no content where they say nothing: codes that were printed before stay good."""


def to_data(report: EvaluationReport) -> dict[str, Any]:
    """Return `report` as plain JSON values."""
    return {field.name: _plain(getattr(report, field.name)) for field in fields(report)}


def content_of(report: EvaluationReport) -> bytes:
    """Return the words and figures of `report` as canonical JSON, the same on every machine.

    The mark is left out: a draft and its published copy with the same words are one content.
    Floats have four decimals, like the figures that are let out beside a report.
    """
    data = {
        name: value
        for name, value in to_data(report).items()
        if name != "mark" and (name not in _ADDED_LATER or value != _ADDED_LATER[name])
    }
    return json.dumps(
        _rounded(data), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()


def digest_of(report: EvaluationReport) -> str:
    """Return the SHA-256 of the content in hex: of the very bytes that files carry with them."""
    return hashlib.sha256(content_of(report)).hexdigest()


def check_code(report: EvaluationReport) -> str:
    """Return the short code printed on the report: the first 60 bits of its content's SHA-256.

    Two reports with the same words and figures have the same code, whenever they were made.
    """
    return code_of(digest_of(report))


def code_of(digest: str) -> str:
    """Return the check code of a content by its digest."""
    number = int(digest[:15], 16)
    return "".join(
        _CROCKFORD[number >> shift & 31] for shift in range(5 * (CHECK_CODE_LENGTH - 1), -1, -5)
    )


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_rounded(part) for part in value]
    return round(value, DECIMALS) + 0.0 if isinstance(value, float) else value


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value
