"""The inbox: what is acknowledged is there, once; a closed box takes nothing."""

import multiprocessing
import os
import secrets
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import pytest
from sqlalchemy import Engine, text

from survey.collection.inbox import (
    BoxBusy,
    BoxClosed,
    BoxInUse,
    BoxMissing,
    Inbox,
    OpeningInProgress,
    Put,
    SealedRow,
)
from survey.collection.inbox_postgresql import PostgresqlInbox
from survey.collection.inbox_sqlite import SqliteInbox
from survey.config import Config
from survey.db import make_engine

BOX = 7


@pytest.fixture(autouse=True)
def box(inbox: Inbox) -> None:
    inbox.create(BOX)


def row(credential: bytes | None = None, key: bytes | None = None, point: int = 1) -> SealedRow:
    credential = credential or secrets.token_bytes(32)
    return SealedRow(credential, key or credential, point, secrets.token_bytes(1072))


def test_a_row_is_stored_once(inbox: Inbox) -> None:
    sealed = row()
    again = row(sealed.credential_hash)

    assert inbox.put(BOX, sealed) is Put.STORED
    assert inbox.put(BOX, again) is Put.REPEATED
    assert list(inbox.read_all(BOX)) == [sealed]


def submitted(inbox: Inbox, rows: list[SealedRow]) -> list[Put | Exception]:
    """What is told of rows that are submitted at once, in their order."""
    told: list[SimpleQueue[Put | Exception]] = [SimpleQueue() for _ in rows]
    for sealed, queue in zip(rows, told, strict=True):
        inbox.submit(BOX, sealed, queue.put)
    return [queue.get(timeout=60) for queue in told]


def test_rows_submitted_together_are_each_stored_once_and_told_apart(inbox: Inbox) -> None:
    old, spent = row(), row(b"c" * 32, b"k" * 32)
    assert submitted(inbox, [old, spent]) == [Put.STORED] * 2
    new = [row() for _ in range(40)]

    seen = submitted(inbox, [*new, old, row(b"c" * 32, b"l" * 32), new[0]])
    # Told that it was stored before, or now: either is true of a row that met another such one.
    assert set(seen[:40]) <= {Put.STORED, Put.REPEATED}
    assert seen[40:42] == [Put.REPEATED, Put.SPENT]
    assert Put.SPENT not in (seen[0], seen[42])
    assert {each.key_hash for each in inbox.read_all(BOX)} == {
        each.key_hash for each in (old, spent, *new)
    }


def test_whoever_submits_to_a_box_that_is_closed_or_gone_is_told_so(inbox: Inbox) -> None:
    inbox.close(BOX)
    assert isinstance(submitted(inbox, [row()])[0], BoxClosed)
    inbox.drop(BOX)
    assert isinstance(submitted(inbox, [row()])[0], BoxMissing)
    inbox.create(BOX)
    assert submitted(inbox, [row()]) == [Put.STORED]


def test_a_spent_credential_is_told_from_a_repeated_page(inbox: Inbox) -> None:
    inbox.put(BOX, row(b"c" * 32, b"k" * 32))

    assert inbox.put(BOX, row(b"c" * 32, b"l" * 32)) is Put.SPENT


def test_rows_are_counted_by_point(inbox: Inbox) -> None:
    for point in (1, 2, 2, 3):
        inbox.put(BOX, row(point=point))

    assert inbox.counts(BOX) == {1: 1, 2: 2, 3: 1}


def test_a_page_is_found_again(inbox: Inbox) -> None:
    inbox.put(BOX, row(key=b"k" * 32))

    assert inbox.has_key(BOX, b"k" * 32)
    assert not inbox.has_key(BOX, b"l" * 32)


def test_rows_come_out_in_the_order_of_their_hashes(inbox: Inbox) -> None:
    for _ in range(30):
        inbox.put(BOX, row())

    hashes = [sealed.credential_hash for sealed in inbox.read_all(BOX)]
    assert hashes == sorted(hashes)


def test_a_batch_is_stored_whole(inbox: Inbox) -> None:
    first = row()
    inbox.put(BOX, first)

    outcomes = inbox.put_all(BOX, [row(), first, row(first.credential_hash, b"o" * 32)])

    assert outcomes == [Put.STORED, Put.REPEATED, Put.SPENT]
    assert sum(inbox.counts(BOX).values()) == 2


