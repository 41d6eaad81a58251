"""The console in Debian's Chromium: for everybody, on a desk and on a phone, without script."""

import threading
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from werkzeug.serving import make_server

from tests.journeys.conftest import browser_type_launch_args  # noqa: F401 - a fixture
from tests.web.console.conftest import CLOSED, OPEN, PASSWORD

PAGES = (
    "/console/",
    "/console/organisations/",
    "/console/organisations/B070",
    "/console/organisations/import",
    "/console/questionnaires/",
    "/console/rounds/new",
    f"/console/rounds/{OPEN}",
    f"/console/rounds/{OPEN}/close",
    f"/console/rounds/{OPEN}/coverage/",
    f"/console/rounds/{OPEN}/coverage/objects?show=all",
    f"/console/rounds/{OPEN}/points/",
    f"/console/rounds/{OPEN}/paper/",
    f"/console/rounds/{OPEN}/keying/",
    f"/console/rounds/{OPEN}/ballots/",
    "/console/questionnaires/drafts/new",
    f"/console/rounds/{OPEN}/meetings/",
    "/console/inspections/",
    "/console/inspections/assign",
    "/console/reviews/",
    f"/console/rounds/{CLOSED}/results/",
    f"/console/rounds/{CLOSED}/results/W01",
    f"/console/rounds/{CLOSED}/results/B195",
    f"/console/rounds/{CLOSED}/reports/",
    f"/console/rounds/{CLOSED}/publication/",
    "/console/rectification/",
    "/console/rectification/new",
    "/console/accounts/",
    "/console/accounts/new",
    "/console/find?q=B070",
)
# Where every colour there is comes up.
DARK = (
    "/console/",
    "/console/rounds/new",
    f"/console/rounds/{OPEN}/coverage/",
    f"/console/rounds/{CLOSED}/results/W01",
    "/console/rectification/",
)


@pytest.fixture
def address(app):
    """Where the console is served for this test."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def open_(browser, address, as_):
    """Return a function that opens a page of the console as the district office."""
    contexts = []

    def opened(path, **options):
        context = browser.new_context(locale="zh-CN", bypass_csp=True, **options)
        contexts.append(context)
        token = as_("qu").client.get_cookie("pingyi_s").value
        host = urlsplit(address).hostname
        context.add_cookies([{"name": "pingyi_s", "value": token, "domain": host, "path": "/"}])
        page = context.new_page()
        page.goto(address + path)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("scheme", "paths"), [("light", PAGES), ("dark", DARK)])
def test_every_page_can_be_read_and_none_scrolls_sideways(open_, address, scheme, paths):
    page = open_("/console/", color_scheme=scheme, viewport={"width": 1280, "height": 900})
    said = []
    page.on("console", lambda message: said.append(message.text))

    found, wide = {}, {}
    for path in paths:
        page.goto(address + path)
        extra = [beyond_the_edge(page, width) for width in (320, 1280)]
        if any(extra):
            wide[path] = extra
        for details in page.query_selector_all("main details"):
            details.evaluate("element => { element.open = true }")
        violations = Axe().run(page).response["violations"]
        if violations:
            found[path] = [(v["id"], v["nodes"][0]["html"][:120]) for v in violations]

    assert not found
    assert not wide
    assert not said


def beyond_the_edge(page, width):
    """Return how many pixels a page scrolls sideways in a window of this width."""
    page.set_viewport_size({"width": width, "height": 900})
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


def test_everything_is_done_without_script(browser, address):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{address}/console/rectification/new")
    page.fill("#name", "danwei")
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.fill("#problem", "高峰时段等候时间长")
    page.fill("#org_id", "W01")
    page.click("main button")
    page.get_by_role("button", name="分派", exact=True).click()

    assert page.get_by_text("现在轮到", exact=False).count() or page.get_by_text("轮到您").count()
    assert "待受理" in page.locator("main .st").first.inner_text()
    page.locator("nav.side").get_by_role("button", name="退出").click()
    assert page.url.endswith("/console/sign-in")
    context.close()


def test_the_keyboard_reaches_the_page_and_shows_where_it_is(open_):
    page = open_("/console/", viewport={"width": 1280, "height": 800})

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    inside = "document.querySelector('main').contains(document.activeElement)"
    assert page.evaluate(inside)
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(outline) == "solid"


def test_no_bar_of_the_first_page_stays_white_in_the_dark(open_):
    page = open_("/console/", color_scheme="dark")

    fills = page.eval_on_selector_all(
        "main table rect, main .key rect", "all => all.map(one => getComputedStyle(one).fill)"
    )

    assert fills
    assert "rgb(255, 255, 255)" not in fills


@pytest.mark.parametrize("path", ["/console/", "/console/rectification/"])
def test_a_phone_shows_deadlines_without_swiping(open_, path):
    page = open_(path, viewport={"width": 390, "height": 800})

    hidden = page.eval_on_selector_all(
        "main .scroll", "all => all.map(one => one.scrollWidth - one.clientWidth)"
    )

    assert hidden
    assert max(hidden) <= 0
