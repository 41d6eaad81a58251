"""Backups: made under load, damaged, old, of other releases, restored in place and elsewhere."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as sqlite3
from sqlalchemy import select, text

from survey import clock, schema
from survey.accounts import sessions as console_sessions
from survey.accounts.models import Account, ConsoleSession, Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.audit import service as audit
from survey.audit.models import AuditEntry
from survey.backups import copying, restoring
from survey.backups.making import Made, create
from survey.backups.refusals import (
    BackupDamaged,
    BackupFailed,
    BackupMismatch,
    KeysMissing,
    OverrideRefused,
    RestoreRevives,
)
from survey.backups.restoring import Override, Restored, restore
from survey.campaigns import service as campaigns
from survey.collection import intake, points
from survey.collection.models import Receipt
from survey.collection.receipts import receipt_hash, receipt_of
from survey.collection.verification import verify_round
from survey.db import reading
from survey.publication.closing import close_round
from tests.command_line import rows_of
from tests.proof.phones import Place
from tests.proof.site import Site
from tests.rounds import full_answers, page_key

FIRST = Actor("first", "甲", (Grant(Role.DISTRICT_ADMIN, "D0", "D0/"),), 1)
SECOND = Actor("second", "乙", (Grant(Role.DISTRICT_ADMIN, "D0", "D0/"),), 2)
TWO = Override(FIRST, SECOND, "盘坏了")


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    """A platform with one open round, on either database."""
    yield from made(tmp_path / "home", database_url)


@pytest.fixture
def embedded(sqlite_template: Path, tmp_path: Path) -> Iterator[Site]:
    """A platform with one open round, all of it below one folder."""
    yield from made(tmp_path / "home", "", sqlite_template)


def made(home: Path, address: str, template: Path | None = None) -> Iterator[Site]:
    home.mkdir()
    if template is not None:
        shutil.copyfile(template, home / "pingyi.sqlite")
    site = Site(home, address=address)
    site.make()
    site.open_round("R1")
    yield site
    site.engine.dispose()


def answer(site: Site, place: Place, *numbers: int) -> None:
    """Hand in one answer for each number."""
    with site.sessions() as session:
        point = points.find_point(session, place.code)
        questionnaire = points.questionnaire_of(session, point)
        for number in numbers:
            stores = (session, site.inbox, site.keystore, point, questionnaire)
            sheet = full_answers(questionnaire)
            key = page_key(number)
            intake.record(*stores, sheet, key=key, seconds=60, now=clock.now())


def back_up(site: Site, path: Path) -> Made:
    return create(
        site.config,
        site.engine,
        site.sessions,
        OPERATOR,
        path,
        now=clock.now(),
        progress=lambda _done, _total: None,
    )


def bring_back(site: Site, path: Path, **options: object) -> Restored:
    stores = (site.config, site.engine, site.inbox, OPERATOR, path)
    return restore(*stores, now=clock.now(), **options)  # type: ignore[arg-type]


def counted(site: Site, place: Place, *numbers: int) -> int:
    """Close the round and return how many answers were in it; all of `numbers` have to be."""
    stores = (site.sessions, OPERATOR, "R1", site.keystore, site.inbox)
    closed = close_round(*stores, now=clock.now(), early_reason="proof")
    assert closed.unreadable == 0
    with reading(site.sessions) as session:
        round_ = campaigns.get_round(session, OPERATOR, "R1")
        assert verify_round(session, round_) == []
        assert audit.first_broken(session) is None
        for number in numbers:
            listed = receipt_hash("R1", place.code, receipt_of(page_key(number)))
            assert session.get(Receipt, (round_.id, listed)) is not None
    return int(closed.answers)


def acts(site: Site, act: str) -> list[AuditEntry]:
    with reading(site.sessions) as session:
        found = select(AuditEntry).where(AuditEntry.act == act).order_by(AuditEntry.id)
        return list(session.scalars(found))


def everything(folder: Path) -> dict[str, str]:
    """Return a digest of every row of every database and the names of all other files."""
    held = {}
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        if file.suffix == ".sqlite":
            with closing(sqlite3.connect(file)) as connection:
                rows = repr(rows_of(connection))
            held[file.name] = hashlib.sha256(rows.encode()).hexdigest()
        elif not file.name.endswith(("-wal", "-shm", ".gate", ".opening")):
            held[file.name] = ""
    return held


def test_a_backup_restored_over_its_own_platform_keeps_what_came_since(
    site: Site, tmp_path: Path
) -> None:
    place = site.places("R1")[0]
    evidence = site.config.evidence / "ab" / ("ab" * 32)
    evidence.parent.mkdir(parents=True)
    evidence.write_bytes(b"proof")
    answer(site, place, *range(5))
    made = back_up(site, tmp_path / "copy.pingyi")
    with site.sessions.begin() as session:
        account = Account(name="x", display_name="x", password_hash="-")
        session.add(account)
        session.flush()
        console_sessions.start_session(session, account, now=clock.now())
    evidence.unlink()
    answer(site, place, *range(5, 8))

    done = bring_back(site, made.path)
    answer(site, place, 8, 0)

    with reading(site.sessions) as session:
        assert session.scalars(select(Account.name)).all() == []
        assert session.scalars(select(ConsoleSession)).all() == []
    assert evidence.read_bytes() == b"proof"
    assert done.digest == made.digest
    assert not done.undone
    assert not done.unusable
    assert [entry.subject for entry in acts(site, restoring.ACT)] == [made.digest[:16]]
    assert counted(site, place, *range(9)) == 9


def test_a_backup_holds_no_key_and_no_time_of_an_answer(embedded: Site, tmp_path: Path) -> None:
    answer(embedded, embedded.places("R1")[0], 1, 2)
    made = back_up(embedded, tmp_path / "copy.pingyi")

    content = made.path.read_bytes()
    with tarfile.open(made.path) as tar:
        parts = {member.name: (member.mtime, member.uname) for member in tar}

    assert made.path.stat().st_mode & 0o777 == 0o600
    assert set(parts) == {
        "database.sqlite",
        "boxes/box-1.sqlite",
        "manifest.json",
        "manifest.sha256",
    }
    assert set(parts.values()) == {(0, "")}
    for file in embedded.config.keystore.iterdir():
        secret = file.read_bytes().split(b" ")[0]
        assert secret not in content
        if file.suffix == ".key":
            assert bytes.fromhex(secret.decode()) not in content
    assert embedded.config.secret_key not in content
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_backup_is_restored_elsewhere_only_beside_its_keys(
    embedded: Site, tmp_path: Path
) -> None:
    place = embedded.places("R1")[0]
    answer(embedded, place, *range(6))
    made = back_up(embedded, tmp_path / "copy.pingyi")
    other = Site(tmp_path / "other")
    other.home.mkdir()

    with pytest.raises(KeysMissing):
        bring_back(other, made.path)
    assert not (other.home / "keys").exists()
    shutil.copytree(embedded.config.keystore, other.config.keystore)
    bring_back(other, made.path)

    assert counted(other, place, *range(6)) == 6
    other.engine.dispose()


def test_an_old_backup_over_an_opened_round_takes_two_people(site: Site, tmp_path: Path) -> None:
    place = site.places("R1")[0]
    answer(site, place, *range(6))
    made = back_up(site, tmp_path / "copy.pingyi")
    counted(site, place)

    with pytest.raises(RestoreRevives, match="R1 opened since"):
        bring_back(site, made.path)
    with pytest.raises(OverrideRefused):
        bring_back(site, made.path, override=Override(FIRST, FIRST, "盘坏了"))
    with pytest.raises(OverrideRefused):
        bring_back(site, made.path, override=Override(OPERATOR, OPERATOR, "盘坏了"))
    with pytest.raises(OverrideRefused):
        bring_back(site, made.path, override=Override(FIRST, SECOND, " "))
    assert not acts(site, restoring.ACT)
    done = bring_back(site, made.path, override=TWO)

    (entry,) = acts(site, restoring.ACT)
    assert entry.data["undone"] == ["R1"]
    assert (entry.data["approved_by"], entry.data["reason"]) == ("second", "盘坏了")
    # The key is gone for good: what was revived can be neither added to nor opened.
    assert [refusal.code for refusal in done.unusable] == ["KEY_UNAVAILABLE"]


def test_a_round_begun_since_is_not_lost_by_one_person(site: Site, tmp_path: Path) -> None:
    made = back_up(site, tmp_path / "copy.pingyi")
    place = site.open_round("R2")[0]
    bring_back_is_fine_without_answers = site.inbox.counts(2) == {}
    answer(site, place, 1)

    assert bring_back_is_fine_without_answers
    with pytest.raises(RestoreRevives, match="R2 began since"):
        bring_back(site, made.path)
    assert bring_back(site, made.path, override=TWO).undone == ("R2",)
    assert site.inbox.counts(2) == {}


def flip(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def test_a_damaged_backup_changes_nothing(embedded: Site, tmp_path: Path) -> None:
    answer(embedded, embedded.places("R1")[0], 1, 2)
    made = back_up(embedded, tmp_path / "copy.pingyi")
    before, content = everything(embedded.home), made.path.read_bytes()
    bad = tmp_path / "bad.pingyi"
    middle, manifest = len(content) // 2, content.index(b'"made_at"')
    damaged = [
        b"",
        b"no backup at all",
        content[:middle],
        content[:manifest],
        flip(content, middle),
        flip(content, manifest + 20),
    ]
    with tarfile.open(bad, "w") as tar:
        tar.add(made.path, "../outside")
    damaged.append(bad.read_bytes())

    for each in damaged:
        bad.write_bytes(each)
        with pytest.raises(BackupDamaged):
            bring_back(embedded, bad)
        assert everything(embedded.home) == before


def test_a_backup_of_another_release_or_database_is_told_apart(
    embedded: Site, tmp_path: Path
) -> None:
    place = embedded.places("R1")[0]
    answer(embedded, place, 1, 2)
    head = schema.head()
    schema.downgrade(embedded.engine, "-1")
    older = back_up(embedded, tmp_path / "older.pingyi").path
    with embedded.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    newer = back_up(embedded, tmp_path / "newer.pingyi").path

    with pytest.raises(BackupMismatch, match="later release"):
        bring_back(embedded, newer)
    bring_back(embedded, older)

    assert schema.current(embedded.engine) == head
    assert counted(embedded, place, 1, 2) == 2


@pytest.mark.parametrize("step", ["put_box", "put_database", "drop_boxes"])
def test_a_restore_stopped_half_way_is_done_again(
    embedded: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    place = embedded.places("R1")[0]
    answer(embedded, place, 1, 2)
    made = back_up(embedded, tmp_path / "copy.pingyi")
    embedded.open_round("R2")
    answer(embedded, place, 3)

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(copying, step, stop)
        with pytest.raises(KeyboardInterrupt):
            bring_back(embedded, made.path)
    schema.require_head(embedded.engine)
    answer(embedded, place, 4)
    bring_back(embedded, made.path)

    assert not (embedded.home / ".restoring").exists()
    assert not copying.file_of(embedded.config.boxes, 2).exists()
    assert counted(embedded, place, 1, 2, 3, 4) == 4


REPLACER = """
import survey.sqlite, sys
from pathlib import Path
from survey.backups.copying import put_database
print("ready", flush=True)
while True:
    for name in ("b", "a"):
        put_database(Path(sys.argv[1], name), Path(sys.argv[1], "live"))
