"""What is known of documents beside their figures: edited sentences, numbers, check codes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import Base

NUMBER = "number"
"""The place of the document number 文号 among the places of sentences."""


class WordingState(StrEnum):
    """What became of a sentence that somebody wrote for a document."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REPLACED = "replaced"


class DocumentWording(Base):
    """A sentence of a document in other words, or its number; a change adds a row.

    `digest` is the SHA-256 of the generated sentence that it stands for: figures that change make
    another sentence, which the edit does not fit. `office` is what readers are told of who edited.
    """

    __tablename__ = "document_wording"
    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'accepted', 'declined', 'replaced')", "state_known"),
        CheckConstraint("state <> 'accepted' OR decided_by <> ''", "accepted_by_somebody"),
        Index("ix_document_wording_document", "round_id", "kind", "org_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(16))
    org_id: Mapped[str] = mapped_column(String(80))
    place: Mapped[str] = mapped_column(String(60))
    digest: Mapped[str] = mapped_column(String(64))
    generated: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    office: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(8))
    written_by: Mapped[str] = mapped_column(String(80))
    written_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    decided_at: Mapped[datetime | None]


class DocumentCode(Base):
    """A check code that was printed: which document of which round has these words and figures.

    `release_id` is the edition whose frozen document it is, None for a draft. `digest` is that of
    the content, whose head the code is. Nothing here says when, or for whom, it was made.
    """

    __tablename__ = "document_code"
    __table_args__ = (CheckConstraint("audience IN ('internal', 'public')", "audience_known"),)

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="RESTRICT"), index=True)
    release_id: Mapped[int | None] = mapped_column(ForeignKey("release.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(16))
    org_id: Mapped[str] = mapped_column(String(80))
    audience: Mapped[str] = mapped_column(String(8))
    title: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    as_of: Mapped[datetime]


class PaperCode(Base):
    """A check code on a letter, a form or an extract of the ledger: paper of no edition.

    `item_id` is the item that it is about, None without one. Nothing here says for whom it was
    made; `as_of` is the day of a letter or form, and the minute of an extract.
    """

    __tablename__ = "paper_code"

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    item_id: Mapped[int | None] = mapped_column(
        ForeignKey("rectification_item.id", ondelete="RESTRICT"), index=True
    )
    digest: Mapped[str] = mapped_column(String(64))
    as_of: Mapped[datetime]
