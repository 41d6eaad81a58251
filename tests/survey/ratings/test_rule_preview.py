"""The preview of a rule set: what a round created with it gives, and nobody whom nobody sees."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from reports.figures import Audience, Figures, Status
from reports.rule_files import presets
from reports.rules import RuleSet, from_data, to_data
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.campaigns import service as campaigns
from survey.collection.inbox import open_inbox
from survey.collection.keystore import Keystore
from survey.collection.opening import close_round
from survey.config import Config
from survey.db import Sessions
from survey.errors import NotAllowed
from survey.ratings import rule_preview
from survey.ratings import service as ratings
from survey.results import service as results
from survey.results.trial import figures_under
from survey.rulesets import drafts
from tests.rounds import BRANCH_FORM, WINDOW_FORM, Field, add_round

LOW = {f"A{n}": "1" for n in (11, 12, 13, 14, 15, 21, 22, 23, 24, 25, 30)}
CHANGED = {
    "points_preset": "own",
    "points": {"sat4": {"4": 100.0, "3": 60.0, "2": 30.0, "1": 0.0}},
    "forms": {"A_branch_mass": {"mass": {"work": 0.2, "five": 0.2, "overall": 0.6}}},
    "breakdown_scales": ["identity"],
    "suspects_excluded": False,
    "rankable_base": 12,
    "low_index": 75.0,
    "k_internal": 6,
}
APPROVER = Actor("shending", "", (Grant(Role.APPROVER, "D0", "D0/"),))
ANALYST = Actor("tongji", "", (Grant(Role.ANALYST, "D0", "D0/"),))


def fill(field: Field, now: datetime) -> None:
    """B001 liked and careless, B002 half liked, B003 few, W01 five only."""
    for number in range(36):
        at = now + timedelta(minutes=3 * number)
        field.answer("B001", f"a{number:021d}", at=at, seconds=3 if number < 4 else 120)
        field.answer("B002", f"b{number:021d}", at=at, **({} if number % 2 else LOW))
        if number < 14:
            field.answer("B003", f"c{number:021d}", at=at)
        if number < 5:
            field.answer("W01", f"w{number:021d}", at=at)


@pytest.fixture
def closed(sessions: Sessions, engine: Engine, config: Config, now: datetime) -> Iterator[Session]:
    """Two closed rounds of the same answers: R1 under the standard rules, R2 under `CHANGED`."""
    stores = open_inbox(config, engine), Keystore(config.keystore)
    first = Field(sessions, *stores, now)
    first.open()
    with sessions.begin() as session:
        draft = drafts.start_draft(
            session, OPERATOR, code="OURS", title="本区", base="pass60", now=now
        )
        drafts.change_draft(session, OPERATOR, draft, 1, title="本区", changes=CHANGED, now=now)
        drafts.propose(session, OPERATOR, draft, now=now)
        drafts.approve(session, OPERATOR, draft, now=now)
        add_round(session, now, "R2", rules="OURS")
    second = Field(sessions, *stores, now, "R2")
    second.open_planned()
    for field in (first, second):
        fill(field, now)
        close_round(
            sessions, OPERATOR, field.code, stores[1], stores[0], now=now + timedelta(days=4)
        )
    with sessions() as session:
        yield session


def ours() -> RuleSet:
    return from_data(CHANGED)


def objects(released: tuple[Figures, ...]) -> list[Figures]:
    return [each for each in released if each.roll_up is None]


def test_the_preview_is_what_a_round_with_these_rules_gives(closed: Session, now: datetime) -> None:
    first, second = (campaigns.get_round(closed, OPERATOR, code) for code in ("R1", "R2"))
    assert to_data(ours()) == to_data(results.rules_of(second))
    for code in (BRANCH_FORM, WINDOW_FORM):
        tried = figures_under(closed, first, code, ours())
        real = results.release_of(closed, second, code, Audience.INTERNAL)
        assert objects(tried) == objects(real)
    before = results.release_of(closed, first, BRANCH_FORM, Audience.INTERNAL)
    assert objects(before) != objects(tried)

    found = rule_preview.preview_of(closed, first, ours(), now=now)
    moved = {each.org_id: each for each in found.moved}
    assert moved["B003"].before.status is Status.SMALL_SAMPLE
    assert moved["B003"].after.status is Status.RANKABLE
    real_b = {each.target.org_id: each for each in objects(real)}
    for org_id, each in moved.items():
        if each.level == "branch":
            figures = next(
                f
                for f in objects(results.release_of(closed, second, BRANCH_FORM, Audience.INTERNAL))
                if f.target.org_id == org_id
            )
            assert each.after.score == (figures.mass.score if figures.mass else None)
            assert each.after.place == (figures.rank.place if figures.rank else None)
    # Five ballots were shown at k = 5 and are not at 6.
    assert moved["W01"].before.is_shown
    assert not moved["W01"].after.is_shown
    assert not real_b["W01"].is_shown
    assert found.counts["status"] == sum("status" in each.what for each in found.moved) >= 2
    assert found.findings[1] > found.findings[0]

    # The same rules move nobody.
    same = rule_preview.preview_of(closed, second, ours(), now=now)
    assert (same.moved, set(same.counts.values())) == ((), {0})
    # What the office does not see under the rules in force is not named under any others.
    freer = rule_preview.preview_of(closed, second, presets()["pass60"].rules, now=now)
    assert "W01" not in {each.org_id for each in freer.moved}
    assert freer.withheld == same.withheld >= 1
    asked = rule_preview.preview(closed, APPROVER, ours(), now=now)
    assert asked is not None
    assert asked.round_code in ("R1", "R2")
    with pytest.raises(NotAllowed):
        rule_preview.preview(closed, ANALYST, ours(), now=now)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_stars_are_previewed_where_a_rating_takes_the_round(closed: Session, now: datetime) -> None:
    weights = {"branch": {"weights": {"mass": 1.0}}, "window": {"weights": {"survey": 1.0}}}
    rating = ratings.create(
        closed, OPERATOR, code="X1", title="年度", year=2026, sources={"mass": "R1"}, now=now
    )
    rating.rules = to_data(from_data({"composites": weights, "stars": {"quotas": {}}}))
    closed.flush()
    first = campaigns.get_round(closed, OPERATOR, "R1")
    strict = {"composites": weights, "stars": {"quotas": {}, "thresholds": [96, 97, 98, 99]}}
    found = rule_preview.preview_of(closed, first, from_data(strict), now=now)

    assert found.rating == "X1"
    stars = {each.org_id: (each.before.star, each.after.star) for each in found.moved}
    assert stars["B001"] == (4, 1)
    assert found.counts["star"] == len([pair for pair in stars.values() if pair[0] != pair[1]])
    assert closed.get(type(rating), rating.id).lines == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_a_round_there_is_nothing_to_preview(session: Session, now: datetime) -> None:
    assert rule_preview.preview(session, OPERATOR, ours(), now=now) is None
