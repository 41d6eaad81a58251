"""Votes by receipt and numbers left for a call, all marked: nothing of them is written in clear."""

import http.client
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from forms.digest import digest
from forms.loading import to_data
from survey import clock
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, SYSTEM, Actor, Grant
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.campaigns.service import Use
from survey.collection import fieldwork, opening, points
from survey.collection.bad_rating import FORM as RATING
from survey.collection.boxes import CHINA
from survey.collection.models import CollectionPoint, Contact
from survey.collection.points import PointView
from survey.collection.receipts import receipt_of
from survey.instruments.models import QuestionnaireVersion
from survey.publication.closing import close_round
from survey.rectification import callbacks, recheck_rounds, rechecks, service
from survey.rectification.models import RectificationItem
from survey.rectification.recheck_models import RecheckWindow
from survey.rectification.recheck_rounds import FORM, Tools
from survey.rectification.states import Act, Source, State
from survey.rectification.steps import add_transition
from survey.web.public import pages
from tests.proof.campaign import SQLITE
from tests.proof.site import Site, made_site
from tests.proof.test_canaries import (
    ALLOWED,
    MARKS,
    TEXT,
    everything,
    holding,
    is_database,
    unlisted,
)
from tests.rounds import form, full_answers

PEOPLE = 3
JUDGEMENT = {"H01": "1", "H02": "2", "H03": "1", "H04": "1", "H05": f"{TEXT}还是老样子"}
DISTRICT = Actor("office", "区办", (Grant(Role.DISTRICT_ADMIN, "D0", "D0/"),))
ALLOWED_HERE = (*ALLOWED, r"home/boxes/box-\d+\.(sqlite(-wal|-shm)?|gate)", r"home/documents/.*")
ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Person:
    """A resident who leaves a number with a bad rating, and votes by receipt later."""

    number: int

    @property
    def phone(self) -> str:
        return f"1391234000{self.number}"

    @property
    def keys(self) -> tuple[str, str]:
        """The keys of the two pages."""
        return tuple(f"canary-{page}-{self.number:020d}" for page in ("rated", "votes"))  # type: ignore[return-value]

    @property
    def receipt(self) -> str:
        return receipt_of(self.keys[0])

    def send(self, site: Site, path: str, **fields: str) -> tuple[int, str]:
        """Post a form with every mark that a phone and a proxy could add."""
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "User-Agent": f"canary-agent/{self.number}",
            "Referer": f"http://canary-referer.example/{self.receipt}",
            "Cookie": f"canary-cookie={self.number}",
            "X-Forwarded-For": f"203.0.113.{self.number}",
        }
        connection.request("POST", path, urlencode(fields), headers)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        return response.status, text


def add_form(session: Session, code: str, now: datetime) -> None:
    made = form(code)
    session.add(
        QuestionnaireVersion(
            digest=digest(made),
            code=code,
            version=made.version,
            title=made.title.to("zh"),
            subject=made.subject.value,
            definition=to_data(made),
            imported_at=now,
        )
    )
    session.flush()


def open_ratings(site: Site) -> None:
    """Open a round of ratings at the windows; it is opened at its close."""
    now = clock.now()
    with site.sessions.begin() as session:
        for code in {RATING, FORM}:
            add_form(session, code, now)
        round_ = campaigns.create_round(
            session,
            OPERATOR,
            code="H1",
            title="好差评",
            uses=[Use(RATING)],
            opens_at=now - timedelta(hours=1),
            closes_at=now + timedelta(days=1),
            asks_proof=False,
            now=now,
        )
        stores = (session, OPERATOR, round_, site.keystore, site.inbox, pages.renderer(ZONE))
        fieldwork.open_round(*stores, now=now, no_key_copy=True)


def ask_again(site: Site) -> str:
    """Bring an item of the window to its recheck, and ask residents; return its number."""
    now = clock.now()
    with site.sessions.begin() as session:
        session.execute(update(Round).where(Round.code == "H1").values(state="published"))
        item = service.register(
            session, OPERATOR, "W01", source=Source.MANUAL, problem="灯坏了", now=now
        )
        item.state = State.RECHECK.value
        add_transition(item, SYSTEM, "system", Act.START_RECHECK, State.VERIFIED, now, "")
        number = item.number
    rechecks.do_due(
        site.sessions, Tools(site.keystore, site.inbox, pages.renderer(ZONE)), now=clock.now()
    )
    with site.sessions.begin() as session:
        session.execute(update(Round).values(asks_proof=False))
    return number


