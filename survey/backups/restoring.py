"""Bring a backup back: everything is checked, and migrated, before anything is replaced.

Killed before the main database is replaced, the platform is what it was; killed after, what it
is to be. What lies beside it then (a box file, evidence) is only ever more than is needed, and
the same command again ends the work.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pysqlite3 import dbapi2 as sqlite3
from sqlalchemy import Engine, delete, make_url, select
from sqlalchemy.orm import Session

from survey import schema
from survey.accounts.models import ApiToken, ConsoleSession
from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.backups import copying, postgresql
from survey.backups.archive import BoxNote, Manifest, unpack
from survey.backups.copying import UNOPENED
from survey.backups.making import fingerprint
from survey.backups.refusals import (
    BackupMismatch,
    KeysMissing,
    OverrideRefused,
    RestoreRevives,
)
from survey.collection.inbox import Inbox, OpeningInProgress
from survey.collection.keystore import Keystore, KeyUnavailable
from survey.collection.lost_keys import unusable_keys
from survey.collection.models import Box
from survey.config import Config
from survey.db import make_engine, make_sessions, reading

ACT = "backup.restore"
DATABASES = {"sqlite": "database.sqlite", "postgresql": "database.dump"}


@dataclass(frozen=True)
class Override:
    """Two people who decide that what happened since the backup may be undone, and why."""

    actor: Actor
    approver: Actor
    reason: str


@dataclass(frozen=True)
class Restored:
    """What was restored; `undone` names rounds whose later state is gone, by two people's word.

    `unusable` says which boxes could not be opened, with the keys that are there.
    """

    manifest: Manifest
    digest: str
    undone: tuple[str, ...]
    unusable: tuple[KeyUnavailable, ...]


@dataclass(frozen=True)
class _Plan:
    """A backup that has passed every check, unpacked in `folder`, over what stands now.

    `present` are the boxes of the database as it is; None where there is none that can be read.
    """

    folder: Path
    manifest: Manifest
    digest: str
    present: tuple[BoxNote, ...] | None
    undone: tuple[str, ...]
    override: Override | None


def restore(
    config: Config,
    engine: Engine,
    inbox: Inbox,
    actor: Actor,
    path: Path,
    *,
    now: datetime,
    override: Override | None = None,
    without_keys: bool = False,
) -> Restored:
    """Make the platform what it was when the backup at `path` was made, while it serves.

    Answers of boxes that are sealed now as then stay, also those that came since. Everybody is
    signed out and tokens end, since what was revoked meanwhile would be good again.

    Raises:
        BackupDamaged: the file, or a database in it, is not what was written.
        BackupMismatch: it is of another kind of database, or of a later release.
        KeysMissing: the keystore is another one; not with `without_keys`.
        RestoreRevives: boxes were opened, or rounds begun, since; not with an `override`.
        OverrideRefused: one person alone, or no reason.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(_workplace(config.home))
        manifest, digest = unpack(path, folder)
        _require_fit(engine, manifest, folder)
        if not without_keys:
            _require_keys(config, manifest)
        present = _present(config, engine)
        undone = _require_nothing_undone(manifest, present, inbox, override)
        for note in present or ():
            if note.state in UNOPENED:
                stack.enter_context(inbox.opening(note.id))
        if _present(config, engine) != present:
            raise OpeningInProgress
        plan = _Plan(folder, manifest, digest, present, undone, override)
        if engine.dialect.name == "postgresql":
            _put_postgresql(config, engine, plan, actor, now)
        else:
            _put_sqlite(config, engine, plan, actor, now)
    with reading(make_sessions(engine)) as session:
        unusable = tuple(unusable_keys(session, Keystore(config.keystore)))
    return Restored(manifest, digest, undone, unusable)


