"""Telephone numbers left for a call-back, on their way from the box to the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from survey.collection.keystore import Keystore, KeyUnavailable
from survey.collection.sealing import Unreadable, open_contact, seal_contact

ContactRow = tuple[bytes, int, bytes, str, bytes | None]
"""Random id, point, sealed number, its day or nothing, and the key it is sealed to if not the
round's."""


def label_of(round_code: str) -> str:
    """Return what stands in the file of every key for numbers of a round."""
    return f"{round_code} contact"


def contact_rows(
    keystore: Keystore,
    round_code: str,
    contact_key: bytes,
    contacts: Sequence[tuple[bytes, int, bytes]],
    occasions: Mapping[int, str],
) -> list[ContactRow]:
    """Return what is stored of the numbers in a box, in the order of their ids.

    Those with a day in `occasions` will belong to the item of their place and day. They are sealed
    to a key of that place and day before anything of them is written: a database keeps old rows in
    logs, in free pages and in backups, and none of them may outlast the item's own key.
    """
    rows: list[ContactRow] = []
    keys: dict[int, bytes] = {}
    try:
        private = keystore.private(contact_key) if occasions and contacts else b""
    except KeyUnavailable:
        # Answers must not wait for a key that they do not need.
        occasions = {}
    for id_, point_id, ciphertext in sorted(contacts):
        day = occasions.get(point_id)
        if day is None:
            rows.append((id_, point_id, ciphertext, "", None))
            continue
        try:
            number = open_contact(private, ciphertext)
        except Unreadable:
            # Nobody could ever call it; what somebody forged must not hold up all others.
            continue
        if point_id not in keys:
            keys[point_id] = keystore.create(label_of(round_code))
        key = keys[point_id]
        rows.append((id_, point_id, seal_contact(key, number), day, key))
    return rows