def sheet(site: Site, item: str) -> tuple[PointView, dict[str, str]]:
    """Return the point of the window, or of an item, and what fills in its form."""
    with site.sessions() as session:
        query = select(CollectionPoint.code).where(
            CollectionPoint.org_id == "W01", CollectionPoint.item == item
        )
        point = points.find_point(session, session.scalars(query).one())
        asked = points.questionnaire_of(session, point)
    answers = full_answers(asked).items()
    fields = {name: v[0] if isinstance(v, tuple) else str(v) for name, v in answers}
    return point, {"fv": pages.form_version(asked), "sec": "60", **fields}


def test_votes_and_numbers_are_written_down_sealed_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recheck_rounds, "ROUND_DAYS", 24)
    monkeypatch.setattr(recheck_rounds, "MOST_DAYS_NEEDED", 20)
    people = [Person(number) for number in range(PEOPLE)]
    with made_site(SQLITE) as site:
        open_ratings(site)
        site.serve()
        site.wait()
        window, rating = sheet(site, "")
        for each in people:
            bad = rating | {"D02": "1", "D21": "1", "D22": each.phone, "ik": each.keys[0]}
            assert each.send(site, f"/q/{window.code}", **bad)[0] == 303
        stores = (site.sessions, OPERATOR, "H1", site.keystore, site.inbox)
        close_round(*stores, now=clock.now(), early_reason="proof")

        number = ask_again(site)
        point, judged = sheet(site, number)
        for each in people:
            shown = {"code": window.code, "receipt": each.receipt}
            assert each.send(site, "/r", **shown)[0] == 200
            status, text = each.send(site, "/r/vote", item=number, **shown)
            ticket = window.code + each.receipt
            assert (status, ticket in text) == (200, True)
            told = judged | JUDGEMENT | {"ticket": ticket}
            vote = told | {"ik": each.keys[1]}
            assert each.send(site, f"/q/{point.code}", **vote)[0] == 303
            again = told | {"ik": f"{each.keys[1]}-2"}
            assert each.send(site, f"/q/{point.code}", **again)[0] == 409

        marks = [*MARKS, b"canary", *[m.encode() for e in people for m in (e.phone, e.receipt)]]
        assert holding(everything(site), [*marks, TEXT.encode()]) == {}
        assert unlisted(site, ALLOWED_HERE) == set()

        read_numbers(site, people)
        tomorrow = clock.now().astimezone(CHINA) + timedelta(days=1, hours=12)
        with site.sessions() as session:
            [code] = session.scalars(select(Round.code).where(Round.code != "H1"))
            key = session.scalars(select(RecheckWindow.vote_key)).one()
        stores = (site.sessions, OPERATOR, code, site.keystore, site.inbox)
        opening.open_due_boxes(*stores, now=tomorrow, zone=CHINA)
        end_window(site, tomorrow)
        assert not site.keystore.has(key)
        afterwards = holding(everything(site), [*marks, TEXT.encode()])
        assert list(afterwards) == [TEXT.encode()]
        assert all(is_database(name) for name in afterwards[TEXT.encode()])


def read_numbers(site: Site, people: list[Person]) -> None:
    """Have the office read every number, each with a reason, and say what came of the call."""
    with site.sessions.begin() as session:
        ids = [each.hex() for each in session.scalars(select(Contact.id))]
        told = {
            callbacks.open_number(session, DISTRICT, site.keystore, each, "回访", now=clock.now())
            for each in ids
        }
        for each in ids:
            callbacks.record_result(
                session, DISTRICT, each, callbacks.Result.SATISFIED, now=clock.now()
            )
    assert told == {each.phone for each in people}


def end_window(site: Site, now: datetime) -> None:
    """Have somebody decide on the item before its time, which ends the window."""
    with site.sessions.begin() as session:
        session.execute(update(RectificationItem).values(state=State.REOPENED.value))
    rechecks.do_due(site.sessions, Tools(site.keystore, site.inbox, pages.renderer(ZONE)), now=now)
