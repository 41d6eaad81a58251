"""How the names of accounts are written, so that no two look alike."""

from __future__ import annotations

import re
import unicodedata

_NAME = re.compile(r"\w[\w.@-]{1,63}")


def normalised(name: str) -> str | None:
    """Return `name` as it is stored and compared, in NFKC and lower case; None if it is no name."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name.strip()).casefold())
    return folded if _NAME.fullmatch(folded) else None
