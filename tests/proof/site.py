"""The platform as an office runs it: gunicorn on a database, both real, both killable."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from forms.definition import Questionnaire
from survey import clock, schema
from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.collection import fieldwork, points
from survey.collection.inbox import Inbox, open_inbox
from survey.collection.keystore import Keystore
from survey.collection.points import PointView
from survey.config import Config
from survey.db import Sessions, make_engine, make_sessions
from survey.web.public import pages
from tests.conftest import make_config
from tests.postgresql import Server, children_of, free_port
from tests.proof.phones import Place
from tests.rounds import add_district, add_round, full_answers

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2
TEXT_ITEM = {"B": "A34", "W": "C54"}
"""The open question of each form, by the first letter of the target."""


@dataclass
class Site:
    """A platform in `home`, on a server of its own, on `address`, or else on a SQLite file."""

    home: Path
    database: Server | None = None
    address: str = ""
    port: int = field(default_factory=free_port)
    master: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.engine = make_engine(self.url)
        self.sessions: Sessions = make_sessions(self.engine)
        self.keystore = Keystore(self.config.keystore)
        self.inbox: Inbox = open_inbox(self.config, self.engine)

    @property
    def url(self) -> str:
        """Address of the database."""
        own = self.database.url if self.database else f"sqlite:///{self.home / 'pingyi.sqlite'}"
        return self.address or own

    @property
    def config(self) -> Config:
        """Settings of a process of this platform."""
        return make_config(self.url, self.home)

    @property
    def scratch(self) -> Path:
        """Where web processes put what they need for a moment."""
        return self.home.with_name("scratch")

    def make(self, *, district: bool = True) -> None:
        """Make the schema and, unless told otherwise, a small district."""
        schema.upgrade(self.engine)
        if district:
            with self.sessions.begin() as session:
                add_district(session, clock.now())

    def open_round(self, code: str) -> list[Place]:
        """Open a round and return the forms to answer."""
        now = clock.now()
        with self.sessions.begin() as session:
            round_ = add_round(session, now, code)
            round_.asks_proof = False
            fieldwork.open_round(
                session,
                OPERATOR,
                round_,
                self.keystore,
                self.inbox,
                pages.renderer(ZoneInfo("Asia/Shanghai")),
                now=now,
                no_key_copy=True,
            )
        return self.places(code)

    def places(self, code: str) -> list[Place]:
        """Return the forms of a round, each with answers that fit."""
        with self.sessions() as session:
            round_ = campaigns.get_round(session, OPERATOR, code)
            return [
                _place(view, points.questionnaire_of(session, view))
                for view in points.list_points(session, OPERATOR, round_)
            ]

    def serve(self) -> None:
        """Start gunicorn with the settings of production; a port still taken it tries again."""
        environ = {
            **os.environ,
            "PINGYI_HOME": str(self.home),
            "PINGYI_DATABASE_URL": self.url,
            "PINGYI_BASE_URL": f"http://127.0.0.1:{self.port}",
            "PINGYI_BIND": "127.0.0.1",
            "PINGYI_AUDIENCES": "public",
            "PINGYI_WORKERS": str(WORKERS),
            "PORT": str(self.port),
            "TMPDIR": str(self.scratch),
        }
        self.scratch.mkdir(exist_ok=True)
        # Not below the home folder, whose files a test counts.
        with open(self.home.with_suffix(".log"), "ab") as log:
            self.master = subprocess.Popen(
                # The program itself, as a service starts it: one that hands over starts it again.
                [sys.executable, str(Path(sys.executable).with_name("gunicorn")), "wsgi:app"],
                cwd=ROOT,
                env=environ,
                stdout=log,
                stderr=log,
            )

    def wait(self, seconds: float = 120) -> None:
        """Return once the platform answers."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port)):
                    return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def has_read_all(self) -> bool:
        """Whether the platform has read all that phones have sent."""
        lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        ours = [line[4] for line in lines if int(line[1].partition(":")[2], 16) == self.port]
        # What waits to be sent, and what waits to be read.
        return all(queues.endswith(":00000000") for queues in ours)

    @property
    def workers(self) -> list[int]:
        """The web processes."""
        return children_of(self.master.pid) if self.master else []

    def stop(self) -> None:
        """End gunicorn and its workers."""
        if self.master and self.master.poll() is None:
            self.master.terminate()
            self.master.wait(120)


def _place(view: PointView, questionnaire: Questionnaire) -> Place:
    values = {"fv": pages.form_version(questionnaire), "sec": "90"}
    for name, value in full_answers(questionnaire).items():
        values[name] = value[0] if isinstance(value, tuple) else str(value)
    if view.org_id.startswith("W"):
        values["C03"] = "w1"
    return Place(view.code, TEXT_ITEM[view.org_id[0]], values)


@contextmanager
def made_site(kind: str, *, district: bool = True) -> Iterator[Site]:
    """Yield a platform on "sqlite" or "postgresql" that does not serve yet; stop it afterwards."""
    with TemporaryDirectory(prefix="pingyi-proof-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        database = None
        if kind == "postgresql":
            (folder / "database").mkdir()
            database = Server(folder / "database")
            database.make()
        (folder / "home").mkdir(mode=0o700)
        site = Site(folder / "home", database)
        try:
            site.make(district=district)
            yield site
        finally:
            site.stop()
            site.engine.dispose()
            if database:
                database.stop()


def wait_until_gone(process_ids: list[int], seconds: float = 120) -> None:
    """Return once none of these processes lives."""
    deadline = time.monotonic() + seconds
    while any(Path(f"/proc/{each}/stat").exists() and not _is_dead(each) for each in process_ids):
        if time.monotonic() > deadline:
            raise TimeoutError(f"processes {process_ids} live on")
        time.sleep(0.02)


def _is_dead(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True
