"""What was decided on the entries of open consultations (form F)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import Base


class Outcome(StrEnum):
    """What becomes of an entry (domain.md 2.10)."""

    RECTIFY = "rectify"
    FORWARD = "forward"
    ANSWER = "answer"
    FILE = "file"


class TriagedEntry(Base):
    """The decision on one entry: what becomes of it, where, and the office's own words.

    `text_id` is the random id of the entry's text; no foreign key leads to what residents wrote.
    `decided_on` is a day, as coarse as a day's box itself. `org_id` is whom it was routed to.
    """

    __tablename__ = "triaged_entry"
    __table_args__ = (
        CheckConstraint(
            "outcome IN ('rectify', 'forward', 'answer', 'file')", name="outcome_known"
        ),
        CheckConstraint("(outcome = 'rectify') = (item_number <> '')", name="item_where_rectified"),
    )

    text_id: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="RESTRICT"), index=True)
    org_id: Mapped[str] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    outcome: Mapped[str] = mapped_column(String(8))
    item_number: Mapped[str] = mapped_column(String(20), default="")
    words: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[str] = mapped_column(String(80))
    decided_on: Mapped[date] = mapped_column(Date)
