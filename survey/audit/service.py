"""Write and check the chained record of staff acts."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.audit.models import AuditEntry

GENESIS = "0" * 64
# Any number that nothing else in this database locks.
CHAIN_LOCK = 0x70696E67


def record(
    session: Session, *, actor: str, act: str, subject: str, now: datetime, **data: Any
) -> AuditEntry:
    """Append one act, in the caller's transaction; `data` holds codes and counts, never answers."""
    if session.get_bind().dialect.name == "postgresql":
        # One chain, one writer: without the lock, two acts at once take the same place in it.
        session.execute(select(func.pg_advisory_xact_lock(CHAIN_LOCK)))
    last = session.scalar(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1))
    previous = last.hash if last else GENESIS
    entry = AuditEntry(
        id=(last.id + 1) if last else 1,
        at=now,
        actor=actor,
        act=act,
        subject=subject,
        data=data,
        previous_hash=previous,
        hash="",
    )
    entry.hash = _hash(entry)
    session.add(entry)
    session.flush()
    return entry


def first_broken(session: Session) -> int | None:
    """Return the id of the first entry that does not fit its chain, or None when all do."""
    previous, expected_id = GENESIS, 1
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id)):
        if (entry.id, entry.previous_hash, entry.hash) != (expected_id, previous, _hash(entry)):
            return entry.id
        previous, expected_id = entry.hash, expected_id + 1
    return None


def _hash(entry: AuditEntry) -> str:
    content = [
        entry.id,
        entry.at.astimezone(UTC).isoformat(),
        entry.actor,
        entry.act,
        entry.subject,
        entry.data,
        entry.previous_hash,
    ]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
