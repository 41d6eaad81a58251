"""Addresses of e-mail: proven by a code that was sent there, or set by the operator."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from survey.accounts.policy import Actor
from survey.audit import service as audit
from survey.jobs import service as jobs
from survey.notices import refusals
from survey.notices.mail import Mail
from survey.notices.models import NoticeSettings
from survey.notices.service import stored_wishes, wishes_of
from survey.outgoing import is_address
from survey.rectification.workdays import local_date

MAIL_CODE = "mail_code"
"""The job that sends a code."""
DIGITS = 8
VALID = timedelta(minutes=30)
MOST_TRIES = 5
MOST_CODES = 5
"""A day: nobody is written to at will by way of us."""


def ask_code(session: Session, actor: Actor, address: str, *, now: datetime) -> None:
    """Have a code sent to `address`; until it comes back, mail goes where it went before.

    Raises:
        AddressFaulty: it cannot be an address.
        CodesExhausted: too many codes were asked for today.
    """
    address = address.strip()
    if not is_address(address):
        raise refusals.AddressFaulty
    row = stored_wishes(session, wishes_of(session, actor).account_id)
    today = local_date(now)
    if row.codes_on != today:
        row.codes_on, row.codes = today, 0
    if row.codes >= MOST_CODES:
        raise refusals.CodesExhausted(
            "今天已经发过5次验证码，请明天再试", "Five codes were sent today; try again tomorrow"
        )
    row.codes += 1
    row.pending, row.pending_at, row.tries = address, now, 0
    jobs.request(session, MAIL_CODE, {"account": row.account_id}, by=actor.name, now=now)
    session.flush()


def confirm(session: Session, actor: Actor, code: str, *, secret: bytes, now: datetime) -> bool:
    """Take the pending address if `code` is the one sent to it, and say whether it is.

    A wrong code is counted, so whoever calls commits in either case; after `MOST_TRIES` a new one
    is needed.
    """
    row = stored_wishes(session, wishes_of(session, actor).account_id)
    at = row.pending_at
    if not row.pending or at is None or now > at + VALID or row.tries >= MOST_TRIES:
        return False
    row.tries += 1
    right = hmac.compare_digest(code.strip().encode(), code_of(row, secret).encode())
    if right:
        _take(session, row, row.pending, actor.name, now)
    session.flush()
    return right


def remove(session: Session, actor: Actor, *, now: datetime) -> None:
    """Send no more mail to `actor`, and forget the address."""
    row = stored_wishes(session, wishes_of(session, actor).account_id)
    _take(session, row, "", actor.name, now)


def set_address(
    session: Session, operator: Actor, account: Actor, address: str, *, now: datetime
) -> None:
    """Set an address that the operator vouches for; an empty one forgets it.

    Raises:
        AddressFaulty: it cannot be an address.
    """
    address = address.strip()
    if address and not is_address(address):
        raise refusals.AddressFaulty
    row = stored_wishes(session, wishes_of(session, account).account_id)
    _take(session, row, address, operator.name, now)


def code_of(row: NoticeSettings, secret: bytes) -> str:
    """Return the code of a pending address: it follows from the server's secret and is not kept."""
    at = row.pending_at.isoformat() if row.pending_at else ""
    told = f"notice-address|{row.account_id}|{row.pending}|{at}".encode()
    number = int.from_bytes(hmac.new(secret, told, hashlib.sha256).digest()[:8], "big")
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def code_mail(
    session: Session, account_id: int, *, secret: bytes, base_url: str, now: datetime
) -> Mail | None:
    """Return the mail with the code of an account's pending address; None when none is wanted."""
    row = session.get(NoticeSettings, account_id)
    if row is None or not row.pending or row.pending_at is None or now > row.pending_at + VALID:
        return None
    minutes = int(VALID.total_seconds() // 60)
    text = (
        f"您的验证码：{code_of(row, secret)}\n\n"
        f"请在{minutes}分钟内填到“通知设置”页：\n{base_url}/console/notices/settings\n\n"
        "如果不是您本人要的，不用理会，这个地址不会收到别的邮件。"
    )
    key = f"code-{account_id}-{int(row.pending_at.timestamp())}"
    return Mail(key, row.pending, "验证您的邮箱", text)


def _take(session: Session, row: NoticeSettings, address: str, by: str, now: datetime) -> None:
    row.address, row.pending, row.pending_at, row.tries = address, "", None, 0
    audit.record(
        session,
        actor=by,
        act="notices.address",
        subject=str(row.account_id),
        now=now,
        is_set=bool(address),
    )
    session.flush()
