"""What a web process tests before it serves."""

from __future__ import annotations

import sys

from sqlalchemy.exc import DBAPIError

from survey import schema
from survey.web.platform import Platform
from survey.worker import tell_unusable_keys

BOOT_FAILED = 3
"""Status of a web process after which gunicorn gives up instead of starting another one."""


def require_fit(held: Platform) -> None:
    """Test what a web process relies on before it serves, and say on standard error what is wrong.

    A schema of another release ends the process, and with it gunicorn: half of what it did would
    fail. A database that is away does not, since phones are then asked to come again, and a
    process that starts meanwhile must be there when it is back.

    Raises:
        SystemExit: the schema is that of another release.
    """
    try:
        schema.require_head(held.engine)
        tell_unusable_keys(held)
    except schema.SchemaBehind as refusal:
        print(f"{refusal.code}: {refusal.zh} / {refusal.en}", file=sys.stderr, flush=True)
        raise SystemExit(BOOT_FAILED) from refusal
    except DBAPIError as error:
        print(f"DATABASE_AWAY: {type(error).__name__}", file=sys.stderr, flush=True)
