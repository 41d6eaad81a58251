"""`flask org|members|commitments import FILE`: the tree, the rosters and the promises."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from survey import clock
from survey.cli.running import (
    EXISTING_FILE,
    actor_of,
    as_option,
    command,
    json_option,
    show,
    writing,
)
from survey.org import service

Importer = Callable[..., service.ImportSummary]

org = click.Group("org", help="The organisation tree.")
members = click.Group("members", help="Rosters of party members.")
commitments = click.Group("commitments", help="Public commitments.")


def _import_command(group: click.Group, act: Importer, what: str) -> None:
    @command(group, "import")
    @click.argument("file", type=EXISTING_FILE)
    @as_option
    @json_option
    def run(file: Path, as_name: str | None, as_json: bool) -> None:
        with writing() as session:
            summary = act(
                session, actor_of(session, as_name), file.read_bytes(), file.name, now=clock.now()
            )
        for value in summary.unprintable:
            click.echo(f"no bundled font has a character of row {value}", err=True)
        data = {"added": summary.added, "changed": summary.changed, "unchanged": summary.unchanged}
        show(
            data,
            as_json=as_json,
            line=lambda d: (
                f"{what}: {d['added']} added, {d['changed']} changed, {d['unchanged']} unchanged"
            ),
        )

    run.help = f"Import {what} from FILE (.csv or .xlsx): all rows or none."


_import_command(org, service.import_organisations, "organisations")
_import_command(members, service.import_members, "members")
_import_command(commitments, service.import_commitments, "commitments")
