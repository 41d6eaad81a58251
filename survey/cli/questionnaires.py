"""`flask questionnaires …`: import from XLSForm and export to it, list, show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from forms.definition import Item
from forms.xlsform_export import to_xlsform
from survey import clock
from survey.accounts.policy import OPERATOR
from survey.cli.running import (
    EXISTING_FILE,
    actor_of,
    as_option,
    command,
    json_option,
    reading,
    show,
    writing,
)
from survey.instruments import service
from survey.instruments.models import QuestionnaireVersion

group = click.Group("questionnaires", help="Questionnaires: immutable versions, named by digest.")


def _row(version: QuestionnaireVersion) -> dict[str, Any]:
    return {
        "code": version.code,
        "version": version.version,
        "digest": version.digest,
        "title": version.title,
        "subject": version.subject,
    }


def _line(row: dict[str, Any]) -> str:
    return f"{row['code']} {row['version']} {row['digest']} {row['title']}"


@command(group, "import")
@click.argument("file", type=EXISTING_FILE)
@as_option
@json_option
def import_file(file: Path, as_name: str | None, as_json: bool) -> None:
    """Import an XLSForm workbook; print its code, version and digest."""
    with writing() as session:
        version = service.import_questionnaire(
            session, actor_of(session, as_name), file.read_bytes(), file.name, now=clock.now()
        )
        row = _row(version)
    show(row, as_json=as_json, line=_line)


@command(group, "export")
@click.argument("code")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="FILE.xlsx")
@json_option
def export_file(code: str, out: Path, as_json: bool) -> None:
    """Write the newest version of CODE as an XLSForm workbook."""
    with reading() as session:
        version = service.latest(session, code)
        row = _row(version)
        data = to_xlsform(service.load(session, version.digest))
    out.write_bytes(data)
    show({**row, "file": str(out)}, as_json=as_json, line=lambda each: f"{_line(each)} {out}")


@command(group, "list")
@json_option
def list_all(as_json: bool) -> None:
    """List every version."""
    with reading() as session:
        rows = [_row(version) for version in service.list_versions(session, OPERATOR)]
    show(rows, as_json=as_json, line=_line)


@command(group, "show")
@click.argument("code")
@json_option
def show_one(code: str, as_json: bool) -> None:
    """Show the newest version of CODE with its items."""
    with reading() as session:
        version = service.latest(session, code)
        questionnaire = service.load(session, version.digest)
        row = {**_row(version), "items": [_item(item) for item in questionnaire.items]}
    if as_json:
        show(row, as_json=True)
        return
    click.echo(_line(row))
    for item in row["items"]:
        click.echo(f"  {item['code']}  {item['type']}  {item['label']}")


def _item(item: Item) -> dict[str, Any]:
    return {
        "code": item.code,
        "type": f"{item.kind} {item.scale}".strip(),
        "label": item.label.to("zh"),
        "label_en": item.label.to("en"),
        "required": item.required,
        "relevant": item.relevant,
        "constraint": item.constraint,
        "dimension": item.dimension,
        "weight": item.weight,
    }
