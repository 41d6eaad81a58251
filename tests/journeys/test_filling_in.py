"""Filling a form in on a phone, page by page, with and without script."""

import json
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import PHONE
from tests.journeys.hands import answer_all, answer_page, choose, kept
from tests.residents import Residents


@pytest.mark.parametrize("org_id", ["B001", "W01"])
def test_a_form_is_answered_page_by_page(page: Page, site: str, residents: Residents, org_id: str):
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(site + residents.path(org_id))
    assert len(requests) == 1, "the first view is one request"
    answer_all(page)
    page.locator("#sb").click()
    page.wait_for_url("**/thanks")

    assert residents.stored(org_id) == 1
    receipt = page.locator("#cd").inner_text().replace(" ", "")
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{12}", receipt)
    assert kept(page) == {f"pingyi:{residents.points[org_id].code}:receipt": receipt}
    assert receipt not in page.url


def test_what_is_missing_is_named_on_its_page(page: Page, site: str, residents: Residents):
    page.goto(site + residents.path("W01"))
    page.locator("#go").click()
    choose(page, "C01", "m1")
    page.locator("#nx").click()

    expect(page.locator("#es")).to_be_focused()
    expect(page.locator("#es b")).to_have_text("还有2题没有答好")
    assert page.locator("#es a").all_inner_texts() == [
        "办成这件事，您总共到现场几次？",
        "您今天等候了多长时间？",
    ]
    choose(page, "C02", "0")
    expect(page.locator("#es")).to_be_hidden()
    expect(page.locator("#q-C03")).to_be_hidden()
    page.locator("#nx").click()
    expect(page.locator("#pn")).to_have_text("第2页，共11页")


def test_conditions_open_and_close(page: Page, site: str, residents: Residents):
    page.goto(site + residents.path("W01"))
    answer_all(page, 0)
    expect(page.locator("#q-C55")).to_be_hidden()
    page.locator("#pv").click()
    choose(page, "C50", "1")
    choose(page, "C51", "b96")
    page.locator("#C52-t").fill("没有人")
    page.locator("#nx").click()
    choose(page, "C55", "1")
    page.locator("#C56-t").fill("123")
    page.locator("#sb").click()
    expect(page.locator("#q-C56 > .er")).to_have_text("请填写手机号或带区号的座机")
    page.locator("#C56-t").fill("13800001111")
    page.locator("#sb").click()
    page.wait_for_url("**/thanks")
    assert residents.stored() == 1


def test_an_option_that_stands_alone_clears_the_others(page: Page, site: str, residents: Residents):
    page.goto(site + residents.path("W01"))
    page.evaluate("document.documentElement.className = ''")
    choose(page, "C48", "s1")
    choose(page, "C48", "s0")
    expect(page.locator('[name=C48][value="s1"]')).not_to_be_checked()
    choose(page, "C48", "s2")
    expect(page.locator('[name=C48][value="s0"]')).not_to_be_checked()


def test_a_long_text_is_counted_and_never_cut(page: Page, site: str, residents: Residents):
    page.goto(site + residents.path("B001"))
    answer_all(page)
    counter = page.locator("#A34-h b")
    expect(counter).to_have_text("最多500字")
    page.locator("#A34-t").fill("字𠀀")
    expect(counter).to_have_text("已写2字，还可写498字")
    page.locator("#A34-t").fill("字" * 503)
    expect(counter).to_have_text("超出3字")
    page.locator("#sb").click()
    expect(page.locator("#q-A34 > .er")).to_have_text("不超过500字")
    assert residents.stored("B001") == 0


def test_a_draft_stays_on_the_phone_for_a_day(page: Page, site: str, residents: Residents):
    address = site + residents.path("W01")
    key = "pingyi:" + residents.points["W01"].code
    page.goto(address)
    answer_all(page)
    page.locator("#pv").click()
    choose(page, "C50", "1")
    choose(page, "C51", "b1")
    page.locator("#nx").click()
    choose(page, "C55", "1")
    page.locator("#C56-t").fill("13800001111")
    page.locator("#C54-t").fill("等得久")
    assert "13800001111" not in json.dumps(kept(page))

    page.reload()
    expect(page.locator("#C54-t")).to_have_value("等得久")
    expect(page.locator('[name=C50][value="1"]')).to_be_checked()
    expect(page.locator("#C56-t")).to_have_value("")

    page.evaluate(
        """key => { const d = JSON.parse(localStorage[key]); d.t -= 864e5 + 1;
        localStorage[key] = JSON.stringify(d) }""",
        key,
    )
    page.reload()
    expect(page.locator("#C54-t")).to_have_value("")
    assert key not in kept(page)


