"""Honours that were proposed and decided upon a settled rating."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.db import Base
from survey.ratings.models import Rating


class AwardState(StrEnum):
    """Where a proposal stands."""

    PROPOSED = "proposed"
    AWARDED = "awarded"
    DECLINED = "declined"


class Award(Base):
    """An honour for one organisation: who proposed it and why, who decided, and its certificate.

    `number` is that of the certificate; empty until it was awarded. Whoever proposed it cannot
    decide; the operator of the command line stands outside that rule and on the record.
    """

    __tablename__ = "award"
    __table_args__ = (
        UniqueConstraint("rating_id", "org_id", "honour"),
        CheckConstraint("state IN ('proposed', 'awarded', 'declined')", "state_known"),
        CheckConstraint("(state = 'proposed') = (decided_by = '')", "decided_by_somebody"),
        CheckConstraint("(state = 'awarded') = (number IS NOT NULL)", "numbered_when_awarded"),
        CheckConstraint(
            "decided_by = '' OR decided_by = 'operator' OR decided_by <> proposed_by",
            "decided_by_another",
        ),
        CheckConstraint("reason <> ''", "has_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rating_id: Mapped[int] = mapped_column(ForeignKey("rating.id", ondelete="RESTRICT"), index=True)
    org_id: Mapped[str] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    honour: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12), default=AwardState.PROPOSED.value)
    number: Mapped[str | None] = mapped_column(String(24), unique=True)
    proposed_by: Mapped[str] = mapped_column(String(80))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    decided_at: Mapped[datetime | None]

    rating: Mapped[Rating] = relationship()
