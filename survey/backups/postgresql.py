"""PostgreSQL through its own programs: one consistent dump, and one transaction back."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, make_url, text

from survey.backups.archive import BoxNote
from survey.backups.copying import UNOPENED
from survey.backups.refusals import BackupFailed, ProgramMissing

DEBIAN = Path("/usr/lib/postgresql")
NOTES = text(
    "SELECT box.id, round.code, box.label, box.state,"
    " encode(sha256(box.public_key), 'hex') FROM box JOIN round ON round.id = box.round_id"
    " ORDER BY box.id"
)
STATES = "SELECT coalesce(string_agg(id || ' ' || state, ',' ORDER BY id), '') FROM box"
# What stands in the way of the dump goes, except the sealed answers: those that came after the
# copy was taken are put back behind it, all in one transaction.
BEFORE = """
DO $$ BEGIN
  IF to_regclass('public.box') IS NOT NULL THEN
    LOCK TABLE box, inbox IN ACCESS EXCLUSIVE MODE;
    IF ({states}) <> '{seen}' THEN
      RAISE EXCEPTION 'a box was opened meanwhile';
    END IF;
    CREATE TEMP TABLE kept ON COMMIT DROP AS
      SELECT inbox.*, box.public_key FROM inbox JOIN box ON box.id = inbox.box_id;
  END IF;
END $$;
DO $$ DECLARE each record; BEGIN
  FOR each IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('DROP TABLE IF EXISTS public.%I CASCADE', each.name);
  END LOOP;
  FOR each IN SELECT p.oid::regprocedure AS name FROM pg_proc p
      JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE n.nspname = 'public' AND NOT EXISTS (
        SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') LOOP
    EXECUTE format('DROP FUNCTION IF EXISTS %s CASCADE', each.name);
  END LOOP;
  FOR each IN SELECT sequencename AS name FROM pg_sequences WHERE schemaname = 'public' LOOP
    EXECUTE format('DROP SEQUENCE IF EXISTS public.%I CASCADE', each.name);
  END LOOP;
END $$;
"""
AFTER = """
DO $$ BEGIN
  IF to_regclass('pg_temp.kept') IS NOT NULL THEN
    INSERT INTO public.inbox (box_id, credential_hash, key_hash, point_id, ciphertext)
      SELECT k.box_id, k.credential_hash, k.key_hash, k.point_id, k.ciphertext FROM pg_temp.kept k
      JOIN public.box b ON b.id = k.box_id AND b.public_key = k.public_key
      WHERE b.state IN ('sealed', 'counted')
      ON CONFLICT DO NOTHING;
  END IF;
END $$;
"""


@dataclass(frozen=True)
class Dump:
    """A database as it is at one moment; `missing` are sealed boxes without a partition."""

    engine: Engine
    snapshot: str
    revision: str
    boxes: tuple[BoxNote, ...]
    missing: tuple[BoxNote, ...]

    def write(self, target: Path, folder: Path) -> None:
        """Write the dump; `folder` takes what must not stand on a command line."""
        _run(
            "pg_dump",
            "--format=custom",
            "--schema=public",
            "--no-owner",
            "--no-acl",
            f"--snapshot={self.snapshot}",
            f"--file={target}",
            _address(self.engine, folder),
        )


@contextmanager
def dump_of(engine: Engine) -> Iterator[Dump]:
    """Yield the database as it is now; whoever writes is kept from nothing meanwhile."""
    program_of("pg_dump")
    isolated = engine.execution_options(isolation_level="REPEATABLE READ")
    with isolated.begin() as connection:
        snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
        revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
        boxes = tuple(BoxNote(*row) for row in connection.execute(NOTES))
        held = set(
            connection.scalars(
                text(
                    "SELECT inhrelid::regclass::text FROM pg_inherits"
                    " WHERE inhparent = 'public.inbox'::regclass"
                )
            )
        )
        missing = tuple(
            box for box in boxes if box.state in UNOPENED and f"inbox_{box.id}" not in held
        )
        yield Dump(engine, str(snapshot), str(revision), boxes, missing)


def notes_of(engine: Engine) -> tuple[BoxNote, ...]:
    """Return the boxes that the database knows."""
    with engine.connect() as connection:
        return tuple(BoxNote(*row) for row in connection.execute(NOTES))


def put_back(engine: Engine, dump: Path, folder: Path, seen: Sequence[BoxNote]) -> None:
    """Replace the schema by what `dump` holds, in one transaction, or not at all.

    `seen` are the boxes as they were when it was decided: one opened since stops it.
    """
    states = ",".join(f"{box.id} {box.state}" for box in seen)
    before, plain, after = (folder / name for name in ("before.sql", "dump.sql", "after.sql"))
    before.write_text(BEFORE.format(states=STATES, seen=states), "utf-8")
    after.write_text(AFTER, "utf-8")
    _run(
        "pg_restore", "--no-owner", "--no-acl", f"--file={plain}", *_listed(dump, folder), str(dump)
    )
    _run(
        "psql",
        "--no-psqlrc",
        "--quiet",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        f"--file={before}",
        f"--file={plain}",
        f"--file={after}",
        f"--dbname={_address(engine, folder)}",
    )


def _listed(dump: Path, folder: Path) -> list[str]:
    """Leave out the schema itself, which is there and may belong to somebody else."""
    contents = _run("pg_restore", "--list", str(dump))
    chosen = folder / "contents"
    lines = (line for line in contents.splitlines() if " SCHEMA - public" not in line)
    chosen.write_text("\n".join(lines) + "\n", "utf-8")
    return [f"--use-list={chosen}"]


def program_of(name: str) -> str:
    """Return where one of PostgreSQL's programs is.

    Raises:
        ProgramMissing: nowhere.
    """
    found = sorted(DEBIAN.glob(f"*/bin/{name}"), key=lambda path: path.parts[-3].zfill(4))
    place = str(found[-1]) if found else shutil.which(name)
    if place is None:
        raise ProgramMissing(name)
    return place


def _address(engine: Engine, folder: Path) -> str:
    """Return the database's address for libpq; the password goes into a file only we can read."""
    url = make_url(engine.url).set(drivername="postgresql")
    if url.password:
        password = url.password.replace("\\", "\\\\").replace(":", "\\:")
        file = folder / "passfile"
        file.touch(0o600)
        file.write_text(f"*:*:*:*:{password}\n", "utf-8")
        url = url.set(password=None).update_query_dict({"passfile": str(file)})
    return url.render_as_string(hide_password=False)


def _run(program: str, *arguments: str) -> str:
    """Run a program of PostgreSQL's and return what it prints; its own words if it fails."""
    place = program_of(program)
    command = [place, *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise BackupFailed(
            f"{program} 没有成功，什么也没有改动：{last}",
            f"{program} failed, nothing was changed: {last}",
        )
    return done.stdout
