"""What a person does with a form on a phone, for journeys of all kinds."""

from typing import Any

from playwright.sync_api import Page, expect

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
    bar, at = page.locator("#pb"), "0"
    page.locator("#go").click()
    while True:
        expect(bar).not_to_have_attribute("value", at)
        at = bar.get_attribute("value") or ""
        answer_page(page, place)
        if at == bar.get_attribute("max"):
            return
        page.locator("#nx").click()


def kept(page: Page) -> dict[str, Any]:
    """Return what the phone keeps."""
    return dict(page.evaluate("Object.assign({}, localStorage)"))


def choose(page: Page, item: str, option: str) -> None:
    page.locator(f'input[name="{item}"][value="{option}"]').evaluate("e => e.labels[0].click()")
