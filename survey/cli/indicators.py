"""`flask indicators`: trees, values, approvals, what is missing, scores and settled periods."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from survey import clock
from survey.cli.running import (
    EXISTING_FILE,
    actor_of,
    as_option,
    command,
    json_option,
    reading,
    show,
    write_file,
    writing,
    zone,
)
from survey.indicators import entries, entry_file, scores, sets, standings, templates, tree_file
from survey.indicators.models import IndicatorSet, Verdict
from survey.indicators.periods import Period, read_period
from survey.indicators.sets import MEASURED, SetPlan
from survey.org import queries as organisations

group = click.Group("indicators", help="Quantified indicators: trees, values, scores.")
DAY = click.DateTime(formats=["%Y-%m-%d"])


def today() -> date:
    """Return the present day of the platform's own time zone."""
    return clock.now().astimezone(zone()).date()


def set_row(of: IndicatorSet) -> dict[str, Any]:
    """Return one version of a set as it is printed."""
    return {
        "code": of.code,
        "version": of.version,
        "title": of.title,
        "level": of.level,
        "sector": of.sector,
        "starts_on": of.starts_on.isoformat(),
        "due_days": of.due_days,
        "indicators": len(sets.leaves(of)),
        "digest": of.digest,
        "frozen": of.frozen_at is not None,
    }


def _set_line(row: dict[str, Any]) -> str:
    frozen = "  frozen" if row["frozen"] else ""
    return (
        f"{row['code']}  v{row['version']}  {row['level']} {row['sector']}  "
        f"{row['indicators']} indicators from {row['starts_on']}  {row['digest'][:12]}{frozen}"
    )


@command(group, "import")
@click.argument("file", type=EXISTING_FILE)
@click.option("--code", required=True)
@click.option("--title", required=True)
@click.option("--level", required=True, type=click.Choice(MEASURED))
@click.option("--sector", default="", help="one sector only, as the tree of organisations has it")
@click.option("--from", "starts_on", type=DAY, help="first day of its first period")
@click.option("--due-days", type=click.IntRange(1, 90), help="days after the end of a period")
@as_option
@json_option
def import_tree(
    file: Path,
    code: str,
    title: str,
    level: str,
    sector: str,
    starts_on: datetime | None,
    due_days: int | None,
    as_name: str | None,
    as_json: bool,
) -> None:
    """Import a tree of indicators from FILE (.csv or .xlsx): all rows or none."""
    day = starts_on.date() if starts_on else None
    plan = SetPlan(code, title, level, sector, day, due_days)
    with writing() as session:
        actor = actor_of(session, as_name)
        made = sets.import_tree(session, actor, plan, file.read_bytes(), file.name, now=clock.now())
        row = set_row(made)
    show(row, as_json=as_json, line=_set_line)


@command(group, "list")
@as_option
@json_option
def list_all(as_name: str | None, as_json: bool) -> None:
    """List the sets, the latest version of each."""
    with reading() as session:
        rows = [set_row(each) for each in sets.list_sets(session, actor_of(session, as_name))]
    show(rows, as_json=as_json, line=_set_line)


@command(group, "show")
@click.argument("code")
@click.argument("period")
@as_option
@json_option
def show_tree(code: str, period: str, as_name: str | None, as_json: bool) -> None:
    """Show the tree of the version of CODE that holds for PERIOD."""
    with reading() as session:
        of = _set(session, as_name, code, read_period(period))
        rows = [{name: getattr(node, name) for name in tree_file.ATTRIBUTES} for node in of.nodes]
    show(
        rows,
        as_json=as_json,
        line=lambda r: (
            f"{r['parent'] or '-'}  {r['code']}  {r['name']}  ×{r['weight']:g}"
            f"  {r['scoring']}  {r['cycle']}  {r['owner']}"
        ),
    )


@command(group, "template")
@click.option("--code", help="a set: lines for its values; without, columns for a tree")
@click.option("--period")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@as_option
def template(code: str | None, period: str | None, out: Path, as_name: str | None) -> None:
    """Write a workbook to fill in: of a tree, or of the values of PERIOD."""
    data = templates.tree_template()
    if code:
        with reading() as session:
            at = _period_of(period)
            of = _set(session, as_name, code, at)
            actor = actor_of(session, as_name)
            lines = entry_file.to_fill(session, actor, of, at, today=today())
            data = templates.entry_template(lines)
    write_file(out, data)
    click.echo(str(out))


@command(group, "enter")
@click.argument("file", type=EXISTING_FILE)
@click.option("--code", required=True)
@click.option("--period", required=True, help="whose version of the set the file is for")
@as_option
@json_option
def enter(file: Path, code: str, period: str, as_name: str | None, as_json: bool) -> None:
    """Enter the values in FILE (.csv or .xlsx): all rows or none; superiors approve them."""
    with writing() as session:
        of = _set(session, as_name, code, read_period(period))
        actor, now = actor_of(session, as_name), clock.now()
        data = file.read_bytes()
        done = entry_file.import_entries(
            session, actor, of, data, file.name, today=today(), now=now
        )
    row = {"added": done.added, "changed": done.changed, "unchanged": done.unchanged}
    show(
        row,
        as_json=as_json,
        line=lambda d: (
            f"values: {d['added']} added, {d['changed']} changed, {d['unchanged']} unchanged"
        ),
    )


