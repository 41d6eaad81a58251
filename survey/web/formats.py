"""How values are written on pages: dates, numbers, shares. All of them plain text."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from babel.dates import format_date
from flask import Flask

from survey.config import Config
from survey.web.texts import language

MISSING = "—"
# How a day is written, with its year and without, and what stands before a time of day.
DAYS = {"zh": ("y年M月d日", "M月d日", ""), "en": ("d MMM y", "d MMM", " ")}


def register(app: Flask, config: Config) -> None:
    """Give the templates of `app` the filters of this module, in the platform's time zone."""

    def local(value: date | datetime) -> date:
        return value.astimezone(config.zone) if isinstance(value, datetime) else value

    app.jinja_env.filters.update(
        day=lambda value: day(local(value)) if value else MISSING,
        short_day=lambda value: short_day(local(value)) if value else MISSING,
        moment=lambda value: moment(local(value)) if value else MISSING,
        ends=lambda value: last_moment(value.astimezone(config.zone)),
        hour=lambda value: hour(local(value)),
        weekday=lambda value: format_date(local(value), "EEEE", locale=language()),
        number=number,
        percent=percent,
        index=index,
        size=size,
    )


def number(value: int | None) -> str:
    """Return a count with commas between thousands, or a dash for none."""
    return MISSING if value is None else f"{value:,}"


def percent(share: float | None) -> str:
    """Return a share of 0–1 as a percentage with one decimal, or a dash for none."""
    return MISSING if share is None else f"{share * 100:.1f}%"


def index(score: float | None) -> str:
    """Return a score of 0–100 with one decimal, or a dash for none."""
    return MISSING if score is None else f"{score:.1f}"


def size(bytes_: int) -> str:
    """Return the size of a file in the unit a person would use."""
    if bytes_ < 1024 * 1024:
        return f"{max(1, round(bytes_ / 1024))} KB"
    return f"{bytes_ / 1024 / 1024:.1f} MB"


def day(value: date) -> str:
    """Return a day with its year: 2026年9月15日, 15 Sep 2026."""
    return str(format_date(value, DAYS[language()][0], locale=language()))


def short_day(value: date) -> str:
    """Return a day without its year: 9月15日, 15 Sep."""
    return str(format_date(value, DAYS[language()][1], locale=language()))


def moment(value: date) -> str:
    """Return a day with the time of day, if there is one: 9月15日8:05, 15 Sep 8:05."""
    if not isinstance(value, datetime):
        return short_day(value)
    return f"{short_day(value)}{DAYS[language()][2]}{hour(value)}"


def hour(value: date) -> str:
    """Return the time of day: 8:05; 24:00 at the last moment of a day."""
    if isinstance(value, datetime) and value.time() != time.max:
        return f"{value.hour}:{value.minute:02}"
    return "24:00" if isinstance(value, datetime) else "0:00"


def last_moment(end: datetime) -> datetime:
    """Return the end of a half-open period as people say it: at midnight the day that ends."""
    return end - timedelta(microseconds=1) if end.time() == time.min else end
