"""Taps and seconds to fill in form C on a phone, with and without script.

A scripted person answers whatever has to be answered and leaves the rest. Seconds are reckoned,
not waited: what is read for the first time at a pace of signs a second, a moment to decide on
each question, a touch for each tap, a swipe for each screen that has to be moved. To them comes
what the phone and the server took, which is measured.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Locator, Page

from bench.browser import PHONE, chromium
from bench.served import served

FORM = "C_window_sat"
HEIGHT = 844
TOP, BOTTOM = 60, 90
"""Pixels at the top and behind the bottom bar where nobody wants to tap."""

PLACE = 1
QUESTIONS = "fieldset.q[data-m]:not([data-r*=C5]):visible"


@dataclass(frozen=True)
class Pace:
    """Signs read in a second; seconds to decide on a question, for a tap, and for a swipe."""

    name: str
    signs: float
    decide: float
    tap: float
    swipe: float


PACES = (Pace("brisk", 8, 0.8, 0.6, 0.6), Pace("unhurried", 5, 1.5, 1.0, 1.0))
"""Brisk: 480 signs a minute, as practised readers do; unhurried: 300."""


@dataclass
class Person:
    """What somebody has done so far; `read` is what was read, each text once."""

    taps: int = 0
    swipes: int = 0
    questions: int = 0
    read: set[str] = field(default_factory=set)

    @property
    def signs(self) -> int:
        """How many signs were read."""
        return sum(map(len, self.read))

    def seconds(self, pace: Pace) -> float:
        """Return the seconds that all this takes at a pace."""
        deciding = self.questions * pace.decide
        return self.signs / pace.signs + deciding + self.taps * pace.tap + self.swipes * pace.swipe

    def look(self, text: str) -> None:
        """Read `text`, unless it has been read already."""
        self.read.update(line.strip() for line in text.splitlines() if line.strip())

    def tap(self, page: Page, target: Locator) -> None:
        """Move `target` into reach and tap it."""
        box = target.bounding_box()
        if box is not None and not TOP <= box["y"] <= HEIGHT - BOTTOM - box["height"]:
            away = abs(box["y"] + box["height"] / 2 - HEIGHT / 2)
            self.swipes += max(1, round(away / HEIGHT))
            target.evaluate("e => e.scrollIntoView({ block: 'center' })")
        target.tap()
        self.taps += 1


def measure() -> None:
    """Print taps, swipes, signs and seconds of form C, with script and without."""
    row = "| {:<14} | {:>4} | {:>6} | {:>9} | {:>5} | {:>7} | {:>9} | {:>8} |"
    heads = ("form C", "taps", "swipes", "questions", "signs", "brisk", "unhurried", "of it we")
    with served() as platform, chromium() as browser:
        url = platform.point(FORM)["url"]
        print(row.format(*heads))
        print("|" + "---|" * len(heads))
        for name, has_script in (("with script", True), ("without script", False)):
            person, ours = fill_in(browser, url, has_script=has_script)
            seconds = [f"{person.seconds(pace) + ours:.0f} s" for pace in PACES]
            counts = (person.taps, person.swipes, person.questions, person.signs)
            print(row.format(name, *counts, *seconds, f"{ours:.1f} s"))


def fill_in(browser: Browser, url: str, *, has_script: bool) -> tuple[Person, float]:
    """Answer the form at `url`; return what was done, and the seconds we let the person wait."""
    context = browser.new_context(**PHONE, java_script_enabled=has_script)
    page, person = context.new_page(), Person()
    began = time.perf_counter()
    page.goto(url)
    waited = time.perf_counter() - began
    if has_script:
        person.look(page.locator("section.on").inner_text())
        person.tap(page, page.locator("#go"))
    for screen in page.locator("section:has(.q)").all():
        _answer(page, person, screen)
        if has_script and page.locator("#nx").is_visible():
            person.tap(page, page.locator("#nx"))
    began = time.perf_counter()
    person.tap(page, page.locator("#sb"))
    page.wait_for_url("**/thanks")
    waited += time.perf_counter() - began
    context.close()
    return person, waited


def _answer(page: Page, person: Person, screen: Locator) -> None:
    person.look(screen.inner_text())
    for question in screen.locator(QUESTIONS).all():
        person.questions += 1
        person.tap(page, question.locator("> .s > label").nth(PLACE))
