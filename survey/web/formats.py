"""How values are written on pages: dates, numbers, shares. All of them plain text."""

from __future__ import annotations

from datetime import date, datetime

from flask import Flask

from survey.config import Config

WEEKDAYS = "一二三四五六日"
MISSING = "—"


def register(app: Flask, config: Config) -> None:
    """Give the templates of `app` the filters of this module, in the platform's time zone."""

    def local(value: date | datetime) -> date:
        return value.astimezone(config.zone) if isinstance(value, datetime) else value

    app.jinja_env.filters.update(
        day=lambda value: _day(local(value)) if value else MISSING,
        short_day=lambda value: _short_day(local(value)) if value else MISSING,
        moment=lambda value: _moment(local(value)) if value else MISSING,
        hour=lambda value: f"{local(value):%H:%M}".removeprefix("0"),
        weekday=lambda value: f"星期{WEEKDAYS[local(value).weekday()]}",
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


def _day(value: date) -> str:
    return f"{value.year}年{value.month}月{value.day}日"


def _short_day(value: date) -> str:
    return f"{value.month}月{value.day}日"


def _moment(value: date) -> str:
    clock = f"{value.hour}:{value.minute:02}" if isinstance(value, datetime) else ""
    return f"{value.month}月{value.day}日{clock}"
