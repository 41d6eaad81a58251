"""What a worker is asked to do, and how far it has come. Never an answer, nor part of one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Boolean, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import Base


class JobState(StrEnum):
    """Where a job stands; the last three are its ends."""

    WAITING = "waiting"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(Base):
    """A job, and the outbox row that brings it to the queue: written where the need arises.

    `id` is also the job's name in the queue, so that bringing it twice runs it once. `arguments`
    are codes, file names and counts. `note` is the code of what it failed with, or its outcome.
    """

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_state", "state"),)

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(12), default=JobState.WAITING.value)
    done_count: Mapped[int] = mapped_column(Integer, default=0)
    total_count: Mapped[int] = mapped_column(Integer, default=0)
    note: Mapped[str] = mapped_column(String(200), default="")
    wants_cancel: Mapped[bool] = mapped_column(Boolean, default=False)
    requested_by: Mapped[str] = mapped_column(String(80))
    requested_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
