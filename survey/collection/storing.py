"""What came out of a box, written in one transaction and in no order of arrival."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import numpy as np
from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from survey.campaigns.models import OpeningKind, Round
from survey.collection import leaves, releases
from survey.collection.contacts import ContactRow
from survey.collection.contents import Contents, PictureFound, unpack_text
from survey.collection.hashes import (
    Hashes,
    among,
    listed,
    ordered,
    packed,
    packed_root,
    packed_roots,
)
from survey.collection.inbox import SealedRow
from survey.collection.models import (
    Box,
    BoxState,
    Contact,
    Picture,
    Receipt,
    Response,
    StoredTally,
    UsedCredential,
    Verbatim,
)
from survey.collection.shuffling import ShuffledPoint
from survey.db import Base

ROWS = 5_000
"""Rows sent to the database at a time."""
MOST_CACHE = 131_072
"""Kilobytes that SQLite may keep of the database while a box is written."""
LEAST_CACHE = 2_000


class NewRows:
    """The rows of a box without those whose credential an earlier box has counted.

    Both come in the order of their hashes, so that none need to be held.
    """

    def __init__(self, rows: Iterable[SealedRow], used: Iterator[bytes]) -> None:
        self.rows = rows
        self.used = used
        self.repeated = 0

    def __iter__(self) -> Iterator[SealedRow]:
        """Yield what is new and count what is not."""
        known = next(self.used, None)
        for row in self.rows:
            while known is not None and known < row.credential_hash:
                known = next(self.used, None)
            if known == row.credential_hash:
                self.repeated += 1
            else:
                yield row


def used_credentials(session: Session, round_id: int) -> Generator[bytes]:
    """Yield the hashes of all credentials that opened boxes of a round had, in order."""
    query = (
        select(UsedCredential.credential_hash)
        .where(UsedCredential.round_id == round_id)
        .order_by(UsedCredential.credential_hash)
    )
    with session.connection().execute(query.execution_options(yield_per=ROWS)) as rows:
        for part in rows.partitions():
            yield from (hash_ for (hash_,) in part)


@dataclass(frozen=True)
class Roots:
    """The roots of a box that is being opened, and of the receipts of its round so far."""

    targets: str
    content: str
    receipts: str
    round: str

    @classmethod
    def of(cls, points: Sequence[ShuffledPoint], receipts: Hashes, known: bytes) -> Roots:
        """Return them; `receipts` are new ones, `known` those of earlier boxes, packed."""
        content, mine = packed_roots(
            [leaves.content_tree(point.leaves for point in points), receipts]
        )
        return cls(
            targets=leaves.targets_root(point.target for point in points),
            content=content,
            receipts=mine,
            round=packed_root(ordered(known + receipts.tobytes())) if known else mine,
        )


@dataclass(frozen=True)
class Opened:
    """All that an opening writes, made ready before the write begins, so that it is short.

    Attributes:
        points: the answers.
        texts: (packed, point), in the order of their ids.
        pictures: in the order of their ids.
        receipts: in order, each once, without those that earlier boxes of the round had.
        contents: where the rest is taken from.
        repeated: rows that an earlier box has counted.
        roots: of the box and of its round.
    """

    points: Sequence[ShuffledPoint]
    texts: Sequence[tuple[bytes, int]]
    pictures: Sequence[PictureFound]
    receipts: Hashes
    contents: Contents
    repeated: int
    roots: Roots

    @classmethod
    def of(
        cls, contents: Contents, points: Sequence[ShuffledPoint], known: bytes, repeated: int
    ) -> Opened:
        """Return what is written of `contents`; `known` are receipts of earlier boxes, packed."""
        found = np.unique(packed(contents.receipts))
        receipts = found[~among(found, ordered(known))]
        return cls(
            points=points,
            texts=sorted(
                (text, point_id) for point_id, texts in contents.texts.items() for text in texts
            ),
            pictures=sorted(contents.pictures, key=lambda picture: picture.id),
            receipts=receipts,
            contents=contents,
            repeated=repeated,
            roots=Roots.of(points, receipts, known),
        )


Fetch = Callable[[PictureFound], tuple[str, bytes]]
"""Returns item code and JPEG of a picture that lies in the box."""


def known_receipts(session: Session, round_id: int) -> bytes:
    """Return the hashes of all receipts that opened boxes of a round had, one after the other."""
    return leaves.stored_hashes(session, select(Receipt.hash).where(Receipt.round_id == round_id))


def store(
    session: Session,
    box: Box,
    opened: Opened,
    fetch: Fetch,
    contacts: Sequence[ContactRow],
    *,
    now: datetime,
) -> None:
    """Write what a box held, its tallies and roots; flushed, and committed by the caller.

    `contacts` are the telephone numbers of `opened` as they are stored.
    """
    round_ = session.get_one(Round, box.round_id)
    with _room(session.connection(), opened.contents.rows):
        _store_contents(session, box, opened, fetch, contacts)
    box.unreadable_count = opened.contents.unreadable
    box.repeated_count = opened.repeated
    box.targets_root = opened.roots.targets
    box.receipts_root = opened.roots.receipts
    box.content_root = opened.roots.content
    box.opened_at = now
    box.state = BoxState.OPENED
    round_.are_rules_fixed = True
    session.flush()
    if round_.opening == OpeningKind.DAILY:
        releases.advance(session, round_)


def seal_record(session: Session, box: Box) -> None:
    """Write the roots of what is stored of a box."""
    found = leaves.leaves_of(session, box.id)
    box.targets_root = leaves.targets_root(leaves.targets_of(session, box.id, found))
    box.receipts_root = leaves.receipts_root(session, box.id)
    box.content_root = leaves.content_root(each.leaves for each in found.values())


def _store_contents(
    session: Session, box: Box, opened: Opened, fetch: Fetch, contacts: Sequence[ContactRow]
) -> None:
    """Insert every kind of row in the order of its keys, which tells nothing."""
    connection, contents = session.connection(), opened.contents
    id_, round_id = box.id, box.round_id
    texts = ((unpack_text(text), point_id) for text, point_id in opened.texts)
    inserts: dict[type[Base], tuple[Sequence[str], Iterable[tuple[Any, ...]]]] = {
        Response: (
            ("point_id", "id", "answers", "flags", "box_id"),
            ((*row, id_) for point in opened.points for row in point.rows()),
        ),
        Verbatim: (
            ("id", "item_code", "text", "point_id", "box_id"),
            ((*text, point_id, id_) for text, point_id in texts),
        ),
        Picture: (
            ("id", "point_id", "item_code", "data", "box_id"),
            ((each.id, each.point_id, *fetch(each), id_) for each in opened.pictures),
        ),
        Contact: (
            ("id", "point_id", "ciphertext", "occasion", "sealed_to", "item", "result"),
            ((*contact, "", "") for contact in contacts),
        ),
        Receipt: (
            ("round_id", "hash", "box_id"),
            ((round_id, hash_.hex(), id_) for hash_ in listed(opened.receipts)),
        ),
        UsedCredential: (
            ("credential_hash", "key_hash", "round_id"),
            ((*pair, round_id) for pair in contents.used()),
        ),
        StoredTally: (
            ("box_id", "point_id", "data"),
            ((id_, point.point_id, point.tally) for point in opened.points),
        ),
    }
    for kind, (columns, rows) in inserts.items():
        _insert(connection, kind.__tablename__, columns, rows)


def _insert(
    connection: Connection, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Insert rows as the driver takes them.

    Anything above it looks at every value of every row, which costs more than to store them.
    Table and columns are names of our own: nothing in a command comes from outside.
    """
    names, left = ", ".join(columns), iter(rows)
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {table} ({names}) FROM STDIN", left)
        return
    marks = ", ".join("?" for _ in columns)
    command = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
    while some := list(islice(left, ROWS)):
        connection.exec_driver_sql(command, some)


def _copy(connection: Connection, command: str, rows: Iterable[tuple[Any, ...]]) -> None:
    faults = connection.dialect.loaded_dbapi.Error
    try:
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(command) as copy:
            for row in rows:
                copy.write_row(row)
    except faults as error:
        raise DBAPIError.instance(command, None, error, faults) from error


@contextmanager
def _room(connection: Connection, rows: int) -> Iterator[None]:
    """Let SQLite keep the pages that it writes to: one of its indexes is filled in no order."""
    if connection.dialect.name != "sqlite":
        yield
        return
    before = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    size = max(LEAST_CACHE, min(MOST_CACHE, rows // 6))
    connection.exec_driver_sql(f"PRAGMA cache_size = -{size}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size = {before}")
