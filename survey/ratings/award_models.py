"""Honours that were proposed and decided upon a settled rating, and their notices."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.db import Base
from survey.ratings.models import Rating


class AwardState(StrEnum):
    """Where a proposal stands; while it is on notice it is still proposed."""

    PROPOSED = "proposed"
    AWARDED = "awarded"
    DECLINED = "declined"


class AwardNotice(Base):
    """Proposals that the approver let out for objections, all of one rating.

    Whoever approved them does not end the notice, which is what makes them honours. Without days
    the rules ask for no notice. One runs at a time.
    """

    __tablename__ = "award_notice"
    __table_args__ = (
        CheckConstraint(
            "ended_by = '' OR ended_by = 'operator' OR ended_by <> approved_by",
            "ended_by_another",
        ),
        CheckConstraint("(ended_by = '') = (ended_at IS NULL)", "ended_by_somebody"),
        CheckConstraint("notice_from <= notice_until", "not_backwards"),
        Index(
            "ix_award_notice_running",
            "rating_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rating_id: Mapped[int] = mapped_column(ForeignKey("rating.id", ondelete="RESTRICT"))
    approved_by: Mapped[str] = mapped_column(String(80))
    approved_at: Mapped[datetime]
    notice_from: Mapped[date | None] = mapped_column(Date)
    notice_until: Mapped[date | None] = mapped_column(Date)
    office: Mapped[str] = mapped_column(String(120), default="")
    phone: Mapped[str] = mapped_column(String(60), default="")
    email: Mapped[str] = mapped_column(String(120), default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    ended_by: Mapped[str] = mapped_column(String(80), default="")
    ended_at: Mapped[datetime | None]

    awards: Mapped[list[Award]] = relationship(
        secondary="award_noticed", back_populates="notice", order_by="Award.place, Award.id"
    )
    objections: Mapped[list[AwardObjection]] = relationship(
        back_populates="notice", order_by="AwardObjection.number"
    )


class AwardNoticed(Base):
    """That a proposal is, or was, on a notice; once."""

    __tablename__ = "award_noticed"

    award_id: Mapped[int] = mapped_column(
        ForeignKey("award.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )
    notice_id: Mapped[int] = mapped_column(ForeignKey("award_notice.id", ondelete="RESTRICT"))


class Award(Base):
    """An honour for one organisation: who proposed it and why, who decided, and its certificate.

    `number` is that of the certificate; empty until it was awarded. `place` is where the district
    put it among the proposals. Whoever proposed it cannot decide; the operator of the command line
    stands outside that rule and on the record.
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
    place: Mapped[int | None] = mapped_column(Integer)
    proposed_by: Mapped[str] = mapped_column(String(80))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    decided_at: Mapped[datetime | None]
    declined_because: Mapped[str] = mapped_column(Text, default="")

    rating: Mapped[Rating] = relationship()
    notice: Mapped[AwardNotice | None] = relationship(
        secondary="award_noticed", back_populates="awards"
    )

    @property
    def is_waiting(self) -> bool:
        """Whether it is proposed and neither decided nor on notice."""
        return self.state == AwardState.PROPOSED and self.notice is None

    @property
    def is_on_notice(self) -> bool:
        """Whether objections to it are taken."""
        return self.state == AwardState.PROPOSED and self.notice is not None


class AwardObjection(Base):
    """An objection to honours on notice, and what came of it; never who raised it.

    `award_id` is None where it is about the notice as a whole.
    """

    __tablename__ = "award_objection"
    __table_args__ = (
        CheckConstraint("(outcome = '') = (answered_by = '')", "answered_by_somebody"),
        CheckConstraint("outcome IN ('', 'upheld', 'rejected')", "outcome_known"),
    )

    notice_id: Mapped[int] = mapped_column(
        ForeignKey("award_notice.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    award_id: Mapped[int | None] = mapped_column(ForeignKey("award.id", ondelete="RESTRICT"))
    received_on: Mapped[date] = mapped_column(Date)
    text: Mapped[str] = mapped_column(Text)
    recorded_by: Mapped[str] = mapped_column(String(80))
    outcome: Mapped[str] = mapped_column(String(8), default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[str] = mapped_column(String(80), default="")
    answered_at: Mapped[datetime | None]

    notice: Mapped[AwardNotice] = relationship(back_populates="objections")
    award: Mapped[Award | None] = relationship()
