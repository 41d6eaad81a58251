"""XLSForm's expressions (`relevant`, `constraint`, `calculation`), evaluated and exported.

A missing answer is the empty text; the answer to a multiple choice is its option codes with
spaces between them. `tests/forms/expression_cases.json` is the common table of cases of this
evaluator and the phone's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from forms.definition import EACH
from forms.functions import CLOCK, CORE, MORE, Result, boolean, number, string
from forms.syntax import (
    Current,
    Expression,
    ExpressionError,
    Literal,
    Operation,
    Reference,
    nodes,
    parse,
    references,
)

__all__ = [
    "Expression",
    "ExpressionError",
    "Result",
    "Value",
    "boolean",
    "calculated",
    "evaluate",
    "holds",
    "needs_more",
    "parse",
    "parse_calculation",
    "references",
    "to_data",
]

Value = str | tuple[str, ...] | None

SUM_OF_ROWS = "each"
"""Operation of `parse_calculation`: the sum over the answers whose code has a beginning."""

CLOCK_ANSWER = "now()"
"""An answer called so stands for the clock: a moment such as 2026-03-01T09:30."""

ZONE = ZoneInfo("Asia/Shanghai")


Program = Callable[[Mapping[str, Value], Value], Result]
"""What an expression comes to, given the answers so far and the current one."""


def evaluate(expression: Expression, answers: Mapping[str, Value], current: Value = None) -> Result:
    """Return what `expression` comes to; items that are not in `answers` count as empty."""
    return _program(expression)(answers, current)


def holds(text: str, answers: Mapping[str, Value], current: Value = None) -> bool:
    """Whether the condition `text` is met."""
    return boolean(_condition(text)(answers, current))


def calculated(text: str, answers: Mapping[str, Value]) -> str:
    """Return what the calculation `text` comes to, spelled as an answer; NaN is no answer."""
    found = string(_calculation(text)(answers, None))
    return "" if found == "NaN" else found


def parse_calculation(text: str) -> Expression:
    """Return the expression of a calculation.

    One that reads a pattern's row (`if(${B1_EACH} = '4', 1, 0)`) means its sum over the rows that
    were made of it.

    Raises:
        ExpressionError: with the place where reading stopped.
    """
    expression = parse(text)
    rows = [code for code in sorted(references(expression)) if code.endswith(f"_{EACH}")]
    if not rows:
        return expression
    stem = rows[0].removesuffix(EACH)
    return Operation(SUM_OF_ROWS, (Literal(stem), _of_row(expression, rows[0])))


def needs_more(expression: Expression) -> bool:
    """Whether a page needs more than the common functions to evaluate `expression`."""
    return any(
        isinstance(node, Operation) and (node.name in MORE or node.name in CLOCK)
        for node in nodes(expression)
    )


def _of_row(expression: Expression, code: str) -> Expression:
    """Return `expression` with the current answer where it reads `code`."""
    match expression:
        case Reference(read) if read == code:
            return Current()
        case Operation(name, operands):
            return Operation(name, tuple(_of_row(operand, code) for operand in operands))
    return expression


@lru_cache(maxsize=4096)
def _condition(text: str) -> Program:
    """Return the program of a condition; every answer sheet runs the same few."""
    return _program(parse(text))


@lru_cache(maxsize=256)
def _calculation(text: str) -> Program:
    return _program(parse_calculation(text))


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
    if name in CLOCK:
        length = 10 if name == "today" else 16
        return lambda a, c: _moment(a)[:length]
    if name in ("or", "and", "if", SUM_OF_ROWS):
        return _special(name, operands)
    function = CORE.get(name) or MORE[name]
    if len(operands) == 1:
        only = operands[0]
        return lambda a, c: function(only(a, c))
    if len(operands) == 2:
        left, right = operands
        return lambda a, c: function(left(a, c), right(a, c))
    return lambda a, c: function(*[operand(a, c) for operand in operands])


def _special(name: str, operands: list[Program]) -> Program:
    """Return the program of an operation that does not evaluate each operand once."""
    first, second = operands[0], operands[1]
    if name == "or":
        return lambda a, c: boolean(first(a, c)) or boolean(second(a, c))
    if name == "and":
        return lambda a, c: boolean(first(a, c)) and boolean(second(a, c))
    if name == "if":
        other = operands[2]
        return lambda a, c: second(a, c) if boolean(first(a, c)) else other(a, c)

    def total(answers: Mapping[str, Value], current: Value) -> float:
        stem = str(first(answers, current))
        rows = (answer for code, answer in answers.items() if code.startswith(stem))
        return sum((number(second(answers, row)) for row in rows), 0.0)

    return total


def _moment(answers: Mapping[str, Value]) -> str:
    given = answers.get(CLOCK_ANSWER)
    return given if isinstance(given, str) else f"{datetime.now(ZONE):%Y-%m-%dT%H:%M}"


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
