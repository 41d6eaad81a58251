"""Runs migrations on the connection it is given, or on the configured database."""

from alembic import context
from sqlalchemy import Connection

import survey.sqlite  # noqa: F401 - must come before anything that opens a database
from survey import schema
from survey.config import Config
from survey.db import make_engine


def run(connection: Connection) -> None:
    """Run what Alembic was asked for, in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=schema.tables(connection.dialect.name),
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=schema.plain_type,
        include_object=schema.is_ours,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with make_engine(Config.from_environ().database_url).begin() as opened:
        run(opened)
