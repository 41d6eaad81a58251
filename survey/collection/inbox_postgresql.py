"""Boxes as partitions of the table `inbox` in PostgreSQL.

One pooled connection for each `put`; what is submitted shares statements and flushes.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from queue import Empty, SimpleQueue

from psycopg import errors
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    MetaData,
    Select,
    Table,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from survey.collection.inbox import (
    BoxBusy,
    BoxClosed,
    BoxInUse,
    BoxMissing,
    OpeningInProgress,
    Put,
    SealedRow,
)
from survey.collection.models import inbox

HANDS = 2
"""Threads of a process that store what is submitted, each on a connection of its own."""

MOST_TOGETHER = 32
"""Rows stored with one statement, and so flushed together."""

ADVISORY_CLASS = 0x70790001
"""First key of the advisory locks that openers take; the second is the box."""


class PostgresqlInbox:
    """One partition for each box.

    Rows go to the partition itself, never through the parent: making or dropping another box
    locks the parent, and no phone should wait for that.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._waiting: dict[int, SimpleQueue[_Waiting]] = {}
        self._hiring = threading.Lock()

    def create(self, box_id: int) -> None:
        """Make an empty box; raises BoxInUse where one with answers stands."""
        name = _partition(box_id).name
        if inspect(self.engine).has_table(name):
            if self.counts(box_id):
                raise BoxInUse(name)
            self.drop(box_id)
        with self.engine.begin() as connection:
            connection.execute(text(f"CREATE TABLE {name} (LIKE inbox)"))
            # Attaching, unlike PARTITION OF, lets other boxes go on taking answers; it also
            # makes the parent's keys and indexes.
            connection.execute(
                text(f"ALTER TABLE inbox ATTACH PARTITION {name} FOR VALUES IN ({int(box_id)})")
            )

    def put(self, box_id: int, row: SealedRow) -> Put:
        """Store one row durably; raises BoxBusy, BoxClosed or BoxMissing."""
        with _faults(), self._autocommit() as connection:
            return _insert(connection, box_id, row)

    def submit(self, box_id: int, row: SealedRow, tell: Callable[[Put | Exception], None]) -> None:
        """Store one row durably and tell on another thread what came of it, as `put` would."""
        with self._hiring:
            waiting = self._waiting.get(os.getpid())
            if waiting is None:  # The object may have been made before a fork.
                waiting = self._waiting[os.getpid()] = SimpleQueue()
                for _ in range(HANDS):
                    threading.Thread(target=self._serve, args=(waiting,), daemon=True).start()
        waiting.put(_Waiting(box_id, row, tell))

    def _serve(self, waiting: SimpleQueue[_Waiting]) -> None:
        """Store whatever waits, all of one box with one statement, on a connection kept for it."""
        kept: list[Connection] = []
        while True:
            taken = [waiting.get()]
            with suppress(Empty):
                while len(taken) < MOST_TOGETHER:
                    taken.append(waiting.get_nowait())
            for box_id in {each.box_id for each in taken}:
                together = [each for each in taken if each.box_id == box_id]
                rows = [each.row for each in together]
                for each, result in zip(together, self._put_many(kept, box_id, rows), strict=True):
                    each.tell(result)

    def _put_many(
        self, kept: list[Connection], box_id: int, rows: Sequence[SealedRow]
    ) -> list[Put | Exception]:
        """Store rows of one box, and return of each what came of it."""
        try:
            if not kept:
                kept.append(self._autocommit())
            if _insert_together(kept[0], box_id, rows) == len(rows):
                return [Put.STORED] * len(rows)
        except (DBAPIError, PoolTimeout):  # Also when the server was started anew meanwhile.
            while kept:
                with suppress(DBAPIError), kept.pop() as broken:
                    broken.invalidate()
        except Exception as error:
            return [error] * len(rows)
        results: list[Put | Exception] = []
        for row in rows:
            try:
                results.append(self.put(box_id, row))
            except Exception as error:  # The next one would wait as long for the same.
                return results + [error] * (len(rows) - len(results))
        return results

    def put_all(self, box_id: int, rows: Sequence[SealedRow]) -> list[Put]:
        """Store all rows or none; raises as `put` does."""
        with _faults(), self.engine.begin() as connection:
            return [_insert(connection, box_id, row) for row in rows]

    def has_key(self, box_id: int, key_hash: bytes) -> bool:
        """Whether a row of this page is in the box; False where there is no box."""
        return self._holds(box_id, _partition(box_id).c.key_hash == key_hash)

    def has_credential(self, box_id: int, credential_hash: bytes) -> bool:
        """Whether this credential was used in the box; False where there is no box."""
        return self._holds(box_id, _partition(box_id).c.credential_hash == credential_hash)

    def _holds(self, box_id: int, condition: ColumnElement[bool]) -> bool:
        query = select(1).where(_partition(box_id).c.box_id == box_id, condition)
        try:
            with _faults(), self._autocommit() as connection:
                return connection.scalar(query) is not None
        except BoxMissing:
            return False

    def counts(self, box_id: int) -> dict[int, int]:
        """Return the number of rows by point; empty where there is no box."""
        box = _partition(box_id)
        query = select(box.c.point_id, func.count()).group_by(box.c.point_id)
        try:
            with _faults(), self._autocommit() as connection:
                return {point_id: count for point_id, count in connection.execute(query)}  # noqa: C416
        except BoxMissing:
            return {}

    def close(self, box_id: int) -> None:
        """Let nothing in any more, for good; raises BoxMissing."""
        name = _partition(box_id).name
        query = text("SELECT 1 FROM pg_constraint WHERE conname = :name")
        with _faults(), self.engine.begin() as connection:
            connection.execute(text(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE"))
            if connection.execute(query, {"name": f"{name}_closed"}).first() is None:
                connection.execute(
                    text(f"ALTER TABLE {name} ADD CONSTRAINT {name}_closed CHECK (false) NOT VALID")
                )

    def read_all(self, box_id: int) -> Iterator[SealedRow]:
        """Yield every row, in the order of credential hashes; raises BoxMissing."""
        query = _rows(box_id).order_by(_partition(box_id).c.credential_hash)
        with _faults(), self.engine.connect() as connection:
            for row in connection.execution_options(yield_per=1000).execute(query):
                yield SealedRow(*row)

    def read(self, box_id: int, credential_hash: bytes) -> SealedRow:
        """Return the row of a credential that was read before; raises BoxMissing."""
        query = _rows(box_id).where(_partition(box_id).c.credential_hash == credential_hash)
        with _faults(), self._autocommit() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise BoxMissing
        return SealedRow(*row)

    def drop(self, box_id: int) -> None:
        """Remove the box and everything in it; nothing happens where there is none."""
        with self.engine.begin() as connection:
            connection.execute(text(f"DROP TABLE IF EXISTS {_partition(box_id).name}"))

    @contextmanager
    def opening(self, box_id: int) -> Iterator[None]:
        """Hold off every other opener of this box; raises OpeningInProgress."""
        keys = {"class": ADVISORY_CLASS, "box": box_id}
        with self._autocommit() as connection:
            if not connection.scalar(text("SELECT pg_try_advisory_lock(:class, :box)"), keys):
                raise OpeningInProgress
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:class, :box)"), keys)

    def _autocommit(self) -> Connection:
        return self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")


@dataclass(frozen=True)
class _Waiting:
    """A row that was submitted, and whom to tell what came of it."""

    box_id: int
    row: SealedRow
    tell: Callable[[Put | Exception], None]


def _insert_together(connection: Connection, box_id: int, rows: Sequence[SealedRow]) -> int:
    """Insert those of `rows` that are new, durably, and return how many these are."""
    # In one order everywhere, so that no two of us ever wait for each other; it is also not the
    # order in which they came.
    values = sorted((r.credential_hash, r.key_hash, r.point_id, r.ciphertext) for r in rows)
    box = int(box_id)
    places = ", ".join([f"({box}, %s, %s, %s, %s)"] * len(values))
    statement = (
        f"INSERT INTO inbox_{box} (box_id, credential_hash, key_hash, point_id, ciphertext)"  # noqa: S608 - numbers of ours
        f" VALUES {places} ON CONFLICT DO NOTHING"
    )
    return connection.exec_driver_sql(statement, tuple(chain(*values))).rowcount


@lru_cache(maxsize=64)
def _partition(box_id: int) -> Table:
    return inbox.to_metadata(MetaData(), name=f"inbox_{int(box_id)}")


def _rows(box_id: int) -> Select[bytes, bytes, int, bytes]:
    box = _partition(box_id)
    return select(box.c.credential_hash, box.c.key_hash, box.c.point_id, box.c.ciphertext)


def _insert(connection: Connection, box_id: int, row: SealedRow) -> Put:
    box = _partition(box_id)
    values = {
        "box_id": box_id,
        "credential_hash": row.credential_hash,
        "key_hash": row.key_hash,
        "point_id": row.point_id,
        "ciphertext": row.ciphertext,
    }
    statement = insert(box).on_conflict_do_nothing().returning(box.c.box_id)
    if connection.scalar(statement, values) is not None:
        return Put.STORED
    query = select(box.c.key_hash).where(
        box.c.box_id == box_id, box.c.credential_hash == row.credential_hash
    )
    return Put.REPEATED if connection.scalar(query) == row.key_hash else Put.SPENT


@contextmanager
def _faults() -> Iterator[None]:
    """Turn PostgreSQL's errors into refusals: closed by its constraint, gone, or out of reach."""
    try:
        yield
    except PoolTimeout as error:
        raise BoxBusy from error
    except DBAPIError as error:
        if isinstance(error.orig, errors.CheckViolation):
            raise BoxClosed from error
        if isinstance(error.orig, errors.UndefinedTable):
            raise BoxMissing from error
        if isinstance(error.orig, errors.OperationalError):
            raise BoxBusy from error
        raise
