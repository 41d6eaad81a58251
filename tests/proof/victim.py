"""A process whose writing fails as told (`faults.c`); it prints what came of each failure.

    python -m tests.proof.victim intake|opening HOME DATABASE_URL ROUND write|read-only|flush

Write after write, or flush after flush, fails, until an act goes through without reaching the
next failure. Each failure must leave nothing behind, and once the disk works again, the same
process must be able to do the same thing again.
"""

import errno
import json
import mmap
import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

import survey.sqlite  # noqa: F401 - must come before anything that opens a database
from survey import clock
from survey.accounts.policy import OPERATOR
from survey.app import create_app
from survey.campaigns import service as campaigns
from survey.collection.models import Box, BoxState, Response
from survey.collection.verification import verify_round
from survey.db import reading
from survey.errors import SurveyError
from survey.publication.closing import close_round
from survey.web.platform import EXTENSION, Platform
from tests.conftest import make_config
from tests.proof.phones import Page, Place

MOST = 2_000
"""Failures after which something is wrong: no act here writes that often."""
FAILURES = {"write": (errno.ENOSPC, 0), "read-only": (errno.EROFS, 0), "flush": (0, errno.EIO)}
"""What writes and flushes end with, by kind of failure."""


@dataclass
class Report:
    """How many times something failed, and every promise that was broken then."""

    failures: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass
class Disk:
    """The disk under the process: writes, or flushes, can be made to fail."""

    kind: str
    control: mmap.mmap

    @contextmanager
    def failing_after(self, successes: int) -> Iterator[None]:
        """Let this many calls succeed, then none."""
        full, broken = FAILURES[self.kind]
        self.control[:] = struct.pack("iiii", full, successes, broken, successes)
        try:
            yield
        finally:
            left = struct.unpack("iiii", self.control[:])
            self.was_reached = left[1 if full else 3] < 0
            self.control[:] = bytes(16)


def opened_disk(kind: str) -> Disk:
    """Return the disk that `faults.c` guards in this process."""
    with open(os.environ["FAULT_CONTROL"], "r+b") as file:
        return Disk(kind, mmap.mmap(file.fileno(), 16))


def post(client: FlaskClient, page: Page) -> int:
    """Return the status of a page that is posted; a 503 must say when to come again."""
    response = client.post(
        f"/q/{page.place.code}", data=page.body(), content_type="application/x-www-form-urlencoded"
    )
    if response.status_code == 503 and not response.headers.get("Retry-After", "").isdigit():
        return -503
    return response.status_code


def try_intake(held: Platform, client: FlaskClient, place: Place, disk: Disk) -> Report:
    """Have the disk fail at each write of an answer; the same page must go through afterwards."""
    report = Report()
    for successes in range(MOST):
        page = Page("R1", place, f"{successes:022d}", f"意见{successes}")
        with disk.failing_after(successes):
            status = post(client, page)
        if status == 303 and not disk.was_reached:
            return report
        report.failures += status == 503
        if status not in (303, 503):
            report.faults.append(f"failure {successes}: {status}")
        if client.get(f"/q/{place.code}").status_code != 200:
            report.faults.append(f"failure {successes}: the form was not shown afterwards")
        if (again := post(client, page)) != 303:
            report.faults.append(f"failure {successes}: {again} when sent again")
    report.faults.append("every write failed")
    return report


def try_opening(held: Platform, round_code: str, disk: Disk) -> Report:
    """Have the disk fail at each write of an opening; it must go on from where it stood."""
    report = Report()
    for successes in range(MOST):
        try:
            with disk.failing_after(successes):
                stores = (held.sessions, OPERATOR, round_code, held.keystore, held.inbox)
                close_round(*stores, now=clock.now(), early_reason="proof")
            return report
        except (DBAPIError, OSError, SurveyError) as error:
            report.failures += 1
            with reading(held.sessions) as session:
                found = half_done(session, held, round_code)
            report.faults += [f"{found} after failure {successes}, {error!r}"] * bool(found)
    report.faults.append("every write failed")
    return report


def half_done(session: Session, held: Platform, round_code: str) -> str:
    """Return what is wrong with a round whose opening stopped; empty where it can go on."""
    round_ = campaigns.get_round(session, OPERATOR, round_code)
    box = session.scalars(select(Box).where(Box.round_id == round_.id)).one()
    responses = session.scalar(select(func.count()).select_from(Response)) or 0
    if box.state in (BoxState.SEALED, BoxState.COUNTED):
        if responses:
            return f"{responses} responses of an unopened box"
        if not held.keystore.has(box.public_key):
            return "no key to an unopened box"
        return ""
    if responses != box.answer_count or verify_round(session, round_):
        return f"{responses} responses of {box.answer_count}"
    return ""


def main() -> None:
    """Do what the arguments say and print the report."""
    act, home, url, round_code, kind = sys.argv[1:]
    app = create_app(make_config(url, Path(home)))
    held: Platform = app.extensions[EXTENSION]
    disk = opened_disk(kind)
    if act == "intake":
        place = Place(**json.load(sys.stdin))
        report = try_intake(held, app.test_client(), place, disk)
    else:
        report = try_opening(held, round_code, disk)
    print(json.dumps(report.__dict__))


if __name__ == "__main__":
    main()
