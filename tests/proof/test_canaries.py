"""Two hundred answers, all parts of them marked: no mark is written down but the text, sealed.

Everything that exists afterwards is searched, and what files there are is compared with a list.
"""

import http.client
import io
import json
import os
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from survey import clock
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.campaigns import service as campaigns
from survey.campaigns.service import Use
from survey.collection import fieldwork, keying, keying_batches, points, settling
from survey.collection.keying import Ballot
from survey.collection.models import Picture
from survey.collection.points import PointView
from survey.collection.receipts import receipt_of
from survey.instruments import service as instruments
from survey.publication.closing import close_round
from survey.web.keying import validate_paper
from survey.web.public import pages
from tests.proof.campaign import POSTGRESQL, SQLITE
from tests.proof.grader import Artefacts, read_files
from tests.proof.phones import Place
from tests.proof.site import Site, made_site
from tests.rounds import FORMS, Field, full_answers

PEOPLE = 200
BRANCH = "B001"
TEXT = "金丝雀"
ALLOWED = (
    r"home/keys/[0-9a-f]{16}\.key",
    r"home/keys/pepper",
    r"home/secret",
    r"home/pingyi\.sqlite(-wal|-shm)?",
    r"home/boxes/box-1\.sqlite(-wal|-shm)?",
    r"home/boxes/box-1\.gate",
    r"home\.log",
)
"""Every file that taking in answers may leave behind, PostgreSQL's own apart."""
ALLOWED_WITH_BAG = (*ALLOWED, r"home/boxes/box-2\.(sqlite(-wal|-shm)?|gate)")
ALLOWED_AFTERWARDS = (*ALLOWED_WITH_BAG, r"home/documents/.*")
PICTURES = 12
MAKER = 0x010F
"""The field of a picture that names the phone."""
EDGE = "edge-of-a-part"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Canary:
    """One resident, marked in every way there is."""

    number: int
    ticket: str

    @property
    def address(self) -> str:
        """The address the phone calls from."""
        return f"127.77.{self.number // 250}.{self.number % 250 + 1}"

    @property
    def key(self) -> str:
        """The page's key."""
        return f"canary-key-{self.number:020d}"

    @property
    def headers(self) -> dict[str, str]:
        """All headers of a browser, and those that proxies add."""
        return {
            "User-Agent": f"canary-agent/{self.number}",
            "Accept-Language": f"zh-CN,canary-language-{self.number}",
            "Referer": f"http://canary-referer.example/{self.number}",
            "Cookie": f"canary-cookie={self.number}",
            "X-Forwarded-For": f"203.0.113.{self.number}",
            "X-Real-IP": f"203.0.113.{self.number}",
            "Content-Type": FORM,
        }


MARKS = (b"canary", b"127.77.", b"203.0.113.")


def visit(site: Site, canary: Canary, place: Place) -> list[int]:
    """Look at the form, send what is no form, then the answer; return the statuses."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", site.port, timeout=60, source_address=(canary.address, 0)
    )
    path = f"/q/{place.code}"
    body = place_body(canary, place)
    statuses = []
    for method, target, content in (
        ("GET", f"{path}?canary-query={canary.number}", None),
        ("GET", f"/canary-path/{canary.number}", None),
        ("POST", path, f"canary-body={canary.number}&{body}"),
        ("POST", path, body),
    ):
        connection.request(method, target, content, canary.headers)
        response = connection.getresponse()
        response.read()
        statuses.append(response.status)
    connection.close()
    return statuses


def place_body(canary: Canary, place: Place) -> str:
    text = f"{TEXT}{canary.number:03d}"
    fields = {**place.fields, "ik": canary.key, "ticket": canary.ticket, place.text_item: text}
    return "&".join(f"{name}={quote(value)}" for name, value in fields.items())


def everything(site: Site) -> Artefacts:
    """Return every file of the platform, and of its database server."""
    return {name.lstrip("/"): content for name, content in read_files(site.home.parent).items()}


def holding(found: Artefacts, marks: list[bytes]) -> dict[bytes, set[str]]:
    """Return which files hold which marks."""
    held = {mark: {name for name, each in found.items() if mark in each} for mark in marks}
    return {mark: names for mark, names in held.items() if names}


def written_to(process_id: int) -> set[str]:
    """Return the files that a process has open for writing, none of them a terminal or socket."""
    found = set()
    for link in Path(f"/proc/{process_id}/fd").iterdir():
        try:
            is_file = stat.S_ISREG(link.stat().st_mode)
            flags = int(re.search(r"flags:\t(\d+)", fdinfo(link))[1], 8)  # type: ignore[index]
            if is_file and flags & (os.O_WRONLY | os.O_RDWR):
                found.add(os.readlink(link))
        except FileNotFoundError:
            continue
    return found


def fdinfo(link: Path) -> str:
    return (link.parent.with_name("fdinfo") / link.name).read_text()


def unlisted(site: Site, allowed: tuple[str, ...]) -> set[str]:
    """Return the platform's files that no pattern allows."""
    names = {str(p.relative_to(site.home.parent)) for p in site.home.parent.rglob("*")}
    files = {name for name in names if (site.home.parent / name).is_file()}
    own = {name for name in files if not name.startswith("database/")}
    return {name for name in own if not any(re.fullmatch(each, name) for each in allowed)}


