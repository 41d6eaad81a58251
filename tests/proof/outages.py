"""A database that is away for a minute while phones send: what they were told is kept."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from tests.proof.campaign import Campaign, campaign_on
from tests.proof.judge import judge, read_ledger
from tests.proof.phones import as_data

ROUND = "R1"


@dataclass(frozen=True)
class Outage:
    """What came of it: acknowledgements meanwhile, and seconds until the next one afterwards."""

    database: str
    seconds: float
    meanwhile: int
    recovery: float
    acknowledged: int
    retried: int
    faults: list[str]

    def lines(self) -> list[str]:
        """Return the outcome in words, the verdict first."""
        verdict = "; ".join(self.faults) or "nothing acknowledged was lost or counted twice"
        return [
            f"{self.database} away for {self.seconds:.0f} s: {verdict}",
            f"  {self.acknowledged} acknowledged, {self.meanwhile} of them meanwhile,"
            f" {self.retried} pages sent again, the next one {self.recovery:.2f} s afterwards",
        ]


def outage(database: str, seconds: float, *, seed: int) -> Outage:
    """Return what came of a database that was away for `seconds` under load."""
    with campaign_on(database, seed=seed) as campaign:
        campaign.site.wait()
        campaign.tell({"round": ROUND, "places": as_data(campaign.site.open_round(ROUND))})
        campaign.wait_for_acknowledgements(20)
        with _away(campaign):
            # What was on its way when it began may still be told.
            time.sleep(min(1.0, seconds / 2))
            before = campaign.acknowledged()
            time.sleep(seconds)
            meanwhile = campaign.acknowledged() - before
        begin = time.monotonic()
        campaign.wait_for_acknowledgements(1)
        recovery = time.monotonic() - begin
        campaign.wait_for_acknowledgements(20)
        campaign.tell({"settle": True}, "settled")
        campaign.finish(ROUND)
        told = read_ledger(campaign.ledger, ROUND)
        faults = judge(campaign.site, ROUND, told)
    kept = (len(told.acknowledged), len(told.retried))
    return Outage(database, seconds, meanwhile, recovery, *kept, faults)


@contextmanager
def _away(campaign: Campaign) -> Iterator[None]:
    """Stop the server, or hold the box's file as a foreign program might."""
    server = campaign.site.database
    if server is not None:
        server.stop()
        yield
        server.start()
        return
    box = campaign.site.config.boxes / "box-1.sqlite"
    with closing(sqlite3.connect(box, isolation_level=None, timeout=60)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
