"""The whole loop by hand: scan, answer, open the box, read the report, close an item."""

import io
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from survey import clock
from survey.accounts import service as accounts
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR
from survey.app import create_app
from survey.campaigns import service as campaigns
from survey.collection import points
from survey.web.platform import EXTENSION, Platform
from tests.conftest import NOW, make_config
from tests.journeys.test_phone import answer_all
from tests.residents import Clock, Residents, open_home
from tests.rounds import page_key

PASSWORD = "shi-ba-li-pu-6"
STAFF = {
    "quban": ("汀若石", Role.DISTRICT_ADMIN, "D0"),
    "danwei": ("泉一言", Role.UNIT_ADMIN, "U01"),
    "chuangkou": ("屿秋岸", Role.WINDOW_MANAGER, "W01"),
    "yanshou": ("荻一声", Role.VERIFIER, "D0"),
}
ANSWERS = 39
NUMBER = re.compile(r"ZG-\d{4}-\d{4}")
DESK = {"width": 1280, "height": 900}


@pytest.fixture
def office(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Residents, str]]:
    """A district with staff and an open round, and the address it is served at."""
    open_home(sqlite_template, tmp_path)
    time = Clock(NOW)
    monkeypatch.setattr(clock, "now", lambda: time.now)
    app = create_app(make_config(f"sqlite:///{tmp_path / 'pingyi.sqlite'}", tmp_path))
    held: Platform = app.extensions[EXTENSION]
    with held.sessions.begin() as session:
        for name, (called, role, place) in STAFF.items():
            accounts.add_account(session, OPERATOR, name, called, role, place, PASSWORD, now=NOW)
        round_ = campaigns.get_round(session, OPERATOR, "R1")
        views = points.list_points(session, OPERATOR, round_)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    residents = Residents(app, app.test_client(), {view.org_id: view for view in views}, time)
    yield residents, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    held.renderer.close()


def test_from_a_scanned_code_to_a_closed_item(
    office: tuple[Residents, str], page: Page, browser: Browser
):
    residents, site = office

    page.goto(site + f"/Q/{residents.points['W01'].code}")
    answer_all(page)
    page.locator("#sb").click()
    page.wait_for_url("**/thanks")
    expect(page.locator("#cd")).not_to_be_empty()
    others_answer(residents)

    desk = sign_in(browser, site, "quban")
    close_the_round(desk, site)
    read_the_report(desk, site)

    desk.goto(f"{site}/console/rectification/?org=W01")
    look(desk)
    number = NUMBER.findall(desk.locator("main").inner_text())[0]
    take_to_closed(browser, site, number)

    desk.goto(f"{site}/console/rectification/{number}")
    expect(desk.locator(".head .st")).to_have_text("已销号")
    look(desk)
    ledger = desk.request.get(f"{site}/console/rectification/ledger.csv")
    assert ledger.ok
    assert number in ledger.body().decode("utf-8-sig")


def others_answer(residents: Residents) -> None:
    """Let other residents answer, who wait too long and say so."""
    for person in range(ANSWERS):
        answered = residents.post("W01", key=page_key(person + 1), C17="2", C18="1", C34="5")
        assert answered.status_code == 303
    assert residents.stored("W01") == ANSWERS + 1


def sign_in(browser: Browser, site: str, name: str) -> Page:
    """Return a page of somebody's own browser, signed in."""
    page = browser.new_context(viewport=DESK).new_page()
    page.goto(f"{site}/console/")
    page.locator("input[name=name]").fill(name)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.locator("nav#nav")).to_be_visible()
    look(page)
    return page


def close_the_round(desk: Page, site: str) -> None:
    desk.goto(f"{site}/console/rounds/R1/close")
    look(desk)
    desk.locator("textarea[name=reason]").fill("票已收齐，双方同意提前启封")
    desk.locator("input[name=is_sure]").check()
    desk.get_by_role("button", name="提前截止并启封").click()
    desk.goto(f"{site}/console/rounds/R1/results/?questionnaire=C_window_sat")
    look(desk)
    desk.goto(f"{site}/console/rounds/R1/results/W01")
    expect(desk.locator("main")).to_contain_text("满意率")
    look(desk)


def read_the_report(desk: Page, site: str) -> None:
    answered = desk.request.get(f"{site}/console/rounds/R1/reports/W01.pdf")
    assert answered.ok
    assert answered.headers["content-type"] == "application/pdf"
    document = pypdfium2.PdfDocument(answered.body())
    assert 3 <= len(document) <= 6
    assert "满意率" in document[0].get_textpage().get_text_range()


def take_to_closed(browser: Browser, site: str, number: str) -> None:
    """Take an item through every hand it must pass."""
    address = f"{site}/console/rectification/{number}"
    unit = sign_in(browser, site, "danwei")
    press(unit, address, "assigned")
    manager = sign_in(browser, site, "chuangkou")
    press(manager, address, "accepted")
    press(manager, address, "in_progress", measures="上午增开两个窗口，叫号屏显示预计等候时间")
    upload(manager, address)
    press(manager, address, "submitted")
    press(unit, address, "unit_checked")
    verifier = sign_in(browser, site, "yanshou")
    press(verifier, address, "verified", note="现场看过，最长等候十二分钟")
    district = sign_in(browser, site, "quban")
    press(district, address, "recheck")
    press(district, address, "recheck", n="20", agree="18", disagree="2", score="85")
    press(district, address, "closed")


def press(page: Page, address: str, to: str, **given: str) -> None:
    """Fill in the form that leads to a state, and send it."""
    page.goto(address)
    form = page.locator(f"form:has(input[name=to][value={to}])").first
    for details in page.locator("details").all():
        details.evaluate("node => { node.open = true }")
    for name, value in given.items():
        form.locator(f"[name={name}]").fill(value)
    form.locator("button").click()
    page.wait_for_load_state()
    assert page.locator(".err").count() == 0, page.locator(".err").first.inner_text()


def upload(page: Page, address: str) -> None:
    """Add a photo of what was done."""
    photo = io.BytesIO()
    Image.new("RGB", (640, 480), "#8fb8bd").save(photo, "JPEG")
    page.goto(address)
    form = page.locator("form[enctype='multipart/form-data']")
    page.locator("details:has(form[enctype='multipart/form-data'])").evaluate(
        "node => { node.open = true }"
    )
    form.locator("select[name=kind]").select_option("after")
    form.locator("input[name=caption]").fill("大厅东侧")
    form.locator("input[type=file]").set_input_files(
        {"name": "after.jpg", "mimeType": "image/jpeg", "buffer": photo.getvalue()}
    )
    form.locator("button").click()
    expect(page.locator("#evidence img")).to_be_visible()


def look(page: Page) -> None:
    """Check the page as people with a screen reader or a keyboard would meet it."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
