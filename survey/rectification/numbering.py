"""Numbers of items, ZG-{year}-{seq}: one after another, and no two alike."""

from __future__ import annotations

import re

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.rectification.models import RectificationItem

PATTERN = re.compile(r"ZG-(\d{4})-(\d{4,8})")
LOCK = 0x5A47  # "ZG"


def hold(session: Session) -> None:
    """Make whoever gives numbers next wait until this transaction has ended.

    On SQLite a writer holds the only write lock anyway; PostgreSQL gets a lock of their own.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(LOCK)))


def reserve(session: Session, year: int, count: int = 1) -> list[str]:
    """Return the next `count` numbers of `year`, for items stored in this transaction."""
    hold(session)
    number = RectificationItem.number
    newest = session.scalar(
        select(number)
        .where(number.startswith(f"ZG-{year}-"))
        .order_by(func.length(number).desc(), number.desc())
        .limit(1)
    )
    last = int(newest.rpartition("-")[2]) if newest else 0
    return [f"ZG-{year}-{seq:04d}" for seq in range(last + 1, last + count + 1)]
