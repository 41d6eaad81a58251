"""Paper ballots on their way into the box: batches, and what two people keyed of them.

Ballots are sealed to the batch's own key as they are keyed. When a batch is settled its rows go,
its key is destroyed, and what remains is how many ballots there were.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import Base


class BatchState(StrEnum):
    """Where a batch of paper ballots stands."""

    OPEN = "open"
    SETTLED = "settled"
    CANCELLED = "cancelled"


class KeyingBatch(Base):
    """The paper ballots of one collection point that came back in one bag.

    `issued` were handed out, `returned` came back, `spoilt` of these count for nothing: blank,
    torn, or marked so that somebody could be recognised. `public_key` seals what is keyed.
    """

    __tablename__ = "keying_batch"
    __table_args__ = (
        UniqueConstraint("point_id", "label"),
        CheckConstraint(
            "0 <= spoilt AND spoilt <= returned AND returned <= issued AND 0 < returned",
            "counts_fit",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="RESTRICT"), index=True)
    point_id: Mapped[int] = mapped_column(ForeignKey("collection_point.id", ondelete="RESTRICT"))
    label: Mapped[str] = mapped_column(String(40))
    issued: Mapped[int]
    returned: Mapped[int]
    spoilt: Mapped[int]
    state: Mapped[str] = mapped_column(String(12), default=BatchState.OPEN.value)
    public_key: Mapped[bytes] = mapped_column(LargeBinary(32))


class Keying(Base):
    """One person's keying of a batch: the first or the second, by two different people.

    Removed when the batch is settled. The audit log keeps who keyed which batch; nothing keeps
    who keyed which ballot.
    """

    __tablename__ = "keying"
    __table_args__ = (
        UniqueConstraint("batch_id", "keyed_by"),
        CheckConstraint("number IN (1, 2)", "two_keyings"),
    )

    batch_id: Mapped[int] = mapped_column(
        ForeignKey("keying_batch.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    keyed_by: Mapped[str] = mapped_column(String(80))
    is_finished: Mapped[bool] = mapped_column(default=False)


class KeyedBallot(Base):
    """One ballot as one person keyed it, sealed to the batch's key; `place` is that in the pile."""

    __tablename__ = "keyed_ballot"
    __table_args__ = (
        ForeignKeyConstraint(
            ["batch_id", "number"],
            ["keying.batch_id", "keying.number"],
            ondelete="CASCADE",
            name="fk_keyed_ballot_batch_id_keying",
        ),
        {"sqlite_with_rowid": False},
    )

    batch_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
