"""Figures as long rows for spreadsheets: one row for each measure of each organisation."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reports.contract import to_contract
from reports.figures import Figures

HEADER = ("round", "org", "level", "questionnaire", "item", "measure", "value")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
KEYS = frozenset(HEADER[:4])

Row = tuple[str, ...]


def long_rows(figures: Iterable[Figures], round_code: str) -> Iterator[Row]:
    """Return a row per measure, columns as `HEADER`.

    `item` is the item, dimension, need or fact the measure is of, empty for the object as a
    whole; measures are named as in the JSON export. `value` is empty where it may not be shown.
    """
    for each in figures:
        data = to_contract(each, round_code)
        keys = tuple(str(data[name]) for name in HEADER[:4])
        for name, value in data.items():
            if name not in KEYS:
                for item, measure, plain in _measures(name, value):
                    yield (*keys, item, measure, plain)


def to_csv(header: Row, rows: Iterable[Row]) -> str:
    """Return rows as CSV (comma, LF) that no spreadsheet program runs as formulas."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return stream.getvalue()


def safe_cell(text: str) -> str:
    """Return `text` so that a spreadsheet shows it and never computes it.

    An apostrophe is put before what starts like a formula, in full width too, and before a
    blank that hides such a start. A plain number stays one.
    """
    if text.lstrip(" \u3000").startswith(FORMULA_STARTS) and not _is_number(text):
        return f"'{text}"
    return text


def _measures(name: str, value: Any) -> Iterator[tuple[str, str, str]]:
    """Return (item, measure, value) of one entry of the JSON export."""
    if name == "overall" and isinstance(value, Mapping):
        item = str(value["item"])
        rest = {measure: plain for measure, plain in value.items() if measure != "item"}
        yield from ((item, f"overall.{m}", plain) for m, plain in _flat("", rest))
    elif name in {"items", "dimensions", "needs"}:
        for item, measures in value.items():
            yield from ((item, measure, plain) for measure, plain in _flat("", measures))
    elif name == "facts":
        yield from ((item, "share", _plain(share)) for item, share in value.items())
    else:
        yield from (("", measure, plain) for measure, plain in _flat(name, value))


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Return nested values under dotted names; the ends of an interval are low and high."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(f"{name}.{key}" if name else str(key), inner)
    elif isinstance(value, list):
        yield from _flat(name, dict(zip(("low", "high"), value, strict=True)))
    else:
        yield name, _plain(value)


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


def _is_number(text: str) -> bool:
    return NUMBER.fullmatch(text) is not None
