"""Key a batch of paper ballots: two people, each alone, each ballot sealed as it is keyed.

No row has a time or a name; who keyed a batch stands in the audit log, who keyed a ballot nowhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forms.definition import Questionnaire
from forms.expressions import Value
from survey.accounts.policy import Actor
from survey.campaigns.models import Round
from survey.collection import keying_refusals as refusals
from survey.collection import points
from survey.collection.keying_batches import (
    BatchView,
    get_batch,
    mark_of,
    record,
    require_open,
    require_unsettled,
)
from survey.collection.keying_models import KeyedBallot, Keying, KeyingBatch
from survey.collection.keystore import Keystore
from survey.collection.paper import Validate
from survey.collection.sealing import SEALER, Unreadable, pad, unpad


@dataclass(frozen=True)
class Ballot:
    """A keyed ballot: option codes and texts by item code, empty where nothing was ticked."""

    fields: Mapping[str, tuple[str, ...]]
    is_spoilt: bool = False


def begin(
    session: Session, actor: Actor, round_: Round, batch_id: int, mark: str, *, now: datetime
) -> int:
    """Take on a keying of a batch and return its number; whoever has one already gets that.

    Raises:
        WrongMark: the ballots at hand are of another version.
        KeyingTaken: two others are keying it.
        BatchSettled, PaperClosed: it is too late.
    """
    view = get_batch(session, actor, round_, batch_id)
    require_open(round_, now)
    require_unsettled(view)
    own = view.keying_of(actor.name)
    if own is not None:
        return own.number
    if "".join(mark.split()).upper() != mark_of(view.point):
        raise refusals.WrongMark(mark_of(view.point))
    taken = {each.number for each in view.keyings}
    free = next((number for number in (1, 2) if number not in taken), None)
    if free is None:
        raise refusals.KeyingTaken
    try:
        with session.begin_nested():
            session.add(Keying(batch_id=batch_id, number=free, keyed_by=actor.name))
    except IntegrityError as error:
        # Somebody took it at this moment.
        raise refusals.KeyingTaken from error
    batch = session.get_one(KeyingBatch, batch_id)
    record(session, actor, "begin", batch, view.point, now, keying=free)
    return free


def put_ballot(
    session: Session,
    keystore: Keystore,
    actor: Actor,
    round_: Round,
    batch_id: int,
    place: int,
    ballot: Ballot,
    validate: Validate,
    *,
    now: datetime,
) -> None:
    """Seal one ballot of one's own keying; one that was keyed before is replaced.

    Raises:
        NotOwnKeying: the actor has no keying of this batch.
        PlaceOutside: the pile has no such place.
        BallotRefused: the questionnaire does not allow these answers; says why, by item.
        KeyUnavailable: what is sealed now could not be opened later.
    """
    view = get_batch(session, actor, round_, batch_id)
    require_open(round_, now)
    require_unsettled(view)
    own = view.keying_of(actor.name)
    if own is None:
        raise refusals.NotOwnKeying
    if not 1 <= place <= view.returned:
        raise refusals.PlaceOutside(view.returned)
    kept = ballot
    if not ballot.is_spoilt:
        kept = Ballot(judged(points.questionnaire_of(session, view.point), ballot, validate)[1])
    keystore.rely_on(view.public_key, now)
    row = KeyedBallot(
        batch_id=batch_id,
        number=own.number,
        place=place,
        ciphertext=SEALER.seal(view.public_key, pad(_to_bytes(kept))),
    )
    session.merge(row)
    session.get_one(Keying, (batch_id, own.number)).is_finished = False
    session.flush()


def finish(session: Session, actor: Actor, round_: Round, batch_id: int, *, now: datetime) -> None:
    """Declare one's own keying complete: every ballot that came back has its row.

    Raises:
        NotOwnKeying, BallotsMissing, BatchSettled.
    """
    view = get_batch(session, actor, round_, batch_id)
    require_unsettled(view)
    own = view.keying_of(actor.name)
    if own is None:
        raise refusals.NotOwnKeying
    if len(own.done) != view.returned:
        raise refusals.BallotsMissing(view.returned, len(own.done))
    session.get_one(Keying, (batch_id, own.number)).is_finished = True
    batch = session.get_one(KeyingBatch, batch_id)
    record(session, actor, "finish", batch, view.point, now, keying=own.number)


def judged(
    questionnaire: Questionnaire, ballot: Ballot, validate: Validate, place: int = 0
) -> tuple[Mapping[str, Value], dict[str, tuple[str, ...]]]:
    """Return the values of a ballot, and the same as fields; what is not asked is left out."""
    values, messages = validate(questionnaire, ballot.fields, "zh")
    if messages:
        _, english = validate(questionnaire, ballot.fields, "en")
        raise refusals.BallotRefused(messages, english, place)
    fields: dict[str, tuple[str, ...]] = {}
    for code, value in values.items():
        if isinstance(value, str):
            fields[code] = (value,)
        elif value:
            fields[code] = tuple(value)
    return values, fields


def open_drafts(
    session: Session, keystore: Keystore, view: BatchView, number: int
) -> dict[int, Ballot]:
    """Return one keying, opened with the key from the keystore, by place in the pile."""
    unseal = SEALER.opener(keystore.private(view.public_key))
    rows = session.execute(
        select(KeyedBallot.place, KeyedBallot.ciphertext)
        .where(KeyedBallot.batch_id == view.id, KeyedBallot.number == number)
        .order_by(KeyedBallot.place)
    )
    return {place: _from_bytes(unpad(unseal(sealed))) for place, sealed in rows}


def _to_bytes(ballot: Ballot) -> bytes:
    data = {"s": ballot.is_spoilt, "f": {c: list(v) for c, v in ballot.fields.items()}}
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _from_bytes(content: bytes) -> Ballot:
    try:
        data = json.loads(content)
        fields = {str(code): tuple(map(str, values)) for code, values in data["f"].items()}
        return Ballot(fields, bool(data["s"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable from error
