"""A small district served to its inspectors and leaders; some of them have a password."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from survey import clock
from survey.accounts import passwords, sessions
from survey.accounts.models import Account
from survey.app import create_app
from survey.web.platform import EXTENSION, Platform
from tests.conftest import make_config
from tests.inspections import make_world
from tests.web.console.conftest import PASSWORD, Browser


@dataclass
class Office:
    """The application, and its tasks by object."""

    app: Flask
    tasks: dict[str, int]

    @property
    def held(self) -> Platform:
        """What the application holds."""
        found: Platform = self.app.extensions[EXTENSION]
        return found

    def cookie(self, name: str) -> str:
        """Sign somebody in; return the browser's cookie."""
        with self.held.sessions.begin() as session:
            account = session.scalars(select(Account).where(Account.name == name)).one()
            return sessions.start_session(session, account, now=clock.now())

    def as_(self, name: str) -> Browser:
        """Return a browser signed in as `name`."""
        client = self.app.test_client()
        client.set_cookie("pingyi_s", self.cookie(name))
        return Browser(client)


def open_office(template: Path, home: Path) -> Office:
    """Return the district on a database of its own, with two tasks for jian1 and jian2."""
    shutil.copyfile(template, home / "pingyi.sqlite")
    app = create_app(make_config(f"sqlite:///{home / 'pingyi.sqlite'}", home))
    held: Platform = app.extensions[EXTENSION]
    with held.sessions.begin() as session:
        world = make_world(session, clock.now())
        tasks = {org_id: world.task(org_id).id for org_id in ("W01", "B001")}
        for account in session.scalars(select(Account)):
            account.password_hash = passwords.hashed(PASSWORD)
    return Office(app, tasks)
