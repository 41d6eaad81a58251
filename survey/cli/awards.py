"""`flask awards`: who may be honoured, who was proposed, and what was decided."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import click

from reports.award_list import candidates
from survey import clock
from survey.cli.running import actor_of, as_option, command, json_option, reading, show, writing
from survey.publication import award_notices
from survey.publication.models import Outcome
from survey.publication.notice_terms import Contact
from survey.ratings import awards
from survey.ratings import service as ratings
from survey.ratings.award_models import Award
from survey.rectification.workdays import local_date

group = click.Group("awards", help="Awards upon a settled rating.")


def _row(award: Award) -> dict[str, Any]:
    return {
        "id": award.id,
        "org": award.org_id,
        "honour": award.honour,
        "state": "notice" if award.is_on_notice else award.state,
        "place": award.place,
        "number": award.number,
        "proposed_by": award.proposed_by,
        "decided_by": award.decided_by,
    }


def _line(row: dict[str, Any]) -> str:
    return f"{row['id']}  {row['org']}  {row['honour']}  {row['state']}  {row['number'] or ''}"


@command(group, "shortlist")
@click.argument("rating_code", metavar="RATING")
@as_option
@json_option
def shortlist(rating_code: str, as_name: str | None, as_json: bool) -> None:
    """List the organisations that meet every condition; a filter, never a decision."""
    with reading() as session:
        rating = ratings.get(session, actor_of(session, as_name), rating_code)
        found = candidates(awards.nominees(session, rating, now=clock.now()))
        rows = [
            {"org": each.org_id, "name": each.name, "star": each.star, "final": each.final}
            for each in found
        ]
    show(rows, as_json=as_json, line=lambda row: f"{row['org']}  ★{row['star']}  {row['name']}")


@command(group, "list")
@click.argument("rating_code", metavar="RATING")
@as_option
@json_option
def list_(rating_code: str, as_name: str | None, as_json: bool) -> None:
    """List every proposal and what was decided."""
    with reading() as session:
        rating = ratings.get(session, actor_of(session, as_name), rating_code)
        rows = [_row(each) for each in awards.awards_of(session, rating)]
    show(rows, as_json=as_json, line=_line)


@command(group, "propose")
@click.argument("rating_code", metavar="RATING")
@click.argument("org_id", metavar="ORG")
@click.option("--honour", required=True, help="what the holder will be called")
@click.option("--reason", required=True, help="what the organisation did to deserve it")
@as_option
def propose(rating_code: str, org_id: str, honour: str, reason: str, as_name: str | None) -> None:
    """Propose ORG of the shortlist for an honour."""
    with writing() as session:
        actor = actor_of(session, as_name)
        rating = ratings.get(session, actor, rating_code)
        made = awards.propose(
            session, actor, rating, org_id, honour=honour, reason=reason, now=clock.now()
        )
        click.echo(_line(_row(made)))


@command(group, "arrange")
@click.argument("rating_code", metavar="RATING")
@click.argument("award_ids", metavar="PROPOSAL...", type=int, nargs=-1, required=True)
@as_option
def arrange(rating_code: str, award_ids: tuple[int, ...], as_name: str | None) -> None:
    """Put the proposals that wait in this order, the first one first."""
    with writing() as session:
        actor = actor_of(session, as_name)
        rating = ratings.get(session, actor, rating_code)
        places = {award_id: place for place, award_id in enumerate(award_ids, 1)}
        awards.arrange(session, actor, rating, places, now=clock.now())


@command(group, "announce")
@click.argument("rating_code", metavar="RATING")
@click.argument("award_ids", metavar="PROPOSAL...", type=int, nargs=-1, required=True)
@click.option("--office", default="", help="who takes objections")
@click.option("--phone", default="")
@click.option("--email", default="")
@click.option("--address", default="")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="last day of the notice")
@as_option
def announce(
    rating_code: str,
    award_ids: tuple[int, ...],
    office: str,
    phone: str,
    email: str,
    address: str,
    until: datetime | None,
    as_name: str | None,
) -> None:
    """Approve proposals and put them on notice; by somebody who proposed none of them."""
    with writing() as session:
        actor = actor_of(session, as_name)
        made = award_notices.announce(
            session,
            actor,
            ratings.get(session, actor, rating_code),
            award_ids,
            Contact(office, phone, email, address),
            until=until.date() if until else None,
            now=clock.now(),
        )
        last = made.notice_until
        click.echo(f"On notice until {last}" if last else "No notice is asked for; grant them now")


@command(group, "decline")
@click.argument("rating_code", metavar="RATING")
@click.argument("award_id", metavar="PROPOSAL", type=int)
@click.option("--reason", required=True, help="why; the unit reads it")
@as_option
def decline(rating_code: str, award_id: int, reason: str, as_name: str | None) -> None:
    """Turn PROPOSAL down."""
    with writing() as session:
        actor = actor_of(session, as_name)
        found = awards.find(session, ratings.get(session, actor, rating_code), award_id)
        click.echo(_line(_row(awards.decline(session, actor, found, reason, now=clock.now()))))


@command(group, "object")
@click.argument("rating_code", metavar="RATING")
@click.option("--text", required=True, help="what is objected to; never who objects")
@click.option("--proposal", type=int, help="the honour it is about; default: the whole notice")
@click.option("--received", type=click.DateTime(["%Y-%m-%d"]), help="default: today")
@as_option
def object_(
    rating_code: str,
    text: str,
    proposal: int | None,
    received: datetime | None,
    as_name: str | None,
) -> None:
    """Write down an objection to what is on notice."""
    with writing() as session:
        actor, now = actor_of(session, as_name), clock.now()
        day: date = received.date() if received else local_date(now)
        made = award_notices.record(
            session,
            actor,
            ratings.get(session, actor, rating_code),
            text=text,
            received_on=day,
            award_id=proposal,
            now=now,
        )
        click.echo(f"{made.number}")


@command(group, "answer")
@click.argument("rating_code", metavar="RATING")
@click.argument("number", type=int)
@click.option("--upheld/--rejected", "is_upheld", required=True)
@click.option("--text", required=True, help="what was found")
@as_option
def answer(rating_code: str, number: int, is_upheld: bool, text: str, as_name: str | None) -> None:
    """Answer an objection; an honour that it is upheld against is not awarded."""
    with writing() as session:
        actor = actor_of(session, as_name)
        award_notices.answer(
            session,
            actor,
            ratings.get(session, actor, rating_code),
            number,
            outcome=Outcome.UPHELD if is_upheld else Outcome.REJECTED,
            text=text,
            now=clock.now(),
        )


@command(group, "grant")
@click.argument("rating_code", metavar="RATING")
@as_option
def grant(rating_code: str, as_name: str | None) -> None:
    """End the notice: award who is left, each under the next certificate number."""
    with writing() as session:
        actor = actor_of(session, as_name)
        rating = ratings.get(session, actor, rating_code)
        for award in award_notices.grant(session, actor, rating, now=clock.now()):
            click.echo(_line(_row(award)))
