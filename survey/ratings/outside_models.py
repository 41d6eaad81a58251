"""Results of other evaluations, imported under their names."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import Base


class OutsideResult(Base):
    """What another evaluation of one year said of one organisation, as a score, a grade or both.

    Attributes:
        source: its name: 年度考核, 党员民主评议, 行风评议, or one of the office's own.
        score: 0–100.
        grade: the grade in the words of that evaluation; empty where it gave none.
        digest: SHA-256 of the file that it came from.
    """

    __tablename__ = "outside_result"
    __table_args__ = (
        UniqueConstraint("org_id", "source", "year"),
        CheckConstraint("score BETWEEN 0 AND 100", "score_in_points"),
        CheckConstraint("score IS NOT NULL OR grade <> ''", "says_something"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    org_id: Mapped[str] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    source: Mapped[str] = mapped_column(String(40))
    year: Mapped[int] = mapped_column(Integer, index=True)
    score: Mapped[float | None]
    grade: Mapped[str] = mapped_column(String(20), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    digest: Mapped[str] = mapped_column(String(64))
    imported_by: Mapped[str] = mapped_column(String(80))
    imported_at: Mapped[datetime]
