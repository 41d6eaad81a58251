"""Opening a box of 100,000 answers (BENCH_ANSWERS): time by step, memory; opening a round."""

from __future__ import annotations

import multiprocessing
import os
import random
import secrets
import tempfile
import threading
import time
from contextlib import suppress
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event

import survey.sqlite  # noqa: F401 - must come before anything that opens a database
from bench.served import flask, memory_mb
from forms.definition import ItemKind, Questionnaire
from forms.expressions import Value
from forms.routing import asked
from survey import clock, db
from survey.accounts.policy import OPERATOR
from survey.app import create_app
from survey.campaigns import service as campaigns
from survey.campaigns.models import RoundState
from survey.campaigns.service import Use
from survey.collection import fieldwork, intake, opening, points
from survey.collection.inbox import SealedRow
from survey.collection.sealing import seal_sheet
from survey.config import Config
from survey.demo import district
from survey.web.platform import EXTENSION, Platform
from survey.web.public.pages import renderer

ANSWERS = int(os.environ.get("BENCH_ANSWERS", "100000"))
PORTION = 10_000


def measure() -> None:
    """Print seconds and memory of one opening, in a process of its own, and of `rounds open`."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {**os.environ, "PINGYI_HOME": folder}
        flask(environ, "db", "upgrade")
        flask(environ, "demo", "load")
        for step in (fill, open_box, open_round):
            process = multiprocessing.get_context("spawn").Process(target=step, args=(folder,))
            process.start()
            process.join()


def fill(home: str, answers: int = ANSWERS) -> None:
    """Put sealed answers into the box of the open round, as phones would."""
    held, code = _platform(home)
    chance = random.Random(7)
    with db.reading(held.sessions) as session:
        round_ = campaigns.get_round(session, OPERATOR, code)
        views = list(points.points_of(session, round_.id).values())
        forms = {view.id: points.questionnaire_of(session, view) for view in views}
    pool = {view.id: [_answers(forms[view.id], chance) for _ in range(20)] for view in views}
    box = views[0].box_at(clock.now())
    for first in range(0, answers, PORTION):
        rows = []
        for number in range(first, min(first + PORTION, answers)):
            view = views[number % len(views)]
            sheet = intake.make_sheet(
                view,
                forms[view.id],
                chance.choice(pool[view.id]),
                listed=secrets.token_hex(32),
                seconds=60.0,
            )
            hashes = secrets.token_bytes(32), secrets.token_bytes(32)
            rows.append(SealedRow(*hashes, view.id, seal_sheet(box.public_key, sheet)))
        held.inbox.put_all(box.id, rows)


def open_box(home: str) -> None:
    """Close the round and print what its opening took."""
    held, code = _platform(home)
    watch = Watch()
    begin, processor = time.perf_counter(), _processor()

    def tell(step: opening.Step) -> None:
        print(f"  {step} after {time.perf_counter() - begin:.1f} s", flush=True)

    outcome = opening.close_round(
        held.sessions,
        OPERATOR,
        code,
        held.keystore,
        held.inbox,
        now=clock.now(),
        early=True,
        reason="benchmark",
        progress=tell,
    )
    print(
        f"opening {outcome.answers:,} answers: {time.perf_counter() - begin:.1f} s "
        f"({_processor() - processor:.1f} s processor time of all processes), "
        f"{watch.most():.0f} MB at most (PSS of all processes), load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


class Watch:
    """Looks ten times a second, from another process, at the memory of this one and its workers."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_look, args=(os.getpid(), theirs), daemon=True)
        self._process.start()
        self._ours.recv()

    def most(self) -> float:
        """Return the most there was, in MB, and look no more."""
        self._ours.send(None)
        most: float = self._ours.recv()
        self._process.join()
        return most


def _look(pid: int, line: Connection) -> None:
    line.send(None)
    most = 0.0
    while not line.poll(0.1):
        # Workers come and go between listing and looking.
        with suppress(OSError):
            most = max(most, memory_mb(pid, but=os.getpid()))
    line.send(most)


def _processor() -> float:
    """Return the processor time of this process and of those that worked for it and have ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def open_round(home: str) -> None:
    """Print what opening a round for every branch and window takes, and how long others wait."""
    held, _ = _platform(home)
    now = clock.now()
    with held.sessions.begin() as session:
        campaigns.create_round(
            session,
            OPERATOR,
            code="BENCH",
            title="bench",
            uses=[Use(form) for form in district.FORMS],
            opens_at=now,
            closes_at=now + timedelta(days=1),
            paper_until=now + timedelta(days=1),
            now=now,
        )
    begin, processor = time.perf_counter(), time.process_time()
    counted: list[int] = []
    waits: list[float] = []
    is_over = threading.Event()
    other = threading.Thread(target=_write_now_and_then, args=(held.sessions, waits, is_over))
    other.start()
    fieldwork.open_in_steps(
        held.sessions,
        OPERATOR,
        "BENCH",
        held.keystore,
        held.inbox,
        renderer(held.config.zone),
        now=now,
        no_key_copy=True,
        progress=lambda _, total: counted.append(total),
    )
    taken, spent = time.perf_counter() - begin, time.process_time() - processor
    is_over.set()
    other.join()
    print(
        f"opening a round of {counted[-1]} points: {taken:.1f} s ({spent:.1f} s processor time); "
        f"of {len(waits)} other transactions meanwhile the slowest waited {max(waits):.2f} s",
        flush=True,
    )


def _write_now_and_then(sessions: db.Sessions, waits: list[float], is_over: Event) -> None:
    """Take and give back the right to write, as the console does, and note how long it took."""
    while not is_over.wait(0.02):
        begin = time.perf_counter()
        with sessions.begin() as session:
            session.connection()
        waits.append(time.perf_counter() - begin)


def _platform(home: str) -> tuple[Platform, str]:
    held: Platform = create_app(
        Config.from_environ({**os.environ, "PINGYI_HOME": str(Path(home))})
    ).extensions[EXTENSION]
    with db.reading(held.sessions) as session:
        rounds = campaigns.list_rounds(session, OPERATOR)
        return held, next((r.code for r in rounds if r.state == RoundState.OPEN), "")


def _answers(questionnaire: Questionnaire, chance: random.Random) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for item in questionnaire.items:
        values[item.code] = None
        if item.kind is ItemKind.SINGLE_CHOICE:
            values[item.code] = chance.choice(item.option_codes)
        elif item.kind is ItemKind.MULTIPLE_CHOICE:
            values[item.code] = (chance.choice(item.option_codes),)
        elif item.kind is ItemKind.TEXT and not item.is_contact and chance.random() < 0.1:
            values[item.code] = "窗口排队太久，希望多开一个号，中午也有人办。"
    wanted = asked(questionnaire, values)
    return {code: value for code, value in values.items() if code in wanted}
