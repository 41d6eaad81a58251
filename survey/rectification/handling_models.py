"""What is kept of an item's handling beside its steps: sheets, stages, requests and follow-ups."""

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
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import Base

_WAITING = text("is_granted IS NULL")


class AcceptanceSheet(Base):
    """What a verifier ticked and scored (domain.md 4.7); triggers keep it from change.

    `transition_id` is the step at which it was handed in.
    """

    __tablename__ = "acceptance_sheet"
    __table_args__ = (CheckConstraint("score BETWEEN 0 AND 100", name="score_in_range"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    transition_id: Mapped[int] = mapped_column(
        ForeignKey("transition.id", ondelete="RESTRICT"), unique=True
    )
    is_solved: Mapped[bool] = mapped_column(Boolean)
    are_measures_done: Mapped[bool] = mapped_column(Boolean)
    has_no_relapse: Mapped[bool] = mapped_column(Boolean)
    has_mechanism: Mapped[bool] = mapped_column(Boolean)
    score: Mapped[int] = mapped_column(Integer)


class ItemStage(Base):
    """A goal of a long-term plan and the day it is due; `reached_on` once it was found reached."""

    __tablename__ = "item_stage"
    __table_args__ = (UniqueConstraint("item_id", "due_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("rectification_item.id", ondelete="RESTRICT"))
    goal: Mapped[str] = mapped_column(String(200))
    due_on: Mapped[date] = mapped_column(Date)
    reached_on: Mapped[date | None] = mapped_column(Date)


class RequestKind(StrEnum):
    """What an owner may ask for."""

    EXTENSION = "extension"
    APPEAL = "appeal"
    LONGTERM = "longterm"


class ItemRequest(Base):
    """Something an owner asked for, until it is granted or declined; one at a time of a kind.

    `stages` has the proposed plan of a `longterm` request: a list of {"goal", "due_on"}.
    """

    __tablename__ = "item_request"
    __table_args__ = (
        CheckConstraint("kind IN ('extension', 'appeal', 'longterm')", name="kind_known"),
        CheckConstraint(
            "decided_by = '' OR decided_by = 'operator' OR decided_by <> asked_by",
            name="decided_by_another",
        ),
        CheckConstraint("(is_granted IS NULL) = (decided_by = '')", name="decided_by_somebody"),
        Index(
            "ix_item_request_waiting",
            "item_id",
            "kind",
            unique=True,
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(
        ForeignKey("rectification_item.id", ondelete="RESTRICT"), index=True
    )
    kind: Mapped[str] = mapped_column(String(12))
    workdays: Mapped[int] = mapped_column(Integer, default=0)
    stages: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    reason: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(String(80))
    asked_name: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime]
    is_granted: Mapped[bool | None] = mapped_column(Boolean)
    answer: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    decided_at: Mapped[datetime | None]


class FollowUpDraw(Base):
    """One drawing of closed items to look at again; the seed and `eligible` make it repeatable.

    `eligible` are the numbers of the items closed in the span, in order; `reopened` those formerly
    reopened, which are all looked at. Triggers keep a draw from change.
    """

    __tablename__ = "follow_up_draw"

    id: Mapped[int] = mapped_column(primary_key=True)
    drawn_on: Mapped[date] = mapped_column(Date, unique=True)
    seed: Mapped[str] = mapped_column(String(64))
    percent: Mapped[int] = mapped_column(Integer)
    eligible: Mapped[list[str]] = mapped_column(JSON)
    reopened: Mapped[list[str]] = mapped_column(JSON)
    drawn_by: Mapped[str] = mapped_column(String(80))


class FollowUp(Base):
    """A closed item to be looked at again, and what was found: empty, `holds` or `relapsed`."""

    __tablename__ = "follow_up"
    __table_args__ = (
        UniqueConstraint("item_id", "cycle"),
        CheckConstraint("outcome IN ('', 'holds', 'relapsed')", name="outcome_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    draw_id: Mapped[int] = mapped_column(ForeignKey("follow_up_draw.id", ondelete="RESTRICT"))
    item_id: Mapped[int] = mapped_column(ForeignKey("rectification_item.id", ondelete="RESTRICT"))
    cycle: Mapped[int] = mapped_column(Integer)
    due_on: Mapped[date] = mapped_column(Date)
    outcome: Mapped[str] = mapped_column(String(8), default="")
    done_by: Mapped[str] = mapped_column(String(80), default="")
    done_at: Mapped[datetime | None]
