"""Wordings in which answers are inserted, as `${code}`, where nothing can be inserted."""

from __future__ import annotations

import re

SENTENCE = re.compile(r"[^。！？；.!?;]*[。！？；.!?;]?")
OPEN_PART = re.compile(r"\$\{[^}]*\}")


def said(text: str) -> str:
    """Return a wording without the sentences that a script fills in from the answers."""
    if not OPEN_PART.search(text):
        return text.strip()
    kept = [part for part in SENTENCE.findall(text) if not OPEN_PART.search(part)]
    return "".join(kept).strip()
