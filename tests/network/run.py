"""Submissions through the faulty proxy: how many were lost, how many were counted twice."""

import asyncio
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from survey import clock
from survey.accounts.policy import OPERATOR
from survey.collection import opening
from survey.collection.models import Receipt, Response
from tests.network.faulty_proxy import FaultyProxy
from tests.network.phones import Page, Rule, confirms, deliver, filled_in
from tests.residents import Clock, Residents, open_home, serve

AT_A_TIME = 40


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    `lost` were confirmed to the phone and not counted; `doubled` are answers beyond one for each
    page; `faults` counts what the proxy did.
    """

    pages: int
    tries: int
    lost: int
    doubled: int
    seconds: float
    faults: Counter[str]

    def lines(self) -> list[str]:
        """Return the outcome for people."""
        return [
            f"{self.pages} submissions, {self.tries} tries, {self.seconds:.0f} s",
            f"{self.lost} lost, {self.doubled} doubled",
            *(f"  {count:6} {name}" for name, count in self.faults.most_common()),
        ]


def send_all(
    residents: Residents, port: int, number: int, *, seed: int, rule: Rule = confirms
) -> Outcome:
    """Send so many forms to the server at `port` through a faulty proxy, then open the box."""
    begin = time.monotonic()
    pages = filled_in(residents, number)
    proxy = FaultyProxy(port, random.Random(seed))
    with ThreadPoolExecutor(max_workers=1) as own_loop:  # a browser may hold this thread's loop
        tries = own_loop.submit(lambda: asyncio.run(_deliver_all(pages, proxy, rule))).result()
    seconds = time.monotonic() - begin
    answers, receipts = _open(residents)
    return Outcome(
        pages=number,
        tries=tries,
        lost=len({page.listed for page in pages} - receipts),
        doubled=max(0, answers - number),
        seconds=seconds,
        faults=proxy.happened,
    )


async def _deliver_all(pages: list[Page], proxy: FaultyProxy, rule: Rule) -> int:
    server = await proxy.serve()
    port = server.sockets[0].getsockname()[1]
    turns = asyncio.Semaphore(AT_A_TIME)
    async with server:
        tries = await asyncio.gather(*(deliver(page, port, turns, rule) for page in pages))
        await proxy.settled()
    return sum(tries)


def _open(residents: Residents) -> tuple[int, set[str]]:
    """Open the box and return how many answers were counted, and every receipt on the list."""
    held = residents.platform
    opening.close_round(
        held.sessions,
        OPERATOR,
        "R1",
        held.keystore,
        held.inbox,
        now=clock.now(),
        early=True,
        reason="every page was sent",
    )
    with held.sessions() as session:
        return len(session.scalars(select(Response.id)).all()), set(
            session.scalars(select(Receipt.hash))
        )


def served_home(template: Path, home: Path) -> Residents:
    """Return an open round in `home`, whose server is still to be started."""
    now = clock.now()
    open_home(template, home, now)
    residents = serve(home, Clock(now))
    (home / "secret").write_bytes(residents.platform.config.secret_key)
    return residents
