"""`flask awards`: who may be honoured, who was proposed, and what was decided."""

from __future__ import annotations

from typing import Any

import click
from sqlalchemy.orm import Session

from reports.award_list import candidates
from survey import clock
from survey.accounts.policy import Actor
from survey.cli.running import actor_of, as_option, command, json_option, reading, show, writing
from survey.ratings import awards
from survey.ratings import service as ratings
from survey.ratings.award_models import Award
from survey.ratings.refusals import AwardNotFound

group = click.Group("awards", help="Awards upon a settled rating.")


def _row(award: Award) -> dict[str, Any]:
    return {
        "id": award.id,
        "org": award.org_id,
        "honour": award.honour,
        "state": award.state,
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


@command(group, "decide")
@click.argument("award_id", metavar="PROPOSAL", type=int)
@click.option("--decline", is_flag=True, help="turn it down")
@as_option
def decide(award_id: int, decline: bool, as_name: str | None) -> None:
    """Award PROPOSAL, under the next certificate number, or decline it; by another person."""
    with writing() as session:
        actor = actor_of(session, as_name)
        made = _proposal(session, actor, award_id)
        awards.decide(session, actor, made, is_awarded=not decline, now=clock.now())
        click.echo(_line(_row(made)))


def _proposal(session: Session, actor: Actor, award_id: int) -> Award:
    made = session.get(Award, award_id)
    if made is None:
        raise AwardNotFound
    ratings.get(session, actor, made.rating.code)
    return made
