"""Quantified competition indicators (量化竞赛指标): values in, scores of a tree out.

An indicator says how its value becomes 0–100 points; a branch of the tree is the weighted mean of
what stands under it; a period that holds several values of an indicator takes the mean of their
points. docs/methods.md, section 20.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import fsum
from statistics import median, quantiles

FULL = 100.0


class Direction(StrEnum):
    """Whether more or less of it is better."""

    HIGHER = "higher"
    LOWER = "lower"


class Scoring(StrEnum):
    """How a value becomes points."""

    LINEAR = "linear"
    STEP = "step"
    DEDUCTION = "deduction"
    VETO = "veto"


@dataclass(frozen=True)
class Indicator:
    """A node of the tree: a leaf is measured, a branch is the mean of what stands under it.

    Attributes:
        code, name: of the node.
        parent: code of the node above; empty at the top.
        weight: against its sisters; at least 0.
        scoring: None for a branch.
        direction: of a leaf scored linearly or by steps.
        target: value that gives full points (linear).
        floor: value that gives none (linear).
        steps: (value, points), best value first (step).
        points_each: taken off for each unit of the value (deduction).
        limit: value that may not be passed (veto).
        unit, source, owner: what it is counted in, where it comes from, who enters it.
        period: "month", "quarter" or "year".
    """

    code: str
    name: str
    parent: str = ""
    weight: float = 1.0
    scoring: Scoring | None = None
    direction: Direction = Direction.HIGHER
    target: float = 0.0
    floor: float = 0.0
    steps: tuple[tuple[float, float], ...] = ()
    points_each: float = 0.0
    limit: float = 0.0
    unit: str = ""
    source: str = ""
    owner: str = ""
    period: str = "quarter"


@dataclass(frozen=True)
class NodeScore:
    """The points of one node.

    Attributes:
        score: 0–100; None where nothing under it was measured.
        value: of a leaf with one value; None where missing, or where the period holds several.
        known: share of the weight under it that was measured, 0–1.
        is_veto: a leaf passed its limit, or something under the branch did.
    """

    code: str
    score: float | None
    value: float | None
    known: float
    is_veto: bool = False


@dataclass(frozen=True)
class Benchmark:
    """One organisation's points beside its peer group's.

    Attributes:
        code: of the node.
        own: points of the organisation.
        median: of the group.
        best_quarter: points from which the best quarter begins; None with fewer than four peers.
        place: 1 is best; equal points share it.
        of: how many were compared.
    """

    code: str
    own: float
    median: float
    best_quarter: float | None
    place: int
    of: int


def points(indicator: Indicator, value: float) -> float:
    """Return the points of a leaf's value, 0–100.

    Raises:
        ValueError: the node is a branch, or its rule cannot score anything.
    """
    if indicator.scoring is Scoring.LINEAR:
        span = indicator.target - indicator.floor
        if span == 0:
            raise ValueError(f"{indicator.code}: target equals floor")
        return _cut(FULL * (value - indicator.floor) / span)
    if indicator.scoring is Scoring.STEP:
        return _cut(next((p for edge, p in indicator.steps if _reaches(indicator, value, edge)), 0))
    if indicator.scoring is Scoring.DEDUCTION:
        return _cut(FULL - indicator.points_each * value)
    if indicator.scoring is Scoring.VETO:
        return 0.0 if is_veto(indicator, value) else FULL
    raise ValueError(f"{indicator.code} is a branch")


def is_veto(indicator: Indicator, value: float) -> bool:
    """Whether the value passes the limit of a veto indicator."""
    if indicator.scoring is not Scoring.VETO:
        return False
    if indicator.direction is Direction.LOWER:
        return value > indicator.limit
    return value < indicator.limit


def tree_scores(
    indicators: Sequence[Indicator], values: Mapping[str, float]
) -> dict[str, NodeScore]:
    """Return the points of every node, leaves first; "" is the whole.

    A leaf without a value leaves the mean, and its weight is shared among its sisters; `known`
    says how much of the weight that is. A veto indicator carries no points into the mean: it
    stands beside it.

    Args:
        indicators: the tree, in any order.
        values: leaf code → value of the period.
    """
    return period_scores(indicators, {code: (value,) for code, value in values.items()})


def period_scores(
    indicators: Sequence[Indicator], values: Mapping[str, Sequence[float | None]]
) -> dict[str, NodeScore]:
    """Return the points of every node over a period that holds several values of a leaf.

    A quarter holds three values of a monthly indicator: its points are the mean of theirs, months
    without a value left out and told by `known`. One value beyond the limit of a veto is enough.

    Args:
        indicators: the tree, in any order.
        values: leaf code → the values expected in the period, None where missing.
    """
    scores: dict[str, NodeScore] = {}
    below: dict[str, list[Indicator]] = {}
    for each in indicators:
        below.setdefault(each.parent, []).append(each)
    for node in _upwards(indicators):
        scores[node.code] = (
            _branch(node.code, below[node.code], scores)
            if node.code in below
            else _leaf(node, values.get(node.code) or (None,))
        )
    scores[""] = _branch("", below.get("", ()), scores)
    return scores


def without(indicators: Sequence[Indicator], codes: Collection[str]) -> tuple[Indicator, ...]:
    """Return the tree without the leaves in `codes`, nor the branches they leave empty."""
    kept = [each for each in indicators if each.code not in codes]
    while True:
        parents = {each.parent for each in kept}
        alive = [each for each in kept if each.scoring or each.code in parents]
        if len(alive) == len(kept):
            return tuple(kept)
        kept = alive


def missing(indicators: Sequence[Indicator], values: Mapping[str, float]) -> tuple[Indicator, ...]:
    """Return the leaves that have no value yet: what reminders are about."""
    return tuple(each for each in indicators if each.scoring and each.code not in values)


def benchmarks(code: str, group: Mapping[str, float]) -> dict[str, Benchmark]:
    """Return each organisation's points in `group` beside the median and the best quarter."""
    if not group:
        return {}
    every = sorted(group.values(), reverse=True)
    first = {own: place for place, own in reversed(list(enumerate(every, start=1)))}
    quarter = quantiles(every, n=4, method="inclusive")[2] if len(every) >= 4 else None
    middle = median(every)
    return {
        org_id: Benchmark(code, own, middle, quarter, first[own], len(every))
        for org_id, own in group.items()
    }


