"""`flask jobs …`: run a worker, look at jobs, call one off."""

from __future__ import annotations

from typing import Any

import click

from survey import clock, schema, worker
from survey.accounts.policy import OPERATOR
from survey.cli.running import (
    actor_of,
    as_option,
    command,
    json_option,
    reading,
    show,
    writing,
)
from survey.jobs import service as jobs
from survey.jobs.models import Job
from survey.web.platform import platform

group = click.Group("jobs", help="Work that is done in the background.")


@command(group, "run")
@click.option("--slot", type=click.IntRange(0, 63), default=0, help="a number for each worker")
def run(slot: int) -> None:
    """Work until stopped; several workers on one machine need different slots."""
    schema.require_head(platform().engine)
    worker.serve(platform(), slot)


@command(group, "list")
@json_option
def list_all(as_json: bool) -> None:
    """List the latest jobs, the newest first."""
    with reading() as session:
        rows = [describe(job) for job in jobs.list_jobs(session, OPERATOR)]
    show(rows, as_json=as_json, line=_line)


@command(group, "show")
@click.argument("job_id", metavar="JOB")
@json_option
def show_one(job_id: str, as_json: bool) -> None:
    """Show JOB: what it is, how far it has come, and what became of it."""
    with reading() as session:
        row = describe(jobs.get_job(session, OPERATOR, job_id))
    show(row, as_json=as_json, line=_whole)


@command(group, "cancel")
@click.argument("job_id", metavar="JOB")
@as_option
@json_option
def cancel(job_id: str, as_name: str | None, as_json: bool) -> None:
    """Call JOB off; what it has done stays done."""
    with writing() as session:
        actor = actor_of(session, as_name)
        row = describe(jobs.cancel(session, actor, job_id, now=clock.now()))
    show(row, as_json=as_json, line=_line)


@command(group, "retry")
@click.argument("job_id", metavar="JOB")
@as_option
@json_option
def retry(job_id: str, as_name: str | None, as_json: bool) -> None:
    """Ask again for JOB, which failed or was called off."""
    with writing() as session:
        actor = actor_of(session, as_name)
        row = describe(jobs.retry(session, actor, job_id, now=clock.now()))
    show(row, as_json=as_json, line=_line)


def describe(job: Job) -> dict[str, Any]:
    """Return a job as it is printed."""
    return {
        "id": job.id,
        "name": job.name,
        "arguments": job.arguments,
        "state": job.state,
        "done": job.done_count,
        "total": job.total_count,
        "note": job.note,
        "requested_by": job.requested_by,
        "requested_at": job.requested_at.isoformat(),
        "ended_at": job.ended_at and job.ended_at.isoformat(),
    }


def _whole(row: dict[str, Any]) -> str:
    given = " ".join(f"{name}={value}" for name, value in row["arguments"].items())
    asked = f"{row['name']} {given}  {row['requested_by']} {row['requested_at']}"
    return f"{_line(row)}\n{asked}"


def _line(row: dict[str, Any]) -> str:
    progress = f"{row['done']}/{row['total']}" if row["total"] else ""
    return f"{row['id']}  {row['state']}  {progress}  {row['note']}".rstrip()
