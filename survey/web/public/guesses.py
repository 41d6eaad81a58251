"""When ticket codes are being tried out, each try costs work or time, whoever makes it.

Counted are codes that nobody has, by the minute, in this process's memory: no address, no code,
nothing that outlives the process. A code that was worked for, or waited for, is looked up as
always, so that holders of slips behind the same address get through (security.md 6.2).
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from threading import Lock

from flask import current_app

from survey.collection import proof, receipts

EXTENSION = "pingyi.guesses"
PLACE = "T"
"""Stands for the point in the puzzle of a ticket: nobody knows its point yet."""

MOST_A_MINUTE = 30
"""Unknown codes in this and the last minute above which tries cost something."""


class Guesses:
    """How many unknown codes were tried in this minute and in the one before."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_minute: Counter[int] = Counter()

    def note(self, now: datetime) -> None:
        """Count one."""
        minute = int(now.timestamp()) // 60
        with self._lock:
            for old in [each for each in self._by_minute if each < minute - 1]:
                del self._by_minute[old]
            self._by_minute[minute] += 1

    def are_many(self, now: datetime) -> bool:
        """Whether tries cost something now."""
        minute = int(now.timestamp()) // 60
        with self._lock:
            return self._by_minute[minute] + self._by_minute[minute - 1] > MOST_A_MINUTE


def counted() -> Guesses:
    """Return the counter of this process."""
    found: Guesses = current_app.extensions.setdefault(EXTENSION, Guesses())
    return found


def key_for(secret: bytes, code: str, now: datetime) -> str:
    """Return the key of a page that asks to wait: it is good for this code alone."""
    return receipts.mint_key(secret + code.encode(), now)


def is_earned(secret: bytes, code: str, key: str, shown: str, now: datetime) -> bool:
    """Whether somebody worked for this code, or waited with it."""
    if proof.is_solved(PLACE, code, shown):
        return True
    age = receipts.key_age(secret + code.encode(), key, now) if receipts.is_key(key) else None
    return age is not None and age >= proof.PATIENCE
