"""The organisation tree, its members' roster and its public commitments."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import Base


class Level(StrEnum):
    """Where an organisation stands in the tree."""

    DISTRICT = "district"
    UNIT = "unit"
    BRANCH = "branch"
    WINDOW = "window"


class Organisation(Base):
    """A node of the tree: the district, a unit, a party branch or a service window.

    `id` is the office's own code (D0, U01, B012, W04). `path` lists the codes from the root to
    the node, each followed by a slash, so that "this and everything below" is a prefix.
    """

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint("level IN ('district', 'unit', 'branch', 'window')", "level_known"),
        CheckConstraint(
            "(level = 'district') = (parent_id IS NULL)", "only_the_root_has_no_parent"
        ),
        CheckConstraint("star_prev BETWEEN 1 AND 5", "star_one_to_five"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    parent_id: Mapped[str | None] = mapped_column(
        ForeignKey("organisation.id", ondelete="RESTRICT"), index=True
    )
    path: Mapped[str] = mapped_column(String(200), unique=True)
    level: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(120))
    short_name: Mapped[str] = mapped_column(String(80))
    unit_type: Mapped[str] = mapped_column(String(40), default="")
    sector: Mapped[str] = mapped_column(String(40), default="", index=True)
    linked_branch_id: Mapped[str | None] = mapped_column(
        ForeignKey("organisation.id", ondelete="SET NULL")
    )
    secretary_name: Mapped[str] = mapped_column(String(80), default="")
    member_count: Mapped[int | None] = mapped_column(Integer)
    eligible_mass: Mapped[int | None] = mapped_column(Integer)
    annual_cases: Mapped[int | None] = mapped_column(Integer)
    star_prev: Mapped[int | None] = mapped_column(Integer)
    score_prev: Mapped[float | None]
    established: Mapped[int | None] = mapped_column(Integer)
    sort_no: Mapped[int] = mapped_column(Integer, default=0)
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)


class Member(Base):
    """A party member on a branch's roster."""

    __tablename__ = "member"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    branch_id: Mapped[str] = mapped_column(
        ForeignKey("organisation.id", ondelete="RESTRICT"), index=True
    )
    seq: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(80))
    gender: Mapped[str] = mapped_column(String(8), default="")
    birth_year: Mapped[int | None] = mapped_column(Integer)
    join_year: Mapped[int | None] = mapped_column(Integer)
    category: Mapped[str] = mapped_column(String(20))
    role: Mapped[str] = mapped_column(String(40), default="")
    education: Mapped[str] = mapped_column(String(40), default="")
    status: Mapped[str] = mapped_column(String(20), default="")
    is_evaluated: Mapped[bool] = mapped_column(Boolean)


class Commitment(Base):
    """A public promise of an organisation, with its measure and its due date."""

    __tablename__ = "commitment"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    org_id: Mapped[str] = mapped_column(
        ForeignKey("organisation.id", ondelete="RESTRICT"), index=True
    )
    year: Mapped[int] = mapped_column(Integer)
    seq: Mapped[int] = mapped_column(Integer)
    category: Mapped[str] = mapped_column(String(20), default="")
    content: Mapped[str] = mapped_column(Text)
    measure: Mapped[str] = mapped_column(Text, default="")
    owner: Mapped[str] = mapped_column(String(80), default="")
    due_on: Mapped[date] = mapped_column(Date)
    published_on: Mapped[date | None] = mapped_column(Date)
    approved_by: Mapped[str] = mapped_column(String(32), default="")
    status: Mapped[str] = mapped_column(String(20), default="")
    self_report: Mapped[str] = mapped_column(Text, default="")
    is_public: Mapped[bool] = mapped_column(Boolean, default=True)
