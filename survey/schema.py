"""The whole schema, and the way to its head: what migrations and their tests compare."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, inspect
from sqlalchemy.schema import SchemaItem

import survey.accounts.models
import survey.audit.models
import survey.campaigns.models
import survey.collection.custodian_models
import survey.collection.keying_models
import survey.collection.ticket_models
import survey.comments.models
import survey.consultations.models
import survey.indicators.models
import survey.inspections.models
import survey.instruments.models
import survey.jobs.models
import survey.meetings.models
import survey.notices.models
import survey.org.models
import survey.publication.document_models
import survey.publication.models
import survey.ratings.award_models
import survey.ratings.models
import survey.ratings.outside_models
import survey.rectification.card_models
import survey.rectification.desk_models
import survey.rectification.handling_models
import survey.rectification.models
import survey.rectification.recheck_models
import survey.results.models
import survey.rulesets.models  # noqa: F401 - imported for the tables they declare
from survey.collection.models import inbox_metadata
from survey.db import Base, UtcDateTime
from survey.errors import SurveyError

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


class SchemaBehind(SurveyError):
    """The database is not at the revision that this release needs."""

    code = "SCHEMA_BEHIND"
    status = 503


def tables(dialect: str) -> list[MetaData]:
    """Return the tables of a database; PostgreSQL holds the inbox too, SQLite keeps it in files."""
    return [Base.metadata, inbox_metadata] if dialect == "postgresql" else [Base.metadata]


def alembic_config(connection: Connection) -> AlembicConfig:
    """Return Alembic's configuration, bound to `connection`."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database up to `revision`."""
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database down to `revision`; "base" leaves nothing."""
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), revision)


def current(engine: Engine) -> str | None:
    """Return the revision the database is at, or None when it is empty."""
    with engine.execution_options(read_only=True).connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """Return the newest revision there is."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config).get_current_head()


def knows(revision: str) -> bool:
    """Whether this release can migrate from `revision`; not if a later one made it."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    return revision in {script.revision for script in scripts}


def require_head(engine: Engine) -> None:
    """Refuse to work on a schema of another release.

    Raises:
        SchemaBehind: the database is empty, older or newer than this code.
    """
    at = current(engine)
    if at != head():
        raise SchemaBehind(
            "数据库版本与程序不一致，请先运行 flask db upgrade",
            f"The database is at revision {at}; run flask db upgrade",
        )


def is_ours(
    item: SchemaItem,
    name: str | None,
    kind: Literal[
        "schema",
        "table",
        "column",
        "index",
        "unique_constraint",
        "foreign_key_constraint",
        "check_constraint",
    ],
    reflected: bool,
    compared_to: SchemaItem | None,
) -> bool:
    """Whether a schema comparison should look at this; the partitions of the inbox are not ours."""
    if kind == "table" and reflected and name is not None:
        return not name.startswith("inbox_")
    return not (kind == "index" and name is not None and name.startswith("inbox_"))


def plain_type(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Write our own column types as SQLAlchemy's, so that migrations never import our code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def is_empty(engine: Engine) -> bool:
    """Whether the database holds no table at all."""
    return not inspect(engine).get_table_names()
