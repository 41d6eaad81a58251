"""A database that is used again is as empty as a new one, or it is a new one."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from survey.db import make_engine
from tests.databases import Lender


@pytest.fixture(scope="module")
def lender(postgresql_databases: Lender) -> Iterator[Lender]:
    """A lender of this file's own."""
    own = Lender(postgresql_databases.server, postgresql_databases.template)
    yield own
    own.drop()


@contextmanager
def lent(lender: Lender) -> Iterator[Engine]:
    """Yield an engine on a database that is taken back afterwards."""
    engine = make_engine(lender.lend())
    yield engine
    engine.dispose()
    lender.take_back()


def found(engine: Engine) -> dict[str, int]:
    """Return how many rows every table has, and how far its numbers have come."""
    with engine.connect() as connection:
        counts = {
            name: connection.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0
            for name in inspect(connection).get_table_names()
        }
        numbered = text("SELECT sequencename, coalesce(last_value, 0) FROM pg_sequences")
        return counts | dict(tuple(row) for row in connection.execute(numbered))


def test_rows_numbers_and_new_tables_are_gone(lender: Lender) -> None:
    with lent(lender) as engine:
        new, first = found(engine), lender.oid()
    for _ in range(2):
        with lent(lender) as engine:
            assert (found(engine), lender.oid()) == (new, first)
            with engine.begin() as connection:
                connection.execute(text("CREATE TABLE inbox_7 (LIKE inbox)"))
                attached = "ALTER TABLE inbox ATTACH PARTITION inbox_7 FOR VALUES IN (7)"
                connection.execute(text(attached))
                connection.execute(
                    text(
                        "INSERT INTO audit_entry (at, actor, act, subject, data, hash,"
                        " previous_hash) VALUES (now(), 'a', 'b', 'c', '{}', '', '')"
                    )
                )
            assert found(engine) != new


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE round ADD COLUMN x int",
        "ALTER TABLE round DROP COLUMN title",
        "ALTER TABLE round ALTER COLUMN title DROP NOT NULL",
        "ALTER TABLE round ALTER COLUMN title SET DEFAULT 'x'",
        "ALTER TABLE round DISABLE TRIGGER ALL",
        "DROP TABLE job",
        "CREATE INDEX ix_x ON round (title)",
        "CREATE SCHEMA dbos",
        "UPDATE alembic_version SET version_num = '0001'",
        "ALTER DATABASE {0} SET default_transaction_read_only = on",
    ],
)
def test_another_shape_is_dropped(lender: Lender, change: str) -> None:
    with lent(lender) as engine:
        new, first = found(engine), lender.oid()
        with engine.begin() as connection:
            connection.execute(text(change.format(lender.name)))

    with lent(lender) as engine:
        assert found(engine) == new
        assert lender.oid() != first


def test_whoever_stayed_finds_nothing_again(lender: Lender) -> None:
    engine = make_engine(lender.lend())
    with engine.connect() as stayed:
        stayed.execute(text("LOCK TABLE round"))
        lender.take_back()
        lender.lend()
        with pytest.raises(DBAPIError):
            stayed.execute(text("SELECT 1"))
        stayed.invalidate()
    with pytest.raises(DBAPIError):
        engine.connect()
    engine.dispose()
    lender.take_back()
