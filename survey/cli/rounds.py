"""`flask rounds …`: plan, open, close and look at rounds; `flask points list`."""

from __future__ import annotations

import dataclasses
import sys
from datetime import datetime
from typing import Any

import click
from sqlalchemy.orm import Session

from survey import clock
from survey.accounts.policy import OPERATOR
from survey.campaigns import ruling
from survey.campaigns import service as campaigns
from survey.campaigns.models import CollectionMode, OpeningKind, Round
from survey.campaigns.service import Use
from survey.cli.running import (
    Instant,
    actor_of,
    as_option,
    command,
    json_option,
    progress,
    reading,
    show,
    writing,
    zone,
)
from survey.collection import fieldwork, keying_batches, reconciliation
from survey.collection.bundle import anchor_of
from survey.collection.points import list_points
from survey.publication.closing import close_round
from survey.web.platform import platform
from survey.web.public.pages import renderer

group = click.Group("rounds", help="Rounds of evaluation.")
EARLY_REASON = "flask rounds close"
LOST = "what was keyed of them cannot go into the box any more"

points = click.Group("points", help="Collection points: what QR codes lead to.")


class Questionnaire(click.ParamType[Use]):
    """A questionnaire of a round: CODE, or CODE:sector=S,mode=M,org=B001+B002."""

    name = "CODE[:sector=S,mode=M,org=O+O]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Use:
        """Return the use of a questionnaire that `value` describes."""
        code, _, rest = str(value).partition(":")
        chosen = dict(part.partition("=")[::2] for part in rest.split(",") if part)
        if not chosen.keys() <= {"sector", "mode", "org"}:
            self.fail(f"{value!r}: only sector, mode and org can be given", param, ctx)
        return Use(
            questionnaire_code=code,
            mode=chosen.get("mode", ""),
            sector=chosen.get("sector", ""),
            org_ids=tuple(filter(None, chosen.get("org", "").split("+"))),
        )


def describe(round_: Round) -> dict[str, Any]:
    """Return a round as the contract shows it; instants are in the platform's time zone."""
    return {
        "code": round_.code,
        "title": round_.title,
        "state": round_.state,
        "mode": round_.mode,
        "opening": round_.opening,
        "pow": round_.asks_proof,
        "opens_at": round_.opens_at.astimezone(zone()).isoformat(),
        "closes_at": round_.closes_at.astimezone(zone()).isoformat(),
        "paper_until": round_.paper_until.astimezone(zone()).isoformat(),
        "rules_digest": ruling.digest_of_rules(round_),
        "questionnaires": [
            {"code": used.code, "digest": used.digest, "mode": used.mode, "sector": used.sector}
            for used in round_.questionnaires
        ],
    }


def _line(row: dict[str, Any]) -> str:
    return f"{row['code']}  {row['state']}  {row['opens_at']} – {row['closes_at']}  {row['title']}"


def lines_of(row: dict[str, Any]) -> str:
    """Return a round as it is printed for people."""
    used = (f"  {q['code']}  {q['mode']}  {q['sector']}".rstrip() for q in row["questionnaires"])
    lines = [_line(row), f"  paper until {row['paper_until']}", *used]
    if row.get("tickets"):
        counts = [f"{key} {'–' if n is None else n}" for key, n in row["tickets"].items()]
        lines.append(f"  tickets: {', '.join(counts)}")
    return "\n".join(lines)


@command(group, "create")
@click.argument("code")
@click.option("--title", required=True)
@click.option("--questionnaire", "uses", type=Questionnaire(), multiple=True, required=True)
@click.option("--opens-at", type=Instant(), required=True)
@click.option("--closes-at", type=Instant(), required=True)
@click.option(
    "--paper-until", type=Instant(), help="last moment for keyed paper; default: the close"
)
@click.option("--mode", type=click.Choice([m.value for m in CollectionMode]), default="open")
@click.option("--opening", type=click.Choice([o.value for o in OpeningKind]), default="at_close")
@click.option("--org", "org_ids", multiple=True, help="only this organisation (repeatable)")
@click.option(
    "--pow",
    "proof",
    type=click.Choice(["on", "off"]),
    default="on",
    help="proof of work at open posters",
)
@click.option(
    "--rules", default="", metavar="CODE[@VERSION]", help="rule set; default: by questionnaire"
)
@as_option
@json_option
def create(
    code: str,
    title: str,
    uses: tuple[Use, ...],
    opens_at: datetime,
    closes_at: datetime,
    paper_until: datetime | None,
    mode: str,
    opening: str,
    org_ids: tuple[str, ...],
    proof: str,
    rules: str,
    as_name: str | None,
    as_json: bool,
) -> None:
    """Create the round CODE."""
    if org_ids:
        uses = tuple(
            Use(u.questionnaire_code, u.mode, u.sector, u.org_ids or org_ids) for u in uses
        )
    with writing() as session:
        round_ = campaigns.create_round(
            session,
            actor_of(session, as_name),
            code=code,
            title=title,
            uses=uses,
            opens_at=opens_at,
            closes_at=closes_at,
            paper_until=paper_until,
            mode=mode,
            opening=opening,
            asks_proof=proof == "on",
            rules=rules,
            now=clock.now(),
        )
        row = describe(round_)
    show(row, as_json=as_json, line=_line)


