"""Take in answers: one sealed row each, once for each page, and nothing that says when or who."""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms import answers, quality
from forms.definition import Questionnaire
from forms.expressions import Value
from survey.campaigns.models import CollectionMode, Round
from survey.collection.boxes import UNOPENED, unopened_before
from survey.collection.bursts import BURST, SHARED
from survey.collection.inbox import BoxClosed, BoxMissing, Inbox, Put, SealedRow
from survey.collection.keystore import Keystore
from survey.collection.models import Box, UsedCredential
from survey.collection.points import PointClosed, PointNotOpen, PointView, require_open
from survey.collection.receipts import receipt_hash, receipt_of
from survey.collection.sealing import Sheet, seal_contact, seal_sheet
from survey.errors import SurveyError

NO_SIGNALS: frozenset[str] = frozenset()


class CaseRated(SurveyError):
    """The case has been rated on another page; the first rating counts."""

    code = "CASE_RATED"

    def __init__(self) -> None:
        super().__init__(
            "这件事已经评价过了，不用再评；每办一次事评一次",
            "This case has been rated already; each visit is rated once",
        )


class TicketRefused(SurveyError):
    """The ticket has been used, is void, or belongs elsewhere; one sentence for all of these."""

    code = "TICKET_REFUSED"

    def __init__(self) -> None:
        super().__init__(
            "这张评议票已经使用过，或者不能再用。如有疑问请联系发票人员",
            "This ticket has been used, or cannot be used any more; ask whoever handed it out",
        )


@dataclass(frozen=True)
class Recorded:
    """An answer is stored and durable; `already` when an earlier sending of the page did it."""

    already: bool
    receipt: str


@dataclass(frozen=True)
class Prepared:
    """A sealed answer, the box that takes it now, and its receipt.

    `credential` is its ticket's or its case's, which may be spent: then it is `refused`.
    """

    box_id: int
    row: SealedRow
    receipt: str
    credential: bytes | None
    refused: type[SurveyError]

    def is_in_box(self, put: Put) -> bool:
        """Whether this very page is stored, now or by an earlier sending."""
        return put is not Put.SPENT or self.credential is None


def prepare(
    keystore: Keystore,
    point: PointView,
    questionnaire: Questionnaire,
    values: Mapping[str, Value],
    *,
    key: str,
    seconds: float | None,
    now: datetime,
    signals: frozenset[str] = NO_SIGNALS,
    credential: bytes | None = None,
    listed: str = "",
    picture: bytes | None = None,
) -> Prepared:
    """Seal one answer sheet; the arguments are those of `record`.

    Raises:
        PointNotOpen, PointClosed: too early or too late.
        KeyUnavailable: what is sealed now could not be opened.
        SheetTooLong: the texts do not fit.
        TicketRefused: there is no ticket where one is asked for.
    """
    if credential is None and point.mode == CollectionMode.TICKET:
        raise TicketRefused
    refused: type[SurveyError] = TicketRefused
    case = answers.case_number(questionnaire, values)
    if credential is None and case is not None:
        refused, credential = CaseRated, case_hash(keystore, point, case)
    require_open(point, now)
    box = point.box_at(now)
    keystore.rely_on(box.public_key, now)
    receipt = receipt_of(key)
    sheet = make_sheet(
        point,
        questionnaire,
        values,
        listed=listed or receipt_hash(point.round_code, point.code, receipt),
        seconds=seconds,
        signals=signals | _burst(point, now),
        picture=picture,
    )
    row = SealedRow(
        credential_hash=credential or page_hash(keystore, "credential", point, key),
        key_hash=page_hash(keystore, "key", point, key),
        point_id=point.id,
        ciphertext=seal_sheet(box.public_key, sheet),
    )
    return Prepared(box.id, row, receipt, credential, refused)


def record(
    session: Session,
    inbox: Inbox,
    keystore: Keystore,
    point: PointView,
    questionnaire: Questionnaire,
    values: Mapping[str, Value],
    *,
    key: str,
    seconds: float | None,
    now: datetime,
    signals: frozenset[str] = NO_SIGNALS,
    credential: bytes | None = None,
    listed: str = "",
    picture: bytes | None = None,
) -> Recorded:
    """Seal and store one answer sheet, once for each page key at a point.

    The main database is only read, and only for a page that comes too late or in a round with
    several boxes.

    Args:
        session: reads.
        inbox: takes the sealed row.
        keystore: holds the pepper; its key for this box is tested now and then.
        point: where the answers were given.
        questionnaire: the point's own, tailored.
        values: valid answers, those to items that were not asked left out.
        key: the page's idempotency key, in the form `receipts.is_key` knows.
        seconds: time spent as the phone counted it, None where it did not.
        now: aware.
        signals: what else is known of this answer ("dup").
        credential: the ticket's, at a point that asks for one; nothing else is to be kept of it.
        listed: what is to be published of the receipt, where the phone made one of its own and
            keeps it to itself; without it the receipt is the key's.
        picture: as `pictures.remade` makes it; named in `values` where it is asked for.

    Raises:
        CaseRated: the case that the answers name was rated on another page.
        PointNotOpen, PointClosed: too early or too late, and this page was not stored before.
        KeyUnavailable: what is sealed now could not be opened.
        BoxBusy, BoxMissing: not acknowledged; the same page may be sent again.
        SheetTooLong: the texts do not fit.
        TicketRefused: there is no ticket where one is asked for, or it was used with another page.
    """
    try:
        prepared = prepare(
            keystore,
            point,
            questionnaire,
            values,
            key=key,
            seconds=seconds,
            now=now,
            signals=signals,
            credential=credential,
            listed=listed,
            picture=picture,
        )
        if len(point.boxes) > 1:
            if was_recorded(session, inbox, keystore, point, key, now):
                return Recorded(already=True, receipt=prepared.receipt)
            if prepared.credential is not None and _is_spent(
                session, inbox, point, prepared.credential, now
            ):
                raise prepared.refused
        put = inbox.put(prepared.box_id, prepared.row)
    except (PointNotOpen, PointClosed, BoxClosed, BoxMissing) as refusal:
        if was_recorded(session, inbox, keystore, point, key, now):
            return Recorded(already=True, receipt=receipt_of(key))
        raise _too_late(session, point, refusal, now) from refusal
    if not prepared.is_in_box(put):
        raise prepared.refused
    return Recorded(already=put is not Put.STORED, receipt=prepared.receipt)


