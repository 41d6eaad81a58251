"""What is wrong in a workbook, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MAX_SHOWN = 80


@dataclass(frozen=True)
class FormFault:
    """One thing to mend: where, what stands there, and the remedy in both languages.

    `row` is the row as the spreadsheet program counts it (the header is row 1) and `column` the
    header's text; 0 and "" where the sheet, or with an empty `sheet` the file, is meant.
    """

    sheet: str
    row: int
    column: str
    value: str
    zh: str
    en: str


class XlsFormRefused(Exception):
    """The workbook is not taken, nothing of it; `faults` names every place to mend."""

    def __init__(self, faults: Iterable[FormFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(str(fault) for fault in self.faults))


def shown(value: str) -> str:
    """Return `value` cut to what fits into a message."""
    return value if len(value) <= MAX_SHOWN else value[: MAX_SHOWN - 1] + "…"
