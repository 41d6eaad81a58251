"""The whole loop by hand, against gunicorn: scan, answer, open the box, close an item."""

import csv
import io
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pypdfium2
import pytest
import zxingcpp
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from survey import clock
from survey.accounts import service as accounts
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR
from survey.rectification import service
from survey.rectification.recheck_counts import Said
from tests.conftest import SAMPLE
from tests.journeys.conftest import PHONE
from tests.journeys.hands import answer_all
from tests.postgresql import free_port
from tests.residents import FORM_TYPE, Clock, Residents, open_home, serve
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
EXPECTED = "the server responded with a status of 422"
DESK = {"width": 1280, "height": 900}


@dataclass
class Office:
    """A district with staff and an open round, served by gunicorn at `site`."""

    site: str
    residents: Residents
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    def sign_in(self, name: str) -> Page:
        """Return a page of somebody's own browser, signed in."""
        page = self.watched(self.browser.new_context(viewport=DESK).new_page())
        page.goto(f"{self.site}/console/")
        look(page)
        page.locator("input[name=name]").fill(name)
        page.locator("input[name=password]").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        expect(page.locator("nav#nav")).to_be_visible()
        look(page)
        return page

    def watched(self, page: Page) -> Page:
        """Note what the browser complains of: scripts that fail, styles that a policy stops."""

        def note(message: ConsoleMessage) -> None:
            if message.type == "error" and EXPECTED not in message.text:
                self.complaints.append(f"{page.url}: {message.text}")

        page.on("console", note)
        return page


@pytest.fixture
def office(sqlite_template: Path, tmp_path: Path, browser: Browser) -> Iterator[Office]:
    """A district with staff and an open round, behind a server as in real use."""
    now = clock.now()
    open_home(sqlite_template, tmp_path, now)
    residents = serve(tmp_path, Clock(now))
    held = residents.platform
    (tmp_path / "secret").write_bytes(held.config.secret_key)
    with held.sessions.begin() as session:
        for name, (called, role, place) in STAFF.items():
            accounts.add_account(session, OPERATOR, name, called, role, place, PASSWORD, now=now)
    with served(tmp_path) as site:
        made = Office(site, residents, browser)
        yield made
    held.engine.dispose()
    assert made.complaints == []


@contextmanager
def served(home: Path) -> Iterator[str]:
    """Serve the data in `home` with gunicorn and yield its address."""
    port = str(free_port())
    site = f"http://127.0.0.1:{port}"
    environ = {"PATH": os.environ["PATH"], "PINGYI_HOME": str(home), "PORT": port}
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "wsgi:app"],
            cwd=SAMPLE.parent,
            env={**environ, "PINGYI_BASE_URL": site},
            stdout=log,
            stderr=log,
        )
        try:
            while not answers(f"{site}/healthz"):
                assert server.poll() is None, (home / "server.log").read_text()
            yield site
        finally:
            server.terminate()
            server.wait(120)
    assert (home / "server.log").read_text() == ""


def answers(url: str) -> bool:
    """Whether anybody answers there within a second."""
    try:
        with urllib.request.urlopen(url, timeout=1):
            return True
    except OSError:
        return False


def test_from_a_scanned_code_to_a_closed_item(office: Office, page: Page):
    desk = office.sign_in("quban")
    address = scan_poster(desk, office)
    answer_with_script(office.watched(page), address)
    answer_without_script(office, address)
    others_answer(office)

    close_the_round(desk, office.site)
    read_the_report(desk, office.site)

    desk.goto(f"{office.site}/console/rectification/?org=W01")
    look(desk)
    number = NUMBER.findall(desk.locator("main").inner_text())[0]
    take_to_closed(office, number)

    desk.goto(f"{office.site}/console/rectification/{number}")
    expect(desk.locator(".head .st")).to_have_text("已销号")
    look(desk)
    check_the_ledger(desk, office.site, number)


def scan_poster(desk: Page, office: Office) -> str:
    """Print the window's poster and return the address that a phone reads off it."""
    point = office.residents.points["W01"]
    desk.goto(f"{office.site}/console/rounds/R1/points/")
    look(desk)
    printed = desk.request.get(f"{office.site}/console/rounds/R1/points/{point.code}.pdf")
    assert printed.ok
    with closing(pypdfium2.PdfDocument(printed.body())) as document:
        [code] = zxingcpp.read_barcodes(document[0].render(scale=2).to_pil())
    assert code.text == f"{office.site}/q/{point.code}".upper()
    return str(code.text)


def answer_with_script(page: Page, address: str) -> None:
    page.goto(address)
    look(page)
    answer_all(page)
    look(page)
    page.locator("#sb").click()
    page.wait_for_url("**/thanks")
    expect(page.locator("#cd")).to_have_text(re.compile(r"^\w{4} \w{4} \w{4}$"))
    look(page)


