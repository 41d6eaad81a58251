"""Inspections and leader reviews: those of the past quarter, and today's in every state."""

from __future__ import annotations

import random
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Questionnaire
from forms.expressions import Value
from survey.accounts.policy import OPERATOR
from survey.campaigns.models import Round
from survey.campaigns.service import RoundExists, Use, get_round
from survey.collection.fieldwork import RoundNotReady
from survey.collection.receipts import random_code
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
from survey.inspections import reviews, service, tasks
from survey.inspections.models import Inspection, InspectionTask
from survey.inspections.rounds import FormKind, NamedForm, named_forms
from survey.inspections.tasks import Period
from survey.publication.closing import close_round
from survey.web.platform import Platform

CHECKLIST, REVIEW = "E_spot_check", "I_leader_review"
PLACES = ("W01", "W02", "W03", "W04", "W05", "W06", "W07", "W08", "W09")
REVIEWED = (*PLACES, "B183", "B184", "B185")
PAIR = ("jiancha", "duzha")
KEY_LENGTH = 26

MET, PARTLY, NOT_MET = "2", "1", "0"
Findings = dict[str, tuple[str, str]]
FOUND: dict[str, Findings] = {
    "W04": {
        "E22": (PARTLY, "慢病备案指南样本少一页，与网上不一致"),
        "E24": (PARTLY, "评价二维码被宣传架挡住一半"),
        "E44": (NOT_MET, "上午十点等候四十分钟，只开两个窗口"),
    },
    "W01": {"E31": (PARTLY, "一个窗口没有摆岗位牌")},
    "W07": {"E62": (NOT_MET, "有工作人员向办事人推荐指定的代办公司")},
}
VETO = "有工作人员向办事人推荐指定的代办公司，两名办事人当场证实"
DRAWN = 2
REVIEWS = {
    "W04": (
        "异地就医备案改为当场办结，来回跑的少了",
        "高峰时段等候时间偏长\n慢病备案指南没有随政策更新",
    ),
    "W05": ("材料清单一次告知做得好", "退休提取的办理进度网上查不到"),
}
PAST = f"{PAST_ROUND}_check"
PAST_DRAWN = {
    "W04": {"E31": (PARTLY, "二号窗口没有摆岗位牌")},
    "W01": {"E24": (PARTLY, "评价二维码贴在柱子背面，不容易看到")},
}
PAST_REVIEWS = {
    "W01": ("企业开办一天办结", "取件柜没有说明牌"),
    "W04": ("新设了老年人优先窗口", "排队叫号听不清"),
}
"""What leaders wrote in the past quarter: the good, and what is to be put right."""


def run(platform: Platform, now: datetime) -> None:
    """Hold the past round, and the present one as far as people would have come by now; once."""
    with platform.sessions() as session:
        past_closes_at = get_round(session, OPERATOR, PAST_ROUND).closes_at
    _run_past(platform, past_closes_at)
    _open_present(platform, now)


def _run_past(platform: Platform, closes_at: datetime) -> None:
    """Inspect two windows and review some places in the fieldwork of the past round."""
    day = closes_at - timedelta(days=12)
    with suppress(RoundExists), platform.sessions.begin() as session:
        round_ = create(
            session,
            PAST,
            "2026年三季度实地检查和领导点评",
            [Use(CHECKLIST, org_ids=tuple(PAST_DRAWN)), Use(REVIEW, org_ids=tuple(PAST_REVIEWS))],
            day,
            closes_at,
        )
        open_(session, platform, round_, now=day)
        form = named_forms(session, FormKind.INSPECTION, round_)[0]
        period = Period(day.date(), closes_at.date())
        office, second = actor(session, "quban"), actor(session, PAIR[1])
        for hour, (org_id, found) in enumerate(PAST_DRAWN.items(), start=9):
            tasks.assign(session, office, form, org_id, PAIR, period, now=at(day, 0, 9))
            made = _hand_in(session, form, org_id, found, at(day, 1, hour))
            service.confirm(session, second, made.id, now=at(day, 1, hour + 5))
        _review(session, round_, PAST_REVIEWS, day)
    with suppress(RoundNotReady):  # Closed before the rest was broken off.
        close_round(
            platform.sessions, OPERATOR, PAST, platform.keystore, platform.inbox, now=closes_at
        )


