"""Kill everything, at random moments under load, and see that no acknowledged answer is lost."""

import json
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.proof.judge import judge, read_ledger
from tests.proof.opener import start_opener
from tests.proof.phones import as_data
from tests.proof.site import ROOT, Site, made_site, wait_until_gone

CLOSING = 0.25
"""Share of the kills that fall while a round is being opened."""
MEANWHILE = (0, 40)
"""Acknowledgements between two kills: moments are random in the work done, not by the clock."""
RECOVERY = 600.0
"""Seconds within which something must be acknowledged again, on the busiest machine."""
AGAIN = 40
SQLITE, POSTGRESQL = "sqlite", "postgresql"
WEB_KILLS = {"worker": 10, "all workers": 2, "master": 2}
DATABASE_KILLS = {"backend": 4, "postmaster": 3}


@dataclass
class Outcome:
    """What a campaign saw."""

    database: str
    kills: Counter[str] = field(default_factory=Counter)
    rounds: int = 0
    acknowledged: int = 0
    retried: int = 0
    late: int = 0
    faults: list[str] = field(default_factory=list)
    gaps: dict[str, list[float]] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """Return the outcome in words, the verdict first."""
        verdict = "; ".join(self.faults) or "nothing acknowledged was lost or counted twice"
        kills = ", ".join(f"{n} {kind}" for kind, n in sorted(self.kills.items()))
        rows = [
            f"{self.database}: {verdict}",
            f"  {self.kills.total()} kills ({kills}) in {self.rounds} rounds",
            f"  {self.acknowledged} acknowledged, {self.retried} of all pages sent again after a"
            f" failure, {self.late} told that it was too late",
        ]
        for kind, seconds in sorted(self.gaps.items()):
            rows.append(
                f"  next acknowledgement after killing {kind}: "
                f"median {statistics.median(seconds):.2f} s, longest {max(seconds):.2f} s"
            )
        return rows


Progress = Callable[[Outcome], None]