def test_a_closed_box_takes_nothing_and_keeps_what_it_has(inbox: Inbox) -> None:
    sealed = row()
    inbox.put(BOX, sealed)

    inbox.close(BOX)
    inbox.close(BOX)

    for late in (row(), row(sealed.credential_hash)):
        with pytest.raises(BoxClosed):
            inbox.put(BOX, late)
    assert inbox.counts(BOX) == {1: 1}
    assert inbox.has_key(BOX, sealed.key_hash)


def test_a_dropped_box_is_gone(inbox: Inbox) -> None:
    inbox.put(BOX, row())

    inbox.drop(BOX)
    inbox.drop(BOX)

    with pytest.raises(BoxMissing):
        inbox.put(BOX, row())
    with pytest.raises(BoxMissing):
        list(inbox.read_all(BOX))
    with pytest.raises(BoxMissing):
        inbox.close(BOX)
    assert inbox.counts(BOX) == {}
    assert not inbox.has_key(BOX, b"k" * 32)


def test_nothing_of_a_dropped_box_stays_open(inbox: Inbox) -> None:
    """A year of daily boxes would else be as many threads, and as many files that take room."""
    if not isinstance(inbox, SqliteInbox):
        return
    dismissed = []
    for box_id in range(BOX, BOX + 3):
        inbox.create(box_id)
        assert inbox.put(box_id, row()) is Put.STORED
        dismissed += inbox._writers.values()
        inbox.drop(box_id)
    inbox.create(BOX + 3)
    assert inbox.put(BOX + 3, row()) is Put.STORED

    assert (len(dismissed), len(inbox._writers)) == (3, 1)
    for writer in dismissed:
        writer.thread.join(timeout=60)
    links = [os.readlink(each) for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    assert not [each for each in links if str(inbox.folder) in each and "(deleted)" in each]


def test_a_box_with_answers_is_never_replaced(inbox: Inbox) -> None:
    inbox.create(BOX)
    inbox.put(BOX, row())

    with pytest.raises(BoxInUse):
        inbox.create(BOX)


def test_boxes_know_nothing_of_each_other(inbox: Inbox) -> None:
    inbox.create(8)
    sealed = row()
    inbox.put(BOX, sealed)

    assert inbox.put(8, sealed) is Put.STORED
    inbox.drop(BOX)
    assert list(inbox.read_all(8)) == [sealed]


def test_one_opener_holds_off_the_other(inbox: Inbox) -> None:
    with inbox.opening(BOX), pytest.raises(OpeningInProgress), inbox.opening(BOX):
        pass
    with inbox.opening(BOX):
        pass


def test_a_page_sent_by_many_threads_is_stored_once(inbox: Inbox) -> None:
    sealed = row()
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: inbox.put(BOX, sealed), range(40)))

    assert outcomes.count(Put.STORED) == 1
    assert outcomes.count(Put.REPEATED) == 39


def test_one_credential_used_by_many_pages_is_stored_once(inbox: Inbox) -> None:
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(
            pool.map(lambda n: inbox.put(BOX, row(b"c" * 32, bytes([n]) * 32)), range(40))
        )

    assert outcomes.count(Put.STORED) == 1
    assert outcomes.count(Put.SPENT) == 39


def test_an_answer_racing_the_close_is_in_the_box_or_told_so(inbox: Inbox) -> None:
    stored: list[bytes] = []
    refused = threading.Event()

    def send() -> None:
        while not refused.is_set():
            sealed = row()
            try:
                inbox.put(BOX, sealed)
            except BoxClosed:
                refused.set()
            else:
                stored.append(sealed.credential_hash)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    while len(stored) < 20:
        time.sleep(0.001)
    inbox.close(BOX)
    closed_with = sorted(sealed.credential_hash for sealed in inbox.read_all(BOX))
    for thread in threads:
        thread.join()

    assert closed_with == sorted(stored)
    assert sum(inbox.counts(BOX).values()) == len(stored)


