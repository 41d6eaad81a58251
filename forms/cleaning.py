"""Text as people meant it: composed (NFC), without signs that cannot be seen or that deceive."""

from __future__ import annotations

import re
import unicodedata

LINE_ENDS = re.compile("\r\n?|[\x85\u2028\u2029]")
# C0 and C1 controls save tab and line feed; soft hyphen, zero-width space, word joiner, byte
# order mark; marks, embeddings, overrides and isolates of bidirectional text. The zero-width
# joiners stay: emoji and several scripts are spelled with them.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """Return `text` in NFC, with plain line feeds and without invisible controls."""
    return unicodedata.normalize("NFC", UNSEEN.sub("", LINE_ENDS.sub("\n", text)))


def is_blank(text: str) -> bool:
    """Whether nothing in `text` can be seen."""
    return all(character.isspace() or character in "\u200c\u200d" for character in text)


def has_surrogate(text: str) -> bool:
    """Whether `text` holds half a character, which cannot be stored."""
    return SURROGATE.search(text) is not None
