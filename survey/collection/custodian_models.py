"""Who keeps the parts of a round's key: names and hashes, never a part itself."""

from __future__ import annotations

from sqlalchemy import Boolean, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import Base


class KeyShare(Base):
    """One custodian's part of the keys of a round, of which any two of three open its box.

    `account` is the custodian. `digest` is the SHA-256 of the words, by which a share typed later
    is known; the words themselves stand on a printed sheet, and until that was collected in the
    keystore. `is_collected` once the custodian has the sheet in hand.
    """

    __tablename__ = "key_share"

    round_id: Mapped[int] = mapped_column(
        ForeignKey("round.id", ondelete="RESTRICT"), primary_key=True
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    account: Mapped[str] = mapped_column(String(80))
    digest: Mapped[str] = mapped_column(String(64))
    is_collected: Mapped[bool] = mapped_column(Boolean, default=False)
