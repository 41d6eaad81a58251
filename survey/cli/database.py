"""`flask db …`: bring the schema up or down, and say where it is."""

from __future__ import annotations

from collections.abc import Callable

import click
from alembic.util.exc import CommandError
from sqlalchemy import Engine

from survey import schema
from survey.cli.running import command, json_option, show
from survey.errors import SurveyError
from survey.web.platform import platform

group = click.Group("db", help="The database schema.")


class RevisionRefused(SurveyError):
    """There is no way to this revision."""

    code = "REVISION"


@command(group, "upgrade")
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Migrate to REVISION (head)."""
    _migrate(schema.upgrade, revision)
    click.echo(f"at {schema.current(platform().engine) or 'base'}")


@command(group, "downgrade")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Migrate down to REVISION; base leaves nothing."""
    _migrate(schema.downgrade, revision)
    click.echo(f"at {schema.current(platform().engine) or 'base'}")


@command(group, "current")
@json_option
def current(as_json: bool) -> None:
    """Print the revision the database is at, and the one this release needs."""
    row = {"current": schema.current(platform().engine), "head": schema.head()}
    show(row, as_json=as_json, line=lambda r: r["current"] or "empty")


@command(group, "check")
def check() -> None:
    """End with status 1 unless the database is at the revision this release needs."""
    schema.require_head(platform().engine)
    click.echo(f"at head, {schema.head()}")


def _migrate(act: Callable[[Engine, str], None], revision: str) -> None:
    try:
        act(platform().engine, revision)
    except CommandError as error:
        raise RevisionRefused(
            f"没有到“{revision}”的路", f"No way to {revision!r}: {error}"
        ) from error
