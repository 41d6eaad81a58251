"""Rectification in a real browser: each person's minute, at a desk or on a phone, in steps."""

import io
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from sqlalchemy import select
from werkzeug.serving import BaseWSGIServer, make_server

from survey import clock
from survey.accounts import service as accounts
from survey.accounts import sessions
from survey.accounts.models import Account, Role
from survey.accounts.policy import OPERATOR
from survey.app import create_app
from survey.org import service as org
from survey.rectification import evidence, service
from survey.rectification.item import Recheck
from survey.rectification.loading import find
from survey.rectification.states import Source, State
from survey.web.platform import EXTENSION, Platform
from tests.conftest import SAMPLE, make_config
from tests.journeys.conftest import PHONE

DESK = {"width": 1280, "height": 900}
STAFF = {
    "qu": ("汀若石", Role.DISTRICT_ADMIN, "D0"),
    "danwei": ("泉一言", Role.UNIT_ADMIN, "U17"),
    "chuangkou": ("屿秋岸", Role.WINDOW_MANAGER, "W01"),
    "yanshou": ("荻一声", Role.VERIFIER, "D0"),
}
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
WAY = (State.ASSIGNED, State.ACCEPTED, State.IN_PROGRESS, State.SUBMITTED, State.UNIT_CHECKED)


@dataclass
class Office:
    """A served district whose line can be cut, its people and its items by state."""

    app: Flask
    held: Platform
    items: dict[str, list[str]] = field(default_factory=dict)
    port: int = 0
    server: BaseWSGIServer | None = None

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

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/console/rectification/{path}"

    def state_of(self, number: str) -> tuple[str, int]:
        with self.held.sessions() as session:
            row = find(session, OPERATOR, number).row
            return row.state, len(row.evidence)


