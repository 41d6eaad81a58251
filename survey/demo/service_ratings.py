"""Service ratings 好差评: bad ones put right and called back about, in a round that runs.

The round is opened day by day, so that a bad rating reaches its window the next morning.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.accounts.policy import OPERATOR, Actor
from survey.campaigns.models import OpeningKind, Round
from survey.campaigns.service import RoundExists, Use, get_round
from survey.collection import intake, opening, points
from survey.collection.receipts import random_code
from survey.demo.competition import page_of_a_book
from survey.demo.people import actor
from survey.demo.planning import at, create, midnight, open_, quarter_code, quarter_name
from survey.demo.residents import Values
from survey.publication.bad_ratings import open_bad_ratings
from survey.rectification import callbacks, evidence, service
from survey.rectification.calendar import load_calendar
from survey.rectification.callbacks import Result
from survey.rectification.item import Sheet
from survey.rectification.models import RectificationItem
from survey.rectification.states import Source, State
from survey.rectification.workdays import is_workday
from survey.web.platform import Platform

FORM, WINDOW = "D_service_hcp", "W04"
WINDOWS = ("W01", "W02", "W04")
TELEPHONE = "13800000000"
"""An invented one, which whoever looks at the sample may open."""

BEST: Values = {"D02": "5", "D15": ("517",)}
GOOD: Values = {"D02": "4", "D14": ("411",)}
FAIR: Values = {"D02": "3"}
POOR: Values = {"D02": "2", "D12": ("209",), "D21": "0"}
BAD: Values = {"D02": "1", "D11": ("115",), "D21": "1", "D22": TELEPHONE}
RATINGS = (*(BEST,) * 9, *(GOOD,) * 4, FAIR, POOR, BAD)
MEASURES = (
    "十点到十一点半加开一个窗口，超时办件由值班长当场说明原因；两名窗口人员重新培训，跟班一周。"
)
SECONDS, DAYS_OPEN, SCORE = 40, 60, 90


@dataclass(frozen=True)
class Days:
    """The working days, in their order, on which a bad rating was given and put right."""

    rated: date
    opened: date
    begun: date
    done: date
    closed: date


def run(platform: Platform, now: datetime) -> None:
    """Hold the round up to this morning; what was broken off is taken up where it stood."""
    zone = platform.config.zone
    code = f"{quarter_code(now, zone)}_hcp"
    today = midnight(now, zone)
    with platform.sessions.begin() as session:
        days = _days(session, today.date())
    start = datetime.combine(days.rated, time(), zone)
    with suppress(RoundExists), platform.sessions.begin() as session:
        title = f"{quarter_name(now, zone)}政务服务“好差评”"
        round_ = create(
            session,
            code,
            title,
            [Use(FORM, org_ids=WINDOWS)],
            start,
            start + timedelta(days=DAYS_OPEN),
            opening=OpeningKind.DAILY,
        )
        open_(session, platform, round_, now=start)
        _rate(session, platform, round_, at(start, 0, 10))
    _open_boxes(platform, code, now)
    _settle(platform, code, days)


def _days(session: Session, today: date) -> Days:
    """Return the last five working days before today."""
    calendar, found, day = load_calendar(session), list[date](), today
    while len(found) < 5:
        day -= timedelta(days=1)
        if is_workday(calendar, day):
            found.append(day)
    return Days(*reversed(found))


def _rate(session: Session, platform: Platform, round_: Round, now: datetime) -> None:
    """Let people rate the windows they were at, one after the other."""
    for point in points.list_points(session, OPERATOR, round_):
        questionnaire = points.questionnaire_of(session, point)
        own = RATINGS if point.org_id == WINDOW else RATINGS[:12]
        for number, values in enumerate(own):
            intake.record(
                session,
                platform.inbox,
                platform.keystore,
                point,
                questionnaire,
                values,
                key=random_code(26),
                seconds=SECONDS,
                now=now + timedelta(minutes=number),
            )


def _open_boxes(platform: Platform, code: str, now: datetime) -> None:
    """Open each day's box, as the worker does in the morning, and make items of bad ratings."""
    opening.open_due_boxes(
        platform.sessions,
        OPERATOR,
        code,
        platform.keystore,
        platform.inbox,
        now=now,
        zone=platform.config.zone,
    )


def _settle(platform: Platform, code: str, days: Days) -> None:
    """Take the item of the bad ratings to its end: put right, accepted, called back, closed."""
    with platform.sessions.begin() as session:
        round_ = get_round(session, OPERATOR, code)
        morning = _moment(platform, days.opened, 8)
        open_bad_ratings(session, round_, now=morning)
        callbacks.tie_to_items(session, round_)
        own = RectificationItem.round_id == round_.id
        bad = RectificationItem.source == Source.HCP_BAD.value
        item = session.scalars(select(RectificationItem).where(own, bad)).one()
        if State(item.state) is not State.CLOSED:
            _put_right(session, platform, item.number, days)
            _call_back(session, platform, item.number, days)


def _put_right(session: Session, platform: Platform, number: str, days: Days) -> None:
    window, unit, verifier = (actor(session, name) for name in ("yibao", "zhengwu", "yanshou"))

    def step(who: Actor, to: State, day: date, hour: int, **given: Any) -> None:
        moment = _moment(platform, day, hour)
        service.advance(session, who, number, to, now=moment, **given)

    step(window, State.ACCEPTED, days.opened, 9)
    step(window, State.IN_PROGRESS, days.begun, 9, measures=MEASURES)
    evidence.add_evidence(
        session,
        window,
        number,
        page_of_a_book(),
        "加开窗口排班.png",
        folder=platform.config.evidence,
        now=_moment(platform, days.done, 14),
    )
    step(window, State.SUBMITTED, days.done, 15)
    step(unit, State.UNIT_CHECKED, days.done, 17)
    step(verifier, State.VERIFIED, days.closed, 9, sheet=Sheet(True, True, True, True, SCORE))


def _call_back(session: Session, platform: Platform, number: str, days: Days) -> None:
    unit = actor(session, "zhengwu")
    (left,) = callbacks.numbers(session, unit, item=number)
    now = _moment(platform, days.closed, 10)
    callbacks.open_number(session, unit, platform.keystore, left.id, "回访差评", now=now)
    callbacks.record_result(session, unit, left.id, Result.SATISFIED, now=now)
    closed = _moment(platform, days.closed, 11)
    service.advance(session, unit, number, State.CLOSED, now=closed)


def _moment(platform: Platform, day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), platform.config.zone)
