"""Releases: what of a round was let out, frozen for good, and requests for its single answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import Base


class Release(Base):
    """One edition of a round's figures for one audience; triggers keep it from change.

    `content` says what it is made of: the round, the rules, the questionnaires, the opened boxes
    and the digest of all figures. `digest` is the SHA-256 of its canonical JSON and names the
    edition in every file and on every page. What the office may see is let out by one person, what
    everybody may see by two; the operator of the command line stands outside that rule.
    """

    __tablename__ = "release"
    __table_args__ = (
        UniqueConstraint("round_id", "kind", "edition"),
        CheckConstraint("kind IN ('internal', 'public')", "kind_known"),
        CheckConstraint(
            "kind = 'internal' OR approved_by = 'operator'"
            " OR (approved_by <> '' AND approved_by <> released_by)",
            "approved_by_another",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(8))
    edition: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(String(64), index=True)
    rules_digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    released_by: Mapped[str] = mapped_column(String(80))
    released_at: Mapped[datetime]
    approved_by: Mapped[str] = mapped_column(String(80), default="")


class ReleasePart(Base):
    """A part of a release: the figures of one object, its report, or the objects themselves.

    `content` is JSON, deflated: two thousand reports are some 100 MB as plain text and a tenth of
    that so. `digest` is the SHA-256 of the JSON. `place` keeps the order within a questionnaire.
    """

    __tablename__ = "release_part"
    __table_args__ = (UniqueConstraint("release_id", "kind", "questionnaire", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(8))
    questionnaire: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(80))
    place: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)


class RowRequest(Base):
    """Somebody's wish to have single answers of a round, which another person decides on.

    Who asked, why, and who allowed it stay on record; the answers themselves are never kept here.
    """

    __tablename__ = "row_request"
    __table_args__ = (
        CheckConstraint(
            "decided_by = '' OR decided_by = 'operator' OR decided_by <> requested_by",
            "decided_by_another",
        ),
        CheckConstraint("state IN ('waiting', 'allowed', 'refused', 'taken')", "state_known"),
        CheckConstraint("(state = 'waiting') = (decided_by = '')", "decided_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="RESTRICT"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(8))
    requested_by: Mapped[str] = mapped_column(String(80))
    requested_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    decided_at: Mapped[datetime | None]
