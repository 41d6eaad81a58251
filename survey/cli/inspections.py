"""`flask inspections`: give them out, by draw or by hand, and read what came of them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from reports.checklist import CheckPoint
from reports.tables import to_csv
from survey import clock
from survey.accounts.policy import Actor
from survey.campaigns import service as campaigns
from survey.cli.running import (
    actor_of,
    as_option,
    command,
    json_option,
    reading,
    show,
    write_file,
    writing,
)
from survey.errors import NotFound
from survey.inspections import queries, service, tasks
from survey.inspections.models import InspectionTask
from survey.inspections.queries import Stage, TaskRow
from survey.inspections.rounds import FormKind, NamedForm, named_forms
from survey.inspections.tasks import Period

group = click.Group("inspections", help="Checklists filled in by pairs of inspectors.")

DAY = click.DateTime(["%Y-%m-%d"])
HEADER = ("round", "org", "name", "score", "veto", "item", "label", "weight", "share", "problem")


class NoChecklist(NotFound):
    """The round has no checklist, or is not open yet."""

    code = "NO_CHECKLIST"

    def __init__(self, round_code: str) -> None:
        super().__init__(
            f"轮次“{round_code}”没有检查表，或者还没有开放",
            f"The round {round_code} has no checklist, or has not been opened",
        )


@command(group, "list")
@click.argument("round_code", metavar="ROUND")
@as_option
@json_option
def list_(round_code: str, as_name: str | None, as_json: bool) -> None:
    """List the inspections of ROUND: who, until when, how far they are."""
    with reading() as session:
        rows = [_row(row) for row in _tasks(session, actor_of(session, as_name), round_code)]
    show(rows, as_json=as_json, line=_line)


@command(group, "show")
@click.argument("round_code", metavar="ROUND")
@click.argument("org_id", metavar="ORG")
@as_option
@json_option
def show_one(round_code: str, org_id: str, as_name: str | None, as_json: bool) -> None:
    """Show the inspection of ORG in ROUND: every check point, and who did what to it when."""
    with reading() as session:
        actor = actor_of(session, as_name)
        found = [row for row in _tasks(session, actor, round_code) if row.org.id == org_id]
        if not found or found[0].inspection is None:
            raise NotFound("没有找到这项检查", "There is no such inspection")
        inspection, assigned = service.find(session, actor, found[0].inspection.id)
        result = service.result_of(assigned, inspection)
        data = {
            **_row(found[0]),
            "points": [_point(point) for point in result.points],
            "history": [
                {"at": event.at.isoformat(), "actor": event.actor, "act": event.act}
                for event in inspection.events
            ],
        }
    show(data, as_json=as_json, line=_story)


@command(group, "assign")
@click.argument("round_code", metavar="ROUND")
@click.option("--org", "org_id", required=True)
@click.option("--inspector", "pair", multiple=True, required=True, help="twice: two accounts")
@click.option("--from", "starts_on", type=DAY, required=True)
@click.option("--until", "due_on", type=DAY, required=True)
@as_option
@json_option
def assign(
    round_code: str,
    org_id: str,
    pair: tuple[str, ...],
    starts_on: datetime,
    due_on: datetime,
    as_name: str | None,
    as_json: bool,
) -> None:
    """Give the inspection of one object to two inspectors, or to two others."""
    with writing() as session:
        actor, form = actor_of(session, as_name), _form(session, round_code)
        period = Period(starts_on.date(), due_on.date())
        task = tasks.assign(session, actor, form, org_id, pair, period, now=clock.now())
        given = [_given(task, pair)]
    show(given, as_json=as_json, line=_line_of_task)


@command(group, "draw")
@click.argument("round_code", metavar="ROUND")
@click.option("--count", type=int, required=True, help="objects")
@click.option("--seed", required=True, help="whoever has it can draw the same again")
@click.option("--from", "starts_on", type=DAY, required=True)
@click.option("--until", "due_on", type=DAY, required=True)
@as_option
@json_option
def draw(
    round_code: str,
    count: int,
    seed: str,
    starts_on: datetime,
    due_on: datetime,
    as_name: str | None,
    as_json: bool,
) -> None:
    """Draw objects and a pair of inspectors for each, and give them out."""
    with writing() as session:
        actor, form = actor_of(session, as_name), _form(session, round_code)
        period = Period(starts_on.date(), due_on.date())
        drawn = tasks.draw(session, actor, form, count, period, seed=seed, now=clock.now())
        data = {
            "round": round_code,
            "seed": drawn.seed,
            "population": len(drawn.population),
            "chosen": drawn.chosen,
        }
    show(
        data,
        as_json=as_json,
        line=lambda d: f"{', '.join(d['chosen'])}  of {d['population']}, seed {d['seed']}",
    )


@command(group, "export")
@click.argument("round_code", metavar="ROUND")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@as_option
@json_option
def export(round_code: str, out: Path, as_name: str | None, as_json: bool) -> None:
    """Write the confirmed inspections of ROUND as CSV, a row for each check point."""
    with reading() as session:
        actor = actor_of(session, as_name)
        rows = [
            cells
            for row in _tasks(session, actor, round_code)
            if row.stage is Stage.DONE
            for cells in _cells(session, actor, row)
        ]
    write_file(out, to_csv(HEADER, rows).encode())
    told = {"round": round_code, "rows": len(rows), "file": out.name}
    show(told, as_json=as_json, line=lambda t: f"{t['rows']} check points in {t['file']}")


def _tasks(session: Session, actor: Actor, round_code: str) -> list[TaskRow]:
    campaigns.get_round(session, actor, round_code)
    return [row for row in queries.all_tasks(session, actor) if row.round.code == round_code]


def _form(session: Session, round_code: str) -> NamedForm:
    for form in named_forms(session, FormKind.INSPECTION):
        if form.round.code == round_code:
            return form
    raise NoChecklist(round_code)


def _row(row: TaskRow) -> dict[str, Any]:
    is_final = row.stage is Stage.DONE and row.inspection is not None
    return {
        "round": row.round.code,
        "org": row.org.id,
        "name": row.org.short_name,
        "first": row.first,
        "second": row.second,
        "due_on": row.task.due_on.isoformat(),
        "stage": row.stage.value,
        "score": row.inspection.score if is_final and row.inspection else None,
        "veto": row.veto.value,
    }


def _given(task: InspectionTask, pair: tuple[str, ...]) -> dict[str, Any]:
    return {"org": task.org_id, "inspectors": list(pair), "due_on": task.due_on.isoformat()}


def _point(point: CheckPoint) -> dict[str, Any]:
    return {
        "item": point.item.code,
        "label": point.item.label.to("zh"),
        "weight": point.weight,
        "share": point.share,
        "problem": point.description,
    }


def _cells(session: Session, actor: Actor, row: TaskRow) -> list[tuple[str, ...]]:
    if row.inspection is None:
        return []
    inspection, assigned = service.find(session, actor, row.inspection.id)
    result = service.result_of(assigned, inspection)
    score = "" if result.score is None else f"{result.score:.4f}"
    head = (row.round.code, row.org.id, row.org.short_name, score, row.veto.value)
    found = []
    for point in result.points:
        cells = ("" if value is None else str(value) for value in _point(point).values())
        found.append((*head, *cells))
    return found


def _line(row: dict[str, Any]) -> str:
    score = "–" if row["score"] is None else f"{row['score']:.2f}"
    veto = "" if row["veto"] == "none" else f"  veto {row['veto']}"
    return (
        f"{row['org']}  {row['name']}  {row['first']}, {row['second']}  "
        f"until {row['due_on']}  {row['stage']}  {score}{veto}"
    )


def _line_of_task(row: dict[str, Any]) -> str:
    return f"{row['org']}  {', '.join(row['inspectors'])}  until {row['due_on']}"


def _story(data: dict[str, Any]) -> str:
    points = [
        f"  {p['item']}  {'–' if p['share'] is None else p['share']}  {p['label']}  {p['problem']}"
        for p in data["points"]
    ]
    history = [f"  {e['at']}  {e['actor']}  {e['act']}" for e in data["history"]]
    return "\n".join([_line(data), *points, *history])
