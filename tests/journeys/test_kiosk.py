"""A tablet at a counter: one person after the other, and nothing of one is left for the next."""

from playwright.sync_api import Page, expect

from tests.journeys.hands import answer_all
from tests.residents import Residents

KEYS = "Object.keys(localStorage).filter((name) => name.startsWith('pingyi:'))"


def send(page: Page) -> None:
    """Answer everything and hand it in."""
    answer_all(page)
    page.locator("#sb").click()
    page.wait_for_url("**/thanks?to=*")


def chosen(page: Page) -> int:
    """Return how many answers stand in the form."""
    return page.locator("form input:checked").count()


def test_one_person_after_the_other(page: Page, site: str, residents: Residents) -> None:
    page.goto(f"{site}/k/{residents.points['W01'].code}")
    for person in (1, 2):
        assert chosen(page) == 0
        expect(page.locator("#old")).to_be_hidden()
        send(page)
        assert residents.stored() == person
        assert len(page.locator("#cd").inner_text().replace(" ", "")) == 12
        page.click("#kn")
        page.wait_for_url(f"**/k/{residents.points['W01'].code}")

    assert page.evaluate(KEYS) == []
    page.go_back()
    page.wait_for_load_state()
    assert chosen(page) == 0
    assert page.evaluate(KEYS) == []
    assert residents.stored() == 2


def test_who_goes_away_leaves_an_empty_form(page: Page, site: str, residents: Residents) -> None:
    page.clock.install()
    page.goto(f"{site}/k/{residents.points['W01'].code}/assist")
    page.locator("#go").click()
    page.locator("form section.on input").first.evaluate("e => e.click()")
    assert chosen(page) == 1

    page.clock.run_for(91_000)
    expect(page.locator("#ki")).to_be_visible()
    page.locator("#ks").click()
    expect(page.locator("#ki")).to_be_hidden()
    assert chosen(page) == 1

    page.clock.run_for(91_000)
    with page.expect_navigation():
        page.clock.run_for(21_000)
    assert chosen(page) == 0
    assert page.locator("[name=signals]").input_value() == "assisted"
    assert page.evaluate(KEYS) == []
