"""A small district with accounts, and items that can be made to happen to."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from sqlalchemy.orm import Session

from survey.accounts.models import Account, Role, RoleGrant
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


Add = Callable[..., RectificationItem]
