"""A checklist without signal, in a real browser: nothing lost, nothing sent twice."""

import io
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import func, select
from werkzeug.serving import BaseWSGIServer, make_server

from survey import clock
from survey.accounts.models import ConsoleSession
from survey.campaigns.models import Round
from survey.inspections.models import Inspection, InspectionPhoto
from tests.journeys.conftest import PHONE
from tests.web.console.inspectors import Office, open_office

POINT = "环境整洁，无烟（3分）"


@dataclass
class Line:
    """The way to the server, which a test can cut."""

    app: Flask
    port: int = 0
    server: BaseWSGIServer | None = field(default=None)

    def restore(self) -> None:
        """Serve, at the same address as before."""
        self.server = make_server("127.0.0.1", self.port, self.app, threaded=True)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def cut(self) -> None:
        """Answer nobody any more."""
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None


@pytest.fixture
def office(sqlite_template: Path, tmp_path: Path) -> Iterator[Office]:
    """The district with its inspectors."""
    made = open_office(sqlite_template, tmp_path)
    yield made
    made.held.renderer.close()
    made.held.engine.dispose()


@pytest.fixture
def line(office: Office) -> Iterator[Line]:
    """A line that works until it is cut."""
    made = Line(office.app)
    made.restore()
    yield made
    made.cut()


@pytest.fixture
def phone(browser: Browser, office: Office, line: Line) -> Iterator[BrowserContext]:
    """The phone of the first inspector, signed in."""
    context = browser.new_context(viewport=PHONE, locale="zh-CN", bypass_csp=True)
    sign_in(context, office, "jian1")
    yield context
    context.close()


def sign_in(context: BrowserContext, office: Office, name: str) -> None:
    token = office.cookie(name)
    context.add_cookies([{"name": "pingyi_s", "value": token, "domain": "127.0.0.1", "path": "/"}])


def opened(phone: BrowserContext) -> Page:
    page = phone.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    return page


def fill_in(page: Page) -> None:
    """Everything is met but smoking, of which there is a photograph."""
    page.evaluate(
        """() => {
          document.querySelectorAll('[data-kind=select_one]').forEach((q) => {
            const wanted = { E01: 'onsite', E14: '0', E90: '0', E94: '1' }[q.dataset.q] || '2';
            q.querySelector(`input[value="${wanted}"]`).click();
          });
        }"""
    )
    page.click("#send")
    expect(page.locator("#faults li")).to_have_text([POINT + "：问题描述", "要求整改期限"])
    expect(page.locator("#left")).to_have_text("还有2项要填")
    page.fill("#f-E14_d", "地面有烟头")
    expect(page.locator("#q-E14_d.bad")).to_have_count(0)
    page.fill("#f-E92", f"{clock.now() + timedelta(days=30):%Y-%m-%d}")
    expect(page.locator("#left")).to_have_text("都填好了")
    out = io.BytesIO()
    Image.new("RGB", (3000, 2000), (120, 60, 30)).save(out, "JPEG")
    page.set_input_files(
        "#f-E14_p", {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}
    )
    expect(page.locator("#q-E14_p .shots img")).to_be_visible()


def stored(office: Office, table: type = Inspection) -> int:
    with office.held.sessions() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_without_signal_everything_is_kept_and_sent_once(
    phone: BrowserContext, office: Office, line: Line
) -> None:
    home = f"http://127.0.0.1:{line.port}/console/inspections/mine/"
    path = f"{home}{office.tasks['W01']}"
    page = opened(phone)
    page.goto(home)
    expect(page.locator("#ready")).to_contain_text("已备好2份")

    line.cut()
    phone.set_offline(True)
    page.goto(path)
    fill_in(page)
    expect(page.locator("[data-v=E_score]")).to_have_text("97")
    assert not Axe().run(page).response["violations"]
    expect(page.locator("#q-E14_d")).to_be_visible()
    expect(page.locator("#q-E11_d")).to_be_hidden()
    expect(page.locator("#state")).to_have_text("已存在这台手机里")

    page.reload()
    expect(page.locator("#f-E14_d")).to_have_value("地面有烟头")
    expect(page.locator("#q-E14_p .shots img")).to_be_visible()
    page.click("#send")
    expect(page.locator("#state")).to_contain_text("未确认，将自动重试")
    page.goto(home)
    expect(page.locator("#kept")).to_contain_text("便民服务中心综合窗口")
    assert stored(office) == 0

    other = opened(phone)
    other.goto(path)
    line.restore()
    phone.set_offline(False)
    expect(page.locator("#kept")).to_be_hidden()
    expect(page.get_by_text("等同伴确认")).to_be_visible()
    other.goto(path)
    expect(other.get_by_text("这份检查表已经收到")).to_be_visible()

    assert (stored(office), stored(office, InspectionPhoto)) == (1, 1)
    with office.held.sessions() as session:
        found = session.scalars(select(Inspection)).one()
        assert (found.answers["E14_d"], found.score) == ("地面有烟头", 97.0)
        photo = session.scalars(select(InspectionPhoto)).one()
        assert found.answers["E14_p"] == photo.digest
        data = (office.held.config.evidence / photo.digest[:2] / photo.digest).read_bytes()
    assert max(Image.open(io.BytesIO(data)).size) == 1600


def test_signed_out_meanwhile_the_phone_asks_to_sign_in_and_keeps_everything(
    phone: BrowserContext, office: Office, line: Line
) -> None:
    path = f"http://127.0.0.1:{line.port}/console/inspections/mine/{office.tasks['W01']}"
    page = opened(phone)
    page.goto(path)
    fill_in(page)
    with office.held.sessions.begin() as session:
        session.query(ConsoleSession).delete()

    page.click("#send")
    expect(page.locator("#state")).to_contain_text("登录已过期")
    expect(page.locator("#state a")).to_have_attribute("href", re.compile("/console/sign-in"))
    assert stored(office) == 0

    sign_in(phone, office, "jian2")
    page.reload()
    sign_in(phone, office, "jian1")
    page.goto(path)
    page.wait_for_url("**/console/inspections/*?done=handed")
    assert stored(office) == 1


def test_what_the_server_will_not_take_stays_on_the_phone_with_the_reason(
    phone: BrowserContext, office: Office, line: Line
) -> None:
    path = f"http://127.0.0.1:{line.port}/console/inspections/mine/{office.tasks['W01']}"
    page = opened(phone)
    page.goto(path)
    page.click("#send")
    expect(page.locator("#faults")).to_be_focused()
    expect(page.locator("#faults li")).to_have_count(24)
    fill_in(page)
    with office.held.sessions.begin() as session:
        session.scalars(select(Round)).one().state = "published"

    page.click("#send")
    expect(page.locator("#faults")).to_contain_text("这一轮的结果已经定了")
    page.goto(f"http://127.0.0.1:{line.port}/console/inspections/mine/")
    expect(page.locator("#kept")).to_contain_text("没有收下")
    page.click("#kept button")
    expect(page.locator("#kept")).to_be_hidden()
