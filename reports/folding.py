"""The figures of a whole district in little room: what one looks through lies open.

Two thousand objects are some 90 MB as values, most of it items, distributions and groups, which
are read of one object at a time. Here they stay the deflated JSON that a release keeps, and are
read when somebody asks for them; what was read last is kept ready.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, overload

from reports.figures import Figures
from reports.plain_data import from_plain

_LONG = frozenset({"items", "dimensions", "needs", "distributions", "breakdowns"})
AT_HAND = 128
"""Objects whose figures are kept unfolded: those that reports are being written about."""


def folded(content: bytes) -> Figures:
    """Return the figures in `content`, deflated JSON of `to_plain`; they equal the unfolded ones.

    Status, scores and ranks can be read at once, what is long when it is asked for.
    """
    data = json.loads(zlib.decompress(content))
    head = from_plain(Figures, {name: data[name] for name in data if name not in _LONG})
    return replace(
        head,
        items=_FoldedMapping(content, "items"),
        dimensions=_FoldedMapping(content, "dimensions"),
        needs=_FoldedSequence(content, "needs"),
        distributions=_FoldedMapping(content, "distributions"),
        breakdowns=_FoldedSequence(content, "breakdowns"),
    )


@lru_cache(maxsize=AT_HAND)
def _unfolded(content: bytes) -> Figures:
    return from_plain(Figures, json.loads(zlib.decompress(content)))


class _FoldedMapping(Mapping[str, Any]):
    """A mapping of one object's figures."""

    __slots__ = ("_content", "_name")

    def __init__(self, content: bytes, name: str) -> None:
        self._content, self._name = content, name

    def _open(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = getattr(_unfolded(self._content), self._name)
        return found

    def __getitem__(self, key: str) -> Any:
        return self._open()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._open())

    def __len__(self) -> int:
        return len(self._open())


class _FoldedSequence(Sequence[Any]):
    """A list of one object's figures; equal to a tuple of the same."""

    __slots__ = ("_content", "_name")

    def __init__(self, content: bytes, name: str) -> None:
        self._content, self._name = content, name

    def _open(self) -> Sequence[Any]:
        found: Sequence[Any] = getattr(_unfolded(self._content), self._name)
        return found

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        return self._open()[index]

    def __len__(self) -> int:
        return len(self._open())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))
