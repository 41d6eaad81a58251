"""Chinese text as words: one dictionary for every reader of open text."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

STOP_WORDS = frozenset(
    Path(__file__).with_name("stop_words.txt").read_text(encoding="utf-8").split()
)


@lru_cache(maxsize=1)
def tokenizer() -> Any:
    """Return the tokenizer with its dictionary in memory.

    jieba would keep a copy of its dictionary in the folder for temporary files; here nothing is
    written.
    """
    import logging

    import jieba

    jieba.setLogLevel(logging.WARNING)
    made = jieba.Tokenizer()
    made.FREQ, made.total = made.gen_pfdict(made.get_dict_file())
    made.initialized = True
    return made


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of `text` that carry meaning, in order, repeated ones included."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return tuple(
        word
        for word in tokenizer().cut(plain)
        if word not in STOP_WORDS and any(character.isalnum() for character in word)
    )
