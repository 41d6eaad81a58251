"""Signs that a ballot was filled in without reading (domain.md 3.11); they flag, never refuse."""

from __future__ import annotations

from collections.abc import Mapping

from forms.definition import Item, Questionnaire
from forms.expressions import Value

FAST = "fast"
STRAIGHT = "straight"
SUSPECT = "suspect"
DUPLICATE = "dup"
"""Set by the phone alone: it has answered for this object before."""

ASSISTED = "assisted"
"""Set by the page for helpers: somebody read the questions to the person and typed."""

TRAPPED = "trap"
"""Set on arrival: a field was filled in that no person sees (forms/checks.py TRAP_FIELD)."""

MIN_SECONDS_PER_ITEM = 2
MIN_RUN = 8


def flags(
    questionnaire: Questionnaire, values: Mapping[str, Value], seconds: float | None
) -> frozenset[str]:
    """Return which of `fast`, `straight` and `suspect` (both at once) hold.

    `values` are those of an `Answers`: one for every item that was asked. `seconds` is the time
    spent on the whole form, as the phone tells it; None is never fast.
    """
    scored = [item for item in questionnaire.scored_items if item.code in values]
    answered = sum(values[item.code] is not None for item in scored)
    found = set()
    if seconds is not None and seconds < MIN_SECONDS_PER_ITEM * answered:
        found.add(FAST)
    if _longest_run(scored, values) >= MIN_RUN:
        found.add(STRAIGHT)
    if len(found) == 2:
        found.add(SUSPECT)
    return frozenset(found)


def _longest_run(scored: list[Item], values: Mapping[str, Value]) -> int:
    """Return the longest run of one answer over consecutive scored items of one scale family."""
    longest = run = 0
    previous: tuple[str, Value] | None = None
    for item in scored:
        value = values.get(item.code)
        step = (scale_family(item.scale), value) if value is not None else None
        run = run + 1 if step is not None and step == previous else int(step is not None)
        longest = max(longest, run)
        previous = step
    return longest


def scale_family(scale: str) -> str:
    """Return the scale of which `scale` is a variant: `sat5x` is `sat5` without 不了解."""
    return scale.removesuffix("x")
