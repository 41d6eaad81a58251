"""No barrier on any page of residents: axe on every form and every page around them."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from survey import clock
from tests.every_form import PLACES, EveryForm
from tests.journeys.conftest import PHONE
from tests.journeys.hands import answer_all
from tests.residents import Residents

EVERYTHING = """() => { document.documentElement.className = '';
    document.querySelectorAll('.op').forEach(e => { e.checked = true });
    document.querySelectorAll('.gone').forEach(e => e.classList.remove('gone')) }"""

Check = Callable[[Page, str], None]


@pytest.fixture(scope="module")
def check() -> Check:
    """Runs axe on a page and fails on anything it finds."""
    axe = Axe()

    def run(page: Page, name: str) -> None:
        found = axe.run(page).response["violations"]
        assert not found, (name, [(v["id"], v["nodes"][0]["html"]) for v in found])

    return run


@pytest.fixture(scope="module")
def shown(browser: Browser) -> Iterator[BrowserContext]:
    """A phone into which axe can be loaded."""
    context = browser.new_context(viewport=PHONE, bypass_csp=True)
    yield context
    context.close()


@pytest.mark.parametrize("code", sorted(PLACES))
def test_forms(
    shown: BrowserContext, every_site: str, every_form: EveryForm, check: Check, code: str
) -> None:
    page = shown.new_page()
    page.goto(every_site + every_form.path(code))
    page.locator("#go").click()
    page.locator("#nx:visible, #sb:visible").click()
    check(page, "first page, perhaps with faults")
    if code == "B_member_review":
        # The cover is that of the other forms, and sixty people of one kind teach axe nothing.
        page.locator("section.on label").first.click()
        page.locator("#nx").click()
        page.locator("#big").check(force=True)
        check(page, "six people in large type")
    else:
        page.evaluate(EVERYTHING)
        check(page, "every question")
    page.close()


@pytest.mark.parametrize("code", ["C_window_sat", "F_open_consult"])
def test_dark_forms(
    browser: Browser, every_site: str, every_form: EveryForm, check: Check, code: str
) -> None:
    context = browser.new_context(viewport=PHONE, color_scheme="dark", bypass_csp=True)
    page = context.new_page()
    page.goto(every_site + every_form.path(code))
    page.locator("#go").click()
    page.locator("#nx").click()
    page.evaluate(EVERYTHING)
    check(page, "every question, some with faults")
    page.goto(f"{every_site}/r")
    check(page, "receipt")
    context.close()


def test_pages_around_the_forms(
    shown: BrowserContext, site: str, residents: Residents, check: Check
) -> None:
    page = shown.new_page()
    code = residents.points["W01"].code
    around = ("/", "/?code=1", "/?lang=en", "/r", "/privacy", "/q/00000000", "/t")
    for path in (*around, f"/q/{code}/thanks", f"/k/{code}", f"/k/{code}/assist"):
        page.goto(site + path)
        check(page, path)
    page.goto(f"{site}/t")
    page.locator("#ticket").fill("0000 0000 0000 0000")
    page.locator("form button").click()
    check(page, "a slip that is not known")
    page.goto(f"{site}/k/{code}")
    answer_all(page)
    page.locator("#sb").click()
    page.wait_for_url("**/thanks?to=*")
    check(page, "thanks at a counter")
    page.goto(f"{site}/q/{code}")
    answer_all(page)
    page.locator("#sb").click()
    page.wait_for_url("**/thanks")
    page.locator("#sv").click()
    check(page, "thanks")
    page.goto(f"{site}/r")
    page.locator("form button").click()
    page.locator("#ans b").wait_for()
    check(page, "a receipt before the box is opened")
    residents.clock.now = clock.now() + timedelta(days=9)
    page.goto(f"{site}/q/{code}")
    check(page, "closed")
    page.close()
