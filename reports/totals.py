"""What of a total may be seen, when single answers of its parts are withheld.

A reader who knows the total and all parts but one knows that one. Rules and reasons:
docs/methods.md, section 10.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from reports.distributions import Distribution
from reports.figures import Audience, Figures
from reports.rules import RuleSet
from reports.suppression import DOMINANCE
from reports.veiling import pooled_away, threshold, veil


@dataclass(frozen=True)
class Part:
    """One object of a total: as measured, as released, and its weight.

    `shown` is None where the object is hidden altogether.
    """

    measured: Figures
    shown: Figures | None
    weight: int


def released_total(
    whole: Figures, parts: Sequence[Part], rules: RuleSet, audience: Audience
) -> Figures:
    """Return what `audience` may see of a total that is shown.

    An item that some parts withhold keeps its weighted mean only where these parts are several,
    have k answers together, and none carries nearly all of their weight; its sums go in any case.
    A distribution with a cell that some part withholds goes as a whole.
    """
    k = threshold(rules, audience)
    lost, summed = set(), set()
    for code in whole.items:
        away = _withholding(parts, _gives_item(code))
        if away:
            summed.add(code)
            if not _is_covered(away, _answers_to(code), k):
                lost.add(code)
    veiled = veil(whole, rules, audience, withheld=frozenset(lost))
    if any(part.shown is None for part in parts):
        return pooled_away(veiled)
    items = {
        code: replace(item, n=None, dont_know=None, dont_know_share=None, counts=None)
        if code in summed
        else item
        for code, item in veiled.items.items()
    }
    closed = {code for code in whole.distributions if _withholding(parts, _gives_cells(code))}
    return replace(
        veiled,
        items=items,
        overall=veiled.overall and items[veiled.overall.code],
        needs=tuple(replace(need, chosen=None) if closed else need for need in veiled.needs),
        distributions={
            code: each for code, each in veiled.distributions.items() if code not in closed
        },
        numbers={
            code: each
            for code, each in veiled.numbers.items()
            if not _withholding(parts, _gives_number(code))
        },
        facts=tuple(
            fact
            for fact in veiled.facts
            if _is_safe(_withholding(parts, _gives_fact(fact.code)), fact.code, k)
        ),
    )


def _withholding(parts: Sequence[Part], gives: Callable[[Figures, Figures], bool]) -> list[Part]:
    """Return the parts that do not show what `gives` asks for although they have it."""
    return [part for part in parts if part.shown is None or not gives(part.measured, part.shown)]


def _answers_to(code: str) -> Callable[[Part], int]:
    return lambda part: part.measured.items[code].n or 0


def _gives_item(code: str) -> Callable[[Figures, Figures], bool]:
    def gives(measured: Figures, shown: Figures) -> bool:
        return not measured.items[code].n or shown.items[code].index is not None

    return gives


def _gives_cells(code: str) -> Callable[[Figures, Figures], bool]:
    def gives(measured: Figures, shown: Figures) -> bool:
        known, told = measured.distributions.get(code), shown.distributions.get(code)
        if known is None or not known.n:
            return True
        return told is not None and told.n is not None and _cells(told) == _cells(known)

    return gives


def _gives_number(code: str) -> Callable[[Figures, Figures], bool]:
    def gives(measured: Figures, shown: Figures) -> bool:
        known, told = measured.numbers.get(code), shown.numbers.get(code)
        return known is None or not known.n or (told is not None and told.n is not None)

    return gives


def _gives_fact(code: str) -> Callable[[Figures, Figures], bool]:
    def gives(measured: Figures, shown: Figures) -> bool:
        has, told = ({fact.code for fact in each.facts} for each in (measured, shown))
        return code not in has or code in told

    return gives


def _cells(distribution: Distribution) -> list[tuple[str, int | None]]:
    return [(option.code, option.chosen) for option in distribution.options]


def _is_safe(away: Sequence[Part], fact: str, k: int) -> bool:
    def base(part: Part) -> int:
        return next((f.rate.base or 0 for f in part.measured.facts if f.code == fact), 0)

    return not away or _is_covered(away, base, k)


def _is_covered(away: Sequence[Part], size: Callable[[Part], int], k: int) -> bool:
    """Whether a weighted mean over `away` tells of none of them."""
    answered = [part for part in away if size(part)]
    if not answered:
        return True
    weight = sum(part.weight for part in answered)
    return (
        len(answered) > 1
        and sum(size(part) for part in answered) >= k
        and max(part.weight for part in answered) <= DOMINANCE * weight
    )
