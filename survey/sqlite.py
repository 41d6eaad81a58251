"""Puts a sound SQLite in place of the interpreter's own; every entry point imports this first.

Distributions ship SQLite 3.40 to 3.46, whose write-ahead log can lose commits (the WAL-reset
fault, fixed in 3.51.3 and in the back-ports named below). `pysqlite3` carries its own library.
"""

import sys

import pysqlite3
from pysqlite3 import dbapi2

sys.modules["sqlite3"] = pysqlite3
sys.modules["sqlite3.dbapi2"] = dbapi2

FIXED_SINCE = (3, 51, 3)
BACKPORTS = {(3, 44): 6, (3, 50): 7}


def has_wal_reset_fault(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite release can lose commits from its write-ahead log."""
    if version >= FIXED_SINCE:
        return False
    fixed_patch = BACKPORTS.get(version[:2])
    return fixed_patch is None or version[2] < fixed_patch
