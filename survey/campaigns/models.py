"""Rounds of evaluation and the questionnaires they use."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.db import Base


class RoundState(StrEnum):
    """Where a round stands (domain.md 1.2)."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    OPEN = "open"
    CLOSED = "closed"
    SCORING = "scoring"
    REVIEW = "review"
    NOTICE = "notice"
    PUBLISHED = "published"
    ARCHIVED = "archived"
    ABANDONED = "abandoned"
    """Its key was lost before it could be opened: over, without results, for good."""


class CollectionMode(StrEnum):
    """Whether anybody with the poster may answer, only holders of a one-time slip, or paper alone.

    Only supplementary rounds are of the last kind.
    """

    OPEN = "open"
    TICKET = "ticket"
    PAPER = "paper"


class OpeningKind(StrEnum):
    """When sealed boxes are opened: all at the close, or each day's box the next morning."""

    AT_CLOSE = "at_close"
    DAILY = "daily"


class Round(Base):
    """One dated run of questionnaires over a set of organisations.

    Fieldwork is the half-open period [`opens_at`, `closes_at`); keyed paper is taken until
    `paper_until`. `rules` is the rule set that the round is scored with, a copy of the version
    `rule_set_id`; a trigger keeps both from change once `are_rules_fixed`, when the first box is
    opened. `asks_proof`: phones at open posters show that they worked for their answer. A
    supplementary round takes the paper that came too late for the round whose code is in
    `supplements`.
    """

    __tablename__ = "round"
    __table_args__ = (
        CheckConstraint("opens_at < closes_at", "fieldwork_not_empty"),
        CheckConstraint("closes_at <= paper_until", "paper_not_before_close"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(16), default=RoundState.DRAFT.value)
    mode: Mapped[str] = mapped_column(String(8), default=CollectionMode.OPEN.value)
    opening: Mapped[str] = mapped_column(String(8), default=OpeningKind.AT_CLOSE.value)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    paper_until: Mapped[datetime]
    asks_proof: Mapped[bool] = mapped_column(default=True)
    rules: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    rule_set_id: Mapped[int | None] = mapped_column(ForeignKey("rule_set.id"))
    are_rules_fixed: Mapped[bool] = mapped_column(default=False)
    supplements: Mapped[str | None] = mapped_column(String(40))

    questionnaires: Mapped[list[RoundQuestionnaire]] = relationship(
        back_populates="round", cascade="all, delete-orphan", order_by="RoundQuestionnaire.id"
    )


class RoundQuestionnaire(Base):
    """A questionnaire version used by a round, and which organisations it goes to.

    `sector` empty means every sector; `org_ids` empty means every organisation of the
    questionnaire's subject.
    """

    __tablename__ = "round_questionnaire"
    __table_args__ = (UniqueConstraint("round_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(
        ForeignKey("questionnaire_version.digest", ondelete="RESTRICT")
    )
    mode: Mapped[str] = mapped_column(String(8))
    sector: Mapped[str] = mapped_column(String(40), default="")
    org_ids: Mapped[list[str]] = mapped_column(JSON, default=list)

    round: Mapped[Round] = relationship(back_populates="questionnaires")
