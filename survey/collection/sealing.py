"""What an answer looks like inside its envelope, and the envelope."""

from __future__ import annotations

import base64
import json
import re
import struct
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from nacl.bindings import crypto_box_seal
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from survey.errors import SurveyError

SIZES = (1_024, 4_096, 16_384)
"""Sizes of a padded answer in bytes: its length tells no more than which of the three it needs."""

PICTURE_SIZE = 524_288
"""Size of a padded answer with a picture: that there is one cannot be hidden, its size can."""

_PADDED = frozenset({*SIZES, PICTURE_SIZE})

SUSPECT = "suspect"
VOID = "void"
"""Flags of a stored response: left out where the rules say so, and counted as received only."""

_LENGTH = struct.Struct(">I")

_USUAL = re.compile(
    rb'\{"a":"([!#-\[\]-~]*)","c":null,"f":\[\],"p":([1-9][0-9]{0,9}),"r":"([0-9a-f]{64})",'
    rb'"t":\[\],"v":false\}'
)
"""What `_to_bytes` makes of a sheet without text, flag or picture: most are read by this alone."""


class SheetTooLong(SurveyError):
    """The texts of one answer sheet do not fit into the largest envelope."""

    code = "SHEET_TOO_LONG"
    status = 422

    def __init__(self) -> None:
        super().__init__("文字太长，请删减一些再提交", "The texts are too long; shorten them")


class Unreadable(Exception):
    """An envelope does not open with this key, or holds no answer sheet."""


@dataclass(frozen=True)
class Sheet:
    """One answer sheet, as it is sealed.

    Attributes:
        point_id: collection point it was handed in at.
        answers: codes at fixed positions (`forms.answers`).
        receipt: hash of the receipt, in hex.
        texts: item code and text, in questionnaire order.
        contact: a telephone number, already sealed to the box's contact key.
        flags: findings of the quality rules, sorted.
        is_void: too few answers to count (paper only).
        picture: item code and bytes of a JPEG (`survey.collection.pictures`), where one was sent.
    """

    point_id: int
    answers: str
    receipt: str
    texts: tuple[tuple[str, str], ...] = ()
    contact: bytes | None = None
    flags: tuple[str, ...] = ()
    is_void: bool = False
    picture: tuple[str, bytes] | None = None


class Sealer(Protocol):
    """Seals to a public key and opens with the private one; the seam for another algorithm.

    Nothing else in the product knows what keys and envelopes are made of.
    """

    def generate(self) -> tuple[bytes, bytes]:
        """Return a fresh key pair: private, public."""
        ...

    def public_of(self, private_key: bytes) -> bytes:
        """Return the public key of a private one; raises ValueError or TypeError for no key."""
        ...

    def seal(self, public_key: bytes, plaintext: bytes) -> bytes:
        """Return an envelope that only the private key opens."""
        ...

    def opener(self, private_key: bytes) -> Callable[[bytes], bytes]:
        """Return what opens envelopes with this key; it raises Unreadable where the key fails."""
        ...


class SealedBoxSealer:
    """libsodium sealed boxes: X25519 with a key pair made for each envelope, XSalsa20-Poly1305."""

    def generate(self) -> tuple[bytes, bytes]:
        """Return a fresh key pair of 32 bytes each."""
        key = PrivateKey.generate()
        return bytes(key), bytes(key.public_key)

    def public_of(self, private_key: bytes) -> bytes:
        """Return the public key of a private one; raises ValueError or TypeError for no key."""
        return bytes(PrivateKey(private_key).public_key)

    def seal(self, public_key: bytes, plaintext: bytes) -> bytes:
        """Return an envelope of `plaintext`'s length plus 48 bytes."""
        return crypto_box_seal(plaintext, public_key)

    def opener(self, private_key: bytes) -> Callable[[bytes], bytes]:
        """Return what opens envelopes sealed to this key; preparing a key once halves the work."""
        box = SealedBox(PrivateKey(private_key))

        def unseal(ciphertext: bytes) -> bytes:
            try:
                return box.decrypt(ciphertext)
            except (CryptoError, ValueError, TypeError) as error:
                raise Unreadable from error

        return unseal


