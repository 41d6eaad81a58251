"""No barrier on the pages of inspections, reviews, meetings, slips and keyed paper, on a phone.

One district with something in every state, one browser; each page in light and in dark, with
everything folded out, no wider than the phone.
"""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from survey import clock
from survey.accounts import sessions
from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.campaigns.service import Use
from survey.collection import fieldwork, issuing, keying, keying_batches, points
from survey.collection.keying import Ballot
from survey.collection.models import CollectionPoint, Contact
from survey.inspections import reviews, service
from survey.inspections.rounds import FormKind, named_forms
from survey.meetings import service as meetings
from survey.web.keying import validate_paper
from survey.web.platform import Platform
from tests.inspections import checklist, review
from tests.journeys.conftest import (  # noqa: F401 - a fixture
    PHONE,
    browser_type_launch_args,
)
from tests.rounds import BRANCH_FORM, full_answers, render
from tests.web.console.inspectors import Office, open_office

VETO, WAITING = "v" * 26, "w" * 26
FOUND = {"E62": "0", "E62_d": "指定中介", "E90": "1", "E91": "指定中介", "E92": "2026-12-24"}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
"""All that can differ in the dark."""

PAGES = {
    "qu": (
        "/console/",
        "/console/rounds/T/tickets/",
        "/console/rounds/T/meetings/",
        "/console/meetings/1",
        "/console/meetings/1/screen",
        "/console/meetings/2",
        "/console/rounds/T/keying/",
        "/console/rounds/T/keying/1",
        "/console/rounds/T/keying/2/1",
        "/console/rounds/T/keying/1/settle",
        "/console/inspections/",
        "/console/inspections/assign",
        f"/console/inspections/{VETO}",
        "/console/reviews/",
        "/console/reviews/2/W01",
        "/console/callbacks/",
    ),
    "jian2": ("/console/", "/console/inspections/mine/", f"/console/inspections/{WAITING}"),
    "lingdao": ("/console/", "/console/reviews/mine", "/console/reviews/mine/2/B001"),
}


@pytest.fixture(scope="module")
def office(sqlite_template: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The district with something in every state."""
    made = open_office(sqlite_template, tmp_path_factory.mktemp("staff"))
    with made.held.sessions.begin() as session:
        inspect(session, made)
        form = named_forms(session, FormKind.REVIEW)[0]
        leader = sessions.actor_named(session, "lingdao")
        words = {"signed_name": "丁四", "revision": 0, "now": clock.now()}
        reviews.sign(session, leader, form, "W01", review(), **words)
        meet_and_key(session, made.held)
        point = session.scalars(select(CollectionPoint.id).order_by(CollectionPoint.id)).first()
        session.add(Contact(point_id=point, ciphertext=b"sealed"))
    yield made
    made.held.renderer.close()
    made.held.engine.dispose()


def inspect(session: Session, office: Office) -> None:
    """A veto that waits for the district, and a checklist that waits for its second."""
    first, second = (sessions.actor_named(session, name) for name in ("jian1", "jian2"))
    form, now = named_forms(session, FormKind.INSPECTION)[0], clock.now()
    for key, org_id, found in ((VETO, "W01", FOUND), (WAITING, "B001", {})):
        values = checklist(form.questionnaire, **found)
        service.submit(session, first, office.tasks[org_id], key, values, now=now)
    service.confirm(session, second, VETO, now=now)


def meet_and_key(session: Session, held: Platform) -> None:
    """A round with slips: batches in two states, two meetings, two bags of paper."""
    now, office = clock.now(), sessions.actor_named(session, "qu")
    round_ = campaigns.create_round(
        session,
        OPERATOR,
        code="T",
        title="凭票评议",
        uses=[Use(BRANCH_FORM, mode="ticket")],
        opens_at=now - timedelta(hours=1),
        closes_at=now + timedelta(days=5),
        now=now,
    )
    stores = (held.keystore, held.inbox, render)
    fieldwork.open_round(session, OPERATOR, round_, *stores, now=now, no_key_copy=True)
    one, other, *_ = points.list_points(session, OPERATOR, round_)
    printed = issuing.request(session, OPERATOR, round_, one, 3, now=now)
    issuing.decide(session, office, round_, printed.id, allow=True, now=now)
    slips = issuing.make_slips(3)
    issuing.issue(session, OPERATOR, held.keystore, round_, printed.id, slips, now=now)
    issuing.request(session, OPERATOR, round_, other, 3, now=now)
    closed = meetings.open_meeting(session, office, one.code, "二楼", now=now)
    end = {"heads": 3, "witnesses": "甲、乙", "now": now}
    meetings.close_meeting(session, held.inbox, office, closed.id, **end)
    meetings.open_meeting(session, office, other.code, "三楼", now=now)
    for label in ("1", "2"):
        key_twice(session, held, round_, one, label)


def key_twice(
    session: Session, held: Platform, round_: Round, point: points.PointView, label: str
) -> None:
    """Key a bag of one ballot in two ways; of the second bag only the first keying is begun."""
    now, office = clock.now(), sessions.actor_named(session, "qu")
    counts = {"issued": 2, "returned": 1, "spoilt": 0}
    batch = keying_batches.register(
        session, held.keystore, OPERATOR, round_, point.code, label=label, now=now, **counts
    )
    answers = full_answers(points.questionnaire_of(session, point))
    for person, code in ((office, "4"), (OPERATOR, "3")):
        mark = keying_batches.mark_of(point)
        keying.begin(session, person, round_, batch.id, mark, now=now)
        if label == "2":
            return
        fields = {c: (v,) if isinstance(v, str) else v for c, v in answers.items() if v}
        ballot = Ballot(fields | {"A11": (code,)})
        target = (held.keystore, person, round_, batch.id, 1, ballot, validate_paper)
        keying.put_ballot(session, *target, now=now)
        keying.finish(session, person, round_, batch.id, now=now)


@pytest.fixture(scope="module")
def address(office: Office) -> Iterator[str]:
    """Where the district is served."""
    server = make_server("127.0.0.1", 0, office.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def phone_of(browser: Browser, office: Office, name: str) -> BrowserContext:
    """Return the phone of somebody who is signed in."""
    context = browser.new_context(viewport=PHONE, locale="zh-CN", bypass_csp=True)
    token = {"name": "pingyi_s", "value": office.cookie(name), "domain": "127.0.0.1", "path": "/"}
    context.add_cookies([token])
    return context


@pytest.mark.parametrize("name", PAGES)
def test_nothing_on_these_pages_stands_in_anybodys_way(
    browser: Browser, office: Office, address: str, name: str
) -> None:
    context = phone_of(browser, office, name)
    page, axe, found = context.new_page(), Axe(), {}
    for path in PAGES[name]:
        answer = page.goto(address + path)
        assert answer.status == 200, path
        page.evaluate("document.querySelectorAll('main details').forEach(d => { d.open = true })")
        too_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        faults = axe.run(page).response["violations"]
        page.emulate_media(color_scheme="dark")
        faults += axe.run(page, options=COLOURS).response["violations"]
        page.emulate_media(color_scheme="light")
        if faults or too_wide:
            found[path] = [(v["id"], v["nodes"][0]["html"][:120]) for v in faults]
    context.close()
    assert not found
