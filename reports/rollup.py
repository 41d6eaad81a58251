"""Units, sectors and the district: weighted means over their branches or windows.

Formulas: docs/methods.md, section 9.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from math import sqrt
from typing import NamedTuple

from forms.definition import Item, Questionnaire
from reports.composition import Readings, with_scores
from reports.estimates import Z, spread_of_moments
from reports.figures import (
    Audience,
    Distribution,
    FactFigures,
    Figures,
    Interval,
    ItemFigures,
    Method,
    OptionCount,
    Rate,
    RollUp,
    Target,
)
from reports.rules import RuleSet
from reports.scoring import is_unanimous, return_of, status_of
from reports.tally import TargetTally


@dataclass(frozen=True)
class Member:
    """An evaluated object with answers, as it enters roll-ups."""

    figures: Figures
    readings: Readings
    tally: TargetTally

    @cached_property
    def weight(self) -> int:
        """See `weight_of`."""
        return weight_of(self.figures.target, self.tally.official.n)


def weight_of(target: Target, ballots: int) -> int:
    """Return N of a branch, yearly cases of a window; its ballots where neither is known."""
    return target.population or target.annual_cases or ballots


class Stratum(NamedTuple):
    """One member's mean of something; `population` is None where nobody counted it."""

    weight: int
    n: int
    mean: float
    sd: float | None
    population: int | None


@dataclass(frozen=True)
class Stratified:
    """A weighted mean and its standard error, None where no member has a spread."""

    mean: float
    se: float | None


def weighted_mean(strata: Sequence[Stratum]) -> float | None:
    """Return the mean weighted by `weight`; None without strata."""
    if not strata:
        return None
    total = sum(stratum.weight for stratum in strata)
    return sum(stratum.weight * stratum.mean for stratum in strata) / total


def stratified(strata: Sequence[Stratum]) -> Stratified | None:
    """Return the mean weighted by `weight`; None without strata.

    A member with one ballot has no spread of its own and takes the pooled one of the others.
    """
    mean = weighted_mean(strata)
    if mean is None:
        return None
    total = sum(stratum.weight for stratum in strata)
    pooled = _pooled_variance(strata)
    if pooled is None:
        return Stratified(mean, None)
    variance = 0.0
    for stratum in strata:
        own = pooled if stratum.sd is None else stratum.sd**2
        left = 1.0
        if stratum.population is not None:
            left = max(0.0, 1 - stratum.n / stratum.population)
        variance += (stratum.weight / total) ** 2 * left * own / stratum.n
    return Stratified(mean, sqrt(variance))


def roll_up(
    questionnaire: Questionnaire, rules: RuleSet, target: Target, members: Sequence[Member]
) -> Figures:
    """Return the figures of a unit, a sector or the district, nothing withheld.

    Args:
        questionnaire: what the members were evaluated with.
        rules: of the round.
        target: the roll-up itself; its population and ballots issued are summed here.
        members: objects with answers, at least one, suppressed ones included.
    """
    n = sum(member.tally.official.n for member in members)
    received = sum(member.tally.received for member in members)
    issued = _known_sum(member.figures.target.issued for member in members)
    return_rate = return_of(received, issued)
    counted = Figures(
        target=replace(
            target,
            population=_known_sum(member.figures.target.population for member in members),
            issued=issued,
            present=sum(member.figures.target.present or 0 for member in members) or None,
            annual_cases=_known_sum(member.figures.target.annual_cases for member in members),
        ),
        questionnaire=questionnaire.code,
        audience=Audience.INTERNAL,
        status=status_of(n, return_rate, rules),
        is_shown=True,
        n=n,
        received=received,
        excluded=sum(member.tally.excluded for member in members),
        void=sum(member.tally.void for member in members),
        return_rate=return_rate,
        valid_rate=n / received if received else None,
        items={i.code: _item(i, members, rules) for i in questionnaire.items if i.is_scored},
        facts=_facts(members),
        distributions=_distributions(members),
        roll_up=_beside(members),
    )
    error = _mass_error(members)
    return with_scores(questionnaire, rules, counted, _readings(members), error)


@dataclass
class _Gathered:
    """What one item has of every member; taken in one go, for their figures lie far apart."""

    n: int = 0
    dont_know: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    indices: list[Stratum] = field(default_factory=list)
    codes: list[Stratum] = field(default_factory=list)
    top2: list[Stratum] = field(default_factory=list)
    top3: list[Stratum] = field(default_factory=list)
    bad: list[Stratum] = field(default_factory=list)

    def add(self, member: Member, figures: ItemFigures) -> None:
        self.dont_know += figures.dont_know or 0
        if not figures.n:
            return
        self.n += figures.n
        self.indices.append(_stratum(member, figures.n, figures.index, figures.sd))
        if figures.mean_code is not None:
            self.codes.append(_stratum(member, figures.n, figures.mean_code, 0.0))
        for code, count in (figures.counts or {}).items():
            self.counts[code] = self.counts.get(code, 0) + count
        self.top2 += _share(member, figures.top2)
        self.top3 += _share(member, figures.top3)
        self.bad += _share(member, figures.bad)


