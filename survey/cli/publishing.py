"""`flask rounds announce`, `publish`, `archive`, `withdraw`, `object`, `answer`: results go out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click
from sqlalchemy.orm import Session

import survey.cli.boxes  # noqa: F401 - its commands are of the same group
from reports.figures import Audience
from survey import clock
from survey.accounts.policy import Actor
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round, RoundState
from survey.cli.rounds import group
from survey.cli.running import (
    Instant,
    actor_of,
    as_option,
    command,
    json_option,
    progress,
    show,
    writing,
    zone,
)
from survey.publication import archiving, objections, publishing
from survey.publication.frozen_reports import freeze_reports
from survey.publication.models import Outcome, Publication
from survey.publication.notice_terms import Contact
from survey.results import freezing
from survey.results.freezing import Candidate
from survey.web.platform import platform

approved_option = click.option(
    "--approved-by", "approver_name", metavar="ACCOUNT", help="default: operator"
)
DAY = click.DateTime(formats=["%Y-%m-%d"])


@command(group, "announce")
@click.argument("code")
@click.option("--office", default="", help="who takes objections")
@click.option("--phone", default="")
@click.option("--email", default="")
@click.option("--address", default="")
@click.option("--until", type=DAY, help="last day of the notice; default: as short as allowed")
@approved_option
@as_option
@json_option
def announce(
    code: str,
    office: str,
    phone: str,
    email: str,
    address: str,
    until: datetime | None,
    approver_name: str | None,
    as_name: str | None,
    as_json: bool,
) -> None:
    """Put the results of the closed round CODE on notice (公示), so that people may object."""
    contact = Contact(office, phone, email, address)
    chosen = freezing.prepared(platform().sessions, code, Audience.PUBLIC)
    with writing() as session:
        actor, approver = actor_of(session, as_name), actor_of(session, approver_name)
        round_ = campaigns.get_round(session, actor, code)
        made = _approved(session, actor, approver, round_, contact, chosen, until=until)
        row = describe(made, code)
    _freeze(code)
    show(row, as_json=as_json, line=_line)


@command(group, "publish")
@click.argument("code")
@approved_option
@as_option
@json_option
def publish(code: str, approver_name: str | None, as_name: str | None, as_json: bool) -> None:
    """Publish the results of the round CODE, bound to the digest that was approved.

    Refused as NOTICE_REQUIRED before a notice, where the rules of the round ask for one.
    """
    chosen = freezing.prepared(platform().sessions, code, Audience.PUBLIC)
    with writing() as session:
        actor, approver = actor_of(session, as_name), actor_of(session, approver_name)
        round_ = campaigns.get_round(session, actor, code)
        if publishing.notice_workdays(round_) or round_.state == RoundState.NOTICE:
            made = publishing.publish(session, actor, round_, now=clock.now())
        else:
            made = _approved(session, actor, approver, round_, None, chosen)
        row = describe(made, code)
    _freeze(code)
    show(row, as_json=as_json, line=_line)


@command(group, "refreeze")
@click.argument("code")
@as_option
@json_option
def refreeze(code: str, as_name: str | None, as_json: bool) -> None:
    """Make the figures of the closed round CODE anew from names and rosters as they are now.

    Refused where the difference from what was released before would give somebody away.
    """
    with writing() as session:
        actor = actor_of(session, as_name)
        round_ = campaigns.get_round(session, actor, code)
        made = publishing.correct(session, actor, round_, now=clock.now())
        row = {"round": code, "edition": made.edition, "digest": made.digest}
    show(row, as_json=as_json, line=lambda r: f"{code}: edition {r['edition']} {r['digest']}")


@command(group, "archive")
@click.argument("code")
@as_option
@json_option
def archive(code: str, as_name: str | None, as_json: bool) -> None:
    """Put the published round CODE on file: it stays public, nothing of it changes any more."""
    with writing() as session:
        actor = actor_of(session, as_name)
        round_ = campaigns.get_round(session, actor, code)
        made = archiving.archive(session, actor, round_, now=clock.now())
        row = describe(made, code) | {"state": str(round_.state)}
    show(row, as_json=as_json, line=_line)


@command(group, "withdraw")
@click.argument("code")
@click.option("--reason", required=True, help="stands where the results stood")
@approved_option
@as_option
@json_option
def withdraw(
    code: str, reason: str, approver_name: str | None, as_name: str | None, as_json: bool
) -> None:
    """Take back the results of the round CODE."""
    with writing() as session:
        actor, approver = actor_of(session, as_name), actor_of(session, approver_name)
        round_ = campaigns.get_round(session, actor, code)
        publishing.ask_withdrawal(session, actor, round_, reason, now=clock.now())
        made = publishing.withdraw(session, approver, round_, now=clock.now())
        row = describe(made, code)
    show(row, as_json=as_json, line=_line)


@command(group, "object")
@click.argument("code")
@click.option("--text", required=True, help="what is objected to, without names")
@click.option("--received", type=Instant(), help="default: now")
@click.option("--org", "org_id", default="", help="whose result; default: the round as a whole")
@as_option
@json_option
def object_(
    code: str,
    text: str,
    received: datetime | None,
    org_id: str,
    as_name: str | None,
    as_json: bool,
) -> None:
    """Write down an objection to the round CODE, which is on notice."""
    with writing() as session:
        actor, now = actor_of(session, as_name), clock.now()
        round_ = campaigns.get_round(session, actor, code)
        day = (received or now).astimezone(zone()).date()
        made = objections.record(
            session, actor, round_, text=text, received_on=day, org_id=org_id, now=now
        )
        row = {"round": code, "number": made.number, "org": made.org_id}
    show(row, as_json=as_json, line=lambda r: f"{code}: objection {r['number']}")


@command(group, "answer")
@click.argument("code")
@click.argument("number", type=int)
@click.option("--outcome", type=click.Choice([o.value for o in Outcome]), required=True)
@click.option("--text", required=True, help="the answer, in words")
@as_option
@json_option
def answer(
    code: str, number: int, outcome: str, text: str, as_name: str | None, as_json: bool
) -> None:
    """Answer the objection NUMBER of the round CODE; an upheld one becomes an item."""
    with writing() as session:
        actor = actor_of(session, as_name)
        round_ = campaigns.get_round(session, actor, code)
        made = objections.answer(
            session, actor, round_, number, outcome=Outcome(outcome), text=text, now=clock.now()
        )
        row = {"round": code, "number": made.number, "outcome": made.outcome}
        row["item"] = made.item_number or None
    show(row, as_json=as_json, line=lambda r: f"{code}: objection {number} {r['outcome']}")


def _approved(
    session: Session,
    actor: Actor,
    approver: Actor,
    round_: Round,
    contact: Contact | None,
    chosen: Candidate | None,
    *,
    until: datetime | None = None,
) -> Publication:
    """Propose in one name and approve in another; what was proposed before is approved as it is."""
    now = clock.now()
    made = publishing.current(session, round_) if round_.state == RoundState.REVIEW else None
    if made is None:
        made = publishing.propose(session, actor, round_, contact, now=now, chosen=chosen)
    last = until.date() if until else None
    return publishing.approve(
        session, approver, round_, digest=made.digest, now=now, until=last, chosen=chosen
    )


def _freeze(code: str) -> None:
    """Freeze the reports at once: where this runs, a worker may not."""
    with progress("Freezing reports") as tell:
        freeze_reports(platform().sessions, code, zone=zone(), progress=tell)


def describe(made: Publication, code: str) -> dict[str, Any]:
    """Return where results stand, as `--json` prints it."""
    return {
        "round": code,
        "state": made.state,
        "digest": made.digest,
        "notice_until": made.notice_until.isoformat() if made.notice_until else None,
        "proposed_by": made.proposed_by,
        "approved_by": made.approved_by,
        "published_by": made.published_by or None,
    }


def _line(row: dict[str, Any]) -> str:
    until = f", objections until {row['notice_until']}" if row["notice_until"] else ""
    return f"{row['round']}: {row['state']}{until}\n  digest {row['digest']}"
