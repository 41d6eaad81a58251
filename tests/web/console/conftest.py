"""A district with staff, a closed round and an open one; built once, copied for every test."""

import csv
import io
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from survey import clock
from survey.accounts import service as accounts
from survey.accounts import sessions
from survey.accounts.models import Account, Role
from survey.accounts.policy import OPERATOR
from survey.app import create_app
from survey.campaigns import service as campaigns
from survey.campaigns.service import Use
from survey.collection import fieldwork, paper
from survey.instruments import service as instruments
from survey.org import service as org
from survey.publication import publishing
from survey.publication.closing import close_round
from survey.publication.frozen_reports import freeze_reports
from survey.publication.notice_terms import Contact
from survey.web.keying import validate_paper
from survey.web.platform import EXTENSION
from survey.web.public.pages import renderer
from tests.conftest import NOW, SAMPLE, make_config

PASSWORD = "qing-shui-he-pan-8"
STAFF = {
    "qu": ("汀若石", Role.DISTRICT_ADMIN, "D0"),
    "danwei": ("泉一言", Role.UNIT_ADMIN, "U17"),
    "shuji": ("屿新衡", Role.BRANCH_SECRETARY, "B070"),
    "chuangkou": ("屿秋岸", Role.WINDOW_MANAGER, "W01"),
    "yanshou": ("荻一声", Role.VERIFIER, "U17"),
}
CLOSED, OPEN = "R2026Q2", "R2026Q3"
BRANCHES = ("B070", "B100", "B195")
WINDOWS = ("W01", "W10")


@dataclass(frozen=True)
class Browser:
    """A signed-in client that sends forms as a browser does, token included."""

    client: object

    def get(self, path, **options):
        return self.client.get(path, **options)

    def token(self, path="/console/password"):
        """Return the token that the forms of a page carry."""
        page = self.client.get(path).get_data(as_text=True)
        return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]

    def post(self, path, data=None, *, token=None, **options):
        """Send a form; without `token` with the one of the browser's own pages."""
        token = self.token() if token is None else token
        return self.client.post(path, data={"csrf_token": token, **(data or {})}, **options)

    def sign_in(self, name, password=PASSWORD, **more):
        """Fill in the sign-in form."""
        token = self.token("/console/sign-in")
        return self.client.post(
            "/console/sign-in",
            data={"csrf_token": token, "name": name, "password": password, **more},
        )


@pytest.fixture(scope="session")
def away(made_once):
    """How far it is from the moment at which this run began to a Thursday in September."""
    return NOW - datetime.fromtimestamp(made_once("began", lambda _: None).stat().st_mtime, UTC)


@pytest.fixture(scope="module", autouse=True)
def days_in_september(away):
    """Let no weekend, holiday, midnight or end of a year come between; the time goes on."""
    with in_september(away):
        yield


