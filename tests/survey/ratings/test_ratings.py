"""From a closed round of the sample to stars that one proposes and another approves."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.audit.models import AuditEntry
from survey.campaigns import service as campaigns
from survey.collection.inbox import open_inbox
from survey.collection.keystore import Keystore
from survey.collection.opening import close_round
from survey.config import Config
from survey.db import Sessions
from survey.errors import NotAllowed
from survey.org.models import Organisation
from survey.ratings import service as ratings
from survey.ratings.models import ConductKind, Rating, RatingState
from survey.ratings.refusals import (
    AnotherApprover,
    DecisionsMissing,
    RatingFixed,
    RatingNotFound,
    RatingRefused,
    RatingUnscored,
    ReasonMissing,
    StarNotAllowed,
)
from survey.results.service import ResultsSealed
from tests.rounds import Field

BALLOTS = 34


def person(name: str, role: Role, path: str = "D0/") -> Actor:
    return Actor(name, name, (Grant(role, path.split("/")[-2], path),))


ANALYST = person("tongji", Role.ANALYST)
DISTRICT = person("qu", Role.DISTRICT_ADMIN)
APPROVER = person("shending", Role.APPROVER)
SECRETARY = person("shuji", Role.BRANCH_SECRETARY, "D0/U01/B001/")


@dataclass
class World:
    """A closed round and a rating of it."""

    session: Session
    rating: Rating
    now: object

    def line(self, org_id: str):
        return ratings.line_of(self.rating, org_id)


@pytest.fixture
def world(sessions: Sessions, engine: Engine, config: Config, now) -> Iterator[World]:
    """A closed round: B001 liked, B002 not, B003 with too few ballots; W01 liked."""
    inbox, keystore = open_inbox(config, engine), Keystore(config.keystore)
    field = Field(sessions, inbox, keystore, now)
    field.open()
    for number in range(BALLOTS):
        at = now + timedelta(minutes=3 * number)
        field.answer("B001", f"a{number:021d}", at=at)
        low = {f"A{n}": "1" for n in (11, 12, 13, 14, 15, 21, 22, 23, 24, 25, 30)}
        field.answer("B002", f"b{number:021d}", at=at, **({} if number % 4 else low))
        field.answer("W01", f"w{number:021d}", at=at)
        if number < 12:
            field.answer("B003", f"c{number:021d}", at=at)
    close_round(sessions, OPERATOR, "R1", keystore, inbox, now=now + timedelta(days=4))
    with sessions() as session:
        for org in session.scalars(select(Organisation)):
            org.star_prev = {"B001": 3, "B002": 4, "B003": 4}.get(org.id)
        # A composite needs at most one component missing; the other sources have tests of theirs.
        rating = ratings.create(
            session,
            ANALYST,
            code="X2026",
            title="2026年度星级评定",
            year=2026,
            sources={"mass": "R1", "survey": "R1"},
            now=now,
        )
        rating.rules = {**rating.rules, "composites": WEIGHTS, "stars": NO_QUOTA}
        yield World(session, rating, now)


# Among two of a sector any quota is none at all.
NO_QUOTA = {"quotas": []}
WEIGHTS = {
    "branch": {"weights": [["mass", 0.8], ["leader", 0.2]]},
    "window": {"weights": [["survey", 0.8], ["spot", 0.2]]},
}


def computed(world: World) -> World:
    ratings.compute(world.session, ANALYST, world.rating, now=world.now)
    return world


def settle(world: World) -> None:
    for line in world.rating.lines:
        if line.waits:
            star = line.star_proposed or 1
            ratings.decide(
                world.session, DISTRICT, world.rating, line.org_id, star, "现场核实", now=world.now
            )


def test_scores_gates_and_steps(world: World) -> None:
    computed(world)
    liked, disliked, few = world.line("B001"), world.line("B002"), world.line("B003")

    assert liked.final == pytest.approx(80.0, abs=0.01)
    assert liked.n == BALLOTS
    assert liked.star_proposed == 4
    assert list(liked.composite["missing"]) == ["leader"]
    assert liked.place["of"] == 2
    assert liked.place["band"] == 1
    assert disliked.satisfaction == pytest.approx(25 / 34)
    assert disliked.star_proposed <= 2
    assert disliked.is_lagging
    assert few.star_proposed == 4
    assert few.reasons == ["unrated_keep"]
    assert few.place is None
    assert world.line("W01").star_proposed == 4


def test_overdue_items_and_conduct_take_points_off(world: World) -> None:
    act = (world.session, DISTRICT)
    ratings.mark_conduct(
        *act, "B001", year=2026, kind=ConductKind.FALSE_CLAIM, note="整改不实", now=world.now
    )
    ratings.mark_conduct(
        *act, "B001", year=2025, kind=ConductKind.VETO, note="去年的事", now=world.now
    )
    ratings.mark_conduct(
        *act, "W01", year=2026, kind=ConductKind.VETO, note="吃拿卡要", now=world.now
    )
    computed(world)

    overdue = world.line("B001").composite["conduct"]["overdue"]
    assert world.line("B001").final == pytest.approx(75.0 - overdue, abs=0.01)
    assert world.line("W01").star_proposed == 1
    assert world.line("W01").reasons == ["veto"]
    with pytest.raises(StarNotAllowed):
        ratings.decide(*act, world.rating, "W01", 2, "已改正", now=world.now)


def test_a_borderline_star_waits_for_a_person_with_a_reason(world: World) -> None:
    computed(world)
    assert world.line("B002").is_borderline

    with pytest.raises(DecisionsMissing):
        ratings.propose(world.session, DISTRICT, world.rating, now=world.now)
    with pytest.raises(ReasonMissing):
        ratings.decide(world.session, DISTRICT, world.rating, "B002", 1, " ", now=world.now)
    with pytest.raises(StarNotAllowed):
        ratings.decide(world.session, DISTRICT, world.rating, "B002", 4, "求情", now=world.now)
    with pytest.raises(NotAllowed):
        ratings.decide(world.session, ANALYST, world.rating, "B002", 1, "算的", now=world.now)
    settle(world)
    ratings.propose(world.session, DISTRICT, world.rating, now=world.now)

    assert world.rating.state == RatingState.PROPOSED


def test_whoever_had_a_hand_in_it_does_not_approve(world: World) -> None:
    with pytest.raises(RatingUnscored):
        ratings.propose(world.session, DISTRICT, world.rating, now=world.now)
    computed(world)
    settle(world)
    with pytest.raises(RatingFixed):
        ratings.approve(world.session, APPROVER, world.rating, now=world.now)
    ratings.propose(world.session, DISTRICT, world.rating, now=world.now)
    both = Actor("qu", "qu", (*DISTRICT.grants, *APPROVER.grants))
    scorer = Actor("tongji", "tongji", APPROVER.grants)

    for actor, refusal in (
        (DISTRICT, NotAllowed),
        (both, AnotherApprover),
        (scorer, AnotherApprover),
    ):
        with pytest.raises(refusal):
            ratings.approve(world.session, actor, world.rating, now=world.now)
    ratings.approve(world.session, APPROVER, world.rating, now=world.now)

    assert world.rating.approved_by == "shending"
    assert {line.org_id: line.star_decided for line in world.rating.lines}["B001"] == 4
    for act in (ratings.compute, ratings.propose, ratings.approve):
        with pytest.raises((RatingFixed, NotAllowed)):
            act(world.session, both, world.rating, now=world.now)
    acts = set(world.session.scalars(select(AuditEntry.act)))
    assert {"rating.create", "rating.compute", "rating.decide", "rating.approve"} <= acts


def test_the_database_holds_the_two_persons_too(world: World) -> None:
    computed(world)
    world.rating.state, world.rating.approved_by = "approved", "tongji"

    with pytest.raises(IntegrityError):
        world.session.flush()
    world.session.rollback()


def test_the_approved_stars_are_the_last_stars_of_the_next_year(world: World) -> None:
    computed(world)
    settle(world)
    ratings.propose(world.session, DISTRICT, world.rating, now=world.now)
    ratings.send_back(world.session, APPROVER, world.rating, "请复核一处", now=world.now)
    assert world.rating.returned_because == "请复核一处"
    ratings.propose(world.session, DISTRICT, world.rating, now=world.now)
    ratings.approve(world.session, APPROVER, world.rating, now=world.now)
    following = ratings.create(
        world.session,
        ANALYST,
        code="X2027",
        title="次年",
        year=2027,
        sources={"mass": "R1"},
        now=world.now,
    )
    ratings.compute(world.session, ANALYST, following, now=world.now)

    assert ratings.line_of(following, "B001").last == 4
    assert {line.org_id for line in following.lines} == {"B001", "B002", "B003"}


def test_units_see_it_once_it_is_proposed(world: World) -> None:
    computed(world)
    with pytest.raises(RatingNotFound):
        ratings.get(world.session, SECRETARY, "X2026")
    assert ratings.list_ratings(world.session, SECRETARY) == []
    settle(world)
    ratings.propose(world.session, DISTRICT, world.rating, now=world.now)

    assert ratings.get(world.session, SECRETARY, "X2026") is world.rating


def test_a_rating_needs_residents_and_an_opened_round(world: World, now) -> None:
    for sources in ({}, {"leader": "R1"}, {"mass": "R1", "bonus": "R1"}):
        with pytest.raises(RatingRefused):
            ratings.create(
                world.session, ANALYST, code="X1", title="t", year=2026, sources=sources, now=now
            )
    with pytest.raises(RatingRefused):
        ratings.create(
            world.session,
            ANALYST,
            code="X2026",
            title="t",
            year=2026,
            sources={"mass": "R1"},
            now=now,
        )
    round_ = campaigns.get_round(world.session, OPERATOR, "R1")
    round_.state = "open"
    with pytest.raises(ResultsSealed):
        computed(world)
