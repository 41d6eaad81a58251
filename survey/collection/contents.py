"""What is in a box: every envelope opened and judged, nothing kept that says which was first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import islice

from forms.definition import ItemKind, Questionnaire
from survey.collection.counting import answers_pattern
from survey.collection.hashes import SIZE
from survey.collection.inbox import SealedRow
from survey.collection.leaves import picture_leaf
from survey.collection.models import random_id
from survey.collection.pictures import is_remade
from survey.collection.processes import spread
from survey.collection.sealing import VOID, Sheet, Unreadable

MAX_FLAGS = 120
BATCH = 4_096
"""Envelopes handed to a process at a time: no great weight, and few pieces of each point."""

SEPARATOR = "\0"
"""Stands in no answer, flag or text that is taken; see `_Form.accepts`."""

_HASH = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Place:
    """What must be known of a point to store its answers: its code and its questionnaire."""

    code: str
    questionnaire: Questionnaire


@dataclass(frozen=True)
class Piece:
    """Some answers of one point and their flags, each kind joined by `SEPARATOR`."""

    answers: bytes
    flags: bytes


@dataclass(frozen=True)
class PictureFound:
    """A picture that lies in a box still, sealed: its new id, its leaf, and where to find it."""

    id: bytes
    point_id: int
    leaf: bytes
    credential_hash: bytes


@dataclass
class Contents:
    """Everything a box held, each kind by itself, packed: a million answers must fit.

    Attributes:
        pieces: answers by point.
        texts: random id, item code and text by point, packed by `pack_text`; the ids have nothing
            to do with those of the responses.
        pictures: what to read again when it is written; ids as those of texts.
        contacts: (random id, point, sealed number).
        receipts: hashes, one after the other; two phones may have made the same.
        credentials: credential hashes of every row, readable or not, as they were read: in order.
        keys: the key hashes that belong to them.
        odd: pairs of both that are not of their size: forged, and counted like all others.
        unreadable: rows that hold no answer sheet of this round.
    """

    pieces: dict[int, list[Piece]] = field(default_factory=dict)
    texts: dict[int, list[bytes]] = field(default_factory=dict)
    pictures: list[PictureFound] = field(default_factory=list)
    contacts: list[tuple[bytes, int, bytes]] = field(default_factory=list)
    receipts: bytearray = field(default_factory=bytearray)
    credentials: bytearray = field(default_factory=bytearray)
    keys: bytearray = field(default_factory=bytearray)
    odd: list[tuple[bytes, bytes]] = field(default_factory=list)
    unreadable: int = 0

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return len(self.credentials) // SIZE + len(self.odd)

    def used(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield credential hash and key hash of every row, in order."""
        pairs = (
            (bytes(self.credentials[first : first + SIZE]), bytes(self.keys[first : first + SIZE]))
            for first in range(0, len(self.credentials), SIZE)
        )
        return merge(pairs, sorted(self.odd))

    def note(self, batch: Sequence[SealedRow]) -> None:
        """Keep the credentials of rows that are read."""
        for row in batch:
            if len(row.credential_hash) == len(row.key_hash) == SIZE:
                self.credentials += row.credential_hash
                self.keys += row.key_hash
            else:
                self.odd.append((row.credential_hash, row.key_hash))

    def add(self, other: Contents) -> None:
        """Take in what a part of the rows held; their credentials are kept by whoever reads."""
        for point_id, pieces in other.pieces.items():
            self.pieces.setdefault(point_id, []).extend(pieces)
        for point_id, texts in other.texts.items():
            self.texts.setdefault(point_id, []).extend(texts)
        self.pictures += other.pictures
        self.contacts += other.contacts
        self.receipts += other.receipts
        self.unreadable += other.unreadable


