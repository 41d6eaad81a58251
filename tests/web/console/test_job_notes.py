"""Outcomes of background work in words."""

import pytest

from survey.jobs.models import Job, JobState
from survey.web.console import job_notes, words
from survey.worker import tasks_of


def job(note: str, total: int = 0, state: JobState = JobState.DONE) -> Job:
    return Job(name="notices", note=note, total_count=total, state=state.value)


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (job("cards 71, notices 90, sent 0"), "警示71件，通知90条，发出0份"),
        (job("0"), "没有到期的"),
        (job("592", total=592), ""),
        (job("ZG-2026-0001、ZG-2026-0002"), "ZG-2026-0001、ZG-2026-0002"),
        (job("A、B、C、D、E", total=184), "A、B、C等，共184件"),
        (job("SERVER_DOWN", state=JobState.FAILED), "SERVER_DOWN"),
        (job(""), ""),
    ],
)
def test_an_outcome_is_said_in_words(app, made, text):
    with app.test_request_context():
        assert job_notes.said(made) == text


def test_every_job_has_a_name_that_people_know(held):
    assert not set(tasks_of(held)) - set(words.JOBS)
