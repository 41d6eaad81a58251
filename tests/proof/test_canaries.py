"""Two hundred answers, all parts of them marked: no mark is written down but the text, sealed.

Everything that exists afterwards is searched, and what files there are is compared with a list.
"""

import http.client
import os
import re
import stat
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from survey import clock
from survey.accounts.policy import OPERATOR
from survey.collection.receipts import receipt_of
from survey.publication.closing import close_round
from tests.proof.campaign import POSTGRESQL, SQLITE
from tests.proof.grader import Artefacts, read_files
from tests.proof.phones import Place
from tests.proof.site import Site, made_site
from tests.rounds import Field

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
ALLOWED_AFTERWARDS = (*ALLOWED, r"home/documents/.*")
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
        "127.0.0.1", site.port, timeout=20, source_address=(canary.address, 0)
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
