"""`flask results export` and `flask reports build`: figures and documents of a closed round."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import click
from sqlalchemy.orm import Session

from reports.documents import report_html
from reports.figures import Audience
from reports.renderer import Renderer, RenderFailed
from survey import clock
from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.cli.running import (
    FOLDER,
    actor_of,
    as_option,
    command,
    progress,
    reading,
    write_file,
    writing,
    zone,
)
from survey.collection.bundle import REPORTS_ACT
from survey.errors import NotFound
from survey.publication import reports as publication
from survey.rectification import ledger
from survey.results import exports
from survey.results import rows as single_answers
from survey.results.members import member_rows

group = click.Group("results", help="Figures of a closed round.")
reports = click.Group("reports", help="Documents of a closed round.")

FORMATS = ("json", "csv", "xlsx", "sav")
KINDS = ("branch", "window", "ledger", "all")


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
        write_file(out, taken.data)
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
        write_file(out, data)
    click.echo(f"{len(rows)} members in {out.name}")


@command(reports, "build")
@click.argument("round_code", metavar="ROUND")
@click.option("--out", type=FOLDER, required=True)
@click.option("--org", "org_ids", multiple=True, help="only this organisation (repeatable)")
@click.option("--kind", type=click.Choice(KINDS), default="all")
@click.option("--format", "format_", type=click.Choice(["pdf"]), default="pdf")
@click.option("--public", is_flag=True, help="for the wall: the public threshold")
@click.option("--again", is_flag=True, help="also what is there already")
@as_option
def build(
    round_code: str,
    out: Path,
    org_ids: tuple[str, ...],
    kind: str,
    format_: str,
    public: bool,
    again: bool,
    as_name: str | None,
) -> None:
    """Make the PDF documents of ROUND; what is in the folder already is left as it is."""
    audience = Audience.PUBLIC if public else Audience.INTERNAL
    with reading() as session, Renderer() as renderer:
        actor = actor_of(session, as_name)
        round_ = campaigns.get_round(session, actor, round_code)
        wanted = _wanted(session, actor, round_, org_ids, kind)
        files = [(org, out / f"{round_code}-{org}-{what}.{format_}") for org, what in wanted]
        missing = [(org, file) for org, file in files if again or not file.exists()]
        failed = _make(renderer, _pages(session, actor, round_, missing, audience), len(missing))
        if kind in ("ledger", "all") and not org_ids:
            now = clock.now()
            rows = ledger.ledger_rows(session, actor, now=now)
            document = ledger.ledger_document(rows, as_of=now.astimezone(zone()))
            write_file(out / f"{round_code}-ledger.{format_}", renderer.render(document))
    _note_manifest(round_code, out, as_name)
    click.echo(
        f"{len(missing) - failed} made, {len(files) - len(missing)} there already, {failed} failed"
    )
    if failed:
        raise SystemExit(1)


def _note_manifest(round_code: str, out: Path, as_name: str | None) -> None:
    """Write the digest of every report of a round in the folder, and note theirs for good.

    Whoever has a folder of reports can then see that none of them was made otherwise.
    """
    files = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(out.glob(f"{round_code}-*"))
        if not file.name.startswith(".")
    }
    content = json.dumps({"round": round_code, "files": files}, ensure_ascii=False, indent=1)
    manifest = hashlib.sha256(content.encode()).hexdigest()
    file = out / "manifest.json"
    if not files or (file.exists() and file.read_bytes() == content.encode()):
        return
    write_file(file, content.encode())
    with writing() as session:
        audit.record(
            session,
            actor=actor_of(session, as_name).name,
            act=REPORTS_ACT,
            subject=round_code,
            now=clock.now(),
            manifest=manifest,
            files=len(files),
        )


def _wanted(
    session: Session, actor: Actor, round_: Round, org_ids: tuple[str, ...], kind: str
) -> list[tuple[str, str]]:
    """Return organisation and kind of every report asked for.

    Raises:
        NotFound: one that was asked for by name cannot be made.
    """
    lines = publication.reportables(session, actor, round_)
    wanted = [
        (line.org_id, line.kind)
        for line in lines
        if kind in (line.kind, "all") and (not org_ids or line.org_id in org_ids)
    ]
    missing = sorted(set(org_ids) - {org_id for org_id, _ in wanted})
    if missing:
        raise NotFound(
            f"本轮没有这样的报告：{'、'.join(missing)}",
            f"There is no such report in this round: {', '.join(missing)}",
        )
    return wanted


def _pages(
    session: Session,
    actor: Actor,
    round_: Round,
    wanted: list[tuple[str, Path]],
    audience: Audience,
) -> Iterator[tuple[Path, str]]:
    for org_id, file in wanted:
        report = publication.report_of(
            session, actor, round_, org_id, zone=zone(), audience=audience
        )
        yield file, report_html(report)


def _make(renderer: Renderer, pages: Iterator[tuple[Path, str]], total: int) -> int:
    """Write each page as a PDF; return how many could not be made, each named with its reason."""
    failed = 0
    with progress("Making reports") as tell:
        for done, (file, made) in enumerate(renderer.render_many(pages), 1):
            if isinstance(made, RenderFailed):
                failed += 1
                click.echo(f"RENDER_FAILED: {file.name}: {made}", err=True)
            else:
                write_file(file, made)
            tell(done, total)
    return failed
