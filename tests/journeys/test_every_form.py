"""Sixty people by keyboard, pages that are passed over, and proof of work on a phone."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from survey import clock
from survey.web.platform import EXTENSION, Platform
from tests.every_form import EveryForm
from tests.journeys.conftest import PHONE
from tests.journeys.hands import answer_all, answer_page, choose

FOCUSED = """() => { const e = document.activeElement;
    return { id: e.id, type: e.type || '', name: e.name || '',
        done: !!e.name && !!document.querySelector(`[name="${CSS.escape(e.name)}"]:checked`) } }"""


def stored(every_form: EveryForm, code: str) -> int:
    """Return how many answers the box holds for a form."""
    held: Platform = every_form.app.extensions[EXTENSION]
    point = every_form.points[code]
    return held.inbox.counts(point.box_id).get(point.id, 0)


def test_sixty_people_are_judged_by_keyboard_alone(
    page: Page, every_site: str, every_form: EveryForm
):
    before = stored(every_form, "B_member_review")
    page.goto(every_site + every_form.path("B_member_review"))
    warned = False
    for _ in range(400):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at["type"] == "radio" and not at["done"]:
            page.keyboard.press("Space")
        elif at["id"] in ("go", "nx"):
            page.keyboard.press("Enter")
            warned = warned or page.locator("section.on p[role=status]:visible").count() > 0
        elif at["id"] == "sb":
            page.keyboard.press("Enter")
            break
    page.wait_for_url("**/thanks", timeout=60_000)

    assert warned, "all sixty were called excellent: the form says so, and lets it be"
    assert stored(every_form, "B_member_review") == before + 1


def test_a_page_on_which_nothing_is_asked_is_passed_over(
    page: Page, every_site: str, every_form: EveryForm
):
    page.goto(every_site + every_form.path("B_member_review"))
    page.locator("#go").click()
    seen = []
    while page.locator("#nx").is_visible():
        answer_page(page, 1)
        seen.append(page.locator("#pb").get_attribute("value"))
        assert page.locator("section.on .q:visible").count(), "an empty page is shown"
        page.locator("#nx").click()
    assert len(seen) + 1 < int(page.locator("#pb").get_attribute("max") or 0)
    page.locator("#pv").click()
    assert page.locator("section.on .q:visible").count()


def test_with_script_the_work_is_done_while_the_form_is_filled_in(
    page: Page, every_site: str, every_form: EveryForm
):
    before = stored(every_form, "D_service_hcp")
    posts: list[str] = []
    page.on("request", lambda r: posts.append(r.post_data or "") if r.method == "POST" else None)
    page.goto(every_site + every_form.path("D_service_hcp"))
    answer_all(page)
    page.locator("#sb").click()
    page.wait_for_url("**/thanks", timeout=60_000)

    assert "&pow=" in posts[0], "the proof goes along"
    assert len(posts) == 1
    assert stored(every_form, "D_service_hcp") == before + 1


def test_without_script_twenty_seconds_stand_for_the_work(
    browser: Browser, every_site: str, every_form: EveryForm, monkeypatch: pytest.MonkeyPatch
):
    began = clock.now()
    monkeypatch.setattr(clock, "now", lambda: began)
    before = stored(every_form, "D_service_hcp")
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    page.goto(every_site + every_form.path("D_service_hcp"))
    choose(page, "D02", "5")
    page.locator("#sb").click()
    expect(page.locator("#es")).to_contain_text("等20秒再点")
    assert stored(every_form, "D_service_hcp") == before

    monkeypatch.setattr(clock, "now", lambda: began + timedelta(seconds=25))
    expect(page.locator('[name=D02][value="5"]')).to_be_checked()
    page.locator("#sb").click()
    page.wait_for_url("**/thanks")
    assert stored(every_form, "D_service_hcp") == before + 1
    context.close()
