"""A branch and its members reviewed with slips: a round that is over, and one under way."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from survey.accounts.policy import OPERATOR
from survey.campaigns.models import Round
from survey.campaigns.service import RoundExists, Use, get_round
from survey.collection import intake, issuing, points, tickets
from survey.collection.fieldwork import RoundNotReady
from survey.collection.points import PointView
from survey.collection.receipts import random_code
from survey.collection.tickets import Slip
from survey.demo.people import actor
from survey.demo.planning import (
    PAST_ROUND,
    at,
    create,
    midnight,
    open_,
    quarter_code,
    quarter_name,
)
from survey.demo.residents import fill
from survey.meetings import service as meetings
from survey.publication import tickets as printing
from survey.publication.closing import close_round
from survey.publication.tickets import Printed
from survey.web.platform import Platform

FORM, BRANCH_FORM = "B_member_review", "A_branch_mass"
BRANCH, OTHER_BRANCH = "B008", "B002"
PAST = f"{PAST_ROUND}_party"
LOST, PRESENT = 20, 36
"""Slips of the batch that became void, and people at the meeting."""

USED = {FORM: (30, 27), BRANCH_FORM: (40, 34)}
"""Slips handed out and answers given with them, by questionnaire."""

FRESH = 20
SECONDS = 150


def run(platform: Platform, now: datetime, past_closes_at: datetime) -> None:
    """Hold the past review of members, and open the present one."""
    _run_past(platform, past_closes_at - timedelta(days=1))
    _open_present(platform, now)


def _run_past(platform: Platform, closes_at: datetime) -> None:
    day = closes_at - timedelta(days=10)
    slips: dict[str, list[Slip]] = {}
    with suppress(RoundExists), platform.sessions.begin() as session:
        round_ = create(
            session,
            PAST,
            "2026年三季度凭票评议",
            [Use(code, org_ids=(BRANCH,)) for code in USED],
            day,
            closes_at,
            mode="ticket",
        )
        open_(session, platform, round_, now=day)
        lost = _issue(session, platform, round_, FORM, LOST, at(day, 1, 9))
        issuing.withdraw(
            session, OPERATOR, round_, lost[0], reason="印刷模糊，重新印制", now=at(day, 2, 9)
        )
        for code, (count, _) in USED.items():
            slips[code] = _issue(session, platform, round_, code, count, at(day, 2, 10))[1]
    if slips:
        _hold_meeting(platform, slips, at(day, 5, 15))
    with suppress(RoundNotReady):  # Closed before the rest was broken off.
        close_round(
            platform.sessions, OPERATOR, PAST, platform.keystore, platform.inbox, now=closes_at
        )


def _issue(
    session: Session, platform: Platform, round_: Round, code: str, count: int, now: datetime
) -> tuple[str, list[Slip]]:
    """Ask for a batch as the unit, allow it as the district, and make its slips valid."""
    unit, office = actor(session, "qingyu"), actor(session, "quban")
    (point,) = issuing.ticket_points(session, unit, round_, BRANCH, questionnaire_code=code)
    batch = issuing.request(session, unit, round_, point, count, now=now)
    issuing.decide(session, office, round_, batch.id, allow=True, now=now)
    slips = issuing.make_slips(count)
    issuing.issue(session, unit, platform.keystore, round_, batch.id, slips, now=now)
    return batch.id, slips


def _hold_meeting(platform: Platform, slips: dict[str, list[Slip]], now: datetime) -> None:
    """Let most of those present answer, each with a slip, and close the meeting."""
    with platform.sessions.begin() as session:
        chair = actor(session, "caotang")
        for point in points.list_points(session, OPERATOR, get_round(session, OPERATOR, PAST)):
            held = meetings.open_meeting(session, chair, point.code, "村党群服务中心二楼", now=now)
            code = point.questionnaire_code
            for number, slip in enumerate(slips[code][: USED[code][1]]):
                _answer(session, platform, point, slip, number, now + timedelta(minutes=20))
            meetings.close_meeting(
                session,
                platform.inbox,
                chair,
                held.id,
                heads=PRESENT,
                witnesses="屿新衡、霁松光",
                now=now + timedelta(minutes=50),
            )


def _answer(
    session: Session, platform: Platform, point: PointView, slip: Slip, number: int, now: datetime
) -> None:
    questionnaire = points.questionnaire_of(session, point)
    seed = random.Random(number).getrandbits(64)  # noqa: S311 - an invented person
    intake.record(
        session,
        platform.inbox,
        platform.keystore,
        point,
        questionnaire,
        {c: v for c, v in fill(questionnaire, point.org_id, seed).items() if v is not None},
        key=random_code(26),
        seconds=SECONDS,
        now=now,
        credential=tickets.usable_credential(session, platform.keystore, point, slip.code),
    )


def _open_present(platform: Platform, now: datetime) -> None:
    """Open the round: slips to try, a batch that waits for the district, a meeting that is on."""
    zone = platform.config.zone
    code, today = f"{quarter_code(now, zone)}_party", midnight(now, zone)
    opens_at = today - timedelta(days=3)
    with suppress(RoundExists), platform.sessions.begin() as session:
        round_ = create(
            session,
            code,
            f"{quarter_name(now, zone)}党员民主评议",
            [Use(FORM, org_ids=(BRANCH, OTHER_BRANCH))],
            opens_at,
            today + timedelta(days=12),
            mode="ticket",
        )
        open_(session, platform, round_, now=opens_at)
        batch, slips = _issue(session, platform, round_, FORM, FRESH, at(opens_at, 1, 9))
        unit, chair = actor(session, "qingyu"), actor(session, "caotang")
        (other,) = issuing.ticket_points(session, unit, round_, OTHER_BRANCH)
        issuing.request(session, unit, round_, other, FRESH, now=at(opens_at, 1, 10))
        (point,) = issuing.ticket_points(session, unit, round_, BRANCH)
        held = meetings.open_meeting(session, chair, point.code, "村党群服务中心二楼", now=now)
        meetings.count_heads(session, chair, held.id, FRESH - 2, now=now)
        face = printing.face_of(session, point, batch, base_url=platform.config.base_url, zone=zone)
        file = platform.config.home / "slips.csv"
        file.write_bytes(printing.table([Printed(point.org_id, face, tuple(slips))]))
        file.chmod(0o600)