def faults(indicators: Sequence[Indicator]) -> tuple[str, ...]:
    """Return what is wrong with a tree, in words; empty when it can be scored."""
    codes = [each.code for each in indicators]
    parents = {each.parent for each in indicators}
    found = [f"指标“{code}”出现了两次" for code in sorted({c for c in codes if codes.count(c) > 1})]
    for each in indicators:
        if each.parent and each.parent not in codes:
            found.append(f"“{each.name}”的上级指标“{each.parent}”不存在")
        if each.weight < 0:
            found.append(f"“{each.name}”的权重不能小于0")
        if each.code in parents and each.scoring:
            found.append(f"“{each.name}”下面还有指标，不能再有计分办法")
        if each.code not in parents and not each.scoring:
            found.append(f"“{each.name}”没有计分办法")
        found += _rule_faults(each)
    return (*found, *(f"“{name}”的上级绕成了圈" for name in _circles(indicators)))


def _rule_faults(each: Indicator) -> list[str]:
    if each.scoring is Scoring.LINEAR:
        if each.target == each.floor:
            return [f"“{each.name}”的满分值和零分值不能一样"]
        if (each.target > each.floor) != (each.direction is Direction.HIGHER):
            return [f"“{each.name}”的满分值、零分值与“越高越好／越低越好”不一致"]
    if each.scoring is Scoring.STEP:
        edges = [edge for edge, _ in each.steps]
        ordered = sorted(edges, reverse=each.direction is Direction.HIGHER)
        if not edges or edges != ordered:
            return [f"“{each.name}”的分档要从好到差排列"]
    if each.scoring is Scoring.DEDUCTION and each.points_each <= 0:
        return [f"“{each.name}”每项扣分要大于0"]
    return []


def _circles(indicators: Sequence[Indicator]) -> list[str]:
    parents = {each.code: each.parent for each in indicators}
    found = []
    for each in indicators:
        seen, code = set(), each.code
        while code and code not in seen:
            seen.add(code)
            code = parents.get(code, "")
        if code:
            found.append(each.name)
    return found


def _upwards(indicators: Sequence[Indicator]) -> Iterator[Indicator]:
    """Yield the nodes so that each comes after all that stand under it."""
    parents = {each.code: each.parent for each in indicators}

    def depth(node: Indicator) -> int:
        steps, code = 0, node.code
        while code and steps <= len(indicators):
            steps, code = steps + 1, parents.get(code, "")
        return steps

    return iter(sorted(indicators, key=depth, reverse=True))


def _leaf(node: Indicator, values: Sequence[float | None]) -> NodeScore:
    found = [value for value in values if value is not None]
    if not found:
        return NodeScore(node.code, None, None, 0.0)
    return NodeScore(
        node.code,
        fsum(points(node, value) for value in found) / len(found),
        found[0] if len(values) == 1 else None,
        len(found) / len(values),
        any(is_veto(node, value) for value in found),
    )


def _branch(code: str, below: Sequence[Indicator], scores: Mapping[str, NodeScore]) -> NodeScore:
    counted = [each for each in below if each.scoring is not Scoring.VETO]
    weight = sum(each.weight for each in counted)
    known = sum(each.weight * scores[each.code].known for each in counted)
    measured = [
        (each.weight, score)
        for each in counted
        if (score := scores[each.code].score) is not None and each.weight
    ]
    total = sum(each for each, _ in measured)
    mean = sum(each * score for each, score in measured) / total if total else None
    return NodeScore(
        code,
        mean,
        None,
        known / weight if weight else 0.0,
        any(scores[each.code].is_veto for each in below),
    )


def _reaches(indicator: Indicator, value: float, edge: float) -> bool:
    return value >= edge if indicator.direction is Direction.HIGHER else value <= edge


def _cut(value: float) -> float:
    return min(FULL, max(0.0, value))
