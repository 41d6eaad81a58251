"""Many hashes of 32 bytes without an object for each: in order, compared, and their Merkle root."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from survey.collection.processes import spread, workers_for

SIZE = 32
BLOCK = 4_096
"""Leaves of a tree hashed at a time; a power of two, at which RFC 6962 splits too."""

Hashes = NDArray[np.bytes_]
"""Fixed places of 32 bytes. A single one taken out of it loses zeros at its end: see `listed`."""


def packed(content: bytes | bytearray | Sequence[bytes]) -> Hashes:
    """Return hashes written one after the other, or apart, in the order they have."""
    if not isinstance(content, bytes | bytearray):
        content = b"".join(content)
    return np.frombuffer(content, dtype=f"S{SIZE}")


def ordered(content: bytes | bytearray | Sequence[bytes]) -> Hashes:
    """Return the same in the order of their bytes."""
    return np.sort(packed(content))


def listed(hashes: Hashes) -> list[bytes]:
    """Return every hash in full."""
    content = hashes.tobytes()
    return [content[first : first + SIZE] for first in range(0, len(content), SIZE)]


def among(some: Hashes, known: Hashes) -> NDArray[np.bool_]:
    """Return for each of `some` whether it is one of `known`, which are in order."""
    if not len(known):
        return np.zeros(len(some), dtype=bool)
    places = np.minimum(np.searchsorted(known, some), len(known) - 1)
    found: NDArray[np.bool_] = known[places] == some
    return found


def merkle_root(leaves: Sequence[bytes]) -> str:
    """Return the root of the RFC 6962 tree over `leaves`, in hex."""
    top = _climb(_leaves(leaves))
    return top[0].hex() if top else hashlib.sha256().hexdigest()


def packed_root(hashes: Hashes) -> str:
    """Return the same over packed hashes as they stand, with few of them at hand at a time."""
    return _root([_top(hashes, first) for first in range(0, len(hashes), BLOCK)])


def packed_roots(trees: Sequence[Hashes]) -> list[str]:
    """Return the root over each of `trees`; processes share the work on many hashes."""
    blocks = [
        (number, first) for number, tree in enumerate(trees) for first in range(0, len(tree), BLOCK)
    ]

    def climb(block: tuple[int, int]) -> tuple[tuple[int, int], bytes]:
        number, first = block
        return block, _top(trees[number], first)

    tops = dict(spread(climb, blocks, workers=workers_for(sum(map(len, trees)))))
    return [
        _root([tops[number, first] for first in range(0, len(tree), BLOCK)])
        for number, tree in enumerate(trees)
    ]


def _top(hashes: Hashes, first: int) -> bytes:
    """Return the top over the leaves of one block."""
    return _climb(_leaves(listed(hashes[first : first + BLOCK])))[0]


def _root(tops: list[bytes]) -> str:
    return _climb(tops)[0].hex() if tops else merkle_root([])


def _leaves(contents: Sequence[bytes]) -> list[bytes]:
    sha256 = hashlib.sha256
    return [sha256(b"\0" + content).digest() for content in contents]


def _climb(level: list[bytes]) -> list[bytes]:
    """Return the top of a tree over nodes; RFC 6962 leaves one without a partner as it is."""
    sha256 = hashlib.sha256
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        paired = [sha256(b"\1" + left + right).digest() for left, right in pairs]
        level = paired + ([level[-1]] if len(level) % 2 else [])
    return level
