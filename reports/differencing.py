"""How far published sums narrow down numbers that were not published.

Every hidden count stands in one unit and one sector, so that all a reader can set up is a flow: a
count runs from its unit to its sector, and a sum that is known says how much passes a place. A
count can be larger by what can run back around it, and smaller by what can run beside it; both are
largest flows, and as counts are whole numbers, so are they (Gusfield 1988; with hidden sums too,
Hsu & Kao 2002). A linear programme finds the same ends in a time that grows with the whole
district; a flow is sought on the few ways around one count, and only until it is large enough.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise

Node = Hashable
Edge = tuple[Node, Node]


@dataclass
class Network:
    """Places, and what runs from one to another; what runs can be more, and less down to nothing.

    Attributes:
        onwards: place → the places that something runs to, and how much.
        backwards: the same edges by the place that they lead to.
    """

    onwards: dict[Node, dict[Node, float]] = field(default_factory=dict)
    backwards: dict[Node, dict[Node, float]] = field(default_factory=dict)

    def add(self, edge: Edge, amount: float) -> None:
        """Let `amount` more run along an edge; what could be anything is infinite."""
        tail, head = edge
        amount += self.onwards.setdefault(tail, {}).get(head, 0)
        self.onwards[tail][head] = amount
        self.backwards.setdefault(head, {})[tail] = amount

    @contextmanager
    def opened(self, edge: Edge, amount: float) -> Iterator[None]:
        """Have one more edge for a while: what would be if a sum were not known."""
        tail, head = edge
        self.add(edge, amount)
        try:
            yield
        finally:
            del self.onwards[tail][head], self.backwards[head][tail]

    def is_wide(self, edge: Edge, width: float, *, is_shared: bool = False) -> bool:
        """Whether what runs along an edge could be any of `width` + 1 successive numbers or more.

        Args:
            edge: one of the network.
            width: largest less smallest number, at least.
            is_shared: whether the number asked for is one of several that run there together, so
                that it may be as low as 0 whatever they add up to.
        """
        tail, head = edge
        amount = self.onwards[tail][head]
        less = amount if is_shared else _flow(self, tail, head, edge, min(amount, width))
        return less >= width or less + _flow(self, head, tail, edge, width - less) >= width


def _flow(network: Network, start: Node, goal: Node, without: Edge, enough: float) -> float:
    """Return how much more can run from `start` to `goal`, or `enough` (Ford & Fulkerson 1956)."""
    changes: dict[Edge, float] = {}
    found = 0.0
    while found < enough:
        path = _path(network, changes, start, goal, without)
        if path is None:
            return found
        found += _augment(network, changes, path, without, enough - found)
    return enough


def _augment(
    network: Network,
    changes: dict[Edge, float],
    path: list[Node],
    without: Edge,
    most: float,
) -> float:
    """Send what a path can take along it, `most` at most, and return how much that was."""
    taken = []
    for tail, head in pairwise(path):
        is_free = head in network.onwards.get(tail, {}) and (tail, head) != without
        if not is_free:
            lent = network.onwards[head][tail] + changes.get((head, tail), 0)
            most = min(most, lent)
        taken.append(((tail, head), 1) if is_free else ((head, tail), -1))
    for edge, sign in taken:
        changes[edge] = changes.get(edge, 0) + sign * most
    return most


def _path(
    network: Network, changes: dict[Edge, float], start: Node, goal: Node, without: Edge
) -> list[Node] | None:
    """Return places from `start` to `goal` that more can run along; None where there are none.

    Sought from both ends at once, an edge at a time: where one of them is a dead end, that is seen
    without looking at a whole district.
    """
    before: dict[Node, Node] = {start: start}
    after: dict[Node, Node] = {goal: goal}
    ahead = _walk(network, changes, before, without, is_onwards=True)
    behind = _walk(network, changes, after, without, is_onwards=False)
    for reached, other in zip(ahead, behind, strict=False):
        for meeting in (reached, other):
            if meeting in before and meeting in after:
                return [*reversed(_trail(before, meeting)), *_trail(after, meeting)[1:]]
    return None


def _walk(
    network: Network,
    changes: dict[Edge, float],
    reached: dict[Node, Node],
    without: Edge,
    *,
    is_onwards: bool,
) -> Iterator[Node]:
    """Yield one place after the other that more can run to (or from), noting how it was reached."""
    free, lent = network.onwards, network.backwards
    if not is_onwards:
        free, lent = lent, free
    waiting = deque(reached)
    while waiting:
        place = waiting.popleft()
        for other in free.get(place, ()):
            edge = (place, other) if is_onwards else (other, place)
            if edge != without:
                if other not in reached:
                    reached[other] = place
                    waiting.append(other)
                yield other
        for other, amount in lent.get(place, {}).items():
            edge = (other, place) if is_onwards else (place, other)
            if edge != without and amount + changes.get(edge, 0) > 0:
                if other not in reached:
                    reached[other] = place
                    waiting.append(other)
                yield other


def _trail(reached: dict[Node, Node], place: Node) -> list[Node]:
    trail = [place]
    while reached[place] != place:
        place = reached[place]
        trail.append(place)
    return trail
