"""A small district, its people, and a way to take an item along by the right ones."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from survey.accounts.models import Role
from survey.accounts.policy import Actor, Grant
from survey.campaigns.models import Round
from survey.org.models import Organisation
from survey.rectification import evidence, service
from survey.rectification.item import Recheck, Sheet
from survey.rectification.models import RectificationItem
from survey.rectification.states import Source, State

PDF = b"%PDF-1.7\n%%EOF\n"
PASSED = Sheet(True, True, True, True, 90)
PATHS = {
    "D0": "D0/",
    "U01": "D0/U01/",
    "U02": "D0/U02/",
    "B001": "D0/U01/B001/",
    "W01": "D0/U01/W01/",
    "B002": "D0/U02/B002/",
}


def organisation(
    org_id: str, level: str, name: str, parent: str | None, **facts: str
) -> Organisation:
    return Organisation(
        id=org_id,
        parent_id=parent,
        path=PATHS[org_id],
        level=level,
        name=name,
        short_name=name,
        **facts,
    )


def person(name: str, *grants: tuple[Role, str]) -> Actor:
    held = tuple(Grant(role, org_id, PATHS[org_id]) for role, org_id in grants)
    return Actor(name, f"{name}同志", held)


class People:
    """Those who take an item from new to closed, and some who may not."""

    secretary = person("secretary", (Role.BRANCH_SECRETARY, "B001"))
    window = person("window", (Role.WINDOW_MANAGER, "W01"))
    unit = person("unit", (Role.UNIT_ADMIN, "U01"))
    verifier = person("verifier", (Role.VERIFIER, "D0"))
    second = person("second", (Role.VERIFIER, "D0"))
    district = person("district", (Role.DISTRICT_ADMIN, "D0"))
    linked = person("linked", (Role.WINDOW_MANAGER, "W01"), (Role.VERIFIER, "D0"))
    foreign = person("foreign", (Role.UNIT_ADMIN, "U02"), (Role.VERIFIER, "U02"))


@pytest.fixture
def people() -> type[People]:
    return People


@pytest.fixture
def tree(session: Session) -> Session:
    """The session, with a district of two units in it."""
    session.add(organisation("D0", "district", "区创先争优办", None))
    session.flush()
    session.add(organisation("U01", "unit", "云澜街道党工委", "D0", secretary_name="泉一言"))
    session.add(organisation("U02", "unit", "禾湾街道党工委", "D0"))
    session.flush()
    session.add(organisation("B001", "branch", "蓼花村党支部", "U01", secretary_name="禾和渡"))
    session.add(organisation("B002", "branch", "雁荡村党支部", "U02", secretary_name="苇宁行"))
    session.flush()
    session.add(organisation("W01", "window", "云澜综合窗口", "U01", linked_branch_id="B001"))
    session.flush()
    return session


@pytest.fixture
def round_(tree: Session, now: datetime) -> Round:
    """A closed round."""
    found = Round(
        code="2026Q3",
        title="三季度评议",
        opens_at=now - timedelta(20),
        closes_at=now - timedelta(1),
        paper_until=now - timedelta(1),
    )
    tree.add(found)
    tree.flush()
    return found


@pytest.fixture
def item(tree: Session, now: datetime) -> RectificationItem:
    """A low score of branch B001, registered today by its unit."""
    return service.register(
        tree,
        People.unit,
        "B001",
        source=Source.LOW_SCORE,
        problem="承诺兑现率低",
        now=now,
        ref="A13",
    )


Walk = Callable[[State], RectificationItem]
START = datetime(2026, 9, 10, 2, 0, tzinfo=UTC)


@pytest.fixture
def walk(tree: Session, item: RectificationItem, tmp_path: Path) -> Walk:
    """Take the item along the straight way until it stands in the state asked for."""

    def go(target: State) -> RectificationItem:
        at = START
        way: tuple[tuple[Actor, State, dict[str, Any]], ...] = (
            (People.unit, State.ASSIGNED, {}),
            (People.secretary, State.ACCEPTED, {}),
            (People.secretary, State.IN_PROGRESS, {"measures": "每月核对承诺"}),
            (People.secretary, State.SUBMITTED, {}),
            (People.unit, State.UNIT_CHECKED, {}),
            (People.verifier, State.VERIFIED, {"sheet": PASSED}),
            (People.unit, State.RECHECK, {}),
            (People.district, State.CLOSED, {"recheck": Recheck(35, 31, 4, 83.4)}),
        )
        states = [State.NEW, *(to for _, to, _ in way)]
        for actor, to, given in way[states.index(State(item.state)) :]:
            if item.state == target:
                break
            at += timedelta(hours=1)
            if to is State.SUBMITTED:
                evidence.add_evidence(
                    tree, actor, item.number, PDF, "整改报告.pdf", folder=tmp_path, now=at
                )
                at += timedelta(minutes=1)
            service.advance(tree, actor, item.number, to, now=at, **given)
        assert item.state == target
        return item

    return go
