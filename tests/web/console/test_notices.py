"""The pages of notices: read, marked, set, proven; and no barrier on them."""

import dataclasses
import threading
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from sqlalchemy import select
from werkzeug.serving import make_server

from survey import clock
from survey.accounts import sessions
from survey.accounts.models import Account
from survey.accounts.policy import OPERATOR
from survey.notices import addresses, running
from survey.notices.models import Notice, NoticeSettings
from survey.outgoing import Encryption, MailServer
from survey.rectification import service
from survey.rectification.models import RectificationItem
from survey.rectification.states import Source, State
from survey.web.platform import EXTENSION
from tests.journeys.conftest import PHONE, browser_type_launch_args  # noqa: F401 - a fixture

COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}


@pytest.fixture
def told(app, held):
    """The window's item is long overdue; mail is set up; a round of notices was made."""
    server = MailServer("127.0.0.1", 9, Encryption.NONE, "p@example.org")
    app.extensions[EXTENSION] = dataclasses.replace(
        held, config=dataclasses.replace(held.config, mail=server)
    )
    now = clock.now()
    begun = now - timedelta(40)
    with held.sessions.begin() as session:
        more = {"source": Source.MANUAL, "problem": "<b>排队</b>太久", "now": begun}
        number = service.register(session, OPERATOR, "W01", **more).number
        service.advance(session, OPERATOR, number, State.ASSIGNED, now=begun)
        row = session.scalars(
            select(RectificationItem).where(RectificationItem.number == number)
        ).one()
        row.due_on = begun.date()
    # A card a working day; the longest holiday has eight days.
    for ago in range(14, -1, -1):
        running.prepare(held.sessions, now=now - timedelta(ago))
    return number


def test_notices_are_read_and_marked(as_, held, told):
    manager = as_("chuangkou")
    page = manager.get("/console/notices/").get_data(as_text=True)
    assert "&lt;b&gt;排队&lt;/b&gt;太久" in page
    assert f"/console/rectification/{told}/letters/reminder.pdf" in page
    with held.sessions() as session:
        mine = session.scalars(
            select(Notice.id).join(Account).where(Account.name == "chuangkou")
        ).all()
        others = session.scalars(select(Notice.id).where(Notice.id.not_in(mine))).all()

    assert manager.post(f"/console/notices/{others[0]}/read").status_code == 404
    assert manager.post(f"/console/notices/{mine[0]}/read").status_code == 303
    assert manager.post("/console/notices/read", {"newest": max(mine)}).status_code == 303
    assert "通知都看过了" in manager.get("/console/notices/").get_data(as_text=True)
    board = as_("qu").get("/console/rectification/board/").get_data(as_text=True)
    assert "红牌1" in board
    ledger = as_("qu").get("/console/rectification/").get_data(as_text=True)
    assert "黄牌1" in ledger
    story = as_("qu").get(f"/console/rectification/{told}").get_data(as_text=True)
    assert "红牌：督办单" in story


def test_an_address_is_set_by_whoever_reads_its_mail(as_, held, told):
    manager = as_("chuangkou")
    path = "/console/notices/settings"
    assert manager.post(f"{path}/address", {"address": "x\r\nBcc: y@z"}).status_code == 422
    assert manager.post(f"{path}/address", {"address": "w@example.org"}).status_code == 303
    assert manager.post(f"{path}/code", {"code": "12345678"}).status_code == 422
    with held.sessions() as session:
        code = addresses.code_of(
            session.scalars(select(NoticeSettings)).one(), held.config.secret_key
        )
    assert manager.post(f"{path}/code", {"code": code}).status_code == 303
    assert "通知发到w@example.org" in manager.get(path).get_data(as_text=True)
    wrong = {"digest": "on", "from": "25", "until": "8"}
    assert manager.post(path, wrong).status_code == 422
    assert manager.post(path, {"from": "22", "until": "6"}).status_code == 303
    assert manager.post(f"{path}/address/remove").status_code == 303
    with held.sessions() as session:
        kept = session.scalars(select(NoticeSettings)).one()
        assert (kept.address, kept.wants_digest, kept.quiet_from) == ("", False, 22)


def test_no_barrier_on_the_pages_of_notices(app, held, told, browser):
    with held.sessions.begin() as session:
        account = session.scalars(select(Account).where(Account.name == "danwei")).one()
        token = sessions.start_session(session, account, now=clock.now())
        actor = sessions.actor_of(session, account)
        addresses.ask_code(session, actor, "d@example.org", now=clock.now())
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        base = f"http://127.0.0.1:{server.port}"
        for scheme, options in (("light", None), ("dark", COLOURS)):
            context = browser.new_context(viewport=PHONE, color_scheme=scheme)
            context.add_cookies([{"name": "pingyi_s", "value": token, "url": base}])
            page = context.new_page()
            for path in ("/console/notices/", "/console/notices/settings"):
                page.goto(base + path)
                found = Axe().run(page, options=options)
                assert found.violations_count == 0, found.generate_report()
                assert page.evaluate("document.documentElement.scrollWidth") <= 390
            context.close()
    finally:
        server.shutdown()
