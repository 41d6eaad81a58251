"""Tokens of programs that read the API: who gets one, what it stands for, and its end."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.accounts import service, sessions
from survey.accounts.models import Account, ApiToken, Role
from survey.accounts.names import normalised
from survey.accounts.policy import Actor
from survey.audit import service as audit
from survey.errors import NotFound, SurveyError

PREFIX = "pingyi_"
"""How a token begins, so that whoever finds one in a file knows what it is."""
MAX_DAYS = 366
MAX_TOKENS = 10
MAX_LABEL_CHARS = 80


class TokenRefused(SurveyError):
    """The token cannot be like this; the sentence says what to mend."""

    code = "TOKEN_REFUSED"
    status = 422


@dataclass(frozen=True)
class NewToken:
    """A token just made; `secret` exists nowhere else."""

    token: ApiToken
    secret: str


def issue(
    session: Session,
    actor: Actor,
    name: str,
    label: str,
    *,
    role: Role | None = None,
    days: int = MAX_DAYS,
    now: datetime,
) -> NewToken:
    """Make a token that reads what the account `name` may read, or only what it may as `role`.

    Raises:
        NotFound: the actor sees no such account.
        NotAllowed: the account is not the actor's to change.
        TokenRefused: no label, too long, too many, or a role that the account does not hold.
    """
    account = _account_for(session, actor, name)
    called = " ".join(label.split())
    if not called or len(called) > MAX_LABEL_CHARS or not called.isprintable():
        raise TokenRefused(
            f"请写明这个令牌给哪个程序用，{MAX_LABEL_CHARS}字以内",
            f"Say which program the token is for, in at most {MAX_LABEL_CHARS} characters",
        )
    if not 1 <= days <= MAX_DAYS:
        raise TokenRefused(
            f"有效期要在1到{MAX_DAYS}天之间", f"A token is good for 1 to {MAX_DAYS} days"
        )
    if not account.is_active or (role and role.value not in {g.role for g in account.grants}):
        raise TokenRefused(
            "这个账号已停用，或者没有这个角色", "The account is disabled or has no such role"
        )
    if len(tokens_of(session, actor, name)) >= MAX_TOKENS:
        raise TokenRefused(
            f"一个账号最多{MAX_TOKENS}个令牌，请先作废不用的",
            f"An account has at most {MAX_TOKENS} tokens; revoke what is not needed",
        )
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        token_hash=_hash(secret),
        account_id=account.id,
        label=called,
        role=role.value if role else "",
        issued_by=actor.name,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(token)
    session.flush()
    _record(session, actor, "token", account, token, now)
    return NewToken(token, secret)


def tokens_of(session: Session, actor: Actor, name: str) -> list[ApiToken]:
    """Return the tokens of an account, the oldest first.

    Raises:
        NotFound, NotAllowed: see `issue`.
    """
    account = _account_for(session, actor, name)
    query = select(ApiToken).where(ApiToken.account_id == account.id).order_by(ApiToken.id)
    return list(session.scalars(query))


def revoke(session: Session, actor: Actor, token_id: int, *, now: datetime) -> None:
    """End a token, from the next request on.

    Raises:
        NotFound: there is none with this number that the actor may see.
        NotAllowed: the account is not the actor's to change.
    """
    token = session.get(ApiToken, token_id)
    if token is None:
        raise _no_such_token()
    account = session.get_one(Account, token.account_id)
    _account_for(session, actor, account.name)
    _record(session, actor, "revoke_token", account, token, now)
    session.delete(token)
    session.flush()


def resolve(session: Session, secret: str, *, now: datetime) -> Actor | None:
    """Return whom a token stands for, or None for nobody; only reads.

    Rights are read anew each time, so that a role taken away is gone with the next request.
    """
    token = session.scalar(select(ApiToken).where(ApiToken.token_hash == _hash(secret)))
    if token is None or now >= token.expires_at:
        return None
    account = session.get_one(Account, token.account_id)
    if not account.is_active:
        return None
    actor = sessions.actor_of(session, account)
    grants = tuple(g for g in actor.grants if token.role in ("", g.role.value))
    return replace(actor, grants=grants)


def _account_for(session: Session, actor: Actor, name: str) -> Account:
    """Return the account if it is the actor's own, or the actor's to manage."""
    if actor.account_id is not None:
        own = session.get_one(Account, actor.account_id)
        if own.name == normalised(name):
            return own
    account = service.get_account(session, actor, name)
    service.require_over(session, actor, account)
    return account


def _no_such_token() -> NotFound:
    return NotFound("没有这个令牌", "There is no such token")


def _record(
    session: Session, actor: Actor, act: str, account: Account, token: ApiToken, now: datetime
) -> None:
    audit.record(
        session,
        actor=actor.name,
        act=f"accounts.{act}",
        subject=account.name,
        now=now,
        token=token.id,
        label=token.label,
        role=token.role,
        expires_at=token.expires_at.isoformat(),
    )


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
