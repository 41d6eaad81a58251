"""What the field hands in. Nothing here can be joined to a person or to a time.

`tests/architecture/test_privacy_schema.py` walks these tables. Before adding a column, ask what
it tells somebody who holds the whole dump.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import NAMING, Base, among


def random_id() -> bytes:
    """Return 128 random bits: the only kind of key that answers have."""
    return secrets.token_bytes(16)


def random_ids(count: int) -> list[bytes]:
    """Return as many of them at once."""
    drawn = secrets.token_bytes(16 * count)
    return [drawn[first : first + 16] for first in range(0, len(drawn), 16)]


class BoxState(StrEnum):
    """How far a sealed box has come; each step is taken once and can be resumed."""

    SEALED = "sealed"
    COUNTED = "counted"
    OPENED = "opened"
    KEY_DESTROYED = "key_destroyed"
    MERGED = "merged"
    """A day whose answers lie in the box of its month; its counts and list are that one's now."""
    ABANDONED = "abandoned"
    """A day whose key was lost before it could be opened: given up, its answers dropped unread."""


class BoxKind(StrEnum):
    """What a box holds: a whole round, a local day, late paper, or the opened days of a month."""

    ROUND = "round"
    DAY = "day"
    PAPER = "paper"
    MONTH = "month"


class Box(Base):
    """A sealed ballot box: one key pair, one inbox, opened once.

    `public_key` seals answers, `contact_key` seals telephone numbers inside them; the private
    keys live in the keystore, outside the database. A box takes what comes in the half-open
    period from `starts_at` to `ends_at`; without them it takes everything of its round. The
    counts and roots are written at opening: `answer_count` rows were in the box, of which
    `unreadable_count` held no answer and `repeated_count` had been counted in an earlier box.
    A box without `targets_root` was opened by a release that had none.
    """

    __tablename__ = "box"
    __table_args__ = (UniqueConstraint("round_id", "label"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="RESTRICT"))
    label: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(8), default=BoxKind.ROUND.value)
    state: Mapped[str] = mapped_column(String(16), default=BoxState.SEALED.value)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    public_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    contact_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    answer_count: Mapped[int | None] = mapped_column(Integer)
    unreadable_count: Mapped[int | None] = mapped_column(Integer)
    repeated_count: Mapped[int | None] = mapped_column(Integer)
    receipts_root: Mapped[str | None] = mapped_column(String(64))
    content_root: Mapped[str | None] = mapped_column(String(64))
    targets_root: Mapped[str | None] = mapped_column(String(64))
    opened_at: Mapped[datetime | None]


class CollectionPoint(Base):
    """A questionnaire open for one organisation in one round; a QR code leads here.

    `item` is the number of the rectification item that is evaluated, empty where the
    organisation itself is; an organisation may have several such points.
    `facts` is what the questionnaire was tailored with, so that the form can be made again;
    `form_digest` names the tailored form that residents see. `closes_at` ends the answering here
    before its round does; None where it goes on as long as that.
    """

    __tablename__ = "collection_point"
    __table_args__ = (UniqueConstraint("round_questionnaire_id", "org_id", "item"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="RESTRICT"), index=True)
    round_questionnaire_id: Mapped[int] = mapped_column(
        ForeignKey("round_questionnaire.id", ondelete="RESTRICT")
    )
    org_id: Mapped[str] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    code: Mapped[str] = mapped_column(String(8), unique=True)
    mode: Mapped[str] = mapped_column(String(8))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    form_digest: Mapped[str] = mapped_column(String(64))
    item: Mapped[str] = mapped_column(String(20), default="")
    closes_at: Mapped[datetime | None]


class FormPage(Base):
    """The form of one point in one language, rendered and compressed when the round opened.

    The page is `head`, then the part that differs from page to page, then `tail`; both are
    complete deflate blocks, and `*_crc`/`*_size` describe their uncompressed bytes.
    """

    __tablename__ = "form_page"

    point_id: Mapped[int] = mapped_column(
        ForeignKey("collection_point.id", ondelete="CASCADE"), primary_key=True
    )
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    head: Mapped[bytes] = mapped_column(LargeBinary)
    tail: Mapped[bytes] = mapped_column(LargeBinary)
    csp: Mapped[str] = mapped_column(String(400))


class Response(Base):
    """One anonymous answer sheet, written when its box was opened.

    `answers` is a string of fixed positions that only the questionnaire version can read
    (`forms.answers`). No time, no channel, no key but random bits.
    """

    __tablename__ = "response"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy reads it off the class

    box_id: Mapped[int] = mapped_column(ForeignKey("box.id", ondelete="RESTRICT"), primary_key=True)
    point_id: Mapped[int] = mapped_column(
        ForeignKey("collection_point.id", ondelete="RESTRICT"), primary_key=True
    )
    id: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True, default=random_id)
    answers: Mapped[str] = mapped_column(Text)
    flags: Mapped[str] = mapped_column(String(120), default="")


class Verbatim(Base):
    """Open text, kept apart from the response it came with."""

    __tablename__ = "verbatim"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    id: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True, default=random_id)
    box_id: Mapped[int] = mapped_column(ForeignKey("box.id", ondelete="RESTRICT"))
    point_id: Mapped[int] = mapped_column(
        ForeignKey("collection_point.id", ondelete="RESTRICT"), index=True
    )
    item_code: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)


