"""Databases, settings and a fixed clock for every test."""

import fcntl
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import settings
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

import survey.sqlite  # noqa: F401 - must come before anything that opens a database
from survey import schema
from survey.accounts import passwords
from survey.collection import intake
from survey.collection.bursts import Bursts
from survey.config import Config
from survey.db import Sessions, make_engine, make_sessions
from survey.web.errors import Application
from tests.databases import Lender, administer
from tests.postgresql import free_port, run_program

NOW = datetime(2026, 9, 10, 2, 0, tzinfo=UTC)
SAMPLE = Path(__file__).resolve().parent.parent / "sample"
REAL_CONNECT = socket.socket.connect
MadeOnce = Callable[[str, Callable[[Path], None]], Path]
TURNS = ("journeys", "proof", "network", "cli", "web", "survey", "migrations", "reports")
"""Folders in the order of their turns, and then all others: what takes long does not come last."""


def _quick_folder() -> str:
    """Return where files that nobody keeps are written quickest: in memory, where there is room."""
    memory = "/dev/shm"
    if not os.access(memory, os.W_OK) or shutil.disk_usage(memory).free < 4 * 2**30:
        return "/tmp"
    # Some tests run programs that they have made.
    return "/tmp" if os.statvfs(memory).f_flag & os.ST_NOEXEC else memory


# Every commit of every test is flushed, and none of them has to outlast a power cut.
QUICK = _quick_folder()
tempfile.tempdir = os.environ.setdefault("TMPDIR", QUICK)

# A slow machine is no fault of the code, so examples have no deadline. They are the same in every
# run, so that a commit which passed passes again; `--hypothesis-profile=search` looks for new ones.
settings.register_profile("pingyi", deadline=None, max_examples=60, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=600)
settings.load_profile("pingyi")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no process is left alone with it at the end.

    Whole files go to processes; make keeps them from being sorted by the number of their tests.
    """
    place = {name: number for number, name in enumerate(TURNS)}
    here = Path(__file__).parent
    items.sort(key=lambda item: place.get(item.path.relative_to(here).parts[0], len(place)))


class Compiled(BytecodeCache):
    """Templates of pages as any application of this process compiled them: tests make many."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give out what is kept; Jinja checks that it is of this very text."""
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self.kept[bucket.key] = bucket.bytecode_to_string()


Application.jinja_options = {"bytecode_cache": Compiled()}

COMPILE = Rule._compile_builder
BUILDERS: dict[object, Callable[..., tuple[str, str]]] = {}


def _compiled_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """Return what builds the addresses of a rule, as any application of this process has it.

    It follows from the rule's text alone where there are no defaults, and takes more time to
    compile than all else about an application.
    """
    if rule.defaults:
        return COMPILE(rule, append_unknown)
    key = (rule.rule, *rule._trace, append_unknown)
    if key not in BUILDERS:
        BUILDERS[key] = COMPILE(rule, append_unknown)
    return BUILDERS[key]


Rule._compile_builder = _compiled_once

# Hashing a password is slow by purpose, and hundreds of accounts are made here.
HASHER_IN_USE = passwords._hasher
passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine."""

    def connect(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else "localhost"
        if host not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {host}")
        REAL_CONNECT(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(autouse=True)
def no_burst_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test count the answers of another one's last minute."""
    monkeypatch.setattr(intake, "SHARED", Bursts())


@pytest.fixture
def now() -> datetime:
    """Ten in the morning, Shanghai time, on a Thursday."""
    return NOW


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> MadeOnce:
    """Return a function that has a folder filled once for all processes of this run.

    Tests copy what is in it and never write there.
    """
    own = tmp_path_factory.getbasetemp()
    run = own if worker_id == "master" else own.parent

    def folder_of(name: str, fill: Callable[[Path], None]) -> Path:
        folder = run / f"once-{name}"
        with (run / f"once-{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                unfinished = Path(tempfile.mkdtemp(dir=run))
                fill(unfinished)
                unfinished.rename(folder)
        return folder

    return folder_of


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """Address of a PostgreSQL server made for this run and thrown away after it."""
    # Not below pytest's own folder: a second pytest run closes that to user postgres.
    with tempfile.TemporaryDirectory(prefix="pingyi-postgresql-", dir=QUICK) as name:
        folder = Path(name)
        port = free_port()
        folder.chmod(0o755)
        data = folder / "data"
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        run_program("initdb", "-D", str(data), "-A", "trust", "-U", "postgres", "-E", "UTF8")
        options = f"-c port={port} -c listen_addresses=127.0.0.1 -c fsync=off -c autovacuum=off"
        options += f" -c unix_socket_directories={folder}"
        log = str(folder / "log")
        run_program("pg_ctl", "-D", str(data), "-l", log, "-o", options, "-w", "start")
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}"
        run_program("pg_ctl", "-D", str(data), "-m", "immediate", "stop")


@pytest.fixture(scope="session")
def postgresql_databases(postgresql_url: str) -> Lender:
    """Whoever lends empty, migrated databases of this run's server, one at a time."""
    administer(postgresql_url, "CREATE DATABASE template_pingyi")
    engine = make_engine(f"{postgresql_url}/template_pingyi")
    schema.upgrade(engine)
    engine.dispose()
    return Lender(postgresql_url, "template_pingyi")


@pytest.fixture(scope="session")
def sqlite_template(made_once: MadeOnce) -> Path:
    """A migrated, empty SQLite database that tests copy."""

    def make(folder: Path) -> None:
        engine = make_engine(f"sqlite:///{folder / 'template.sqlite'}")
        schema.upgrade(engine)
        with engine.connect() as connection:
            connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()

    return made_once("sqlite", make) / "template.sqlite"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a migrated, empty database of this test's own, on either system."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path = tmp_path / "pingyi.sqlite"
        shutil.copyfile(template, path)
        yield f"sqlite:///{path}"
        return
    databases: Lender = request.getfixturevalue("postgresql_databases")
    if request.node.get_closest_marker("untouched"):
        databases.drop()
    yield databases.lend()
    databases.take_back()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Address of a migrated, empty SQLite database, for tests where the system does not matter."""
    path = tmp_path / "pingyi.sqlite"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Config:
    """Settings of a platform that lives in this test's own folder."""
    return make_config(database_url, tmp_path)


def make_config(database_url: str, home: Path) -> Config:
    """Return settings as a production process would have them."""
    return Config(
        home=home,
        database_url=database_url,
        keystore=home / "keys",
        base_url="http://127.0.0.1:8000",
        secret_key=b"s" * 32,
    )


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on this test's database."""
    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def sessions(engine: Engine) -> Sessions:
    """The factory of sessions on this test's database."""
    return make_sessions(engine)


@pytest.fixture
def session(sessions: Sessions) -> Iterator[Session]:
    """An open session; the database is thrown away after the test, so it may commit."""
    with sessions() as opened:
        yield opened
