"""How numbers, moments, places and pictures are spelled as answers: one spelling for each."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal

from forms.definition import Item, ItemKind

WHOLE = re.compile(r"[+-]?[0-9]{1,9}")
DECIMAL = re.compile(r"[+-]?[0-9]{1,9}(?:\.[0-9]{1,6})?")
MINUTE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2})(?::00(?:\.0+)?)?")
CLOCK = re.compile(r"([0-9]{2}:[0-9]{2})(?::00(?:\.0+)?)?")
DEGREES = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{1,12})?")
METRES = re.compile(r"-?[0-9]{1,5}(?:\.[0-9]{1,6})?")
PICTURE = re.compile(r"[0-9a-f]{64}")
YEARS = range(1900, 2101)


def spelled(item: Item, text: str) -> str:
    """Return the one spelling of the answer `text` to `item`.

    Integers, decimals and ranges: plain digits, no spare zeros (`7`, `-2.5`). Dates `2026-03-01`,
    times `09:30`, date and time `2026-03-01T09:30`, by the clock where it was answered. Places:
    latitude, longitude, altitude and accuracy with spaces between them. Pictures: the SHA-256 of
    their bytes in hex, which is what they are called beside the answers.

    Raises:
        ValueError: it is none, or a range does not hold it.
    """
    return SPELLINGS[item.kind](item, unicodedata.normalize("NFKC", text).strip())


def picture_name(data: bytes) -> str:
    """Return what a picture is called as an answer: the SHA-256 of its bytes in hex."""
    return hashlib.sha256(data).hexdigest()


def _matched(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    found = pattern.fullmatch(text)
    if not found:
        raise ValueError(text)
    return found


def _integer(item: Item, text: str) -> str:
    return str(int(_matched(WHOLE, text)[0]))


def _decimal(item: Item, text: str) -> str:
    return shortest(Decimal(_matched(DECIMAL, text)[0]))


def shortest(number: Decimal) -> str:
    """Return `number` without an exponent and without spare zeros."""
    digits = format(number, "f")
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return "0" if digits in ("-0", "") else digits


def _range(item: Item, text: str) -> str:
    digits = _decimal(item, text)
    if item.bounds:
        least, most, step = (Decimal(repr(bound)) for bound in item.bounds)
        number = Decimal(digits)
        if not least <= number <= most or (step and (number - least) % step):
            raise ValueError(text)
    return digits


def _day(text: str) -> str:
    found = date.fromisoformat(text)
    if len(text) != len("2026-03-01") or found.year not in YEARS:
        raise ValueError(text)
    return found.isoformat()


def _date(item: Item, text: str) -> str:
    return _day(text)


def _time(item: Item, text: str) -> str:
    return f"{time.fromisoformat(_matched(CLOCK, text)[1]):%H:%M}"


def _moment(item: Item, text: str) -> str:
    found = _matched(MINUTE, text)
    return f"{_day(found[1])}T{time.fromisoformat(found[2]):%H:%M}"


def _place(item: Item, text: str) -> str:
    parts = text.split()
    if not 2 <= len(parts) <= 4:
        raise ValueError(text)
    for part, most in zip(parts, (90, 180), strict=False):
        if abs(float(_matched(DEGREES, part)[0])) > most:
            raise ValueError(text)
    for part in parts[2:]:
        _matched(METRES, part)
    return " ".join(parts)


def _picture(item: Item, text: str) -> str:
    return _matched(PICTURE, text)[0]


SPELLINGS: dict[ItemKind, Callable[[Item, str], str]] = {
    ItemKind.INTEGER: _integer,
    ItemKind.DECIMAL: _decimal,
    ItemKind.RANGE: _range,
    ItemKind.DATE: _date,
    ItemKind.TIME: _time,
    ItemKind.DATETIME: _moment,
    ItemKind.GEOPOINT: _place,
    ItemKind.IMAGE: _picture,
}
