"""Largest contentful paint of first views at 400 kbit/s, 400 ms and a quarter of our speed."""

from __future__ import annotations

import shutil
import statistics

from playwright.sync_api import Browser, sync_playwright

from bench.served import Served, served

BYTES_PER_SECOND = 400_000 / 8
ROUND_TRIP_MS = 400
SLOWDOWN = 4
LIMIT_MS = 1_200
RUNS = 5
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
OBSERVE = """() => {
    window.paint = 0;
    new PerformanceObserver(list => {
        for (const entry of list.getEntries()) window.paint = entry.startTime;
    }).observe({ type: 'largest-contentful-paint', buffered: true });
}"""


def measure() -> None:
    """Print the median, best and worst paint of each questionnaire, with the share of the limit."""
    with served() as platform, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        for questionnaire in sorted({point["questionnaire"] for point in platform.points}):
            _show(browser, platform, questionnaire)
        browser.close()


def _show(browser: Browser, platform: Served, questionnaire: str) -> None:
    times, sizes = [], []
    for _ in range(RUNS):
        time, size = _visit(browser, platform.point(questionnaire)["url"])
        times.append(time)
        sizes.append(size)
    middle = statistics.median(times)
    print(
        f"largest paint {questionnaire}: {middle / LIMIT_MS:.2f} of the limit, "
        f"{middle:.0f} ms ({min(times):.0f} to {max(times):.0f}), {max(sizes)} bytes on the wire"
    )


def _visit(browser: Browser, url: str) -> tuple[float, int]:
    """Return the time of the largest paint in ms and the bytes of a visit by a new phone."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True
    )
    page = context.new_page()
    session = context.new_cdp_session(page)
    received: list[int] = []
    session.on("Network.loadingFinished", lambda e: received.append(e["encodedDataLength"]))
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": ROUND_TRIP_MS,
            "downloadThroughput": BYTES_PER_SECOND,
            "uploadThroughput": BYTES_PER_SECOND,
        },
    )
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    page.add_init_script(f"({OBSERVE})()")
    page.goto(url)
    page.wait_for_timeout(800)
    time = float(page.evaluate("window.paint"))
    context.close()
    return time, int(sum(received))
