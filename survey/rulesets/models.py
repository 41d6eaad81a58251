"""Rule sets of rounds: versions that never change, and what is being written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import Base

OPERATOR_OR_ANOTHER = (
    "is_shipped OR approved_by = 'operator' OR (approved_by <> '' AND approved_by <> created_by)"
)


class RuleSetVersion(Base):
    """One version of a rule set; triggers of the database refuse to change or remove a row.

    Attributes:
        digest: SHA-256 of `content` in hex; two versions may have the same.
        content: as `reports.rules.to_data` writes it.
        source: where its values come from, in a sentence.
        derived_from: `CODE@VERSION` of what it was made from; empty for a new one.
        is_shipped: it came with the program, and nobody here wrote or approved it.
        created_by, approved_by: two people, unless the operator of the command line approved it.
    """

    __tablename__ = "rule_set"
    __table_args__ = (
        UniqueConstraint("code", "version"),
        CheckConstraint(OPERATOR_OR_ANOTHER, "approved_by_another"),
        CheckConstraint("version > 0", "version_counts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    title_zh: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200), default="")
    source: Mapped[str] = mapped_column(Text, default="")
    derived_from: Mapped[str] = mapped_column(String(60), default="")
    is_shipped: Mapped[bool] = mapped_column(Boolean, default=False)
    created_by: Mapped[str] = mapped_column(String(80))
    approved_by: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime]

    @property
    def name(self) -> str:
        """How it is named to people and at the command line: `CODE@VERSION`."""
        return f"{self.code}@{self.version}"


class RuleSetDraft(Base):
    """A rule set that is being written, or lies before the approver.

    `revision` counts every change, so that two people cannot overwrite each other.
    """

    __tablename__ = "rule_set_draft"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint("state IN ('draft', 'proposed')", "state_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40))
    title_zh: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200), default="")
    source: Mapped[str] = mapped_column(Text, default="")
    derived_from: Mapped[str] = mapped_column(String(60), default="")
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(12), default="draft")
    revision: Mapped[int] = mapped_column(Integer, default=1)
    changed_by: Mapped[str] = mapped_column(String(80))
    changed_at: Mapped[datetime]
    returned_because: Mapped[str] = mapped_column(Text, default="")
