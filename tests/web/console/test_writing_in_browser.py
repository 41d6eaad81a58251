"""A browser writes a questionnaire and keys a ballot: what the scripts add, by keyboard."""

from tests.journeys.conftest import browser_type_launch_args  # noqa: F401 - a fixture
from tests.web.console.test_in_browser import address, open_  # noqa: F401 - fixtures

OPEN = "R2026Q3"


def test_what_is_typed_is_saved_and_shown_on_the_phone(open_):  # noqa: F811
    page = open_("/console/questionnaires/drafts/new")
    page.check('input[value="template:A_branch_mass"]')
    page.click("form.sheet button.pri")
    page.click("#i1-0")
    page.wait_for_selector('[name="label.zh"]')
    page.fill('[name="label.zh"]', "改了的题目")
    page.frame_locator("#phone").get_by_text("改了的题目").first.wait_for()


def test_an_item_moves_by_keyboard_twice_running_and_after_a_save(open_):  # noqa: F811
    page = open_("/console/questionnaires/drafts/new")
    page.check('input[value="template:A_branch_mass"]')
    page.click("form.sheet button.pri")
    page.click("#i1-0")
    page.fill('[name="label.zh"]', "改了的题目")
    page.wait_for_url("**?at=1-0")
    # Pressed at once, before what was typed has been saved, and again when the phone has followed.
    for place in (1, 2):
        page.keyboard.press("Alt+ArrowDown")
        page.wait_for_url(f"**?at=1-{place}")
        page.frame_locator(f'#phone[src*="at=1-{place}"]').get_by_text(
            "改了的题目"
        ).first.wait_for()
    page.keyboard.press("Alt+ArrowUp")
    page.wait_for_url("**?at=1-1")
    assert page.locator("#i1-1").inner_text().startswith("改了的题目")


def test_a_ballot_is_keyed_with_digits_alone(open_, address):  # noqa: F811
    page = open_(f"/console/rounds/{OPEN}/ballots/")
    mark = page.locator("td.code").first.inner_text()
    page.goto(f"{address}/console/rounds/{OPEN}/keying/")
    page.fill("#label", "1")
    page.fill("#issued", "2")
    page.fill("#returned", "2")
    page.click("main button.pri")
    page.fill("#mark", mark)
    page.click(".ask button.pri")
    page.wait_for_selector("#keys")
    page.keyboard.type("2" + "1" * 12)
    page.keyboard.type("135")
    for _ in range(5):
        page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_url("**/keying/*/2")
