"""Documents a second through the job path: asked for, compiled, set and stored."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import survey.sqlite  # noqa: F401 - must come before anything that opens a database
from bench.served import FLASK, ROOT, flask
from reports.figures import Audience
from reports.formats import Format
from survey import clock
from survey.accounts.policy import OPERATOR, Action
from survey.app import create_app
from survey.campaigns import service as campaigns
from survey.campaigns.service import Use
from survey.collection import paper
from survey.config import Config
from survey.db import reading
from survey.demo import planning
from survey.demo.district import SAMPLE
from survey.org import queries as organisations
from survey.org.models import Level
from survey.publication import batch_standing, batches
from survey.publication.batches import Wanted
from survey.publication.closing import close_round
from survey.publication.document_kind import Asked, Kind
from survey.publication.models import DocumentBatch
from survey.web.keying import validate_paper
from survey.web.platform import EXTENSION, Platform

DOCUMENTS = int(os.environ.get("BENCH_DOCUMENTS", "200"))
KINDS = (Kind.BRANCH,)
WARM = 10
"""One of so many documents is made before a process counts as warm."""

FORM, SHEETS, MODEL, ROUND = "A_branch_mass", "responses_A_sample.csv", "B070", "BENCH"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Effort:
    """Processor seconds and the most memory, by process: the worker, and each that sets PDFs."""

    seconds: dict[int, float] = field(default_factory=dict)
    memory: dict[int, int] = field(default_factory=dict)
    first: dict[int, int] = field(default_factory=dict)

    def look(self, pid: int) -> None:
        """Note how things stand."""
        for each in (pid, *children_of(pid)):
            try:
                parts = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
                status = Path(f"/proc/{each}/status").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            self.seconds[each] = (int(parts[11]) + int(parts[12])) / TICKS
            resident = next((one for one in status.splitlines() if one.startswith("VmRSS")), "")
            if not resident:  # It has ended and nobody has looked at how yet.
                continue
            self.memory[each] = max(self.memory.get(each, 0), int(resident.split()[1]) // 1000)

    def warm(self) -> None:
        """Note the memory of each process at work as that of a warm one, unless it is noted."""
        self.first = {**self.memory, **self.first}

    @property
    def growth(self) -> str:
        """Say of each process what it held when it was warm, and at most."""
        return ", ".join(
            f"{self.first.get(each, most)} → {most}" for each, most in self.memory.items()
        )


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
        _answer(held)
        _run(held, environ)


def _answer(held: Platform) -> None:
    """Hold a round in which every branch has the answers of one: each gets a report of four pages.

    No more branches than documents are wanted; with fewer, they are made again and again.
    """
    now = clock.now()
    opens_at, closes_at = now - timedelta(days=9), now - timedelta(days=1)
    with held.sessions.begin() as session:
        found = organisations.visible(
            session, OPERATOR, Action.SEE_REPORTS, level=Level.BRANCH.value
        )
        branches = [each.id for each in found][:DOCUMENTS]
        uses = [Use(FORM, org_ids=tuple(branches))]
        round_ = planning.create(session, ROUND, "比照的一轮", uses, opens_at, closes_at)
        planning.open_(session, held, round_, now=opens_at)
    with held.sessions.begin() as session:
        paper.import_paper(
            session,
            held.inbox,
            held.keystore,
            OPERATOR,
            campaigns.get_round(session, OPERATOR, ROUND),
            FORM,
            _sheets(branches),
            validate_paper,
            now=opens_at,
        )
    stores = (held.keystore, held.inbox)
    close_round(held.sessions, OPERATOR, ROUND, *stores, now=closes_at)


def _sheets(branches: Sequence[str]) -> bytes:
    """Return the answers of the model branch as those of each of `branches`."""
    with open(SAMPLE / SHEETS, encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["org_id"] == MODEL]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows({**row, "org_id": branch} for branch in branches for row in rows)
    return out.getvalue().encode()


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
                if made + standing.made >= DOCUMENTS // WARM:
                    effort.warm()
                time.sleep(0.25)
            # The worker looks for work twice a second; that is no part of a long batch.
            took += time.monotonic() - begin
            made, size = made + standing.made, size + standing.size
    own = effort.seconds.pop(pid)
    setting = sum(effort.seconds.values())
    print(
        f"documents: {made} in {took:.1f} s, {made / took:.2f}/s on {os.cpu_count()} cores; "
        f"processor {1000 * own / made:.0f} ms each for figures, words, files and rows, "
        f"{1000 * setting / made:.0f} ms for setting ({setting / (own + setting):.0%}); "
        f"{size // made // 1000} kB each; memory in MB of each process after a tenth of them → at "
        f"most {effort.growth}"
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
        round_ = campaigns.get_round(session, OPERATOR, ROUND)
        asked = Asked(session, OPERATOR, round_, audience, held.config.zone, now)
        lines = batches.planned(asked, wanted)[:most]
        return batches.ask(session, OPERATOR, round_, wanted, lines, now=now).id


def _standing(held: Platform, batch: int) -> batch_standing.Standing:
    with reading(held.sessions) as session:
        return batch_standing.standing_of(session, session.get_one(DocumentBatch, batch))
