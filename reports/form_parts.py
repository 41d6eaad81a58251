"""The blocks of printed forms: ruled grids to write in, and the line to cut along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FormAlign = Literal["left", "center", "right"]


@dataclass(frozen=True)
class FormCell:
    """A cell of a form.

    Attributes:
        text: what is printed; lines are separated by a line feed. Empty is room to write in.
        span: columns it takes.
        is_label: names what is written beside it.
        foot: what stands at its lower right: who signs, and the date.
        align: how the text is set; labels are centred.
    """

    text: str = ""
    span: int = 1
    is_label: bool = False
    foot: str = ""
    align: FormAlign = "left"


@dataclass(frozen=True)
class FormRow:
    """A row of a form, at least `height` millimetres high; `is_head` repeats on every page."""

    cells: tuple[FormCell, ...]
    height: float = 9.0
    is_head: bool = False


@dataclass(frozen=True)
class FormGrid:
    """A ruled form: widths of the columns in percent, and rows that fill them.

    `is_dense` sets it in 5号, for forms of many rows.
    """

    caption: str
    widths: tuple[float, ...]
    rows: tuple[FormRow, ...]
    note: str = ""
    is_dense: bool = False
    kind: Literal["grid"] = "grid"


@dataclass(frozen=True)
class CutLine:
    """A dashed line to cut along; `text` names what lies below: 回执 or 存根."""

    text: str
    kind: Literal["cut"] = "cut"


SIGNED = "签字：　　　　　　　　　　年　　月　　日"
DATED = "　　年　　月　　日"
SEALED = "（公章）　　　　　　年　　月　　日"


def label(text: str, span: int = 1) -> FormCell:
    """Return a cell that names what is written beside it."""
    return FormCell(text, span, is_label=True)


def ticks(*options: str) -> str:
    """Return options to tick: □ 是　　□ 否."""
    return "　　".join(f"□ {option}" for option in options)
