"""What is not kept: the day of an answer after its month, the credentials a month after the round.

Both are acts of the worker, in the order and at the times that `docs/anonymity.md` states.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, func, insert, select
from sqlalchemy.orm import Session

from reports import tally
from reports.tally import TargetTally
from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.audit.models import AuditEntry
from survey.campaigns.models import Round, RoundState
from survey.collection.boxes import boxes_of, midnight
from survey.collection.contacts import label_of
from survey.collection.keystore import Keystore
from survey.collection.models import (
    Box,
    BoxKind,
    BoxState,
    CollectionPoint,
    Contact,
    Picture,
    Receipt,
    Response,
    StoredTally,
    UsedCredential,
    Verbatim,
)
from survey.collection.storing import seal_record
from survey.collection.verification import FORGETTING_ACT, MERGING_ACT, opening_data
from survey.db import Base, affected

CONTACTS_ACT = "round.forget_contacts"
USED_KEPT = timedelta(days=30)
"""How long after a round a page sent again, or a ticket used twice, is still known."""
CONTACTS_KEPT = timedelta(days=90)
"""How long after a round somebody may still call back; then numbers and their key go."""


def merge_months(
    session: Session, actor: Actor, round_: Round, *, now: datetime, zone: tzinfo
) -> list[str]:
    """Put the days of every month that has ended into one box, and return the months.

    A month waits until all its days are opened and verified; a day that was given up stays by
    itself, for there is nothing in it. Done again, nothing changes.
    """
    require(actor, Action.RUN_ROUNDS)
    days: dict[str, list[Box]] = {}
    for box in boxes_of(session, round_.id):
        if box.kind == BoxKind.DAY and box.state not in (BoxState.MERGED, BoxState.ABANDONED):
            days.setdefault(box.label[:7], []).append(box)
    merged = []
    for month, boxes in days.items():
        is_open = all(box.state == BoxState.KEY_DESTROYED for box in boxes)
        if is_open and _end_of(month, zone) <= now:
            _merge(session, actor, round_, month, boxes, now)
            merged.append(month)
    return merged


def has_months(session: Session, round_: Round, *, now: datetime, zone: tzinfo) -> bool:
    """Whether days of a month that has ended are still by themselves."""
    query = select(Box.label).where(
        Box.round_id == round_.id,
        Box.kind == BoxKind.DAY,
        Box.state == BoxState.KEY_DESTROYED,
    )
    return any(_end_of(label[:7], zone) <= now for label in session.scalars(query))


def has_past(session: Session, round_: Round, *, now: datetime) -> bool:
    """Whether a round is long enough over for something of it to be forgotten."""
    return (
        _is_over(round_, now, USED_KEPT) and not _was_done(session, round_, FORGETTING_ACT)
    ) or (_is_over(round_, now, CONTACTS_KEPT) and not _was_done(session, round_, CONTACTS_ACT))


def forget_credentials(session: Session, actor: Actor, round_: Round, *, now: datetime) -> bool:
    """Delete the list of used credentials of a round that ended `USED_KEPT` ago; say if so."""
    require(actor, Action.RUN_ROUNDS)
    if not _is_over(round_, now, USED_KEPT) or _was_done(session, round_, FORGETTING_ACT):
        return False
    count = session.scalar(select(func.count()).where(UsedCredential.round_id == round_.id))
    session.execute(delete(UsedCredential).where(UsedCredential.round_id == round_.id))
    audit.record(
        session, actor=actor.name, act=FORGETTING_ACT, subject=round_.code, now=now, count=count
    )
    return True


def forget_contacts(
    session: Session, actor: Actor, round_: Round, keystore: Keystore, *, now: datetime
) -> bool:
    """Delete the telephone numbers of a round that ended `CONTACTS_KEPT` ago, and their keys.

    Those of items have keys of their own, and stay until the item is done with. Keys that an
    interrupted opening made and nothing was sealed to go as well.
    """
    require(actor, Action.RUN_ROUNDS)
    if not _is_over(round_, now, CONTACTS_KEPT) or _was_done(session, round_, CONTACTS_ACT):
        return False
    here = select(CollectionPoint.id).where(CollectionPoint.round_id == round_.id)
    gone = session.execute(delete(Contact).where(Contact.point_id.in_(here), Contact.item == ""))
    of_items = set(session.scalars(select(Contact.sealed_to).where(Contact.point_id.in_(here))))
    made = {*keystore.labelled(label_of(round_.code))} - of_items
    for key in made | {box.contact_key for box in boxes_of(session, round_.id)}:
        keystore.destroy(key)
    audit.record(
        session,
        actor=actor.name,
        act=CONTACTS_ACT,
        subject=round_.code,
        now=now,
        count=affected(gone),
    )
    return True


def _is_over(round_: Round, now: datetime, kept: timedelta) -> bool:
    still = (RoundState.DRAFT, RoundState.SCHEDULED, RoundState.OPEN)
    return round_.state not in still and round_.paper_until + kept <= now


def _was_done(session: Session, round_: Round, act: str) -> bool:
    done = select(AuditEntry.id).where(AuditEntry.act == act, AuditEntry.subject == round_.code)
    return session.scalar(done.limit(1)) is not None


def _end_of(month: str, zone: tzinfo) -> datetime:
    year, number = map(int, month.split("-"))
    return midnight(date(year + number // 12, number % 12 + 1, 1), zone)


def _merge(
    session: Session, actor: Actor, round_: Round, month: str, days: Sequence[Box], now: datetime
) -> None:
    box = Box(
        round_id=round_.id,
        label=month,
        kind=BoxKind.MONTH,
        state=BoxState.KEY_DESTROYED,
        public_key=b"",
        contact_key=days[0].contact_key,
        answer_count=sum(day.answer_count or 0 for day in days),
        unreadable_count=sum(day.unreadable_count or 0 for day in days),
        repeated_count=sum(day.repeated_count or 0 for day in days),
        opened_at=max(day.opened_at for day in days if day.opened_at),
    )
    session.add(box)
    session.flush()
    ids = [day.id for day in days]
    for kind in (Response, Verbatim, Picture, Receipt):
        _move(session, kind, ids, box.id)
    _add_up(session, ids, box.id)
    seal_record(session, box)
    for day in days:
        day.state = BoxState.MERGED
    audit.record(
        session,
        actor=actor.name,
        act=MERGING_ACT,
        subject=round_.code,
        now=now,
        **opening_data(box),
    )


def _move(session: Session, kind: type[Base], days: Sequence[int], month: int) -> None:
    """Write the rows of days anew, in the order of their keys.

    An update would leave them in the places they had, day after day. Memory holds one part of
    them at a time: what a point had in a month, or the receipts that begin with the same digit.
    """
    table = Base.metadata.tables[kind.__tablename__]
    keys = [column for column in table.primary_key if column.name != "box_id"]
    of_days = table.c.box_id.in_(days)
    for part in _parts(session, table, of_days):
        query = select(table).where(of_days, part).order_by(*keys)
        rows: list[dict[str, Any]] = [
            dict(row) | {"box_id": month} for row in session.execute(query).mappings()
        ]
        session.execute(delete(table).where(of_days, part))
        if rows:
            session.execute(insert(table), rows)


def _parts(
    session: Session, table: Table, of_days: ColumnElement[bool]
) -> list[ColumnElement[bool]]:
    if "point_id" in table.c:
        here = select(table.c.point_id).where(of_days).distinct().order_by(table.c.point_id)
        return [table.c.point_id == point_id for point_id in session.scalars(here)]
    return [table.c.hash.startswith(digit) for digit in "0123456789abcdef"]


def _add_up(session: Session, days: Sequence[int], month: int) -> None:
    totals: dict[int, TargetTally] = {}
    for each in session.scalars(select(StoredTally).where(StoredTally.box_id.in_(days))):
        totals[each.point_id] = totals.get(each.point_id, TargetTally()) + tally.from_data(
            each.data
        )
    session.execute(delete(StoredTally).where(StoredTally.box_id.in_(days)))
    for point_id, total in sorted(totals.items()):
        session.add(StoredTally(box_id=month, point_id=point_id, data=tally.to_data(total)))
    session.flush()
