"""The office's dictionary of topics, and what a person confirmed of a round's open comments."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import Base


class TopicEntry(Base):
    """A topic of the office's own dictionary; without any the one that ships holds."""

    __tablename__ = "topic"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    label: Mapped[str] = mapped_column(String(40))
    words: Mapped[str] = mapped_column(Text)
    sort_no: Mapped[int] = mapped_column(Integer)


class ConfirmedTopic(Base):
    """What people wrote about one object, summed up and confirmed by a person.

    `summary` is the office's own sentence, never a resident's; `count` is how many comments said
    it; `item_number` names the rectification item made of it, empty where there is none.
    """

    __tablename__ = "confirmed_topic"
    __table_args__ = (UniqueConstraint("round_id", "org_id", "topic"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="RESTRICT"))
    org_id: Mapped[str] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    topic: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(String(40))
    summary: Mapped[str] = mapped_column(String(200))
    count: Mapped[int] = mapped_column(Integer)
    item_number: Mapped[str] = mapped_column(String(40), default="")