def was_recorded(
    session: Session,
    inbox: Inbox,
    keystore: Keystore,
    point: PointView,
    key: str,
    now: datetime,
) -> bool:
    """Whether a page was stored: in a box still sealed or, after its opening, among what was used.

    A page first sent before midnight may come again after it, when another box takes answers. Two
    sendings that cross there can both be stored; the later box then gives way at its opening.
    """
    key_hash = page_hash(keystore, "key", point, key)
    box = point.box_at(now)
    sealed = [box.id, *unopened_before(session, point.round_id, box)]
    if any(inbox.has_key(box_id, key_hash) for box_id in sealed):
        return True
    used = select(UsedCredential.key_hash).where(
        UsedCredential.round_id == point.round_id, UsedCredential.key_hash == key_hash
    )
    return session.scalar(used.limit(1)) is not None


def _is_spent(
    session: Session, inbox: Inbox, point: PointView, credential: bytes, now: datetime
) -> bool:
    """Whether a ticket was used before, in another box than the one that takes answers now."""
    earlier = unopened_before(session, point.round_id, point.box_at(now))
    if any(inbox.has_credential(box_id, credential) for box_id in earlier):
        return True
    return session.get(UsedCredential, (point.round_id, credential)) is not None


def _burst(point: PointView, now: datetime) -> frozenset[str]:
    """Return the flag of an answer at an open poster that comes among many (domain.md 3.11)."""
    is_open = point.mode == CollectionMode.OPEN
    return frozenset({BURST}) if is_open and SHARED.add(point.id, now) else NO_SIGNALS


def make_sheet(
    point: PointView,
    questionnaire: Questionnaire,
    values: Mapping[str, Value],
    *,
    listed: str,
    seconds: float | None,
    signals: frozenset[str] = NO_SIGNALS,
    picture: bytes | None = None,
) -> Sheet:
    """Return what is sealed of one set of answers; `listed` is the hash of their receipt."""
    contact = answers.contact(questionnaire, values)
    flags = quality.flags(questionnaire, values, seconds) | signals
    return Sheet(
        point_id=point.id,
        answers=answers.encode(questionnaire, values),
        receipt=listed,
        texts=answers.texts(questionnaire, values),
        contact=None if contact is None else seal_contact(point.contact_key, contact),
        flags=tuple(sorted(flags)),
        is_void=answers.is_void(questionnaire, values),
        picture=_picture_of(questionnaire, values, picture),
    )


def _picture_of(
    questionnaire: Questionnaire, values: Mapping[str, Value], picture: bytes | None
) -> tuple[str, bytes] | None:
    """Return the picture with the item that asked for it; one that was not asked for is dropped."""
    named = answers.pictures(questionnaire, values)
    return (named[0][0], picture) if named and picture is not None else None


def case_hash(keystore: Keystore, point: PointView, number: str) -> bytes:
    """Return the credential of a case at a point: one case, one rating (domain.md 2.8)."""
    written = unicodedata.normalize("NFKC", "".join(number.split())).upper()
    return keyed_hash(keystore, "case", point.round_code, f"{point.code}\0{written}")


def page_hash(keystore: Keystore, purpose: str, point: PointView, key: str) -> bytes:
    """Return the keyed hash of a page's key at this point.

    A phone may send the key it made to another point as well: that is another answer.
    """
    return keyed_hash(keystore, purpose, point.round_code, f"{point.code}\0{key}")


def keyed_hash(keystore: Keystore, purpose: str, round_code: str, text: str) -> bytes:
    """Return 32 bytes that say nothing without the pepper, and differ by purpose and round."""
    content = f"{purpose}\0{round_code}\0{text}".encode()
    return hmac.digest(keystore.pepper(), content, "sha256")


def _too_late(session: Session, point: PointView, refusal: Exception, now: datetime) -> Exception:
    """Return what to tell somebody whose page is not in the box."""
    if isinstance(refusal, BoxMissing):
        state = session.scalar(select(Box.state).where(Box.id == point.box_at(now).id))
        if state in UNOPENED:
            return refusal
    if isinstance(refusal, BoxClosed | BoxMissing):
        closes_at = session.scalar(select(Round.closes_at).where(Round.id == point.round_id))
        return PointClosed(closes_at or point.closes_at)
    return refusal
