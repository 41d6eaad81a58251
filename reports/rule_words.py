"""Rule sets in words: what one says, and how two differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reports.rule_fields import FIELDS, GROUP_LABELS, Field, Group, Kind
from reports.rule_values import Value, shown, values_of
from reports.rules import RuleSet, to_data

YES, NO, NOTHING = "是", "否", "不设"
FILE_ONLY = "文件里的其他规则"
"""Named shares, needs and lines of sources: rules that stand in a file and in no form."""


@dataclass(frozen=True)
class RuleLine:
    """One value as it is read: its group, what it is called, what it is."""

    key: str
    group: str
    label: str
    value: str


@dataclass(frozen=True)
class RuleDifference:
    """One value that two rule sets have otherwise."""

    key: str
    group: str
    label: str
    before: str
    after: str

    @property
    def sentence(self) -> str:
        """Label, what was and what is, in one line."""
        return f"{self.label}：{self.before} → {self.after}"


def worded(field: Field, value: Value) -> str:
    """Return a value as people read it, with its unit."""
    if value is None:
        return NOTHING
    if field.kind is Kind.YES_NO:
        return YES if value else NO
    if field.kind is Kind.CHOICE:
        return dict(field.choices).get(str(value), str(value))
    return f"{shown(field.kind, value)}{field.unit}"


def lines_of(rules: RuleSet) -> tuple[RuleLine, ...]:
    """Return every rule that is set, group by group; what is not set is left out."""
    values = values_of(rules)
    return tuple(
        RuleLine(
            field.key, GROUP_LABELS[field.group], field.label, worded(field, values[field.key])
        )
        for field in FIELDS
        if values[field.key] is not None
    )


def differences(before: RuleSet, after: RuleSet) -> tuple[RuleDifference, ...]:
    """Return what differs, in the order of the fields; equal rule sets differ in nothing."""
    old, new = values_of(before), values_of(after)
    found = [
        RuleDifference(
            field.key,
            GROUP_LABELS[field.group],
            field.label,
            worded(field, old[field.key]),
            worded(field, new[field.key]),
        )
        for field in FIELDS
        if old[field.key] != new[field.key]
    ]
    rest = _rest(before), _rest(after)
    found += [
        RuleDifference(key, GROUP_LABELS[Group.WEIGHTS], FILE_ONLY, key, "已改")
        for key in rest[0]
        if rest[0][key] != rest[1][key]
    ]
    return tuple(found)


def words() -> tuple[str, ...]:
    """Return the Chinese of this table, for the catalogue of translations."""
    return (
        *GROUP_LABELS.values(),
        *(field.label for field in FIELDS),
        *(field.unit for field in FIELDS if field.unit and field.unit != "%"),
        *(field.why for field in FIELDS if field.why),
        *(name for field in FIELDS for _, name in field.choices),
        YES,
        NO,
        NOTHING,
        FILE_ONLY,
    )


def _rest(rules: RuleSet) -> dict[str, Any]:
    """Return the rules that no field holds."""
    data = to_data(rules)
    forms = {
        code: {
            name: each for name, each in form.items() if (code, name) != ("A_branch_mass", "mass")
        }
        for code, form in data["forms"].items()
    }
    return {"forms": forms, "lines": data["lines"]}
