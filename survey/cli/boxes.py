"""`flask rounds show`, `open-boxes`, `supplement`: the boxes of a round, what came too late."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click
from sqlalchemy.orm import Session

from survey import clock
from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round, RoundState
from survey.cli.rounds import describe, group, lines_of, tickets_of
from survey.cli.running import (
    Instant,
    actor_of,
    as_option,
    command,
    json_option,
    reading,
    show,
    writing,
    zone,
)
from survey.collection import boxes, lost_keys, opening
from survey.collection.bundle import anchor_of
from survey.collection.models import Box, BoxState
from survey.publication.bad_ratings import open_bad_ratings
from survey.web.platform import platform


@command(group, "show")
@click.argument("code")
@json_option
def show_one(code: str, as_json: bool) -> None:
    """Show the round CODE: its state, its tickets, its boxes and when the next is opened."""
    with reading() as session:
        round_ = campaigns.get_round(session, OPERATOR, code)
        row = describe(round_) | {"tickets": tickets_of(session, round_)}
        row |= boxes_of(session, round_)
    show(row, as_json=as_json, line=_lines)


def boxes_of(session: Session, round_: Round) -> dict[str, Any]:
    """Return the boxes of a round as they are printed; counts only of those that were opened."""
    upcoming = boxes.next_opening(session, round_, zone())
    return {
        "supplements": round_.supplements,
        "boxes": [_box(box) for box in boxes.boxes_of(session, round_.id)],
        "next_opening": upcoming.isoformat() if upcoming else None,
        "anchor": anchor_of(session, round_),
    }


def _box(box: Box) -> dict[str, Any]:
    is_merged = box.state == BoxState.MERGED
    return {
        "label": box.label,
        "kind": box.kind,
        "state": box.state,
        "answers": None if is_merged else box.answer_count,
        "unreadable": None if is_merged else box.unreadable_count,
        "repeated": None if is_merged else box.repeated_count,
        "receipts_root": None if is_merged else box.receipts_root,
        "content_root": None if is_merged else box.content_root,
    }


def _lines(row: dict[str, Any]) -> str:
    shown = [
        f"  box {each['label']}  {each['state']}"
        + ("" if each["answers"] is None else f"  {each['answers']} answers")
        for each in row["boxes"]
        if each["state"] != BoxState.MERGED
    ]
    if row["next_opening"]:
        shown.append(f"  next opening {row['next_opening']}")
    if row["anchor"]:
        shown.append(f"  anchor {row['anchor']}")
    return "\n".join([lines_of(row), *shown])


@command(group, "open-boxes")
@click.argument("code")
@as_option
@json_option
def open_boxes(code: str, as_name: str | None, as_json: bool) -> None:
    """Open the boxes of the daily round CODE whose morning has come; a worker does so by itself."""
    held = platform()
    with reading() as session:
        actor = actor_of(session, as_name)
    opened = opening.open_due_boxes(
        held.sessions,
        actor,
        code,
        held.keystore,
        held.inbox,
        now=clock.now(),
        zone=zone(),
        progress=lambda step: click.echo(f"{step.value} …", err=True),
    )
    with writing() as session:
        open_bad_ratings(session, campaigns.get_round(session, actor, code), now=clock.now())
    show(
        {"code": code, "opened": opened},
        as_json=as_json,
        line=lambda row: f"{code}: {', '.join(row['opened']) or 'nothing to open'}",
    )


@command(group, "supplement")
@click.argument("code")
@click.argument("new_code")
@click.option("--paper-until", type=Instant(), required=True, help="last moment for keyed paper")
@as_option
@json_option
def supplement(
    code: str, new_code: str, paper_until: datetime, as_name: str | None, as_json: bool
) -> None:
    """Create the supplementary round NEW_CODE for paper that came too late for the round CODE.

    It asks the same of the same objects, takes keyed paper alone, and is counted and reported by
    itself; the round CODE stays as it was closed.
    """
    with writing() as session:
        actor = actor_of(session, as_name)
        late_for = campaigns.get_round(session, actor, code)
        round_ = campaigns.create_supplement(
            session, actor, late_for, code=new_code, paper_until=paper_until, now=clock.now()
        )
        row = describe(round_) | {"supplements": round_.supplements}
    show(row, as_json=as_json, line=lines_of)


@command(group, "abandon")
@click.argument("code")
@click.option("--reason", required=True, help="what became of the key; noted in the audit record")
@click.option("--day", metavar="DATE", help="of a daily round, give up this one day alone")
@click.option("--approved-by", "approver_name", metavar="ACCOUNT", help="default: operator")
@as_option
@json_option
def abandon(
    code: str,
    reason: str,
    day: str | None,
    approver_name: str | None,
    as_name: str | None,
    as_json: bool,
) -> None:
    """Give up the round CODE whose key is lost: its answers go, nobody ever read them.

    Refused while the key is there. What is to be asked again needs a new round. With --day only
    that day of a daily round goes; the others are opened as ever.
    """
    held = platform()
    with writing() as session:
        actor, approver = actor_of(session, as_name), actor_of(session, approver_name)
        round_ = campaigns.get_round(session, actor, code)
        people, now = (session, actor, approver, round_), clock.now()
        if day is not None and day not in boxes.lost_days(session, round_.id):
            lost_keys.abandon_day(*people, day, held.keystore, reason=reason, now=now)
        elif day is None and round_.state != RoundState.ABANDONED:
            lost_keys.abandon(*people, held.keystore, reason=reason, now=now)
    with reading() as session:
        round_ = campaigns.get_round(session, actor, code)
        lost_keys.finish_abandon(session, round_, held.keystore, held.inbox)
        row = describe(round_)
    show(row, as_json=as_json, line=lines_of)
