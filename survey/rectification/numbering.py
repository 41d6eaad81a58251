"""Numbers of items, ZG-{year}-{seq}: one after another, and no two alike."""

from __future__ import annotations

import re

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.rectification.models import RectificationItem

PATTERN = re.compile(r"ZG-(\d{4})-(\d{4,8})")
LOCK = 0x5A47  # "ZG"


def reserve(session: Session, year: int, count: int = 1) -> list[str]:
    """Return the next `count` numbers of `year`, for items stored in this transaction.

    Whoever asks next waits until it has ended, and so never sees the same numbers: on SQLite
    because a writer holds the only write lock, on PostgreSQL by a lock of their own.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    number = RectificationItem.number
    newest = session.scalar(
        select(number)
        .where(number.startswith(f"ZG-{year}-"))
        .order_by(func.length(number).desc(), number.desc())
        .limit(1)
    )
    last = int(newest.rpartition("-")[2]) if newest else 0
    return [f"ZG-{year}-{seq:04d}" for seq in range(last + 1, last + count + 1)]
