"""Turn what happened to items into notices, portion by portion, each once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.accounts.models import Account, Role, RoleGrant
from survey.db import insert_new
from survey.notices.models import Notice
from survey.notices.rules import TOLD_OF, URGENT, Holder, Step, recipients, telling_of
from survey.org.models import Organisation
from survey.rectification.escalation import ESCALATED_REOPENINGS
from survey.rectification.models import RectificationItem, Transition
from survey.rectification.states import Act

LOOK_BACK = timedelta(days=7)
"""How old a step may be to be told still; a worker that was away longer leaves the rest to the
page 等我办的, which shows it anyway."""
PORTION = 500


@dataclass(frozen=True)
class Gathered:
    """How many notices a portion of steps made, and the last step; None when none was left."""

    made: int
    last: int | None


def gather(session: Session, *, now: datetime, after: int = 0) -> Gathered:
    """Make the notices of the next `PORTION` steps beyond the id `after`.

    Asked again about the same step, nobody is told again; those who took a post since then are.
    """
    query = (
        select(Transition, RectificationItem, Organisation.path)
        .join(RectificationItem, RectificationItem.id == Transition.item_id)
        .join(Organisation, Organisation.id == RectificationItem.org_id)
        .where(
            Transition.id > after,
            Transition.at > now - LOOK_BACK,
            Transition.act.in_([act.value for act in TOLD_OF]),
        )
        .order_by(Transition.id)
        .limit(PORTION)
    )
    rows = session.execute(query).all()
    if not rows:
        return Gathered(0, None)
    holders = holders_of(session)
    new = [
        notice for step, item, path in rows for notice in _notices(step, item, path, holders, now)
    ]
    return Gathered(_insert_new(session, new), rows[-1][0].id)


def holders_of(session: Session) -> list[Holder]:
    """Return who holds which role where: accounts and organisations in use alone."""
    query = (
        select(Account.id, Account.name, RoleGrant.role, Organisation.id, Organisation.path)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .join(Organisation, Organisation.id == RoleGrant.org_id)
        .where(Account.is_active, Organisation.is_active)
        .order_by(Account.id, Organisation.path, RoleGrant.role)
    )
    return [
        Holder(account_id, name, Role(role), org_id, path)
        for account_id, name, role, org_id, path in session.execute(query)
    ]


def _notices(
    row: Transition,
    item: RectificationItem,
    path: str,
    holders: Sequence[Holder],
    now: datetime,
) -> list[dict[str, Any]]:
    step = Step(
        act=Act(row.act),
        actor=row.actor,
        owner_path=path,
        needs_recheck=item.needs_recheck,
        is_raised=item.reopen_count >= ESCALATED_REOPENINGS,
        extensions=item.extension_count,
    )
    telling = telling_of(step)
    if telling is None:
        return []
    return [
        {
            "account_id": each.account_id,
            "transition_id": row.id,
            "item_id": item.id,
            "kind": telling.kind.value,
            "is_urgent": telling.kind in URGENT,
            "role": each.role.value,
            "org_id": each.org_id,
            "made_at": now,
        }
        for each in recipients(step, telling.to, holders)
    ]


def _insert_new(session: Session, rows: list[dict[str, Any]]) -> int:
    """Add the rows that are not there yet; two runs at once do not meet."""
    if not rows:
        return 0
    steps = [row["transition_id"] for row in rows]
    query = select(Notice.account_id, Notice.transition_id).where(
        Notice.transition_id.between(min(steps), max(steps))
    )
    known = {(account_id, step) for account_id, step in session.execute(query)}
    new = [row for row in rows if (row["account_id"], row["transition_id"]) not in known]
    if new:
        session.execute(insert_new(session, Notice), new)
    return len(new)
