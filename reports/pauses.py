"""When Python looks for garbage: after documents, not while one is laid out.

A document is a hundred thousand objects that all live until it is written. The collector walks
through them again and again and finds nothing: a tenth of a report's time, a third of a ledger's.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# So much HTML may wait to be cleared away, about 100 MB of boxes.
MOST = 400_000

_waiting = 0


@contextmanager
def without_collector(size: int) -> Iterator[None]:
    """Look for no garbage inside; clear away what `size` characters of HTML and others left."""
    global _waiting
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
        _waiting += size
        if _waiting >= MOST:
            _waiting = 0
            gc.collect()
