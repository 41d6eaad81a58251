"""What staff keep for their own work on items: views of the ledger, and what phones have sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import Base


class LedgerView(Base):
    """Filters, columns and order of the ledger under a name, for one account."""

    __tablename__ = "ledger_view"
    __table_args__ = (UniqueConstraint("account_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(40))
    query: Mapped[str] = mapped_column(String(800))


class ItemSending(Base):
    """A decision that a phone sent, under a key of the phone's own; sent again it changes nothing.

    `digest` is that of what was sent, so that one key cannot stand for two decisions.
    """

    __tablename__ = "item_sending"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    item_id: Mapped[int] = mapped_column(
        ForeignKey("rectification_item.id", ondelete="RESTRICT"), index=True
    )
    digest: Mapped[str] = mapped_column(String(64))
    sent_at: Mapped[datetime]
