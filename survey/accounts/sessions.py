"""Signed-in browsers, and the actor that an account is at this moment."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey.accounts.models import Account, ConsoleSession, Role, RoleGrant
from survey.accounts.names import normalised
from survey.accounts.policy import Actor, Grant
from survey.errors import NotFound
from survey.org.models import Organisation

IDLE_LIMIT = timedelta(minutes=30)
LIFETIME = timedelta(hours=12)
# Writing on every request would make every reader wait for every other.
SEEN_STEP = timedelta(minutes=1)


def start_session(session: Session, account: Account, *, now: datetime) -> str:
    """Return the cookie of a new signed-in browser; only its hash is stored."""
    session.execute(
        delete(ConsoleSession).where(
            (ConsoleSession.seen_at <= now - IDLE_LIMIT)
            | (ConsoleSession.created_at <= now - LIFETIME)
        )
    )
    token = secrets.token_urlsafe(32)
    session.add(
        ConsoleSession(
            token_hash=_hash(token),
            account_id=account.id,
            csrf_secret=secrets.token_urlsafe(32),
            created_at=now,
            seen_at=now,
        )
    )
    session.flush()
    return token


def resolve_session(session: Session, token: str, *, now: datetime) -> tuple[Actor, str] | None:
    """Return who a cookie stands for and the secret of its forms, or None for nobody.

    Grants are read anew each time, so that a role taken away is gone with the next request.
    """
    found = session.get(ConsoleSession, _hash(token))
    if found is None:
        return None
    account = session.get_one(Account, found.account_id)
    is_over = now >= found.seen_at + IDLE_LIMIT or now >= found.created_at + LIFETIME
    if is_over or not account.is_active:
        session.delete(found)
        session.flush()
        return None
    if now >= found.seen_at + SEEN_STEP:
        found.seen_at = now
        session.flush()
    return actor_of(session, account), found.csrf_secret


def end_session(session: Session, token: str) -> None:
    """End one browser's session; an unknown cookie is no error."""
    session.execute(delete(ConsoleSession).where(ConsoleSession.token_hash == _hash(token)))


def end_all(session: Session, account: Account) -> None:
    """End every session of an account."""
    session.execute(delete(ConsoleSession).where(ConsoleSession.account_id == account.id))


def actor_of(session: Session, account: Account) -> Actor:
    """Return the account with the roles it holds now; a stopped organisation gives none."""
    rows = session.execute(
        select(RoleGrant.role, Organisation.id, Organisation.path)
        .join(Organisation, Organisation.id == RoleGrant.org_id)
        .where(RoleGrant.account_id == account.id, Organisation.is_active)
        .order_by(Organisation.path, RoleGrant.role)
    )
    grants = tuple(Grant(Role(role), org_id, path) for role, org_id, path in rows)
    return Actor(account.name, account.display_name, grants, account.id)


def actor_named(session: Session, name: str) -> Actor:
    """Return the actor of the account called `name`, for the command line.

    Raises:
        NotFound: there is no such account, or it is disabled.
    """
    plain = normalised(name)
    account = session.scalar(select(Account).where(Account.name == plain)) if plain else None
    if account is None or not account.is_active:
        raise NotFound("没有这个账号，或已停用", "There is no such account, or it is disabled")
    return actor_of(session, account)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
