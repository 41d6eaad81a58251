"""Migrations: one head, the same schema as the models, up and down again."""

import multiprocessing
import os
import signal
import uuid
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event, inspect, text

from survey import schema
from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.collection import opening
from survey.collection.inbox import open_inbox
from survey.collection.keystore import Keystore
from survey.config import Config
from survey.db import Sessions, make_engine
from tests.databases import administer
from tests.rounds import Field, page_key

KILLED = multiprocessing.get_context("fork")


def test_the_head_equals_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": schema.is_ours}
        )
        differences = compare_metadata(context, schema.tables(connection.dialect.name))
    assert differences == []


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory(str(schema.MIGRATIONS)).get_heads()) == 1


def test_down_and_up_again_gives_the_same_tables(engine: Engine) -> None:
    before = sorted(inspect(engine).get_table_names())

    schema.downgrade(engine, "base")
    assert sorted(inspect(engine).get_table_names()) == ["alembic_version"]

    schema.upgrade(engine)
    assert sorted(inspect(engine).get_table_names()) == before


def test_answers_and_rounds_outlast_the_way_to_an_earlier_schema_and_back(
    engine: Engine, sessions: Sessions, config: Config, now: datetime
) -> None:
    inbox, keystore = open_inbox(config, engine), Keystore(config.keystore)
    round_ = Field(sessions, inbox, keystore, now)
    round_.open()
    round_.answer("B001", page_key(1))
    ended = now + timedelta(days=4)
    opening.close_round(sessions, OPERATOR, "R1", keystore, inbox, now=ended)
    before = rows_of(engine)
    assert before["response"] == 1

    schema.downgrade(engine, "0010")
    earlier = rows_of(engine)
    assert earlier == {name: before[name] for name in earlier}
    schema.upgrade(engine)

    after = rows_of(engine)
    assert {name: after[name] for name in earlier} == earlier
    with sessions() as session:
        # What was opened before rules could be fixed is fixed by the way up.
        assert campaigns.get_round(session, OPERATOR, "R1").are_rules_fixed


def rows_of(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            name: connection.scalar(text(f'SELECT count(*) FROM "{name}"'))
            for name in inspect(engine).get_table_names()
        }


def test_a_migration_killed_at_any_statement_is_done_again_whole(tmp_path: Path) -> None:
    """One transaction holds all of it, on SQLite as on PostgreSQL (the next test)."""
    killed_and_finished(f"sqlite:///{tmp_path / 'p.sqlite'}")


def test_a_killed_migration_leaves_nothing_on_postgresql_either(postgresql_url: str) -> None:
    name = f"test_{uuid.uuid4().hex}"
    administer(postgresql_url, f"CREATE DATABASE {name}")
    killed_and_finished(f"{postgresql_url}/{name}")
    administer(postgresql_url, f"DROP DATABASE {name} WITH (FORCE)")


def killed_and_finished(url: str) -> None:
    """Kill a migration at its first statement, its last ones and some in between."""
    total = statements_of(url)
    for at in sorted({1, *range(7, total, total // 3), total - 1}):
        process = KILLED.Process(target=migrate_until, args=(url, at))
        process.start()
        process.join()
        assert process.exitcode == -signal.SIGKILL, at
        engine = make_engine(url)
        assert (schema.current(engine), schema.is_empty(engine)) == (None, True)
        with pytest.raises(schema.SchemaBehind):
            schema.require_head(engine)
        engine.dispose()
    engine = make_engine(url)
    schema.upgrade(engine)
    schema.require_head(engine)
    engine.dispose()


def statements_of(url: str) -> int:
    """Return how many statements it takes from nothing to the head; nothing is kept."""
    engine, seen = make_engine(url), []
    event.listen(engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    with engine.connect() as connection:
        transaction = connection.begin()
        command.upgrade(schema.alembic_config(connection), "head")
        transaction.rollback()
    engine.dispose()
    return len(seen)


def migrate_until(url: str, at: int) -> None:
    """Migrate, and be killed before statement number `at`."""
    engine, seen = make_engine(url), []

    def count(*given: object) -> None:
        seen.append(given[2])
        if len(seen) >= at:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", count)
    schema.upgrade(engine)


def test_a_database_of_a_later_release_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(schema.SchemaBehind, match="9999"):
        schema.require_head(engine)
