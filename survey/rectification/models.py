"""Rectification items, everything that happened to them, and the evidence."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.db import Base, among
from survey.rectification.item import EvidenceKind, Suspicion
from survey.rectification.states import Act, Source, State


class RectificationItem(Base):
    """One problem, one owner, one deadline. `state` changes only through `service.advance`.

    `revision` counts changes, so that two people cannot decide on the same situation unknowingly.
    `stage_on` is the day on which a long-term stage ends; the clock of `due_on` stands until then.
    `assigned_on` and `accepted_on` (the first time), `handed_in_on` (the last) and `is_called_back`
    repeat what its history says, for figures over many items.
    `handling` is how triage had it dealt with; `precursor` the number of the closed item that it
    repeats; `suspicion` of work for show: empty, `suspected`, `confirmed` or `cleared`.
    """

    __tablename__ = "rectification_item"
    __table_args__ = (
        UniqueConstraint("round_id", "org_id", "source", "source_ref"),
        CheckConstraint(among("state", State), name="state_known"),
        CheckConstraint(among("source", Source), name="source_known"),
        CheckConstraint(
            among("handling", ("", "immediate", "dated", "complex")), name="handling_known"
        ),
        CheckConstraint(among("suspicion", Suspicion), name="suspicion_known"),
        CheckConstraint(
            "report_count >= 1 AND reopen_count >= 0 AND extension_count >= 0",
            name="counts_possible",
        ),
        CheckConstraint("limit_workdays BETWEEN 1 AND 250", name="limit_possible"),
        # The board counts states and ages by this alone.
        Index(
            "ix_rectification_item_ages",
            "state",
            "registered_on",
            "due_on",
            "closed_on",
            "org_id",
        ),
        # The list and its counts read this alone: what is pressing, whose it is, how many.
        Index("ix_rectification_item_pressing", "state", "due_on", "number", "org_id"),
        # The board reads this alone: of 50,000 items it needs no row.
        Index(
            "ix_rectification_item_board",
            "org_id",
            "state",
            "registered_on",
            "due_on",
            "closed_on",
            "assigned_on",
            "accepted_on",
            "handed_in_on",
            "source",
            "reopen_count",
            "recheck_agree",
            "recheck_disagree",
            "is_called_back",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    source: Mapped[str] = mapped_column(String(20))
    source_ref: Mapped[str] = mapped_column(String(64), default="")
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id", ondelete="RESTRICT"))
    org_id: Mapped[str] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    problem: Mapped[str] = mapped_column(Text)
    measures: Mapped[str] = mapped_column(Text, default="")
    responsible_person: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[str] = mapped_column(String(16))
    registered_on: Mapped[date] = mapped_column(Date)
    limit_workdays: Mapped[int] = mapped_column(Integer)
    due_on: Mapped[date] = mapped_column(Date, index=True)
    stage_on: Mapped[date | None] = mapped_column(Date)
    extension_count: Mapped[int] = mapped_column(Integer, default=0)
    reopen_count: Mapped[int] = mapped_column(Integer, default=0)
    report_count: Mapped[int] = mapped_column(Integer, default=1)
    needs_recheck: Mapped[bool] = mapped_column(Boolean)
    recheck_n: Mapped[int | None] = mapped_column(Integer)
    recheck_agree: Mapped[int | None] = mapped_column(Integer)
    recheck_disagree: Mapped[int | None] = mapped_column(Integer)
    recheck_score: Mapped[float | None]
    recheck_told: Mapped[int | None] = mapped_column(Integer)
    recheck_unsolved: Mapped[int | None] = mapped_column(Integer)
    handling: Mapped[str] = mapped_column(String(12), default="")
    is_works: Mapped[bool] = mapped_column(Boolean, default=False)
    notice_until: Mapped[date | None] = mapped_column(Date)
    precursor: Mapped[str] = mapped_column(String(20), default="")
    suspicion: Mapped[str] = mapped_column(String(12), default="")
    is_public: Mapped[bool] = mapped_column(Boolean, default=True)
    closed_on: Mapped[date | None] = mapped_column(Date)
    assigned_on: Mapped[date | None] = mapped_column(Date)
    accepted_on: Mapped[date | None] = mapped_column(Date)
    handed_in_on: Mapped[date | None] = mapped_column(Date)
    is_called_back: Mapped[bool] = mapped_column(Boolean, default=False)
    revision: Mapped[int] = mapped_column(Integer, default=1)

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012 - SQLAlchemy reads it off the class

    transitions: Mapped[list[Transition]] = relationship(
        back_populates="item", order_by="Transition.id"
    )
    evidence: Mapped[list[Evidence]] = relationship(back_populates="item", order_by="Evidence.id")


class Transition(Base):
    """A step an item took: who, in which role, when, from where to where, and why.

    Triggers of the database refuse to change or remove a row.
    """

    __tablename__ = "transition"
    __table_args__ = (
        CheckConstraint(among("act", Act), name="act_known"),
        CheckConstraint(
            f"from_state IS NULL OR {among('from_state', State)}", name="from_state_known"
        ),
        CheckConstraint(among("to_state", State), name="to_state_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(
        ForeignKey("rectification_item.id", ondelete="RESTRICT"), index=True
    )
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(80))
    actor_name: Mapped[str] = mapped_column(String(80))
    actor_role: Mapped[str] = mapped_column(String(24))
    act: Mapped[str] = mapped_column(String(24))
    from_state: Mapped[str | None] = mapped_column(String(16))
    to_state: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Text, default="")

    item: Mapped[RectificationItem] = relationship(back_populates="transitions")


class Evidence(Base):
    """A file that shows what was done; bytes are stored by digest outside the database.

    `is_public`: somebody above the owner has looked at it and lets everybody see it. What a
    photograph said of when (by the camera's clock) and where it was taken is for staff alone: it is
    kept here, and the file says nothing of it.
    """

    __tablename__ = "evidence"
    __table_args__ = (CheckConstraint(among("kind", EvidenceKind), name="kind_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(
        ForeignKey("rectification_item.id", ondelete="RESTRICT"), index=True
    )
    kind: Mapped[str] = mapped_column(String(12))
    digest: Mapped[str] = mapped_column(String(64))
    file_name: Mapped[str] = mapped_column(String(160))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int] = mapped_column(Integer)
    caption: Mapped[str] = mapped_column(String(200), default="")
    uploaded_by: Mapped[str] = mapped_column(String(80))
    uploaded_at: Mapped[datetime]
    is_public: Mapped[bool] = mapped_column(Boolean, default=False)
    taken_at: Mapped[str] = mapped_column(String(16), default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]

    item: Mapped[RectificationItem] = relationship(back_populates="evidence")


class Workday(Base):
    """A day whose kind differs from its weekday: a holiday, or a weekend worked instead (调休)."""

    __tablename__ = "workday"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    is_working: Mapped[bool] = mapped_column(Boolean)
    name: Mapped[str] = mapped_column(String(40), default="")
