"""`flask sources`: results of other evaluations, imported under their names."""

from __future__ import annotations

from pathlib import Path

import click

from survey import clock
from survey.cli.running import (
    EXISTING_FILE,
    actor_of,
    as_option,
    command,
    json_option,
    reading,
    show,
    write_file,
    writing,
)
from survey.indicators.templates import workbook_of
from survey.ratings import outside

group = click.Group("sources", help="Results of other evaluations, beside a round's own.")


@command(group, "import")
@click.argument("file", type=EXISTING_FILE)
@as_option
@json_option
def import_file(file: Path, as_name: str | None, as_json: bool) -> None:
    """Import results from FILE (.csv or .xlsx): all rows or none."""
    with writing() as session:
        actor = actor_of(session, as_name)
        done = outside.import_results(session, actor, file.read_bytes(), file.name, now=clock.now())
    row = {"added": done.added, "changed": done.changed, "unchanged": done.unchanged}
    show(
        row,
        as_json=as_json,
        line=lambda d: (
            f"results: {d['added']} added, {d['changed']} changed, {d['unchanged']} unchanged"
        ),
    )


@command(group, "list")
@as_option
@json_option
def list_all(as_name: str | None, as_json: bool) -> None:
    """List what was imported, by source and year."""
    with reading() as session:
        rows = [
            {"source": each.source, "year": each.year, "organisations": each.count}
            for each in outside.list_sources(session, actor_of(session, as_name))
        ]
    show(
        rows,
        as_json=as_json,
        line=lambda r: f"{r['year']}  {r['source']}  {r['organisations']} organisations",
    )


@command(group, "template")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
def template(out: Path) -> None:
    """Write a workbook to fill in."""
    write_file(out, workbook_of("结果", outside.HEAD, (), outside.WORDS))
    click.echo(str(out))