"""


def test_a_database_killed_while_it_is_replaced_is_the_old_or_the_new(tmp_path: Path) -> None:
    for name in ("a", "b", "live"):
        with closing(sqlite3.connect(tmp_path / name, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("CREATE TABLE t (v)")
            rows = [(name if name != "live" else "a",)] * 60_000
            connection.execute("BEGIN")
            connection.executemany("INSERT INTO t VALUES (? || hex(randomblob(40)))", rows)
            connection.execute("COMMIT")
    for turn in range(6):
        command = [sys.executable, "-c", REPLACER, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as replacer:
            assert replacer.stdout is not None
            replacer.stdout.readline()
            time.sleep(0.03 + 0.037 * turn)
            os.kill(replacer.pid, signal.SIGKILL)
        with closing(sqlite3.connect(tmp_path / "live")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            found = connection.execute("SELECT substr(v, 1, 1), count(*) FROM t GROUP BY 1")
            assert found.fetchall() in ([("a", 60_000)], [("b", 60_000)])


def test_a_full_disk_leaves_the_older_backup(
    embedded: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "copy.pingyi"
    path.write_bytes(b"older")

    def fail(self: object, name: str, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(copying.Snapshot, "copy", fail)
    with pytest.raises(OSError, match="No space"):
        back_up(embedded, path)

    assert path.read_bytes() == b"older"
    assert sorted(each.name for each in tmp_path.iterdir() if each.name[0] == ".") == []


def test_no_backup_goes_into_the_keystore_or_is_made_of_damaged_pages(
    embedded: Site, tmp_path: Path
) -> None:
    answer(embedded, embedded.places("R1")[0], *range(30))
    with pytest.raises(BackupFailed, match="keystore"):
        back_up(embedded, embedded.config.keystore / "copy")
    box = copying.file_of(embedded.config.boxes, 1)
    with closing(sqlite3.connect(box)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = box.read_bytes()
    box.write_bytes(content[:8192] + b"\xff" * 8192 + content[16384:])

    with pytest.raises(BackupFailed, match="damaged"):
        back_up(embedded, tmp_path / "copy")

    assert not (tmp_path / "copy").exists()
