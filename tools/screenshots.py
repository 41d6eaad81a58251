"""Takes the pictures of README and docs again, of a freshly loaded sample district.

    make docs

Pictures are kept small: one device pixel per point, 128 colours.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdfium2
from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.served import Served, flask, served  # noqa: E402 - found through the line above

PICTURES = ROOT / "docs" / "pictures"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 860}
COLOURS = 128
ANSWERS = "2000"
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def main() -> None:
    """Write every picture."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with served() as platform, browser_page() as page:
        flask(platform.environ, "demo", "answer", "--count", ANSWERS)
        phone(page, platform)
        console(page, platform)
        papers(platform)


@contextmanager
def browser_page() -> Iterator[Page]:
    """Yield a page of Debian's Chromium."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM)
        yield browser.new_page()
        browser.close()


def phone(page: Page, platform: Served) -> None:
    """Take the cover, a scale and the thanks page, as a resident sees them."""
    page.set_viewport_size(PHONE)
    page.goto(platform.point("C_window_sat")["url"])
    keep(page, "phone-cover")
    page.click("#go")
    for item, option in (("C01", "m1"), ("C02", "1"), ("C03", "w1")):
        page.check(f"#{item}-{option}", force=True)
    page.click("#nx")
    page.check("#C11-4", force=True)
    keep(page, "phone-scale")


def console(page: Page, platform: Served) -> None:
    """Take the pages that the office works with."""
    page.set_viewport_size(DESK)
    name, password, *_ = (platform.home / "accounts.txt").read_text().splitlines()[0].split("\t")
    page.goto(f"{platform.base_url}/console/")
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", password)
    page.click("main button, form button")
    page.wait_for_url(re.compile("/console/"))
    keep(page, "console-home")
    round_code = platform.round_code
    page.goto(f"{platform.base_url}/console/rounds/{round_code}/coverage")
    keep(page, "console-coverage")
    page.goto(f"{platform.base_url}/console/rectification/ZG-2026-0036")
    keep(page, "console-item")


def papers(platform: Served) -> None:
    """Take the first page of a window report and a poster."""
    out = platform.home / "papers"
    flask(platform.environ, "reports", "build", "R2026Q3", "--org", "W04", "--out", str(out))
    point = platform.point("C_window_sat")
    flask(
        platform.environ, "posters", platform.round_code, "--org", point["org"], "--out", str(out)
    )
    for file, name in (
        (out / "R2026Q3-W04-window.pdf", "report-window"),
        (next(out.glob("*poster.pdf")), "poster"),
    ):
        first = pypdfium2.PdfDocument(file)[0].render(scale=1.1).to_pil()
        save(first, name)


def keep(page: Page, name: str) -> None:
    """Save what the page shows."""
    save(Image.open(io.BytesIO(page.screenshot())), name)


def save(picture: Image.Image, name: str) -> None:
    """Write a picture with few colours."""
    reduced = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    reduced.save(PICTURES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(error.stderr)
