"""A rule set as one value for each field of `reports.rule_fields`, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reports.rule_fields import BREAKDOWNS, COMPONENTS, FIELDS, STARS, Kind

if TYPE_CHECKING:
    from reports.rules import RuleSet

Value = bool | int | float | str | None
"""None: there is no such rule."""

FORM = "A_branch_mass"


def values_of(rules: RuleSet) -> dict[str, Value]:
    """Return field key → value, in the order of the fields."""
    parts: dict[str, Any] = {
        "stars.thresholds": dict(zip(map(str, STARS), rules.stars.thresholds, strict=False)),
        "stars.quotas": {str(star): share for star, share in rules.stars.quotas},
        "forms.A_branch_mass.mass": dict(rules.form(FORM).mass),
        "breakdown_scales": {code: code in rules.breakdown_scales for code in BREAKDOWNS},
    }
    parts |= {f"points.{scale}": levels for scale, levels in rules.points.items()}
    parts |= {
        f"composites.{level}.weights": dict(made.weights)
        for level, made in rules.composites.items()
    }
    found: dict[str, Value] = {}
    for field in FIELDS:
        above, _, name = field.key.rpartition(".")
        if above in parts:
            found[field.key] = parts[above].get(name)
        elif above.startswith("points."):
            found[field.key] = None
        else:
            found[field.key] = _plain(rules, field.key)
    return found


def data_of(values: Mapping[str, Value]) -> dict[str, Any]:
    """Return what `reports.rules.from_data` takes for these values; keys that are absent stay out.

    Weights, points and quotas that are None are left out of their groups.
    """
    data: dict[str, Any] = {}
    for key, value in values.items():
        at, (*path, name) = data, key.split(".")
        for step in path:
            at = at.setdefault(step, {})
        at[name] = value
    _settle_lists(data)
    for level in COMPONENTS:
        weights = data.get("composites", {}).get(level, {}).get("weights")
        if weights is not None:
            data["composites"][level]["weights"] = {k: v for k, v in weights.items() if v}
    if "points" in data:
        given = {
            scale: {code: value for code, value in levels.items() if value is not None}
            for scale, levels in data["points"].items()
        }
        data["points"] = {scale: levels for scale, levels in given.items() if levels}
    return data


def _settle_lists(data: dict[str, Any]) -> None:
    stars = data.get("stars", {})
    if "thresholds" in stars:
        given = stars["thresholds"]
        stars["thresholds"] = [
            given[str(star)] for star in STARS if given.get(str(star)) is not None
        ]
    if "quotas" in stars:
        stars["quotas"] = {star: share for star, share in stars["quotas"].items() if share}
    if "breakdown_scales" in data:
        data["breakdown_scales"] = [code for code, kept in data["breakdown_scales"].items() if kept]


def _plain(rules: RuleSet, key: str) -> Value:
    at: Any = rules
    for step in key.split("."):
        at = at.get(step) if isinstance(at, Mapping) else getattr(at, step, None)
    value: Value = at
    return value


def shown(key_kind: Kind, value: Value) -> str:
    """Return a value as it is written in a form: a share in per cent, nothing for None."""
    if value is None:
        return ""
    if key_kind is Kind.SHARE and isinstance(value, (int, float)):
        return f"{round(value * 100, 6):g}"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)
