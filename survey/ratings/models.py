"""Ratings, their lines, and confirmed conduct that takes points off or forces the lowest star."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.db import Base


class RatingState(StrEnum):
    """Where a rating stands: being scored, before the approver, or fixed for good."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    APPROVED = "approved"


class ConductKind(StrEnum):
    """What the district confirmed about an organisation (domain.md 3.6)."""

    VETO = "veto"
    FALSE_CLAIM = "false_claim"
    LATE_PUBLICATION = "late_publication"


class Rating(Base):
    """The yearly stars of many organisations, made of the rounds that `sources` names.

    `sources` maps a component to the code of its round; `rules` are those of the residents'
    round, frozen when the rating was made. Whoever scored or proposed it cannot approve it; the
    operator of the command line stands outside that rule and on the record.
    """

    __tablename__ = "rating"
    __table_args__ = (
        CheckConstraint(
            "approved_by = '' OR approved_by = 'operator'"
            " OR (approved_by <> scored_by AND approved_by <> proposed_by)",
            "approved_by_another",
        ),
        CheckConstraint("(state = 'approved') = (approved_by <> '')", "approved_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    year: Mapped[int] = mapped_column(Integer, index=True)
    sources: Mapped[dict[str, str]] = mapped_column(JSON)
    rules: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(12), default=RatingState.DRAFT.value)
    scored_by: Mapped[str] = mapped_column(String(80), default="")
    scored_at: Mapped[datetime | None]
    proposed_by: Mapped[str] = mapped_column(String(80), default="")
    approved_by: Mapped[str] = mapped_column(String(80), default="")
    approved_at: Mapped[datetime | None]
    returned_because: Mapped[str] = mapped_column(Text, default="")

    lines: Mapped[list[RatingLine]] = relationship(
        back_populates="rating", cascade="all, delete-orphan", order_by="RatingLine.id"
    )


class RatingLine(Base):
    """One organisation in a rating.

    Attributes:
        composite: the parts, what is missing, what was deducted and why, as it was computed.
        place: rank, its interval and the band as it was computed; None where it is not ranked.
        final, se: the composite, 0–100; None where it has none.
        satisfaction: 群众满意率 in the calibre of the gates, 0–1.
        n: residents' ballots; None where that may not be shown.
        last: star of the rating before.
        change: "up", "down" or "steady" against the round before; empty where not comparable.
        contradictions: sources that disagree beyond their joint interval: the aspect and what is
            said of it in both languages.
    """

    __tablename__ = "rating_line"
    __table_args__ = (
        UniqueConstraint("rating_id", "org_id"),
        CheckConstraint("star_proposed BETWEEN 1 AND 5", "proposed_one_to_five"),
        CheckConstraint("star_decided BETWEEN 1 AND 5", "decided_one_to_five"),
        CheckConstraint("decided_by = '' OR decision_reason <> ''", "decision_has_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rating_id: Mapped[int] = mapped_column(ForeignKey("rating.id", ondelete="CASCADE"))
    org_id: Mapped[str] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    composite: Mapped[dict[str, Any]] = mapped_column(JSON)
    place: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    final: Mapped[float | None]
    se: Mapped[float | None]
    satisfaction: Mapped[float | None]
    n: Mapped[int | None] = mapped_column(Integer)
    is_rankable: Mapped[bool]
    last: Mapped[int | None] = mapped_column(Integer)
    star_proposed: Mapped[int | None] = mapped_column(Integer)
    star_decided: Mapped[int | None] = mapped_column(Integer)
    reasons: Mapped[list[str]] = mapped_column(JSON)
    is_borderline: Mapped[bool]
    is_lagging: Mapped[bool]
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    change: Mapped[str] = mapped_column(String(8), default="")
    contradictions: Mapped[list[dict[str, str]]] = mapped_column(JSON)

    rating: Mapped[Rating] = relationship(back_populates="lines")

    @property
    def star(self) -> int | None:
        """The star that holds: as decided, else as proposed."""
        return self.star_proposed if self.star_decided is None else self.star_decided

    @property
    def waits(self) -> bool:
        """Whether a person has to decide before it can be proposed."""
        return self.is_borderline and not self.decided_by


class ConductMark(Base):
    """Conduct of one organisation in one year, confirmed by the district; never changed."""

    __tablename__ = "conduct_mark"
    __table_args__ = (
        CheckConstraint("kind IN ('veto', 'false_claim', 'late_publication')", "kind_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    org_id: Mapped[str] = mapped_column(
        ForeignKey("organisation.id", ondelete="RESTRICT"), index=True
    )
    year: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text)
    confirmed_by: Mapped[str] = mapped_column(String(80))
    confirmed_at: Mapped[datetime]
