"""The evidence of an item as its page shows it: pictures of before and after side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from survey.rectification.item import EvidenceKind
from survey.rectification.photographs import Taken, metres_between
from survey.rectification.story import EvidenceLine

FAR_METRES = 200
"""Farther apart than this, two pictures can hardly be of one place."""


@dataclass(frozen=True)
class Pair:
    """A picture of before and the one of after that belongs to it; either may be missing.

    `metres` is how far apart they were taken, where that is worth a second look.
    """

    before: EvidenceLine | None
    after: EvidenceLine | None
    metres: int | None


@dataclass(frozen=True)
class Shown:
    """Pairs of pictures in the order they were added, then everything else."""

    pairs: tuple[Pair, ...]
    papers: tuple[EvidenceLine, ...]


def shown(lines: Sequence[EvidenceLine]) -> Shown:
    """Return files of evidence in the order of the page."""
    before = [line for line in lines if line.kind is EvidenceKind.BEFORE]
    after = [line for line in lines if line.kind is EvidenceKind.AFTER]
    return Shown(
        tuple(Pair(b, a, _far(b, a)) for b, a in zip_longest(before, after)),
        tuple(line for line in lines if line.kind is EvidenceKind.DOCUMENT),
    )


def _far(before: EvidenceLine | None, after: EvidenceLine | None) -> int | None:
    if before is None or after is None:
        return None
    apart = metres_between(_taken(before), _taken(after))
    return round(apart) if apart is not None and apart > FAR_METRES else None


def _taken(line: EvidenceLine) -> Taken:
    return Taken(line.taken_at, line.latitude, line.longitude)