@contextmanager
def in_september(away):
    """Have the time be what it is, `away` from now."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(clock, "now", lambda: datetime.now(UTC) + away)
        yield


@pytest.fixture(scope="session")
def built(made_once, sqlite_template, away):
    """The data folder of the district, whole."""

    def fill(home):
        with in_september(away):
            build(home, sqlite_template)

    return made_once("console", fill)


def build(home, sqlite_template):
    """Fill the data folder `home` with the district."""
    shutil.copyfile(sqlite_template, home / "pingyi.sqlite")
    app = create_app(make_config(f"sqlite:///{home / 'pingyi.sqlite'}", home))
    held = app.extensions[EXTENSION]
    now = clock.now()
    with held.sessions.begin() as session:
        for what in ("organisations", "members", "commitments"):
            act = getattr(org, f"import_{what}")
            act(session, OPERATOR, (SAMPLE / f"{what}.csv").read_bytes(), f"{what}.csv", now=now)
        for name in ("A_branch_mass", "C_window_sat"):
            data = (SAMPLE / "xlsforms" / f"{name}.xlsx").read_bytes()
            instruments.import_questionnaire(session, OPERATOR, data, f"{name}.xlsx", now=now)
        for name, (called, role, place) in STAFF.items():
            accounts.add_account(session, OPERATOR, name, called, role, place, PASSWORD, now=now)
    _round(held, CLOSED, now, days_open=-14)
    _keyed(held, now, "A_branch_mass", "responses_A_sample.csv", BRANCHES)
    _keyed(held, now, "C_window_sat", "responses_C_sample.csv", WINDOWS)
    stores = (held.sessions, OPERATOR, CLOSED, held.keystore, held.inbox)
    close_round(*stores, now=now, early_reason="样例")
    _round(held, OPEN, now, days_open=-2)
    held.renderer.close()
    held.engine.dispose()


def _round(held, code, now, *, days_open):
    """Plan and open a round that began `days_open` days from now and runs for 21 days."""
    opens = now + timedelta(days=days_open)
    uses = [Use("A_branch_mass", org_ids=BRANCHES), Use("C_window_sat", org_ids=WINDOWS)]
    with held.sessions.begin() as session:
        round_ = campaigns.create_round(
            session,
            OPERATOR,
            code=code,
            title=f"{code[1:5]}年{code[-1]}季度群众评议",
            uses=uses,
            opens_at=opens,
            closes_at=opens + timedelta(days=21),
            now=now,
        )
        forms = renderer(held.config.zone)
        stores = (round_, held.keystore, held.inbox, forms)
        fieldwork.open_round(session, OPERATOR, *stores, now=now, no_key_copy=True)


def _keyed(held, now, questionnaire, file_name, places):
    """Take the sample's answers for `places` into the closed round's box."""
    rows = csv.DictReader(io.StringIO((SAMPLE / file_name).read_text("utf-8-sig")))
    kept = [row for row in rows if row["org_id"] in places]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(kept[0]))
    writer.writeheader()
    writer.writerows(kept)
    with held.sessions.begin() as session:
        round_ = campaigns.get_round(session, OPERATOR, CLOSED)
        stores = (held.inbox, held.keystore, OPERATOR, round_, questionnaire)
        paper.import_paper(session, *stores, out.getvalue().encode(), validate_paper, now=now)


@pytest.fixture
def home(built, tmp_path):
    """A copy of the district for one test."""
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def app(home):
    """The application on this test's copy."""
    made = create_app(make_config(f"sqlite:///{home / 'pingyi.sqlite'}", home))
    yield made
    held = made.extensions[EXTENSION]
    held.renderer.close()
    held.engine.dispose()


@pytest.fixture
def held(app):
    """What the application holds."""
    return app.extensions[EXTENSION]


@pytest.fixture
def anonymous(app):
    """A browser that nobody has signed in with."""
    return Browser(app.test_client())


@pytest.fixture
def as_(app, held):
    """Return a browser signed in as one of the staff: `as_("qu")`. The form has its own tests."""

    def signed_in(name):
        with held.sessions.begin() as session:
            account = session.scalars(select(Account).where(Account.name == name)).one()
            token = sessions.start_session(session, account, now=clock.now())
        client = app.test_client()
        client.set_cookie("pingyi_s", token)
        return Browser(client)

    return signed_in


@pytest.fixture
def published(held):
    """Let out the round's results; return a function that takes them back."""
    now = clock.now()
    with held.sessions.begin() as session:
        round_ = campaigns.get_round(session, OPERATOR, CLOSED)
        contact = Contact("区评议办", "0513-8650", "", "世纪大道1号")
        made = publishing.propose(session, OPERATOR, round_, contact, now=now)
        publishing.approve(session, OPERATOR, round_, digest=made.digest, now=now)
    freeze_reports(held.sessions, CLOSED, zone=held.config.zone)

    def withdraw():
        with held.sessions.begin() as session:
            round_ = campaigns.get_round(session, OPERATOR, CLOSED)
            publishing.ask_withdrawal(session, OPERATOR, round_, "算错了", now=now)
            publishing.withdraw(session, OPERATOR, round_, now=now + timedelta(hours=1))

    return withdraw
