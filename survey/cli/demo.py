"""`flask demo …`: the sample district and its simulated residents."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import click
from sqlalchemy.orm import Session

from survey import clock, schema
from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.campaigns.models import CollectionMode, RoundState
from survey.cli.running import command, reading
from survey.collection import points
from survey.demo import district, residents
from survey.demo.residents import Address
from survey.demo.unfinished import mark_of
from survey.errors import SurveyError
from survey.web.platform import platform

group = click.Group("demo", help="The sample district.")

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 30


class NotEmpty(SurveyError):
    """There is a district in the database already."""

    code = "NOT_EMPTY"


class NoOpenRound(SurveyError):
    """Nobody can answer, since no round is open."""

    code = "NO_OPEN_ROUND"


class NotServed(SurveyError):
    """The platform could not be reached over HTTP."""

    code = "NOT_SERVED"


@command(group, "load")
def load() -> None:
    """Load the sample district into an empty database; what was broken off goes on."""
    held = platform()
    schema.upgrade(held.engine)
    with reading() as session:
        if district.is_loaded(session) and not mark_of(held.config).exists():
            raise NotEmpty(
                "数据库里已经有组织了，示范区只装进空库",
                "The database holds organisations; the sample goes into an empty one",
            )
    file = district.load(held, now=clock.now(), told=click.echo)
    click.echo(f"Names and passwords: {file}")


@command(group, "answer")
@click.option("--count", type=click.IntRange(1, 1_000_000), required=True)
@click.option("--round", "round_code", help="default: the round that is open")
@click.option("--connections", type=click.IntRange(1, 64), default=8)
@click.option("--seed", type=int, default=20260901)
def answer(count: int, round_code: str | None, connections: int, seed: int) -> None:
    """Let COUNT simulated residents answer over HTTP; serves by itself if nobody does."""
    with reading() as session:
        addresses = _addresses(session, round_code)
    begin = time.perf_counter()
    with _served(platform().config.base_url):
        statuses = residents.answer(addresses, count, seed=seed, connections=connections)
    seconds = time.perf_counter() - begin
    for status, number in sorted(statuses.items()):
        click.echo(f"{number} answers: {'stored' if status == 303 else f'HTTP {status}'}")
    click.echo(f"{seconds:.1f} s")
    if set(statuses) != {303}:
        sys.exit(1)


def _addresses(session: Session, code: str | None) -> list[Address]:
    """Return where anybody may answer: in one round, or in the latest that has such a place."""
    rounds = campaigns.list_rounds(session, OPERATOR)
    if code:
        rounds = [campaigns.get_round(session, OPERATOR, code)]
    base = platform().config.base_url
    for round_ in rounds:
        found = points.list_points(session, OPERATOR, round_)
        anybody = [point for point in found if point.mode == CollectionMode.OPEN]
        if round_.state == RoundState.OPEN and anybody:
            return [
                Address(p.org_id, f"{base}/q/{p.code}", points.questionnaire_of(session, p))
                for p in anybody
            ]
    raise NoOpenRound("现在没有正在进行的评议", "No round is open; run flask rounds open CODE")


@contextmanager
def _served(base_url: str) -> Iterator[None]:
    """Make sure somebody serves `base_url`; a server started here ends with the context."""
    if _answers(base_url):
        yield
        return
    server = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
        [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", urlsplit(base_url).netloc],
        cwd=ROOT,
    )
    try:
        end = time.monotonic() + START_SECONDS
        while not _answers(base_url):
            if server.poll() is not None or time.monotonic() > end:
                _not_served(base_url)
            time.sleep(0.1)
        yield
    finally:
        server.terminate()
        server.wait(START_SECONDS)


def _answers(base_url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{base_url}/healthz", timeout=5):  # noqa: S310 - http by Config
            return True
    except (urllib.error.URLError, OSError):
        return False


def _not_served(base_url: str) -> NoReturn:
    raise NotServed(
        f"{base_url} 打不开，请先运行 make run", f"{base_url} cannot be reached; run make run"
    )
