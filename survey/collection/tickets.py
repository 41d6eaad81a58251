"""One-time rights to answer: the secret on a slip, what it opens, and whether it still counts.

A slip carries a secret of 128 bits in its QR code and a code of 16 characters to be typed, 75
bits and a check character, which is made of the secret: either names the same ticket. The table
keeps a keyed hash of the code. A used ticket is the stored answer itself, under a credential
made of that hash and the pepper, so that nobody can lead from one to the other in a dump.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.collection import points
from survey.collection.intake import TicketRefused, keyed_hash
from survey.collection.keystore import Keystore
from survey.collection.models import CollectionPoint
from survey.collection.points import PointView
from survey.collection.receipts import CROCKFORD, random_code, read_code
from survey.collection.ticket_models import Ticket, TicketBatch, TicketBatchState
from survey.errors import NotFound

SECRET_LENGTH, CODE_LENGTH = 26, 16
LONGEST_TYPED = 80
_SECRET = re.compile(f"[{CROCKFORD}]{{{SECRET_LENGTH}}}")
_CODE = re.compile(f"[{CROCKFORD}]{{{CODE_LENGTH}}}")
_POLYNOMIAL = 0b100101
"""x^5 + x^2 + 1, irreducible over GF(2): the field that check characters are computed in."""


class TicketNotFound(NotFound):
    """No slip that can be used has this secret or code; why not is not told."""

    code = "TICKET_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__(
            "没有找到这张评议票，请核对票上的16个字符，或再扫一次",
            "There is no such ticket; check the 16 characters on the slip, or scan it again",
        )


@dataclass(frozen=True)
class Slip:
    """What is printed on one slip: the secret for its QR code, and the code to be typed."""

    secret: str
    code: str


def make_slip() -> Slip:
    """Return a fresh slip."""
    # 26 characters hold 130 bits.
    secret = random_code(SECRET_LENGTH)
    return Slip(secret, code_of(secret))


def code_of(secret: str) -> str:
    """Return the code that goes with a secret."""
    digest = hashlib.sha256(f"pingyi-ticket:{secret}".encode()).digest()
    number = int.from_bytes(digest, "big")
    body = "".join(CROCKFORD[number >> 5 * place & 31] for place in range(CODE_LENGTH - 1))
    return body + check_character(body)


def check_character(body: str) -> str:
    """Return the character that makes a mistyped or transposed code known as such.

    The weighted sum over GF(32) with the powers of a primitive element as weights: any one wrong
    character and any two exchanged ones change it, since no two weights are equal.
    """
    total, weight = 0, 1
    for character in body:
        weight = _times(weight, 2)
        total ^= _times(weight, CROCKFORD.index(character))
    return CROCKFORD[total]


def read_ticket(text: str) -> str | None:
    """Return the code of what was scanned or typed, or None where it is no ticket's form at all.

    Any case and width, with or without spaces and hyphens, look-alikes taken as meant.
    """
    written = (
        read_code(unicodedata.normalize("NFKC", text.strip())) if len(text) <= LONGEST_TYPED else ""
    )
    if _SECRET.fullmatch(written):
        return code_of(written)
    return written if _CODE.fullmatch(written) else None


def is_well_typed(code: str) -> bool:
    """Whether the last character of a code agrees with the others."""
    return check_character(code[:-1]) == code[-1]


def ticket_hash(keystore: Keystore, code: str) -> bytes:
    """Return what the table keeps of a ticket."""
    return keyed_hash(keystore, "ticket", "", code)


def credential_of(keystore: Keystore, round_code: str, hash_: bytes) -> bytes:
    """Return the credential under which an answer with this ticket is stored."""
    return keyed_hash(keystore, "ticket credential", round_code, hash_.hex())


def point_of(session: Session, keystore: Keystore, code: str) -> PointView:
    """Return the point that a ticket opens, used or not; nothing is spent.

    Raises:
        TicketNotFound: there is no such ticket, or its batch is void.
    """
    found = _valid_batch(session, keystore, code)
    if found is None:
        raise TicketNotFound
    point_code = select(CollectionPoint.code).where(CollectionPoint.id == found)
    return points.find_point(session, session.scalars(point_code).one())


def usable_credential(session: Session, keystore: Keystore, point: PointView, code: str) -> bytes:
    """Return the credential of a ticket for an answer at `point`; whether it is spent shows later.

    Raises:
        TicketRefused: there is no such ticket, its batch is void, or it is for another point.
    """
    if _valid_batch(session, keystore, code) != point.id:
        raise TicketRefused
    return credential_of(keystore, point.round_code, ticket_hash(keystore, code))


def _valid_batch(session: Session, keystore: Keystore, code: str) -> int | None:
    """Return the point of a ticket whose batch is in force."""
    return session.scalar(
        select(TicketBatch.point_id)
        .join(Ticket, Ticket.batch_id == TicketBatch.id)
        .where(
            Ticket.hash == ticket_hash(keystore, code),
            TicketBatch.state == TicketBatchState.ISSUED,
        )
    )


def _times(one: int, other: int) -> int:
    """Return the product of two elements of GF(32)."""
    product = 0
    while other:
        product ^= one if other & 1 else 0
        one <<= 1
        one ^= _POLYNOMIAL if one & 32 else 0
        other >>= 1
    return product
