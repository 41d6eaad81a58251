"""One-time rights to answer, and the batches they are printed in.

Nothing here orders or times tickets, and nothing is written when one is used: that is the answer
itself, stored under a hash that cannot be made of what stands here without the pepper. Who holds
the whole dump learns how many tickets an object got, and not which of them came back.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import Base


class TicketBatchState(StrEnum):
    """Where a batch stands: asked for, allowed by somebody else, printed, taken back."""

    REQUESTED = "requested"
    APPROVED = "approved"
    ISSUED = "issued"
    VOID = "void"
    DECLINED = "declined"


class TicketBatch(Base):
    """Tickets of one collection point that were printed together.

    `id` stands on every slip, so that a batch that leaked can be told and made void; it is
    random, like all else on a slip. `used_count` is written when boxes are opened.
    """

    __tablename__ = "ticket_batch"
    __table_args__ = (
        CheckConstraint("size > 0", "size_positive"),
        CheckConstraint("used_count BETWEEN 0 AND size", "used_within_size"),
        CheckConstraint(
            "approved_by = '' OR approved_by <> requested_by OR approved_by = 'operator'",
            "approved_by_another",
        ),
    )

    id: Mapped[str] = mapped_column(String(6), primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="RESTRICT"), index=True)
    point_id: Mapped[int] = mapped_column(ForeignKey("collection_point.id", ondelete="RESTRICT"))
    size: Mapped[int]
    state: Mapped[str] = mapped_column(String(12), default=TicketBatchState.REQUESTED.value)
    requested_by: Mapped[str] = mapped_column(String(80))
    approved_by: Mapped[str] = mapped_column(String(80), default="")
    used_count: Mapped[int | None]


class Ticket(Base):
    """The keyed hash of one ticket. A row is written when its slip is made and never changes."""

    __tablename__ = "ticket"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy reads it off the class

    hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    batch_id: Mapped[str] = mapped_column(
        ForeignKey("ticket_batch.id", ondelete="RESTRICT"), index=True
    )