@command(group, "open")
@click.argument("code")
@click.option("--key-copied", is_flag=True, help="the key files have been copied to a safe place")
@click.option("--no-key-copy", is_flag=True, help="do without a copy: a lost key loses the answers")
@as_option
@json_option
def open_(
    code: str, key_copied: bool, no_key_copy: bool, as_name: str | None, as_json: bool
) -> None:
    """Open the round CODE: one form and one code for each target."""
    held = platform()
    if not no_key_copy:
        key_copied = _ask_for_copy(code, as_name, key_copied)
    with reading() as session:
        actor = actor_of(session, as_name)
    with progress("Making forms") as tell:
        fieldwork.open_in_steps(
            held.sessions,
            actor,
            code,
            held.keystore,
            held.inbox,
            renderer(held.config.zone),
            now=clock.now(),
            confirm_key_copy=key_copied,
            no_key_copy=no_key_copy,
            zone=zone(),
            progress=tell,
        )
    with reading() as session:
        row = describe(campaigns.get_round(session, actor, code))
    show(row, as_json=as_json, line=_line)


def _ask_for_copy(code: str, as_name: str | None, is_copied: bool) -> bool:
    """Make the keys if need be and return whether somebody says that they have been copied.

    What was made only now, nobody can have copied: `is_copied` then counts for nothing.
    """
    held = platform()
    with writing() as session:
        actor = actor_of(session, as_name)
        round_ = campaigns.get_round(session, actor, code)
        were_there = fieldwork.has_boxes(session, round_)
        boxes = fieldwork.prepare_boxes(
            session, actor, round_, held.keystore, held.inbox, now=clock.now(), zone=zone()
        )
        files = fieldwork.key_files(held.keystore, boxes)
    if is_copied and were_there:
        return True
    if not sys.stdin.isatty():
        return False
    click.echo("Copy these key files to a safe place, outside every backup of the database:")
    for file in files:
        click.echo(f"  {file}")
    return click.confirm("Copied?")


@command(group, "close")
@click.argument("code")
@click.option(
    "--early",
    metavar="REASON",
    default=EARLY_REASON,
    help="why before the closing date; noted in the audit record",
)
@as_option
@json_option
def close(code: str, early: str, as_name: str | None, as_json: bool) -> None:
    """Close the round CODE: open its box, count, check, destroy the key, open findings."""
    held, now = platform(), clock.now()
    with reading() as session:
        actor = actor_of(session, as_name)
        round_ = campaigns.get_round(session, actor, code)
        ends_at, unsettled = round_.paper_until, keying_batches.unsettled(session, round_)
    if unsettled:
        click.echo(f"{unsettled} bags of paper ballots are not settled; {LOST}", err=True)
        if sys.stdin.isatty():
            click.confirm("Close all the same?", abort=True)
    if now < ends_at and sys.stdin.isatty():
        click.confirm(
            f"The round runs until {ends_at.astimezone(zone())}. Close it now?", abort=True
        )
    closed = close_round(
        held.sessions,
        actor,
        code,
        held.keystore,
        held.inbox,
        now=now,
        early_reason=early,
        progress=lambda step: click.echo(f"{step.value} …", err=True),
    )
    with reading() as session:
        anchor = anchor_of(session, campaigns.get_round(session, actor, code))
    row = {"code": code, **dataclasses.asdict(closed), "anchor": anchor}
    show(
        row,
        as_json=as_json,
        line=lambda r: (
            f"{code}: {r['answers']} answers counted, {r['unreadable']} unreadable; "
            f"{len(r['created'])} items opened, {len(r['merged'])} reported again\n"
            f"  anchor {r['anchor']}"
        ),
    )


@command(group, "list")
@json_option
def list_all(as_json: bool) -> None:
    """List all rounds, the newest first."""
    with reading() as session:
        rows = [describe(round_) for round_ in campaigns.list_rounds(session, OPERATOR)]
    show(rows, as_json=as_json, line=_line)


def tickets_of(session: Session, round_: Round) -> dict[str, int | None] | None:
    """Return issued = used + unused + void of a round, or None where nobody printed a slip."""
    total = reconciliation.shown(session, round_).total
    if total is None:
        return None
    return {
        "issued": total.issued,
        "used": total.used,
        "unused": total.unused,
        "void": total.void,
    }


@command(points, "list")
@click.argument("round_code", metavar="ROUND")
@json_option
def list_points_of(round_code: str, as_json: bool) -> None:
    """List the collection points of ROUND."""
    with reading() as session:
        rows = point_rows(session, round_code)
    show(
        rows,
        as_json=as_json,
        line=lambda r: f"{r['code']}  {r['org']}  {r['questionnaire']}  {r['url']}",
    )


def point_rows(session: Session, round_code: str) -> list[dict[str, str]]:
    """Return the points of a round as the contract names them."""
    base = platform().config.base_url
    round_ = campaigns.get_round(session, OPERATOR, round_code)
    return [
        {
            "org": point.org_id,
            "questionnaire": point.questionnaire_code,
            "code": point.code,
            "url": f"{base}/q/{point.code}",
            "mode": point.mode,
            **({"item": point.item} if point.item else {}),
        }
        for point in list_points(session, OPERATOR, round_)
    ]
