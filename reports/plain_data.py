"""Values of this package as plain JSON and back: what a release keeps, later builds render.

Field by field, by the types that the dataclasses declare. What data does not name takes its
default, so that a release outlives fields that were added since.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
Reader = Callable[[Any], Any]


def to_plain(value: Any) -> Any:
    """Return `value` as JSON values: dataclasses and mappings as objects, in their order."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(part) for key, part in value.items()}
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Sequence):
        return [to_plain(part) for part in value]
    if isinstance(value, date):
        return value.isoformat()
    return value


def from_plain(kind: type[T], data: Any) -> T:
    """Return the value of type `kind` that `to_plain` wrote.

    Raises:
        TypeError: `kind` holds something that has no plain form.
    """
    wanted: Any = kind
    read: T = _reader(wanted)(data)
    return read


def canonical(value: Any) -> str:
    """Return plain values as JSON text without spaces, everything in the order it has."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@cache
def _reader(kind: Any) -> Reader:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _choice(tuple(each for each in arguments if each is not types.NoneType))
    if origin is tuple:
        return _tuple(arguments)
    if origin is Sequence:
        return _tuple((*arguments, ...))
    if origin is not None and issubclass(_class(origin), Mapping):
        read = _reader(arguments[1])
        return lambda data: {key: read(value) for key, value in data.items()}
    if kind in (str, int, float, bool, Any) or origin is Literal:
        return lambda data: data
    if kind in (datetime, date):
        return lambda data: kind.fromisoformat(data)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return lambda data: kind(data)
    if is_dataclass(kind):
        return _record(kind)
    raise TypeError(f"{kind!r} has no plain form")


def _class(origin: Any) -> type:
    return origin if isinstance(origin, type) else object


def _tuple(arguments: tuple[Any, ...]) -> Reader:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        read = _reader(arguments[0])
        return lambda data: tuple(read(part) for part in data)
    readers = [_reader(each) for each in arguments]
    return lambda data: tuple(read(part) for read, part in zip(readers, data, strict=True))


def _choice(kinds: tuple[Any, ...]) -> Reader:
    """Return what reads one of several types, or None: records are told apart by their `kind`."""
    if len(kinds) == 1:
        read = _reader(kinds[0])
        return lambda data: None if data is None else read(data)
    if all(is_dataclass(each) for each in kinds):
        by_kind = {_kind_of(each): _reader(each) for each in kinds}
        return lambda data: None if data is None else by_kind[data["kind"]](data)
    return lambda data: data


def _kind_of(record: Any) -> Any:
    return next(field.default for field in fields(record) if field.name == "kind")


def _record(kind: Any) -> Reader:
    hints = get_type_hints(kind)
    readers = {field.name: _reader(hints[field.name]) for field in fields(kind) if field.init}

    def read(data: Mapping[str, Any]) -> Any:
        return kind(**{name: readers[name](data[name]) for name in readers if name in data})

    return read
