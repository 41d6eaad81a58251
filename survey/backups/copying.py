"""Copies of SQLite files in use, all as they were at one moment, and their way back.

The moment: nobody writes to the main database while every file gets a reader of its own, which
takes milliseconds; what those readers see does not change any more while it is copied. An answer
acknowledged before that moment is in its box, and a box opened before it in the main database.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite3

from survey.backups.archive import BoxNote, sync_folder
from survey.backups.refusals import BackupDamaged, BackupFailed
from survey.collection.models import BoxState

WAIT = 60.0
"""Seconds that a backup waits for whoever writes."""
UNOPENED = (BoxState.SEALED.value, BoxState.COUNTED.value)
BOXES = (
    "SELECT box.id, round.code, box.label, box.state, box.public_key"
    " FROM box JOIN round ON round.id = box.round_id ORDER BY box.id"
)
COLUMNS = "box_id, credential_hash, key_hash, point_id, ciphertext"


@dataclass(frozen=True)
class Snapshot:
    """Files as they were at one moment; `missing` are boxes that ought to have been there."""

    revision: str
    boxes: tuple[BoxNote, ...]
    sources: dict[str, Any]
    missing: tuple[BoxNote, ...]

    def copy(self, name: str, target: Path) -> None:
        """Write the part called `name` to `target`, a new file (0600).

        Raises:
            BackupFailed: pages of it cannot be read as what they were.
        """
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            with closing(_connect(target)) as copy:
                copy.execute("PRAGMA synchronous=OFF")  # A copy that is lost is made again.
                self.sources[name].backup(copy)
                _require_sound(copy)
        except (sqlite3.DatabaseError, BackupDamaged) as error:
            raise BackupFailed(
                f"{name} 已损坏，没有做成备份；旧的备份还在，请先修复这个文件",
                f"{name} is damaged, no backup was made; an older one is still there",
            ) from error


@contextmanager
def snapshot(database: Path, boxes: Path) -> Iterator[Snapshot]:
    """Yield the main database and every sealed box as they are now."""
    with ExitStack() as stack:
        lock = stack.enter_context(closing(_connect(database)))
        lock.execute("BEGIN IMMEDIATE")
        main = stack.enter_context(closing(_pinned(database)))
        notes = notes_of(main)
        sources, missing = {"database.sqlite": main}, []
        for note in notes:
            file = file_of(boxes, note.id)
            if note.state not in UNOPENED:
                continue
            if file.exists():
                pinned = stack.enter_context(closing(_pinned(file)))
                sources[f"boxes/{file.name}"] = pinned
            else:
                missing.append(note)
        lock.execute("ROLLBACK")
        (revision,) = main.execute("SELECT version_num FROM alembic_version").fetchone()
        yield Snapshot(revision, notes, sources, tuple(missing))


def notes_of(connection: Any) -> tuple[BoxNote, ...]:
    """Return the boxes that a main database knows."""
    return tuple(
        BoxNote(row[0], row[1], row[2], row[3], hashlib.sha256(row[4]).hexdigest())
        for row in connection.execute(BOXES)
    )


def file_of(boxes: Path, box_id: int) -> Path:
    """Return the file of a box in the folder `boxes`."""
    return boxes / f"box-{box_id}.sqlite"


def require_sound(file: Path) -> None:
    """Raise BackupDamaged unless the SQLite file at `file` is whole."""
    try:
        with closing(_connect(file)) as connection:
            _require_sound(connection)
    except sqlite3.DatabaseError as error:
        raise BackupDamaged(file.name) from error


def put_database(source: Path, target: Path) -> None:
    """Make `target` the same as `source` in one transaction of its own, while others use it.

    Killed at any moment, `target` is what it was or what it is to be. One that is no database
    any more is replaced as a file, which processes that have it open must be started again for.
    """
    if not is_readable(target):
        for suffix in ("-wal", "-shm"):
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        source.replace(target)
        sync_folder(target.parent)
        return
    with closing(_connect(source)) as new, closing(_connect(target)) as old:
        old.execute("PRAGMA synchronous=FULL")
        new.backup(old)


def is_readable(file: Path) -> bool:
    """Whether there is a SQLite database that is whole."""
    if not file.exists():
        return False
    try:
        require_sound(file)
    except BackupDamaged:
        return False
    return True


def put_box(source: Path, target: Path, *, is_same: bool) -> None:
    """Put a box in place; into the very box that it is a copy of, only what is missing there.

    So an answer that was acknowledged after the copy was taken stays.
    """
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Writers of every process pass this gate, so nobody writes into a file that is going.
    with open(target.with_suffix(".gate"), "ab") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        if is_same and is_readable(target):
            _merge(source, target)
            return
        for suffix in ("-wal", "-shm"):
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        source.replace(target)
        sync_folder(target.parent)


def drop_boxes(boxes: Path, kept: Sequence[int]) -> None:
    """Remove the boxes that the main database has no sealed box for."""
    names = {file_of(boxes, box_id).name for box_id in kept}
    for file in boxes.glob("box-*.sqlite"):
        if file.name not in names:
            for suffix in ("-wal", "-shm"):
                file.with_name(file.name + suffix).unlink(missing_ok=True)
            file.unlink(missing_ok=True)
            for suffix in (".gate", ".opening"):
                file.with_suffix(suffix).unlink(missing_ok=True)


def _merge(source: Path, target: Path) -> None:
    with closing(_connect(target)) as box:
        box.execute("PRAGMA synchronous=FULL")
        box.execute("ATTACH ? AS copied", (str(source),))
        box.execute("BEGIN IMMEDIATE")
        # Whether it takes answers is what the restored main database says, as the copy did.
        closed = "SELECT sql FROM {}.sqlite_schema WHERE type = 'trigger' AND name = 'closed'"
        wanted = box.execute(closed.format("copied")).fetchone()
        box.execute("DROP TRIGGER IF EXISTS main.closed")
        box.execute(
            f"INSERT INTO main.inbox ({COLUMNS}) SELECT {COLUMNS} FROM copied.inbox"  # noqa: S608
            " WHERE true ON CONFLICT DO NOTHING"
        )
        if wanted:
            box.execute(wanted[0])
        box.execute("COMMIT")


def _pinned(file: Path) -> Any:
    """Return a connection that from now on sees `file` as it is now."""
    connection = _connect(file)
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return connection


def _require_sound(connection: Any) -> None:
    if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise BackupDamaged("pages")


def _connect(file: Path) -> Any:
    return sqlite3.connect(
        f"file:{file}?mode=rwc" if not file.exists() else f"file:{file}?mode=rw",
        uri=True,
        timeout=WAIT,
        isolation_level=None,
    )


Progress = Callable[[int, int], None]
"""Told how many parts of how many are done."""
