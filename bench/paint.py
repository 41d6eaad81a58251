"""Largest contentful paint of first views at 400 kbit/s, 400 ms and a quarter of our speed."""

from __future__ import annotations

import os
import statistics
from dataclasses import dataclass

from playwright.sync_api import Browser

from bench.browser import PHONE, chromium
from bench.forms import Form, open_every_form
from bench.served import served

BYTES_PER_SECOND = 400_000 / 8
ROUND_TRIP_MS = 400
SLOWDOWN = 4
LIMIT_MS = 1_200
RUNS = 5
OBSERVE = """() => {
    window.paint = 0;
    new PerformanceObserver(list => {
        for (const entry of list.getEntries()) window.paint = entry.startTime;
    }).observe({ type: 'largest-contentful-paint', buffered: true });
}"""
SLOW_NETWORK = {
    "offline": False,
    "latency": ROUND_TRIP_MS,
    "downloadThroughput": BYTES_PER_SECOND,
    "uploadThroughput": BYTES_PER_SECOND,
}


@dataclass(frozen=True)
class Visit:
    """A first visit by a new phone: its largest paint in ms, bytes on the wire and requests."""

    paint: float
    bytes: int
    requests: int


def measure() -> None:
    """Print for each form the median, best and worst paint, with the share of the limit."""
    row = "| {:<18} | {:>6} | {:>6} | {:>6} | {:>8} | {:>6} | {:>8} |"
    heads = ("form", "median", "best", "worst", "of limit", "bytes", "requests")
    with served() as platform, chromium() as browser:
        forms = open_every_form(platform)
        print(f"largest paint in ms, {RUNS} visits, load {os.getloadavg()[0]:.1f}")
        print(row.format(*heads))
        print("|" + "---|" * len(heads))
        for form in forms:
            visits = [_visit(browser, form) for _ in range(RUNS)]
            times = sorted(visit.paint for visit in visits)
            middle = statistics.median(times)
            counts = (max(v.bytes for v in visits), max(v.requests for v in visits))
            share = f"{middle / LIMIT_MS:.2f}"
            figures = (f"{middle:.0f}", f"{times[0]:.0f}", f"{times[-1]:.0f}", share)
            print(row.format(form.code, *figures, *counts), flush=True)


def _visit(browser: Browser, form: Form) -> Visit:
    context = browser.new_context(**PHONE)
    page = context.new_page()
    session = context.new_cdp_session(page)
    received: list[int] = []
    session.on("Network.loadingFinished", lambda e: received.append(e["encodedDataLength"]))
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW_NETWORK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    page.add_init_script(f"({OBSERVE})()")
    page.goto(form.urls[0])
    page.wait_for_timeout(800)
    time = float(page.evaluate("window.paint"))
    context.close()
    return Visit(time, int(sum(received)), len(received))
