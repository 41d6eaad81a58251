"""Whether answers for one object come in bursts (domain.md 3.11), counted in memory alone.

Two counters an object, for the running minute and the one before, lie in memory that the web
processes share; nothing of it is written anywhere, and it is gone with the service. What remains
is a flag inside the sealed answer.
"""

from __future__ import annotations

import mmap
import struct
from datetime import datetime

BURST = "burst"
MOST = 20
"""More ballots than this for one object in 60 s are a burst."""

_SLOTS = 8192
_SLOT = struct.Struct("<IHH")
_WINDOW = 60
_FULL = 65535


class Bursts:
    """Counters of the last minute, an object each; objects that share a slot are counted together.

    Two processes may count at once and lose one: a burst is a sign, not a figure.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _SLOTS * _SLOT.size)

    def add(self, point_id: int, now: datetime) -> bool:
        """Count one answer of a point; return whether it is part of a burst.

        The last 60 seconds are the running minute and, of the one before, as much as is still
        inside them, its answers taken as evenly spread.
        """
        seconds = int(now.timestamp())
        minute, passed = divmod(seconds, _WINDOW)
        place = point_id % _SLOTS * _SLOT.size
        held, current, before = _SLOT.unpack_from(self._memory, place)
        if held != minute:
            before = current if held == minute - 1 else 0
            current = 0
        current = min(_FULL, current + 1)
        _SLOT.pack_into(self._memory, place, minute, current, before)
        return bool(current + before * (_WINDOW - passed) / _WINDOW > MOST)


SHARED = Bursts()
"""Made when the module is loaded, which gunicorn does before it forks its workers."""
