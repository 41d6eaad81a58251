"""Boxes as SQLite files, with commits shared among all who wait (intake.md 2 has the figures)."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any

from pysqlite3 import dbapi2 as sqlite3
from sqlalchemy.dialects import sqlite as dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from survey.collection.inbox import (
    PATIENCE,
    BoxBusy,
    BoxClosed,
    BoxDamaged,
    BoxInUse,
    BoxMissing,
    OpeningInProgress,
    Put,
    SealedRow,
)
from survey.collection.models import inbox

# A padded answer of the smallest size must fit into a page beside others: of 4 kB pages each
# row would need one of its own.
PAGE_SIZE = 8192
BATCH_PATIENCE = 60.0
"""Seconds; a file of 50,000 keyed forms takes a tenth of it."""
INSERT = (
    "INSERT INTO inbox (box_id, credential_hash, key_hash, point_id, ciphertext)"
    " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
CLOSE = (
    "CREATE TRIGGER IF NOT EXISTS closed BEFORE INSERT ON inbox"
    " BEGIN SELECT RAISE(ABORT, 'closed'); END"
)


class SqliteInbox:
    """One file for each box in a folder of their own.

    Connections are opened when first used and kept by process, so that the object may be made
    before a fork. Those of a box that is gone are closed when the next box gets its first row.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writers: dict[tuple[int, int], _Writer] = {}
        self._hiring = threading.Lock()

    def create(self, box_id: int) -> None:
        """Make an empty box; raises BoxInUse where one with answers stands."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = self._file(box_id)
        if file.exists():
            if self.counts(box_id):
                raise BoxInUse(file.name)
            self.drop(box_id)
        _remove_beside(file)
        with closing(_connect(file, create=True)) as connection:
            connection.execute(f"PRAGMA page_size={PAGE_SIZE}")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(str(CreateTable(inbox).compile(dialect=dialect.dialect())))
            for index in inbox.indexes:
                connection.execute(str(CreateIndex(index).compile(dialect=dialect.dialect())))
        file.chmod(0o600)
        _sync(self.folder)

    def put(self, box_id: int, row: SealedRow) -> Put:
        """Store one row durably; raises BoxBusy, BoxClosed or BoxMissing."""
        return self._put(box_id, [row], PATIENCE + 1)[0]

    def submit(self, box_id: int, row: SealedRow, tell: Callable[[Put | Exception], None]) -> None:
        """Store one row durably and tell on another thread what came of it, as `put` would."""

        def tell_one(result: list[Put] | Exception) -> None:
            tell(result if isinstance(result, Exception) else result[0])

        self._hand(box_id, _Waiting([row], tell_one))

    def put_all(self, box_id: int, rows: Sequence[SealedRow]) -> list[Put]:
        """Store all rows or none; raises as `put` does."""
        return self._put(box_id, rows, BATCH_PATIENCE)

    def _put(self, box_id: int, rows: Sequence[SealedRow], patience: float) -> list[Put]:
        is_told, told = threading.Event(), list[list[Put] | Exception]()

        def tell(result: list[Put] | Exception) -> None:
            told.append(result)
            is_told.set()

        waiting = _Waiting(rows, tell)
        self._hand(box_id, waiting)
        if not is_told.wait(patience):
            waiting.has_left = True
        result = told[0] if told else BoxBusy()
        if isinstance(result, Exception):
            raise result
        return result

    def has_key(self, box_id: int, key_hash: bytes) -> bool:
        """Whether a row of this page is in the box; False where there is no box."""
        query = "SELECT 1 FROM inbox WHERE box_id = ? AND key_hash = ?"
        return self._holds(box_id, query, key_hash)

    def has_credential(self, box_id: int, credential_hash: bytes) -> bool:
        """Whether this credential was used in the box; False where there is no box."""
        query = "SELECT 1 FROM inbox WHERE box_id = ? AND credential_hash = ?"
        return self._holds(box_id, query, credential_hash)

    def _holds(self, box_id: int, query: str, hash_: bytes) -> bool:
        try:
            with self._reading(box_id) as connection:
                return connection.execute(query, (box_id, hash_)).fetchone() is not None
        except BoxMissing:
            return False

    def counts(self, box_id: int) -> dict[int, int]:
        """Return the number of rows by point; empty where there is no box."""
        query = "SELECT point_id, count(*) FROM inbox WHERE box_id = ? GROUP BY point_id"
        try:
            with self._reading(box_id) as connection:
                return dict(connection.execute(query, (box_id,)))
        except BoxMissing:
            return {}

    def close(self, box_id: int) -> None:
        """Let nothing in any more, for good; raises BoxMissing, BoxDamaged."""
        file = self._file(box_id)
        with _gate(file), closing(_connect(file)) as connection, _storage_faults(file):
            # A count over damaged pages comes out too small without a word.
            if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise BoxDamaged
            connection.execute(CLOSE)

    def read_all(self, box_id: int) -> Iterator[SealedRow]:
        """Yield every row, in the order of credential hashes; raises BoxMissing."""
        query = (
            "SELECT credential_hash, key_hash, point_id, ciphertext FROM inbox"
            " WHERE box_id = ? ORDER BY credential_hash"
        )
        with self._reading(box_id) as connection:
            yield from map(SealedRow._make, connection.execute(query, (box_id,)))

    def read(self, box_id: int, credential_hash: bytes) -> SealedRow:
        """Return the row of a credential that was read before; raises BoxMissing."""
        query = (
            "SELECT credential_hash, key_hash, point_id, ciphertext FROM inbox"
            " WHERE box_id = ? AND credential_hash = ?"
        )
        with self._reading(box_id) as connection:
            row = connection.execute(query, (box_id, credential_hash)).fetchone()
        if row is None:
            raise BoxMissing
        return SealedRow(*row)

    def drop(self, box_id: int) -> None:
        """Remove the box and everything in it; nothing happens where there is none."""
        file = self._file(box_id)
        # The log goes first: left behind, it would be replayed into a later file of this name.
        _remove_beside(file)
        file.unlink(missing_ok=True)
        for suffix in (".gate", ".opening"):
            file.with_suffix(suffix).unlink(missing_ok=True)
        if self.folder.exists():
            _sync(self.folder)

    @contextmanager
    def opening(self, box_id: int) -> Iterator[None]:
        """Hold off every other opener of this box; raises OpeningInProgress."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(self._file(box_id).with_suffix(".opening"), "ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise OpeningInProgress from error
            yield

    def _file(self, box_id: int) -> Path:
        return self.folder / f"box-{box_id}.sqlite"

    def _hand(self, box_id: int, waiting: _Waiting) -> None:
        """Give rows to the writer of a box, under the lock, so that none comes after its end."""
        key = (os.getpid(), box_id)
        with self._hiring:
            if key not in self._writers:
                self._dismiss_idle()
                self._writers[key] = _Writer(self._file(box_id), box_id)
            self._writers[key].queue.put(waiting)

    def _dismiss_idle(self) -> None:
        """End the writers of boxes that were dropped: each has a thread, and the dead file open."""
        for key, writer in list(self._writers.items()):
            if not writer.file.exists():
                writer.queue.put(None)
                del self._writers[key]

    @contextmanager
    def _reading(self, box_id: int) -> Iterator[Any]:
        file = self._file(box_id)
        with closing(_connect(file)) as connection, _storage_faults(file):
            yield connection


