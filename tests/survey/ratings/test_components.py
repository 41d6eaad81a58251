"""Every component of a composite and all that stands beside a result, from rounds really held."""

import json
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from reports.figures import Audience
from reports.parts import to_data
from reports.second_looks import Sign
from reports.trend import Verdict
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.campaigns import service as campaigns
from survey.collection.inbox import open_inbox
from survey.collection.keystore import Keystore
from survey.errors import NotFound
from survey.org.models import Organisation
from survey.publication import documents
from survey.publication.document_kind import Asked, Kind
from survey.ratings import service as ratings
from survey.ratings.beside import beside
from survey.results import comparing
from survey.results import service as results
from tests.rounds import BRANCH_FORM, WINDOW_FORM
from tests.several_rounds import Year, hold_all

OWN = Actor("shuji", "shuji", (Grant(Role.BRANCH_SECRETARY, "B001", "D0/U01/B001/"),))
CHINA = ZoneInfo("Asia/Shanghai")
SOURCES = {
    "mass": "Q3",
    "survey": "Q3",
    "hcp": "Q3",
    "peer": "YB",
    "commit": "YG",
    "leader": "YE",
    "spot": "YE",
}


@pytest.fixture
def year(sessions, engine, config, now):
    held = Year(sessions, open_inbox(config, engine), Keystore(config.keystore), now)
    held.begin()
    hold_all(held)
    return held


def test_a_year_of_rounds(year):
    """One world for all of it, as it takes seconds to hold."""
    with year.sessions() as session:
        every_component_enters(session, year)
        rounds_are_compared_or_refused(session)
        what_stands_beside(session, year)
        coached_ballots_are_told_to_the_level_above_alone(session, year)
        documents_say_what_stands_beside(session, year)


def every_component_enters(session, year):
    scorer = year.people["tongji"]
    make = {"title": "年度评定", "year": 2026, "now": year.now}
    rating = ratings.create(session, scorer, code="X", sources=SOURCES, **make)
    ratings.compute(session, scorer, rating, now=year.now)
    parts = {
        line.org_id: {part["component"]: part for part in line.composite["parts"]}
        for line in rating.lines
    }
    branch, window = parts["B001"], parts["W01"]

    # 10 ballots all on 100, 26 all on 80.
    assert branch["mass"]["score"] == pytest.approx((10 * 100 + 26 * 80) / 36)
    # Of the members alone: B31 six on 100 and six on 80, B32 to B35 on 80; six others left out.
    assert (branch["peer"]["score"], branch["peer"]["n"]) == (pytest.approx(82.0), 12)
    # One promise judged by 20, 15 kept and 5 broken; nobody knows the other: the ledger's word.
    assert branch["commit"]["score"] == pytest.approx((75 + 100) / 2)
    assert window["commit"]["score"] == pytest.approx((75 + 50) / 2)
    assert (branch["leader"]["score"], branch["leader"]["n"]) == (pytest.approx(97.0), 2)
    assert (branch["spot"]["score"], window["spot"]["score"]) == (97, 100)
    assert window["hcp"]["score"] == pytest.approx((20 * 100 + 14 * 80) / 34)
    assert window["survey"]["score"] == pytest.approx(80.0)
    assert [part["weight"] for part in branch.values()] == pytest.approx(
        [0.5, 0.15, 0.15, 0.1, 0.1]
    )
    assert [part["weight"] for part in window.values()] == pytest.approx([0.4, 0.2, 0.2, 0.1, 0.1])
    line = ratings.line_of(rating, "B001")
    assert line.final == pytest.approx(
        sum(part["weight"] * part["score"] for part in branch.values())
    )
    assert (line.change, ratings.line_of(rating, "B002").change) == ("up", "down")
    assert ratings.line_of(rating, "B002").composite["unscored"] == "too_few_components"


def rounds_are_compared_or_refused(session):
    rounds = {code: campaigns.get_round(session, OPERATOR, code) for code in ("Q2", "Q3", "T3")}
    assert comparing.compared(session, rounds["Q2"], BRANCH_FORM).before is None
    compared = comparing.compared(session, rounds["Q3"], BRANCH_FORM)
    assert compared.before is rounds["Q2"]
    assert compared.refused == ()
    verdicts = {org_id: each.score.verdict for org_id, each in compared.scores.items()}
    assert verdicts == {"B001": Verdict.UP, "B002": Verdict.DOWN}
    windows = comparing.compared(session, rounds["Q3"], WINDOW_FORM)
    assert windows.scores["W01"].score.verdict is Verdict.STEADY

    by_slip = comparing.compared(session, rounds["T3"], BRANCH_FORM)
    assert [each.zh for each in by_slip.refused] == ["两轮的收集方式不同（张贴码与一票一码）"]
    assert [each.en for each in by_slip.refused] == ["one used open posters, the other slips"]
    assert by_slip.scores == {}


