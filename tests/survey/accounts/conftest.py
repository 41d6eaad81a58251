"""A small tree and the people who work in it."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from survey.accounts import service as accounts
from survey.accounts.models import Account, Role
from survey.accounts.policy import OPERATOR
from survey.org.models import Organisation

PASSWORD = "mangrove-7-harbour"


@pytest.fixture
def tree(session: Session) -> Session:
    """A session on a district with two units, a branch and a window each."""
    for code, parent_id, level in (
        ("D0", None, "district"),
        ("U01", "D0", "unit"),
        ("U02", "D0", "unit"),
        ("B001", "U01", "branch"),
        ("B002", "U02", "branch"),
        ("W01", "U01", "window"),
        ("W02", "U02", "window"),
    ):
        above = session.get(Organisation, parent_id).path if parent_id else ""
        session.add(
            Organisation(
                id=code,
                parent_id=parent_id,
                path=f"{above}{code}/",
                level=level,
                name=code,
                short_name=code,
            )
        )
        session.flush()
    session.commit()
    return session


@pytest.fixture
def make_account(tree: Session, now: datetime):
    """Return a function that makes an account, by the operator unless told otherwise."""

    def make(name="zhangsan", role=Role.DISTRICT_ADMIN, org_id="D0", *, actor=OPERATOR) -> Account:
        return accounts.add_account(
            tree, actor, name, f"{name}某", role, org_id, PASSWORD, now=now
        ).account

    return make
