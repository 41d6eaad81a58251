"""`flask results export`: figures of a closed round."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import click

from reports.figures import Audience
from survey import clock
from survey.accounts.policy import Action, require
from survey.audit import service as audit
from survey.campaigns import service as campaigns
from survey.cli.running import (
    actor_of,
    as_option,
    command,
    reading,
    write_file,
    writing,
)
from survey.results import exports
from survey.results import rows as single_answers
from survey.results.members import member_rows

group = click.Group("results", help="Figures of a closed round.")

FORMATS = ("json", "csv", "xlsx", "sav")


@command(group, "export")
@click.argument("round_code", metavar="ROUND")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="json")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--internal", is_flag=True, help="for the office: the internal threshold")
@click.option("--bom", is_flag=True, help="CSV that Excel opens in the right encoding")
@click.option("--members", is_flag=True, help="how the members of --org were graded, as JSON")
@click.option("--org", "org_id", default="", help="the branch of --members")
@click.option("--rows", is_flag=True, help="single answers, as CSV: takes two people and a reason")
@click.option("--reason", default="", help="what the rows are for")
@click.option("--approved-by", "approver_name", metavar="ACCOUNT", help="who allows the rows")
@as_option
def export(
    round_code: str,
    format_: str,
    out: Path,
    internal: bool,
    bom: bool,
    members: bool,
    org_id: str,
    rows: bool,
    reason: str,
    approver_name: str | None,
    as_name: str | None,
) -> None:
    """Write the figures of ROUND, after disclosure control, and how they were made.

    A workbook and an SPSS file hold the method themselves; beside JSON and CSV stands
    OUT.method.txt.
    """
    if members != bool(org_id):
        raise click.UsageError("--members and --org go together")
    if rows:
        _export_rows(round_code, out, reason, as_name, approver_name)
        return
    if members:
        _export_members(round_code, org_id, out, as_name)
        return
    audience = Audience.INTERNAL if internal else Audience.PUBLIC
    with reading() as session:
        actor = actor_of(session, as_name)
        require(actor, Action.RUN_ROUNDS)
        round_ = campaigns.get_round(session, actor, round_code)
        exported = exports.export_of(session, round_, audience, format_, bom=bom)
    with writing() as session:
        audit.record(
            session,
            actor=actor.name,
            act="results.export",
            subject=round_code,
            now=clock.now(),
            audience=audience.value,
            format=format_,
            digest=exported.digest,
        )
        write_file(out, exported.data)
        if exported.method is not None:
            write_file(out.with_name(f"{out.name}.method.txt"), exported.method)
    click.echo(f"{exported.objects} objects in {out.name}, digest {exported.digest}")


def _export_rows(
    round_code: str, out: Path, reason: str, as_name: str | None, approver_name: str | None
) -> None:
    """Write single answers, which one person asks for and another allows; both are on record."""
    with writing() as session:
        actor, approver = actor_of(session, as_name), actor_of(session, approver_name)
        round_ = campaigns.get_round(session, actor, round_code)
        now = clock.now()
        made = single_answers.ask(session, actor, round_, reason, now=now)
        single_answers.decide(session, approver, round_, made.id, allow=True, now=now)
        taken = single_answers.take(session, actor, round_, made.id, now=now)
        write_file(out, taken.data, is_secret=True)
    click.echo(f"{taken.count} rows in {out.name}, {taken.left_out} left out")


def _export_members(round_code: str, org_id: str, out: Path, as_name: str | None) -> None:
    """Write how the members of one branch were graded: an act of its own, on the record."""
    with writing() as session:
        actor = actor_of(session, as_name)
        round_ = campaigns.get_round(session, actor, round_code)
        rows = member_rows(session, actor, round_, org_id)
        data = json.dumps(rows, ensure_ascii=False, indent=1).encode()
        audit.record(
            session,
            actor=actor.name,
            act="results.export_members",
            subject=round_code,
            now=clock.now(),
            org=org_id,
            digest=hashlib.sha256(data).hexdigest(),
        )
        write_file(out, data, is_secret=True)
    click.echo(f"{len(rows)} members in {out.name}")
