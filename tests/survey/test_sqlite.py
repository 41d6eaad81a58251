"""The SQLite library: `survey/sqlite.py` and the engine that refuses a faulty one."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from survey import sqlite
from survey.db import make_engine
from survey.errors import ConfigError


@pytest.mark.parametrize(
    ("version", "is_faulty"),
    [
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 46, 1), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 4), False),
    ],
)
def test_releases_that_can_lose_commits_are_known(
    version: tuple[int, int, int], is_faulty: bool
) -> None:
    # As the release notes of SQLite 3.51.3, 3.50.7 and 3.44.6 say.
    assert sqlite.has_wal_reset_fault(version) is is_faulty


def test_a_faulty_library_stops_the_start_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))
    with pytest.raises(ConfigError, match="pysqlite3"):
        make_engine("sqlite://")


def test_what_is_committed_is_on_the_disk(tmp_path: Path) -> None:
    with make_engine(f"sqlite:///{tmp_path / 'x.sqlite'}").connect() as connection:
        assert connection.scalar(text("PRAGMA synchronous")) == 2  # FULL
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
        assert connection.scalar(text("PRAGMA secure_delete")) == 1
