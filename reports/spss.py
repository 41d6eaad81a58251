"""Tables as SPSS files (.sav) with variable and value labels."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from reports.method_sheet import Lines
from reports.wide_table import Column, Unit, WideTable

DECIMALS = 4
MAX_NAME = 64
MAX_LABEL = 250
NOTE_BYTES = 80
"""SPSS cuts the lines of its notes at 80 bytes."""


def sav(table: WideTable, title: str, method: Lines) -> bytes:
    """Return the table as .sav: coded texts as numbers with value labels, and notes on method.

    Args:
        table: as exported; an empty cell is a missing value.
        title: the file's label.
        method: the lines of the method sheet.
    """
    import pandas as pd
    import pyreadstat

    columns = {column.name: _cells(column, table, i) for i, column in enumerate(table.columns)}
    frame = pd.DataFrame(columns)
    with tempfile.TemporaryDirectory() as folder:
        # The library writes to a path only; the folder is gone before anybody could look.
        path = Path(folder) / "figures.sav"
        pyreadstat.write_sav(
            frame,
            str(path),
            file_label=title[:20],
            column_labels={c.name: c.label[:MAX_LABEL] for c in table.columns},
            variable_value_labels={
                c.name: {float(i): label for i, (_, label) in enumerate(c.values, start=1)}
                for c in table.columns
                if c.values
            },
            variable_format={c.name: _format(c) for c in table.columns if _is_number(c)},
            note=[line for what, how in method for line in _wrapped(f"{what}：{how}")],
        )
        return path.read_bytes()


def is_name(name: str) -> bool:
    """Whether SPSS takes `name` for a variable."""
    return bool(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name)) and len(name) <= MAX_NAME


def _is_number(column: Column) -> bool:
    return column.unit is not Unit.TEXT or bool(column.values)


def _cells(column: Column, table: WideTable, place: int) -> list[object]:
    values = [row[place] for row in table.rows]
    if column.values:
        codes = {code: float(i) for i, (code, _) in enumerate(column.values, start=1)}
        return [codes.get(str(value), float("nan")) for value in values]
    if column.unit is Unit.TEXT:
        return ["" if value is None else str(value) for value in values]
    return [float("nan") if value is None else round(float(value), DECIMALS) for value in values]


def _format(column: Column) -> str:
    if column.values or column.unit is Unit.COUNT:
        return "F8.0"
    return "F8.4"


def _wrapped(text: str) -> list[str]:
    lines, line = [], ""
    for character in text:
        if len((line + character).encode()) > NOTE_BYTES:
            lines.append(line)
            line = ""
        line += character
    return [*lines, line]
