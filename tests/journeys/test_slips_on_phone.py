"""A slip on a phone: scanned or typed, used once, and never part of an address that is sent."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from survey import clock
from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.collection import issuing
from survey.collection.tickets import Slip
from tests.conftest import NOW
from tests.journeys.conftest import PHONE
from tests.journeys.hands import answer_all
from tests.residents import Clock, Residents, open_home, serve


@pytest.fixture
def residents(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Residents:
    """A round in which every answer needs a slip."""
    open_home(sqlite_template, tmp_path, mode="ticket")
    time = Clock(NOW)
    monkeypatch.setattr(clock, "now", lambda: time.now)
    return serve(tmp_path, time)


@pytest.fixture
def slips(residents: Residents) -> list[Slip]:
    """Three slips of the window."""
    held, made = residents.platform, issuing.make_slips(3)
    with held.sessions.begin() as session:
        round_ = campaigns.get_round(session, OPERATOR, "R1")
        point = residents.points["W01"]
        batch = issuing.request(session, OPERATOR, round_, point, len(made), now=NOW)
        issuing.decide(session, OPERATOR, round_, batch.id, allow=True, now=NOW)
        issuing.issue(session, OPERATOR, held.keystore, round_, batch.id, made, now=NOW)
    return made


def test_a_slip_that_is_scanned_counts_once(
    page: Page, site: str, residents: Residents, slips: list[Slip]
):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}/t#{slips[0].secret}")
    answer_all(page)
    assert slips[0].secret not in page.url
    page.locator("#sb").click()
    page.wait_for_url("**/thanks")
    assert residents.stored() == 1
    assert not any(slips[0].secret in address for address in asked)

    page.goto(f"{site}/t#{slips[0].secret}")
    answer_all(page)
    page.locator("#sb").click()
    expect(page.locator("h1")).to_have_text("这张评议票已经使用过，或者不能再用")
    assert residents.stored() == 1


def test_a_slip_scanned_while_the_page_is_open_is_taken(
    page: Page, site: str, residents: Residents, slips: list[Slip]
):
    page.goto(f"{site}/t")
    page.locator("#ticket").fill("0000 0000 0000 0000")
    page.locator("form button").click()
    expect(page.locator("[role=alert]")).to_contain_text("没有找到这张票")
    page.goto(f"{site}/t#{slips[1].secret}")
    expect(page.locator("#go")).to_be_visible()
    assert slips[1].secret not in page.url


def test_a_slip_is_typed_without_script(
    browser: Browser, site: str, residents: Residents, slips: list[Slip]
):
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    page.goto(site + residents.path("W01"))
    page.get_by_role("link", name="输入评议票").click()
    page.locator("#ticket").fill(slips[2].code.lower())
    page.locator("form button").click()
    for question in page.locator("fieldset.q[data-m]:visible").all():
        question.locator("> .s > label").nth(1).click()
    page.locator("#sb").click()
    page.wait_for_url("**/thanks")
    assert residents.stored() == 1
    context.close()
