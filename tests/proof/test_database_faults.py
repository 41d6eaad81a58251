"""Databases that are locked or away, clocks that jump, openers that meet."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

import survey.db
from survey import clock
from survey.accounts.policy import OPERATOR
from survey.app import create_app
from survey.collection import inbox_sqlite
from survey.collection.models import Box, Response
from survey.errors import SurveyError
from survey.publication.closing import close_round
from survey.web.platform import EXTENSION
from tests.proof.campaign import POSTGRESQL
from tests.proof.judge import judge
from tests.proof.opener import start_opener
from tests.proof.phones import Page, Place
from tests.proof.site import Site, made_site
from tests.proof.test_nothing_is_lost import handed_in
from tests.proof.victim import post

PATIENCE = 0.3
"""Seconds; in place of five, so that the suite need not wait."""


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    """A small district on the test's database."""
    made = Site(tmp_path, address=database_url)
    made.make()
    yield made
    made.engine.dispose()


@contextmanager
def visited(site: Site) -> Iterator[FlaskClient]:
    """Yield a phone that visits the platform."""
    app = create_app(site.config)
    yield app.test_client()
    app.extensions[EXTENSION].engine.dispose()


def page(place: Place, number: int) -> Page:
    """Return a page that somebody has filled in."""
    return Page("R1", place, f"{number:022d}", f"意见{number}")


@contextmanager
def locked(site: Site) -> Iterator[None]:
    """Hold the box as a foreign program might."""
    if site.engine.dialect.name == "sqlite":
        file = site.config.boxes / "box-1.sqlite"
        with closing(inbox_sqlite.sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
        return
    with site.engine.begin() as connection:
        connection.execute(text("LOCK TABLE inbox_1 IN ACCESS EXCLUSIVE MODE"))
        yield


def test_a_locked_box_asks_phones_to_come_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_sqlite, "PATIENCE", PATIENCE)
    monkeypatch.setattr(survey.db, "BUSY_MILLISECONDS", int(PATIENCE * 1000))
    place = site.open_round("R1")[0]
    with visited(site) as client:
        with locked(site):
            assert post(client, page(place, 1)) == 503
        assert post(client, page(place, 1)) == 303

    assert sum(site.inbox.counts(1).values()) == 1


def test_a_database_that_was_away_is_found_again() -> None:
    with made_site(POSTGRESQL) as site:
        assert site.database
        place = site.open_round("R1")[0]
        with visited(site) as client:
            statuses = [post(client, page(place, 1))]
            assert client.get(f"/q/{place.code}").status_code == 200
            site.database.stop()
            statuses += [post(client, page(place, number)) for number in (1, 2, 3)]
            assert client.get(f"/q/{place.code}").status_code == 200
            site.database.start()
            statuses += [post(client, page(place, number)) for number in (1, 2, 3)]

        assert statuses == [303, 503, 503, 503, 303, 303, 303]
        assert sum(site.inbox.counts(1).values()) == 3


def test_a_clock_that_jumps_loses_nothing_and_opens_nothing_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, now = site.open_round("R1")[0], clock.now()

    def at(moment: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)

    with visited(site) as client:
        before = [post(client, page(place, 1))]
        for days in (2, -2, 0):
            at(now + timedelta(days=days))
            before += [post(client, page(place, 1)), post(client, page(place, 2))]
        start_and_finish(site)
        after = []
        for days in (-2, 0, 2):
            at(now + timedelta(days=days))
            after += [post(client, page(place, number)) for number in (1, 2, 3)]

    assert before == [303, 303, 410, 303, 410, 303, 303]
    assert after == [303, 303, 410] * 3


def start_and_finish(site: Site) -> None:
    """Open the round's box."""
    process = start_opener(site.config, "R1")
    process.join()
    assert process.exitcode == 0


def test_openers_that_meet_open_once(site: Site) -> None:
    told = handed_in(site, 20)
    openers = [start_opener(site.config, "R1") for _ in range(3)]
    for process in openers:
        process.join()

    assert 0 in [process.exitcode for process in openers]
    assert judge(site, "R1", told) == []
    with site.sessions() as session:
        assert session.query(Box).count() == 1


def test_a_damaged_box_is_not_opened(tmp_path: Path, sqlite_url: str) -> None:
    site = Site(tmp_path, address=sqlite_url)
    site.make()
    told = handed_in(site, 20)
    box = site.config.boxes / "box-1.sqlite"
    with closing(inbox_sqlite.sqlite3.connect(box)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = box.read_bytes()
    half = len(whole) // 2
    box.write_bytes(whole[:half] + bytes(8192) + whole[half + 8192 :])
    stores = (site.sessions, OPERATOR, "R1", site.keystore, site.inbox)

    with pytest.raises(SurveyError):
        close_round(*stores, now=clock.now(), early_reason="proof")
    with site.sessions() as session:
        assert session.query(Response).count() == 0
        assert site.keystore.has(session.query(Box).one().public_key)

    box.write_bytes(whole)
    close_round(*stores, now=clock.now(), early_reason="proof")
    assert judge(site, "R1", told) == []
    site.engine.dispose()