SEALER: Sealer = SealedBoxSealer()


def seal_sheet(public_key: bytes, sheet: Sheet) -> bytes:
    """Return `sheet` sealed to `public_key`, padded so that its length tells nothing.

    Raises:
        SheetTooLong: its texts need more than the largest size.
    """
    sizes = SIZES if sheet.picture is None else (PICTURE_SIZE,)
    return SEALER.seal(public_key, pad(_to_bytes(sheet), sizes))


def sheet_opener(private_key: bytes) -> Callable[[bytes], Sheet]:
    """Return what takes the sheet out of an envelope.

    It raises Unreadable for an envelope that was sealed to another key, was damaged, or holds
    something else.
    """
    unseal = SEALER.opener(private_key)

    def open_sheet(ciphertext: bytes) -> Sheet:
        plaintext = unpad(unseal(ciphertext))
        if usual := _USUAL.fullmatch(plaintext):
            answers, point_id, receipt = usual.groups()
            return Sheet(int(point_id), answers.decode(), receipt.decode())
        try:
            return _from_data(json.loads(plaintext))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise Unreadable from error

    return open_sheet


def seal_contact(contact_key: bytes, number: str) -> bytes:
    """Return a telephone number sealed to the key of those who call back."""
    return SEALER.seal(contact_key, number.encode().ljust(64, b"\0"))


def open_contact(private_key: bytes, ciphertext: bytes) -> str:
    """Return the telephone number in a contact envelope; raises Unreadable."""
    return SEALER.opener(private_key)(ciphertext).rstrip(b"\0").decode()


def pad(content: bytes, sizes: Sequence[int] = SIZES) -> bytes:
    """Return length, content and zeros, together as long as the smallest size that holds them."""
    needed = _LENGTH.size + len(content)
    for size in sizes:
        if needed <= size:
            return (_LENGTH.pack(len(content)) + content).ljust(size, b"\0")
    raise SheetTooLong


def unpad(padded: bytes) -> bytes:
    """Return the content that `pad` was given; raises Unreadable when it made something else."""
    if len(padded) not in _PADDED:
        raise Unreadable
    end = _LENGTH.size + _LENGTH.unpack_from(padded)[0]
    if end > len(padded):
        raise Unreadable
    return padded[_LENGTH.size : end]


def _to_bytes(sheet: Sheet) -> bytes:
    """Return `sheet` as canonical JSON: equal sheets, equal bytes."""
    data: dict[str, Any] = {
        "a": sheet.answers,
        "c": None if sheet.contact is None else base64.b64encode(sheet.contact).decode(),
        "f": sorted(sheet.flags),
        "p": sheet.point_id,
        "r": sheet.receipt,
        "t": [[code, unicodedata.normalize("NFC", text)] for code, text in sheet.texts],
        "v": sheet.is_void,
    }
    if sheet.picture is not None:
        code, picture = sheet.picture
        data["i"] = [code, base64.b64encode(picture).decode()]
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def _from_data(data: dict[str, Any]) -> Sheet:
    contact = data["c"]
    if not isinstance(data["p"], int) or not isinstance(data["a"], str):
        raise TypeError
    return Sheet(
        point_id=data["p"],
        answers=data["a"],
        receipt=str(data["r"]),
        texts=tuple((str(code), str(text)) for code, text in data["t"]),
        contact=None if contact is None else base64.b64decode(contact, validate=True),
        flags=tuple(str(flag) for flag in data["f"]),
        is_void=bool(data["v"]),
        picture=_picture(data.get("i")),
    )


def _picture(data: Any) -> tuple[str, bytes] | None:
    if data is None:
        return None
    code, picture = data
    return str(code), base64.b64decode(picture, validate=True)
