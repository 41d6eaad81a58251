"""`flask ratings`: stars from several rounds, scored, proposed and approved."""

from __future__ import annotations

from typing import Any

import click

from survey import clock
from survey.cli.running import actor_of, as_option, command, json_option, reading, show, writing
from survey.ratings import service as ratings
from survey.ratings.models import ConductKind, Rating, RatingLine

group = click.Group("ratings", help="Composite scores and stars.")


def _row(rating: Rating) -> dict[str, Any]:
    return {
        "code": rating.code,
        "title": rating.title,
        "year": rating.year,
        "state": rating.state,
        "sources": rating.sources,
        "scored_by": rating.scored_by,
        "proposed_by": rating.proposed_by,
        "approved_by": rating.approved_by,
        "lines": len(rating.lines),
        "waiting": sum(line.waits for line in rating.lines),
    }


def _line(line: RatingLine) -> dict[str, Any]:
    return {
        "org": line.org_id,
        "final": None if line.final is None else round(line.final, 4),
        "se": None if line.se is None else round(line.se, 4),
        "missing": line.composite["missing"],
        "deduction": line.composite["deduction"],
        "place": line.place,
        "last": line.last,
        "proposed": line.star_proposed,
        "decided": line.star_decided,
        "rule": "+".join(line.reasons),
        "borderline": line.is_borderline,
        "lagging": line.is_lagging,
        "reason": line.decision_reason,
        "change": line.change,
        "contradictions": [f"{said['line']}：{said['zh']}" for said in line.contradictions],
    }


def _text(row: dict[str, Any]) -> str:
    head = f"{row['code']}  {row['state']}  {row['lines']} lines, {row['waiting']} to decide"
    lines = [
        f"  {each['org']}  {each['final']}  star {each['decided'] or each['proposed']}"
        f"  {each['rule']}{'  borderline' if each['borderline'] else ''}"
        for each in row.get("table", [])
    ]
    return "\n".join([head, *lines])


def _source(_ctx: click.Context, _param: click.Parameter, value: tuple[str, ...]) -> dict[str, str]:
    pairs = [each.partition("=") for each in value]
    if not all(component and code for component, _, code in pairs):
        raise click.BadParameter("write COMPONENT=ROUND, such as mass=R2026Q3")
    return {component: code for component, _, code in pairs}


@command(group, "create")
@click.argument("code")
@click.option("--title", required=True)
@click.option("--year", type=int, required=True)
@click.option("--source", "sources", multiple=True, required=True, callback=_source)
@as_option
@json_option
def create(
    code: str, title: str, year: int, sources: dict[str, str], as_name: str | None, as_json: bool
) -> None:
    """Create the rating CODE from rounds, each named as --source COMPONENT=ROUND.

    Components: mass, peer (branches), survey, hcp (windows), leader, spot, commit.
    """
    with writing() as session:
        actor = actor_of(session, as_name)
        rating = ratings.create(
            session, actor, code=code, title=title, year=year, sources=sources, now=clock.now()
        )
        row = _row(rating)
    show(row, as_json=as_json, line=_text)


@command(group, "compute")
@click.argument("code")
@as_option
@json_option
def compute(code: str, as_name: str | None, as_json: bool) -> None:
    """Score the draft CODE anew; decisions made so far are dropped."""
    with writing() as session:
        actor = actor_of(session, as_name)
        rating = ratings.get(session, actor, code)
        ratings.compute(session, actor, rating, now=clock.now())
        row = _row(rating)
    show(row, as_json=as_json, line=_text)


@command(group, "show")
@click.argument("code")
@as_option
@json_option
def show_one(code: str, as_name: str | None, as_json: bool) -> None:
    """Show the rating CODE with all its lines."""
    with reading() as session:
        rating = ratings.get(session, actor_of(session, as_name), code)
        row = _row(rating) | {"table": [_line(line) for line in rating.lines]}
    show(row, as_json=as_json, line=_text)


@command(group, "decide")
@click.argument("code")
@click.argument("org_id")
@click.argument("star", type=click.IntRange(1, 5))
@click.option("--reason", required=True)
@as_option
def decide(code: str, org_id: str, star: int, reason: str, as_name: str | None) -> None:
    """Decide STAR of ORG_ID by hand, with a reason."""
    with writing() as session:
        actor = actor_of(session, as_name)
        rating = ratings.get(session, actor, code)
        ratings.decide(session, actor, rating, org_id, star, reason, now=clock.now())
    click.echo(f"{org_id}: {star}")


@command(group, "propose")
@click.argument("code")
@as_option
def propose(code: str, as_name: str | None) -> None:
    """Hand the rating CODE to the approver."""
    with writing() as session:
        actor = actor_of(session, as_name)
        ratings.propose(session, actor, ratings.get(session, actor, code), now=clock.now())
    click.echo(f"{code}: proposed")


@command(group, "send-back")
@click.argument("code")
@click.option("--reason", required=True)
@as_option
def send_back(code: str, reason: str, as_name: str | None) -> None:
    """Return the proposed rating CODE to draft, with the reason."""
    with writing() as session:
        actor = actor_of(session, as_name)
        rating = ratings.get(session, actor, code)
        ratings.send_back(session, actor, rating, reason, now=clock.now())
    click.echo(f"{code}: draft")


@command(group, "approve")
@click.argument("code")
@as_option
def approve(code: str, as_name: str | None) -> None:
    """Fix the stars of CODE for good; by somebody who neither scored nor proposed them."""
    with writing() as session:
        actor = actor_of(session, as_name)
        ratings.approve(session, actor, ratings.get(session, actor, code), now=clock.now())
    click.echo(f"{code}: approved")


@command(group, "conduct")
@click.argument("org_id")
@click.argument("kind", type=click.Choice([kind.value for kind in ConductKind]))
@click.option("--year", type=int, required=True)
@click.option("--note", required=True, help="what happened, in a sentence")
@as_option
def conduct(org_id: str, kind: str, year: int, note: str, as_name: str | None) -> None:
    """Confirm conduct of ORG_ID that takes points off or forces the lowest star."""
    with writing() as session:
        actor = actor_of(session, as_name)
        ratings.mark_conduct(
            session, actor, org_id, year=year, kind=ConductKind(kind), note=note, now=clock.now()
        )
    click.echo(f"{org_id}: {kind}")
