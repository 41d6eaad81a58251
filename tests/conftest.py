"""Databases, settings and a fixed clock for every test."""

import os
import shutil
import socket
import tempfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

import survey.sqlite  # noqa: F401 - must come before anything that opens a database
from survey import schema
from survey.collection import intake
from survey.collection.bursts import Bursts
from survey.config import Config
from survey.db import Sessions, make_engine, make_sessions
from tests.postgresql import free_port, run_program

NOW = datetime(2026, 9, 10, 2, 0, tzinfo=UTC)
SAMPLE = Path(__file__).resolve().parent.parent / "sample"
REAL_CONNECT = socket.socket.connect

# A slow machine is no fault of the code, so examples have no deadline.
settings.register_profile("pingyi", deadline=None, max_examples=60)
settings.load_profile("pingyi")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine."""

    def connect(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else "localhost"
        if host not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {host}")
        REAL_CONNECT(self, address)  # type: ignore[arg-type]

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
def postgresql_url() -> Iterator[str]:
    """Address of a PostgreSQL server made for this run and thrown away after it."""
    # Not below pytest's own folder: a second pytest run closes that to user postgres.
    with tempfile.TemporaryDirectory(prefix="pingyi-postgresql-", dir="/tmp") as name:
        folder = Path(name)
        port = free_port()
        folder.chmod(0o755)
        data = folder / "data"
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        run_program("initdb", "-D", str(data), "-A", "trust", "-U", "postgres", "-E", "UTF8")
        options = f"-c port={port} -c listen_addresses=127.0.0.1 -c fsync=off"
        options += f" -c unix_socket_directories={folder}"
        log = str(folder / "log")
        run_program("pg_ctl", "-D", str(data), "-l", log, "-o", options, "-w", "start")
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}"
        run_program("pg_ctl", "-D", str(data), "-m", "immediate", "stop")


@pytest.fixture(scope="session")
def postgresql_template(postgresql_url: str) -> str:
    """Name of a migrated, empty database that tests copy."""
    _administer(postgresql_url, "CREATE DATABASE template_pingyi")
    engine = make_engine(f"{postgresql_url}/template_pingyi")
    schema.upgrade(engine)
    engine.dispose()
    return "template_pingyi"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite database that tests copy."""
    path = Path(tmp_path_factory.mktemp("sqlite")) / "template.sqlite"
    engine = make_engine(f"sqlite:///{path}")
    schema.upgrade(engine)
    with engine.connect() as connection:
        connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
    engine.dispose()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a migrated, empty database of this test's own, on either system."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path = tmp_path / "pingyi.sqlite"
        shutil.copyfile(template, path)
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgresql_url")
    name = f"test_{uuid.uuid4().hex}"
    copied = request.getfixturevalue("postgresql_template")
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {copied}")
    yield f"{server}/{name}"
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


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


def _administer(server: str, statement: str) -> None:
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
