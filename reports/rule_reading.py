"""Rule sets as plain JSON values, read strictly: every fault with its key, value and remedy."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from reports.rule_faults import RuleFault, RulesInvalid

T = TypeVar("T")
Faults = list[RuleFault]
MAX_SHOWN = 40
AN_OBJECT = ("这里要一组“名称: 值”", "give an object of names and values")


def build(kind: type[T], data: Any, base: T | None = None) -> T:
    """Return the `kind` that `data` describes; what `data` does not name is as in `base`.

    Args:
        kind: a frozen dataclass.
        data: plain JSON values, as a file or the database holds them.
        base: what is not named; the defaults of `kind` without one.

    Raises:
        RulesInvalid: names every value that does not fit.
    """
    faults: Faults = []
    made: T = _instance(kind, data, base, "", faults)
    if faults:
        raise RulesInvalid(faults)
    return made


def _instance(kind: Any, data: Any, base: Any, key: str, faults: Faults) -> Any:
    if not isinstance(data, Mapping):
        return _wrong(faults, key, data, *AN_OBJECT)
    hints, fields = _hints(kind), {field.name: field for field in dataclasses.fields(kind)}
    _refuse_unknown(data, fields, key, faults)
    before, values = len(faults), {}
    for name, field in fields.items():
        kept = getattr(base, name) if base is not None else _default(field)
        here = f"{key}.{name}" if key else name
        if name in data:
            values[name] = _value(hints[name], data[name], kept, here, faults)
        elif kept is not dataclasses.MISSING:
            values[name] = kept
        else:
            _wrong(faults, here, None, "缺少这一项，请补上", "this is missing; add it")
    return None if len(faults) > before else kind(**values)


def _value(hint: Any, data: Any, base: Any, key: str, faults: Faults) -> Any:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        inner = next(each for each in get_args(hint) if each is not NoneType)
        return None if data is None else _value(inner, data, base, key, faults)
    if dataclasses.is_dataclass(hint):
        base = base if dataclasses.is_dataclass(base) else None
        return _instance(hint, data, base, key, faults)
    if origin is tuple:
        return _row(get_args(hint), data, key, faults)
    if origin is not None:
        return _mapping(get_args(hint)[1], data, base, key, faults)
    return _plain(hint, data, key, faults)


def _row(hints: tuple[Any, ...], data: Any, key: str, faults: Faults) -> Any:
    """Return a tuple: of any length where its type ends in an ellipsis; a mapping gives pairs."""
    if isinstance(data, Mapping) and hints[-1] is Ellipsis and get_origin(hints[0]) is tuple:
        is_number = get_args(hints[0])[0] is int
        data = [[_number(name) if is_number else name, each] for name, each in data.items()]
    if not isinstance(data, Sequence) or isinstance(data, str):
        return _wrong(faults, key, data, "这里要一个列表", "give a list")
    kinds = [hints[0]] * len(data) if hints[-1] is Ellipsis else list(hints)
    if len(kinds) != len(data):
        return _wrong(faults, key, data, f"这里要{len(kinds)}个值", f"give {len(kinds)} values")
    return tuple(
        _value(kind, each, None, f"{key}.{_name(each, number)}", faults)
        for number, (kind, each) in enumerate(zip(kinds, data, strict=True))
    )


def _mapping(hint: Any, data: Any, base: Any, key: str, faults: Faults) -> Any:
    if not isinstance(data, Mapping):
        return _wrong(faults, key, data, *AN_OBJECT)
    kept = dict(base) if isinstance(base, Mapping) else {}
    given = {
        str(name): _value(hint, each, kept.get(name), f"{key}.{name}", faults)
        for name, each in data.items()
    }
    return {**kept, **given}


def _plain(hint: Any, data: Any, key: str, faults: Faults) -> Any:
    if hint is float and isinstance(data, (int, float)) and not isinstance(data, bool):
        if math.isfinite(data):
            return float(data)
        return _wrong(faults, key, data, "请填一个数", "give a number")
    if type(data) is hint and (hint is not str or data.isprintable()):
        return data
    wanted = {
        int: ("请填整数", "give a whole number"),
        float: ("请填一个数", "give a number"),
        bool: ("只能是 true 或 false", "give true or false"),
        str: ("请填文字", "give text"),
    }[hint]
    return _wrong(faults, key, data, *wanted)


def _refuse_unknown(data: Mapping[Any, Any], known: Any, key: str, faults: Faults) -> None:
    for name in data:
        if name in known:
            continue
        here = f"{key}.{name}" if key else str(name)
        near = get_close_matches(str(name), list(known), n=1, cutoff=0.7)
        zh = f"没有这一项，是不是“{near[0]}”" if near else "没有这一项，请删去"
        en = f"no such key; did you mean {near[0]!r}" if near else "no such key; remove it"
        _wrong(faults, here, data[name], zh, en)


def _wrong(faults: Faults, key: str, data: Any, zh: str, en: str) -> None:
    text = "" if data is None else str(data)
    text = "".join(each for each in text if each.isprintable())
    faults.append(RuleFault(key, text[:MAX_SHOWN], zh, en))


def _default(field: Any) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _name(each: Any, number: int) -> str:
    """Return how an element of a list is named: a pair by its first half, others by number."""
    if isinstance(each, Sequence) and not isinstance(each, str) and len(each) == 2:
        return str(each[0])
    return str(number + 1)


def _number(name: Any) -> Any:
    """Return the key of a JSON object as the whole number that it spells, if it does."""
    return int(name) if isinstance(name, str) and name.isdecimal() else name


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
