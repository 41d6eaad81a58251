"""The nine instruments, from the workbook to the figures: opened, answered, closed, counted."""

import io
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.answers import decode
from forms.definition import ItemKind, Questionnaire
from forms.expressions import Value
from forms.generator import build_form
from forms.notation import picture_name
from forms.routing import asked
from reports.contract import to_contract
from reports.figures import Audience
from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.campaigns.service import Use
from survey.collection import fieldwork, intake, opening, points
from survey.collection.inbox import Inbox
from survey.collection.intake import CaseRated
from survey.collection.keystore import Keystore
from survey.collection.models import Picture, Response, Verbatim
from survey.collection.pictures import MAX_SIDE, remade
from survey.collection.points import PointView
from survey.collection.verification import verify_round
from survey.db import Sessions
from survey.instruments import service as instruments
from survey.org.models import Commitment, Member
from survey.publication import reports
from survey.rectification.models import RectificationItem
from survey.results import service as results
from survey.results.members import member_rows
from tests.conftest import NOW
from tests.rounds import FORMS, add_district, page_key, render

SEALED = {
    "A_branch_mass": ("A_branch_mass", {"B001", "B002", "B003"}),
    "B_member_review_B012": ("B_member_review", {"B001"}),
    "C_window_sat": ("C_window_sat", {"W01"}),
    "D_service_hcp": ("D_service_hcp", {"W01"}),
    "F_open_consult": (
        "F_open_consult",
        {"D0", "U01", "U02", "B001", "B002", "B003", "W01"},
    ),
    "G_commit_verify_W04": ("G_commit_verify", {"U01"}),
    "H_rectify_recheck": ("H_rectify_recheck", {"W01"}),
}
NAMED = ("E_spot_check", "I_leader_review")
ANSWERS = 12
ZONE = ZoneInfo("Asia/Shanghai")


def add_lists(session: Session) -> None:
    """Store a roster with two people of one name, a commitment and an item in recheck."""
    for number, name in enumerate(["云石", "樾一舟", "樾一舟"]):
        session.add(
            Member(
                id=f"M{number}",
                branch_id="B001",
                seq=number,
                name=name,
                birth_year=1980 + number,
                category="正式党员",
                is_evaluated=True,
            )
        )
    session.add(
        Member(id="M9", branch_id="B001", seq=9, name="新", category="预备党员", is_evaluated=False)
    )
    for number, days in enumerate((1, 20, 90)):
        session.add(
            Commitment(
                id=f"K{number}",
                org_id="U01",
                year=2026,
                seq=number,
                content=f"承诺{number}",
                due_on=NOW.date() + timedelta(days=days),
            )
        )
    for number, state in enumerate(("recheck", "recheck", "in_progress")):
        session.add(
            RectificationItem(
                number=f"ZG-2026-000{number}",
                source="manual",
                source_ref=str(number),
                org_id="W01",
                problem=f"问题{number}",
                measures="换灯",
                state=state,
                registered_on=date(2026, 1, 1),
                limit_workdays=15,
                due_on=date(2026, 2, 1),
                needs_recheck=True,
            )
        )
    session.flush()


def filled(form: Questionnaire, number: int) -> dict[str, Value]:
    """Return acceptable answers; the numbered ones differ, and every item on offer is answered."""
    given: dict[str, Value] = {}
    for item in form.items:
        if item.code not in asked(form, given):
            continue
        if item.kind is ItemKind.SINGLE_CHOICE:
            given[item.code] = item.option_codes[number % 2]
        elif item.kind is ItemKind.MULTIPLE_CHOICE:
            given[item.code] = item.option_codes[:1]
        elif item.is_contact:
            given[item.code] = "13812345678"
        elif item is form.case_item:
            given[item.code] = f"BJ-{number}"
        elif item.kind is ItemKind.IMAGE:
            given[item.code] = picture_name(PICTURE)
        else:
            given[item.code] = "这里的情况写得很清楚"
    return given


def _picture() -> bytes:
    data = io.BytesIO()
    Image.effect_noise((2_000, 900), 80).convert("RGB").save(data, "PNG")
    return remade(data.getvalue())


PICTURE = _picture()


class _Posted(dict[str, Value]):
    def getlist(self, name: str) -> list[str]:
        value = self.get(name)
        return [value] if isinstance(value, str) else list(value or ())


@pytest.fixture
def world(sessions: Sessions, inbox: Inbox, keystore: Keystore) -> tuple[Sessions, Inbox, Keystore]:
    with sessions.begin() as session:
        add_district(session, NOW)
        add_lists(session)
        for file in sorted(Path(FORMS).glob("*.xlsx")):
            instruments.import_questionnaire(
                session, OPERATOR, file.read_bytes(), file.name, now=NOW
            )
        round_ = campaigns.create_round(
            session,
            OPERATOR,
            code="R9",
            title="全部问卷",
            uses=[*(Use(code) for code, _ in SEALED.values()), *map(Use, NAMED)],
            opens_at=NOW - timedelta(hours=1),
            closes_at=NOW + timedelta(days=1),
            now=NOW,
        )
        fieldwork.open_round(
            session, OPERATOR, round_, keystore, inbox, render, now=NOW, no_key_copy=True
        )
    return sessions, inbox, keystore


