"""Whole numbers from outside: none is larger than the databases hold.

PostgreSQL refuses a larger one with a fault, SQLite's driver with another. A row by such a number
cannot exist, so an address that names one leads nowhere, as any other unknown address does.
"""

from __future__ import annotations

from typing import Any

from werkzeug.routing import IntegerConverter

LARGEST = 2**31 - 1


class Number(IntegerConverter):
    """What `<int:name>` takes in an address."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **{"max": LARGEST, **more})


def bounded(text: str) -> int:
    """Return the number in a field of a form or query; ValueError for what no column holds."""
    value = int(text)
    if abs(value) > LARGEST:
        raise ValueError(text)
    return value
