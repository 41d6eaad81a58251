"""Copies taken while answers come, restored elsewhere; old copies over a round that was opened."""

import itertools
import shutil
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from survey import clock
from survey.accounts.policy import OPERATOR
from survey.app import create_app
from survey.campaigns import service as campaigns
from survey.collection import inbox_sqlite, intake, lost_keys, points
from survey.collection.fieldwork import RoundNotReady
from survey.collection.keystore import KeyUnavailable
from survey.collection.models import Receipt
from survey.collection.receipts import receipt_hash, receipt_of
from survey.collection.verification import verify_round
from survey.db import reading
from survey.publication.closing import close_round
from survey.web.platform import EXTENSION
from tests.postgresql import Server, run_program
from tests.proof.campaign import POSTGRESQL, SQLITE
from tests.proof.phones import Page, Place
from tests.proof.site import Site, made_site
from tests.proof.victim import post
from tests.rounds import full_answers, page_key

BEFORE, AFTER = 25, 10
"""Answers acknowledged before a copy is begun, and once it is there."""


@contextmanager
def answered(site: Site, place: Place) -> Iterator[list[str]]:
    """Hand in answers until the block is left; yield the keys acknowledged so far."""
    acknowledged: list[str] = []
    is_over = threading.Event()

    def run() -> None:
        with site.sessions() as session:
            point = points.find_point(session, place.code)
            questionnaire = points.questionnaire_of(session, point)
            for number in itertools.count():
                if is_over.is_set():
                    return
                stores = (session, site.inbox, site.keystore, point, questionnaire)
                intake.record(
                    *stores,
                    full_answers(questionnaire),
                    key=page_key(number),
                    seconds=60,
                    now=clock.now(),
                )
                acknowledged.append(page_key(number))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield acknowledged
    finally:
        is_over.set()
        thread.join()


def until(acknowledged: list[str], count: int) -> set[str]:
    """Return what was acknowledged, once that is `count` answers."""
    while len(acknowledged) < count:
        threading.Event().wait(0.005)
    return set(acknowledged)


def copy_files(site: Site, home: Path) -> None:
    """Copy SQLite files as its own means do it while others write, and not the keys."""
    (home / "boxes").mkdir()
    boxes = sorted((site.home / "boxes").glob("*.sqlite"))
    for file in (site.home / "pingyi.sqlite", *boxes):
        with (
            closing(inbox_sqlite.sqlite3.connect(file)) as here,
            closing(inbox_sqlite.sqlite3.connect(home / file.relative_to(site.home))) as there,
        ):
            here.backup(there)


@contextmanager
def restored(site: Site, folder: Path) -> Iterator[Site]:
    """Copy a platform that is in use, start the copy elsewhere, and put the keys beside it."""
    home = folder / "home"
    home.mkdir()
    server = None
    if site.database is None:
        copy_files(site, home)
    else:
        server = Server(folder / "server")
        address = ("-h", "127.0.0.1", "-p", str(site.database.port), "-U", "postgres")
        server.folder.mkdir()
        server.folder.chmod(0o777)
        run_program("pg_basebackup", *address, "-D", str(server.data), "-X", "fetch", "-c", "fast")
        server.start()
    shutil.copytree(site.config.keystore, home / "keys")
    copy = Site(home, server)
    try:
        yield copy
    finally:
        copy.engine.dispose()
        if server is not None:
            server.stop()


@pytest.mark.parametrize("database", [SQLITE, POSTGRESQL])
def test_a_copy_taken_under_load_has_all_that_was_acknowledged_before(database: str) -> None:
    with made_site(database) as site:
        place = site.open_round("R1")[0]
        folder = site.home.with_name("elsewhere")
        folder.mkdir(mode=0o755)
        with answered(site, place) as acknowledged:
            before = until(acknowledged, BEFORE)
            with restored(site, folder) as copy:
                until(acknowledged, len(acknowledged) + AFTER)
                stores = (copy.sessions, OPERATOR, "R1", copy.keystore, copy.inbox)
                closed = close_round(*stores, now=clock.now(), early_reason="proof")
                with reading(copy.sessions) as session:
                    round_ = campaigns.get_round(session, OPERATOR, "R1")
                    assert verify_round(session, round_) == []
                    for key in before:
                        listed = receipt_hash("R1", place.code, receipt_of(key))
                        assert session.get(Receipt, (1, listed)) is not None

    assert closed.unreadable == 0
    assert len(before) <= closed.answers < len(acknowledged)


def test_an_old_copy_over_an_opened_round_revives_nothing() -> None:
    """Used tickets and taken answers would be open again; without the key nothing is taken in."""
    with made_site(SQLITE) as site:
        place = site.open_round("R1")[0]
        with answered(site, place) as acknowledged:
            until(acknowledged, 3)
        old = site.home.with_name("old")
        old.mkdir()
        copy_files(site, old)
        stores = (site.sessions, OPERATOR, "R1", site.keystore, site.inbox)
        close_round(*stores, now=clock.now(), early_reason="proof")
        shutil.copytree(site.config.keystore, old / "keys")

        app = create_app(Site(old).config)
        held = app.extensions[EXTENSION]
        with reading(held.sessions) as session:
            (told,) = lost_keys.unusable_keys(session, held.keystore)
        status = post(app.test_client(), Page("R1", place, page_key(1_000), "意见"))
        stores = (held.sessions, OPERATOR, "R1", held.keystore, held.inbox)
        with pytest.raises((KeyUnavailable, RoundNotReady)):
            close_round(*stores, now=clock.now(), early_reason="proof")
        held.engine.dispose()

    assert told.code == "KEY_UNAVAILABLE"
    assert status == 503
