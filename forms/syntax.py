"""The syntax of XLSForm's expressions: a subset of XPath 1.0 with ODK's functions."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from forms import patterns

MAX_TOKENS = 2_500
MAX_DEPTH = 30
MAX_HEIGHT = 200
"""Evaluating walks the tree by recursion; `a + b + …` is as high as it is long."""

TOKEN = re.compile(
    r"""
    (?P<number> [0-9]+ (?: \.[0-9]+ )? | \.[0-9]+ )
  | (?P<text> '[^']*' | "[^"]*" )
  | \$\{ (?P<reference> [^{}]* ) \}
  | (?P<name> [A-Za-z_][A-Za-z0-9_-]* )
  | (?P<symbol> <= | >= | != | [-=<>+*(),.] )
    """,
    re.VERBOSE,
)
BINDING = {"or": 1, "and": 2, "=": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4}
BINDING |= {"+": 5, "-": 5, "*": 6, "div": 6, "mod": 6}
NEGATION_BINDING = 7
ANY = 20
ARGUMENTS = {
    "selected": (2, 2),
    "count-selected": (1, 1),
    "string-length": (1, 1),
    "regex": (2, 2),
    "not": (1, 1),
    "true": (0, 0),
    "false": (0, 0),
    "int": (1, 1),
    "number": (1, 1),
    "coalesce": (2, 2),
    "if": (3, 3),
    "round": (1, 2),
    "floor": (1, 1),
    "ceiling": (1, 1),
    "abs": (1, 1),
    "sum": (1, ANY),
    "min": (1, ANY),
    "max": (1, ANY),
    "boolean": (1, 1),
    "string": (1, 1),
    "concat": (1, ANY),
    "contains": (2, 2),
    "starts-with": (2, 2),
    "substr": (2, 3),
    "selected-at": (2, 2),
    "date": (1, 1),
    "decimal-date-time": (1, 1),
    "today": (0, 0),
    "now": (0, 0),
}
"""How many operands each function takes, least and most."""


class ExpressionError(Exception):
    """The text is no expression we know; `position` counts characters from 0."""

    def __init__(self, position: int, zh: str, en: str) -> None:
        super().__init__(en)
        self.position = position
        self.zh = zh
        self.en = en


@dataclass(frozen=True)
class Literal:
    """A text or a number that stands in the expression itself."""

    value: str | float


@dataclass(frozen=True)
class Reference:
    """The answer to another item, written `${code}`."""

    code: str


@dataclass(frozen=True)
class Current:
    """The answer that is being checked, written `.`."""


@dataclass(frozen=True)
class Operation:
    """An operator or a function with its operands; a minus sign before an operand is `neg`."""

    name: str
    operands: tuple[Expression, ...]


Expression = Literal | Reference | Current | Operation


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    position: int


@dataclass
class _Cursor:
    tokens: list[_Token]
    index: int = 0
    depth: int = 0

    def peek(self) -> _Token:
        return self.tokens[self.index]

    def take(self) -> _Token:
        token = self.peek()
        self.index += token.kind != "end"
        return token

    def expect(self, symbol: str) -> None:
        token = self.take()
        if (token.kind, token.text) != ("symbol", symbol):
            raise ExpressionError(token.position, f"这里缺少“{symbol}”", f"expected {symbol} here")


@lru_cache(maxsize=8_192)
def parse(text: str) -> Expression:
    """Return the expression that `text` spells.

    Raises:
        ExpressionError: with the place where reading stopped.
    """
    cursor = _Cursor(_tokens(text))
    expression = _expression(cursor, 0)
    rest = cursor.peek()
    if rest.kind != "end":
        raise ExpressionError(
            rest.position, f"“{rest.text}”放在这里读不懂", f"{rest.text} cannot stand here"
        )
    if _height(expression) > MAX_HEIGHT:
        raise _too_long(0)
    return expression


def references(expression: Expression) -> frozenset[str]:
    """Return the codes of the items that `expression` reads."""
    return frozenset(node.code for node in nodes(expression) if isinstance(node, Reference))


def nodes(expression: Expression) -> Iterator[Expression]:
    """Yield `expression` and every expression in it."""
    yield expression
    if isinstance(expression, Operation):
        for operand in expression.operands:
            yield from nodes(operand)


def spell(expression: Expression) -> str:
    """Return a text that `parse` reads as `expression`."""
    match expression:
        case Literal(str(text)):
            quote = '"' if "'" in text else "'"
            return f"{quote}{text}{quote}"
        case Literal(float(number)):
            return str(int(number)) if number.is_integer() else f"{number:f}".rstrip("0")
        case Reference(code):
            return f"${{{code}}}"
        case Operation("neg", (operand,)):
            return f"-{_spelled_inside(operand)}"
        case Operation(name, operands) if name in BINDING:
            return f" {name} ".join(map(_spelled_inside, operands))
        case Operation(name, operands):
            return f"{name}({', '.join(map(spell, operands))})"
    return "."


def _spelled_inside(operand: Expression) -> str:
    is_open = isinstance(operand, Operation) and (operand.name in BINDING or operand.name == "neg")
    return f"({spell(operand)})" if is_open else spell(operand)


def _height(expression: Expression) -> int:
    height, level = 0, [expression]
    while level:
        height += 1
        level = [o for node in level if isinstance(node, Operation) for o in node.operands]
    return height


def _too_long(position: int) -> ExpressionError:
    return ExpressionError(position, "表达式太长，请拆开", "the expression is too long; split it")


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        found = TOKEN.match(text, position)
        if not found or len(tokens) == MAX_TOKENS:
            raise _unreadable(text, position, is_long=found is not None)
        kind = str(found.lastgroup)
        tokens.append(_Token(kind, found[kind].strip(), position))
        position = found.end()
    tokens.append(_Token("end", "", len(text)))
    return tokens


def _unreadable(text: str, position: int, *, is_long: bool) -> ExpressionError:
    if is_long:
        return _too_long(position)
    character = text[position]
    if character in "'\"":
        return ExpressionError(position, "引号没有配对", "the quotation mark is never closed")
    return ExpressionError(
        position,
        f"字符 {character} 不能用在表达式里，请用半角英文符号",
        f"{character} cannot be used in an expression; type plain ASCII signs",
    )


def _expression(cursor: _Cursor, binding: int) -> Expression:
    """Read operators that bind tighter than `binding` (Pratt's method)."""
    cursor.depth += 1
    if cursor.depth > MAX_DEPTH:
        raise ExpressionError(cursor.peek().position, "括号套得太深", "too many nested brackets")
    left = _operand(cursor)
    while True:
        token = cursor.peek()
        power = BINDING.get(token.text, 0) if token.kind in ("symbol", "name") else 0
        if power <= binding:
            break
        cursor.take()
        left = Operation(token.text, (left, _expression(cursor, power)))
    cursor.depth -= 1
    return left


def _operand(cursor: _Cursor) -> Expression:
    token = cursor.take()
    match token.kind, token.text:
        case "number", digits:
            return Literal(float(digits))
        case "text", quoted:
            return Literal(quoted[1:-1])
        case "reference", code:
            return Reference(code)
        case "name", name if name not in BINDING:
            return _call(cursor, token)
        case "symbol", ".":
            return Current()
        case "symbol", "-":
            return Operation("neg", (_expression(cursor, NEGATION_BINDING),))
        case "symbol", "(":
            inner = _expression(cursor, 0)
            cursor.expect(")")
            return inner
    if token.kind == "end":
        raise ExpressionError(token.position, "写到一半就断了", "the expression breaks off")
    raise ExpressionError(
        token.position, f"“{token.text}”前面缺少内容", f"something is missing before {token.text}"
    )


def _call(cursor: _Cursor, name: _Token) -> Expression:
    if name.text not in ARGUMENTS:
        if cursor.peek().text != "(":
            raise ExpressionError(
                name.position,
                f"“{name.text}”读不懂；引用答案写成${{{name.text}}}，文字加引号",
                f"{name.text}: write ${{{name.text}}} for an answer, and quotes around a text",
            )
        near = difflib.get_close_matches(name.text, ARGUMENTS, n=1)
        raise ExpressionError(
            name.position,
            f"不认识“{name.text}”" + (f"，是不是“{near[0]}”？" if near else "这个函数"),
            f"unknown function {name.text}" + (f"; did you mean {near[0]}?" if near else ""),
        )
    cursor.expect("(")
    operands: list[Expression] = []
    while (cursor.peek().kind, cursor.peek().text) != ("symbol", ")"):
        if operands:
            cursor.expect(",")
        operands.append(_expression(cursor, 0))
    cursor.expect(")")
    least, most = ARGUMENTS[name.text]
    if not least <= len(operands) <= most:
        count = str(least) if least == most else f"{least}—{most}"
        raise ExpressionError(
            name.position,
            f"“{name.text}”括号里应有{count}项",
            f"{name.text} takes {count} arguments",
        )
    if name.text == "regex":
        _check_pattern(operands[1], name.position)
    return Operation(name.text, tuple(operands))


def _check_pattern(operand: Expression, position: int) -> None:
    if not isinstance(operand, Literal) or not isinstance(operand.value, str):
        raise ExpressionError(
            position, "regex的第二项应是引号里的文字", "the pattern of regex must be a quoted text"
        )
    try:
        patterns.check(operand.value)
    except patterns.PatternRefused as refusal:
        place = refusal.position + 1
        raise ExpressionError(
            position,
            f"regex里第{place}个字符：{refusal.zh}",
            f"character {place} of the pattern: {refusal.en}",
        ) from refusal
