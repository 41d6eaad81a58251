"""What the worker does of itself: each morning's box, the bad ratings of the day, old lists."""

import dataclasses
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from gunicorn.arbiter import Arbiter
from sqlalchemy import select, text

from survey import clock, readiness, worker
from survey.app import create_app
from survey.collection.boxes import CHINA, boxes_of
from survey.collection.models import BoxState
from survey.config import Config
from survey.db import reading
from survey.jobs.models import Job
from survey.rectification.models import RectificationItem
from survey.web.platform import EXTENSION, Platform
from tests.postgresql import free_port
from tests.rounds import Field, open_ratings, page_key

FIRST = datetime(2026, 9, 28, 8, 0, tzinfo=CHINA)


@pytest.fixture
def held(config: Config) -> Iterator[Platform]:
    """The stores of a platform with a daily round of service ratings."""
    made: Platform = create_app(config).extensions[EXTENSION]
    open_ratings(made, FIRST, days=5)
    yield made
    made.engine.dispose()


def jobs_asked(held: Platform) -> list[str]:
    with reading(held.sessions) as session:
        return list(session.scalars(select(Job.id).order_by(Job.id)))


def test_the_morning_brings_yesterdays_box_and_its_bad_ratings(
    held: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    field = Field(held.sessions, held.inbox, held.keystore, FIRST, code="H1")
    field.reload()
    field.answer("W01", page_key(1), D02="5")
    field.answer("W01", page_key(2), D02="1")
    field.answer("W01", page_key(3), D02="2")

    monkeypatch.setattr(clock, "now", lambda: FIRST + timedelta(hours=20))
    worker.beat(held)
    assert jobs_asked(held) == []

    monkeypatch.setattr(clock, "now", lambda: (FIRST + timedelta(days=1)).replace(hour=6))
    worker.beat(held)
    worker.beat(held)
    assert jobs_asked(held) == ["open_boxes.H1.2026-09-29"]

    told: list[tuple[int, int]] = []
    task = worker.tasks_of(held)["open_boxes"]
    note = task({"round": "H1"}, lambda done, total: told.append((done, total)))
    assert task({"round": "H1"}, lambda done, total: None) == ""

    assert (note, told) == ("2026-09-28", [(1, 1)])
    with reading(held.sessions) as session:
        boxes = boxes_of(session, 1)
        assert [box.state for box in boxes[:2]] == [BoxState.KEY_DESTROYED, BoxState.SEALED]
        (item,) = session.scalars(select(RectificationItem)).all()
        assert (item.source, item.org_id) == ("hcp_bad", "W01")
        assert item.problem.startswith("2026-09-28收到差评2份")


def test_a_round_closes_by_itself_only_where_the_office_says_so(
    held: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: FIRST + timedelta(days=7))
    worker.beat(held)
    assert not [each for each in jobs_asked(held) if each.startswith("close_round")]

    config = dataclasses.replace(held.config, closes_on_time=True)
    worker.beat(dataclasses.replace(held, config=config))
    assert [each for each in jobs_asked(held) if each.startswith("close_round")]
    note = worker.tasks_of(held)["close_round"]({"round": "H1"}, lambda done, total: None)
    assert note == "0"


def test_what_is_past_is_forgotten(held: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    end = FIRST + timedelta(days=7)
    monkeypatch.setattr(clock, "now", lambda: end)
    worker.tasks_of(held)["close_round"]({"round": "H1"}, lambda done, total: None)

    for days, is_due in ((20, False), (31, True)):
        monkeypatch.setattr(clock, "now", lambda days=days: end + timedelta(days=days))
        worker.beat(held)
        assert any(each.startswith("forget.H1") for each in jobs_asked(held)) is is_due
    worker.tasks_of(held)["forget"]({"round": "H1"}, lambda done, total: None)
    worker.tasks_of(held)["merge_months"]({"round": "H1"}, lambda done, total: None)
    with reading(held.sessions) as session:
        labels = {box.label: box.state for box in boxes_of(session, 1)}
    assert labels["2026-09-28"] == BoxState.MERGED
    assert {"2026-09", "2026-10"} <= labels.keys()


def test_a_lost_key_is_said_at_the_start(
    held: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    assert worker.tell_unusable_keys(held) == []
    with reading(held.sessions) as session:
        box = boxes_of(session, 1)[2]
    held.keystore.destroy(box.public_key)

    (said,) = worker.tell_unusable_keys(held)

    assert capsys.readouterr().err.startswith("KEY_UNAVAILABLE: ")
    assert "另建一轮" in said


def test_a_web_process_refuses_the_schema_of_another_release(
    held: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    readiness.require_fit(held)
    with held.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))

    with pytest.raises(SystemExit) as ended:
        readiness.require_fit(held)

    assert ended.value.code == Arbiter.WORKER_BOOT_ERROR
    assert "flask db upgrade" in capsys.readouterr().err


def test_a_web_process_waits_for_a_database_that_is_away(
    config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    away = f"postgresql+psycopg://postgres@127.0.0.1:{free_port()}/postgres"
    app = create_app(dataclasses.replace(config, database_url=away))
    readiness.require_fit(app.extensions[EXTENSION])

    assert capsys.readouterr().err.startswith("DATABASE_AWAY: ")
