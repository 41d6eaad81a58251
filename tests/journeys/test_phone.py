"""Answering on a phone, with and without script, with and without a connection."""

import contextlib
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from survey.accounts.policy import OPERATOR
from survey.collection import opening
from tests.journeys.conftest import PHONE
from tests.residents import Residents

PORTALS = {
    "page": "<html><title>Welcome</title><body>您的评议已提交 thanks pingyi</body></html>",
    "data": '{"taken": true}',
    "another": '{"word": "0123456789abcdef0123456789abcdef", "taken": true}',
    "refusal": '{"word": "", "taken": false, "final": true, "title": "x", "text": "y"}',
    "nothing": "",
}


CHOOSE = """place => document.querySelectorAll('section.on > fieldset.q').forEach(question => {
    if (question.offsetParent === null) return;
    const labels = question.querySelectorAll(':scope > .s > label');
    labels[Math.min(place, labels.length - 1)].click();
})"""


def answer_page(page: Page, place: int = 1) -> None:
    """Choose the option at `place`, or the last one, for every question that is shown."""
    page.evaluate(CHOOSE, place)


def answer_all(page: Page, place: int = 1) -> None:
    """Go from the cover to the last page, answering everything in between."""
    page.locator("#go").click()
    last = int(page.locator("#pb").get_attribute("max") or 0)
    for number in range(1, last + 1):
        expect(page.locator("#pb")).to_have_attribute("value", str(number))
        answer_page(page, place)
        if number < last:
            page.locator("#nx").click()


def kept(page: Page) -> dict[str, Any]:
    """Return what the phone keeps."""
    return dict(page.evaluate("Object.assign({}, localStorage)"))


def choose(page: Page, item: str, option: str) -> None:
    page.locator(f'input[name="{item}"][value="{option}"]').evaluate("e => e.labels[0].click()")


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


def unsent(page: Page) -> list[dict[str, Any]]:
    """Return the answers that the phone holds for sending."""
    return [json.loads(value) for name, value in kept(page).items() if ":out:" in name]


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barrier_is_found(browser: Browser, site: str, residents: Residents, scheme: Any):
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme=scheme, bypass_csp=True
    )
    page, axe = context.new_page(), Axe()

    def check(name: str) -> None:
        found = axe.run(page).response["violations"]
        assert not found, (name, [(v["id"], v["nodes"][0]["html"]) for v in found])

    for path in ("/", "/?code=1", "/r", "/privacy", "/q/00000000", residents.path() + "/thanks"):
        page.goto(site + path)
        check(path)
    for org_id in ("W01", "B001"):
        page.goto(site + residents.path(org_id))
        check("cover")
        page.locator("#go").click()
        page.locator("#nx").click()
        check("faults")
        page.evaluate(
            """() => { document.documentElement.className = '';
            document.querySelectorAll('.op').forEach(e => { e.checked = true });
            document.querySelectorAll('.gone').forEach(e => e.classList.remove('gone')) }"""
        )
        check("every question")
    context.close()
