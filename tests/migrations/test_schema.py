"""Migrations: one head, the same schema as the models, up and down again."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from survey import schema


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