def _send_and_tell(folder: Path, acknowledged: Path) -> None:
    inbox = SqliteInbox(folder)
    with open(acknowledged, "ab", buffering=0) as told:
        while True:
            sealed = row()
            inbox.put(BOX, sealed)
            told.write(sealed.credential_hash)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Folder of a box on SQLite, for what only files can show."""
    SqliteInbox(tmp_path / "files").create(BOX)
    return tmp_path / "files"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestFiles:
    """What concerns files only."""

    def test_nothing_acknowledged_is_lost_when_processes_are_killed(
        self, folder: Path, tmp_path: Path
    ) -> None:
        context = multiprocessing.get_context("spawn")
        told = [tmp_path / f"told-{number}" for number in range(2)]
        senders = [context.Process(target=_send_and_tell, args=(folder, file)) for file in told]
        for sender in senders:
            sender.start()
        while not all(file.exists() and file.stat().st_size > 32 * 50 for file in told):
            time.sleep(0.01)
        for sender in senders:
            os.kill(sender.pid or 0, signal.SIGKILL)
            sender.join()

        stored = {sealed.credential_hash for sealed in SqliteInbox(folder).read_all(BOX)}
        content = b"".join(file.read_bytes() for file in told)
        acknowledged = {content[start : start + 32] for start in range(0, len(content), 32)}
        assert acknowledged <= stored
        assert len(stored - acknowledged) <= 2

    def test_a_dropped_box_leaves_no_file(self, inbox: Inbox, config: Config) -> None:
        inbox.put(BOX, row())
        inbox.close(BOX)
        inbox.drop(BOX)

        assert list(config.boxes.iterdir()) == []

    def test_a_box_taken_away_behind_our_back_takes_nothing(
        self, inbox: Inbox, config: Config
    ) -> None:
        inbox.put(BOX, row())
        (config.boxes / f"box-{BOX}.sqlite").rename(config.boxes / "moved")

        with pytest.raises(BoxMissing):
            inbox.put(BOX, row())

    def test_a_box_locked_by_somebody_else_asks_to_try_again(
        self, inbox: Inbox, config: Config, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import sqlite3

        monkeypatch.setattr("survey.collection.inbox_sqlite.PATIENCE", 0.1)
        other = sqlite3.connect(config.boxes / f"box-{BOX}.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(BoxBusy):
            inbox.put(BOX, row())
        other.execute("ROLLBACK")
        other.close()

        assert inbox.put(BOX, row()) is Put.STORED

    def test_a_full_disk_loses_nothing_and_recovers(
        self, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from survey.collection import inbox_sqlite

        real = inbox_sqlite._connect

        def full(*args: object, **changes: object) -> object:
            connection = real(*args, **changes)  # type: ignore[arg-type]
            connection.execute("PRAGMA max_page_count = 8")
            return connection

        monkeypatch.setattr(inbox_sqlite, "_connect", full)
        outcomes = [self._try(inbox) for _ in range(100)]
        monkeypatch.setattr(inbox_sqlite, "_connect", real)

        # The last put was refused, and a connection that failed is not used again.
        assert outcomes[-1] is None
        assert inbox.put(BOX, row()) is Put.STORED
        assert sum(inbox.counts(BOX).values()) == outcomes.count(Put.STORED) + 1

    @staticmethod
    def _try(inbox: Inbox) -> Put | None:
        try:
            return inbox.put(BOX, row())
        except BoxBusy:
            return None

    def test_an_answer_is_durable_before_it_is_acknowledged(self, inbox: Inbox) -> None:
        inbox.put(BOX, row())
        assert isinstance(inbox, SqliteInbox)
        connection = inbox._writers[os.getpid(), BOX].connection

        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
class TestPartitions:
    """What concerns PostgreSQL only."""

    def test_a_dropped_box_leaves_no_table(self, inbox: Inbox, engine: Engine) -> None:
        inbox.put(BOX, row())
        inbox.drop(BOX)

        with engine.connect() as connection:
            query = "SELECT count(*) FROM pg_class WHERE relname LIKE 'inbox\\_%'"
            assert connection.scalar(text(query)) == 0

    def test_making_and_dropping_a_box_waits_for_no_other(
        self, inbox: Inbox, engine: Engine
    ) -> None:
        with engine.begin() as connection:
            connection.execute(text("LOCK TABLE inbox IN ROW EXCLUSIVE MODE"))
            inbox.create(9)
            assert inbox.put(9, row()) is Put.STORED

    def test_a_server_that_is_down_asks_to_try_again(self) -> None:
        away = PostgresqlInbox(make_engine("postgresql+psycopg://postgres@127.0.0.1:1/none"))

        with pytest.raises(BoxBusy):
            away.put(BOX, row())
        with pytest.raises(BoxBusy):
            away.counts(BOX)
