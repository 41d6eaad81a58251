"""Whether corrected figures may follow others that are already out (security.md 3.9, rule 7).

A reader who keeps both editions subtracts them. A count that moves by fewer than k tells what
those few said; a weighted mean that is given twice, with other weights, over parts that are
hidden, is a second equation for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reports.disclosure import Inputs
from reports.figures import Figures, Target
from reports.release_audit import Edition, stands_in
from reports.rollup import weight_of

WEIGHTS = "weights"
Key = tuple[str, str]


@dataclass(frozen=True)
class Step:
    """A published group that changed by too little, or a total that was weighed anew.

    Attributes:
        key: of the object or total.
        what: "ballots", an item code, "item=option", or `WEIGHTS`.
        before, after: the counts; equal for weights.
    """

    key: str
    what: str
    before: int
    after: int


def small_steps(before: Edition, after: Edition, inputs: Inputs, k: int) -> tuple[Step, ...]:
    """Return why the second edition may not follow the first; empty when it may.

    Every count that both give must be the same or differ by `k` at least. A total over objects of
    which one is hidden must be made of the same objects with the same weights, or not be given.
    What a count that only one edition gives tells, `reports.release_audit` finds.

    Args:
        before: an edition that is out.
        after: the one that is to follow, of the same questionnaire and for the same audience.
        inputs: the objects and their true counts, for the weight of those without a known N.
        k: fewest answers by which a published count may move.
    """
    earlier, later = _counts(before.figures), _counts(after.figures)
    found = [
        Step(key, what, old, new)
        for (key, what), new in later.items()
        if (old := earlier.get((key, what))) is not None and 0 < abs(new - old) < k
    ]
    return tuple(found + list(_reweighed(before, after, inputs)))


def _counts(figures: Sequence[Figures]) -> dict[Key, int]:
    """Return every count that is given, by object and what is counted."""
    return {
        (f"{each.target.level}/{each.target.key}", what): count
        for each in figures
        for what, count in _counts_of(each)
        if count is not None
    }


def _counts_of(figures: Figures) -> Iterator[tuple[str, int | None]]:
    yield "ballots", figures.n
    yield "received", figures.received
    yield "excluded", figures.excluded
    yield "void", figures.void
    for code, item in figures.items.items():
        yield code, item.n
        yield f"{code}=", item.dont_know
        yield from ((f"{code}={option}", count) for option, count in (item.counts or {}).items())
    for code, spread in figures.distributions.items():
        yield from ((f"{code}={option.code}", option.chosen) for option in spread.options)
    for breakdown in figures.breakdowns:
        yield from ((f"by {breakdown.item_code}={c.code}", c.n) for c in breakdown.cells)


def _reweighed(before: Edition, after: Edition, inputs: Inputs) -> Iterator[Step]:
    answered = {target.key: tally.official.n for target, tally in inputs}
    shown = [{e.target.key for e in edition.figures if e.is_shown} for edition in (before, after)]
    given = {_place(each): each for each in before.figures if _is_given(each)}
    for each in after.figures:
        if not _is_given(each) or _place(each) not in given:
            continue
        old = _weights(before.objects, each.target, answered)
        new = _weights(after.objects, each.target, answered)
        has_hidden = any(key not in seen for seen in shown for key in old.keys() | new.keys())
        if old != new and has_hidden:
            n = each.n or 0
            yield Step(_place(each), WEIGHTS, n, n)


def _is_given(figures: Figures) -> bool:
    return figures.roll_up is not None and figures.is_shown


def _place(figures: Figures) -> str:
    return f"{figures.target.level}/{figures.target.key}"


def _weights(
    objects: Sequence[Target], total: Target, answered: Mapping[str, int]
) -> dict[str, int]:
    """Return the weight of each object with answers that stands in a total."""
    return {
        each.key: weight_of(each, answered[each.key])
        for each in objects
        if answered.get(each.key) and stands_in(each, total)
    }
