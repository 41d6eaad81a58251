"""`flask items …`: what people do with an item beside its steps."""

from __future__ import annotations

from datetime import datetime

import click

from survey import clock
from survey.cli.running import actor_of, as_option, command, json_option, reading, show, writing
from survey.rectification import follow_ups, requests, suspicion, triage
from survey.rectification.handling_models import RequestKind
from survey.rectification.item import StageGoal
from survey.rectification.triage import Handling

group = click.Group("items", help="Requests, handling, suspicions and follow-ups of items.")
KINDS = click.Choice([kind.value for kind in RequestKind])
STAGE = (click.DateTime(["%Y-%m-%d"]), str)


@command(group, "ask")
@click.argument("number", metavar="ITEM")
@click.option("--kind", type=KINDS, required=True)
@click.option("--reason", required=True)
@click.option("--workdays", type=int, default=0, help="how many more (extension)")
@click.option("--stage", "stages", type=STAGE, multiple=True, metavar="DAY GOAL", help="(longterm)")
@as_option
def ask(
    number: str,
    kind: str,
    reason: str,
    workdays: int,
    stages: tuple[tuple[datetime, str], ...],
    as_name: str | None,
) -> None:
    """Ask for more time, an appeal or a long-term plan; only the owner does."""
    plan = tuple(StageGoal(goal, day.date()) for day, goal in stages)
    with writing() as session:
        actor, now = actor_of(session, as_name), clock.now()
        asked = RequestKind(kind)
        requests.ask(session, actor, number, asked, reason, now=now, workdays=workdays, stages=plan)
    click.echo(f"{number}: asked")


@command(group, "answer")
@click.argument("number", metavar="ITEM")
@click.option("--kind", type=KINDS, required=True)
@click.option("--grant/--decline", "grants", required=True)
@click.option("--answer", "words", default="", help="the reason, needed to decline")
@as_option
def answer(number: str, kind: str, grants: bool, words: str, as_name: str | None) -> None:
    """Grant or decline what the owner of ITEM asked for."""
    with writing() as session:
        actor, asked = actor_of(session, as_name), RequestKind(kind)
        requests.decide(session, actor, number, asked, grants=grants, answer=words, now=clock.now())
    click.echo(f"{number}: {'granted' if grants else 'declined'}")


@command(group, "classify")
@click.argument("number", metavar="ITEM")
@click.argument("handling", type=click.Choice([each.value for each in Handling]))
@click.option("--note", default="")
@click.option("--works/--no-works", "is_works", default=None, help="needs pictures of both states")
@as_option
def classify(
    number: str, handling: str, note: str, is_works: bool | None, as_name: str | None
) -> None:
    """Say how ITEM is dealt with: at once, by its date, or as a complex case."""
    with writing() as session:
        item = triage.classify(
            session,
            actor_of(session, as_name),
            number,
            Handling(handling),
            now=clock.now(),
            note=note,
            is_works=is_works,
        )
        due_on = item.due_on
    click.echo(f"{number}: due on {due_on}")


@command(group, "suspect")
@click.argument("number", metavar="ITEM")
@click.option("--note", required=True, help="what does not fit")
@as_option
def suspect(number: str, note: str, as_name: str | None) -> None:
    """Pass ITEM to the supervisor."""
    with writing() as session:
        suspicion.suspect(session, actor_of(session, as_name), number, note, now=clock.now())
    click.echo(f"{number}: with the supervisor")


@command(group, "judge")
@click.argument("number", metavar="ITEM")
@click.option("--true/--false", "is_true", required=True)
@click.option("--note", required=True, help="what was found")
@as_option
def judge(number: str, is_true: bool, note: str, as_name: str | None) -> None:
    """Say whether the work on ITEM was for show."""
    with writing() as session:
        actor, now = actor_of(session, as_name), clock.now()
        suspicion.judge(session, actor, number, is_true=is_true, note=note, now=now)
    click.echo(f"{number}: {'confirmed' if is_true else 'cleared'}")


@command(group, "follow-ups")
@as_option
@json_option
def list_follow_ups(as_name: str | None, as_json: bool) -> None:
    """List the closed items that are to be looked at again."""
    with reading() as session:
        found = follow_ups.tasks(session, actor_of(session, as_name), now=clock.now())
    rows = [
        {
            "number": t.number,
            "org_name": t.org_name,
            "problem": t.problem,
            "due_on": t.deadline.due_on,
        }
        for t in found
    ]
    show(
        rows,
        as_json=as_json,
        line=lambda row: "  ".join(str(value) for value in row.values()),
    )


@command(group, "look-again")
@click.argument("number", metavar="ITEM")
@click.option("--holds/--relapsed", "holds", required=True)
@click.option("--note", default="", help="what was seen, needed after a relapse")
@as_option
def look_again(number: str, holds: bool, note: str, as_name: str | None) -> None:
    """Write down what was found on looking at ITEM again; a relapse reopens it."""
    with writing() as session:
        actor, now = actor_of(session, as_name), clock.now()
        follow_ups.record(session, actor, number, holds=holds, note=note, now=now)
    click.echo(f"{number}: {'holds' if holds else 'reopened'}")
