"""Minutes of those who put things right and of residents: steps, seconds, on a phone and at a desk.

Scripted people do in Chromium what an office asks of them. Steps are touches or clicks, fields that
are written in, and pages; seconds are reckoned as in `bench taps`, with what is written at the pace
of `WRITING`, and to them comes what phone and server took, which is measured. Somebody reads what
stands where they act, not the whole page.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from defusedxml import ElementTree
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from bench.browser import PHONE, chromium
from bench.journey_world import OWNER, World, old_ledger, picture, world_of
from bench.served import served
from bench.taps import PACES, Pace
from survey.rectification.states import State
from survey.web.public.item_poster import short_address

DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
SCREENS: dict[str, dict[str, Any]] = {"phone": PHONE, "desk": DESK}
CONSOLE = "/console/rectification"
WRITING = {"brisk": 0.8, "unhurried": 1.6}
"""Seconds for each sign that is written, by Pinyin and choosing, on glass or keys alike."""
PATIENCE = 30_000
ATOM = "{http://www.w3.org/2005/Atom}"
JPEG = b"\xff\xd8"
CHOOSE = """place => document.querySelectorAll('section.on > fieldset.q').forEach(question => {
    if (question.offsetParent === null) return;
    const labels = question.querySelectorAll(':scope > .s > label');
    labels[Math.min(place, labels.length - 1)].click();
})"""


@dataclass
class Walk:
    """What a person has done so far on `page`; `waited` is what phone and server took."""

    page: Page
    world: World
    taps: int = 0
    fields: int = 0
    written: int = 0
    pages: int = 0
    swipes: int = 0
    decisions: int = 0
    waited: float = 0.0
    read: set[str] = field(default_factory=set)

    @property
    def steps(self) -> int:
        """Everything that a hand does: touches and fields."""
        return self.taps + self.fields

    @property
    def width(self) -> int:
        """How wide the screen is."""
        size = self.page.viewport_size
        return size["width"] if size else 0

    @property
    def signs(self) -> int:
        """How many signs were read, each line once."""
        return sum(map(len, self.read))

    def seconds(self, pace: Pace) -> float:
        """Return the seconds that all this takes at a pace."""
        hands = self.steps * pace.tap + self.swipes * pace.swipe
        return (
            self.signs / pace.signs
            + self.decisions * pace.decide
            + hands
            + self.written * WRITING[pace.name]
            + self.waited
        )

    def open(self, path: str) -> None:
        """Go to a page, as by a bookmark or a code."""
        begun = time.perf_counter()
        self.page.goto(self.world.address(path))
        self.waited += time.perf_counter() - begun
        self.pages += 1

    def look(self, selector: str) -> None:
        """Read what stands there, and decide on it."""
        text = self.page.locator(selector).first.inner_text()
        self.read.update(line.strip() for line in text.splitlines() if line.strip())
        self.decisions += 1

    def press(self, target: Locator) -> None:
        """Move something into reach and touch it."""
        self._reach(target)
        target.click()
        self.taps += 1

    def lead(self, target: Locator) -> None:
        """Touch what leads to another page, and wait for that."""
        self._reach(target)
        begun = time.perf_counter()
        with self.page.expect_navigation(wait_until="load"):
            target.click()
        self.waited += time.perf_counter() - begun
        self.taps += 1
        self.pages += 1

    def write(self, selector: str, text: str) -> None:
        """Write in a field."""
        target = self.page.locator(selector).first
        self._reach(target)
        target.fill(text)
        self.fields += 1
        self.written += len(text)

    def choose(self, selector: str, value: str) -> None:
        """Choose from a list: a touch for the list, one for the line."""
        target = self.page.locator(selector).first
        self._reach(target)
        target.select_option(value)
        self.taps += 2

    def attach(self, selector: str, data: bytes) -> None:
        """Take a photograph or choose a file: a touch for the button, two in what it opens."""
        target = self.page.locator(selector).first
        self._reach(target)
        kind = ("IMG.jpg", "image/jpeg") if data[:2] == JPEG else ("台账.csv", "text/csv")
        target.set_input_files({"name": kind[0], "mimeType": kind[1], "buffer": data})
        self.taps += 3

    def wait(self, selector: str, text: str = "") -> None:
        """Wait until something shows, and count the time."""
        begun = time.perf_counter()
        found = self.page.locator(selector).first
        if text:
            expect(found).to_contain_text(text, timeout=PATIENCE)
        else:
            expect(found).to_be_visible(timeout=PATIENCE)
        self.waited += time.perf_counter() - begun

    def button(self, name: str, *, exact: bool = False) -> Locator:
        """Return the first button of that name."""
        return self.page.get_by_role("button", name=name, exact=exact).first

    def link(self, name: str) -> Locator:
        """Return the first link of that name."""
        return self.page.get_by_role("link", name=name).first

    def _reach(self, target: Locator) -> None:
        box, height = target.bounding_box(), self.page.viewport_size or {"height": 844}
        if box is not None and not 0 <= box["y"] <= height["height"] - box["height"]:
            away = abs(box["y"] + box["height"] / 2 - height["height"] / 2)
            self.swipes += max(1, round(away / height["height"]))
            target.scroll_into_view_if_needed()


@dataclass(frozen=True)
class Journey:
    """A minute of somebody: who is signed in (nobody, where empty), and what they do.

    `target` is how many seconds it may take, as the tasks of our users were written down.
    """

    name: str
    who: str
    steps: Callable[[Walk], None]
    target: int
    screens: tuple[str, ...] = ("phone", "desk")


def measure() -> None:
    """Print steps and seconds of each journey on each screen."""
    row = (
        "| {:<34} | {:<5} | {:>5} | {:>5} | {:>7} | {:>5} | {:>6} | {:>5} | {:>7} | {:>9} | {:>6} |"
    )
    heads = (
        "journey", "on", "steps", "pages", "written", "swipe", "read", "ours", "brisk", "unhurried",
        "target",
    )  # fmt: skip
    with served() as platform, world_of(platform) as world, chromium() as browser:
        print(f"journeys, load {os.getloadavg()[0]:.1f}")
        print(row.format(*heads))
        print("|" + "---|" * len(heads))
        for journey in JOURNEYS:
            for screen in journey.screens:
                walk = walked(browser, world, journey, screen)
                seconds = [f"{walk.seconds(pace):.0f} s" for pace in PACES]
                counts = (walk.steps, walk.pages, walk.written, walk.swipes, walk.signs)
                ours = f"{walk.waited:.1f} s"
                line = (journey.name, screen, *counts, ours, *seconds, f"{journey.target} s")
                print(row.format(*line), flush=True)


def walked(browser: Browser, world: World, journey: Journey, screen: str) -> Walk:
    """Walk a journey from the beginning in a browser of its own."""
    context: BrowserContext = browser.new_context(locale="zh-CN", **SCREENS[screen])
    if journey.who:
        token = world.cookies[journey.who]
        context.add_cookies([{"name": "pingyi_s", "value": token, "url": world.platform.base_url}])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    walk = Walk(page, world)
    journey.steps(walk)
    context.close()
    return walk


def _is_now(walk: Walk, number: str, state: State) -> None:
    if walk.world.state_of(number) != state:
        raise RuntimeError(f"{number} is {walk.world.state_of(number)}, not {state}")


def _put_right(walk: Walk) -> None:
    """Fill in measures, take a photograph, ask to close."""
    number = walk.world.items[State.ACCEPTED].pop()
    walk.open(f"{CONSOLE}/desk/")
    walk.look(f"li:has-text('{number}')")
    walk.lead(walk.page.locator(f"li:has-text('{number}') a.btn"))
    walk.look("#ask")
    walk.press(walk.page.locator('[name="suggested"]').first)
    walk.lead(walk.button("填写措施"))
    walk.attach("#camera", picture(len(number) + walk.taps))
    walk.look("form.camera")
    walk.press(walk.button("传这张照片"))
    walk.wait(".files img")
    walk.look("#ask")
    walk.lead(walk.button("申请销号", exact=True))
    _is_now(walk, number, State.SUBMITTED)


def _pass_many(walk: Walk) -> None:
    """Pass three after seeing their pictures."""
    numbers = [walk.world.items[State.SUBMITTED].pop() for _ in range(3)]
    walk.open(f"{CONSOLE}/desk/")
    for number in numbers:
        walk.look(f"#check li:has-text('{number}')")
        walk.press(walk.page.locator(f"#check li:has-text('{number}') label.box-in"))
    walk.lead(walk.button("通过勾选的"))
    _is_now(walk, numbers[0], State.UNIT_CHECKED)


def _send_back(walk: Walk) -> None:
    """Send one back with a reason."""
    number = walk.world.items[State.SUBMITTED].pop()
    walk.open(f"{CONSOLE}/desk/")
    walk.look(f"#check li:has-text('{number}')")
    walk.lead(walk.page.locator(f"#check li:has-text('{number}') a.btn"))
    walk.look("#ask")
    fold = walk.page.locator("#form-move-in_progress")
    walk.press(fold.locator("summary"))
    walk.write("#form-move-in_progress [name=note]", "照片看不出改了什么")
    walk.lead(fold.locator("form button"))
    _is_now(walk, number, State.IN_PROGRESS)


def _accept(walk: Walk) -> None:
    """Accept on the spot: fill in without signal, sent by itself when there is one again."""
    number = walk.world.items[State.UNIT_CHECKED].pop()
    walk.open(f"{CONSOLE}/field/")
    walk.wait("#ready", "没有信号也能打开")
    walk.look(f"li:has-text('{number}')")
    walk.lead(walk.page.locator(f"li:has-text('{number}') a.btn"))
    walk.page.context.set_offline(True)
    walk.look("form.field")
    for name in ("is_solved", "are_measures_done", "has_no_relapse"):
        walk.press(walk.page.locator(f'label:has([name="{name}"])'))
    walk.write("#score", "85")
    walk.press(walk.page.locator('label:has([value="pass"])'))
    walk.attach("#photo1", picture(3))
    expect(walk.page.locator(".shots img")).to_be_visible()
    walk.press(walk.button("提交验收"))
    expect(walk.page.locator("#state")).to_contain_text("未确认", timeout=PATIENCE)
    walk.page.context.set_offline(False)
    begun = time.perf_counter()
    walk.page.wait_for_url(f"**/rectification/{number}?done=moved")
    walk.waited += time.perf_counter() - begun
    _is_now(walk, number, State.VERIFIED)


def _close(walk: Walk) -> None:
    """Close what was accepted."""
    number = walk.world.items[State.VERIFIED].pop()
    walk.open(f"{CONSOLE}/desk/")
    walk.look(f"#close li:has-text('{number}')")
    walk.lead(walk.page.locator(f"#close li:has-text('{number}') a.btn"))
    walk.look("#ask")
    walk.lead(walk.button("批准销号"))
    _is_now(walk, number, State.CLOSED)


def _drill_down(walk: Walk) -> None:
    """See where things lie about, and read the story of one item."""
    walk.open(f"{CONSOLE}/board/")
    walk.look(".head")
    walk.look(".stats")
    walk.lead(walk.page.locator("table.pile tbody th a", has_text="区行政审批局"))
    walk.look("tbody tr")
    walk.lead(walk.page.locator("tbody th a").first)
    walk.look(".head")
    walk.look(".tl")


def _search(walk: Walk) -> None:
    """Find items by a word and a state, keep the view, take the list along."""
    # What is kept once is not offered again, so each screen looks for a word of its own.
    word = "电话" if walk.width == DESK["viewport"]["width"] else "叫号"
    walk.open(f"{CONSOLE}/")
    walk.look(".head")
    walk.write("#q", word)
    walk.choose("#state", "b")
    walk.lead(walk.button("查找", exact=True))
    walk.look("tbody")
    walk.write("#view-name", f"{word}在办")
    walk.lead(walk.button("存视图"))
    walk.press(walk.page.locator("details.menu-box:has-text('导出') summary"))
    begun = time.perf_counter()
    with walk.page.expect_download() as download:
        walk.press(walk.page.locator("a[href*='ledger.xlsx']"))
    download.value.path()
    walk.waited += time.perf_counter() - begun


def _follow(walk: Walk) -> None:
    """Scan the code on the notice board and read how far one item has come."""
    short = short_address(walk.world.platform.base_url, walk.world.judged[0])
    walk.open(urlsplit(short).path)
    walk.look("main")


def _from_feed(walk: Walk) -> None:
    """Read the newest entry in a reader of feeds, and go on to the page it leads to."""
    begun = time.perf_counter()
    feed = ElementTree.fromstring(walk.page.request.get(walk.world.address("/items.atom")).body())
    walk.waited += time.perf_counter() - begun
    entry = feed.find(f"{ATOM}entry")
    for name in ("title", "summary"):
        walk.read.update(entry.findtext(f"{ATOM}{name}").splitlines())
    walk.decisions += 1
    walk.taps += 1
    walk.open(urlsplit(entry.find(f"{ATOM}link").get("href")).path)
    walk.look("main")


def _import_again(walk: Walk) -> None:
    """Have an old ledger read, mend in Excel what it names, and take it over.

    What is done in Excel is two cells, reckoned as two fields; the program around them is not ours.
    """
    screen = walk.width
    walk.open(f"{CONSOLE}/import/")
    walk.look("form.sheet")
    walk.attach("#file", old_ledger(screen, ("听说的", "九月二日")))
    walk.lead(walk.button("读一读"))
    walk.look("main table")
    walk.fields, walk.written = walk.fields + 2, walk.written + len("差评2026-09-02")
    walk.attach("#file", old_ledger(screen, ("差评", "2026-09-02")))
    walk.lead(walk.button("读一读"))
    walk.look("main table")
    walk.lead(walk.button("核对无误"))
    expect(walk.page.locator("tbody")).to_contain_text(f"路灯不亮{screen}", timeout=PATIENCE)


def _by_receipt(walk: Walk) -> None:
    """Judge with the receipt of an answer that was counted."""
    code, receipt = walk.world.receipts.pop()
    walk.open("/r")
    walk.look("form")
    walk.write("#code", code)
    walk.write("#receipt", receipt)
    walk.press(walk.page.locator("form.f button").first)
    walk.wait("#ans", "已经计入")
    walk.look("#ans")
    walk.lead(walk.page.locator("#ans form button").first)
    _judge(walk)


def _by_ticket(walk: Walk) -> None:
    """Judge with a slip whose code was scanned."""
    walk.open(f"/t#{walk.world.tickets.pop()}")
    walk.wait("#go")
    _judge(walk)


def _by_poster(walk: Walk) -> None:
    """Judge by the code on a poster."""
    walk.open(f"/q/{walk.world.codes[walk.world.judged[0]]}")
    _judge(walk)


def _judge(walk: Walk) -> None:
    """Fill in form H: solved, content, agreed."""
    walk.look("section.on")
    walk.press(walk.page.locator("#go"))
    bar = walk.page.locator("#pb")
    while True:
        walk.look("section.on")
        walk.taps += walk.page.locator("section.on > fieldset.q:visible").count()
        walk.page.evaluate(CHOOSE, 0)
        at, last = bar.get_attribute("value"), bar.get_attribute("max")
        if at == last:
            break
        walk.press(walk.page.locator("#nx"))
        expect(bar).not_to_have_attribute("value", at or "")
    begun = time.perf_counter()
    walk.press(walk.page.locator("#sb"))
    walk.page.wait_for_url("**/thanks", timeout=PATIENCE)
    walk.waited += time.perf_counter() - begun
    walk.pages += 1


JOURNEYS = (
    Journey("owner: measures, photo, ask to close", OWNER, _put_right, 180),
    Journey("unit: pass three at once", "zhengwu", _pass_many, 60),
    Journey("unit: send one back with a reason", "zhengwu", _send_back, 60),
    Journey("verifier: accept without signal", "yanshou", _accept, 60),
    Journey("district: close one", "quban", _close, 60),
    Journey("district: board to one story", "quban", _drill_down, 60),
    Journey("district: search, view, Excel", "quban", _search, 60),
    Journey("district: old ledger, mended, taken", "quban", _import_again, 120, ("desk",)),
    Journey("resident: how far is this", "", _follow, 30),
    Journey("resident: from the feed to an item", "", _from_feed, 60, ("phone",)),
    Journey("resident: judge by receipt", "", _by_receipt, 60),
    Journey("resident: judge by slip", "", _by_ticket, 60),
    Journey("resident: judge by poster", "", _by_poster, 60, ("phone",)),
)
