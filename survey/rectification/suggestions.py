"""Measures that are usual for a problem, to choose from when writing down one's own."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from survey.rectification.states import Source

MOST = 4


def suggested(source: Source, source_ref: str) -> tuple[str, ...]:
    """Return usual measures: those of the item of the questionnaire first, then of the source."""
    known = _known()
    found = (*known.get(source_ref[:3], ()), *known.get(source.value, ()))
    return tuple(dict.fromkeys(found))[:MOST]


@cache
def _known() -> Mapping[str, tuple[str, ...]]:
    text = files(__package__).joinpath("suggestions.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["code"]: tuple(row["measures"].split("|")) for row in rows}
