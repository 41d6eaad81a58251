"""A slice of `make proof`, and that its judge sees what it is there to see."""

import http.client
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TypeVar

import pytest

from survey import clock
from survey.accounts.policy import OPERATOR
from survey.collection import inbox_sqlite, intake, points
from survey.publication.closing import close_round
from tests.postgresql import children_of
from tests.proof.campaign import POSTGRESQL, SQLITE, campaign_on, prove
from tests.proof.judge import Told, judge, read_ledger
from tests.proof.phones import Page, as_data
from tests.proof.site import Site, made_site
from tests.rounds import full_answers, page_key

Found = TypeVar("Found")
KILLS = 8
BEGUN = 0.7
"""Seconds in which a stop has reached its process; a post waits five for a locked box."""


@pytest.mark.parametrize("database", [SQLITE, POSTGRESQL])
def test_nothing_acknowledged_is_lost_whatever_is_killed(database: str) -> None:
    outcome = prove(database, KILLS, seed=4)

    assert outcome.faults == []
    assert outcome.kills.total() == KILLS
    assert outcome.retried > 0


def test_a_reload_under_load_fails_nobody() -> None:
    with campaign_on(SQLITE, seed=1) as campaign:
        assert campaign.site.master
        campaign.site.wait()
        campaign.tell({"round": "R1", "places": as_data(campaign.site.open_round("R1"))})
        for _ in range(2):
            campaign.wait_for_acknowledgements(20)
            campaign.site.master.send_signal(signal.SIGHUP)
        campaign.wait_for_acknowledgements(20)
        campaign.tell({"settle": True}, "settled")
        told = read_ledger(campaign.ledger, "R1")
        campaign.site.stop()

        assert told.faults == []
        assert told.retried == set()
        assert sum(campaign.site.inbox.counts(1).values()) == len(told.acknowledged)


def test_an_upgrade_under_load_fails_nobody() -> None:
    """A second master takes over the port with the code that is there by then."""
    with campaign_on(SQLITE, seed=2) as campaign:
        site = campaign.site
        assert site.master
        site.wait()
        campaign.tell({"round": "R1", "places": as_data(site.open_round("R1"))})
        campaign.wait_for_acknowledgements(20)
        site.master.send_signal(signal.SIGUSR2)
        (new,) = until(lambda: [each for each in site.workers if len(children_of(each)) > 1])
        try:
            campaign.wait_for_acknowledgements(20)
            site.master.send_signal(signal.SIGTERM)
            site.master.wait(120)
            campaign.wait_for_acknowledgements(20)
            campaign.tell({"settle": True}, "settled")
        finally:
            os.kill(new, signal.SIGTERM)
        told = read_ledger(campaign.ledger, "R1")

        assert told.faults == []
        assert told.retried == set()
        assert sum(site.inbox.counts(1).values()) == len(told.acknowledged)


def until(found: Callable[[], Found], seconds: float = 120) -> Found:
    """Return what is found as soon as there is something."""
    deadline = time.monotonic() + seconds
    while not (each := found()):
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.05)
    return each


def test_a_stop_finishes_what_was_begun() -> None:
    """A phone whose answer waits for the disk when the service is told to stop gets its reply."""
    with made_site(SQLITE) as site:
        place = site.open_round("R1")[0]
        site.serve()
        site.wait()
        assert site.master
        page = Page("R1", place, page_key(1), "意见")
        assert sent(site, replace(page, key=page_key(2))) == 303
        heard: list[int] = []
        on_its_way = threading.Event()
        phone = threading.Thread(target=lambda: heard.append(sent(site, page, on_its_way)))
        with locked(site):
            phone.start()
            on_its_way.wait(60)
            until(site.has_read_all)
            site.master.send_signal(signal.SIGTERM)
            time.sleep(BEGUN)
        phone.join()
        site.master.wait(120)

        assert heard == [303]
        assert sum(site.inbox.counts(1).values()) == 2


def sent(site: Site, page: Page, on_its_way: threading.Event | None = None) -> int:
    """Return what a phone hears that posts a page; `on_its_way` is set once it waits for that."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", f"/q/{page.place.code}", page.body(), headers)
    if on_its_way:
        on_its_way.set()
    status = connection.getresponse().status
    connection.close()
    return status


@contextmanager
def locked(site: Site) -> Iterator[None]:
    """Hold the SQLite file of the first box as a foreign program might."""
    file = site.config.boxes / "box-1.sqlite"
    with closing(inbox_sqlite.sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def handed_in(site: Site, count: int) -> Told:
    """Hand in answers at one place of a new round and return what phones were told."""
    place = next(each for each in site.open_round("R1") if each.text_item == "A34")
    told = Told()
    with site.sessions() as session:
        point = points.find_point(session, place.code)
        questionnaire = points.questionnaire_of(session, point)
        for number in range(count):
            key, text = page_key(number), f"意见{number}"
            answers = full_answers(questionnaire) | {"A34": text}
            intake.record(
                session,
                site.inbox,
                site.keystore,
                point,
                questionnaire,
                answers,
                key=key,
                seconds=None,
                now=clock.now(),
            )
            told.sent[key] = {"place": place.code, "text": text}
            told.acknowledged.add(key)
    return told


def test_the_judge_sees_an_answer_lost_added_or_counted_twice() -> None:
    with made_site(SQLITE) as site:
        told = handed_in(site, 3)
        stores = (site.sessions, OPERATOR, "R1", site.keystore, site.inbox)
        close_round(*stores, now=clock.now(), early_reason="proof")
        lost = {"place": told.sent[page_key(0)]["place"], "text": "意见3"}
        more = replace(told, acknowledged=told.acknowledged | {page_key(3)})
        more.sent[page_key(3)] = lost
        fewer = replace(told, acknowledged=told.acknowledged - {page_key(0)})

        assert judge(site, "R1", told) == []
        assert "1 acknowledged answers are lost" in judge(site, "R1", more)
        assert "1 answers nobody was told of" in judge(site, "R1", fewer)
        assert "responses: 3, not 2" in judge(site, "R1", fewer)
