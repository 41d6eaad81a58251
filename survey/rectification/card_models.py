"""Reminders, cards and interview proposals that an item was given."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import Base, among


class ItemCard(Base):
    """A step of supervision that was taken about an item, once for each deadline.

    `key` is that of `escalation.DueNotice`: asked again on a later day, nothing is given twice.
    `transition_id` is the line in the item's story; `points` what a red card announces.
    """

    __tablename__ = "item_card"
    __table_args__ = (
        CheckConstraint(
            among("kind", ("reminder", "yellow", "red", "interview", "raised")), name="kind_known"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(
        ForeignKey("rectification_item.id", ondelete="RESTRICT"), index=True
    )
    kind: Mapped[str] = mapped_column(String(12))
    key: Mapped[str] = mapped_column(String(80), unique=True)
    given_on: Mapped[date] = mapped_column(Date)
    points: Mapped[int] = mapped_column(Integer)
    transition_id: Mapped[int] = mapped_column(
        ForeignKey("transition.id", ondelete="RESTRICT"), unique=True
    )
