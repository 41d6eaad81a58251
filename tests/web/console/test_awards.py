"""Honours through the real HTTP path: proposed, put in order, approved, objected to, awarded."""

import re
from datetime import timedelta

import pypdfium2
import pytest
from sqlalchemy import select, update

from survey import clock
from survey.accounts import service as accounts
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR
from survey.ratings import service as ratings
from survey.ratings.award_models import AwardNotice
from survey.ratings.models import Rating, RatingLine, RatingState
from tests.web.console.conftest import CLOSED, PASSWORD

PAGE = "/console/awards/X2026"
WORDS = {"honour": "群众满意窗口", "reason": "办成三件实事<script>"}
CONTACT = {"office": "区评议办", "phone": "0513-8650", "address": "世纪大道1号"}


def text(response):
    return response.get_data(as_text=True)


@pytest.fixture
def rating(held):
    """A settled rating of the closed round in which W01 meets every condition, and an approver."""
    now = clock.now()
    with held.sessions.begin() as session:
        accounts.add_account(
            session, OPERATOR, "shending", "shending", Role.APPROVER, "D0", PASSWORD, now=now
        )
        made = ratings.create(
            session, OPERATOR, code="X2026", title="年度评定", year=2026,
            sources={"mass": CLOSED, "survey": CLOSED}, now=now,
        )  # fmt: skip
        ratings.compute(session, OPERATOR, made, now=now)
        made.state, made.approved_by = RatingState.APPROVED.value, "operator"
        session.flush()
        fit = {"star_decided": 5, "satisfaction": 0.95, "is_rankable": True}
        session.execute(update(RatingLine).where(RatingLine.org_id == "W01").values(**fit))


def test_the_way_to_an_honour_is_told_before_there_is_one(as_):
    page = text(as_("qu").get("/console/awards/"))

    assert "还没有审定的星级评定" in page
    assert page.index("提名") < page.index("公示") < page.index("打印荣誉证书")
    assert "评先评优" in text(as_("qu").get("/console/ratings/"))


def test_from_a_proposal_to_a_certificate(held, as_, rating):
    unit, office, approver = as_("danwei"), as_("qu"), as_("shending")
    assert office.get("/console/awards/").location.endswith(PAGE)
    refused = unit.post(f"{PAGE}/propose", WORDS | {"org": "W01", "reason": ""})
    assert refused.status_code == 422
    assert "请写明理由" in text(refused)
    assert unit.post(f"{PAGE}/propose", WORDS | {"org": "W01"}).status_code == 303
    assert unit.post(f"{PAGE}/propose", WORDS | {"org": "W10"}).status_code == 404
    assert unit.post(f"{PAGE}/arrange", {"place-1": "1"}).status_code == 403
    assert office.post(f"{PAGE}/arrange", {"place-1": "x"}).status_code == 422
    assert office.post(f"{PAGE}/arrange", {"place-1": "1"}).status_code == 303
    assert office.post(f"{PAGE}/announce", CONTACT | {"award": "1"}).status_code == 403
    assert "项表彰提名等您审定" in text(approver.get("/console/"))
    asked = text(approver.get(PAGE))
    assert "<script>" not in asked
    assert "不少于5个工作日" in asked
    assert approver.post(f"{PAGE}/announce", {"award": "1"}).status_code == 422
    assert approver.post(f"{PAGE}/announce", CONTACT | {"award": "1"}).status_code == 303

    assert "公示还没有满" in text(office.get(PAGE))
    assert office.post(f"{PAGE}/grant").status_code == 409
    said = {"text": "台账不实", "award": "1", "received": ""}
    assert office.post(f"{PAGE}/objections", said).status_code == 303
    answer = {"outcome": "rejected", "answer": "已核实，台账属实"}
    assert office.post(f"{PAGE}/objections/1", answer).status_code == 303
    assert office.post(f"{PAGE}/objections/9", answer).status_code == 404
    poster = paper(office, "public")
    assert "拟表彰名单公示" in poster
    assert CONTACT["address"] in poster
    with held.sessions.begin() as session:
        notice = session.scalars(select(AwardNotice)).one()
        past = clock.now().date() - timedelta(days=1)
        notice.notice_from, notice.notice_until = past - timedelta(days=9), past
    assert "批表彰名单公示已满" in text(office.get("/console/"))
    assert office.post(f"{PAGE}/grant").status_code == 303

    shown = text(office.get(PAGE))
    number = re.search(r"RY-2026-\d{4}", shown)[0]
    assert "已表彰1项" in shown
    assert number in paper(office, "internal")
    assert "荣誉证书" in paper(office, "public")
    assert number not in text(as_("shuji").get(PAGE)), "somebody else's honour"
    assert as_("yanshou").get(PAGE).status_code == 403


def paper(browser, audience):
    """Return the words of the list with its certificates."""
    address = f"/console/rounds/{CLOSED}/reports/{audience}/awards/D0.pdf"
    with pypdfium2.PdfDocument(browser.get(address).get_data()) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    return re.sub(r"\s", "", "".join(pages))


def test_a_proposal_that_is_declined_says_why(held, as_, rating):
    as_("danwei").post(f"{PAGE}/propose", WORDS | {"org": "W01"})
    approver = as_("shending")
    assert approver.post(f"{PAGE}/decline/1", {"reason": ""}).status_code == 422
    assert approver.post(f"{PAGE}/decline/1", {"reason": "事迹不够具体"}).status_code == 303
    assert "事迹不够具体" in text(as_("danwei").get(PAGE))
    with held.sessions() as session:
        assert session.scalars(select(Rating)).one().lines