def answer_without_script(office: Office, address: str) -> None:
    """Answer with script switched off: what was left out is asked for, nothing is lost."""
    context = office.browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = office.watched(context.new_page())
    page.goto(address)
    receipt = page.locator(".rp b").inner_text()
    page.locator("#sb").click()
    expect(page.locator("#es")).to_contain_text("题没有答好")
    for question in page.locator("fieldset.bad:visible").all():
        question.locator("> .s > label").nth(1).click()
    expect(page.locator(".rp b")).to_have_text(receipt)
    page.locator("#sb").click()
    page.wait_for_url("**/thanks")
    expect(page.locator("#else")).to_be_visible()
    assert office.residents.stored("W01") == 2
    context.close()


def others_answer(office: Office) -> None:
    """Let other residents answer, who wait too long and say so."""
    url = office.site + office.residents.path("W01")
    for person in range(ANSWERS):
        changes = {"C17": "2", "C18": "1", "C34": "5"}
        fields = office.residents.fields("W01", key=page_key(person + 1), **changes)
        request = urllib.request.Request(
            url, urlencode(fields).encode(), {"Content-Type": FORM_TYPE}
        )
        with urllib.request.urlopen(request) as response:
            assert urlsplit(response.url).path.endswith("/thanks")
    assert office.residents.stored("W01") == ANSWERS + 2


def close_the_round(desk: Page, site: str) -> None:
    desk.goto(f"{site}/console/rounds/R1/close")
    look(desk)
    desk.locator("textarea[name=reason]").fill("票已收齐，双方同意提前启封")
    desk.locator("input[name=is_sure]").check()
    desk.get_by_role("button", name="提前截止并启封").click()
    expect(desk.locator(".toast")).to_contain_text("启封")
    look(desk)
    desk.goto(f"{site}/console/rounds/R1/results/?questionnaire=C_window_sat")
    look(desk)
    desk.goto(f"{site}/console/rounds/R1/results/W01")
    expect(desk.locator("main")).to_contain_text("满意率")
    look(desk)


def read_the_report(desk: Page, site: str) -> None:
    desk.goto(f"{site}/console/rounds/R1/reports/?q=W01")
    look(desk)
    link = desk.locator("main a[href$='/internal/window/W01.pdf']").get_attribute("href")
    answered = desk.request.get(f"{site}{link}")
    assert answered.ok
    assert answered.headers["content-type"] == "application/pdf"
    with closing(pypdfium2.PdfDocument(answered.body())) as document:
        assert 3 <= len(document) <= 6
        assert "满意率" in document[0].get_textpage().get_text_range()


def take_to_closed(office: Office, number: str) -> None:
    """Take an item through every hand it must pass."""
    address = f"{office.site}/console/rectification/{number}"
    unit = office.sign_in("danwei")
    press(unit, address, "assigned")
    manager = office.sign_in("chuangkou")
    press(manager, address, "accepted")
    press(manager, address, "in_progress", measures="上午增开两个窗口，叫号屏显示预计等候时间")
    upload(manager, address)
    press(manager, address, "submitted")
    press(unit, address, "unit_checked")
    verifier = office.sign_in("yanshou")
    press(verifier, address, "verified", sheet_score="95", note="现场看过，最长等候十二分钟")
    district = office.sign_in("quban")
    press(district, address, "recheck")
    residents_agree(office, number)


def residents_agree(office: Office, number: str) -> None:
    """End the recheck as its window does: enough residents say that it is solved."""
    said = Said(n=20, agree=18, disagree=2, told=20, unsolved=0, points=1_700, suspicions=0)
    with office.residents.platform.sessions.begin() as session:
        service.record_recheck(session, number, said, now=clock.now())


def press(page: Page, address: str, to: str, **given: str) -> None:
    """Fill in the form that leads to a state, and send it."""
    page.goto(address)
    form = page.locator(f"form:has(input[name=to][value={to}])").first
    for details in page.locator("details").all():
        details.evaluate("node => { node.open = true }")
    for tick in form.locator("input[type=checkbox]:not([name=suggested])").all():
        tick.check()
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
    form = page.locator("details form.sends-evidence")
    page.locator("details:has(form.sends-evidence)").evaluate("node => { node.open = true }")
    form.locator("select[name=kind]").select_option("after")
    form.locator("input[name=caption]").fill("大厅东侧")
    form.locator("input[type=file]").set_input_files(
        {"name": "after.jpg", "mimeType": "image/jpeg", "buffer": photo.getvalue()}
    )
    form.get_by_role("button", name="上传").click()
    expect(page.locator("#evidence img")).to_be_visible()


def check_the_ledger(desk: Page, site: str, number: str) -> None:
    desk.goto(f"{site}/console/rectification/?state=closed")
    expect(desk.locator("main table")).to_contain_text(number)
    ledger = desk.request.get(f"{site}/console/rectification/ledger.csv")
    rows = csv.reader(io.StringIO(ledger.body().decode("utf-8-sig")))
    [line] = [row for row in rows if number in row]
    assert any("已销号" in cell for cell in line)
    printed = desk.request.get(f"{site}/console/rectification/ledger.pdf")
    with closing(pypdfium2.PdfDocument(printed.body())) as document:
        words = document[0].get_textpage().get_text_range()
    assert number in re.sub(r"\s", "", words)


def look(page: Page) -> None:
    """Check the page, light and dark, as people with a screen reader or a keyboard meet it."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{page.url} {scheme}\n{found.generate_report()}"