def answer(
    world: tuple[Sessions, Inbox, Keystore], point: PointView, number: int, **changes: Value
) -> None:
    sessions, inbox, keystore = world
    with sessions() as session:
        form = points.questionnaire_of(session, point)
        values = filled(form, number) | changes
        assert build_form(form)(formdata=_Posted(values)).validate(), point.questionnaire_code
        intake.record(
            session,
            inbox,
            keystore,
            point,
            form,
            values,
            key=page_key(point.id * 1_000 + number),
            seconds=300.0,
            now=NOW,
            picture=PICTURE if form.picture_items else None,
        )


def test_they_are_opened_answered_closed_and_counted(
    world: tuple[Sessions, Inbox, Keystore],
) -> None:
    sessions, inbox, keystore = world
    with sessions() as session:
        round_ = campaigns.get_round(session, OPERATOR, "R9")
        views = points.list_points(session, OPERATOR, round_)
    found: dict[str, list[PointView]] = {}
    for view in views:
        found.setdefault(view.questionnaire_code, []).append(view)
    assert {code: {v.org_id for v in each} for code, each in found.items()} == dict(SEALED.values())
    assert [v.item for v in found["H_rectify_recheck"]] == ["ZG-2026-0000", "ZG-2026-0001"]

    chosen = [each[0] for each in found.values()]
    for point in chosen:
        for number in range(ANSWERS):
            answer(world, point, number)
    with pytest.raises(CaseRated):
        answer(world, found["D_service_hcp"][0], ANSWERS, D01="bj- 1")

    opening.close_round(
        sessions, OPERATOR, "R9", keystore, inbox, now=NOW, early=True, reason="测试"
    )

    with sessions() as session:
        round_ = campaigns.get_round(session, OPERATOR, "R9")
        assert verify_round(session, round_) == []
        for point in chosen:
            _check_stored(session, point)
        for code, _ in SEALED.values():
            for audience in Audience:
                released = results.release_of(session, round_, code, audience)
                assert all(to_contract(each, "R9") for each in released)
        results.findings_by_org(session, round_)
        _check_figures(session, round_)
        rows = member_rows(session, OPERATOR, round_, "B001")
        assert [row["name"] for row in rows] == ["云石", "樾一舟（1981年生）", "樾一舟（1982年生）"]
        assert rows[0]["peer"] == {
            "n": 6,
            "counts": {"4": 6, "3": 0, "2": 0, "1": 0},
            "index": 100.0,
        }
        assert (rows[0]["mass"]["index"], rows[0]["combined"]) == (80.0, 92.0)
        listed = reports.reportables(session, OPERATOR, round_)
        assert [each.org_id for each in listed] == ["B001", "B002", "B003", "W01"]
        for each in listed:
            assert reports.report_of(session, OPERATOR, round_, each.org_id, zone=ZONE).sections


def _check_stored(session: Session, point: PointView) -> None:
    form = points.questionnaire_of(session, point)
    rows = session.scalars(select(Response.answers).where(Response.point_id == point.id)).all()
    assert len(rows) == ANSWERS
    assert all(decode(form, row) for row in rows)
    pictures = session.scalars(select(Picture.data).where(Picture.point_id == point.id)).all()
    assert len(pictures) == (ANSWERS if form.picture_items else 0)
    assert all(max(Image.open(io.BytesIO(data)).size) <= MAX_SIDE for data in pictures)
    texts = select(Verbatim.item_code, Verbatim.text).where(Verbatim.point_id == point.id)
    assert not any(code == "D01" or "BJ-" in text for code, text in session.execute(texts))


def _check_figures(session: Session, round_: campaigns.Round) -> None:
    """Half of the answers take the first option, half the second, wherever both lead on."""

    def of(code: str, org_id: str) -> dict[str, object]:
        released = results.release_of(session, round_, code, Audience.INTERNAL)
        figures = next(each for each in released if each.target.org_id == org_id)
        return to_contract(figures, "R9")

    members = of("B_member_review", "B001")
    assert not any(str(code).startswith("B1_") for code in members["items"])  # type: ignore[attr-defined]
    assert members["items"]["B31"]["counts"]["4"] == 6  # type: ignore[index]
    reasons = of("D_service_hcp", "W01")["choices"]
    assert reasons["D15"]["counts"]["510"] == 6  # type: ignore[index]
    promises = of("G_commit_verify", "U01")
    assert promises["choices"]["G1_K0"]["counts"] == {"1": 6, "0": 6}  # type: ignore[index]
    assert promises["items"]["G2_K1"]["n"] == 6  # type: ignore[index]
    assert "G1_K2" not in promises["choices"]  # type: ignore[operator]
    recheck = of("H_rectify_recheck", "W01")
    assert recheck["item"] == "ZG-2026-0000"
    assert recheck["items"]["H02"]["index"] == 90.0  # type: ignore[index]
    assert recheck["choices"]["H04"]["counts"]["1"] == 6  # type: ignore[index]
