"""Complete durable responses per second beside the least that any intake does, and memory."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from bench import intake_load
from bench.served import Served, free_port, gunicorn, memory_mb, processor_seconds, served

SECONDS = int(os.environ.get("BENCH_SECONDS", "8"))
FORMS = ("A_branch_mass", "C_window_sat")
CONNECTIONS = 16
GETS = 5_000
"""Form GETs per second that are aimed at."""
MEMORY_MB = 250
SLOWER_MS = "10"
RATE = re.compile(r"Requests/sec:\s+([\d.]+)")


def measure() -> None:
    """Print ratios to the floor, responses and form GETs per second, and memory."""
    with served() as platform:
        for form in FORMS:
            url = platform.point(form)["url"]
            beside_floor(platform, url, f"{form}, {CONNECTIONS} connections", CONNECTIONS)
        rate = _gets(platform.point(FORMS[0])["url"])
        print(
            f"form GETs: {rate / GETS:.2f} of the target, {rate:.0f}/s, {CONNECTIONS} connections"
        )
        memory = memory_mb(platform.pid)
        print(
            f"memory of the web service: {memory / MEMORY_MB:.2f} of the limit, {memory:.0f} MB PSS"
        )


def measure_slow_disk() -> None:
    """Print the same at 64 connections when every flush takes 10 ms longer."""
    with tempfile.TemporaryDirectory() as folder:
        shim = f"{folder}/fsdelay.so"
        source = Path(__file__).with_name("fsdelay.c")
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", shim, source, "-ldl"], check=True)
        slower = {"LD_PRELOAD": shim, "FSYNC_MS": SLOWER_MS}
        slower |= {"PINGYI_THREADS": os.environ.get("PINGYI_THREADS", "24")}
        with served(**slower) as platform:
            url = platform.point(FORMS[0])["url"]
            beside_floor(platform, url, f"every flush {SLOWER_MS} ms longer, 64", 64, **slower)


def beside_floor(platform: Served, url: str, name: str, connections: int, **settings: str) -> None:
    """Print what the platform does and its ratio to the floor, measured one after the other."""
    _load(url, connections, 2)
    before = processor_seconds(platform.pid)
    ours = _load(url, connections, SECONDS)
    spent = processor_seconds(platform.pid) - before
    floor = _floor(url, connections, settings)
    each = spent / max(1, int(str(ours["stored"]))) * 1e3
    print(
        f"{name}: {ours['per_s'] / floor['per_s']:.2f} of the floor, {ours['per_s']}/s, "  # type: ignore[operator]
        f"p99 {ours['p99_ms']} ms, {each:.2f} ms processor time each; "
        f"floor {floor['per_s']}/s, p99 {floor['p99_ms']} ms",
        flush=True,
    )


def _floor(url: str, connections: int, settings: dict[str, str]) -> dict[str, object]:
    """Return what the floor does with the same form and the same server."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page"
        with urllib.request.urlopen(url) as response:
            page.write_bytes(response.read())
        port = free_port()
        environ = {**os.environ, **settings, "PORT": str(port)}
        environ |= {"FLOOR_PAGE": str(page), "FLOOR_HOME": folder}
        base = f"http://127.0.0.1:{port}"
        with gunicorn("bench.floor:app", environ, base):
            there = base + urlsplit(url).path
            _load(there, connections, 1)
            return _load(there, connections, SECONDS)


def _load(url: str, connections: int, seconds: int) -> dict[str, object]:
    return intake_load.measure(
        url,
        connections=connections,
        seconds=seconds,
        fresh="ik",
        declined=["C55"],
        post_only=False,
    )


def _gets(url: str) -> float:
    wrk = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-H", "Accept-Encoding: gzip", url]
    out = subprocess.run(wrk, capture_output=True, text=True, check=True).stdout
    found = RATE.search(out)
    return float(found[1]) if found else 0.0
