"""Figures from tallies: time by the number of answers that the tallies stand for."""

from __future__ import annotations

import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import survey.sqlite  # noqa: F401 - must come before anything that opens a database
from bench import opening
from bench.served import flask, served
from reports import tally
from reports.disclosure import figures_of, release
from reports.figures import Audience
from survey import db
from survey.accounts.policy import OPERATOR
from survey.app import create_app
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round, RoundState
from survey.collection.models import StoredTally
from survey.config import Config
from survey.results import service as results
from survey.web.platform import EXTENSION

REAL = tuple(map(int, os.environ.get("BENCH_REAL", "10000,100000").split(",")))
"""Answers that are really sealed and opened; a million takes minutes to seal."""
SYNTHETIC = (10_000, 100_000, 1_000_000, 10_000_000)
TIMES = 3
QUESTIONNAIRE = "A_branch_mass"


def measure() -> None:
    """Print milliseconds for one object's figures and for the district's, by number of answers."""
    for size in REAL:
        _measure_real(size)
    with served() as platform:
        held = create_app(Config.from_environ(platform.environ)).extensions[EXTENSION]
        with held.sessions() as session:
            round_ = next(
                r for r in campaigns.list_rounds(session, OPERATOR) if r.state == RoundState.CLOSED
            )
            stored = list(session.scalars(select(StoredTally)))
            answers = sum(tally.from_data(each.data).received for each in stored)
            real = [each.data for each in stored]
            for size in SYNTHETIC:
                for each, data in zip(stored, real, strict=True):
                    each.data = _times(data, max(1, round(size / answers)))
                session.flush()
                session.expire_all()
                print(
                    f"figures of {size:,} answers (tallies multiplied): {_timed(session, round_)}"
                )
            session.rollback()


def _measure_real(size: int) -> None:
    """Print the same of a round whose answers were sealed, put into its box, and opened."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {**os.environ, "PINGYI_HOME": folder}
        flask(environ, "db", "upgrade")
        flask(environ, "demo", "load")
        held = create_app(Config.from_environ(environ)).extensions[EXTENSION]
        with db.reading(held.sessions) as session:
            code = next(
                r.code
                for r in campaigns.list_rounds(session, OPERATOR)
                if r.state == RoundState.OPEN
            )
        context = multiprocessing.get_context("spawn")
        for step in (partial(opening.fill, folder, size), partial(opening.open_box, folder)):
            process = context.Process(target=step)
            process.start()
            process.join()
        with held.sessions() as session:
            round_ = campaigns.get_round(session, OPERATOR, code)
            print(f"figures of {size:,} answers (opened): {_timed(session, round_)}", flush=True)


def _timed(session: Session, round_: Round) -> str:
    used = results.used_questionnaire(session, round_, QUESTIONNAIRE)
    rule_set = results.rules_of(round_)
    inputs = results.inputs_of(session, round_, QUESTIONNAIRE)
    target, counts = max(inputs, key=lambda pair: pair[1].received)

    def one() -> object:
        return figures_of(used, counts, rule_set, target, audience=Audience.INTERNAL)

    def district() -> object:
        return results.release_of(session, round_, QUESTIONNAIRE, Audience.INTERNAL)

    def anew() -> object:
        return release(used, inputs, rule_set, Audience.INTERNAL)

    return (
        f"object {_milliseconds(one):.1f} ms (target 5), district {_milliseconds(district):.1f} ms "
        f"(target 50), all of it computed anew from the tallies {_milliseconds(anew):.0f} ms"
    )


def _times(data: Any, factor: int) -> Any:
    """Return a tally with every count `factor` times as large."""
    if isinstance(data, dict):
        return {key: _times(value, factor) for key, value in data.items()}
    if isinstance(data, list):
        return [_times(value, factor) for value in data]
    return data * factor if isinstance(data, int | float) else data


def _milliseconds(work: Callable[[], object]) -> float:
    work()
    taken = []
    for _ in range(TIMES):
        begin = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begin) * 1e3)
    return statistics.median(taken)