class Picture(Base):
    """A picture, made anew from what was sent, kept apart from the response it came with."""

    __tablename__ = "picture"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    id: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True, default=random_id)
    box_id: Mapped[int] = mapped_column(ForeignKey("box.id", ondelete="RESTRICT"))
    point_id: Mapped[int] = mapped_column(
        ForeignKey("collection_point.id", ondelete="RESTRICT"), index=True
    )
    item_code: Mapped[str] = mapped_column(String(40))
    data: Mapped[bytes] = mapped_column(LargeBinary)


class Contact(Base):
    """A telephone number left for a call-back, sealed to a key of its own and tied to no answer.

    One that came with a bad rating keeps the day in `occasion` until the item of that place and
    day is made; then `item` is its number. It is sealed to a key of that place and day,
    `sealed_to`, and never was stored otherwise. Without that it is sealed to the round's
    `contact_key`. `result` says what came of
    the last call, empty before one.
    """

    __tablename__ = "contact"
    __table_args__ = (
        CheckConstraint(
            among("result", ("", "satisfied", "dissatisfied", "unreached")), name="result_known"
        ),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True, default=random_id)
    point_id: Mapped[int] = mapped_column(
        ForeignKey("collection_point.id", ondelete="RESTRICT"), index=True
    )
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    occasion: Mapped[str] = mapped_column(String(40), default="")
    item: Mapped[str] = mapped_column(String(20), default="")
    sealed_to: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    result: Mapped[str] = mapped_column(String(16), default="")


class Receipt(Base):
    """The hash of a counted receipt; says that an answer was counted, never which.

    The box says no more than the response's own does.
    """

    __tablename__ = "receipt"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    round_id: Mapped[int] = mapped_column(
        ForeignKey("round.id", ondelete="RESTRICT"), primary_key=True
    )
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    box_id: Mapped[int] = mapped_column(ForeignKey("box.id", ondelete="RESTRICT"))


class UsedCredential(Base):
    """A credential that has been used, and the idempotency key it came with; both keyed hashes."""

    __tablename__ = "used_credential"
    __table_args__ = (
        Index("ix_used_credential_key", "round_id", "key_hash"),
        {"sqlite_with_rowid": False},
    )

    round_id: Mapped[int] = mapped_column(
        ForeignKey("round.id", ondelete="RESTRICT"), primary_key=True
    )
    credential_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class StoredTally(Base):
    """The counts of one point in one box; `data` is `reports.tally.to_data`."""

    __tablename__ = "tally"

    box_id: Mapped[int] = mapped_column(ForeignKey("box.id", ondelete="RESTRICT"), primary_key=True)
    point_id: Mapped[int] = mapped_column(
        ForeignKey("collection_point.id", ondelete="RESTRICT"), primary_key=True
    )
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


class ReleasedTally(Base):
    """How much of a daily round's counts of one point may be shown while it runs.

    `shown` is what pages read; `waiting` follows once enough further answers lie behind it, so
    that neither two releases nor the last of them and the end differ by a few answers. Both are
    `reports.tally.to_data`.
    """

    __tablename__ = "released_tally"

    point_id: Mapped[int] = mapped_column(
        ForeignKey("collection_point.id", ondelete="RESTRICT"), primary_key=True
    )
    shown: Mapped[dict[str, Any]] = mapped_column(JSON)
    waiting: Mapped[dict[str, Any]] = mapped_column(JSON)


class PaperBatch(Base):
    """A file of keyed paper answers that was taken in; the same file never twice."""

    __tablename__ = "paper_batch"
    __table_args__ = (UniqueConstraint("round_id", "file_digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="RESTRICT"))
    questionnaire: Mapped[str] = mapped_column(String(64))
    file_digest: Mapped[str] = mapped_column(String(64))
    row_count: Mapped[int] = mapped_column(Integer)
    is_settled: Mapped[bool] = mapped_column(Boolean, default=True)


class PaperIssued(Base):
    """Paper ballots of one point: how many were handed out, as declared, and how many were keyed.

    `count` is None while nobody has declared it.
    """

    __tablename__ = "paper_issued"

    point_id: Mapped[int] = mapped_column(
        ForeignKey("collection_point.id", ondelete="RESTRICT"), primary_key=True
    )
    count: Mapped[int | None] = mapped_column(Integer)
    keyed_count: Mapped[int] = mapped_column(Integer, default=0)


inbox_metadata = MetaData(naming_convention=NAMING)

inbox = Table(
    "inbox",
    inbox_metadata,
    Column("box_id", Integer, primary_key=True, autoincrement=False),
    Column("credential_hash", LargeBinary(32), primary_key=True),
    Column("key_hash", LargeBinary(32), nullable=False),
    Column("point_id", Integer, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    Index("ix_inbox_key_hash", "box_id", "key_hash"),
    Index("ix_inbox_point_id", "box_id", "point_id"),
    sqlite_with_rowid=False,
    postgresql_partition_by="LIST (box_id)",
)
"""Sealed answers, one row each: "spent", "stored" and "sent twice" are one fact.

Each box is a file of its own on SQLite and a partition on PostgreSQL, so that an opened box can
be dropped whole, leaving no page behind.
"""