@dataclass
class Campaign:
    """One run against one platform."""

    site: Site
    chance: random.Random
    outcome: Outcome
    ledger: Path
    phones: subprocess.Popen[str]
    progress: Progress
    opening_seconds: float = 0.4

    def run(self, kills: int, per_round: int) -> None:
        """Kill `kills` times, in rounds of `per_round`."""
        while self.outcome.kills.total() < kills and not self.outcome.faults:
            self.outcome.rounds += 1
            left = min(per_round, kills - self.outcome.kills.total())
            self.play_round(f"R{self.outcome.rounds}", left)
            self.progress(self.outcome)

    def play_round(self, code: str, kills: int) -> None:
        """Open a round, kill under load, open its box amid kills, and judge."""
        closing = max(1, round(kills * CLOSING))
        places = self.site.open_round(code)
        self.tell({"round": code, "places": as_data(places)})
        self.wait_for_acknowledgements(20)
        for _ in range(kills - closing):
            self.wait_for_acknowledgements(self.chance.randint(*MEANWHILE))
            self.kill(self.chance.choices(*self.weapons)[0])
        self.wait_for_acknowledgements(10)
        self.close(code, closing)
        self.tell({"settle": True}, "settled")
        self.tell({"again": AGAIN}, "again")
        told = read_ledger(self.ledger, code)
        self.outcome.acknowledged += len(told.acknowledged)
        self.outcome.retried += len(told.retried)
        self.outcome.late += len(told.late)
        self.outcome.faults += [f"{code}: {fault}" for fault in judge(self.site, code, told)]

    @property
    def weapons(self) -> tuple[list[str], list[int]]:
        """What is killed, and how often against the rest."""
        kinds = WEB_KILLS | (DATABASE_KILLS if self.site.database else {})
        return list(kinds), list(kinds.values())

    def tell(self, command: dict[str, object], answer: str = "") -> None:
        """Give the phones a command, and wait for its answer if it has one."""
        assert self.phones.stdin
        assert self.phones.stdout
        self.phones.stdin.write(json.dumps(command) + "\n")
        self.phones.stdin.flush()
        if answer and self.phones.stdout.readline().strip() != answer:
            raise RuntimeError("the phones have stopped")

    def acknowledged(self) -> int:
        """Return how many acknowledgements the ledger has."""
        return self.ledger.read_text().count('"acknowledged"')

    def wait_for_acknowledgements(self, more: int) -> None:
        """Return when the phones have been told `more` times that they are done."""
        begin, target = time.monotonic(), self.acknowledged() + more
        while self.acknowledged() < target:
            if time.monotonic() > begin + RECOVERY + more:
                raise TimeoutError(f"nothing is acknowledged any more: {self.log()}")
            time.sleep(0.005)

    def log(self) -> str:
        """Return the end of what the web processes said."""
        return self.site.home.with_suffix(".log").read_text()[-3000:]

    def kill(self, kind: str) -> None:
        """Kill one thing, be its supervisor, and measure how long nothing was acknowledged."""
        self.outcome.kills[kind] += 1
        begin = time.monotonic()
        match kind:
            case "worker":
                self.shoot(self.site.workers[:])
            case "all workers":
                for process_id in self.site.workers:
                    self.shoot([process_id])
            case "master":
                self.kill_master()
            case "backend":
                self.shoot(self.site.database.children() if self.site.database else [])
            case "postmaster":
                self.kill_postmaster()
        self.wait_for_acknowledgements(1)
        self.outcome.gaps.setdefault(kind, []).append(time.monotonic() - begin)

    def shoot(self, process_ids: list[int]) -> None:
        """Kill one of these processes; one that has just gone by itself is as good."""
        if process_ids:
            try:
                os.kill(self.chance.choice(process_ids), signal.SIGKILL)
            except ProcessLookupError:
                return

    def kill_master(self) -> None:
        """Kill gunicorn's master: its workers must leave by themselves, and a new one start."""
        assert self.site.master
        orphans = self.site.workers
        self.site.master.kill()
        self.site.master.wait()
        wait_until_gone(orphans)
        self.site.serve()

    def kill_postmaster(self) -> None:
        """Kill PostgreSQL and start it again."""
        assert self.site.database
        self.site.database.kill()
        self.site.database.start()

    def close(self, code: str, kills: int) -> None:
        """Open the round's box, killing the opener, or what it needs, `kills` times on the way."""
        for _ in range(kills):
            process = start_opener(self.site.config, code)
            process.join(self.chance.uniform(0, self.opening_seconds))
            if self.site.database and self.chance.random() < CLOSING:
                self.kill_postmaster()
                self.outcome.kills["postmaster while opening"] += 1
            else:
                process.kill()
                self.outcome.kills["opener"] += 1
            process.join()
            if process.exitcode == 0:
                break
        self.finish(code)

    def finish(self, code: str) -> None:
        """Open whatever is not open yet, and learn how long it takes."""
        begin = time.monotonic()
        process = start_opener(self.site.config, code)
        process.join()
        taken = time.monotonic() - begin
        self.opening_seconds = 0.7 * self.opening_seconds + 0.3 * taken
        if process.exitcode:
            raise RuntimeError(f"the opener ended with {process.exitcode}")


def prove(
    database: str,
    kills: int,
    *,
    seed: int,
    per_round: int = 20,
    progress: Progress = lambda outcome: None,
) -> Outcome:
    """Return what came of killing a platform on `database` that many times under load.

    Args:
        database: "sqlite" or "postgresql".
        kills: how many in all.
        seed: of what is killed when.
        per_round: kills before a round is judged and another begins.
        progress: told the outcome so far after each round.
    """
    with campaign_on(database, seed=seed, progress=progress) as campaign:
        campaign.run(kills, per_round)
        return campaign.outcome


@contextmanager
def campaign_on(
    database: str, *, seed: int, progress: Progress = lambda outcome: None
) -> Iterator[Campaign]:
    """Yield a campaign against a platform that serves, with phones that wait for a round."""
    with made_site(database) as site:
        site.serve()
        ledger = site.home.with_suffix(".ledger")
        ledger.touch()
        command = [sys.executable, "-m", "tests.proof.phones", str(site.port), str(ledger)]
        phones = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            yield Campaign(site, random.Random(seed), Outcome(database), ledger, phones, progress)
        finally:
            phones.kill()
            phones.communicate()
