"""Background work: what is under way, what came of it, and how to call it off."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from survey import clock
from survey.accounts.names import display_names
from survey.accounts.policy import Action
from survey.jobs import service as jobs
from survey.jobs.models import Job, JobState
from survey.web.console import job_notes, words
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.policies import policy
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("jobs", __name__, url_prefix="/jobs")
RUN = Action.RUN_ROUNDS


@bp.get("/")
@policy(RUN)
def index() -> str:
    """List the latest jobs with their progress."""
    with reading() as session:
        found = jobs.list_jobs(session, actor())
        return page(
            session,
            "console/jobs.html",
            jobs=found,
            names=words.JOBS,
            notes={job.id: job_notes.said(job) for job in found},
            states=words.JOB_STATES,
            is_stuck=jobs.is_stuck(session, now=clock.now()),
            under_way=sum(job.ended_at is None for job in found),
            people=_people(session, found),
            failed=JobState.FAILED,
            cancelled=JobState.CANCELLED,
        )


def _people(session: Session, found: Sequence[Job]) -> dict[str, str]:
    """Return what those who asked for the jobs are called: people by name, programs as such."""
    named = {name: str(label) for name, label in words.PROGRAMS.items()}
    return display_names(session, {job.requested_by for job in found}) | named


@bp.post("/<job_id>/cancel")
@policy(RUN)
def cancel(job_id: str) -> ResponseReturnValue:
    """Call a job off."""
    with transaction() as session:
        jobs.cancel(session, actor(), job_id, now=clock.now())
    return redirect(url_for(".index"), code=303)


@bp.post("/<job_id>/retry")
@policy(RUN)
def retry(job_id: str) -> ResponseReturnValue:
    """Ask again for a job that failed or was called off."""
    with transaction() as session:
        jobs.retry(session, actor(), job_id, now=clock.now())
    return redirect(url_for(".index"), code=303)
