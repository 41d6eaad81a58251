"""A platform with the sample district, served by gunicorn for as long as a measurement lasts."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.postgresql import Server

ROOT = Path(__file__).resolve().parent.parent
FLASK = str(Path(sys.executable).with_name("flask"))


@dataclass(frozen=True)
class Served:
    """A running platform: its address, its data folder, its open round and that one's points."""

    base_url: str
    home: Path
    round_code: str
    points: list[dict[str, str]]
    environ: dict[str, str]
    pid: int

    def point(self, questionnaire: str) -> dict[str, str]:
        """Return the first open point of `questionnaire`."""
        return next(p for p in self.points if p["questionnaire"] == questionnaire)


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def flask(environ: dict[str, str], *arguments: str) -> str:
    """Run one command of the platform and return what it printed."""
    return subprocess.run(
        [FLASK, *arguments], cwd=ROOT, env=environ, check=True, capture_output=True, text=True
    ).stdout


@contextmanager
def postgresql(**settings: str) -> Iterator[str]:
    """Yield the address of a fresh PostgreSQL server; `settings` are for its environment."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        server = Server(Path(folder), environ=settings)
        server.make()
        try:
            yield server.url
        finally:
            server.stop()


@contextmanager
def served(database: str = "", **settings: str) -> Iterator[Served]:
    """Yield a freshly loaded platform behind gunicorn, with its settings of production.

    `database` is the address of an empty one, else SQLite serves. `settings` are for the web
    processes alone, in the environment.
    """
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        base = f"http://127.0.0.1:{port}"
        environ = {**os.environ, "PINGYI_HOME": folder, "PORT": str(port), "PINGYI_BASE_URL": base}
        environ |= {"PINGYI_DATABASE_URL": database} if database else {}
        flask(environ, "db", "upgrade")
        flask(environ, "demo", "load")
        open_round = next(
            r
            for r in json.loads(flask(environ, "rounds", "list", "--json"))
            if r["state"] == "open"
        )
        points = json.loads(flask(environ, "points", "list", open_round["code"], "--json"))
        with gunicorn("wsgi:app", {**environ, **settings}, f"{base}/healthz") as pid:
            yield Served(base, Path(folder), open_round["code"], points, environ, pid)


@contextmanager
def gunicorn(app: str, environ: dict[str, str], ready: str, *options: str) -> Iterator[int]:
    """Serve `app` until the end and yield the master's process id, once `ready` answers."""
    command = [sys.executable, "-m", "gunicorn", *options, app]
    process = subprocess.Popen(command, cwd=ROOT, env=environ)
    try:
        wait_for(ready)
        yield process.pid
    finally:
        process.terminate()
        process.wait(40)


def processes(master: int) -> list[int]:
    """Return the process ids of a master and its workers."""
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    return [master, *map(int, children)]


def processor_seconds(master: int) -> float:
    """Return the processor time that the web processes have used."""
    fields = [
        Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in processes(master)
    ]
    return sum(int(each[11]) + int(each[12]) for each in fields) / os.sysconf("SC_CLK_TCK")


def memory_mb(master: int, but: int = 0) -> float:
    """Return the memory of a process and its workers in MB; what they share counts once (PSS)."""
    total = 0
    for pid in processes(master):
        if pid == but:
            continue
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        total += int(text.split("\nPss:", 1)[1].split()[0])
    return total / 1024


def wait_for(url: str, seconds: float = 60) -> float:
    """Return how long it took until `url` answered."""
    begin = time.perf_counter()
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return time.perf_counter() - begin
        except OSError:
            if time.perf_counter() - begin > seconds:
                raise
            time.sleep(0.02)