@contextmanager
def _workplace(home: Path) -> Iterator[Path]:
    """Yield an empty folder on the disk of the data, for one restore at a time."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = home / ".restoring"
    descriptor = os.open(home, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        shutil.rmtree(folder, ignore_errors=True)  # Of one that was killed.
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _require_fit(engine: Engine, manifest: Manifest, folder: Path) -> None:
    kind = engine.dialect.name
    if manifest.database != kind or not (folder / DATABASES[kind]).exists():
        raise BackupMismatch(
            f"这份备份来自 {manifest.database}，现在用的是 {kind}，不能恢复",
            f"The backup is of {manifest.database}; this platform uses {kind}",
        )
    if not schema.knows(manifest.revision):
        raise BackupMismatch(
            f"这份备份出自更新的程序（数据库版本 {manifest.revision}），请先升级程序再恢复",
            f"The backup is of a later release (schema {manifest.revision}); upgrade first",
        )
    if kind == "sqlite":
        for file in (folder / "database.sqlite", *sorted((folder / "boxes").glob("*.sqlite"))):
            copying.require_sound(file)


def _require_keys(config: Config, manifest: Manifest) -> None:
    """Refuse to go on without the keystore: a new pepper would make every slip worthless."""
    if not (config.keystore / "pepper").exists():
        raise KeysMissing("pepper")
    if fingerprint(Keystore(config.keystore)) != manifest.keystore:
        raise KeysMissing("pepper")


def _present(config: Config, engine: Engine) -> tuple[BoxNote, ...] | None:
    """Return the boxes of the database that stands now; None where none can be read."""
    if engine.dialect.name == "postgresql":
        return None if schema.current(engine) is None else postgresql.notes_of(engine)
    database = _database(config)
    if not copying.is_readable(database) or schema.current(engine) is None:
        return None
    with closing(sqlite3.connect(database)) as connection:
        return copying.notes_of(connection)


def _require_nothing_undone(
    manifest: Manifest,
    present: Sequence[BoxNote] | None,
    inbox: Inbox,
    override: Override | None,
) -> tuple[str, ...]:
    """Return the rounds whose later state would be gone, all by the word of two people."""
    sealed = {note.key for note in manifest.boxes if note.state in UNOPENED}
    known = {note.key for note in manifest.boxes}
    opened, lost = dict[str, None](), dict[str, None]()
    for note in present or ():
        if note.state not in UNOPENED and note.key in sealed:
            opened[note.round] = None
        if note.state not in UNOPENED and note.key not in known:
            lost[note.round] = None
        if note.state in UNOPENED and note.key not in known and inbox.counts(note.id):
            lost[note.round] = None
    if not opened and not lost:
        return ()
    if override is None:
        raise RestoreRevives(tuple(opened), tuple(lost))
    require(override.actor, Action.RUN_ROUNDS)
    require(override.approver, Action.RUN_ROUNDS)
    is_one = override.actor.name == override.approver.name or override.approver.is_operator
    if is_one or not override.reason.strip():
        raise OverrideRefused
    return tuple(sorted({*opened, *lost}))


def _put_sqlite(config: Config, engine: Engine, plan: _Plan, actor: Actor, now: datetime) -> None:
    new = plan.folder / "database.sqlite"
    own = make_engine(f"sqlite:///{new}")
    try:
        if schema.current(own) != schema.head():
            schema.upgrade(own)
        with make_sessions(own).begin() as session:
            _note(session, plan, actor, now)
        with reading(make_sessions(own)) as session:
            sealed = list(session.scalars(select(Box.id).where(Box.state.in_(UNOPENED))))
    finally:
        own.dispose()
    _put_files(plan.folder, config)
    present = {note.id: note.key for note in plan.present or ()}
    for note in plan.manifest.boxes:
        source = copying.file_of(plan.folder / "boxes", note.id)
        if source.exists():
            is_same = plan.present is None or present.get(note.id) == note.key
            target = copying.file_of(config.boxes, note.id)
            copying.put_box(source, target, is_same=is_same)
    engine.dispose()
    copying.put_database(new, _database(config))
    copying.drop_boxes(config.boxes, sealed)


def _put_postgresql(
    config: Config, engine: Engine, plan: _Plan, actor: Actor, now: datetime
) -> None:
    _put_files(plan.folder, config)
    dump = plan.folder / "database.dump"
    postgresql.put_back(engine, dump, plan.folder, plan.present or ())
    if schema.current(engine) != schema.head():
        schema.upgrade(engine)
    with make_sessions(engine).begin() as session:
        _note(session, plan, actor, now)


def _note(session: Session, plan: _Plan, actor: Actor, now: datetime) -> None:
    """Sign everybody and every program out, and write down what is done."""
    session.execute(delete(ConsoleSession))
    session.execute(delete(ApiToken))
    data: dict[str, object] = {"made_at": plan.manifest.made_at, "undone": list(plan.undone)}
    if plan.override is not None:
        data["approved_by"] = plan.override.approver.name
        data["reason"] = plan.override.reason.strip()
    subject = plan.digest[:16]
    audit.record(session, actor=actor.name, act=ACT, subject=subject, now=now, **data)


def _put_files(folder: Path, config: Config) -> None:
    """Add evidence and documents that are not there; each is named by its own digest."""
    for name, target in (("evidence", config.evidence), ("documents", config.documents)):
        for file in sorted((folder / name).rglob("*")):
            place = target / file.relative_to(folder / name)
            if file.is_file() and not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                shutil.move(file, place)


def _database(config: Config) -> Path:
    return Path(str(make_url(config.database_url).database))