@pytest.mark.parametrize("database", [SQLITE, POSTGRESQL])
def test_nothing_of_a_resident_is_written_down_but_the_sealed_answer(database: str) -> None:
    with made_site(database, district=False) as site:
        round_ = Field(site.sessions, site.inbox, site.keystore, clock.now(), mode="ticket")
        round_.open()
        slips = round_.slips(BRANCH, PEOPLE)
        canaries = [Canary(number, slip.code) for number, slip in enumerate(slips)]
        code = round_.points[BRANCH].code
        place = next(each for each in site.places("R1") if each.code == code)
        site.serve()
        site.wait()
        statuses = [visit(site, canary, place) for canary in canaries]
        opened = {name for worker in site.workers for name in written_to(worker)}
        while_open = everything(site)

        assert {status[-1] for status in statuses} == {303}
        assert {status[-2] for status in statuses} == {400}
        marks = [*MARKS, *[mark for canary in canaries[::10] for mark in secrets_of(canary)]]
        texts = [TEXT.encode(), TEXT.encode("utf-16-le"), TEXT.encode("gb18030")]
        assert holding(while_open, [*marks, *texts, quote(TEXT).encode()]) == {}
        assert unlisted(site, ALLOWED) == set()
        assert outside(site, opened) == set()

        stores = (site.sessions, OPERATOR, "R1", site.keystore, site.inbox)
        close_round(*stores, now=round_.now + timedelta(days=4))
        afterwards = holding(everything(site), [*marks, *texts])
        assert unlisted(site, ALLOWED_AFTERWARDS) == set()
        assert list(afterwards) == [TEXT.encode()]
        assert all(is_database(name) for name in afterwards[TEXT.encode()])


@pytest.mark.parametrize("database", [SQLITE, POSTGRESQL])
def test_pictures_and_keyed_ballots_are_written_down_sealed_alone(database: str) -> None:
    """Consultations with pictures by phone, and a bag of paper ballots keyed by two people."""
    with made_site(database) as site:
        site.open_round("R1")
        desk = open_consultation(site)
        site.serve()
        site.wait()
        photographs = [photograph(number) for number in range(PICTURES)]
        with ThreadPoolExecutor(2) as phones:
            sent = phones.map(partial(consult, site, desk), range(PICTURES), photographs)
            assert set(sent) == {303}
        bag = keyed_bag(site)
        opened = {name for worker in site.workers for name in written_to(worker)}
        while_open = everything(site)

        parts = [part for each in photographs for part in (each[700:732], each[-90:-58])]
        texts = [TEXT.encode(), TEXT.encode("utf-16-le"), quote(TEXT).encode()]
        texts += [json.dumps(TEXT)[1:-1].encode()]
        assert holding(while_open, [b"canary", *parts, *texts]) == {}
        assert unlisted(site, ALLOWED_WITH_BAG) == set()
        assert outside(site, opened) == set()

        with site.sessions.begin() as session:
            round_ = campaigns.get_round(session, OPERATOR, "R1")
            stores = (session, site.inbox, site.keystore, OPERATOR, round_, bag)
            settling.settle(*stores, {}, validate_paper, by_agreement=False, now=clock.now())
        assert holding(everything(site), [b"canary", *parts, *texts]) == {}

        for code in ("R1", "R2"):
            stores = (site.sessions, OPERATOR, code, site.keystore, site.inbox)
            close_round(*stores, now=clock.now(), early_reason="proof")
        afterwards = holding(everything(site), [b"canary", *parts, *texts])
        assert unlisted(site, ALLOWED_AFTERWARDS) == set()
        assert {TEXT.encode()} <= afterwards.keys() <= set(texts)
        assert all(is_database(name) for names in afterwards.values() for name in names)
        with site.sessions() as session:
            assert len(session.scalars(select(Picture.data)).all()) == PICTURES


