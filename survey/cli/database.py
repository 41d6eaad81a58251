"""`flask db …`: bring the schema up or down, and say where it is."""

from __future__ import annotations

import click

from survey import schema
from survey.cli.running import command
from survey.web.platform import platform

group = click.Group("db", help="The database schema.")


@command(group, "upgrade")
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Migrate to REVISION (head)."""
    schema.upgrade(platform().engine, revision)
    click.echo(f"at {schema.current(platform().engine)}")


@command(group, "downgrade")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Migrate down to REVISION; base leaves nothing."""
    schema.downgrade(platform().engine, revision)
    click.echo(f"at {schema.current(platform().engine)}")


@command(group, "current")
def current() -> None:
    """Print the revision the database is at."""
    click.echo(schema.current(platform().engine) or "empty")


@command(group, "check")
def check() -> None:
    """End with status 1 unless the database is at the revision this release needs."""
    schema.require_head(platform().engine)
    click.echo(f"at head, {schema.head()}")
