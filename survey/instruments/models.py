"""Published questionnaires: immutable versions, named by digest."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import Base


class QuestionnaireVersion(Base):
    """One version of a questionnaire, never changed once stored; `digest` is its SHA-256 in hex."""

    __tablename__ = "questionnaire_version"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    code: Mapped[str] = mapped_column(String(64), index=True)
    version: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(16))
    definition: Mapped[dict[str, Any]] = mapped_column(JSON)
    imported_at: Mapped[datetime]
