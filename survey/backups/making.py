"""Make a backup: database, sealed boxes, evidence and documents in one file; never a key."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, make_url

from survey.accounts.policy import Actor
from survey.audit import service as audit
from survey.backups import postgresql
from survey.backups.archive import BoxNote, Manifest, writing
from survey.backups.copying import UNOPENED, Progress, snapshot
from survey.backups.refusals import BackupFailed
from survey.collection.keystore import Keystore
from survey.config import Config
from survey.db import Sessions

ACT = "backup.create"


@dataclass(frozen=True)
class Made:
    """A backup; `digest` is that of its manifest, `size` in bytes.

    `missing` names sealed boxes that are not where they should be, which no backup can mend.
    """

    path: Path
    digest: str
    size: int
    parts: int
    boxes: int
    missing: tuple[str, ...]


@dataclass(frozen=True)
class _Moment:
    """The database at one moment; `parts` are copied one after the other to where told."""

    revision: str
    boxes: tuple[BoxNote, ...]
    missing: tuple[BoxNote, ...]
    parts: tuple[str, ...]
    copy: Callable[[str, Path], None]


def create(
    config: Config,
    engine: Engine,
    sessions: Sessions,
    actor: Actor,
    path: Path,
    *,
    now: datetime,
    progress: Progress,
) -> Made:
    """Write a backup of everything but the keystore and the secret to `path`, while in use.

    It holds every answer that was acknowledged before it began. Databases are copied beside
    `path` first, one at a time, so that there must be room for the largest of them twice.

    Raises:
        BackupFailed: `path` lies in the keystore, or something cannot be read.
        ProgramMissing: PostgreSQL's own programs are not installed.
    """
    keystore = Keystore(config.keystore)
    if path.resolve().is_relative_to(config.keystore):
        raise BackupFailed(
            "备份不能放进密钥文件夹，请换个地方", "Not into the keystore; choose another place"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    with _workplace(path) as folder, _moment(config, engine, folder) as taken:
        files = [*_files(config.evidence, "evidence"), *_files(config.documents, "documents")]
        total = len(taken.parts) + len(files)
        with writing(path) as archive:
            for done, part in enumerate(taken.parts, 1):
                copy = folder / "part"
                taken.copy(part, copy)
                archive.add(part, copy)
                copy.unlink()
                progress(done, total)
            for done, (part, file) in enumerate(files, len(taken.parts) + 1):
                archive.add(part, file)
                progress(done, total)
            digest = archive.finish(
                Manifest(
                    made_at=now.astimezone(UTC).isoformat(),
                    database=engine.dialect.name,
                    revision=taken.revision,
                    keystore=fingerprint(keystore),
                    boxes=taken.boxes,
                )
            )
    with sessions.begin() as session:
        audit.record(session, actor=actor.name, act=ACT, subject=digest[:16], now=now, parts=total)
    sealed = sum(box.state in UNOPENED for box in taken.boxes) - len(taken.missing)
    missing = tuple(f"{box.round} {box.label}" for box in taken.missing)
    return Made(path, digest, path.stat().st_size, total, sealed, missing)


def fingerprint(keystore: Keystore) -> str:
    """Return what tells one keystore from another, and nothing about what is in it."""
    return hashlib.sha256(b"pingyi keystore\0" + keystore.pepper()).hexdigest()


@contextmanager
def _workplace(path: Path) -> Iterator[Path]:
    """Yield an empty folder beside `path`."""
    folder = path.with_name(f".{path.name}.parts")
    shutil.rmtree(folder, ignore_errors=True)  # Of one that was killed.
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _moment(config: Config, engine: Engine, folder: Path) -> Iterator[_Moment]:
    if engine.dialect.name == "postgresql":
        with postgresql.dump_of(engine) as dump:
            yield _Moment(
                dump.revision,
                dump.boxes,
                dump.missing,
                ("database.dump",),
                lambda _part, target: dump.write(target, folder),
            )
        return
    with snapshot(Path(str(make_url(config.database_url).database)), config.boxes) as taken:
        # Boxes first: their readers keep the write-ahead logs of a busy round from being emptied.
        parts = tuple(sorted(taken.sources))
        yield _Moment(taken.revision, taken.boxes, taken.missing, parts, taken.copy)


def _files(folder: Path, name: str) -> list[tuple[str, Path]]:
    """Return the files below a folder with their names in the archive; none half written."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(
        (f"{name}/{path.relative_to(folder).as_posix()}", path)
        for path in found
        if path.suffix != ".part"
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
