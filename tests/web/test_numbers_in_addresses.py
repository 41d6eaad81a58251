"""Numbers in addresses that name no row: no page for them, and never a fault, on any database.

PostgreSQL refuses a number that its columns do not hold, and so does the driver of SQLite, each
with an error of its own; every address of the application is asked, so that none is forgotten.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from survey import clock
from survey.accounts import service as accounts
from survey.accounts import sessions as account_sessions
from survey.accounts import tokens
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR
from survey.app import create_app
from survey.config import Config
from survey.rectification import service as rectification
from survey.rectification.states import Source
from survey.web.numbers import Number
from survey.web.platform import EXTENSION, Platform
from tests.rounds import Field

TOO_LARGE = (10**30, 2**63, 2**31)
NUMBERS = (*TOO_LARGE, 0, -1)
PAGES = (10**30, 2**31 - 1, -1)
REFUSED = (403, 404, 409, 422)
"""A right or a state that is missing is told before a row is looked for."""
ROLES = [role for role in Role if "district" in accounts.LEVELS[role]]
ROUND, BRANCH = "R1", "B001"
COUNTED = (
    "/console/accounts/?page={}",
    "/console/inspections/?page={}",
    "/console/meetings/?page={}",
    "/console/notices/?page={}",
    "/console/organisations/?page={}",
    "/console/rectification/?page={}",
    "/console/reviews/?page={}",
    "/console/rounds/R1/ballots/?page={}",
    "/console/rounds/R1/coverage/objects?page={}",
    "/console/rounds/R1/points/?page={}",
    "/console/rounds/R1/reports/?page={}",
    "/console/?done=saved&a={0}&b={0}&c={0}",
    "/items?page={}",
    "/items.atom?page={}",
)
"""Addresses with a number behind the question mark, which goes to the nearest page or to none."""


@dataclass(frozen=True)
class Site:
    """The application over an open round and one item, with somebody who may see all of it."""

    app: Flask
    console: FlaskClient
    item: str
    token: str
    secret: str

    def ask(self, address: str, method: str) -> TestResponse:
        """Ask as the district does; what is posted carries the token of its own form."""
        if method == "GET":
            return self.console.get(address)
        return self.console.post(address, data={"csrf_token": self.token})

    def read(self, address: str) -> TestResponse:
        """Read from the API as a program with a token does."""
        given = {"Authorization": f"Bearer {self.secret}"}
        return self.app.test_client().get(address, headers=given)

    def addresses(self, number: int) -> Iterator[tuple[str, str]]:
        """Give every address with numbers in it, all of them `number`, and its methods."""
        known = {"round_code": ROUND, "org_id": BRANCH, "number": self.item, "kind": "branch"}
        for rule in self.app.url_map.iter_rules():
            if numbers := numbers_of(rule):
                filled = rule.rule
                for name in rule.arguments:
                    value = str(number) if name in numbers else known.get(name)
                    first = re.search(rf"<any\(([^,)]+)[^>]*:{name}>", filled)
                    value = value or (first[1] if first else "x")
                    filled = re.sub(rf"<(?:[^<>]*:)?{name}>", value, filled)
                for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                    yield filled, method


def numbers_of(rule: Rule) -> set[str]:
    """Return the arguments of a rule that are whole numbers."""
    return {name for name, kind in rule._converters.items() if isinstance(kind, Number)}


@pytest.fixture
def site(config: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(clock, "now", lambda: now)
    app = create_app(config)
    held: Platform = app.extensions[EXTENSION]
    Field(held.sessions, held.inbox, held.keystore, now).open()
    with held.sessions.begin() as session:
        added = accounts.add_account(
            session, OPERATOR, "qu", "汀若石", Role.DISTRICT_ADMIN, "D0", "qing-shui-he-8", now=now
        )
        for role in ROLES:
            accounts.add_grant(session, OPERATOR, added.account, role, "D0", now=now)
        cookie = account_sessions.start_session(session, added.account, now=now)
        secret = tokens.issue(session, OPERATOR, "qu", "看板", now=now).secret
        item = rectification.register(
            session, OPERATOR, BRANCH, source=Source.MANUAL, problem="路灯不亮", now=now
        ).number
    client = app.test_client()
    client.set_cookie("pingyi_s", cookie)
    page = client.get("/console/password").get_data(as_text=True)
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found
    yield Site(app, client, item, found[1], secret)
    held.renderer.close()
    held.engine.dispose()


def test_a_number_that_names_nothing_leads_nowhere(site: Site) -> None:
    wrong, asked = [], 0
    for number in NUMBERS:
        expected = (404,) if number in TOO_LARGE else REFUSED
        for address, method in site.addresses(number):
            answer = site.ask(address, method)
            asked += 1
            if answer.status_code not in expected:
                wrong.append((method, address, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))
    assert asked > 250

    # In the same application, since it takes longer to make than to ask.
    for number in PAGES:
        for address in COUNTED:
            answer = site.console.get(address.format(number))
            assert answer.status_code in (200, 404), address.format(number)
        told = site.read(f"/api/v1/items?page={number}")
        assert told.status_code == 400
        assert "PARAMETER_WRONG" in told.get_data(as_text=True)
