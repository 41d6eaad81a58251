"""The way of a round to the public, and the batches in which its documents are made."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.db import Base
from survey.results.models import Release


class PublicationState(StrEnum):
    """Where one attempt to publish a round stands."""

    PROPOSED = "proposed"
    RETURNED = "returned"
    NOTICE = "notice"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    """What became of an objection."""

    UPHELD = "upheld"
    REJECTED = "rejected"


class Publication(Base):
    """One attempt to publish a round: bound to the digest of what the approver was shown.

    Nobody approves what they proposed themselves, publishes what they approved alone, or withdraws
    alone. `notice_until` is the last day on which objections are taken, None without a notice.
    """

    __tablename__ = "publication"
    __table_args__ = (
        CheckConstraint(
            "approved_by = '' OR approved_by = 'operator' OR approved_by <> proposed_by",
            "approved_by_another",
        ),
        CheckConstraint(
            "published_by = '' OR published_by = 'operator' OR published_by <> approved_by",
            "published_by_another",
        ),
        CheckConstraint(
            "withdrawal_approved_by = '' OR withdrawal_approved_by = 'operator'"
            " OR withdrawal_approved_by <> withdrawn_by",
            "withdrawn_by_two",
        ),
        CheckConstraint(
            "(state = 'withdrawn') = (withdrawal_approved_by <> '')", "withdrawn_by_somebody"
        ),
        CheckConstraint("notice_from <= notice_until", "notice_not_backwards"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="RESTRICT"), index=True)
    release_id: Mapped[int | None] = mapped_column(ForeignKey("release.id", ondelete="RESTRICT"))
    state: Mapped[str] = mapped_column(String(12))
    digest: Mapped[str] = mapped_column(String(64))
    proposed_by: Mapped[str] = mapped_column(String(80))
    proposed_at: Mapped[datetime]
    approved_by: Mapped[str] = mapped_column(String(80), default="")
    approved_at: Mapped[datetime | None]
    returned_because: Mapped[str] = mapped_column(Text, default="")
    notice_from: Mapped[date | None] = mapped_column(Date)
    notice_until: Mapped[date | None] = mapped_column(Date)
    office: Mapped[str] = mapped_column(String(120), default="")
    phone: Mapped[str] = mapped_column(String(60), default="")
    email: Mapped[str] = mapped_column(String(120), default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    published_by: Mapped[str] = mapped_column(String(80), default="")
    published_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str] = mapped_column(String(80), default="")
    withdrawal_approved_by: Mapped[str] = mapped_column(String(80), default="")
    withdrawn_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str] = mapped_column(Text, default="")

    release: Mapped[Release | None] = relationship()
    objections: Mapped[list[Objection]] = relationship(
        back_populates="publication", order_by="Objection.number"
    )


class Objection(Base):
    """An objection during a notice: what was said, and what came of it.

    Neither name nor number of whoever objected: those stay on the office's own paper.
    """

    __tablename__ = "objection"
    __table_args__ = (
        UniqueConstraint("publication_id", "number"),
        CheckConstraint("(outcome = '') = (answered_by = '')", "answered_by_somebody"),
        CheckConstraint("outcome IN ('', 'upheld', 'rejected')", "outcome_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id", ondelete="RESTRICT"))
    number: Mapped[int] = mapped_column(Integer)
    received_on: Mapped[date] = mapped_column(Date)
    org_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    text: Mapped[str] = mapped_column(Text)
    recorded_by: Mapped[str] = mapped_column(String(80))
    outcome: Mapped[str] = mapped_column(String(8), default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[str] = mapped_column(String(80), default="")
    answered_at: Mapped[datetime | None]
    item_number: Mapped[str] = mapped_column(String(20), default="")

    publication: Mapped[Publication] = relationship(back_populates="objections")


class DocumentState(StrEnum):
    """Where one file of a batch stands."""

    WAITING = "waiting"
    MADE = "made"
    FAILED = "failed"


class DocumentBatch(Base):
    """Documents of a round that somebody asked for at once.

    `unit_id` is "" for all that the asker may have. `is_combined` asks for a print file of each
    unit as well. `attempt` counts how often the files that were missing were asked for.
    """

    __tablename__ = "document_batch"
    __table_args__ = (CheckConstraint("audience IN ('internal', 'public')", "audience_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="RESTRICT"), index=True)
    audience: Mapped[str] = mapped_column(String(8))
    kinds: Mapped[list[str]] = mapped_column(JSON)
    formats: Mapped[list[str]] = mapped_column(JSON)
    unit_id: Mapped[str] = mapped_column(String(32), default="")
    is_combined: Mapped[bool] = mapped_column(Boolean, default=False)
    attempt: Mapped[int] = mapped_column(Integer, default=1)
    requested_by: Mapped[str] = mapped_column(String(80))
    requested_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class BatchDocument(Base):
    """One file of a batch.

    `key` is the digest of all that the file follows from, and what it is stored under; `content`
    that of the words and figures alone, `digest` that of its bytes. `is_kept` says that the file
    was there already. `reason` is a code, never a text that somebody wrote.
    """

    __tablename__ = "batch_document"
    __table_args__ = (
        UniqueConstraint("batch_id", "kind", "org_id", "format"),
        CheckConstraint("state IN ('waiting', 'made', 'failed')", "state_known"),
        CheckConstraint("(state = 'made') = (digest <> '')", "made_has_a_file"),
        CheckConstraint("(state = 'failed') = (reason <> '')", "failed_has_a_reason"),
    )

    batch_id: Mapped[int] = mapped_column(
        ForeignKey("document_batch.id", ondelete="CASCADE"), primary_key=True
    )
    place: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(12))
    org_id: Mapped[str] = mapped_column(String(32))
    unit_id: Mapped[str] = mapped_column(String(32))
    org_name: Mapped[str] = mapped_column(String(200))
    format: Mapped[str] = mapped_column(String(5))
    state: Mapped[str] = mapped_column(String(8), default=DocumentState.WAITING.value)
    key: Mapped[str] = mapped_column(String(64), default="")
    content: Mapped[str] = mapped_column(String(64), default="")
    digest: Mapped[str] = mapped_column(String(64), default="")
    size: Mapped[int] = mapped_column(Integer, default=0)
    is_kept: Mapped[bool] = mapped_column(Boolean, default=False)
    reason: Mapped[str] = mapped_column(String(80), default="")
