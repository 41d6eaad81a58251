"""Ratings through the real HTTP path: scored by one, approved by another, read by the unit."""

import pytest
from sqlalchemy import select

from survey import clock
from survey.accounts import service as accounts
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR
from survey.ratings import service as ratings
from survey.ratings.models import Rating
from tests.web.console.conftest import CLOSED, PASSWORD

PAGE = "/console/ratings/X2026"
WEIGHTS = {
    "branch": {"weights": [["mass", 0.8], ["leader", 0.2]]},
    "window": {"weights": [["survey", 0.8], ["spot", 0.2]]},
}


def text(response):
    return response.get_data(as_text=True)


@pytest.fixture
def rating(held):
    """A draft of the closed round, and people who score and approve."""
    now = clock.now()
    with held.sessions.begin() as session:
        for name, role in (("tongji", Role.ANALYST), ("shending", Role.APPROVER)):
            accounts.add_account(session, OPERATOR, name, name, role, "D0", PASSWORD, now=now)
        sources = {"mass": CLOSED, "survey": CLOSED}
        made = ratings.create(
            session, OPERATOR, code="X2026", title="年度评定", year=2026, sources=sources, now=now
        )
        made.rules = {**made.rules, "composites": WEIGHTS}


def test_from_scores_to_approved_stars(rating, held, as_):
    office, approver = as_("qu"), as_("shending")
    assert as_("danwei").get(PAGE).status_code == 404
    assert as_("tongji").post(f"{PAGE}/compute").status_code == 303
    shown = text(office.get(PAGE))
    assert "名次（区间）" in shown
    assert "没有：领导点评" in shown
    with held.sessions.begin() as session:
        lines = session.scalars(select(Rating)).one().lines
        waiting = [(line.org_id, line.star_proposed) for line in lines if line.waits]
    for org_id, star in waiting:
        bare = {"org": org_id, "star": star, "reason": ""}
        refused = office.post(f"{PAGE}/decide", bare)
        assert refused.status_code == 422
        assert "请写明理由" in text(refused)
        office.post(f"{PAGE}/decide", bare | {"reason": "现场核实"})
    assert office.post(f"{PAGE}/propose").status_code == 303
    assert office.post(f"{PAGE}/approve").status_code == 403
    assert approver.post(f"{PAGE}/approve").status_code == 303
    with held.sessions.begin() as session:
        assert session.scalars(select(Rating)).one().approved_by == "shending"


def test_a_rating_is_made_sent_back_and_marked_on_its_pages(held, as_, rating):
    office, approver = as_("qu"), as_("shending")
    form = {"code": "Y2026", "title": "年度", "year": "2026", "source-leader": CLOSED}
    refused = office.post("/console/ratings/", form)
    assert refused.status_code == 422
    assert "至少要有一轮群众评议" in text(refused)
    assert 'value="Y2026"' in text(refused)
    assert as_("danwei").post("/console/ratings/", form).status_code == 403
    made = office.post("/console/ratings/", form | {"source-mass": CLOSED})
    assert made.location.endswith("/ratings/Y2026")
    as_("tongji").post(f"{PAGE}/compute")
    with held.sessions.begin() as session:
        org_id = session.scalars(select(Rating).where(Rating.code == "X2026")).one().lines[0].org_id
    mark = {"org": org_id, "kind": "veto", "note": ""}
    assert office.post(f"{PAGE}/conduct", mark).status_code == 422
    assert office.post(f"{PAGE}/conduct", mark | {"kind": "x", "note": "x"}).status_code == 404
    assert office.post(f"{PAGE}/conduct", mark | {"note": "吃拿卡要"}).status_code == 303
    assert "一票否决" in text(office.get(PAGE))
    with held.sessions.begin() as session:
        found = session.scalars(select(Rating).where(Rating.code == "X2026")).one()
        line = ratings.line_of(found, org_id)
        assert (line.star_proposed, line.reasons) == (1, ["veto"])
        for each in found.lines:
            if each.waits:
                star = each.star_proposed
                ratings.decide(session, OPERATOR, found, each.org_id, star, "核实", now=clock.now())
    assert office.post(f"{PAGE}/propose").status_code == 303
    assert approver.post(f"{PAGE}/send-back", {"reason": ""}).status_code == 422
    assert approver.post(f"{PAGE}/send-back", {"reason": "再核一处"}).status_code == 303
    assert "再核一处" in text(office.get(PAGE))


def test_a_secretary_sees_one_row_once_it_is_proposed(rating, held, as_):
    with held.sessions.begin() as session:
        found = session.scalars(select(Rating)).one()
        ratings.compute(session, OPERATOR, found, now=clock.now())
        for line in found.lines:
            if line.waits:
                star = line.star_proposed
                ratings.decide(session, OPERATOR, found, line.org_id, star, "核实", now=clock.now())
        ratings.propose(session, OPERATOR, found, now=clock.now())
        names = {line.org_id: line.org_id for line in found.lines}
    assert len(names) > 1
    shown = text(as_("shuji").get(PAGE))

    assert shown.count('<th scope="row">') == 1
    assert "计算" not in shown
    assert as_("shuji").post(f"{PAGE}/compute").status_code == 403


def test_a_result_stands_beside_other_sources_and_earlier_rounds(held, as_):
    page = f"/console/rounds/{CLOSED}/results/W10"
    shown = as_("qu").get(page)

    assert shown.status_code == 200
    assert as_("qu").get(f"/console/rounds/{CLOSED}/results/B070").status_code == 200
