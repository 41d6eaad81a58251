"""What inspectors and leaders handed in, under their names; nothing here is ever changed."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.db import Base


class InspectionState(StrEnum):
    """How far an inspection has come: it counts once the second inspector has confirmed it."""

    SUBMITTED = "submitted"
    CONFIRMED = "confirmed"
    RETURNED = "returned"


class InspectionAct(StrEnum):
    """What is done with an inspection; each leaves a row that stays."""

    SUBMIT = "submit"
    CONFIRM = "confirm"
    RETURN = "return"
    UPHOLD_VETO = "uphold_veto"
    DISMISS_VETO = "dismiss_veto"


class InspectionDraw(Base):
    """A random draw of objects and pairs: whoever repeats it with `seed` gets the same."""

    __tablename__ = "inspection_draw"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_questionnaire_id: Mapped[int] = mapped_column(
        ForeignKey("round_questionnaire.id", ondelete="RESTRICT"), index=True
    )
    seed: Mapped[str] = mapped_column(String(32))
    population: Mapped[list[str]] = mapped_column(JSON)
    inspectors: Mapped[list[str]] = mapped_column(JSON)
    chosen: Mapped[list[str]] = mapped_column(JSON)
    drawn_by: Mapped[str] = mapped_column(String(80))
    drawn_at: Mapped[datetime]


class InspectionTask(Base):
    """An object to be inspected by two inspectors between two days, both included."""

    __tablename__ = "inspection_task"
    __table_args__ = (UniqueConstraint("round_questionnaire_id", "org_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="RESTRICT"), index=True)
    round_questionnaire_id: Mapped[int] = mapped_column(
        ForeignKey("round_questionnaire.id", ondelete="RESTRICT")
    )
    org_id: Mapped[str] = mapped_column(
        ForeignKey("organisation.id", ondelete="RESTRICT"), index=True
    )
    first_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"), index=True)
    second_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="RESTRICT"), index=True
    )
    starts_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    draw_id: Mapped[int | None] = mapped_column(
        ForeignKey("inspection_draw.id", ondelete="RESTRICT")
    )
    assigned_by: Mapped[str] = mapped_column(String(80))
    assigned_at: Mapped[datetime]


class Inspection(Base):
    """A filled-in checklist. `id` is made on the phone, so that sending it twice stores it once.

    `answers` and `digest` never change; only one inspection of a task is not sent back.
    """

    __tablename__ = "inspection"
    __table_args__ = (
        Index(
            "uq_inspection_task_id",
            "task_id",
            unique=True,
            sqlite_where=text("state <> 'returned'"),
            postgresql_where=text("state <> 'returned'"),
        ),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("inspection_task.id", ondelete="RESTRICT"))
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64))
    got: Mapped[float] = mapped_column(Double)
    base: Mapped[float] = mapped_column(Double)
    score: Mapped[float | None] = mapped_column(Double)
    has_veto: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[str] = mapped_column(String(16))
    submitted_by: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="RESTRICT"), index=True
    )
    submitted_at: Mapped[datetime]

    events: Mapped[list[InspectionEvent]] = relationship(
        back_populates="inspection", order_by="InspectionEvent.id"
    )


class InspectionEvent(Base):
    """What somebody did with an inspection, when, and why; never changed, never removed."""

    __tablename__ = "inspection_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    inspection_id: Mapped[str] = mapped_column(
        ForeignKey("inspection.id", ondelete="RESTRICT"), index=True
    )
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(80))
    actor_name: Mapped[str] = mapped_column(String(80))
    act: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Text, default="")

    inspection: Mapped[Inspection] = relationship(back_populates="events")


class InspectionPhoto(Base):
    """A photograph taken for one check point; its bytes are stored by digest."""

    __tablename__ = "inspection_photo"
    __table_args__ = (UniqueConstraint("task_id", "item_code", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("inspection_task.id", ondelete="RESTRICT"))
    item_code: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int] = mapped_column(Integer)
    uploaded_by: Mapped[str] = mapped_column(String(80))
    uploaded_at: Mapped[datetime]


class LeaderReview(Base):
    """A leader's review of one object in one round; the highest `revision` counts.

    `signed_name` is the name as the leader typed it, beside the password.
    """

    __tablename__ = "leader_review"
    __table_args__ = (
        UniqueConstraint("round_questionnaire_id", "org_id", "account_id", "revision"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="RESTRICT"), index=True)
    round_questionnaire_id: Mapped[int] = mapped_column(
        ForeignKey("round_questionnaire.id", ondelete="RESTRICT")
    )
    org_id: Mapped[str] = mapped_column(
        ForeignKey("organisation.id", ondelete="RESTRICT"), index=True
    )
    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="RESTRICT"), index=True
    )
    revision: Mapped[int] = mapped_column(Integer)
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    score: Mapped[float] = mapped_column(Double)
    actor: Mapped[str] = mapped_column(String(80))
    signed_name: Mapped[str] = mapped_column(String(80))
    signed_at: Mapped[datetime]