def read_contents(
    rows: Iterable[SealedRow],
    open_sheet: Callable[[bytes], Sheet],
    places: Mapping[int, Place],
    *,
    workers: int = 0,
) -> Contents:
    """Return what `rows` hold; `places` are the round's points.

    Sealed rows are in memory for as long as a process works on them, and opened ones nowhere else.
    """
    contents = Contents()
    forms = {point_id: _Form(place.questionnaire) for point_id, place in places.items()}

    def batches() -> Iterator[list[SealedRow]]:
        left = iter(rows)
        while batch := list(islice(left, BATCH)):
            contents.note(batch)
            yield batch

    def open_batch(batch: Sequence[SealedRow]) -> Contents:
        return _opened(batch, open_sheet, forms)

    for part in spread(open_batch, batches(), workers=workers):
        contents.add(part)
    return contents


def pack_text(id_: bytes, item_code: str, text: str) -> bytes:
    """Return a text as one string of bytes, which sort as the ids do."""
    return id_ + f"{item_code}{SEPARATOR}{text}".encode()


def unpack_text(packed: bytes) -> tuple[bytes, str, str]:
    """Return id, item code and text."""
    item_code, _, text = packed[16:].decode().partition(SEPARATOR)
    return packed[:16], item_code, text


def split(joined: bytes) -> list[str]:
    """Return the answers or flags of a piece."""
    return joined.decode().split(SEPARATOR)


def _opened(
    batch: Sequence[SealedRow],
    open_sheet: Callable[[bytes], Sheet],
    forms: Mapping[int, _Form],
) -> Contents:
    found = Contents()
    sheets: dict[int, tuple[list[str], list[str]]] = {}
    for row in batch:
        form = forms.get(row.point_id)
        try:
            sheet = open_sheet(row.ciphertext)
        except Unreadable:
            found.unreadable += 1
            continue
        signs = _flags(sheet)
        if form is None or sheet.point_id != row.point_id or not form.accepts(sheet, signs):
            found.unreadable += 1
            continue
        answers, flags = sheets.setdefault(row.point_id, ([], []))
        answers.append(sheet.answers)
        flags.append(signs)
        _take(found, sheet, row)
    for point_id, (answers, flags) in sheets.items():
        found.pieces[point_id] = [
            Piece(SEPARATOR.join(answers).encode(), SEPARATOR.join(flags).encode())
        ]
    return found


def _take(found: Contents, sheet: Sheet, row: SealedRow) -> None:
    found.receipts += bytes.fromhex(sheet.receipt)
    if sheet.texts:
        found.texts.setdefault(row.point_id, []).extend(
            pack_text(random_id(), *text) for text in sheet.texts
        )
    if sheet.picture is not None:
        id_ = random_id()
        leaf = picture_leaf(id_, *sheet.picture)
        found.pictures.append(PictureFound(id_, row.point_id, leaf, row.credential_hash))
    if sheet.contact is not None:
        found.contacts.append((random_id(), row.point_id, sheet.contact))


def _flags(sheet: Sheet) -> str:
    if not sheet.flags and not sheet.is_void:
        return ""
    return ",".join([*sheet.flags, VOID] if sheet.is_void else sheet.flags)


class _Form:
    """What an answer sheet must look like to be stored for a point."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.answers = answers_pattern(questionnaire)
        self.texts = frozenset(
            item.code
            for item in questionnaire.items
            if item.kind is ItemKind.TEXT
            and not item.is_contact
            and item is not questionnaire.case_item
        )
        self.pictures = frozenset(item.code for item in questionnaire.picture_items)

    def accepts(self, sheet: Sheet, flags: str) -> bool:
        """Whether a sheet can be stored; one row somebody forged must not hold up all others."""
        return (
            self.answers.fullmatch(sheet.answers) is not None
            and _HASH.fullmatch(sheet.receipt) is not None
            and (not sheet.texts or self._accepts_texts(sheet.texts))
            and (sheet.picture is None or self._accepts_picture(*sheet.picture))
            and (not flags or (len(flags) <= MAX_FLAGS and _can_be_stored(flags)))
        )

    def _accepts_texts(self, texts: Sequence[tuple[str, str]]) -> bool:
        return all(code in self.texts and _can_be_stored(text) for code, text in texts)

    def _accepts_picture(self, code: str, data: bytes) -> bool:
        return code in self.pictures and is_remade(data)


def _can_be_stored(text: str) -> bool:
    """Whether both databases take a text: no zero, and no half of a pair of surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return SEPARATOR not in text
