"""Whole numbers from outside: none is larger than the databases hold.

PostgreSQL refuses a larger one with a fault, SQLite's driver with another. A row by such a number
cannot exist, so an address that names one leads nowhere, as any other unknown address does.
"""

from __future__ import annotations

from typing import Any

from werkzeug.exceptions import NotFound
from werkzeug.routing import IntegerConverter

LARGEST = 2**31 - 1
DIGITS = len(str(LARGEST))


class Number(IntegerConverter):
    """What `<int:name>` takes in an address."""

    def to_python(self, value: str) -> Any:
        """Return the number; NotFound for what no column holds."""
        # A rule that is only left out answers a form sent there with 405, for the page beside it.
        if len(value) > DIGITS or int(value) > LARGEST:
            raise NotFound
        return super().to_python(value)


def bounded(text: str) -> int:
    """Return the number in a field of a form or query; ValueError for what no column holds."""
    value = int(text)
    if abs(value) > LARGEST:
        raise ValueError(text)
    return value
