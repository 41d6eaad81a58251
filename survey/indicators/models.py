"""Sets of indicators, the values entered for them, what the superior decided, settled periods."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.db import Base


class Owner(StrEnum):
    """Who enters an indicator: the organisation itself, the unit above it, or the district."""

    SELF = "self"
    UNIT = "unit"
    DISTRICT = "district"


class Verdict(StrEnum):
    """What the superior says about a value."""

    APPROVED = "approved"
    RETURNED = "returned"


class IndicatorSet(Base):
    """One version of an indicator tree, for the organisations of one level, or one sector of it.

    Attributes:
        code: the same for all versions.
        sector: empty for every sector; each sector is a peer group of its own either way.
        starts_on: first day of the first period that this version holds for.
        due_days: natural days after the end of a period within which values are entered.
        digest: SHA-256 of the tree.
        frozen_at: when the first value was approved under it; from then on triggers of the
            database refuse every change of the version and its nodes.
    """

    __tablename__ = "indicator_set"
    __table_args__ = (
        UniqueConstraint("code", "version"),
        UniqueConstraint("code", "starts_on", name="uq_indicator_set_starts_on"),
        CheckConstraint("level IN ('unit', 'branch', 'window')", "level_known"),
        CheckConstraint("due_days BETWEEN 1 AND 90", "due_days_sensible"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(200))
    level: Mapped[str] = mapped_column(String(16))
    sector: Mapped[str] = mapped_column(String(40), default="")
    starts_on: Mapped[date] = mapped_column(Date)
    due_days: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(String(64))
    made_by: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime]
    frozen_at: Mapped[datetime | None]

    nodes: Mapped[list[IndicatorNode]] = relationship(
        cascade="all, delete-orphan", order_by="IndicatorNode.seq", lazy="selectin"
    )


class IndicatorNode(Base):
    """A node of a tree: `reports.indicators.Indicator` as it is stored.

    Attributes:
        scoring: empty for a branch of the tree.
        needs_evidence: whether the superior can approve a value only with a file beside it.
    """

    __tablename__ = "indicator_node"
    __table_args__ = (
        CheckConstraint("scoring IN ('', 'linear', 'step', 'deduction', 'veto')", "scoring_known"),
        CheckConstraint("direction IN ('higher', 'lower')", "direction_known"),
        CheckConstraint("owner IN ('self', 'unit', 'district')", "owner_known"),
        CheckConstraint("cycle IN ('month', 'quarter', 'year')", "cycle_known"),
        CheckConstraint("weight >= 0", "weight_not_negative"),
    )

    set_id: Mapped[int] = mapped_column(
        ForeignKey("indicator_set.id", ondelete="CASCADE"), primary_key=True
    )
    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer)
    parent: Mapped[str] = mapped_column(String(32), default="")
    name: Mapped[str] = mapped_column(String(80))
    weight: Mapped[float]
    scoring: Mapped[str] = mapped_column(String(12), default="")
    direction: Mapped[str] = mapped_column(String(8), default="higher")
    target: Mapped[float] = mapped_column(default=0.0)
    floor: Mapped[float] = mapped_column(default=0.0)
    steps: Mapped[list[list[float]]] = mapped_column(JSON)
    points_each: Mapped[float] = mapped_column(default=0.0)
    limit_value: Mapped[float] = mapped_column(default=0.0)
    unit: Mapped[str] = mapped_column(String(20), default="")
    source: Mapped[str] = mapped_column(String(120), default="")
    owner: Mapped[str] = mapped_column(String(10), default=Owner.SELF.value)
    cycle: Mapped[str] = mapped_column(String(8), default="quarter")
    needs_evidence: Mapped[bool] = mapped_column(Boolean, default=False)


class IndicatorEntry(Base):
    """A value somebody entered under their name; a correction is a row with the next `revision`.

    `value` is None where the indicator does not apply to the organisation; `note` says why.
    Triggers of the database refuse to change or remove a row.
    """

    __tablename__ = "indicator_entry"
    __table_args__ = (
        ForeignKeyConstraint(
            ["set_id", "node_code"],
            ["indicator_node.set_id", "indicator_node.code"],
            ondelete="RESTRICT",
            name="fk_indicator_entry_set_id_indicator_node",
        ),
        UniqueConstraint("set_id", "period", "org_id", "node_code", "revision"),
        UniqueConstraint("id", "entered_by", name="uq_indicator_entry_id"),
        CheckConstraint("value IS NOT NULL OR note <> ''", "none_has_reason"),
        CheckConstraint("revision = 1 OR note <> ''", "correction_has_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    set_id: Mapped[int] = mapped_column(Integer)
    node_code: Mapped[str] = mapped_column(String(32))
    org_id: Mapped[str] = mapped_column(
        ForeignKey("organisation.id", ondelete="RESTRICT"), index=True
    )
    period: Mapped[str] = mapped_column(String(8))
    revision: Mapped[int] = mapped_column(Integer)
    value: Mapped[float | None]
    note: Mapped[str] = mapped_column(Text, default="")
    entered_by: Mapped[str] = mapped_column(String(80))
    entered_name: Mapped[str] = mapped_column(String(80))
    entered_at: Mapped[datetime]

    decision: Mapped[IndicatorDecision | None] = relationship(
        back_populates="entry", lazy="selectin"
    )
    evidence: Mapped[list[IndicatorEvidence]] = relationship(
        order_by="IndicatorEvidence.id", lazy="selectin"
    )


class IndicatorDecision(Base):
    """What the superior decided about an entry; never by whoever entered it.

    `entered_by` repeats the entry's, so that the database itself can refuse one person for both;
    the operator of the command line stands outside that rule and on the record.
    """

    __tablename__ = "indicator_decision"
    __table_args__ = (
        ForeignKeyConstraint(
            ["entry_id", "entered_by"],
            ["indicator_entry.id", "indicator_entry.entered_by"],
            ondelete="RESTRICT",
            name="fk_indicator_decision_entry_id_indicator_entry",
        ),
        CheckConstraint("verdict IN ('approved', 'returned')", "verdict_known"),
        CheckConstraint("verdict = 'approved' OR reason <> ''", "return_has_reason"),
        CheckConstraint("decided_by = 'operator' OR decided_by <> entered_by", "by_another"),
    )

    entry_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entered_by: Mapped[str] = mapped_column(String(80))
    verdict: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[str] = mapped_column(String(80))
    decided_name: Mapped[str] = mapped_column(String(80))
    decided_at: Mapped[datetime]

    entry: Mapped[IndicatorEntry] = relationship(back_populates="decision")


class IndicatorEvidence(Base):
    """A file that shows where a value comes from; its bytes are stored by digest."""

    __tablename__ = "indicator_evidence"
    __table_args__ = (UniqueConstraint("entry_id", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("indicator_entry.id", ondelete="RESTRICT"))
    digest: Mapped[str] = mapped_column(String(64))
    file_name: Mapped[str] = mapped_column(String(120))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int] = mapped_column(Integer)
    uploaded_by: Mapped[str] = mapped_column(String(80))
    uploaded_at: Mapped[datetime]


class IndicatorPeriod(Base):
    """A period whose scores are fixed: `outcome` holds each organisation as it stood then.

    Nothing can be entered or decided any more in a settled period, nor in one inside it.
    """

    __tablename__ = "indicator_period"
    __table_args__ = (UniqueConstraint("set_id", "period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("indicator_set.id", ondelete="RESTRICT"))
    period: Mapped[str] = mapped_column(String(8))
    outcome: Mapped[dict[str, Any]] = mapped_column(JSON)
    settled_by: Mapped[str] = mapped_column(String(80))
    settled_at: Mapped[datetime]
