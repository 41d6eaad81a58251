"""Sending from a phone: every failure ends in one counted answer or in a truthful word."""

import contextlib
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from survey import clock
from tests.journeys.hands import answer_all, choose, kept
from tests.residents import Residents

PORTALS = {
    "page": "<html><title>Welcome</title><body>您的评议已提交 thanks pingyi</body></html>",
    "data": '{"taken": true}',
    "another": '{"word": "0123456789abcdef0123456789abcdef", "taken": true}',
    "refusal": '{"word": "", "taken": false, "final": true, "title": "x", "text": "y"}',
    "nothing": "",
}


def unsent(page: Page) -> list[dict[str, Any]]:
    """Return the answers that the phone holds for sending."""
    return [json.loads(value) for name, value in kept(page).items() if ":out:" in name]


def test_no_connection_loses_nothing(
    page: Page, phone: BrowserContext, site: str, residents: Residents
):
    page.goto(site + residents.path("W01"))
    answer_all(page)
    phone.set_offline(True)
    page.locator("#sb").click()
    expect(page.locator("#net")).to_be_visible()
    expect(page.locator("#nt")).to_have_text("未确认，将自动重试")
    phone.set_offline(False)
    page.wait_for_url("**/thanks")
    assert residents.stored() == 1


@pytest.mark.parametrize("path", ["/", "/r", "/privacy", "/q/00000000", "same", "other"])
def test_an_unsent_answer_is_sent_when_any_page_is_opened_days_later(
    page: Page, phone: BrowserContext, site: str, residents: Residents, path: str
):
    path = {"same": residents.path("W01"), "other": residents.path("B001")}.get(path, path)
    page.goto(site + residents.path("W01"))
    answer_all(page)
    phone.set_offline(True)
    page.locator("#sb").click()
    expect(page.locator("#net")).to_be_visible()
    expect(page.locator("#net")).to_contain_text("下次在这部手机上打开任何一张评议页面时再送")
    [record] = unsent(page)
    page.close()
    residents.clock.now += timedelta(hours=23)
    phone.set_offline(False)
    again = phone.new_page()
    # A draft would be gone by then; what was handed in is not.
    again.clock.set_fixed_time(clock.now() + timedelta(days=3))
    again.goto(site + path)
    expect(again.locator("#ob")).to_contain_text("上一份评议刚刚送到了")

    assert residents.stored() == 1
    assert unsent(again) == []
    again.locator("#ob a").click()
    assert again.locator("#cd").inner_text().replace(" ", "") == record["r"]


def test_an_unsent_answer_that_came_too_late_is_told_so(
    page: Page, phone: BrowserContext, site: str, residents: Residents
):
    page.goto(site + residents.path("W01"))
    answer_all(page)
    phone.set_offline(True)
    page.locator("#sb").click()
    expect(page.locator("#net")).to_be_visible()
    page.close()
    residents.clock.now += timedelta(days=3)
    phone.set_offline(False)
    again = phone.new_page()
    again.goto(site + "/")
    expect(again.locator("#ob")).to_contain_text("没有计入")

    assert unsent(again) == []
    assert residents.stored() == 0


def test_a_number_to_call_back_is_asked_for_again_rather_than_kept(
    page: Page, phone: BrowserContext, site: str, residents: Residents
):
    page.goto(site + residents.path("W01"))
    answer_all(page)
    page.locator("#pv").click()
    choose(page, "C50", "1")
    choose(page, "C51", "b1")
    page.locator("#nx").click()
    choose(page, "C55", "1")
    page.locator("#C56-t").fill("13800001111")
    page.locator("#C54-t").fill("等得久")
    phone.set_offline(True)
    page.locator("#sb").click()
    expect(page.locator("#net .st")).to_be_visible()
    expect(page.locator("#net")).to_contain_text("请先别关本页")
    assert "13800001111" not in json.dumps(kept(page))
    page.close()
    phone.set_offline(False)
    again = phone.new_page()
    again.goto(site + "/")
    expect(again.locator("#ob")).to_contain_text("缺回访电话")
    again.locator("#ob a").click()
    expect(again.locator("#q-C56 > .er")).to_be_visible()
    expect(again.locator("#C54-t")).to_have_value("等得久")
    again.locator("#C56-t").fill("13800001111")
    again.locator("#sb").click()
    again.wait_for_url("**/thanks")
    assert residents.stored() == 1
    assert unsent(again) == []


