"""What people are told about items, the mails and messages it went in, and how they want it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from survey.db import Base


class Way(StrEnum):
    """How something leaves the platform."""

    MAIL = "mail"
    WEBHOOK = "webhook"


class Sort(StrEnum):
    """What goes out: everything new of a day, or what cannot wait for the next."""

    DIGEST = "digest"
    URGENT = "urgent"


class DeliveryState(StrEnum):
    """Where a delivery stands. `SENDING`: somebody has it in hand, or died with it in hand."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


class Delivery(Base):
    """One mail or message to one person: at most one of a sort a day.

    `id` makes the name by which a repeat is recognised. What it carries is fixed when it is made.
    `fault` is the code of what kept it from going out last.
    """

    __tablename__ = "notice_delivery"
    __table_args__ = (
        UniqueConstraint("account_id", "way", "sort", "day"),
        Index("ix_notice_delivery_state", "state"),
        CheckConstraint("way IN ('mail', 'webhook')", name="way_known"),
        CheckConstraint("sort IN ('digest', 'urgent')", name="sort_known"),
        CheckConstraint("state IN ('waiting', 'sending', 'sent', 'failed')", name="state_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    way: Mapped[str] = mapped_column(String(8))
    sort: Mapped[str] = mapped_column(String(8))
    day: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(8))
    made_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    fault: Mapped[str] = mapped_column(String(40), default="")


class Notice(Base):
    """What one person is told about one step of an item, once; `role` and `org_id` say why them.

    `mail_id` and `webhook_id` are what it went in; None: not yet, or not wanted.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("account_id", "transition_id"),
        Index("ix_notice_unread", "account_id", "read_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    transition_id: Mapped[int] = mapped_column(
        ForeignKey("transition.id", ondelete="RESTRICT"), index=True
    )
    item_id: Mapped[int] = mapped_column(
        ForeignKey("rectification_item.id", ondelete="RESTRICT"), index=True
    )
    kind: Mapped[str] = mapped_column(String(16))
    is_urgent: Mapped[bool] = mapped_column(Boolean)
    role: Mapped[str] = mapped_column(String(24))
    org_id: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    mail_id: Mapped[int | None] = mapped_column(
        ForeignKey("notice_delivery.id", ondelete="SET NULL"), index=True
    )
    webhook_id: Mapped[int | None] = mapped_column(
        ForeignKey("notice_delivery.id", ondelete="SET NULL"), index=True
    )


class NoticeSettings(Base):
    """How one person wants to be told; without a row as the defaults say.

    Mail goes to `address` alone, which is proven; `pending` waits for the code sent to it. The
    code is kept nowhere: it follows from the server's secret and `pending_at`.
    """

    __tablename__ = "notice_settings"
    __table_args__ = (
        CheckConstraint("quiet_from BETWEEN 0 AND 23", name="quiet_from_hour"),
        CheckConstraint("quiet_until BETWEEN 0 AND 23", name="quiet_until_hour"),
    )

    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    address: Mapped[str] = mapped_column(String(254), default="")
    pending: Mapped[str] = mapped_column(String(254), default="")
    pending_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(Integer, default=0)
    codes_on: Mapped[date | None] = mapped_column(Date)
    codes: Mapped[int] = mapped_column(Integer, default=0)
    wants_digest: Mapped[bool] = mapped_column(Boolean, default=True)
    by_mail: Mapped[bool] = mapped_column(Boolean, default=True)
    by_webhook: Mapped[bool] = mapped_column(Boolean, default=True)
    quiet_from: Mapped[int] = mapped_column(Integer, default=20)
    quiet_until: Mapped[int] = mapped_column(Integer, default=8)
