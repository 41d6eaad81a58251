"""From a closed round to its public pages: in the console by two people, then for everybody."""

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe

from survey import clock
from survey.accounts import service as accounts
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.publication import publishing
from survey.publication.frozen_reports import freeze_reports
from tests.journeys.conftest import browser_type_launch_args  # noqa: F401 - a fixture
from tests.web.console.conftest import CLOSED, PASSWORD
from tests.web.console.test_in_browser import address  # noqa: F401 - a fixture

HERE = f"/console/rounds/{CLOSED}/publication"
ROWS = f"/console/rounds/{CLOSED}/rows"
NOTICE = {"office": "区评议办", "phone": "0513-8650", "address": "世纪大道1号", "email": ""}
PAGES = (f"/results/{CLOSED}", f"/results/{CLOSED}/W01", f"/results/{CLOSED}/U17")


@pytest.fixture
def people(held, as_):
    """Sign in the district office, an approver and an analyst."""
    staff = {"shending": Role.APPROVER, "tongji": Role.ANALYST}
    with held.sessions.begin() as session:
        for name, role in staff.items():
            accounts.add_account(
                session, OPERATOR, name, name, role, "D0", PASSWORD, now=clock.now()
            )
    return {name: as_(name) for name in ("qu", *staff)}


def test_results_reach_everybody(app, held, people, browser, address):  # noqa: F811
    anybody = app.test_client()
    assert anybody.get("/results").status_code == 200
    assert anybody.get(f"/results/{CLOSED}").status_code == 404
    assert people["qu"].post(f"{HERE}/propose", NOTICE).status_code == 303
    assert anybody.get(f"/results/{CLOSED}").status_code == 404
    assert "轮结果等您审定：" in people["shending"].get("/console/").get_data(as_text=True)
    assert "轮结果等您审定：" not in people["qu"].get("/console/").get_data(as_text=True)
    page = people["shending"].get(f"{HERE}/").get_data(as_text=True)
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', page)[1]
    assert people["qu"].post(f"{HERE}/approve", {"digest": digest}).status_code == 403
    assert people["shending"].post(f"{HERE}/approve", {"digest": digest}).status_code == 303
    freeze_reports(held.sessions, CLOSED, zone=held.config.zone)
    on_notice = anybody.get(f"/results/{CLOSED}").get_data(as_text=True)
    assert NOTICE["address"] in on_notice
    assert digest in on_notice
    objection = {"text": "会没有开", "org": "W99", "received": ""}
    refused = people["qu"].post(f"{HERE}/objections", objection)
    assert refused.status_code == 404
    assert ">会没有开</textarea>" in refused.get_data(as_text=True), "what was typed is kept"
    objection = {"text": "会没有开", "org": "W01", "received": ""}
    assert people["qu"].post(f"{HERE}/objections", objection).status_code == 303
    answer = {"outcome": "rejected", "answer": "查过，开了"}
    assert people["qu"].post(f"{HERE}/objections/1", answer).status_code == 303
    assert people["qu"].post(f"{HERE}/publish").status_code == 409
    with held.sessions.begin() as session:
        round_ = campaigns.get_round(session, OPERATOR, CLOSED)
        publishing.publish(session, OPERATOR, round_, now=clock.now() + timedelta(days=30))
    assert people["shending"].post(f"{HERE}/archive").status_code == 403
    assert people["qu"].post(f"{HERE}/archive").status_code == 303
    page = people["qu"].get(f"{HERE}/").get_data(as_text=True)
    assert "这一轮已归档" in page
    assert f'action="{HERE}/archive"' not in page, "once is enough"
    _check_pages(anybody, digest)
    _check_barriers(browser, address)


def _check_pages(anybody, digest):
    for path in (*PAGES, "/results", f"/results/{CLOSED}/board", f"/results/{CLOSED}-1"):
        answer = anybody.get(path)
        assert answer.status_code == 200, path
        assert "Set-Cookie" not in answer.headers
        assert "max-age" in answer.headers["Cache-Control"]
        html = answer.get_data(as_text=True)
        assert not re.search(r'(?:src|href)="(?:https?:)?//', html)
        assert "<script" not in html
        assert " style=" not in html
    hidden = anybody.get(f"/results/{CLOSED}/B195").get_data(as_text=True)
    assert "样本不足" in hidden
    assert "有效票不足10张" in hidden
    english = anybody.get(f"/results/{CLOSED}/W01?lang=en").get_data(as_text=True)
    assert "Satisfied or better" in english
    table = anybody.get(f"/results/{CLOSED}/figures.csv")
    assert digest in table.get_data(as_text=True)
    assert anybody.get(f"/results/{CLOSED}/W01.pdf").data.startswith(b"%PDF")
    assert anybody.get(f"/results/{CLOSED}/release.json").json["digest"] == digest
    for path in ("/results/R9", f"/results/{CLOSED}/X9", f"/results/{CLOSED}-9", "/results/..%2f"):
        assert anybody.get(path).status_code == 404


def _check_barriers(browser, address):  # noqa: F811
    for scheme, width in (("light", 1280), ("dark", 320)):
        context = browser.new_context(
            bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 900}
        )
        page = context.new_page()
        for path in (*PAGES, "/results", f"/results/{CLOSED}/W01?lang=en"):
            page.goto(address + path)
            found = Axe().run(page).response["violations"]
            assert not found, (path, [(v["id"], v["nodes"][0]["html"][:120]) for v in found])
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        context.close()


def test_single_answers_are_taken_once(people):
    assert people["qu"].get(f"{ROWS}/").status_code == 403
    assert people["tongji"].post(f"{ROWS}/ask", {"reason": ""}).status_code == 422
    assert people["tongji"].post(f"{ROWS}/ask", {"reason": "核对"}).status_code == 303
    assert people["tongji"].post(f"{ROWS}/1/take").status_code == 403
    assert people["tongji"].post(f"{ROWS}/1/decide", {"allow": "yes"}).status_code == 403
    assert "申请等您批准" in people["shending"].get("/console/").get_data(as_text=True)
    assert people["shending"].post(f"{ROWS}/1/decide", {"allow": "yes"}).status_code == 303
    taken = people["tongji"].post(f"{ROWS}/1/take")
    assert taken.status_code == 200
    assert taken.data.decode("utf-8-sig").startswith("questionnaire,org,")
    assert people["tongji"].post(f"{ROWS}/1/take").status_code == 403
