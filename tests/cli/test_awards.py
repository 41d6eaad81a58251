"""Honours on the command line: from the shortlist to a certificate's number."""

from datetime import timedelta

import pytest

from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.ratings.models import Rating, RatingLine, RatingState
from tests.command_line import ROUND, CommandLine

RATING = "X2026"
PEOPLE = {
    "danwei": ("unit_admin", "U17"),
    "qu": ("district_admin", "D0"),
    "shending": ("approver", "D0"),
}
HONOUR = ("--honour", "群众满意窗口", "--reason", "办成三件实事")
OFFICE = ("--office", "区评议办", "--phone", "0513-8650", "--address", "世纪大道1号")


@pytest.fixture
def rated(opened: CommandLine) -> CommandLine:
    """A settled rating in which a window and a branch may be honoured, another branch not."""
    for name, (role, org_id) in PEOPLE.items():
        opened.run("accounts", "add", name, "--role", role, "--org", org_id)
    with opened.platform.sessions.begin() as session:
        lines = [line("W01"), line("B195"), line("B006", satisfaction=0.5)]
        rating = Rating(
            code=RATING,
            title="年度评定",
            year=2026,
            sources={"mass": ROUND},
            rules=campaigns.get_round(session, OPERATOR, ROUND).rules or {},
            state=RatingState.APPROVED.value,
            approved_by="operator",
            lines=lines,
        )
        session.add(rating)
    return opened


def line(org_id: str, satisfaction: float = 0.95) -> RatingLine:
    return RatingLine(
        org_id=org_id,
        composite={"parts": [], "vetoes": []},
        final=91.0,
        satisfaction=satisfaction,
        n=60,
        is_rankable=True,
        star_proposed=5,
        star_decided=5,
        reasons=["score"],
        is_borderline=False,
        is_lagging=False,
        contradictions=[],
    )


def test_from_the_shortlist_to_a_number(rated: CommandLine) -> None:
    shortlist = rated.json("awards", "shortlist", RATING)
    assert {row["org"] for row in shortlist} == {"W01", "B195"}
    assert "W01  ★5" in rated.run("awards", "shortlist", RATING).stdout
    propose = ("awards", "propose", RATING)
    assert rated.code("awards", "list", "nonsense") == "NOT_FOUND"
    assert rated.code(*propose, "B006", *HONOUR) == "AWARD_REFUSED"
    assert rated.code(*propose, "W01", *HONOUR, "--as", "shending") == "NOT_ALLOWED"
    rated.run(*propose, "W01", "--honour", "群众满意窗口", status=2)
    for org_id in ("W01", "B195"):
        told = rated.run(*propose, org_id, *HONOUR, "--as", "qu").stdout
        assert f"{org_id}  群众满意窗口  proposed" in told
    assert rated.code(*propose, "W01", *HONOUR) == "AWARD_REFUSED"
    rated.run("awards", "arrange", RATING, "2", "1", "--as", "qu")
    assert [row["org"] for row in rated.json("awards", "list", RATING)] == ["B195", "W01"]

    announce = ("awards", "announce", RATING, "1", "2", "--as", "shending")
    assert rated.code(*announce) == "NOTICE_FAULTY"
    assert rated.code("awards", "announce", RATING, "1", *OFFICE, "--as", "qu") == "NOT_ALLOWED"
    assert rated.run(*announce, *OFFICE).stdout.startswith("On notice until 2026-")
    assert {row["state"] for row in rated.json("awards", "list", RATING)} == {"notice"}
    grant = ("awards", "grant", RATING, "--as", "qu")
    assert rated.code(*grant) == "NOTICE_RUNNING"
    objected = rated.run(
        "awards", "object", RATING, "--text", "材料不实", "--proposal", "2", "--as", "qu"
    )
    number = objected.stdout.strip()
    rated.now += timedelta(days=14)
    assert rated.code(*grant) == "OBJECTIONS_OPEN"
    answer = ("awards", "answer", RATING, number, "--text", "属实", "--as", "qu")
    rated.run(*answer, status=2)
    rated.run(*answer, "--upheld")
    told = rated.run(*grant).stdout
    assert "W01  群众满意窗口  awarded" in told
    assert "B195" not in told
    [holder] = [row for row in rated.json("awards", "list", RATING) if row["number"]]
    assert (holder["org"], holder["state"]) == ("W01", "awarded")


def test_a_proposal_is_turned_down_with_a_reason(rated: CommandLine) -> None:
    rated.run("awards", "propose", RATING, "W01", *HONOUR, "--as", "qu")
    decline = ("awards", "decline", RATING, "1", "--reason")
    assert rated.code(*decline, "一个单位一项荣誉", "--as", "danwei") == "NOT_ALLOWED"
    assert rated.code(*decline, " ", "--as", "shending") == "REASON_MISSING"
    told = rated.run(*decline, "一个单位一项荣誉", "--as", "shending").stdout
    assert "declined" in told
    missing = ("awards", "decline", RATING, "99", "--reason", "x", "--as", "shending")
    assert rated.code(*missing) == "NOT_FOUND"
