"""What is in a box: every envelope opened and judged, nothing kept that says which was first."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice

from forms.definition import ItemKind, Questionnaire
from survey.collection.counting import answers_pattern
from survey.collection.inbox import SealedRow
from survey.collection.models import random_id
from survey.collection.pictures import is_remade
from survey.collection.sealing import VOID, Sheet, Unreadable

MAX_FLAGS = 120
BATCH = 1_024
"""Envelopes opened at a time: enough to keep all processors busy, and no great weight."""

_HASH = re.compile("[0-9a-f]{64}")


@dataclass
class Contents:
    """Everything a box held, each kind by itself.

    Attributes:
        responses: (point, random id, answers, flags).
        texts: (random id, point, item code, text); the ids have nothing to do with those of the
            responses.
        pictures: (random id, point, item code, JPEG); ids as those of texts.
        contacts: (random id, point, sealed number).
        receipts: hashes in hex; two phones that made the same receipt count once here.
        credentials: (credential hash, key hash) of every row, readable or not.
        unreadable: rows that hold no answer sheet of this round.
    """

    responses: list[tuple[int, bytes, str, str]] = field(default_factory=list)
    texts: list[tuple[bytes, int, str, str]] = field(default_factory=list)
    pictures: list[tuple[bytes, int, str, bytes]] = field(default_factory=list)
    contacts: list[tuple[bytes, int, bytes]] = field(default_factory=list)
    receipts: set[str] = field(default_factory=set)
    credentials: list[tuple[bytes, bytes]] = field(default_factory=list)
    unreadable: int = 0

    def sort(self) -> None:
        """Put every kind in the order of its keys.

        Ids were drawn at random after the rows were read, so sorting by them shuffles: what is
        then stored in this order tells nothing of arrival, nor which text came with which answer.
        """
        for rows in (self.responses, self.texts, self.pictures, self.contacts, self.credentials):
            rows.sort()


def read_contents(
    rows: Iterable[SealedRow],
    open_sheet: Callable[[bytes], Sheet],
    questionnaires: Mapping[int, Questionnaire],
) -> Contents:
    """Return what `rows` hold; `questionnaires` are those of the round's points, by point."""
    contents = Contents()
    forms = {point_id: _Form(questionnaire) for point_id, questionnaire in questionnaires.items()}
    for row, sheet in _opened(rows, open_sheet):
        contents.credentials.append((row.credential_hash, row.key_hash))
        form = forms.get(row.point_id)
        if sheet is None or sheet.point_id != row.point_id:
            contents.unreadable += 1
            continue
        if form is None or not form.accepts(sheet):
            contents.unreadable += 1
            continue
        _take(contents, sheet)
    contents.sort()
    return contents


def _opened(
    rows: Iterable[SealedRow], open_sheet: Callable[[bytes], Sheet]
) -> Iterator[tuple[SealedRow, Sheet | None]]:
    """Yield every row with its sheet, None for one that cannot be read.

    Several are opened at once: the cipher works outside the interpreter's lock.
    """

    def open_all(part: Sequence[SealedRow]) -> list[tuple[SealedRow, Sheet | None]]:
        found: list[tuple[SealedRow, Sheet | None]] = []
        for row in part:
            try:
                found.append((row, open_sheet(row.ciphertext)))
            except Unreadable:
                found.append((row, None))
        return found

    workers, left = os.cpu_count() or 1, iter(rows)
    with ThreadPoolExecutor(workers) as pool:
        while batch := list(islice(left, BATCH)):
            for part in pool.map(open_all, (batch[first::workers] for first in range(workers))):
                yield from part


def _take(contents: Contents, sheet: Sheet) -> None:
    point_id = sheet.point_id
    contents.responses.append((point_id, random_id(), sheet.answers, _flags(sheet)))
    contents.receipts.add(sheet.receipt)
    for item_code, text in sheet.texts:
        contents.texts.append((random_id(), point_id, item_code, text))
    if sheet.picture is not None:
        contents.pictures.append((random_id(), point_id, *sheet.picture))
    if sheet.contact is not None:
        contents.contacts.append((random_id(), point_id, sheet.contact))


def _flags(sheet: Sheet) -> str:
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

    def accepts(self, sheet: Sheet) -> bool:
        """Whether a sheet can be stored; one row somebody forged must not hold up all others."""
        return (
            self.answers.fullmatch(sheet.answers) is not None
            and _HASH.fullmatch(sheet.receipt) is not None
            and all(code in self.texts and "\0" not in text for code, text in sheet.texts)
            and (sheet.picture is None or self._accepts_picture(*sheet.picture))
            and len(_flags(sheet)) <= MAX_FLAGS
            and "\0" not in _flags(sheet)
        )

    def _accepts_picture(self, code: str, data: bytes) -> bool:
        return code in self.pictures and is_remade(data)
