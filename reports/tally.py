"""Counts of one target in one round: all that ever leaves the ballot box.

Nothing in `reports` sees a response. A `Tally` is what the opener counts, what is stored,
and what every figure is computed from; two tallies add up, so that boxes can be merged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NO_ANSWER = ""
NOT_ASKED = "-"
GIVEN = "*"
"""Stands for whatever was entered, where an item has no options: a number, a date."""

ALL_TOP = "all_top"
"""Sign of a ballot with the best level on every scored item that it answered."""

ALIKE = "alike"
"""Sign of the ballots that share the most frequent answers to the scored items, all-top apart."""

Counts = Mapping[str, int]
"""Option code → number of ballots. `NO_ANSWER` and `NOT_ASKED` stand beside the real codes."""


@dataclass(frozen=True)
class Moments:
    """Sums over ballots of one number per ballot: enough for its mean and its variance."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    def __add__(self, other: Moments) -> Moments:
        return Moments(self.n + other.n, self.total + other.total, self.squares + other.squares)

    def __sub__(self, other: Moments) -> Moments:
        return Moments(self.n - other.n, self.total - other.total, self.squares - other.squares)


@dataclass(frozen=True)
class CaseMoments:
    """Sums over the ballots that answered every item of a dimension, in codes 1–5.

    Attributes:
        n: such ballots.
        items: per item, sum and sum of squares, in questionnaire order.
        total, total_squares: the same of each ballot's sum over the items.
    """

    n: int = 0
    items: tuple[tuple[int, int], ...] = ()
    total: int = 0
    total_squares: int = 0

    def __add__(self, other: CaseMoments) -> CaseMoments:
        if not self.items or not other.items:
            return self if self.items else other
        return CaseMoments(
            n=self.n + other.n,
            items=tuple(
                (mine[0] + theirs[0], mine[1] + theirs[1])
                for mine, theirs in zip(self.items, other.items, strict=True)
            ),
            total=self.total + other.total,
            total_squares=self.total_squares + other.total_squares,
        )

    def __sub__(self, other: CaseMoments) -> CaseMoments:
        if not other.items:
            return self
        return CaseMoments(
            n=self.n - other.n,
            items=tuple(
                (mine[0] - theirs[0], mine[1] - theirs[1])
                for mine, theirs in zip(self.items, other.items, strict=True)
            ),
            total=self.total - other.total,
            total_squares=self.total_squares - other.total_squares,
        )


@dataclass(frozen=True)
class Tally:
    """Counts of the ballots of one target.

    Attributes:
        n: ballots counted.
        items: item code → option code → ballots. For a multiple choice every chosen option counts
            one, so the counts of an item may exceed `n`.
        pairs: "item|item" (questionnaire order, scored items) → "code|code" → ballots.
        groups: profile item code (identity, age) → option code → item code → option code → ballots.
        mass: moments of the per-ballot mass score (domain.md 3.8, rule 8); empty where the
            questionnaire has none.
        cases: dimension → moments of its complete cases, for alpha.
        overall: dimension → "mean code|code of the overall item" → ballots, for the importance
            that is derived where too few people said how important something is.
        numbers: item code → moments of the numbers that were entered.
    """

    n: int = 0
    items: Mapping[str, Counts] = field(default_factory=dict)
    pairs: Mapping[str, Counts] = field(default_factory=dict)
    groups: Mapping[str, Mapping[str, Mapping[str, Counts]]] = field(default_factory=dict)
    mass: Moments = Moments()
    cases: Mapping[str, CaseMoments] = field(default_factory=dict)
    overall: Mapping[str, Counts] = field(default_factory=dict)
    numbers: Mapping[str, Moments] = field(default_factory=dict)

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            n=self.n + other.n,
            items=_added(self.items, other.items),
            pairs=_added(self.pairs, other.pairs),
            groups=_added(self.groups, other.groups),
            mass=self.mass + other.mass,
            cases={
                code: self.cases.get(code, CaseMoments()) + other.cases.get(code, CaseMoments())
                for code in (*self.cases, *(c for c in other.cases if c not in self.cases))
            },
            overall=_added(self.overall, other.overall),
            numbers={
                code: self.numbers.get(code, Moments()) + other.numbers.get(code, Moments())
                for code in (*self.numbers, *(c for c in other.numbers if c not in self.numbers))
            },
        )


@dataclass(frozen=True)
class TargetTally:
    """What one target received in one round with one questionnaire.

    `received` = `official.n` + `excluded` + `void`. `official` leaves suspect ballots out when
    the round's rules say so; `complete` holds them. Void ballots are in neither.

    `signs` counts, over the valid ballots, each flag of the quality rules, `ALL_TOP` and `ALIKE`.
    """

    received: int = 0
    void: int = 0
    excluded: int = 0
    official: Tally = Tally()
    complete: Tally = Tally()
    signs: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: TargetTally) -> TargetTally:
        return TargetTally(
            received=self.received + other.received,
            void=self.void + other.void,
            excluded=self.excluded + other.excluded,
            official=self.official + other.official,
            complete=self.complete + other.complete,
            signs=_added(self.signs, other.signs),
        )


def to_data(tally: TargetTally) -> dict[str, Any]:
    """Return `tally` as plain JSON values."""
    return {
        "received": tally.received,
        "void": tally.void,
        "excluded": tally.excluded,
        "official": _tally_data(tally.official),
        "complete": _tally_data(tally.complete),
        "signs": tally.signs,
    }


def from_data(data: Mapping[str, Any]) -> TargetTally:
    """Return the tally that `to_data` wrote."""
    return TargetTally(
        received=data["received"],
        void=data["void"],
        excluded=data["excluded"],
        official=_tally_from(data["official"]),
        complete=_tally_from(data["complete"]),
        signs=data.get("signs", {}),
    )


def _tally_data(tally: Tally) -> dict[str, Any]:
    data: dict[str, Any] = {
        "n": tally.n,
        "items": tally.items,
        "pairs": tally.pairs,
        "groups": tally.groups,
        "mass": _moments_data(tally.mass),
        "cases": {
            code: [each.n, [list(item) for item in each.items], each.total, each.total_squares]
            for code, each in tally.cases.items()
        },
        "overall": tally.overall,
    }
    if tally.numbers:
        data["numbers"] = {code: _moments_data(each) for code, each in tally.numbers.items()}
    return data


def _moments_data(moments: Moments) -> list[float]:
    return [moments.n, moments.total, moments.squares]


def _tally_from(data: Mapping[str, Any]) -> Tally:
    cases = {
        code: CaseMoments(n, tuple((total, squares) for total, squares in items), whole, whole_2)
        for code, (n, items, whole, whole_2) in data.get("cases", {}).items()
    }
    return Tally(
        n=data["n"],
        items=data["items"],
        pairs=data["pairs"],
        groups=data["groups"],
        mass=Moments(*data["mass"]),
        cases=cases,
        overall=data.get("overall", {}),
        numbers={code: Moments(*each) for code, each in data.get("numbers", {}).items()},
    )


def _added(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sum of two nested mappings whose leaves are counts."""
    merged = dict(left)
    for key, value in right.items():
        mine = merged.get(key)
        if mine is None:
            merged[key] = value
        elif isinstance(value, Mapping):
            merged[key] = _added(mine, value)
        else:
            merged[key] = mine + value
    return merged
