"""Rule sets that cannot be, for tests of what happens to a release that ignores them."""

from __future__ import annotations

from dataclasses import fields

from reports.rules import RuleSet


def without_floors(rules: RuleSet, **values: object) -> RuleSet:
    """Return `rules` with `values` and no check, as no file, form or service could make it."""
    made = object.__new__(RuleSet)
    for field in fields(RuleSet):
        object.__setattr__(made, field.name, values.get(field.name, getattr(rules, field.name)))
    return made
