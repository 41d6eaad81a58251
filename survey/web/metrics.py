"""`/metrics`: what a monitoring system watches, in Prometheus' text format.

Open like the other probes, and so it tells only what anybody may know: participation follows
from the steps of each point (design: the sealed box, 4), never from a count, and nothing here
moves with what somebody answered; the room left on the disk, too, would count answers.
"""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from flask import Blueprint, Response
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from survey import clock, schema
from survey.campaigns.models import Round, RoundState
from survey.collection.lost_keys import unusable_keys
from survey.collection.models import Box
from survey.collection.participation import BANDS, floors
from survey.jobs import service as jobs
from survey.jobs.models import Job
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.unit_of_work import reading

bp = Blueprint("metrics", __name__)
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
KEPT = timedelta(seconds=5)
"""How long a text is given again: whoever asks a hundred times a second costs nobody anything."""
FULL = 0.85
"""Share of the disk in use from which it is said to be short (security.md, F5)."""
_ASKING = threading.Lock()
_KEPT: dict[int, tuple[datetime, str]] = {}

Samples = Mapping[tuple[tuple[str, str], ...], float]


@bp.get("/metrics")
@policy.public
def show() -> Response:
    """Return the metrics of the whole platform; every process gives the same."""
    with _ASKING:
        now, key = clock.now(), id(platform())
        at, text = _KEPT.get(key, (now - KEPT, ""))
        if not timedelta() <= now - at < KEPT:
            text = _text(now)
            _KEPT.clear()
            _KEPT[key] = (now, text)
    return Response(text, content_type=MEDIA_TYPE)


def _text(now: datetime) -> str:
    try:
        with reading() as session:
            found = [*_gauges(session, now), _gauge("database_up", "the database answers", {(): 1})]
    except SQLAlchemyError:
        found = [_gauge("database_up", "the database answers", {(): 0})]
    disk = shutil.disk_usage(platform().config.home)
    is_short = disk.used > FULL * disk.total
    found.append(_gauge("disk_is_short", "85 % of the data's disk are in use", {(): is_short}))
    return "".join(found)


def _gauges(session: Session, now: datetime) -> Iterable[str]:
    held = platform()
    yield _gauge("schema", "revision of the database", {(("revision", schema.head() or ""),): 1})
    yield _gauge("rounds", "rounds by state", _counted(session, Round.state, "state"))
    yield _gauge("boxes", "ballot boxes by state", _counted(session, Box.state, "state"))
    answers: dict[tuple[tuple[str, str], ...], float] = {}
    reached: dict[tuple[tuple[str, str], ...], float] = {}
    query = select(Round).where(Round.state == RoundState.OPEN).order_by(Round.id)
    for round_ in session.scalars(query):
        of_round = ("round", round_.code)
        lows = floors(session, held.inbox, round_)
        answers[(of_round,)] = sum(lows)
        bands = Counter(_band(low) for low in lows)
        for low, _ in BANDS:
            reached[(of_round, ("answers", _band(low)))] = bands[_band(low)]
    text = "answers of an open round, each form rounded down to its step of five"
    yield _gauge("answers_at_least", text, answers)
    yield _gauge("forms", "forms of an open round by answers, in steps", reached)
    yield _gauge("jobs", "background jobs by state", _counted(session, Job.state, "state"))
    is_stuck = jobs.is_stuck(session, now=now)
    yield _gauge("queue_is_stuck", "a job has waited too long: no worker runs", {(): is_stuck})
    unusable = len(unusable_keys(session, held.keystore))
    yield _gauge("unusable_keys", "sealed boxes that could not be opened now", {(): unusable})


def _counted(session: Session, column: object, label: str) -> Samples:
    query = select(column, func.count()).group_by(column).order_by(column)  # type: ignore[call-overload]
    return {((label, str(value)),): count for value, count in session.execute(query)}


def _band(low: int) -> str:
    """Return the span of answers that `low` lies in, as 10-29 or 30-."""
    first, last = next(band for band in reversed(BANDS) if low >= band[0])
    return f"{first}-{'' if last is None else last}"


def _gauge(name: str, text: str, samples: Samples) -> str:
    """Return one metric; labels are codes and states, which need no escaping but get it."""
    lines = [f"# HELP pingyi_{name} {text}", f"# TYPE pingyi_{name} gauge"]
    for labels, value in samples.items():
        told = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
        lines.append(f"pingyi_{name}{{{told}}} {value:g}" if told else f"pingyi_{name} {value:g}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
