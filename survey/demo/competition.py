"""Indicators of two sectors over two quarters, some missing, and other evaluations."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image, ImageDraw
from sqlalchemy.orm import Session

from survey.accounts.policy import OPERATOR, Actor
from survey.demo.people import actor
from survey.indicators import entries, entry_file, scores, sets, standings
from survey.indicators.entries import Place
from survey.indicators.models import IndicatorSet, Verdict
from survey.indicators.periods import Cycle, Period, period_at, period_before
from survey.indicators.sets import SetPlan
from survey.org.models import Organisation
from survey.ratings import outside
from survey.web.platform import Platform

SAMPLE = Path(__file__).resolve().parent.parent.parent / "sample"
TREE, RESULTS = "indicators_branch.csv", "other_results.csv"
RURAL = ("ZB", "农村党支部量化竞赛指标", "农村")
STATE_OWNED = ("GQ", "国企党支部量化竞赛指标", "国企")
FEW = 5
SEED = 20120229
OWN = "B008"
RETURNED_BECAUSE = "台账里是4件，请核对后再报"


def run(platform: Platform, now: datetime) -> None:
    """Make two sets, once: one with a settled quarter, both with one that is being filled."""
    today = now.astimezone(platform.config.zone).date()
    last = period_before(period_at(Cycle.QUARTER, today))
    first = period_before(last)
    folder = platform.config.evidence
    with platform.sessions.begin() as session:
        if sets.versions_of(session, RURAL[0]):
            return
        data = (SAMPLE / RESULTS).read_bytes()
        outside.import_results(session, OPERATOR, data, RESULTS, now=now)
        of = _set(session, STATE_OWNED, first, now)
        orgs = standings.measured(session, of)
        _fill(session, of, first, orgs, folder, now)
        scores.settle(session, OPERATOR, of, first, today=today, now=now)
        _fill(session, of, last, orgs[:FEW], folder, now)
        of = _set(session, RURAL, last, now)
        orgs = standings.measured(session, of)
        _fill(session, of, last, [org for org in orgs if org.id != OWN][:FEW], folder, now)
        _fill_by_hand(session, of, last, next(org for org in orgs if org.id == OWN), now)


def _set(
    session: Session, about: tuple[str, str, str], first: Period, now: datetime
) -> IndicatorSet:
    code, title, sector = about
    plan = SetPlan(code, title, "branch", sector, first.starts_on)
    data = (SAMPLE / TREE).read_bytes()
    return sets.import_tree(session, OPERATOR, plan, data, TREE, now=now)


def _fill(
    session: Session,
    of: IndicatorSet,
    period: Period,
    orgs: Sequence[Organisation],
    folder: Path,
    now: datetime,
) -> None:
    """Enter and approve the values of some branches: a file for most, one by one with evidence."""
    source = random.Random(f"{SEED}{period.code}")  # noqa: S311 - repeatable, and nobody's secret
    today = (now + timedelta(days=1)).date()
    rows, proved = [], []
    for org in orgs:
        for node in sets.leaves(of):
            for part in period.parts(Cycle(node.cycle)):
                value = _value(source, node.code)
                if node.needs_evidence:
                    proved.append((Place(of, node, org, part), value))
                else:
                    rows.append((org.id, node.code, part.code, value))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([("org_id", "indicator", "period", "value"), *rows])
    data = out.getvalue().encode()
    entry_file.import_entries(session, OPERATOR, of, data, "values.csv", today=today, now=now)
    page = page_of_a_book()
    for place, value in proved:
        entry = entries.enter(session, OPERATOR, place, value, today=today, now=now)
        entries.add_evidence(
            session, OPERATOR, entry.id, page, "工作手册.png", folder=folder, now=now
        )
    ids = [entry.id for entry, _of in standings.waiting(session, OPERATOR)]
    entries.approve_all(session, OPERATOR, ids, now=now)


def _fill_by_hand(
    session: Session, of: IndicatorSet, period: Period, org: Organisation, now: datetime
) -> None:
    """Leave the secretary of one branch with some values sent, one returned and the rest to do."""
    secretary, unit = actor(session, "caotang"), actor(session, "qingyu")
    _enter(session, secretary, of, period, org, "ZZ2", 100, now)
    _enter(session, secretary, of, period, org, "QZ1", 6.5, now)
    told = _enter(session, secretary, of, period, org, "CN2", 6, now)
    entries.decide(session, unit, told, Verdict.RETURNED, RETURNED_BECAUSE, now=now)


def _enter(
    session: Session,
    who: Actor,
    of: IndicatorSet,
    period: Period,
    org: Organisation,
    code: str,
    value: float,
    now: datetime,
) -> int:
    place = entries.place_of(session, who, of.code, org.id, code, period.code)
    today = (now + timedelta(days=1)).date()
    return entries.enter(session, who, place, value, today=today, now=now).id


def _value(source: random.Random, code: str) -> float:
    """Return a value as a branch might have it."""
    ranges = {"ZZ1": (75, 100), "ZZ2": (90, 100), "ZZ3": (68, 99), "CN1": (60, 100)}
    if code in ranges:
        return round(source.uniform(*ranges[code]), 1)
    if code == "CN2":
        return source.randint(1, 8)
    if code == "QZ1":
        return round(source.uniform(2, 18), 1)
    return source.choice((0, 0, 0, 1)) if code == "QZ2" else 0


def page_of_a_book() -> bytes:
    """Return a picture of a ruled page, as one takes of a work book."""
    picture = Image.new("RGB", (900, 640), "#f6f4ee")
    drawing = ImageDraw.Draw(picture)
    for line in range(80, 620, 60):
        drawing.line((60, line, 840, line), fill="#80868a", width=2)
    for column in (60, 240, 560, 840):
        drawing.line((column, 80, column, 560), fill="#80868a", width=2)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