def _open_present(platform: Platform, now: datetime) -> None:
    zone = platform.config.zone
    today = midnight(now, zone)
    opens_at = today - timedelta(days=4)
    with suppress(RoundExists), platform.sessions.begin() as session:
        round_ = create(
            session,
            f"{quarter_code(now, zone)}_check",
            f"{quarter_name(now, zone)}实地检查和领导点评",
            [Use(CHECKLIST, org_ids=PLACES), Use(REVIEW, org_ids=REVIEWED)],
            opens_at,
            today + timedelta(days=13),
        )
        open_(session, platform, round_, now=opens_at)
        _inspect(session, round_, opens_at)
        _review(session, round_, REVIEWS, opens_at)


def _inspect(session: Session, round_: Round, day: datetime) -> None:
    """Confirm one inspection, leave one to the second inspector and a veto to the district."""
    form = named_forms(session, FormKind.INSPECTION, round_)[0]
    period = Period(day.date(), (day + timedelta(days=14)).date())
    office, second = actor(session, "quban"), actor(session, PAIR[1])
    for org_id in FOUND:
        tasks.assign(session, office, form, org_id, PAIR, period, now=at(day, 0, 9))
    tasks.draw(session, office, form, DRAWN, period, seed="20260901", now=at(day, 0, 10))

    medical = _hand_in(session, form, "W04", FOUND["W04"], at(day, 1, 10))
    service.confirm(session, second, medical.id, now=at(day, 1, 16))
    broker = _hand_in(session, form, "W07", FOUND["W07"], at(day, 2, 9))
    service.confirm(session, second, broker.id, now=at(day, 2, 11))
    _hand_in(session, form, "W01", FOUND["W01"], at(day, 2, 14))


def _hand_in(
    session: Session, form: NamedForm, org_id: str, found: Findings, now: datetime
) -> Inspection:
    query = select(InspectionTask.id).where(
        InspectionTask.round_questionnaire_id == form.used.id, InspectionTask.org_id == org_id
    )
    task_id = session.scalars(query).one()
    values = checklist(form.questionnaire, found, now)
    key = random_code(KEY_LENGTH)
    return service.submit(
        session, actor(session, PAIR[0]), task_id, key, values, now=now
    ).inspection


def checklist(questionnaire: Questionnaire, found: Findings, now: datetime) -> dict[str, Value]:
    """Return a complete checklist on which everything is met but what was `found`."""
    values: dict[str, Value] = {
        item.code: found.get(item.code, (MET, ""))[0]
        for item in questionnaire.items
        if item.scale == "check4"
    }
    values |= {f"{code}_d": text for code, (_, text) in found.items()}
    values |= {"E01": "onsite", "E02": f"{now:%Y-%m-%dT%H:%M}", "E90": "0", "E94": "1"}
    values["E92"] = (now + timedelta(days=12)).date().isoformat()
    if found.get("E62", (MET, ""))[0] == NOT_MET:
        values |= {"E90": "1", "E91": VETO}
    return values


def _review(
    session: Session, round_: Round, said: Mapping[str, tuple[str, str]], day: datetime
) -> None:
    """Sign reviews of some places; others are left to whoever signs in."""
    form = named_forms(session, FormKind.REVIEW, round_)[0]
    leader = actor(session, "lingdao")
    chance = random.Random(round_.code)  # noqa: S311 - scores of an invented leader
    scores = tuple(item.code for item in form.questionnaire.items if item.dimension == "leader")
    for hour, (org_id, (praise, problems)) in enumerate(said.items(), start=9):
        values: dict[str, Value] = {code: str(chance.randint(72, 94)) for code in scores}
        values |= {"I02": "1" if org_id == "W04" else "0", "I20": praise, "I21": problems}
        reviews.sign(
            session,
            leader,
            form,
            org_id,
            values,
            signed_name=leader.display_name,
            revision=0,
            now=at(day, 3, hour),
        )