@dataclass
class _Waiting:
    """Rows of one caller, and whom to tell what became of them."""

    rows: Sequence[SealedRow]
    tell: Callable[[list[Put] | Exception], None]
    has_left: bool = False


class _Writer:
    """A thread that commits the rows of all callers of this process together.

    While one disk flush runs the next callers gather, and one more flush serves them all.
    """

    def __init__(self, file: Path, box_id: int) -> None:
        self.file = file
        self.box_id = box_id
        self.queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self.connection: Any = None
        self.inode = 0
        self.gate: IO[bytes] | None = None
        self.is_dismissed = False
        self.thread = threading.Thread(target=self._run, name=f"box-{box_id}", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while not self.is_dismissed:
            first = self.queue.get()
            if first is None:
                break
            self._serve([first])
        self._disconnect()
        self._leave_gate()

    def _serve(self, served: list[_Waiting]) -> None:
        """Commit for the first caller, and for all who come until it is our turn to write."""
        results: Sequence[list[Put] | Exception]
        try:
            deadline = time.monotonic() + PATIENCE
            with self._gate(), _storage_faults(self.file):
                while not self.queue.empty() and not self.is_dismissed:
                    waiting = self.queue.get()
                    self.is_dismissed = waiting is None
                    served += [waiting] if waiting else []
                served[:] = [waiting for waiting in served if not waiting.has_left]
                if time.monotonic() > deadline:
                    raise BoxBusy
                results = self._commit([waiting.rows for waiting in served])
        except Exception as error:  # Every caller is told, and the thread lives on.
            self._disconnect()
            results = [error] * len(served)
        for each, result in zip(served, results, strict=True):
            each.tell(result)

    def _commit(self, batches: Sequence[Sequence[SealedRow]]) -> list[list[Put]]:
        self._connect()
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            results = self._insert_new(batches)
            if results is None:
                results = [[self._insert(row) for row in rows] for rows in batches]
            self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise
        return results

    def _insert_new(self, batches: Sequence[Sequence[SealedRow]]) -> list[list[Put]] | None:
        """Insert rows that are all new, as most are, in one step; None, and none, if one is not."""
        values = [self._values(row) for rows in batches for row in rows]
        if self.connection.executemany(INSERT, values).rowcount == len(values):
            return [[Put.STORED] * len(rows) for rows in batches]
        self.connection.execute("ROLLBACK")
        self.connection.execute("BEGIN IMMEDIATE")
        return None

    @contextmanager
    def _gate(self) -> Iterator[None]:
        """Pass the gate, which stays open between commits: opening it costs as much as a row."""
        if self.gate is None or not os.fstat(self.gate.fileno()).st_nlink:
            self._leave_gate()
            self.gate = _open_gate(self.file)
        fcntl.flock(self.gate, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self.gate, fcntl.LOCK_UN)

    def _leave_gate(self) -> None:
        if self.gate is not None:
            self.gate.close()
        self.gate = None

    def _insert(self, row: SealedRow) -> Put:
        if self.connection.execute(INSERT, self._values(row)).rowcount:
            return Put.STORED
        query = "SELECT key_hash FROM inbox WHERE box_id = ? AND credential_hash = ?"
        stored = self.connection.execute(query, (self.box_id, row.credential_hash)).fetchone()
        return Put.REPEATED if stored[0] == row.key_hash else Put.SPENT

    def _values(self, row: SealedRow) -> tuple[object, ...]:
        return (self.box_id, row.credential_hash, row.key_hash, row.point_id, row.ciphertext)

    def _connect(self) -> None:
        """Have a connection to the file that now stands at the path.

        A file taken away or put back behind our back would go on swallowing answers.
        """
        try:
            inode = self.file.stat().st_ino
        except FileNotFoundError as error:
            raise BoxMissing from error
        if self.connection is None or inode != self.inode:
            self._disconnect()
            self.connection, self.inode = _connect(self.file), inode

    def _disconnect(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection = None


def _connect(file: Path, *, create: bool = False) -> Any:
    if not create and not file.exists():
        raise BoxMissing
    connection = sqlite3.connect(
        f"file:{file}?mode={'rwc' if create else 'rw'}",
        uri=True,
        timeout=PATIENCE,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA secure_delete=ON")
    return connection


@contextmanager
def _gate(file: Path) -> Iterator[None]:
    """Queue with writers of other processes in the kernel.

    SQLite's own waiting polls with growing sleeps, which costs most of a second under load.
    """
    with _open_gate(file) as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield


def _open_gate(file: Path) -> IO[bytes]:
    if not file.exists():
        raise BoxMissing
    try:
        return open(file.with_suffix(".gate"), "ab")
    except OSError as error:
        raise BoxBusy from error


@contextmanager
def _storage_faults(file: Path) -> Iterator[None]:
    """Turn SQLite's errors into refusals: closed by its trigger, gone, or busy, full, read-only."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise BoxClosed from error
    except sqlite3.DatabaseError as error:
        raise (BoxBusy if file.exists() else BoxMissing) from error


def _remove_beside(file: Path) -> None:
    for suffix in ("-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