def test_the_phones_own_back_goes_one_page_back(page: Page, site: str, residents: Residents):
    page.goto(site + residents.path("B001"))
    page.locator("#go").click()
    answer_page(page)
    page.locator("#nx").click()
    expect(page.locator("#pb")).to_have_attribute("value", "2")
    page.go_back()
    expect(page.locator("#pb")).to_have_attribute("value", "1")
    expect(page.locator('[name=A01][value="resident"]')).to_be_checked()


def test_large_type_is_remembered(page: Page, site: str, residents: Residents):
    page.goto(site + residents.path("W01"))
    page.locator("#big").check(force=True)
    page.goto(site + "/privacy")
    expect(page.locator("#big")).to_be_checked()


def test_everything_works_without_script(browser: Browser, site: str, residents: Residents):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(site + residents.path("W01"))
    receipt = page.locator(".rp b").inner_text()
    choose(page, "C50", "2")
    choose(page, "C51", "b96")
    page.locator("#C54-t").fill("排队久")
    page.locator("#sb").click()

    expect(page.locator("#es")).to_contain_text("题没有答好")
    expect(page.locator("#C52-t")).to_be_visible()
    expect(page.locator("#C54-t")).to_have_value("排队久")
    expect(page.locator(".rp b")).to_have_text(receipt)
    page.locator("#C52-t").fill("没有人")
    for question in page.locator("fieldset.bad:visible").all():
        question.locator("> .s > label").nth(1).click()
    page.locator("#sb").click()
    page.wait_for_url("**/thanks")
    expect(page.locator("#else")).to_be_visible()
    assert residents.stored() == 1
    context.close()


@pytest.mark.parametrize(("has_script", "most"), [(True, 38), (False, 27)])
def test_form_c_takes_few_taps(
    browser: Browser, site: str, residents: Residents, has_script: bool, most: int
):
    context = browser.new_context(
        viewport=PHONE, has_touch=True, is_mobile=True, java_script_enabled=has_script
    )
    page = context.new_page()
    page.goto(site + residents.path("W01"))
    taps = 0
    if has_script:
        page.locator("#go").tap()
        taps += 1
    for screen in page.locator("section:has(.q)").all():
        for question in screen.locator("fieldset.q[data-m]:not([data-r*=C5]):visible").all():
            question.locator("> .s > label").nth(1).tap()
            taps += 1
        if has_script and page.locator("#nx").is_visible():
            page.locator("#nx").tap()
            taps += 1
    page.locator("#sb").tap()
    taps += 1
    page.wait_for_url("**/thanks")

    assert taps <= most
    assert residents.stored() == 1
    context.close()


def test_a_keyboard_is_enough(page: Page, site: str, residents: Residents):
    page.goto(site + residents.path("B001"))
    page.locator("#go").focus()
    page.keyboard.press("Enter")
    page.locator('[name=A01][value="member"]').focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator('[name=A01][value="resident"]')).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator('[name=A02][value="a1"]')).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#pb")).to_have_attribute("value", "2")


SMALL = """least => [...document.querySelectorAll('.s i, .b, .t, .lk a, .es a, #big')]
    .filter(e => e.offsetParent !== null || e.id === 'big')
    .map(e => [e.getBoundingClientRect(), e])
    .filter(([box]) => box.height && Math.min(box.width, box.height) < least - .5)
    .map(([box, e]) => `${e.id || e.className || e.tagName} ${box.width}x${box.height}`)"""
"""What is smaller than a finger needs."""


@pytest.mark.parametrize(("is_large", "least"), [(False, 48), (True, 60)])
def test_targets_are_as_large_as_fingers_need(
    page: Page, site: str, residents: Residents, is_large: bool, least: int
):
    for path in (residents.path("W01"), residents.path("B001"), "/r", "/t", "/"):
        page.goto(site + path)
        page.locator("#big").set_checked(is_large, force=True)
        assert page.evaluate(SMALL, least) == [], path
        if page.locator("#go").count():
            page.locator("#go").click()
            page.locator("#nx").click()
            assert page.evaluate(SMALL, least) == [], "with a list of faults"
            page.evaluate("document.documentElement.className = ''")
            assert page.evaluate(SMALL, least) == [], "every question"
            viewport = page.locator("meta[name=viewport]").get_attribute("content") or ""
            assert "scal" not in viewport.replace("initial-scale=1", ""), "zooming is free"


@pytest.mark.parametrize("width", [320, 390])
def test_nothing_is_wider_than_the_phone(
    browser: Browser, site: str, residents: Residents, width: int
):
    context = browser.new_context(viewport={"width": width, "height": 700})
    page = context.new_page()
    for path in (residents.path("W01"), residents.path("B001") + "?lang=en", "/", "/r", "/privacy"):
        for big in (False, True):
            page.goto(site + path)
            page.locator("#big").set_checked(big, force=True)
            page.evaluate("document.documentElement.className = ''")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, big)
    context.close()
