"""A rule set as a form in plain language: fields by group, what was posted, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from reports.points import OWN
from reports.rule_faults import RuleFault
from reports.rule_fields import FIELDS, GROUP_LABELS, Field, Group, Kind
from reports.rule_values import Value, data_of, shown, values_of
from reports.rule_words import worded
from reports.rules import RuleSet
from survey.web.texts import language, term
from survey.web.texts import text as _

HUNDRED = 100
MAX_CHARS = 20


@dataclass(frozen=True)
class Entry:
    """One field as the form shows it.

    Attributes:
        value: what stands in it.
        was: what the rule set that it was derived from says; empty where it is the same.
        hint: bounds and what it does.
        bad: what is wrong with it.
    """

    field: Field
    value: str
    was: str
    hint: str
    bad: str


@dataclass(frozen=True)
class Part:
    """A group of the form; `bad` is what is wrong with several of its fields together."""

    group: Group
    title: str
    entries: tuple[Entry, ...]
    bad: tuple[str, ...] = ()


def posted_values(form: Mapping[str, str]) -> tuple[dict[str, Value], dict[str, str]]:
    """Return what was filled in by field key, and what is no value of its field."""
    values: dict[str, Value] = {}
    faults: dict[str, str] = {}
    for field in FIELDS:
        text = form.get(field.key, "").strip()[:MAX_CHARS]
        try:
            values[field.key] = _read(field, text)
        except (InvalidOperation, ValueError):
            faults[field.key] = (
                _("请填整数") if field.kind is Kind.COUNT and text else _("请填一个数")
            )
    if values.get("points_preset") != OWN:
        values |= {key: None for key in values if key.startswith("points.")}
    return values, faults


def changes_of(values: Mapping[str, Value]) -> dict[str, Any]:
    """Return filled-in values as changes of a draft."""
    data = data_of(values)
    data.setdefault("points", {})
    return data


def parts_of(
    rules: RuleSet,
    base: RuleSet,
    posted: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
    refused: Sequence[RuleFault] = (),
) -> tuple[Part, ...]:
    """Return the form of a rule set, with what was posted and is wrong kept where it stands."""
    now, before, bad = values_of(rules), values_of(base), dict(faults or {})
    by_key = {field.key: field for field in FIELDS}
    bad |= {fault.key: _sentence(fault) for fault in refused if fault.key in by_key}
    parts = []
    for group, title in GROUP_LABELS.items():
        fields = [field for field in FIELDS if field.group is group]
        entries = tuple(
            Entry(
                field,
                (posted.get(field.key, "") if posted is not None else _filled(field, now)),
                worded_(field, before[field.key]) if now[field.key] != before[field.key] else "",
                _hint(field),
                bad.get(field.key, ""),
            )
            for field in fields
        )
        together = tuple(
            _sentence(fault)
            for fault in refused
            if fault.key not in by_key and any(f.key.startswith(fault.key) for f in fields)
        )
        parts.append(Part(group, term(title), entries, together))
    return tuple(parts)


def worded_(field: Field, value: Value) -> str:
    """Return a value in words, in the language of the request."""
    if field.kind in (Kind.CHOICE, Kind.YES_NO) or value is None:
        return term(worded(field, value))
    unit = term(field.unit) if field.unit != "%" else "%"
    blank = " " if language() == "en" and unit != "%" else ""
    return f"{shown(field.kind, value)}{blank}{unit}"


def _read(field: Field, text: str) -> Value:
    if field.kind is Kind.YES_NO:
        return text == "yes"
    if field.kind is Kind.CHOICE:
        return text
    if not text:
        if field.optional:
            return None
        raise ValueError(field.key)
    if field.kind is Kind.COUNT:
        return int(text)
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(field.key)
    return float(number / HUNDRED if field.kind is Kind.SHARE else number)


def _filled(field: Field, values: Mapping[str, Value]) -> str:
    value = values[field.key]
    if field.kind is Kind.YES_NO:
        return "yes" if value else ""
    return shown(field.kind, value)


def _hint(field: Field) -> str:
    if field.kind in (Kind.CHOICE, Kind.YES_NO):
        return term(field.why)
    low, high = shown(field.kind, field.least), shown(field.kind, field.most)
    bounds = _("%(low)s到%(high)s", low=low, high=high)
    if field.optional:
        bounds = _("%(bounds)s，可不填", bounds=bounds)
    return (
        f"{bounds}{'；' if language() == 'zh' else '; '}{term(field.why)}" if field.why else bounds
    )


def _sentence(fault: RuleFault) -> str:
    return fault.en if language() == "en" else fault.zh
