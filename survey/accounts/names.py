"""How the names of accounts are written, so that no two look alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.accounts.models import Account

_NAME = re.compile(r"\w[\w.@-]{1,63}")


def normalised(name: str) -> str | None:
    """Return `name` as it is stored and compared, in NFKC and lower case; None if it is no name."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name.strip()).casefold())
    return folded if _NAME.fullmatch(folded) else None


def display_names(session: Session, names: Collection[str]) -> dict[str, str]:
    """Return what the accounts with these names are called; a name without an account stays out."""
    rows = session.execute(
        select(Account.name, Account.display_name).where(Account.name.in_(names))
    )
    return {row.name: row.display_name for row in rows}
