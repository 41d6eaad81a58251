"""The one module that knows dbos: brings jobs to its queue, runs them, takes up broken-off ones."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from dbos import DBOS, DBOSPortableJSONSerializer
from sqlalchemy import create_engine, event, select

from survey.db import Sessions, reading
from survey.errors import SurveyError
from survey.jobs.models import Job, JobState

QUEUE, BULK, WORKFLOW = "pingyi", "pingyi-bulk", "run_job"
"""Work by the hundred has a queue of its own, so that a box that is due never waits behind it."""

AT_ONCE = {QUEUE: 1, BULK: 3}
"""Jobs of a queue that one worker does side by side. Of three chunks of documents, two are being
set by the two renderers while the third is read and written."""

VERSION = "1"
"""dbos runs a job only with the version it was queued for; ours read every older job."""
POLL_SECONDS = 0.5
BEAT_SECONDS = 30.0
STALE = timedelta(minutes=30)
"""Longer than any job takes. A machine that never came back loses its jobs to others after it; too
short a time would only run a job twice."""
PASSING = 503
"""Status of refusals that pass by themselves: busy, or out of reach."""

Tell = Callable[[int, int], None]
Task = Callable[[Mapping[str, Any], Tell], str]
"""Does one kind of work: arguments, and whom to tell how much of how much is done; returns a note.
It may be run again after any part of it was done."""


class Cancelled(Exception):
    """Somebody has called the job off."""


@dataclass(frozen=True)
class Work:
    """What a worker needs.

    Attributes:
        queue_url: database of the queue; a SQLite file of its own, or a server.
        sessions: makes transactions in the main database.
        tasks: by the name of the job.
        bulk: names of the tasks that come by the hundred.
        beat: called twice a minute: asks for whatever has become due.
        now: tells the time.
    """

    queue_url: str
    sessions: Sessions
    tasks: Mapping[str, Task]
    beat: Callable[[], None]
    now: Callable[[], datetime]
    bulk: frozenset[str] = frozenset()


def run(work: Work, slot: int, stop: threading.Event) -> None:
    """Work until `stop` is set.

    Several workers need different slots; one that is started again must have the slot it had, so
    that it takes up what it held when it died.
    """
    _define(work)
    DBOS.launch()
    for name, at_once in AT_ONCE.items():
        DBOS.register_queue(name, worker_concurrency=at_once, polling_interval_sec=POLL_SECONDS)
    try:
        _go_on(work, stop)
    finally:
        DBOS.destroy(workflow_completion_timeout_sec=0)


def prepare(work: Work, slot: int) -> None:
    """Make the engine of this process."""
    DBOS(
        config={
            "name": "pingyi",
            "system_database_engine": _engine(work.queue_url),
            "application_version": VERSION,
            "executor_id": f"{socket.gethostname()}-{slot}",
            "log_level": "ERROR",
            # The default writes pickles: whoever wrote the database would run code in workers.
            "serializer": DBOSPortableJSONSerializer(),
            "enable_otlp": False,
        }
    )


def _engine(url: str) -> Any:
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA busy_timeout=10000")


def _define(work: Work) -> None:
    @DBOS.step(retries_allowed=True, max_attempts=4, interval_seconds=2.0, backoff_rate=3.0)
    def attempt(job_id: str) -> str:
        return _attempt(work, job_id)

    @DBOS.workflow(name=WORKFLOW)
    def run_job(job_id: str) -> str:
        try:
            return attempt(job_id)
        except Exception as error:  # Whatever it is, staff see that the job failed, and with what.
            _end(work, job_id, JobState.FAILED, type(error).__name__)
            return JobState.FAILED.value


def _go_on(work: Work, stop: threading.Event) -> None:
    last_beat = -BEAT_SECONDS
    waited = 0.0
    while not stop.is_set():
        try:
            if waited - last_beat >= BEAT_SECONDS:
                last_beat = waited
                work.beat()
                _rescue(work)
            _relay(work)
        except Exception as error:  # A database that is down for a while comes back.
            DBOS.logger.error("worker: %s", type(error).__name__)
        stop.wait(POLL_SECONDS)
        waited += POLL_SECONDS


def _relay(work: Work) -> None:
    """Bring what was asked for to the queue; doing it twice runs nothing twice."""
    with reading(work.sessions) as session:
        query = select(Job.id, Job.name).where(Job.state == JobState.WAITING)
        waiting = session.execute(query.order_by(Job.requested_at, Job.id)).all()
    for job_id, name in waiting:
        queue = BULK if name in work.bulk else QUEUE
        DBOS.enqueue_workflow_with_options(
            {"workflow_name": WORKFLOW, "queue_name": queue, "workflow_id": job_id}, job_id
        )
        with work.sessions.begin() as session:
            job = session.get(Job, job_id)
            if job is not None and job.state == JobState.WAITING:
                job.state = JobState.QUEUED


def _rescue(work: Work) -> None:
    """Take over jobs of a machine that never came back."""
    cutoff = (work.now().astimezone(UTC) - STALE).isoformat()
    for queue in AT_ONCE:
        for held in DBOS.list_workflows(
            status="PENDING",
            queue_name=queue,
            dequeued_before=cutoff,
            load_input=False,
            load_output=False,
        ):
            DBOS.resume_workflow(held.workflow_id, queue_name=queue)


def _attempt(work: Work, job_id: str) -> str:
    begun = _begin(work, job_id)
    if begun is None:
        return JobState.CANCELLED.value
    task, arguments = begun
    try:
        note = task(arguments, lambda done, total: _tell(work, job_id, done, total))
    except Cancelled:
        return _end(work, job_id, JobState.CANCELLED, "")
    except SurveyError as refusal:
        if refusal.status == PASSING:
            raise
        return _end(work, job_id, JobState.FAILED, refusal.code)
    return _end(work, job_id, JobState.DONE, note)


def _begin(work: Work, job_id: str) -> tuple[Task, Mapping[str, Any]] | None:
    with work.sessions.begin() as session:
        job = session.get(Job, job_id)
        if job is None or job.ended_at is not None:
            return None
        if job.wants_cancel:
            job.state, job.ended_at = JobState.CANCELLED, work.now()
            return None
        job.state = JobState.RUNNING
        return work.tasks[job.name], dict(job.arguments)


def _tell(work: Work, job_id: str, done: int, total: int) -> None:
    with work.sessions.begin() as session:
        job = session.get_one(Job, job_id)
        job.done_count, job.total_count = done, total
        if job.wants_cancel:
            raise Cancelled


def _end(work: Work, job_id: str, state: JobState, note: str) -> str:
    with work.sessions.begin() as session:
        job = session.get(Job, job_id)
        if job is not None and job.ended_at is None:
            job.state, job.note, job.ended_at = state, note[:200], work.now()
    return state.value
