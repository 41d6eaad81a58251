"""What a reader could work out from everything released together, by linear programming.

Knows nothing of how things were hidden: it takes what was released, sets up every sum that a
reader can, and asks how far each count that was not released is narrowed by them (Fischetti &
Salazar 2001, the attacker's problem).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reports.disclosure import Inputs
from reports.figures import Figures, Target
from reports.tally import TargetTally

BALLOTS = "ballots"
LEAF_LEVELS = frozenset({"branch", "window"})
ROUNDING = 1e-6

Unknown = tuple[str, ...]


@dataclass(frozen=True)
class Exposure:
    """A count that was not released, and that a reader narrows to fewer than k values.

    Attributes:
        key: of the object.
        what: "ballots", an item code, or "item=option" of a profile item.
        low, high: what it lies between.
    """

    key: str
    what: str
    low: float
    high: float


@dataclass(frozen=True)
class Sum:
    """Unknown counts whose sum a reader knows."""

    unknowns: frozenset[Unknown]
    total: int


@dataclass(frozen=True)
class Edition:
    """One release: its figures, and the objects as they stood in the tree when it was made."""

    figures: Sequence[Figures]
    objects: Sequence[Target]


def audit(releases: Sequence[Sequence[Figures]], inputs: Inputs, k: int) -> tuple[Exposure, ...]:
    """Return every count that the releases give away; empty when they may go out.

    Args:
        releases: of one questionnaire in one round: the new one and all earlier ones. A file, a
            page and a print of the same figures are one release.
        inputs: the objects and their true counts.
        k: fewest values that a count which was not released has to keep.
    """
    objects = [target for target, _ in inputs]
    return audit_editions([Edition(release, objects) for release in releases], inputs, k)


def audit_editions(editions: Sequence[Edition], inputs: Inputs, k: int) -> tuple[Exposure, ...]:
    """Return what several editions together give away, though objects moved in between.

    Args:
        editions: everything that went out or is to go out, for whatever audience.
        inputs: the objects and their true counts, which are the same in all editions.
        k: fewest values that a count which was not released has to keep.
    """
    told = [(each, edition.objects) for edition in editions for each in edition.figures]
    figures = [each for each, _ in told]
    found = list(_narrow(_ballots(told, inputs), k))
    for code in dict.fromkeys(code for each in figures for code in each.items):
        found += _narrow(_answers(code, told, inputs), k)
    for code in dict.fromkeys(b.item_code for each in figures for b in each.breakdowns):
        found += _narrow(_cells(code, told, inputs), k)
    return tuple(sorted(set(found), key=lambda each: (each.key, each.what)))


Told = Sequence[tuple[Figures, Sequence[Target]]]
"""Figures, each with the objects of its edition."""


@dataclass(frozen=True)
class _Puzzle:
    """Counts that were not released and are not zero, and the sums that hold them."""

    unknowns: Mapping[Unknown, tuple[str, str]]
    sums: Sequence[Sum]


def _ballots(told: Told, inputs: Inputs) -> _Puzzle:
    truth = {target.key: tally.official.n for target, tally in inputs}
    known = {each.target.key: each.n for each, _ in told if _is_leaf(each) and each.n is not None}
    unknowns: dict[Unknown, tuple[str, str]] = {
        (key,): (key, BALLOTS) for key, n in truth.items() if n and key not in known
    }
    sums = [
        _rest(each.n, inside, known, unknowns)
        for each, inside in _totals(told)
        if each.n is not None
    ]
    return _Puzzle(unknowns, [each for each in sums if each.unknowns])


def _answers(code: str, told: Told, inputs: Inputs) -> _Puzzle:
    """Return the puzzle of how many answered one scored item."""
    options = {
        option for each, _ in told if code in each.items for option in each.items[code].counts or ()
    }

    def answered(tally: TargetTally) -> int:
        counts = tally.official.items.get(code, {})
        return sum(counts.get(option, 0) for option in options)

    truth = {target.key: answered(tally) for target, tally in inputs}
    known = {
        each.target.key: n
        for each, _ in told
        if _is_leaf(each) and code in each.items and (n := each.items[code].n) is not None
    }
    unknowns: dict[Unknown, tuple[str, str]] = {
        (key,): (key, code) for key, n in truth.items() if n and key not in known
    }
    sums = [
        _rest(n, inside, known, unknowns)
        for each, inside in _totals(told)
        if code in each.items and (n := each.items[code].n) is not None
    ]
    return _Puzzle(unknowns, [each for each in sums if each.unknowns])


def _cells(code: str, told: Told, inputs: Inputs) -> _Puzzle:
    """Return the puzzle of how many ballots gave each answer to a profile item."""
    shown: dict[str, dict[str, int]] = {}
    ballots = {each.target.key: each.n for each, _ in told if _is_leaf(each) and each.n is not None}
    for each, _ in told:
        if _is_leaf(each) and code in each.distributions:
            cells = shown.setdefault(each.target.key, {})
            for option in each.distributions[code].options:
                if option.chosen is not None:
                    cells[option.code] = option.chosen
    options = {
        option.code
        for each, _ in told
        if code in each.distributions
        for option in each.distributions[code].options
    }
    unknowns: dict[Unknown, tuple[str, str]] = {}
    sums = []
    for target, tally in inputs:
        key = target.key
        # A reader cannot tell a hidden zero from any other hidden number.
        mine: dict[Unknown, tuple[str, str]] = {
            (key, option): (key, f"{code}={option}")
            for option in (options if tally.official.n else ())
            if option not in shown.get(key, {})
        }
        unknowns.update(mine)
        if mine and key in ballots:
            rest = ballots[key] - sum(shown.get(key, {}).values())
            sums.append(Sum(frozenset(mine), rest))
    sums += _column_sums(code, told, shown, unknowns)
    return _Puzzle(unknowns, sums)


def _column_sums(
    code: str,
    told: Told,
    shown: Mapping[str, Mapping[str, int]],
    unknowns: Mapping[Unknown, tuple[str, str]],
) -> Iterator[Sum]:
    for each, inside in _totals(told):
        distribution = each.distributions.get(code)
        for option in distribution.options if distribution else ():
            if option.chosen is not None:
                known = {key: shown.get(key, {}).get(option.code, 0) for key in inside}
                away = frozenset(
                    (key, option.code) for key in inside if (key, option.code) in unknowns
                )
                if away:
                    yield Sum(away, option.chosen - sum(known.values()))


def _is_leaf(figures: Figures) -> bool:
    return figures.roll_up is None and figures.target.level in LEAF_LEVELS


def _totals(told: Told) -> Iterator[tuple[Figures, list[str]]]:
    """Yield each released total with the keys of the objects that it adds up."""
    for each, objects in told:
        if each.roll_up is not None:
            yield each, [target.key for target in objects if stands_in(target, each.target)]


def stands_in(leaf: Target, total: Target) -> bool:
    """Whether an object is one of those that a total adds up."""
    if total.level == "unit":
        return leaf.unit_id == total.org_id
    if total.level == "sector":
        return leaf.sector == total.org_id
    return True


def _rest(
    total: int,
    inside: Sequence[str],
    known: Mapping[str, int],
    unknowns: Mapping[Unknown, tuple[str, str]],
) -> Sum:
    away = frozenset((key,) for key in inside if (key,) in unknowns)
    return Sum(away, total - sum(known.get(key, 0) for key in inside))


def _narrow(puzzle: _Puzzle, k: int) -> Iterator[Exposure]:
    for unknowns, sums in _components(puzzle):
        for unknown in unknowns:
            low, high = _bounds(unknown, unknowns, sums)
            if high - low < k - 1 - ROUNDING:
                yield Exposure(*puzzle.unknowns[unknown], low, high)


def _components(puzzle: _Puzzle) -> Iterator[tuple[list[Unknown], list[Sum]]]:
    """Yield the unknowns that sums tie together, with those sums; free ones are nobody's."""
    group: dict[Unknown, int] = {}
    members: dict[int, tuple[list[Unknown], list[Sum]]] = {}
    for number, each in enumerate(dict.fromkeys(puzzle.sums)):
        joined = {group[u] for u in each.unknowns if u in group}
        unknowns, sums = [u for u in each.unknowns if u not in group], [each]
        for other in joined:
            theirs = members.pop(other)
            unknowns += theirs[0]
            sums += theirs[1]
        members[number] = (unknowns, sums)
        group.update(dict.fromkeys(unknowns, number))
    yield from members.values()


def _bounds(
    unknown: Unknown, unknowns: Sequence[Unknown], sums: Sequence[Sum]
) -> tuple[float, float]:
    """Return the least and the most that a count can be, all counts being at least 0."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    if len(sums) == 1:
        return (0.0 if len(unknowns) > 1 else sums[0].total), float(sums[0].total)
    place = {each: i for i, each in enumerate(unknowns)}
    rows = [(row, place[u]) for row, each in enumerate(sums) for u in each.unknowns]
    matrix = csr_array(
        ([1.0] * len(rows), ([r for r, _ in rows], [c for _, c in rows])),
        shape=(len(sums), len(unknowns)),
    )
    totals = [float(each.total) for each in sums]
    aim = [1.0 if each == unknown else 0.0 for each in unknowns]
    low = linprog(aim, A_eq=matrix, b_eq=totals, method="highs")
    high = linprog([-a for a in aim], A_eq=matrix, b_eq=totals, method="highs")
    if not (low.success and high.success):
        return 0.0, float("inf")
    return float(low.fun), float(-high.fun)
