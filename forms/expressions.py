"""XLSForm's expressions (`relevant`, `constraint`): evaluated here, exported to the phone.

A missing answer is the empty text; the answer to a multiple choice is its option codes with
spaces between them. `tests/forms/expression_cases.json` is the common table of cases of this
evaluator and the phone's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from forms import patterns
from forms.syntax import (
    Expression,
    ExpressionError,
    Literal,
    Operation,
    Reference,
    parse,
    references,
)

__all__ = [
    "Expression",
    "ExpressionError",
    "Result",
    "Value",
    "boolean",
    "evaluate",
    "holds",
    "parse",
    "references",
    "to_data",
]

Value = str | tuple[str, ...] | None
Result = bool | str | float

XPATH_NUMBER = re.compile(r"[ \t\r\n]*-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[ \t\r\n]*")


Program = Callable[[Mapping[str, Value], Value], Result]
"""What an expression comes to, given the answers so far and the current one."""


def evaluate(expression: Expression, answers: Mapping[str, Value], current: Value = None) -> Result:
    """Return what `expression` comes to; items that are not in `answers` count as empty."""
    return _program(expression)(answers, current)


def holds(text: str, answers: Mapping[str, Value], current: Value = None) -> bool:
    """Whether the condition `text` is met."""
    return boolean(_condition(text)(answers, current))


@lru_cache(maxsize=4096)
def _condition(text: str) -> Program:
    """Return the program of a condition; every answer sheet runs the same few."""
    return _program(parse(text))


def _program(expression: Expression) -> Program:
    """Return `expression` as nested functions, so that running it walks no tree."""
    match expression:
        case Literal(value):
            return lambda answers, current: value
        case Reference(code):
            return lambda answers, current: _spelled(answers.get(code))
        case Operation(name, operands):
            return _operation(name, [_program(operand) for operand in operands])
    return lambda answers, current: _spelled(current)


def _operation(name: str, operands: list[Program]) -> Program:
    first = operands[0] if operands else _empty
    if name == "or":
        second = operands[1]
        return lambda a, c: boolean(first(a, c)) or boolean(second(a, c))
    if name == "and":
        second = operands[1]
        return lambda a, c: boolean(first(a, c)) and boolean(second(a, c))
    if name == "if":
        chosen, other = operands[1:]
        return lambda a, c: chosen(a, c) if boolean(first(a, c)) else other(a, c)
    if len(operands) < 2:
        unary = _UNARY[name]
        return lambda a, c: unary(first(a, c))
    binary, second = _BINARY[name], operands[1]
    return lambda a, c: binary(first(a, c), second(a, c))


def _empty(answers: Mapping[str, Value], current: Value) -> Result:
    return ""


def boolean(result: Result) -> bool:
    """Return XPath's truth of `result`: 0, NaN and the empty text are false."""
    return bool(result) and result == result


def to_data(expression: Expression) -> Any:
    """Return `expression` as JSON values.

    A number or text stands for itself, `["$", code]` for an answer, `["."]` for the current one,
    and `[name, operand, …]` for the rest.
    """
    match expression:
        case Literal(value):
            return value
        case Reference(code):
            return ["$", code]
        case Operation(name, operands):
            return [name, *map(to_data, operands)]
    return ["."]


def _spelled(value: Value) -> str:
    return value if isinstance(value, str) else " ".join(value or ())


def _string(result: Result) -> str:
    if isinstance(result, str):
        return result
    if isinstance(result, bool):
        return "true" if result else "false"
    if not math.isfinite(result):
        return "NaN" if math.isnan(result) else "-Infinity" if result < 0 else "Infinity"
    return str(int(result)) if result == int(result) else format(Decimal(repr(result)), "f")


def _number(result: Result) -> float:
    if isinstance(result, str):
        return float(result) if XPATH_NUMBER.fullmatch(result) else math.nan
    return float(result)


def _equal(left: Result, right: Result) -> bool:
    """Compare as XPath does: as truth if one side is a truth, as numbers if one is a number."""
    if isinstance(left, bool) or isinstance(right, bool):
        return boolean(left) == boolean(right)
    if isinstance(left, float) or isinstance(right, float):
        return _number(left) == _number(right)
    return left == right


def _quotient(left: Result, right: Result) -> float:
    dividend, divisor = _number(left), _number(right)
    if divisor:
        return dividend / divisor
    return (
        math.nan
        if not dividend or math.isnan(dividend)
        else math.copysign(math.inf, math.copysign(1, dividend) * math.copysign(1, divisor))
    )


def _remainder(left: Result, right: Result) -> float:
    dividend, divisor = _number(left), _number(right)
    if not divisor or math.isinf(dividend):
        return math.nan
    return math.fmod(dividend, divisor)


def _whole(result: Result) -> float:
    number = _number(result)
    return float(math.trunc(number)) if math.isfinite(number) else number


_UNARY: dict[str, Callable[[Result], Result]] = {
    "not": lambda value: not boolean(value),
    "true": lambda _: True,
    "false": lambda _: False,
    "neg": lambda value: -_number(value),
    "int": _whole,
    "number": _number,
    "count-selected": lambda value: float(len(_string(value).split())),
    "string-length": lambda value: float(len(_string(value))),
}
_BINARY: dict[str, Callable[[Result, Result], Result]] = {
    "=": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<": lambda left, right: _number(left) < _number(right),
    "<=": lambda left, right: _number(left) <= _number(right),
    ">": lambda left, right: _number(left) > _number(right),
    ">=": lambda left, right: _number(left) >= _number(right),
    "+": lambda left, right: _number(left) + _number(right),
    "-": lambda left, right: _number(left) - _number(right),
    "*": lambda left, right: _number(left) * _number(right),
    "div": _quotient,
    "mod": _remainder,
    "selected": lambda value, code: _string(code) in _string(value).split(),
    "regex": lambda value, pattern: bool(
        patterns.compiled(_string(pattern)).fullmatch(_string(value))
    ),
    "coalesce": lambda first, second: _string(first) or _string(second),
}
