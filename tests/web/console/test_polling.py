"""A branch secretary who looks at everything after every single answer learns a step, no more."""

import re
import shutil
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from sqlalchemy import select

from survey import clock
from survey.accounts import sessions, tokens
from survey.accounts.models import Account
from survey.accounts.policy import OPERATOR
from survey.app import create_app
from survey.campaigns import service as campaigns
from survey.collection import intake, points
from survey.web import metrics
from survey.web.platform import EXTENSION
from tests.conftest import make_config
from tests.rounds import full_answers, page_key
from tests.web.console.conftest import OPEN

BRANCH, SECRETARY, DISTRICT = "B070", "shuji", "qu"
ANSWERS = 25
STEPS = [5, 10, 15, 20, 25]
"""Participation shows as 0–4, 5–9, then in multiples of five."""
PROGRAMS = (
    "/metrics",
    "/api/v1/",
    "/api/v1/rounds",
    f"/api/v1/rounds/{OPEN}",
    f"/api/v1/rounds/{OPEN}/participation",
    f"/api/v1/rounds/{OPEN}/results",
    "/api/v1/releases",
    "/api/v1/items",
)
"""What programs read, with a token of the secretary's."""
LIVE = (
    "/console/",
    f"/console/organisations/{BRANCH}",
    f"/console/rounds/{OPEN}",
    "/metrics",
    f"/api/v1/rounds/{OPEN}",
    f"/api/v1/rounds/{OPEN}/participation",
)
"""Pages beside those of coverage where participation is told: looked at after every answer."""
FILES = (".pdf", ".zip", ".xlsx")
ROUND_THE_STEP = (4, 5, ANSWERS)
"""When files, and pages where participation is not told, are looked at as well."""
NO_PAGES = ("/static", "/console/sign-out", "/console/password")
MOST_PAGES = 400
LINK = re.compile(r'(?:href|src|action|hx-get)="([^"]+)"')
TOKEN = re.compile(rb'(name="csrf_token"[^>]*value="|"X-CSRF-Token": ?")[^"]+')
OPPOSITES = {
    "pleased": ("4", {"A34": "好"}),
    "angry": ("1", {"A33": "乱收费，还拖着不办" * 20, "A34": "差" * 400}),
}


class Poll:
    """A copy of the district in which one opinion is heard, and a secretary who looks.

    All copies keep their documents in one store, which is named by the words on the pages: equal
    words are set once.
    """

    def __init__(self, built, home, opinion, documents):
        shutil.copytree(built, home, dirs_exist_ok=True)
        (home / "documents").symlink_to(documents)
        self.app = create_app(make_config(f"sqlite:///{home / 'pingyi.sqlite'}", home))
        self.held = self.app.extensions[EXTENSION]
        self.rating, self.texts = OPPOSITES[opinion]
        with self.held.sessions() as session:
            round_ = campaigns.get_round(session, OPERATOR, OPEN)
            views = points.list_points(session, OPERATOR, round_)
            self.point = next(view for view in views if view.org_id == BRANCH)
            self.questionnaire = points.questionnaire_of(session, self.point)

    def signed_in(self, name):
        with self.held.sessions.begin() as session:
            account = session.scalars(select(Account).where(Account.name == name)).one()
            token = sessions.start_session(session, account, now=clock.now())
            shown = tokens.issue(session, OPERATOR, name, "看板", now=clock.now())
        client = self.app.test_client()
        client.set_cookie("pingyi_s", token)
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {shown.secret}"
        return client

    def answer(self, number):
        values = full_answers(self.questionnaire)
        rated = {
            item.code: self.rating
            for item in self.questionnaire.items
            if item.code in values and self.rating in item.option_codes
        }
        with self.held.sessions() as session:
            intake.record(
                session,
                self.held.inbox,
                self.held.keystore,
                self.point,
                self.questionnaire,
                values | rated | self.texts,
                key=page_key(number),
                seconds=90,
                now=clock.now(),
            )

    def close(self):
        self.held.renderer.close()
        self.held.engine.dispose()


def crawl(client, about=("",)):
    """Return every address that can be reached from the first page and has a word of `about`."""
    found, waiting = [], ["/console/", "/api/v1/openapi.json", "/metrics", "/healthz", "/results"]
    while waiting and len(found) < MOST_PAGES:
        address = waiting.pop(0)
        found.append(address)
        if path_of(address).endswith(FILES):
            continue
        response = client.get(address)
        if response.mimetype != "text/html" or response.status_code != 200:
            continue
        for link in LINK.findall(response.get_data(as_text=True)):
            parts = urlsplit(urljoin(address, unescape(link)))
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            known = target in found or target in waiting
            is_ours = not parts.netloc and not parts.path.startswith(NO_PAGES)
            is_ours = is_ours and "lang=" not in target
            if is_ours and not known and any(word in target for word in about):
                waiting.append(target)
    assert len(found) < MOST_PAGES, "there are more pages than this test looks at"
    return found


def seen(client, addresses):
    """Return all that the addresses give, headers too, but for what is random in every page."""
    return {
        address: (response.status_code, sorted(response.headers), TOKEN.sub(b"", response.data))
        for address in addresses
        for response in [client.get(address)]
    }


def path_of(address):
    """Return an address without the choices that follow it."""
    return address.partition("?")[0]


def looked_at_often(addresses):
    """Return pages that tell of participation, each with at most one choice of order."""
    found = {}
    for address in addresses:
        path = path_of(address)
        if path in LIVE or f"{OPEN}/coverage" in path:
            found.setdefault((path, "?" in address), address)
    return list(found.values())


@pytest.fixture
def polls(built, tmp_path: Path, monkeypatch):
    """The district twice, with opposite opinions, and a clock that stands still."""
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    monkeypatch.setattr(metrics, "KEPT", timedelta())
    documents = tmp_path / "documents"
    documents.mkdir()
    made = [Poll(built, tmp_path / opinion, opinion, documents) for opinion in OPPOSITES]
    yield made
    for poll in made:
        poll.close()


def test_what_a_secretary_sees_changes_at_the_steps_only_and_never_with_the_content(polls):
    foreign = crawl(polls[0].signed_in(DISTRICT), about=(OPEN, BRANCH))
    addresses = sorted({*crawl(polls[0].signed_in(SECRETARY)), *foreign, *PROGRAMS})
    clients = [poll.signed_in(SECRETARY) for poll in polls]
    start, changes = seen(clients[0], addresses), {}
    open_to_them = [address for address in addresses if start[address][0] == 200]
    pages = looked_at_often(open_to_them)
    before = dict(start)

    for number in range(1, ANSWERS + 1):
        for poll in polls:
            poll.answer(number)
        looked_at = addresses if number == ANSWERS else pages
        looked_at = open_to_them if number in ROUND_THE_STEP[:-1] else looked_at
        pleased, angry = (seen(client, looked_at) for client in clients)
        assert pleased == angry
        changes[number] = [each for each in looked_at if pleased[each] != before[each]]
        before |= pleased

    assert [number for number in changes if changes[number]] == STEPS
    changed = {address for each in changes.values() for address in each}
    assert {path_of(address) for address in changed} <= {path_of(address) for address in pages}
    assert {"/metrics", f"/api/v1/rounds/{OPEN}/participation"} <= changed
    files = [address for address in open_to_them if path_of(address).endswith(FILES)]
    assert {Path(path_of(address)).suffix for address in files} == set(FILES)
    assert any(BRANCH in address for address in addresses)