def what_stands_beside(session, year):
    round_ = campaigns.get_round(session, OPERATOR, "Q3")
    found = beside(session, OPERATOR, round_, session.get(Organisation, "B001"), BRANCH_FORM)
    whole = found.lines[0]

    assert [reading.source for reading in whole.readings] == ["residents", "leader", "inspection"]
    said = found.contradictions[0]
    assert said["zh"] == "点评与群众感受不一致：点评比群众评议高11.4分"
    assert said["en"] == "leaders and residents disagree: leaders higher by 11.4 points"
    assert found.change.score.verdict is Verdict.UP
    assert {item.code for item in found.change.items if item.index} >= {"A11", "A30"}
    assert found.gap.own == pytest.approx(85.5556, abs=1e-4)
    assert found.gap.before == pytest.approx(6 * 80 / 36)
    assert found.gap.peers == pytest.approx((found.gap.own + 2 * 80 / 36) / 2)
    assert found.gap.best_quarter is None


def coached_ballots_are_told_to_the_level_above_alone(session, year):
    round_ = campaigns.get_round(session, OPERATOR, "Q3")
    looks = {
        (look.org_id, look.sign): look for look in comparing.looks_of(session, round_, BRANCH_FORM)
    }

    coached = looks["B001", Sign.COACHED]
    assert (coached.chosen, coached.base, coached.is_capped) == (10, 26, False)
    # Of 34 asked all say so; how few did not is not told.
    all_of_them = looks["B002", Sign.COACHED]
    assert (all_of_them.chosen, all_of_them.base, all_of_them.is_capped) == (29, 34, True)
    assert looks["B001", Sign.CHANNELS].base == 36
    for reader, is_told in ((year.people["qu"], True), (OWN, False)):
        org = session.get(Organisation, "B001")
        seen = beside(session, reader, round_, org, BRANCH_FORM).looks
        assert (Sign.COACHED in {look.sign for look in seen}) is is_told
    for audience in Audience:
        for figures in results.release_of(session, round_, BRANCH_FORM, audience):
            assert "A40" not in {*figures.items, *figures.distributions, *figures.facts}


def documents_say_what_stands_beside(session, year):
    round_ = campaigns.get_round(session, OPERATOR, "Q3")
    asked = Asked(session, OPERATOR, round_, Audience.INTERNAL, CHINA, year.now)
    branch = said_in(documents.compiled(asked, Kind.BRANCH, "B001"))
    for words in ("评议Q2", "实质上升", "党员互评", "承诺兑现得分87.50", "领导点评平均97.00分"):
        assert words in branch, words
    assert "党员甲" not in branch, "the operator is of no branch"
    mine = said_in(documents.compiled(replace(asked, actor=OWN), Kind.BRANCH, "B001"))
    assert "党员甲" in mine
    assert "好评率100.0%（34/34）" in said_in(documents.compiled(asked, Kind.WINDOW, "W01"))

    for kind in (Kind.UNIT, Kind.DISTRICT, Kind.LEAGUE, Kind.ANNEX, Kind.DUTY_REPORT, Kind.AWARDS):
        for each in documents.listed(asked, kind):
            assert documents.compiled(asked, kind, each.org_id).summary
    assert [each.org_id for each in documents.listed(asked, Kind.UNIT)] == ["U01", "U02"]
    district = said_in(documents.compiled(asked, Kind.DISTRICT, "D0"))
    assert "2个单位既有领导点评、又有群众评议" in district
    public = replace(asked, audience=Audience.PUBLIC)
    told = said_in(documents.compiled(public, Kind.BRANCH, "B001"))
    for words in ("评议Q2", "党员互评", "领导点评"):
        assert words not in told, f"{words}: a round that is not out tells everybody nothing"
    assert documents.listed(replace(asked, actor=OWN), Kind.DISTRICT) == []
    with pytest.raises(NotFound):
        documents.compiled(replace(asked, actor=OWN), Kind.UNIT, "U01")


def said_in(report):
    return json.dumps(to_data(report), ensure_ascii=False)
