"""Settle a batch of paper ballots: both keyings side by side, differences decided, into the box."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from forms.expressions import Value
from survey.accounts.policy import Actor
from survey.campaigns.models import Round
from survey.collection import keying_refusals as refusals
from survey.collection import points
from survey.collection.inbox import BoxClosed, Inbox, SealedRow
from survey.collection.intake import keyed_hash, make_sheet
from survey.collection.keying import Ballot, judged, open_drafts
from survey.collection.keying_batches import (
    BatchView,
    forget_drafts,
    get_batch,
    record,
    require_open,
    require_unsettled,
)
from survey.collection.keying_models import BatchState, KeyingBatch
from survey.collection.keystore import Keystore
from survey.collection.models import PaperIssued
from survey.collection.paper import IssuedExceeded, PaperClosed, Validate
from survey.collection.receipts import random_receipt, receipt_hash
from survey.collection.sealing import seal_sheet


@dataclass(frozen=True)
class Difference:
    """One place in the pile that was keyed in two ways; `codes` are the items that differ."""

    place: int
    first: Ballot
    second: Ballot
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """Both keyings side by side: every ballot as first keyed, and what differs."""

    ballots: Mapping[int, Ballot]
    differences: tuple[Difference, ...]


def compare(
    session: Session, keystore: Keystore, actor: Actor, round_: Round, batch_id: int
) -> Comparison:
    """Return both keyings side by side; neither can be seen before both are finished.

    Raises:
        KeyingUnfinished: somebody is still keying.
        KeyUnavailable: the drafts cannot be opened.
    """
    view = get_batch(session, actor, round_, batch_id)
    require_unsettled(view)
    if not view.is_complete:
        raise refusals.KeyingUnfinished
    first, second = (open_drafts(session, keystore, view, number) for number in (1, 2))
    differences = []
    for place in sorted(first):
        codes = _differing(first[place], second[place])
        if codes or first[place].is_spoilt != second[place].is_spoilt:
            differences.append(Difference(place, first[place], second[place], codes))
    return Comparison(first, tuple(differences))


def settle(
    session: Session,
    inbox: Inbox,
    keystore: Keystore,
    actor: Actor,
    round_: Round,
    batch_id: int,
    decisions: Mapping[int, Ballot],
    validate: Validate,
    *,
    by_agreement: bool,
    now: datetime,
) -> int:
    """Put a batch into the round's box and return how many ballots it had.

    The caller commits and then calls `discard_keys`; until then settling can be repeated, and
    adds nothing twice.

    Args:
        session: flushed here.
        inbox: takes the sealed rows, all or none.
        keystore: holds the batch's key.
        actor: a third person, or one of the two `by_agreement` with the other.
        round_: open, and not past `paper_until`.
        batch_id: both keyings are finished.
        decisions: what is right, for every place that was keyed in two ways.
        validate: see `paper.Validate`.
        by_agreement: the two who keyed have looked at the ballots together.
        now: aware.

    Raises:
        Undecided: a place has no decision.
        ThirdLookNeeded: the actor keyed the batch and the other has not agreed.
        TotalsDiffer: not as many spoilt ballots as declared.
        BallotRefused, PaperClosed, IssuedExceeded, KeyUnavailable, BoxBusy, BoxMissing.
    """
    require_open(round_, now)
    view = get_batch(session, actor, round_, batch_id)
    found = compare(session, keystore, actor, round_, batch_id)
    open_places = {each.place for each in found.differences}
    if open_places - decisions.keys():
        raise refusals.Undecided(sorted(open_places - decisions.keys()))
    if open_places and view.keying_of(actor.name) and not by_agreement:
        raise refusals.ThirdLookNeeded
    final = {
        place: decisions[place] if place in open_places else ballot
        for place, ballot in found.ballots.items()
    }
    spoilt = sum(ballot.is_spoilt for ballot in final.values())
    if spoilt != view.spoilt:
        raise refusals.TotalsDiffer(view.spoilt, spoilt)
    _into_box(session, inbox, keystore, round_, view, final, validate, now)
    _count_keyed(session, view)
    batch = session.get_one(KeyingBatch, batch_id)
    batch.state = BatchState.SETTLED.value
    forget_drafts(session, batch_id)
    counts = {"ballots": len(final), "spoilt": spoilt, "differences": len(open_places)}
    record(session, actor, "settle", batch, view.point, now, agreed=by_agreement, **counts)
    return len(final)


def _into_box(
    session: Session,
    inbox: Inbox,
    keystore: Keystore,
    round_: Round,
    view: BatchView,
    final: Mapping[int, Ballot],
    validate: Validate,
    now: datetime,
) -> None:
    questionnaire = points.questionnaire_of(session, view.point)
    box = view.point.box_at(now)
    keystore.rely_on(box.public_key, now)
    rows = []
    for place, ballot in final.items():
        values: Mapping[str, Value] = {}
        if not ballot.is_spoilt:
            values = judged(questionnaire, ballot, validate, place)[0]
        receipt = receipt_hash(view.point.round_code, view.point.code, random_receipt())
        sheet = make_sheet(view.point, questionnaire, values, listed=receipt, seconds=None)
        sheet = dataclasses.replace(sheet, is_void=sheet.is_void or ballot.is_spoilt)
        # Named by the batch's key and the place in the pile: settling again adds nothing.
        name = f"{view.public_key.hex()}:{place}"
        rows.append(
            SealedRow(
                credential_hash=keyed_hash(keystore, "paper credential", round_.code, name),
                key_hash=keyed_hash(keystore, "paper key", round_.code, name),
                point_id=view.point.id,
                ciphertext=seal_sheet(box.public_key, sheet),
            )
        )
    try:
        inbox.put_all(box.id, sorted(rows, key=lambda row: row.credential_hash))
    except BoxClosed as error:
        raise PaperClosed(round_) from error


def _differing(first: Ballot, second: Ballot) -> tuple[str, ...]:
    """Return the items that were keyed in two ways; blanks and line ends tell nothing apart."""
    if first.is_spoilt or second.is_spoilt:
        return ()
    codes = dict.fromkeys([*first.fields, *second.fields])
    return tuple(
        code
        for code in codes
        if _spelled(first.fields.get(code, ())) != _spelled(second.fields.get(code, ()))
    )


def _spelled(values: Sequence[str]) -> list[str]:
    return [" ".join(value.split()) for value in values]


def _count_keyed(session: Session, view: BatchView) -> None:
    stored = session.get_one(PaperIssued, view.point.id)
    stored.keyed_count += view.returned
    if stored.count is not None and stored.keyed_count > stored.count:
        raise IssuedExceeded([(view.point.org_id, stored.count, stored.keyed_count)])
