"""When residents may judge what was put right, and what came of it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import Base, among


class Outcome(StrEnum):
    """What a recheck has come to (domain.md 4.8)."""

    RUNNING = "running"
    CLOSED = "closed"
    REOPENED = "reopened"
    DISTRICT = "district"
    TWO_VERIFIERS = "two_verifiers"
    STOPPED = "stopped"
    """Somebody took the item on before its time was up."""


_RUNNING = text("outcome = 'running'")


class RecheckWindow(Base):
    """The working days in which residents judge an item, once for each time it was put right.

    `cycle` is how often the item had been reopened by then. `vote_key` is the public half of a key
    in the keystore: its private half makes credentials of receipts and is destroyed at the end. Of
    an item one window runs at a time.
    """

    __tablename__ = "recheck_window"
    __table_args__ = (
        UniqueConstraint("item_id", "cycle"),
        CheckConstraint(among("outcome", Outcome), name="outcome_known"),
        Index(
            "ix_recheck_window_running",
            "item_id",
            unique=True,
            sqlite_where=_RUNNING,
            postgresql_where=_RUNNING,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("rectification_item.id", ondelete="RESTRICT"))
    cycle: Mapped[int] = mapped_column(Integer)
    point_id: Mapped[int] = mapped_column(
        ForeignKey("collection_point.id", ondelete="RESTRICT"), unique=True
    )
    opened_on: Mapped[date] = mapped_column(Date)
    closes_at: Mapped[datetime]
    is_extended: Mapped[bool] = mapped_column(Boolean, default=False)
    vote_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    outcome: Mapped[str] = mapped_column(String(16), default=Outcome.RUNNING.value)
    decided_on: Mapped[date | None] = mapped_column(Date)
