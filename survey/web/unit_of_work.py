"""One request, one transaction: what a page reads or changes is one consistent fact."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from survey import db
from survey.web.platform import platform


@contextmanager
def transaction() -> Iterator[Session]:
    """Yield a session that writes; commits at the end, or undoes everything on any exception."""
    with platform().sessions.begin() as session:
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """Yield a session that only reads: it waits for no writer and leaves nothing behind."""
    with db.reading(platform().sessions) as session:
        yield session
