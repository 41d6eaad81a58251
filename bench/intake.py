"""Complete durable responses per second beside the least that any intake does, and memory.

Ours and the floor are served at the same time and loaded in turns, so that whatever else the
machine does meanwhile befalls both; of two turns each the better one counts.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench import intake_load
from bench.served import (
    Served,
    free_port,
    gunicorn,
    memory_mb,
    postgresql,
    processor_seconds,
    served,
)

SECONDS = int(os.environ.get("BENCH_SECONDS", "8"))
FORMS = ("A_branch_mass", "C_window_sat")
TURNS = 2
FEW, MANY = 16, 64
SLOWER_MS = "10"
HEAD = "| what | rate | p99 | processor time | of the floor | floor |\n|---|---|---|---|---|---|"
RATE = re.compile(r"Requests/sec:\s+([\d.]+)")


@dataclass(frozen=True)
class Aim:
    """What is aimed at: responses per second, milliseconds at the 99th percentile."""

    rate: float
    p99_ms: float


FAST, SLOW = Aim(1_000, 60), Aim(800, 150)
PLAIN = (
    *("--config", str(Path(__file__).with_name("nothing.py")), "--worker-class", "gthread"),
    *("--workers", "3", "--threads", "4", "--keep-alive", "15", "--no-control-socket"),
    *("--log-level", "error"),
)
"""How gunicorn serves the floor: as it comes, with as many processes and threads as we have."""

GETS = 5_000
"""Form GETs per second that are aimed at."""
MEMORY_MB = 250


@dataclass(frozen=True)
class Turn:
    """One turn of load: complete responses per second, latency, processor time of each in ms."""

    rate: float
    p99_ms: float
    each_ms: float


def measure() -> None:
    """Print responses and form GETs per second and memory, on SQLite and on PostgreSQL."""
    print(
        "| what | rate | p99 | processor time | of the floor | floor |\n|---|---|---|---|---|---|"
    )
    with served() as platform:
        for form in FORMS:
            _row(platform, platform.point(form)["url"], f"SQLite, {form}", FEW, FAST)
        _gets(platform)
        memory = memory_mb(platform.pid)
        print(f"| memory (PSS) | {memory:.0f} MB = {memory / MEMORY_MB:.2f} of the limit | | | | |")
    with postgresql() as database, served(database) as platform:
        name = f"PostgreSQL, {FORMS[0]}"
        _row(platform, platform.point(FORMS[0])["url"], name, FEW, FAST, database=database)


def measure_slow_disk() -> None:
    """Print the same at 64 connections when every flush takes 10 ms longer."""
    print(
        "| what | rate | p99 | processor time | of the floor | floor |\n|---|---|---|---|---|---|"
    )
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        shim = f"{folder}/fsdelay.so"
        source = Path(__file__).with_name("fsdelay.c")
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", shim, source, "-ldl"], check=True)
        slower = {"LD_PRELOAD": shim, "FSYNC_MS": SLOWER_MS}
        with served(**slower) as platform:
            url = platform.point(FORMS[0])["url"]
            _row(platform, url, f"SQLite, flush + {SLOWER_MS} ms", MANY, SLOW, **slower)
        with postgresql(**slower) as database, served(database) as platform:
            url = platform.point(FORMS[0])["url"]
            name = f"PostgreSQL, flush + {SLOWER_MS} ms"
            _row(platform, url, name, MANY, SLOW, database=database)


def _row(
    platform: Served,
    url: str,
    name: str,
    connections: int,
    aim: Aim,
    *,
    database: str = "",
    **settings: str,
) -> None:
    """Load the platform and the floor in turns, and print both."""
    with _floor(url, database, settings) as (floor_url, floor_pid):
        for warmed in (url, floor_url):
            _load(warmed, connections, 2)
        ours, floors = [], []
        for _ in range(TURNS):
            ours.append(_turn(platform.pid, url, connections))
            floors.append(_turn(floor_pid, floor_url, connections))
    best, floor = (max(turns, key=lambda turn: turn.rate) for turns in (ours, floors))
    print(
        f"| {name}, {connections} connections "
        f"| {best.rate:.0f}/s = {best.rate / aim.rate:.2f} of {aim.rate:.0f} "
        f"| {best.p99_ms:.0f} ms of {aim.p99_ms:.0f} "
        f"| {best.each_ms:.2f} ms = {best.each_ms / floor.each_ms:.2f} of the floor's "
        f"| {best.rate / floor.rate:.2f} "
        f"| {floor.rate:.0f}/s, p99 {floor.p99_ms:.0f} ms, {floor.each_ms:.2f} ms |",
        flush=True,
    )


def _turn(master: int, url: str, connections: int) -> Turn:
    before = processor_seconds(master)
    seen = _load(url, connections, SECONDS)
    spent = processor_seconds(master) - before
    rate, p99 = float(str(seen["per_s"])), float(str(seen["p99_ms"]))
    return Turn(rate, p99, spent / max(1, int(str(seen["stored"]))) * 1e3)


@contextmanager
def _floor(url: str, database: str, settings: dict[str, str]) -> Iterator[tuple[str, int]]:
    """Yield the address of the floor, which serves the form at `url`, and its process id."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page"
        with urllib.request.urlopen(url) as response:
            page.write_bytes(response.read())
        port = free_port()
        environ = {**os.environ, **settings, "FLOOR_PAGE": str(page), "FLOOR_HOME": folder}
        environ |= {"FLOOR_DATABASE": database}
        base = f"http://127.0.0.1:{port}"
        with gunicorn("bench.floor:app", environ, base, *PLAIN, "--bind", base[7:]) as pid:
            yield base + urlsplit(url).path, pid


def _gets(platform: Served) -> None:
    url = platform.point(FORMS[0])["url"]
    wrk = ["wrk", "-t1", f"-c{FEW}", f"-d{SECONDS}s", "-H", "Accept-Encoding: gzip", url]
    before = processor_seconds(platform.pid)
    out = subprocess.run(wrk, capture_output=True, text=True, check=True).stdout
    spent = processor_seconds(platform.pid) - before
    found = RATE.search(out)
    rate = float(found[1]) if found else 0.0
    each = spent / max(1, rate * SECONDS) * 1e3
    said = f"{rate:.0f}/s = {rate / GETS:.2f} of {GETS}"
    print(f"| form GETs, {FEW} connections | {said} | | {each:.3f} ms | | |")


def _load(url: str, connections: int, seconds: int) -> dict[str, object]:
    return intake_load.measure(
        url,
        connections=connections,
        seconds=seconds,
        fresh="ik",
        declined=["C55"],
        post_only=False,
    )
