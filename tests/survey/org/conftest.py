"""A session for rules that are the same on every database."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from survey.db import make_engine, make_sessions


@pytest.fixture
def embedded(sqlite_url: str) -> Iterator[Session]:
    """An open session on an empty SQLite database."""
    engine = make_engine(sqlite_url)
    with make_sessions(engine)() as opened:
        yield opened
    engine.dispose()