def _item(item: Item, members: Sequence[Member], rules: RuleSet) -> ItemFigures:
    given = _Gathered()
    for member in members:
        given.add(member, member.figures.items[item.code])
    n, dont_know = given.n, given.dont_know
    index = stratified(given.indices)
    if index is None:
        return ItemFigures(item.code, item.dimension, 0, dont_know, 1.0 if dont_know else None)
    return ItemFigures(
        code=item.code,
        dimension=item.dimension,
        n=n,
        dont_know=dont_know,
        dont_know_share=dont_know / (n + dont_know),
        counts=given.counts,
        index=index.mean,
        index_interval=normal_interval(index, 100.0) if n >= rules.rankable_base else None,
        se=index.se,
        mean_code=weighted_mean(given.codes),
        top2=_rate(given.top2),
        top3=_rate(given.top3),
        bad=_rate(given.bad),
        is_unanimous=is_unanimous(given.counts, rules),
    )


def _stratum(member: Member, n: int | None, mean: float | None, sd: float | None) -> Stratum:
    return Stratum(member.weight, n or 0, mean or 0.0, sd, member.figures.target.population)


def _share(member: Member, rate: Rate | None) -> tuple[Stratum, ...]:
    if rate is None or not rate.base:
        return ()
    variance = rate.share * (1 - rate.share) * rate.base / max(1, rate.base - 1)
    sd = sqrt(variance) if rate.base > 1 else None
    return (_stratum(member, rate.base, rate.share, sd),)


def _rate(strata: Sequence[Stratum]) -> Rate | None:
    """Return the weighted share with a normal interval."""
    share = stratified(strata)
    if share is None:
        return None
    return Rate(share.mean, interval=normal_interval(share, 1.0), method=Method.STRATIFIED)


def normal_interval(estimate: Stratified, top: float) -> Interval | None:
    """Return the 95 % interval of a weighted mean, cut to 0–`top`; None without an error."""
    if not estimate.se:
        return None
    half = Z * estimate.se
    return Interval(max(0.0, estimate.mean - half), min(top, estimate.mean + half))


def _mass_error(members: Sequence[Member]) -> float | None:
    strata = []
    for member in members:
        moments = member.tally.official.mass
        spread = spread_of_moments(moments.n, moments.total, moments.squares)
        if spread is not None:
            strata.append(_stratum(member, spread.n, spread.mean, spread.sd))
    estimate = stratified(strata)
    return estimate.se if estimate else None


def _readings(members: Sequence[Member]) -> Readings:
    """Return weighted exact means; answers are summed."""

    def weighted(pick: Callable[[Readings], Mapping[str, Fraction]]) -> dict[str, Fraction]:
        # Few denominators are shared by thousands: numerators of each add up as whole numbers.
        sums: dict[str, dict[int, int]] = {}
        weights: dict[str, int] = {}
        for member in members:
            for code, value in pick(member.readings).items():
                parts = sums.setdefault(code, {})
                below = value.denominator
                parts[below] = parts.get(below, 0) + member.weight * value.numerator
                weights[code] = weights.get(code, 0) + member.weight
        return {
            code: sum((Fraction(above, below) for below, above in parts.items()), Fraction())
            / weights[code]
            for code, parts in sums.items()
        }

    return Readings(
        codes=weighted(lambda readings: readings.codes),
        indices=weighted(lambda readings: readings.indices),
        importance=weighted(lambda readings: readings.importance),
        importance_n=_summed(member.readings.importance_n for member in members),
        need_shares=weighted(lambda readings: readings.need_shares),
        need_counts=_summed(member.readings.need_counts for member in members),
        need_n=sum(member.readings.need_n for member in members),
    )


def _facts(members: Sequence[Member]) -> tuple[FactFigures, ...]:
    facts: dict[str, list[tuple[Member, FactFigures]]] = {}
    for member in members:
        for fact in member.figures.facts:
            facts.setdefault(fact.code, []).append((member, fact))
    rolled = []
    for given in facts.values():
        rate = _rate([each for member, fact in given for each in _share(member, fact.rate)])
        if rate is not None:
            rolled.append(replace(given[0][1], rate=rate))
    return tuple(rolled)


def _distributions(members: Sequence[Member]) -> dict[str, Distribution]:
    """Return distributions over all ballots of the members, each ballot counting the same."""
    merged: dict[str, list[Distribution]] = {}
    for member in members:
        for code, distribution in member.figures.distributions.items():
            merged.setdefault(code, []).append(distribution)
    return {code: _pooled(given) for code, given in merged.items()}


def _pooled(given: Sequence[Distribution]) -> Distribution:
    n = sum(each.n or 0 for each in given)
    chosen = _summed({o.code: o.chosen or 0 for o in each.options} for each in given)
    return replace(
        given[0],
        n=n,
        options=tuple(
            OptionCount(code, count, count / n if n else None) for code, count in chosen.items()
        ),
        not_asked=sum(each.not_asked or 0 for each in given),
        is_unanimous=False,
    )


def _beside(members: Sequence[Member]) -> RollUp:
    indices = [m.figures.overall.index for m in members if m.figures.overall]
    scores = [member.figures.mass.score for member in members if member.figures.mass]
    return RollUp(
        members=len(members),
        simple_index=_plain_mean([index for index in indices if index is not None]),
        simple_mass=_plain_mean(scores),
    )


def _plain_mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _pooled_variance(strata: Sequence[Stratum]) -> float | None:
    spreads = [(stratum.n - 1, stratum.sd) for stratum in strata if stratum.n > 1]
    degrees = sum(n for n, sd in spreads if sd is not None)
    if not degrees:
        return None
    return sum(n * sd**2 for n, sd in spreads if sd is not None) / degrees


def _summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for each in counts:
        for code, count in each.items():
            total[code] = total.get(code, 0) + count
    return total


def _known_sum(values: Iterable[int | None]) -> int | None:
    """Return the sum, None when a part is unknown."""
    total = 0
    for value in values:
        if value is None:
            return None
        total += value
    return total
