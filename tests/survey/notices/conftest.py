"""A small district with accounts, and items that can be made to happen to."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.accounts.models import Account, Role, RoleGrant
from survey.accounts.policy import OPERATOR
from survey.accounts.sessions import actor_named
from survey.db import Sessions
from survey.notices import addresses, running
from survey.notices.delivering import Outlet
from survey.notices.digest import Digest
from survey.notices.models import Notice, Way
from survey.notices.refusals import NotDelivered
from survey.notices.running import Done
from survey.org.models import Organisation
from survey.rectification.models import RectificationItem, Transition
from survey.rectification.states import Act, State

TREE = (
    ("D0", None, "district", "D0/"),
    ("U01", "D0", "unit", "D0/U01/"),
    ("B001", "U01", "branch", "D0/U01/B001/"),
    ("W01", "U01", "window", "D0/U01/W01/"),
)
STAFF = (
    ("qu", Role.DISTRICT_ADMIN, "D0"),
    ("danwei", Role.UNIT_ADMIN, "U01"),
    ("shuji", Role.BRANCH_SECRETARY, "B001"),
    ("yanshou", Role.VERIFIER, "D0"),
    ("lingdao", Role.APPROVER, "D0"),
    ("jijian", Role.SUPERVISOR, "D0"),
)


def populate(session: Session) -> dict[str, int]:
    """Store the tree and its staff; return the accounts by name."""
    for org_id, parent, level, path in TREE:
        session.add(
            Organisation(
                id=org_id,
                parent_id=parent,
                path=path,
                level=level,
                name=f"{org_id}全名",
                short_name=org_id,
            )
        )
        session.flush()
    found = {}
    for name, role, org_id in STAFF:
        account = Account(name=name, display_name=f"{name}同志", password_hash="x")
        session.add(account)
        session.flush()
        session.add(RoleGrant(account_id=account.id, role=role.value, org_id=org_id))
        found[name] = account.id
    session.flush()
    return found


def add_item(session: Session, number: str, due_on: date, org_id: str = "B001", **more: object):
    """Store an item that is being put right."""
    made = RectificationItem(
        **{
            "number": number,
            "source": "low_score",
            "source_ref": number,
            "org_id": org_id,
            "problem": "张三的电话13800000000没人接",
            "state": State.IN_PROGRESS.value,
            "registered_on": date(2026, 8, 1),
            "limit_workdays": 15,
            "due_on": due_on,
            "needs_recheck": True,
            **more,
        }
    )
    session.add(made)
    session.flush()
    return made


def happen(session: Session, item: RectificationItem, act: Act, at: datetime, actor: str = "x"):
    """Let something have happened to an item."""
    step = Transition(
        item_id=item.id,
        at=at,
        actor=actor,
        actor_name=actor,
        actor_role="",
        act=act.value,
        from_state=item.state,
        to_state=item.state,
    )
    session.add(step)
    session.flush()
    return step


@pytest.fixture
def staff(session: Session) -> dict[str, int]:
    """The accounts by name."""
    found = populate(session)
    session.commit()
    return found


CHINA = ZoneInfo("Asia/Shanghai")
URL = "https://pingyi.example"
DUE = date(2026, 9, 1)
"""A Tuesday with working days all around it."""


def at(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=CHINA)


class Box:
    """A way out that keeps what it is given, or fails as told."""

    def __init__(self, way: Way = Way.MAIL) -> None:
        self.got: list[Digest] = []
        self.fails: NotDelivered | None = None
        self.outlet = Outlet(way, self.take)

    def take(self, digest: Digest, _address: str) -> None:
        if self.fails:
            raise self.fails
        self.got.append(digest)


def one_round(sessions: Sessions, now: datetime, *boxes: Box) -> Done:
    done = running.prepare(sessions, now=now)
    outlets = [box.outlet for box in boxes]
    running.deliver(sessions, outlets, done, now=lambda: now, zone=CHINA, base_url=URL)
    return done


def told(session: Session) -> set[tuple[str, int]]:
    session.expire_all()
    return {(n.kind, n.account_id) for n in session.scalars(select(Notice))}


def with_address(session: Session, *names: str) -> None:
    for name in names:
        person = actor_named(session, name)
        addresses.set_address(session, OPERATOR, person, f"{name}@example.org", now=at(DUE))
    session.commit()
