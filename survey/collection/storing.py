"""What came out of a box, written in one transaction and in no order of arrival."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from datetime import datetime
from itertools import groupby, islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reports import rules, tally
from survey.campaigns.models import OpeningKind, Round
from survey.collection import points, releases
from survey.collection.contents import Contents
from survey.collection.counting import count
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
from survey.collection.verification import (
    ballot_of,
    content_root,
    leaves_of,
    receipts_root,
    targets_root,
)
from survey.db import Base

ROWS = 5_000
"""Rows sent to the database at a time."""


class NewRows:
    """The rows of a box without those whose credential an earlier box has counted."""

    def __init__(self, rows: Iterable[SealedRow], used: Set[bytes]) -> None:
        self.rows = rows
        self.used = used
        self.repeated = 0

    def __iter__(self) -> Iterator[SealedRow]:
        """Yield what is new and count what is not."""
        for row in self.rows:
            if row.credential_hash in self.used:
                self.repeated += 1
            else:
                yield row


def used_credentials(session: Session, round_id: int) -> frozenset[bytes]:
    """Return the hashes of all credentials that opened boxes of a round had."""
    query = select(UsedCredential.credential_hash).where(UsedCredential.round_id == round_id)
    return frozenset(session.scalars(query))


def store(session: Session, box: Box, contents: Contents, *, repeated: int, now: datetime) -> None:
    """Write what a box held, its tallies and roots; flushed, and committed by the caller."""
    round_ = session.get_one(Round, box.round_id)
    _store_contents(session, box, contents)
    _store_tallies(session, round_, box, contents)
    box.unreadable_count = contents.unreadable
    box.repeated_count = repeated
    seal_record(session, box)
    box.opened_at = now
    box.state = BoxState.OPENED
    if round_.opening == OpeningKind.DAILY:
        releases.advance(session, round_)


def seal_record(session: Session, box: Box) -> None:
    """Write the roots of what is stored of a box."""
    leaves = leaves_of(session, box.id)
    box.targets_root = targets_root(session, box.id, leaves)
    box.receipts_root = receipts_root(session, box.id)
    box.content_root = content_root(leaves)


def _store_contents(session: Session, box: Box, contents: Contents) -> None:
    """Insert every kind of row in the order of its keys; see `Contents.sort`."""
    known = _known_receipts(session, box)
    id_, round_id = box.id, box.round_id
    inserts: dict[type[Base], tuple[Sequence[str], Iterable[tuple[Any, ...]]]] = {
        Response: (
            ("point_id", "id", "answers", "flags", "box_id"),
            ((*row, id_) for row in contents.responses),
        ),
        Verbatim: (
            ("id", "point_id", "item_code", "text", "box_id"),
            ((*row, id_) for row in contents.texts),
        ),
        Picture: (
            ("id", "point_id", "item_code", "data", "box_id"),
            ((*row, id_) for row in contents.pictures),
        ),
        Contact: (("id", "point_id", "ciphertext"), contents.contacts),
        Receipt: (
            ("round_id", "hash", "box_id"),
            ((round_id, hash_, id_) for hash_ in sorted(contents.receipts - known)),
        ),
        UsedCredential: (
            ("credential_hash", "key_hash", "round_id"),
            ((*row, round_id) for row in contents.credentials),
        ),
    }
    for kind, (columns, rows) in inserts.items():
        _insert(session, kind, columns, rows)


def _insert(
    session: Session, kind: type[Base], columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Insert rows as the driver takes them.

    Anything above it looks at every value of every row, which costs more than to store them.
    """
    connection, left = session.connection(), iter(rows)
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    marks = ", ".join(mark for _ in columns)
    names = ", ".join(columns)
    # Names of our own tables and columns: nothing in it comes from outside.
    command = f"INSERT INTO {kind.__tablename__} ({names}) VALUES ({marks})"  # noqa: S608
    while some := list(islice(left, ROWS)):
        connection.exec_driver_sql(command, some)


def _known_receipts(session: Session, box: Box) -> frozenset[str]:
    return frozenset(session.scalars(select(Receipt.hash).where(Receipt.round_id == box.round_id)))


def _store_tallies(session: Session, round_: Round, box: Box, contents: Contents) -> None:
    rule_set = rules.from_data(round_.rules)
    views = points.points_of(session, round_.id)
    for point_id, group in groupby(contents.responses, key=lambda row: row[0]):
        questionnaire = points.questionnaire_of(session, views[point_id])
        ballots = [ballot_of(answers, flags) for _, _, answers, flags in group]
        data = tally.to_data(count(questionnaire, rule_set, ballots))
        session.add(StoredTally(box_id=box.id, point_id=point_id, data=data))
    session.flush()
