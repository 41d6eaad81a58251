"""Those of the sample district who can sign in."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from survey.accounts import passwords, sessions
from survey.accounts import service as accounts
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor


@dataclass(frozen=True)
class Person:
    """Somebody of the sample district who can sign in."""

    name: str
    display_name: str
    role: Role
    org_id: str


PEOPLE = (
    Person("quban", "汀若石", Role.DISTRICT_ADMIN, "D0"),
    Person("zhengwu", "屿言", Role.UNIT_ADMIN, "U17"),
    Person("qingyu", "樾景舒", Role.UNIT_ADMIN, "U03"),
    Person("caotang", "樾晴渡", Role.BRANCH_SECRETARY, "B008"),
    Person("yibao", "屿秋岸", Role.WINDOW_MANAGER, "W04"),
    Person("yanshou", "荻一声", Role.VERIFIER, "D0"),
    Person("jiancha", "桂知行", Role.INSPECTOR, "D0"),
    Person("duzha", "禾以南", Role.INSPECTOR, "D0"),
    Person("lingdao", "云听松", Role.LEADER, "U17"),
    Person("shending", "岑远山", Role.APPROVER, "D0"),
    Person("tongji", "舒白榆", Role.ANALYST, "D0"),
    Person("jijian", "沈砚秋", Role.SUPERVISOR, "D0"),
)


def add_people(session: Session, file: Path, now: datetime) -> None:
    """Make an account for each person, with a generated password that only `file` holds."""
    lines = []
    for person in PEOPLE:
        password = passwords.generate()
        accounts.add_account(
            session,
            OPERATOR,
            person.name,
            person.display_name,
            person.role,
            person.org_id,
            password,
            now=now,
        )
        lines.append(f"{person.name}\t{password}\t{person.role}\t{person.org_id}\n")
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.writelines(lines)


def actor(session: Session, name: str) -> Actor:
    """Return one of them, to act as."""
    return sessions.actor_named(session, name)
