"""Votes on what was put right go the way of every answer: killed, none is lost or doubled."""

import http.client
import os
import signal
import threading
import time
from contextlib import closing
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from survey import clock
from survey.accounts.policy import OPERATOR, SYSTEM
from survey.campaigns.models import Round
from survey.collection import inbox_sqlite, opening, points
from survey.collection.boxes import CHINA
from survey.collection.models import CollectionPoint
from survey.collection.points import PointView
from survey.rectification import recheck_rounds, rechecks, service
from survey.rectification.models import RectificationItem
from survey.rectification.recheck_models import RecheckWindow
from survey.rectification.recheck_rounds import FORM, Tools
from survey.rectification.states import Act, Source, State
from survey.rectification.steps import add_transition
from survey.web.public import pages
from tests.proof.campaign import SQLITE
from tests.proof.site import Site, made_site
from tests.proof.test_nothing_is_lost import until
from tests.rounds import add_form, form, full_answers, page_key

VOTES, KILLS = 10, 2
REACHED = 0.2
"""Seconds in which a post that was read has mostly reached the box, which is locked."""
FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}


def asked_about(site: Site) -> PointView:
    """Return the point at which residents judge an item that was put right."""
    now = clock.now()
    with site.sessions.begin() as session:
        add_form(session, form(FORM), now)
        item = service.register(
            session, OPERATOR, "W01", source=Source.MANUAL, problem="灯不亮", now=now
        )
        item.state, item.needs_recheck = State.RECHECK.value, True
        add_transition(item, SYSTEM, "system", Act.START_RECHECK, State.VERIFIED, now, "")
    tools = Tools(site.keystore, site.inbox, pages.renderer(CHINA))
    rechecks.do_due(site.sessions, tools, now=now)
    with site.sessions.begin() as session:
        session.scalars(select(Round)).one().asks_proof = False
        return points.find_point(session, session.scalars(select(CollectionPoint.code)).one())


def sent(
    site: Site, point: PointView, number: int, on_its_way: threading.Event | None = None
) -> int:
    """Return what a phone hears that hands in a vote; 0 where the line broke."""
    with site.sessions() as session:
        questionnaire = points.questionnaire_of(session, point)
    fields = {"fv": pages.form_version(questionnaire), "ik": page_key(number), "sec": "60"}
    fields |= {name: str(value) for name, value in full_answers(questionnaire).items()}
    fields |= {"H01": "1", "H02": "5", "H03": "5", "H04": "1"}
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    with closing(connection):
        try:
            connection.request("POST", f"/q/{point.code}", urlencode(fields), FORM_TYPE)
            if on_its_way:
                on_its_way.set()
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0


def killed_under_way(site: Site, point: PointView, number: int) -> int:
    """Hand in a vote while every web process is killed; return what the phone heard."""
    heard: list[int] = []
    on_its_way = threading.Event()
    phone = threading.Thread(target=lambda: heard.append(sent(site, point, number, on_its_way)))
    file = site.config.boxes / f"box-{point.box_id}.sqlite"
    with closing(inbox_sqlite.sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        phone.start()
        on_its_way.wait(60)
        until(site.has_read_all)
        time.sleep(REACHED)
        for process_id in site.workers:
            os.kill(process_id, signal.SIGKILL)
        phone.join()
    return heard[0]


def test_votes_that_were_killed_under_way_count_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recheck_rounds, "ROUND_DAYS", 24)
    monkeypatch.setattr(recheck_rounds, "MOST_DAYS_NEEDED", 20)
    with made_site(SQLITE) as site:
        point = asked_about(site)
        site.serve()
        site.wait()
        assert [killed_under_way(site, point, number) for number in range(KILLS)] == [0] * KILLS
        for number in range(VOTES):
            while sent(site, point, number) != 303:
                time.sleep(0.1)
            assert sent(site, point, number) == 303, "sent again it is told the same"
        site.stop()
        assert site.inbox.counts(point.box_id) == {point.id: VOTES}

        with site.sessions() as session:
            over = session.scalars(select(RecheckWindow.closes_at)).one() + timedelta(hours=6)
            code = session.scalars(select(Round.code)).one()
        stores = (site.sessions, OPERATOR, code, site.keystore, site.inbox)
        opening.open_due_boxes(*stores, now=over, zone=CHINA)
        tools = Tools(site.keystore, site.inbox, pages.renderer(CHINA))
        rechecks.do_due(site.sessions, tools, now=over)

        with site.sessions() as session:
            item = session.scalars(select(RectificationItem)).one()
            assert (item.recheck_n, item.state) == (VOTES, State.CLOSED)
