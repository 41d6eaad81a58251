"""Documents a second through the job path: asked for, compiled, set and stored."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import survey.sqlite  # noqa: F401 - must come before anything that opens a database
from bench.served import FLASK, ROOT, flask
from reports.figures import Audience
from reports.formats import Format
from survey import clock
from survey.accounts.policy import OPERATOR
from survey.app import create_app
from survey.campaigns import service as campaigns
from survey.campaigns.models import RoundState
from survey.config import Config
from survey.db import reading
from survey.publication import batches
from survey.publication.batches import Wanted
from survey.publication.document_kind import Asked, Kind
from survey.publication.models import DocumentBatch
from survey.web.platform import EXTENSION, Platform

DOCUMENTS = int(os.environ.get("BENCH_DOCUMENTS", "200"))
KINDS = (Kind.BRANCH, Kind.WINDOW)
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Effort:
    """Processor seconds and the most memory, by process: the worker, and each that sets PDFs."""

    seconds: dict[int, float] = field(default_factory=dict)
    memory: dict[int, int] = field(default_factory=dict)

    def look(self, pid: int) -> None:
        """Note how things stand."""
        for each in (pid, *children_of(pid)):
            try:
                parts = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
                status = Path(f"/proc/{each}/status").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            self.seconds[each] = (int(parts[11]) + int(parts[12])) / TICKS
            resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
            self.memory[each] = max(self.memory.get(each, 0), int(resident.split()[1]) // 1000)


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(each) for each in task.read_text().split()]
    return found


def measure() -> None:
    """Print documents a second, processor time of compiling and of setting, and memory."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {**os.environ, "PINGYI_HOME": folder}
        flask(environ, "db", "upgrade")
        flask(environ, "demo", "load")
        held = create_app(Config.from_environ(environ)).extensions[EXTENSION]
        _run(held, environ)


def _run(held: Platform, environ: dict[str, str]) -> None:
    made, size, took = 0, 0, 0.0
    effort = Effort()
    with _worker(environ) as pid:
        while made < DOCUMENTS:
            shutil.rmtree(held.config.documents / "made", ignore_errors=True)
            audience = list(Audience)[made // 200 % 2]
            batch = _ask(held, audience, DOCUMENTS - made)
            begin = time.monotonic()
            while not (standing := _standing(held, batch)).batch.ended_at:
                effort.look(pid)
                time.sleep(0.25)
            # The worker looks for work twice a second; that is no part of a long batch.
            took += time.monotonic() - begin
            made, size = made + standing.made, size + standing.size
    own = effort.seconds.pop(pid)
    setting = sum(effort.seconds.values())
    memory = ", ".join(str(each) for each in effort.memory.values())
    print(
        f"documents: {made} in {took:.1f} s, {made / took:.2f}/s on {os.cpu_count()} cores; "
        f"processor {1000 * own / made:.0f} ms each for figures, words, files and rows, "
        f"{1000 * setting / made:.0f} ms for setting ({setting / (own + setting):.0%}); "
        f"{size // made // 1000} kB each; most memory in MB {memory}"
    )


@contextmanager
def _worker(environ: dict[str, str]) -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, FLASK, "jobs", "run"], cwd=ROOT, env=environ, stderr=subprocess.DEVNULL
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def _ask(held: Platform, audience: Audience, most: int) -> int:
    wanted, now = Wanted(KINDS, (Format.PDF,), audience), clock.now()
    with held.sessions.begin() as session:
        round_ = next(
            each
            for each in campaigns.list_rounds(session, OPERATOR)
            if each.state in (RoundState.CLOSED, RoundState.PUBLISHED, RoundState.ARCHIVED)
        )
        asked = Asked(session, OPERATOR, round_, audience, held.config.zone, now)
        lines = batches.planned(asked, wanted)[:most]
        return batches.ask(session, OPERATOR, round_, wanted, lines, now=now).id


def _standing(held: Platform, batch: int) -> batches.Standing:
    with reading(held.sessions) as session:
        return batches.standing_of(session, session.get_one(DocumentBatch, batch))
