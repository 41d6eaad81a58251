"""Page keys and receipts: say that an answer was counted, never which one it was."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import struct
from datetime import datetime, timedelta

RECEIPT_LENGTH = 12
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
AGE_STEP = 5
"""Seconds; a page key carries its time no finer than this."""

_HASH = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[A-Za-z0-9_-]{22,64}")
_TIME = struct.Struct(">I")
_RANDOM_SIZE = 14
_TAG_SIZE = 12
_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def mint_key(secret: bytes, now: datetime) -> str:
    """Return a fresh page key: 40 URL-safe characters that carry their time, authenticated."""
    body = _TIME.pack(int(now.timestamp()) // AGE_STEP) + secrets.token_bytes(_RANDOM_SIZE)
    return base64.urlsafe_b64encode(body + _tag(secret, body)).decode()


def is_key(text: str) -> bool:
    """Whether `text` has the form of a page key, ours or a phone's own."""
    return _KEY.fullmatch(text) is not None


def key_is_ours(secret: bytes, key: str) -> bool:
    """Whether `mint_key` made this key with this secret."""
    return _body(secret, key) is not None


def key_age(secret: bytes, key: str, now: datetime) -> timedelta | None:
    """Return how long ago `mint_key` made this key, to `AGE_STEP`; None when it did not."""
    body = _body(secret, key)
    if body is None:
        return None
    return timedelta(seconds=now.timestamp() - _TIME.unpack_from(body)[0] * AGE_STEP)


def receipt_of(key: str) -> str:
    """Return the receipt that belongs to a page key; the phone computes the same."""
    digest = hashlib.sha256(f"pingyi-receipt:{key}".encode()).digest()
    return _crockford(int.from_bytes(digest, "big") >> (256 - 5 * RECEIPT_LENGTH), RECEIPT_LENGTH)


def random_receipt() -> str:
    """Return a receipt that nobody holds, for an answer on paper."""
    return random_code(RECEIPT_LENGTH)


def receipt_hash(round_code: str, point_code: str, receipt: str) -> str:
    """Return what is published of a receipt: a SHA-256 in hex, the target hashed into it."""
    return hashlib.sha256(f"rcpt|{round_code}|{point_code}|{receipt}".encode()).hexdigest()


def listed_hash(text: str) -> str:
    """Return `text` if a phone may have made it as the hash of its own receipt, else nothing."""
    return text if _HASH.fullmatch(text) else ""


def random_code(length: int) -> str:
    """Return `length` random Crockford characters."""
    return _crockford(secrets.randbits(5 * length), length)


def read_code(typed: str) -> str:
    """Return a typed code in its written form: upper case, look-alikes resolved, no separators."""
    return typed.upper().translate(_LOOK_ALIKES)


def _crockford(number: int, length: int) -> str:
    return "".join(CROCKFORD[number >> 5 * place & 31] for place in reversed(range(length)))


def _body(secret: bytes, key: str) -> bytes | None:
    try:
        data = base64.b64decode(key, altchars=b"-_", validate=True)
    except ValueError:
        return None
    body, tag = data[:-_TAG_SIZE], data[-_TAG_SIZE:]
    if len(body) != _TIME.size + _RANDOM_SIZE:
        return None
    return body if hmac.compare_digest(tag, _tag(secret, body)) else None


def _tag(secret: bytes, body: bytes) -> bytes:
    return hmac.digest(secret, b"pingyi page key" + body, "sha256")[:_TAG_SIZE]
