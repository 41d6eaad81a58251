"""Accounts of staff, what they may do and where, and their sessions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.db import Base


class Role(StrEnum):
    """What a person does (domain.md 7); each role is held at one organisation and below."""

    DISTRICT_ADMIN = "district_admin"
    UNIT_ADMIN = "unit_admin"
    BRANCH_SECRETARY = "branch_secretary"
    WINDOW_MANAGER = "window_manager"
    VERIFIER = "verifier"
    INSPECTOR = "inspector"
    LEADER = "leader"
    ANALYST = "analyst"
    APPROVER = "approver"
    SUPERVISOR = "supervisor"


class Account(Base):
    """A member of staff who can sign in. `name` is stored in NFKC and lower case."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    display_name: Mapped[str] = mapped_column(String(80))
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(Boolean, default=False)
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)
    failed_sign_ins: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None]

    grants: Mapped[list[RoleGrant]] = relationship(
        back_populates="account", cascade="all, delete-orphan", lazy="selectin"
    )


class RoleGrant(Base):
    """A role held at an organisation; it reaches that organisation and everything below."""

    __tablename__ = "role_grant"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[str] = mapped_column(String(24), primary_key=True)
    org_id: Mapped[str] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True
    )

    account: Mapped[Account] = relationship(back_populates="grants")


class ConsoleSession(Base):
    """A signed-in browser. Only the hash of its cookie is stored."""

    __tablename__ = "console_session"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    csrf_secret: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class ApiToken(Base):
    """What a program shows instead of a password: it reads what its account may read.

    Only the hash of it is stored. `role` narrows it to what the account holds in that role; empty
    for all of them. A token is deleted to revoke it.
    """

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    label: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(24), default="")
    issued_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
