"""The table of holidays: what is shipped, what the district imported, and both together."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from importlib.resources import files

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.rectification.models import Workday
from survey.rectification.workdays import Calendar


@cache
def shipped() -> Calendar:
    """Return the arrangements of the State Council that this release carries."""
    text = files(__package__).joinpath("calendar.csv").read_text(encoding="utf-8")
    days = {
        date.fromisoformat(row["day"]): row["is_working"] == "1"
        for row in csv.DictReader(text.splitlines())
    }
    return Calendar(days, frozenset(day.year for day in days))


def load_calendar(session: Session) -> Calendar:
    """Return the calendar to count with; a year in the table replaces the shipped one whole."""
    stored = {row.day: row.is_working for row in session.scalars(select(Workday))}
    years = {day.year for day in stored}
    kept = {day: kind for day, kind in shipped().exceptions.items() if day.year not in years}
    return Calendar(kept | stored, shipped().years | years)
