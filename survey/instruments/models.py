"""Questionnaires: drafts that are being written, and published versions that never change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import Base


class QuestionnaireVersion(Base):
    """One version of a questionnaire; `digest` is its SHA-256 in hex.

    Triggers of the database refuse to change or remove a row, whoever asks.
    """

    __tablename__ = "questionnaire_version"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    code: Mapped[str] = mapped_column(String(64), index=True)
    version: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(16))
    definition: Mapped[dict[str, Any]] = mapped_column(JSON)
    imported_at: Mapped[datetime]


class QuestionnaireDraft(Base):
    """A questionnaire that is being written.

    `revision` counts every change, so that two people cannot overwrite each other; `step` says
    which of the draft's steps is the present one, so that changes can be taken back. `based_on`
    is the digest of the version it was copied from, empty for a new questionnaire.
    """

    __tablename__ = "questionnaire_draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200))
    based_on: Mapped[str] = mapped_column(String(64), default="")
    revision: Mapped[int] = mapped_column(default=1)
    step: Mapped[int] = mapped_column(default=1)
    changed_by: Mapped[str] = mapped_column(String(80))
    changed_at: Mapped[datetime]


class QuestionnaireDraftStep(Base):
    """What a draft looked like after one change."""

    __tablename__ = "questionnaire_draft_step"

    draft_id: Mapped[int] = mapped_column(
        ForeignKey("questionnaire_draft.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    definition: Mapped[dict[str, Any]] = mapped_column(JSON)
