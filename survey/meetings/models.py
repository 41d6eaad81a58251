"""A meeting at which people answer together.

Nothing here says who came or who answered what; heads are a number that the chair counted.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import Base


class Meeting(Base):
    """A meeting at one collection point; one at a time is open there.

    `heads` is how many people with the right to answer were present, `witnesses` are the names
    of those who watched the counting. `announced` is the step of answers told to the meeting.
    """

    __tablename__ = "meeting"
    __table_args__ = (
        CheckConstraint("heads > 0", "somebody_came"),
        Index(
            "uq_meeting_point_id",
            "point_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    point_id: Mapped[int] = mapped_column(ForeignKey("collection_point.id", ondelete="RESTRICT"))
    place: Mapped[str] = mapped_column(String(80))
    witnesses: Mapped[str] = mapped_column(String(160))
    heads: Mapped[int | None] = mapped_column(Integer)
    announced: Mapped[str] = mapped_column(String(16), default="")
    opened_by: Mapped[str] = mapped_column(String(80))
    opened_at: Mapped[datetime]
    closed_by: Mapped[str] = mapped_column(String(80), default="")
    closed_at: Mapped[datetime | None]