@command(group, "waiting")
@as_option
@json_option
def waiting(as_name: str | None, as_json: bool) -> None:
    """List the values that wait for the actor's decision."""
    with reading() as session:
        rows = [
            {
                "entry": entry.id,
                "set": of.code,
                "org": entry.org_id,
                "indicator": entry.node_code,
                "period": entry.period,
                "value": entry.value,
                "entered_by": entry.entered_by,
            }
            for entry, of in standings.waiting(session, actor_of(session, as_name))
        ]
    show(
        rows,
        as_json=as_json,
        line=lambda r: (
            f"{r['entry']}  {r['set']} {r['period']}  {r['org']}  {r['indicator']}"
            f" = {r['value']}  by {r['entered_by']}"
        ),
    )


@command(group, "approve")
@click.argument("entry_ids", type=int, nargs=-1, required=True)
@as_option
def approve(entry_ids: tuple[int, ...], as_name: str | None) -> None:
    """Approve values by their numbers, all or none; never one's own."""
    with writing() as session:
        actor = actor_of(session, as_name)
        count = entries.approve_all(session, actor, entry_ids, now=clock.now())
    click.echo(f"{count} approved")


@command(group, "return")
@click.argument("entry_id", type=int)
@click.option("--reason", required=True)
@as_option
def send_back(entry_id: int, reason: str, as_name: str | None) -> None:
    """Return a value with a reason."""
    with writing() as session:
        actor = actor_of(session, as_name)
        entries.decide(session, actor, entry_id, Verdict.RETURNED, reason, now=clock.now())
    click.echo(f"{entry_id}: returned")


@command(group, "missing")
@as_option
@json_option
def missing(as_name: str | None, as_json: bool) -> None:
    """List whose values are missing or returned, for periods that are over."""
    with reading() as session:
        found = standings.missing(session, actor_of(session, as_name), today=today())
        rows = [
            {
                "set": each.set_code,
                "period": each.period.code,
                "org": each.org.id,
                "name": each.org.short_name,
                "indicators": [node.code for node in each.nodes],
                "due_on": each.due_on.isoformat(),
                "late": each.is_late,
            }
            for each in found
        ]
    show(
        rows,
        as_json=as_json,
        line=lambda r: (
            f"{r['set']} {r['period']}  {r['org']} {r['name']}  "
            f"{', '.join(r['indicators'])}  due {r['due_on']}{'  LATE' if r['late'] else ''}"
        ),
    )


@command(group, "scores")
@click.argument("code")
@click.argument("period")
@as_option
@json_option
def league(code: str, period: str, as_name: str | None, as_json: bool) -> None:
    """Print the league of CODE in PERIOD, with median and best quarter of each peer group."""
    with reading() as session:
        at, actor = read_period(period), actor_of(session, as_name)
        of = _set(session, as_name, code, at)
        found = scores.league_of(session, actor, of, at)
        orgs = {o.id: o for o in organisations.visible(session, actor, scores.SEE)}
        seen = scores.seen_in(actor, found, orgs)
        rows = [
            _row(row, orgs[row.org_id].short_name)
            for group in found.groups.values()
            for row in group
            if row.org_id in seen
        ]
    show(
        rows,
        as_json=as_json,
        line=lambda r: (
            f"{r['sector']}  {r['place'] or '-'}/{r['of'] or '-'}  {r['org']} "
            f"{r['name']}  {r['score']}  median {r['median']}  best quarter {r['best_quarter']}"
            f"{'  VETO' if r['veto'] else ''}"
        ),
    )


@command(group, "settle")
@click.argument("code")
@click.argument("period")
@as_option
def settle(code: str, period: str, as_name: str | None) -> None:
    """Fix the scores of CODE in PERIOD for good; by somebody who had no hand in the values."""
    with writing() as session:
        at, actor = read_period(period), actor_of(session, as_name)
        of = _set(session, as_name, code, at)
        made = scores.settle(session, actor, of, at, today=today(), now=clock.now())
        count = len(made.outcome)
    click.echo(f"{code} {period}: settled, {count} organisations")


def _row(row: scores.Row, name: str) -> dict[str, Any]:
    mark = row.benchmark
    return {
        "org": row.org_id,
        "name": name,
        "sector": row.sector,
        "score": _rounded(row.score),
        "known": _rounded(row.known),
        "veto": row.is_veto,
        "place": mark.place if mark else None,
        "of": mark.of if mark else None,
        "median": _rounded(mark.median) if mark else None,
        "best_quarter": _rounded(mark.best_quarter) if mark else None,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _period_of(code: str | None) -> Period:
    if code is None:
        raise click.UsageError("--code needs --period")
    return read_period(code)


def _set(session: Any, as_name: str | None, code: str, period: Period) -> IndicatorSet:
    return sets.set_for(session, actor_of(session, as_name), code, period)