@pytest.fixture(scope="module")
def office(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One district for all journeys; each works on items of its own."""
    home = Path(tmp_path_factory.mktemp("rectification"))
    (home / "pingyi.sqlite").write_bytes(sqlite_template.read_bytes())
    app = create_app(make_config(f"sqlite:///{home / 'pingyi.sqlite'}", home))
    made, now = Office(app, app.extensions[EXTENSION]), clock.now()
    with made.held.sessions.begin() as session:
        data = (SAMPLE / "organisations.csv").read_bytes()
        org.import_organisations(session, OPERATOR, data, "organisations.csv", now=now)
        for name, (called, role, place) in STAFF.items():
            accounts.add_account(
                session, OPERATOR, name, called, role, place, "qing-shui-he-pan-8", now=now
            )
    for state, count in ((State.ACCEPTED, 1), (State.SUBMITTED, 3), (State.UNIT_CHECKED, 1)):
        made.items[state] = [_stand(made, state, n) for n in range(count)]
    made.restore()
    yield made
    made.cut()
    made.held.renderer.close()
    made.held.engine.dispose()


def _stand(made: Office, state: State, n: int) -> str:
    """Register an item of W01 and take it to `state`."""
    now = clock.now()
    with made.held.sessions.begin() as session:
        item = service.register(
            session, OPERATOR, "W01", source=Source.IPA_Q2, ref="C18",
            problem=f"等候时间合理性得分低且重要性高（{n}）", now=now,
        )  # fmt: skip
        for to in WAY:
            if item.state == state:
                break
            measures = "高峰时段增开窗口" if to is State.IN_PROGRESS else ""
            if to is State.SUBMITTED:
                folder = made.held.config.evidence
                evidence.add_evidence(
                    session, OPERATOR, item.number, PDF, "记录.pdf", folder=folder, now=now
                )
            service.advance(session, OPERATOR, item.number, to, now=now, measures=measures)
        return item.number


class Journey:
    """What a person does on a page, step by step; printed with its time at the end."""

    def __init__(self, context: BrowserContext, name: str) -> None:
        self.page: Page = context.new_page()
        self.name, self.steps, self.begun = name, 0, time.perf_counter()

    def press(self, what: str, *, exact: bool = False, role: str = "button") -> None:
        self.steps += 1
        found = self.page.get_by_role(role, name=what, exact=exact)  # type: ignore[arg-type]
        found.first.click()

    def tick(self, selector: str) -> None:
        self.steps += 1
        self.page.locator(selector).first.click()

    def photo(self, selector: str) -> None:
        self.steps += 1
        out = io.BytesIO()
        Image.new("RGB", (2400, 1600), (90, 120, 60)).save(out, "JPEG")
        file = {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}
        self.page.set_input_files(selector, file)  # type: ignore[arg-type]

    def is_accessible(self) -> None:
        found = Axe().run(self.page).response["violations"]
        assert not [(each["id"], each["nodes"][0]["html"]) for each in found]
        width = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width[0] <= width[1]
        narrow = "[...document.querySelectorAll('.jobs>li>div')].filter(e => e.clientWidth < 150)"
        assert self.page.evaluate(f"{narrow}.length") == 0

    def ends(self) -> None:
        took = time.perf_counter() - self.begun
        print(f"{self.name}: {self.steps} steps, {took:.1f} s in the browser")


@pytest.fixture
def context(
    browser: Browser, office: Office, request: pytest.FixtureRequest
) -> Iterator[BrowserContext]:
    """The browser of the person, screen and scheme that the test names."""
    name, screen, scheme = request.param
    opened = browser.new_context(
        viewport=screen, color_scheme=scheme, locale="zh-CN", bypass_csp=True
    )
    with office.held.sessions.begin() as session:
        account = session.scalars(select(Account).where(Account.name == name)).one()
        token = sessions.start_session(session, account, now=clock.now())
    opened.add_cookies([{"name": "pingyi_s", "value": token, "domain": "127.0.0.1", "path": "/"}])
    yield opened
    opened.close()


@pytest.mark.parametrize("context", [("chuangkou", PHONE, "dark")], indirect=True, ids=["phone"])
def test_an_owner_writes_measures_takes_a_photo_and_asks_to_close(
    context: BrowserContext, office: Office
) -> None:
    [number] = office.items[State.ACCEPTED]
    walk = Journey(context, "owner, phone")
    walk.page.goto(office.address("desk/"))
    walk.is_accessible()
    walk.press("写措施", role="link")
    walk.is_accessible()
    walk.tick('[name="suggested"]')
    walk.press("填写措施")
    expect(walk.page.locator("#camera")).to_be_visible()
    walk.photo("#camera")
    walk.press("传这张照片")
    expect(walk.page.locator(".files img")).to_be_visible()
    walk.press("申请销号", exact=True)
    expect(walk.page.get_by_text("已申请销号").first).to_be_visible()
    assert office.state_of(number) == ("submitted", 1)
    walk.ends()


@pytest.mark.parametrize("context", [("danwei", DESK, "light")], indirect=True, ids=["desk"])
def test_a_unit_passes_many_at_once_after_seeing_the_files(
    context: BrowserContext, office: Office
) -> None:
    numbers = office.items[State.SUBMITTED]
    walk = Journey(context, "unit, desk")
    walk.page.goto(office.address("desk/"))
    walk.is_accessible()
    for number in numbers:
        walk.tick(f'[name="pick"][value^="{number}:"]')
    walk.press("通过勾选的")
    expect(walk.page.get_by_text("3件已审核通过")).to_be_visible()
    assert {office.state_of(number)[0] for number in numbers} == {"unit_checked"}
    walk.ends()


@pytest.mark.parametrize("context", [("yanshou", PHONE, "light")], indirect=True, ids=["phone"])
def test_a_verifier_accepts_without_signal_and_it_is_sent_once(
    context: BrowserContext, office: Office
) -> None:
    [number] = office.items[State.UNIT_CHECKED]
    walk = Journey(context, "verifier, phone")
    walk.page.goto(office.address("field/"))
    expect(walk.page.locator("#ready")).to_contain_text("没有信号也能打开")
    office.cut()
    context.set_offline(True)
    walk.page.goto(office.address(f"field/{number}"))
    walk.is_accessible()
    for name in ("is_solved", "are_measures_done", "has_no_relapse"):
        walk.tick(f'[name="{name}"]')
    walk.steps += 1
    walk.page.fill("#score", "85")
    walk.tick('label:has([value="pass"])')
    walk.photo("#photo1")
    expect(walk.page.locator(".shots img")).to_be_visible()
    walk.press("提交验收")
    expect(walk.page.locator("#state")).to_contain_text("未确认，将自动重试")
    walk.page.reload()
    expect(walk.page.locator("#score")).to_have_value("85")
    office.restore()
    context.set_offline(False)
    walk.page.wait_for_url(f"**/rectification/{number}?done=moved")
    assert office.state_of(number) == ("verified", 2)
    walk.ends()


@pytest.mark.parametrize("context", [("qu", DESK, "dark")], indirect=True, ids=["desk"])
def test_a_district_drills_down_from_the_board_to_one_story(
    context: BrowserContext, office: Office
) -> None:
    walk = Journey(context, "district, desk")
    walk.page.goto(office.address("board/"))
    walk.is_accessible()
    # Bars that run beyond the edge of a phone would all look alike.
    walk.page.set_viewport_size({"width": 390, "height": 844})
    hidden = "tables => tables.map(one => one.offsetWidth - one.parentElement.clientWidth)"
    assert max(walk.page.eval_on_selector_all(".hbars", hidden)) <= 0
    walk.page.set_viewport_size({"width": 1280, "height": 900})
    walk.press("区行政审批局", role="link")
    walk.is_accessible()
    walk.press("等候时间合理性", role="link")
    expect(walk.page.locator(".tl li").last).to_contain_text("挂号")
    walk.ends()


class Keyboard:
    """Somebody who has no mouse: goes from field to field, and hears what each is called."""

    def __init__(self, page: Page) -> None:
        self.page, self.keys = page, 0

    def open(self, address: str) -> None:
        """Go to a page, and past its menus by the link that is there for it."""
        self.page.goto(address)
        self.to(self.page.get_by_role("link", name="跳到正文"), most=1)
        self.press("Enter")

    def press(self, key: str) -> None:
        self.keys += 1
        self.page.keyboard.press(key)

    def to(self, target: Locator, most: int = 40) -> None:
        """Go on with the tabulator until `target` has the focus and shows it."""
        for _ in range(most):
            self.press("Tab")
            if target.evaluate("element => element === document.activeElement"):
                ring = "element => getComputedStyle(element).outlineStyle"
                # Of a file's field the browser draws the ring around the button in it.
                assert target.evaluate(ring) != "none" or target.get_attribute("type") == "file"
                return
        raise AssertionError(f"{most} times Tab do not lead to {target}")

    def write(self, role: Literal["textbox", "spinbutton"], name: str, text: str) -> None:
        self.to(self.page.get_by_role(role, name=name).first)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def take_step(self, name: str, asked: str = "轮到您") -> None:
        """Do what the item asks of this person; the page says that it is done."""
        button = self.page.get_by_role("region", name=asked).get_by_role("button", name=name)
        self.to(button.first)
        self.press("Enter")
        self.page.wait_for_url("**?done=moved")
        expect(self.page.get_by_role("status").first).not_to_be_empty()


def test_an_item_is_taken_to_its_end_without_a_mouse(browser: Browser, office: Office) -> None:
    number, pages = _stand(office, State.NEW, 9), {}
    for name in STAFF:
        context = browser.new_context(viewport=DESK, locale="zh-CN")
        with office.held.sessions.begin() as session:
            account = session.scalars(select(Account).where(Account.name == name)).one()
            token = sessions.start_session(session, account, now=clock.now())
        context.add_cookies(
            [{"name": "pingyi_s", "value": token, "domain": "127.0.0.1", "path": "/"}]
        )
        pages[name] = Keyboard(context.new_page())

    def opened(name: str) -> Keyboard:
        pages[name].open(office.address(number))
        return pages[name]

    begun = time.perf_counter()
    opened("danwei").take_step("分派")
    opened("chuangkou").take_step("受理")
    owner = opened("chuangkou")
    owner.write("textbox", "自己写的措施", "高峰时段增开窗口")
    owner.take_step("填写措施")
    owner = opened("chuangkou")
    owner.to(owner.page.locator("#camera"))
    with owner.page.expect_file_chooser() as chooser:
        owner.press("Space")
    out = io.BytesIO()
    Image.new("RGB", (640, 480), (90, 120, 60)).save(out, "JPEG")
    chooser.value.set_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()})
    owner.to(owner.page.get_by_role("button", name="传这张照片"))
    owner.press("Enter")
    owner.page.wait_for_url("**?done=evidence*")
    opened("chuangkou").take_step("申请销号")
    opened("danwei").take_step("审核通过")
    verifier = opened("yanshou")
    for name in ("问题已按描述解决", "整改措施已落实", "没有反弹", "长效机制已建立"):
        verifier.to(verifier.page.get_by_role("checkbox", name=name))
        verifier.press("Space")
    verifier.write("spinbutton", "验收得分", "90")
    verifier.take_step("验收通过")
    opened("danwei").take_step("发起再评价")
    # Now residents have their say; nobody enters it for them.
    with office.held.sessions.begin() as session:
        said = Recheck(12, 12, 0, 95.0)
        now = clock.now()
        service.advance(session, OPERATOR, number, State.RECHECK, now=now, recheck=said)
    opened("qu").take_step("批准销号", "再评价已达到销号条件")
    assert office.state_of(number)[0] == State.CLOSED.value
    keys = sum(one.keys for one in pages.values())
    print(f"by keyboard: {keys} keys, {time.perf_counter() - begun:.1f} s in the browser")
    for one in pages.values():
        one.page.context.close()