def open_consultation(site: Site) -> PointView:
    """Open a second round, of the form that takes a picture, and return its point."""
    now = clock.now()
    file = FORMS / "F_open_consult.xlsx"
    with site.sessions.begin() as session:
        add_questionnaire = instruments.import_questionnaire
        add_questionnaire(session, OPERATOR, file.read_bytes(), file.name, now=now)
        round_ = campaigns.create_round(
            session,
            OPERATOR,
            code="R2",
            title="有话直说",
            uses=[Use("F_open_consult", org_ids=("W01",))],
            opens_at=now - timedelta(hours=1),
            closes_at=now + timedelta(days=1),
            asks_proof=False,
            now=now,
        )
        stores = (session, OPERATOR, round_, site.keystore, site.inbox)
        renderer = pages.renderer(ZoneInfo("Asia/Shanghai"))
        fieldwork.open_round(*stores, renderer, now=now, no_key_copy=True)
    with site.sessions() as session:
        round_ = campaigns.get_round(session, OPERATOR, "R2")
        (point,) = points.list_points(session, OPERATOR, round_)
        return point


def photograph(number: int) -> bytes:
    """Return a picture as a phone makes it: more than a megabyte, with marks beside the image."""
    marks = Image.Exif()
    marks[MAKER] = f"canary-phone-{number}"
    noise = np.random.default_rng(number).integers(0, 255, (900, 1200, 3), np.uint8)
    data = io.BytesIO()
    comment = f"canary-comment-{number}"
    Image.fromarray(noise).save(data, "JPEG", quality=95, exif=marks, comment=comment)
    return data.getvalue()


def consult(site: Site, point: PointView, number: int, picture: bytes) -> int:
    """Send a consultation with a picture; return the status."""
    with site.sessions() as session:
        form = points.questionnaire_of(session, point)
    fields = {"fv": pages.form_version(form), "ik": f"canary-key-{number:020d}", "sec": "60"}
    fields |= {"F01": "ask", "F02": "a1", "F03": f"{TEXT}{number:03d}", "F06": "no"}
    parts = [
        f'--{EDGE}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = f'--{EDGE}\r\nContent-Disposition: form-data; name="F05"; filename="canary-{number}.jpg"'
    parts += [f"{head}\r\nContent-Type: image/jpeg\r\n\r\n".encode(), picture]
    body = b"".join([*parts, f"\r\n--{EDGE}--\r\n".encode()])
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    headers = {"Content-Type": f"multipart/form-data; boundary={EDGE}"}
    connection.request("POST", f"/q/{point.code}", body, headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


def keyed_bag(site: Site) -> int:
    """Have two people key a bag of two ballots with remarks; return the batch, not settled yet."""
    now = clock.now()
    with site.sessions.begin() as session:
        round_ = campaigns.get_round(session, OPERATOR, "R1")
        views = points.list_points(session, OPERATOR, round_)
        point = next(view for view in views if view.org_id == BRANCH)
        answers = full_answers(points.questionnaire_of(session, point))
        fields = {code: (v,) if isinstance(v, str) else tuple(v) for code, v in answers.items()}
        ballot = Ballot({**fields, "A34": (f"{TEXT}900",)})
        stores = (session, site.keystore, OPERATOR, round_)
        counts = {"issued": 2, "returned": 2, "spoilt": 0}
        batch = keying_batches.register(*stores, point.code, label="一号袋", now=now, **counts)
        for name in ("anne", "bo"):
            actor = Actor(name, name, (Grant(Role.UNIT_ADMIN, "U01", "D0/U01/"),))
            mark = keying_batches.mark_of(point)
            keying.begin(session, actor, round_, batch.id, mark, now=now)
            stores = (session, site.keystore, actor, round_, batch.id)
            for place in (1, 2):
                keying.put_ballot(*stores, place, ballot, validate_paper, now=now)
            keying.finish(session, actor, round_, batch.id, now=now)
        return batch.id


def secrets_of(canary: Canary) -> list[bytes]:
    """Return the marks that only this resident has."""
    return [canary.ticket.encode(), receipt_of(canary.key).encode()]


def outside(site: Site, names: set[str]) -> set[str]:
    """Return the files that live elsewhere; gunicorn's heartbeats have no name any more."""
    folder = str(site.home.parent)
    shared = {name for name in names if name.startswith("/dev/shm/") and "(deleted)" in name}
    return {name for name in names - shared if not name.startswith(folder)}


def is_database(name: str) -> bool:
    return name.startswith(("home/pingyi.sqlite", "database/data/"))