def test_several_unsent_answers_all_arrive(
    page: Page, phone: BrowserContext, site: str, residents: Residents
):
    page.goto(site + residents.path("W01"))
    page.route("**/q/*", lambda r: r.abort() if r.request.method == "POST" else r.continue_())
    for _ in range(2):
        page.goto(site + residents.path("W01"))
        answer_all(page)
        page.locator("#sb").click()
        expect(page.locator("#net")).to_be_visible()
    assert len(unsent(page)) == 2
    page.unroute("**/q/*")
    page.goto(site + "/privacy")
    expect(page.locator("#ob")).to_contain_text("上一份评议刚刚送到了")
    page.wait_for_function("Object.keys(localStorage).every(name => !name.includes(':out:'))")

    assert residents.stored() == 2
    page.goto(site + residents.path("W01"))
    expect(page.locator("#old")).to_contain_text("这部手机已经交过2份。这次是为家人代填吗？")


def test_a_double_tap_counts_once(page: Page, site: str, residents: Residents):
    posts = []
    page.on("request", lambda request: posts.append(1) if request.method == "POST" else None)
    page.goto(site + residents.path("W01"))
    answer_all(page)
    page.locator("#sb").dblclick()
    page.wait_for_url("**/thanks")

    assert len(posts) == 1
    assert residents.stored() == 1


def test_one_form_in_two_tabs_counts_once(
    page: Page, phone: BrowserContext, site: str, residents: Residents
):
    second = phone.new_page()
    for tab in (page, second):
        tab.goto(site + residents.path("W01"))
        answer_all(tab)
    page.locator("#sb").click()
    page.wait_for_url("**/thanks")
    with contextlib.suppress(Exception):  # it may be on its way to the thanks already
        second.locator("#sb").click(timeout=2_000)
    second.wait_for_url("**/thanks")

    assert residents.stored() == 1
    assert second.locator("#cd").inner_text() == page.locator("#cd").inner_text()


def test_who_goes_back_after_sending_finds_an_empty_form(
    page: Page, site: str, residents: Residents
):
    page.goto(site + "/")
    page.goto(site + residents.path("W01"))
    answer_all(page)
    page.locator("#sb").click()
    page.wait_for_url("**/thanks")
    page.go_back()
    page.go_forward()
    page.reload()

    assert residents.stored() == 1
    page.goto(site + residents.path("W01"))
    assert page.locator("input:checked").count() == 0


def test_a_reload_while_nothing_arrives_sends_once(page: Page, site: str, residents: Residents):
    page.goto(site + residents.path("W01"))
    answer_all(page)
    page.route("**/q/*", lambda r: r.abort() if r.request.method == "POST" else r.continue_())
    page.locator("#sb").click()
    expect(page.locator("#net")).to_be_visible()
    page.unroute("**/q/*")
    page.reload()
    expect(page.locator("#ob")).to_contain_text("刚刚送到了")

    assert residents.stored() == 1


def test_an_answer_whose_thanks_got_lost_counts_once(page: Page, site: str, residents: Residents):
    lost = []

    def lose_first(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch(max_redirects=0).status)
            route.abort()
        else:
            route.continue_()

    page.route("**/q/*", lose_first)
    page.goto(site + residents.path("W01"))
    answer_all(page)
    page.locator("#sb").click()
    page.wait_for_url("**/thanks")

    assert lost == [200]
    assert residents.stored() == 1


@pytest.mark.parametrize(
    ("said", "status"), [*((said, 200) for said in PORTALS), ("page", 404), ("refusal", 410)]
)
def test_a_portal_that_answers_in_our_place_is_not_believed(
    page: Page, site: str, residents: Residents, said: str, status: int
):
    def portal(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(status=status, body=PORTALS[said], content_type="text/html")
        else:
            route.continue_()

    page.route("**/q/*", portal)
    page.goto(site + residents.path("W01"))
    answer_all(page)
    page.locator("#sb").click()
    expect(page.locator("#net")).to_be_visible()
    assert page.url.endswith(residents.path("W01"))
    assert f"pingyi:{residents.points['W01'].code}:receipt" not in kept(page)

    page.unroute("**/q/*")
    page.locator("#rt").click()
    page.wait_for_url("**/thanks")
    assert residents.stored() == 1


def test_what_the_server_refuses_is_shown_with_everything_kept(
    page: Page, site: str, residents: Residents
):
    page.goto(site + residents.path("W01"))
    answer_all(page)
    page.locator("#C54-t").fill("打我电话13812345678")
    page.locator("#sb").click()
    expect(page.locator("#es")).to_contain_text("好像有电话号码")
    expect(page.locator("#C54-t")).to_have_value("打我电话13812345678")
    assert residents.stored() == 0
    page.locator("#sb").click()
    page.wait_for_url("**/thanks")
    assert residents.stored() == 1


def test_storage_that_is_blocked_does_not_stop_anybody(page: Page, site: str, residents: Residents):
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('blocked') } })"
    )
    page.goto(site + residents.path("W01"))
    answer_all(page)
    page.locator("#sb").click()
    page.wait_for_url("**/thanks")

    expect(page.locator("#sent")).to_be_visible()
    expect(page.locator("#cd")).to_have_text(re.compile(r"^\w{4} \w{4} \w{4}$"))
    assert residents.stored() == 1
