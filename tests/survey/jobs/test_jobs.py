"""Jobs: asked for in a transaction, done at least once whatever is killed, called off, retried."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from survey import clock
from survey.accounts.policy import OPERATOR
from survey.audit.models import AuditEntry
from survey.db import Sessions, make_engine, make_sessions
from survey.errors import SurveyError
from survey.jobs import service as jobs
from survey.jobs.models import Job, JobState

PATIENCE = 180.0


def ask(sessions: Sessions, now: datetime, name: str = "write", job_id: str = "") -> str:
    with sessions.begin() as session:
        return jobs.request(session, name, {"round": "R1"}, by="t", now=now, job_id=job_id).id


def find(sessions: Sessions, job_id: str) -> Job:
    with sessions() as session:
        return session.get_one(Job, job_id)


def test_what_is_rolled_back_was_never_asked_for(sessions: Sessions, now: datetime) -> None:
    with sessions() as session:
        jobs.request(session, "write", {}, by="t", now=now)
        session.rollback()
        assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_work_of_one_name_is_asked_for_once(sessions: Sessions, now: datetime) -> None:
    assert ask(sessions, now, job_id="a") == ask(sessions, now, job_id="a")
    assert ask(sessions, now) != ask(sessions, now)
    with sessions() as session:
        assert len(jobs.list_jobs(session, OPERATOR)) == 3


def test_routine_work_that_failed_is_asked_for_again_after_a_while(
    sessions: Sessions, now: datetime
) -> None:
    asked = []
    for minutes in (0, 4, 5, 14, 15, 16):
        at = now + timedelta(minutes=minutes)
        with sessions.begin() as session:
            job = jobs.request_routine(session, "open", {}, by="t", now=at, job_id="a")
            asked.append(job.id)
            if job.state == JobState.WAITING:
                job.state, job.ended_at = JobState.FAILED, at
    assert asked == ["a", "a", "a.1", "a.1", "a.2", "a.2"]
    with sessions.begin() as session:
        session.get_one(Job, "a.2").state = JobState.DONE
        later = now + timedelta(days=1)
        job = jobs.request_routine(session, "open", {}, by="t", now=later, job_id="a")
        assert job.id == "a.2"


def test_a_job_is_called_off_and_asked_for_again(sessions: Sessions, now: datetime) -> None:
    job_id = ask(sessions, now)
    with sessions.begin() as session:
        jobs.cancel(session, OPERATOR, job_id, now=now)
        jobs.cancel(session, OPERATOR, job_id, now=now)
    assert find(sessions, job_id).state == JobState.CANCELLED
    with sessions.begin() as session:
        again = jobs.retry(session, OPERATOR, job_id, now=now)
        assert (again.id != job_id, again.state) == (True, JobState.WAITING)
        acts = session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert acts == ["job.cancel", "job.retry"]


def test_an_unknown_job_is_refused(sessions: Sessions, now: datetime) -> None:
    with sessions.begin() as session, pytest.raises(jobs.JobNotFound):
        jobs.cancel(session, OPERATOR, "no", now=now)


class Refusal(SurveyError):
    """A refusal of its own."""

    code = "NOT_NOW"


def serve(database_url: str, queue_url: str, folder: str) -> None:
    """Run a worker whose first attempt at "die" is killed by force."""
    from survey.jobs import engine

    def write(arguments: Mapping[str, Any], tell: engine.Tell) -> str:
        with open(Path(folder) / "written", "a") as file:
            file.write(f"{arguments['round']}\n")
        tell(1, 1)
        return "written"

    def die(arguments: Mapping[str, Any], tell: engine.Tell) -> str:
        is_first = not (Path(folder) / "written").exists()
        note = write(arguments, tell)
        if is_first:
            os.kill(os.getpid(), signal.SIGKILL)
        return note

    def refuse(_arguments: Mapping[str, Any], _tell: engine.Tell) -> str:
        raise Refusal("不", "no")

    work = engine.Work(
        queue_url=queue_url,
        sessions=make_sessions(make_engine(database_url)),
        tasks={"write": write, "die": die, "refuse": refuse},
        beat=lambda: None,
        now=clock.now,
    )
    engine.prepare(work, 0)
    engine.run(work, 0, threading.Event())


def test_a_job_survives_a_kill_and_a_refusal_ends_it(
    sessions: Sessions, database_url: str, tmp_path: Path, now: datetime
) -> None:
    """On either database; the queue lies beside the main one."""
    queue = database_url
    if database_url.startswith("sqlite"):
        queue = f"sqlite:///{tmp_path / 'queue.sqlite'}"
    spawn = multiprocessing.get_context("spawn")
    worker = spawn.Process(target=serve, args=(database_url, queue, str(tmp_path)))
    dying = ask(sessions, now, "die")
    worker.start()
    worker.join(PATIENCE)
    assert worker.exitcode == -signal.SIGKILL
    assert find(sessions, dying).state == JobState.RUNNING

    refused = ask(sessions, now, "refuse")
    worker = spawn.Process(target=serve, args=(database_url, queue, str(tmp_path)))
    worker.start()
    try:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if find(sessions, dying).ended_at and find(sessions, refused).ended_at:
                break
            time.sleep(0.2)
    finally:
        worker.kill()
        worker.join()

    done, failed = find(sessions, dying), find(sessions, refused)
    assert (done.state, done.note, done.done_count) == (JobState.DONE, "written", 1)
    assert (failed.state, failed.note) == (JobState.FAILED, "NOT_NOW")
    assert (tmp_path / "written").read_text() == "R1\nR1\n"
