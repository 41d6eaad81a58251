"""One open round with every form that residents meet, under names as long as names get."""

import shutil
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session

from survey import clock
from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.campaigns.service import Use
from survey.collection import fieldwork, points
from survey.collection.points import PointView
from survey.instruments import service as instruments
from survey.org.models import Commitment, Member, Organisation
from survey.rectification.models import RectificationItem
from survey.web.platform import EXTENSION, Platform
from survey.web.public import pages
from tests.conftest import NOW, MadeOnce
from tests.residents import make_app
from tests.rounds import FORMS, add_district

ROUND = "R1"
MEMBERS = 60
WORKBOOKS = {
    "B_member_review": "B_member_review_B012",
    "D_service_hcp": "D_service_hcp",
    "F_open_consult": "F_open_consult",
    "G_commit_verify": "G_commit_verify_W04",
    "H_rectify_recheck": "H_rectify_recheck",
}
PLACES = {
    "A_branch_mass": "B002",
    "B_member_review": "B001",
    "C_window_sat": "W01",
    "D_service_hcp": "W01",
    "F_open_consult": "W01",
    "G_commit_verify": "U01",
    "H_rectify_recheck": "W01",
}
"""Where each form is open, by its code."""

LONG_NAMES = {
    "D0": "中共临江高新技术产业开发区工作委员会创先争优活动领导小组办公室",
    "U01": "临江高新技术产业开发区行政审批和政务服务管理局党组",
    "B001": "滨湖街道望江门社区第三网格退休职工与流动党员联合党支部",
    "B002": "滨湖街道望江门社区第三网格退休职工与流动党员联合党支部",
    "W01": "高新技术产业开发区政务服务中心企业开办与工程建设项目审批综合窗口",
}
GIVEN = "安柏晨岱恩帆谷禾嘉珂岚沐宁鹏晴若思桐"


@dataclass(frozen=True)
class EveryForm:
    """The application that serves all forms, and the point of each by the form's code."""

    app: Flask
    points: dict[str, PointView]

    def path(self, code: str) -> str:
        """Return the address of a form."""
        return f"/q/{self.points[code].code}"


def open_every_form(template: Path, home: Path, now: datetime = NOW) -> None:
    """Make a data folder in which every form is open, with proof of work."""
    shutil.copyfile(template, home / "pingyi.sqlite")
    held: Platform = make_app(home).extensions[EXTENSION]
    with held.sessions.begin() as session:
        add_district(session, now)
        _add_objects(session, now.date())
        for name in WORKBOOKS.values():
            data = (FORMS / f"{name}.xlsx").read_bytes()
            instruments.import_questionnaire(session, OPERATOR, data, f"{name}.xlsx", now=now)
        round_ = campaigns.create_round(
            session,
            OPERATOR,
            code=ROUND,
            title="群众评议",
            uses=[Use(code, org_ids=(place,)) for code, place in PLACES.items()],
            opens_at=now - timedelta(hours=1),
            closes_at=now + timedelta(days=1),
            asks_proof=True,
            now=now,
        )
        stores = (round_, held.keystore, held.inbox, pages.renderer(held.config.zone))
        fieldwork.open_round(session, OPERATOR, *stores, now=now, no_key_copy=True)
    held.engine.dispose()


def every_form_home(template: Path, made_once: MadeOnce) -> Path:
    """Return the folder of this run in which every form is open now, which tests copy."""
    return made_once("every-form", lambda home: open_every_form(template, home, clock.now()))


def serve_every_form(home: Path) -> EveryForm:
    """Return the forms in `home` as residents meet them."""
    app = make_app(home)
    held: Platform = app.extensions[EXTENSION]
    with held.sessions() as session:
        round_ = campaigns.get_round(session, OPERATOR, ROUND)
        views = points.list_points(session, OPERATOR, round_)
    return EveryForm(app, {view.questionnaire_code: view for view in views})


def _add_objects(session: Session, today: date) -> None:
    """Store long names, a roster in which some share a name, commitments, an item in recheck."""
    for org_id, name in LONG_NAMES.items():
        organisation = session.get_one(Organisation, org_id)
        organisation.name = organisation.short_name = name
    for number in range(MEMBERS):
        given = GIVEN[number % 17] + GIVEN[number // 17 * 5]
        session.add(
            Member(
                id=f"M{number}",
                branch_id="B001",
                seq=number,
                name="欧阳古丽娜尔·买买提" if number in (7, 8) else f"欧阳{given}",
                birth_year=1950 + number,
                category="正式党员",
                is_evaluated=True,
            )
        )
    for number in range(3):
        session.add(
            Commitment(
                id=f"K{number}",
                org_id="U01",
                year=today.year,
                seq=number,
                content=f"第{number + 1}件：老旧小区加装电梯、飞线充电整治、楼道照明改造",
                due_on=today + timedelta(days=30),
            )
        )
    session.add(
        RectificationItem(
            number="ZG-2026-0001",
            source="manual",
            source_ref="1",
            org_id="W01",
            problem="叫号后无人应答，群众反复排队，午间窗口无人值守，公示的办理时限与实际不一致",
            measures="增配引导员两名，午间轮岗不断线，重新核对并公示办理时限",
            state="recheck",
            registered_on=today - timedelta(days=60),
            limit_workdays=15,
            due_on=today,
            needs_recheck=True,
        )
    )
    session.flush()
