"""`flask tickets …`: issue one-time slips, see what became of them, take batches back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from survey import clock
from survey.accounts.policy import Actor
from survey.campaigns import service as campaigns
from survey.cli.running import (
    actor_of,
    as_option,
    command,
    json_option,
    progress,
    reading,
    show,
    write_file,
    writing,
)
from survey.collection import issuing, reconciliation
from survey.collection.points import PointView
from survey.collection.ticket_models import TicketBatch
from survey.publication import tickets
from survey.publication.tickets import Printed
from survey.web.platform import platform

group = click.Group("tickets", help="One-time slips: one person, one vote.")

SUFFIXES = (".pdf", ".csv")


@command(group, "issue")
@click.argument("round_code", metavar="ROUND")
@click.option("--org", "org_id", required=True, help="an object, or whatever it stands above")
@click.option("--count", type=int, required=True, help="slips for each object")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--questionnaire", "questionnaire_code", default="", help="where there are several")
@click.option("--approved-by", "approver_name", metavar="ACCOUNT", help="default: operator")
@as_option
@json_option
def issue(
    round_code: str,
    org_id: str,
    count: int,
    out: Path,
    questionnaire_code: str,
    approver_name: str | None,
    as_name: str | None,
    as_json: bool,
) -> None:
    """Issue slips of ROUND into FILE.pdf or FILE.csv; that file alone holds their secrets."""
    if out.suffix.lower() not in SUFFIXES:
        raise click.UsageError("--out takes FILE.pdf or FILE.csv")
    with writing() as session:
        actor, approver = actor_of(session, as_name), actor_of(session, approver_name)
        allowed = _allowed(session, actor, approver, round_code, org_id, questionnaire_code, count)
    files = _files(out, allowed)
    try:
        with writing() as session:
            round_ = campaigns.get_round(session, actor, round_code)
            for batch, printed in allowed:
                held, slips = platform().keystore, printed.slips
                issuing.issue(session, actor, held, round_, batch, slips, now=clock.now())
            for file, data in files.items():
                write_file(file, data, is_secret=True)
    except BaseException:
        # Slips that were not made valid are worth nothing, and look as if they were.
        for file in files:
            file.unlink(missing_ok=True)
        raise
    rows = [
        {"batch": batch, "org": printed.org_id, "count": len(printed.slips)}
        for batch, printed in allowed
    ]
    where = [file.name for file in files]
    show(
        {"round": round_code, "batches": rows, "files": where},
        as_json=as_json,
        line=lambda r: "\n".join(
            [f"{b['count']} slips for {b['org']}, batch {b['batch']}" for b in r["batches"]]
            + [f"in {name}" for name in r["files"]]
        ),
    )


def _allowed(
    session: Session,
    actor: Actor,
    approver: Actor,
    round_code: str,
    org_id: str,
    questionnaire_code: str,
    count: int,
) -> list[tuple[str, Printed]]:
    """Return fresh slips of batches that two people have agreed to."""
    round_ = campaigns.get_round(session, actor, round_code)
    config, now = platform().config, clock.now()
    made = []
    for point in issuing.ticket_points(
        session, actor, round_, org_id, questionnaire_code=questionnaire_code
    ):
        batch = issuing.request(session, actor, round_, point, count, now=now)
        issuing.decide(session, approver, round_, batch.id, allow=True, now=now)
        face = tickets.face_of(session, point, batch.id, base_url=config.base_url, zone=config.zone)
        made.append((batch.id, Printed(point.org_id, face, tuple(issuing.make_slips(count)))))
    return made


def _files(out: Path, allowed: list[tuple[str, Printed]]) -> dict[Path, bytes]:
    """Return what is written where; many slips make several documents, FILE-01.pdf and so on."""
    printed = [each for _, each in allowed]
    if out.suffix.lower() == ".csv":
        return {out: tickets.table(printed)}
    documents = tickets.documents(printed)
    made: dict[Path, bytes] = {}
    with progress("slips") as tell:
        for number, html in enumerate(documents, start=1):
            part = f"{out.stem}-{number:02d}{out.suffix}"
            file = out if len(documents) == 1 else out.with_name(part)
            made[file] = platform().renderer.render(html)
            tell(number, len(documents))
    return made


@command(group, "list")
@click.argument("round_code", metavar="ROUND")
@as_option
@json_option
def list_(round_code: str, as_name: str | None, as_json: bool) -> None:
    """List the batches of ROUND and, once boxes are opened, what became of their slips."""
    with reading() as session:
        actor = actor_of(session, as_name)
        round_ = campaigns.get_round(session, actor, round_code)
        shown = reconciliation.shown(session, round_)
        rows = [
            _row(batch, point, shown)
            for batch, point in issuing.list_batches(session, actor, round_)
        ]
    show(rows, as_json=as_json, line=_line)


def _row(batch: TicketBatch, point: PointView, shown: reconciliation.Shown) -> dict[str, Any]:
    """Return a batch with figures that tell nothing of few people."""
    counts = shown.of(batch)
    return {
        "batch": batch.id,
        "org": point.org_id,
        "questionnaire": point.questionnaire_code,
        "state": batch.state,
        "count": batch.size,
        "used": counts.used,
        "unused": counts.unused,
        "void": counts.void,
        "requested_by": batch.requested_by,
        "approved_by": batch.approved_by,
    }


def _line(row: dict[str, Any]) -> str:
    parts = [
        f"{name} {'–' if row[name] is None else row[name]}" for name in ("used", "unused", "void")
    ]
    text = f"{row['batch']}  {row['org']}  {row['questionnaire']}  {row['state']}"
    return f"{text}  issued {row['count']}: {', '.join(parts)}"


@command(group, "void")
@click.argument("round_code", metavar="ROUND")
@click.argument("batch_id", metavar="BATCH")
@click.option("--reason", required=True)
@as_option
@json_option
def void(round_code: str, batch_id: str, reason: str, as_name: str | None, as_json: bool) -> None:
    """Make every unused slip of BATCH void; answers given with the others stay counted."""
    with writing() as session:
        actor = actor_of(session, as_name)
        round_ = campaigns.get_round(session, actor, round_code)
        batch = issuing.withdraw(session, actor, round_, batch_id, reason=reason, now=clock.now())
        row = {"round": round_code, "batch": batch.id, "state": batch.state}
    show(row, as_json=as_json, line=lambda r: f"{r['batch']} {r['state']}")
