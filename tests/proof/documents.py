"""Documents made by real workers that are killed: each once, whole; poison fails alone."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from reports.formats import Format
from survey import clock
from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.db import reading
from survey.org.models import Organisation
from survey.publication import batch_standing, batches
from survey.publication.batch_standing import Standing
from survey.publication.batches import Line, Wanted
from survey.publication.document_files import Store
from survey.publication.document_kind import Asked, Kind
from survey.publication.models import DocumentBatch, DocumentState
from tests.openings import close
from tests.proof.site import ROOT, Site, made_site
from tests.rounds import Field

WANTED = Wanted((Kind.BRANCH, Kind.WINDOW), (Format.PDF, Format.EXCEL, Format.FIGURES))
POISON = Line(Kind.BRANCH, "B999", "U01", "没有的支部", Format.PDF)
ENDINGS = {"pdf": b"%%EOF", "xlsx": b"PK\x05\x06", "json": b"}"}
SLOTS = (0, 1)
PATIENCE = 300.0


@dataclass
class Proof:
    """What came of it; `faults` is empty where every promise was kept."""

    database: str
    files: int = 0
    kills: int = 0
    kept: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Return the outcome in words."""
        said = (
            f"{self.database}: {self.files} documents, {self.kills} kills of a worker, "
            f"{self.kept} found whole after a kill, {self.seconds:.0f} s, "
            f"{len(self.faults)} faults"
        )
        return [said, *self.faults]


def prove_documents(database: str, branches: int, kills: int, *, seed: int) -> Proof:
    """Let two workers make the documents of a round, kill them at random moments, and look."""
    begin, chance = time.monotonic(), random.Random(seed)
    proof = Proof(database)
    with made_site(database) as site:
        batch_id = _ask(site, branches)
        workers = {slot: _start(site, slot) for slot in SLOTS}
        try:
            total = _standing(site, batch_id).total
            for moment in sorted(chance.sample(range(1, total), min(kills, total - 1))):
                _wait(site, workers, lambda moment=moment: _on_disk(site) >= moment)
                time.sleep(chance.random() * 0.2)
                slot = chance.choice(SLOTS)
                workers[slot].kill()
                workers[slot].wait()
                proof.kills += 1
                workers[slot] = _start(site, slot)
            _wait(site, workers, lambda: not _standing(site, batch_id).waiting)
        finally:
            for worker in workers.values():
                worker.send_signal(signal.SIGKILL)
                worker.wait()
        _judge(site, batch_id, proof)
    proof.seconds = time.monotonic() - begin
    return proof


def _ask(site: Site, branches: int) -> int:
    """Hold a round over the small district and some branches more; ask for its documents."""
    now = clock.now()
    with site.sessions.begin() as session:
        session.add_all(
            Organisation(
                id=f"B1{number:02}",
                parent_id="U01",
                path=f"D0/U01/B1{number:02}/",
                level="branch",
                name=f"第{number}支部",
                short_name=f"第{number}支部",
                sector="农村",
                sort_no=100 + number,
                eligible_mass=50,
            )
            for number in range(branches)
        )
    site.open_round("R1")
    round_field = Field(site.sessions, site.inbox, site.keystore, now=now)
    round_field.reload()
    close(round_field, now=now + timedelta(days=4))
    with site.sessions.begin() as session:
        round_ = campaigns.get_round(session, OPERATOR, "R1")
        asked = Asked(session, OPERATOR, round_, WANTED.audience, site.config.zone, now)
        lines = batches.planned(asked, WANTED)
        lines.insert(len(lines) // 2, POISON)
        return batches.ask(session, OPERATOR, round_, WANTED, lines, now=now).id


def _start(site: Site, slot: int) -> subprocess.Popen[bytes]:
    """Start a worker as the service does."""
    environ = {
        **os.environ,
        "PINGYI_HOME": str(site.home),
        "PINGYI_DATABASE_URL": site.url,
        "PINGYI_QUEUE_URL": site.url if site.database else "",
    }
    flask = str(Path(sys.executable).with_name("flask"))
    with open(site.home.with_name("worker.log"), "ab") as log:
        return subprocess.Popen(
            [sys.executable, flask, "jobs", "run", "--slot", str(slot)],
            cwd=ROOT,
            env=environ,
            stdout=log,
            stderr=log,
        )


def _standing(site: Site, batch_id: int) -> Standing:
    with reading(site.sessions) as session:
        return batch_standing.standing_of(session, session.get_one(DocumentBatch, batch_id))


def _files(site: Site) -> list[Path]:
    return [path for path in site.config.documents.rglob("*.*") if not path.name.startswith(".")]


def _on_disk(site: Site) -> int:
    with suppress(FileNotFoundError):
        return len(_files(site))
    return 0


def _wait(
    site: Site, workers: dict[int, subprocess.Popen[bytes]], is_so: Callable[[], bool]
) -> None:
    """Wait, and start what ends by itself again, as the service does."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError("the workers do not come on")
        for slot, worker in workers.items():
            if worker.poll() is not None:
                workers[slot] = _start(site, slot)
        time.sleep(0.05)


def _judge(site: Site, batch_id: int, proof: Proof) -> None:
    """Hold every row against its file, and every file against the rows."""
    store, found = Store(site.config.documents), _standing(site, batch_id)
    with reading(site.sessions) as session:
        rows = batch_standing.files_of(session, found.batch)
    proof.files, proof.kept = len(rows), found.kept
    for row in rows:
        name = f"{row.org_id}-{row.kind}.{row.format}"
        if row.org_id == POISON.org_id:
            if (row.state, row.reason) != (DocumentState.FAILED, "NOT_FOUND"):
                proof.faults.append(f"{name}: poison ended as {row.state} {row.reason}")
        elif row.state != DocumentState.MADE:
            proof.faults.append(f"{name}: {row.state} {row.reason}")
        else:
            content = store.path(row.key, row.format).read_bytes()
            if hashlib.sha256(content).hexdigest() != row.digest or len(content) != row.size:
                proof.faults.append(f"{name}: is not what its row says")
            if ENDINGS[row.format] not in content[-64:]:
                proof.faults.append(f"{name}: has no end")
    twice = [
        name for name, count in Counter(row.key for row in rows if row.key).items() if count > 1
    ]
    proof.faults += [f"{name}: made for two" for name in twice]
    strays = {path.stem for path in _files(site)} - {row.key for row in rows}
    proof.faults += [f"{name}: belongs to nobody" for name in sorted(strays)]
