"""Ask for work, look at it, call it off."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.errors import NotFound
from survey.jobs.models import Job, JobState

ENDED = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)
KEPT = timedelta(days=90)
SLOW = timedelta(minutes=10)
MAX_LISTED = 200
FIRST_RETRY, LAST_RETRY = timedelta(minutes=5), timedelta(hours=2)


class JobNotFound(NotFound):
    """There is no such job."""

    code = "JOB_NOT_FOUND"

    def __init__(self, job_id: str) -> None:
        super().__init__(f"没有任务“{job_id}”", f"There is no job {job_id!r}")


def request(
    session: Session,
    name: str,
    arguments: Mapping[str, Any],
    *,
    by: str,
    now: datetime,
    job_id: str = "",
) -> Job:
    """Ask for work in the caller's transaction: it is done if and only if that commits.

    Args:
        session: flushed here, committed by the caller.
        name: one of the worker's tasks.
        arguments: codes, file names and counts; never an answer or a part of one.
        by: the account that asks, or "operator" or "system".
        now: aware.
        job_id: work of this name is asked for once; empty for a new one each time.

    Returns:
        The job; the one asked for before where `job_id` is known.
    """
    known = session.get(Job, job_id) if job_id else None
    if known is not None:
        return known
    job = Job(
        id=job_id or uuid.uuid4().hex,
        name=name,
        arguments=dict(arguments),
        requested_by=by,
        requested_at=now,
    )
    session.add(job)
    session.flush()
    return job


def request_routine(
    session: Session,
    name: str,
    arguments: Mapping[str, Any],
    *,
    by: str,
    now: datetime,
    job_id: str,
) -> Job:
    """Ask for work as `request` does; where it failed, again after 5, 10, 20 … 120 minutes.

    Returns:
        The last job of that name; what somebody called off is not asked for again.
    """
    last, failed = request(session, name, arguments, by=by, now=now, job_id=job_id), 0
    while last.state == JobState.FAILED and last.ended_at is not None:
        if now < last.ended_at + min(FIRST_RETRY * 2**failed, LAST_RETRY):
            break
        failed += 1
        last = request(session, name, arguments, by=by, now=now, job_id=f"{job_id}.{failed}")
    return last


def list_jobs(session: Session, actor: Actor) -> list[Job]:
    """Return the latest jobs, the newest first."""
    require(actor, Action.RUN_ROUNDS)
    query = select(Job).order_by(Job.requested_at.desc(), Job.id).limit(MAX_LISTED)
    return list(session.scalars(query))


def get_job(session: Session, actor: Actor, job_id: str) -> Job:
    """Return one job.

    Raises:
        JobNotFound: there is none.
    """
    require(actor, Action.RUN_ROUNDS)
    job = session.get(Job, job_id)
    if job is None:
        raise JobNotFound(job_id)
    return job


def cancel(session: Session, actor: Actor, job_id: str, *, now: datetime) -> Job:
    """Call a job off: at once where it has not begun, else before its next step.

    What it has done stays done. A job that has ended stays as it is.

    Raises:
        JobNotFound: there is none.
    """
    job = get_job(session, actor, job_id)
    if job.state in ENDED or job.wants_cancel:
        return job
    job.wants_cancel = True
    if job.state in (JobState.WAITING, JobState.QUEUED):
        job.state, job.ended_at = JobState.CANCELLED, now
    audit.record(
        session, actor=actor.name, act="job.cancel", subject=job.id, now=now, name=job.name
    )
    return job


def retry(session: Session, actor: Actor, job_id: str, *, now: datetime) -> Job:
    """Ask again for a job that failed or was called off; its arguments are the same.

    Raises:
        JobNotFound: there is none.
    """
    job = get_job(session, actor, job_id)
    if job.state not in (JobState.FAILED, JobState.CANCELLED):
        return job
    audit.record(session, actor=actor.name, act="job.retry", subject=job.id, now=now, name=job.name)
    return request(session, job.name, job.arguments, by=actor.name, now=now)


def is_stuck(session: Session, *, now: datetime) -> bool:
    """Whether something was asked for and no worker has come for it within `SLOW`."""
    waiting = select(Job.id).where(Job.state == JobState.WAITING, Job.requested_at < now - SLOW)
    return session.scalar(waiting.limit(1)) is not None


def forget_ended(session: Session, *, now: datetime) -> None:
    """Delete jobs that ended `KEPT` ago."""
    session.execute(delete(Job).where(Job.ended_at.is_not(None), Job.ended_at < now - KEPT))
