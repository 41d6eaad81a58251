"""What the phone knows of answers that were sent: receipts, and whether they were counted."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from survey.accounts.policy import OPERATOR
from survey.collection import opening
from tests.journeys.hands import answer_all
from tests.residents import Residents


def test_who_has_answered_before_is_told(page: Page, site: str, residents: Residents):
    page.goto(site + residents.path("W01"))
    answer_all(page)
    page.locator("#sb").click()
    page.wait_for_url("**/thanks")
    receipt = page.locator("#cd").inner_text()
    page.goto(site + residents.path("W01"))
    page.locator("#old a").click()
    expect(page.locator("#cd")).to_have_text(receipt)


def test_a_phone_looks_its_receipt_up_without_telling_which(
    page: Page, site: str, residents: Residents
):
    page.goto(site + residents.path("W01"))
    answer_all(page)
    page.locator("#sb").click()
    page.wait_for_url("**/thanks")
    receipt = page.locator("#cd").inner_text()
    sent: list[str] = []
    page.on("request", lambda r: sent.append(r.url + (r.post_data or "")))
    page.goto(site + "/r")
    assert page.locator("#receipt").input_value() == receipt
    page.locator("form button").click()
    expect(page.locator("#ans")).to_contain_text("票箱还没有启封")

    held = residents.platform
    residents.clock.now += timedelta(days=4)
    opening.close_round(
        held.sessions, OPERATOR, "R1", held.keystore, held.inbox, now=residents.clock.now
    )
    page.locator("form button").click()
    expect(page.locator("#ans")).to_contain_text("已经计入")
    expect(page.locator("#ans")).to_contain_text("目前没有公开的问题")
    page.locator("#receipt").fill("7K3M 9QXT 2VBD")
    page.locator("form button").click()
    expect(page.locator("#ans")).to_contain_text("名单里没有这个编号")
    told = " ".join(sent).replace("%20", "").replace("+", "")
    assert receipt.replace(" ", "") not in told
    assert "9QXT" not in told


def test_a_visit_without_an_answer_is_not_thanked(page: Page, site: str, residents: Residents):
    page.goto(site + residents.path("W01") + "/thanks")

    expect(page.locator("#none")).to_be_visible()
    expect(page.locator("#sent")).to_be_hidden()
