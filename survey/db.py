"""Engine, sessions and the base of every table; the same schema on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar, cast

from sqlalchemy import (
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    Result,
    create_engine,
    event,
    inspect,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

from survey import sqlite
from survey.errors import ConfigError

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
BUSY_MILLISECONDS = 5_000

_KNOWN = "known"

Sessions = sessionmaker[Session]
T = TypeVar("T")


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in and out, in UTC. SQLite alone would drop the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return `value` in UTC; ValueError where it has no time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return `value` as UTC where the database forgot the zone."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012 - SQLAlchemy reads it off the class


def among(column: str, values: Iterable[str]) -> str:
    """Return the rule that `column` holds one of `values`, as a CHECK constraint is written.

    SQLite adds none to a table that others refer to: there a migration makes a trigger of it.
    """
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


def make_engine(url: str) -> Engine:
    """Return an engine for `url`, with the durability that an acknowledged answer needs.

    Raises:
        ConfigError: the SQLite library at hand could lose commits.
    """
    if not url.startswith("sqlite"):
        # Whoever waits is told to try again rather than kept: phones give up sooner than we do.
        return create_engine(
            url,
            pool_pre_ping=True,
            pool_size=10,
            max_overflow=10,
            pool_timeout=BUSY_MILLISECONDS / 1000,
            connect_args={
                "connect_timeout": BUSY_MILLISECONDS // 1000,
                "tcp_user_timeout": BUSY_MILLISECONDS,
                "options": f"-c lock_timeout={BUSY_MILLISECONDS}",
            },
        )
    import sqlite3

    version = sqlite3.sqlite_version_info
    if sqlite.has_wal_reset_fault(version):
        raise ConfigError(
            f"SQLite {sqlite3.sqlite_version} 可能丢失已提交的数据，"
            "请按 requirements.txt 安装 pysqlite3",
            f"SQLite {sqlite3.sqlite_version} can lose commits; "
            "install pysqlite3 as requirements.txt says",
        )
    engine = create_engine(url, connect_args={"timeout": BUSY_MILLISECONDS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def make_sessions(engine: Engine) -> Sessions:
    """Return a factory of sessions that write; on SQLite they take the write lock at once."""
    return sessionmaker(engine, expire_on_commit=False)


def reading(sessions: Sessions) -> Session:
    """Return a session that only reads, and so waits for nobody."""
    return sessions(bind=_read_only(sessions.kw["bind"]), info={_KNOWN: {}})


def hold(session: Session, row: Base) -> None:
    """Keep a row from whoever else would act on it until this transaction ends; read it anew.

    Two who decide at once come one after the other, and the second meets what the first has done.
    On SQLite whoever writes is alone in any case. Rows that refer to this one are not held up.
    """
    session.flush()  # What was changed and not written would be forgotten.
    columns = [each.key for each in inspect(row).mapper.column_attrs]
    session.refresh(row, attribute_names=columns, with_for_update={"key_share": True})


def affected(result: Result[Any]) -> int:
    """Return how many rows an UPDATE or a DELETE has changed."""
    return cast("CursorResult[Any]", result).rowcount


def insert_new(session: Session, table: type[Base]) -> Any:
    """Return an INSERT that leaves alone what is there already, so that two at once do not meet."""
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    make: Callable[..., Any] = (postgresql if is_postgresql else sqlite_dialect).insert
    return make(table).on_conflict_do_nothing()


def once(session: Session, key: Hashable, make: Callable[[], T]) -> T:
    """Return what `make` returns; a session that only reads makes it once for each `key`.

    Many documents of one round are made of the same figures. A session that writes asks anew: it
    may have changed them.
    """
    known: dict[Hashable, T] | None = session.info.get(_KNOWN)
    if known is None:
        return make()
    if key not in known:
        known[key] = make()
    return known[key]


@lru_cache(maxsize=8)
def _read_only(engine: Engine) -> Engine:
    """Return the engine for reading; made anew for every request it would cost more than a form."""
    return engine.execution_options(read_only=True)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA secure_delete=ON")


def _begin_sqlite(connection: Any) -> None:
    read_only = connection.get_execution_options().get("read_only")
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
