"""Regular expressions that a questionnaire may use: one dialect for server and phone, always quick.

Python and browsers try ways of matching one after the other; a careless pattern has more ways
than a server has time (`(a+)+`). The dialect here is what both read alike, and `check` counts the
ways beforehand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

MAX_LENGTH = 200
MAX_DEPTH = 8
MAX_REPEAT = 1_000
MAX_WAYS = 2_000_000
QUANTIFIER = re.compile(r"\{([0-9]{1,4})(,([0-9]{0,4}))?\}")
SYNTAX = "^$\\.*+?()[]{}|/"
CLASSES = "dDwW"


class PatternRefused(Exception):
    """The pattern cannot be used; `position` counts characters from 0."""

    def __init__(self, position: int, zh: str, en: str) -> None:
        super().__init__(en)
        self.position = position
        self.zh = zh
        self.en = en


@dataclass
class _Cursor:
    pattern: str
    position: int = 0
    depth: int = 0

    def peek(self) -> str:
        return self.pattern[self.position : self.position + 1]

    def take(self) -> str:
        character = self.peek()
        if not character:
            raise self.refusal("写到一半就断了", "the pattern breaks off")
        self.position += 1
        return character

    def refusal(self, zh: str, en: str) -> PatternRefused:
        return PatternRefused(self.position, zh, en)


def check(pattern: str) -> None:
    """Refuse a pattern that phone and server could read differently, or that could take long.

    Raises:
        PatternRefused: with the place and what to do.
    """
    cursor = _Cursor(pattern)
    if len(pattern) > MAX_LENGTH:
        raise cursor.refusal("写得太长", f"longer than {MAX_LENGTH} characters")
    ways = _alternatives(cursor)
    if cursor.peek():
        raise cursor.refusal("多了一个“)”", "unexpected )")
    if ways > MAX_WAYS:
        raise cursor.refusal(
            "重复太多，会算很久，请写得更确切", "too many repetitions; be more exact"
        )
    try:
        compiled(pattern)
    except re.error as error:
        raise PatternRefused(error.pos or 0, "写法不对", str(error)) from error


@lru_cache(maxsize=1_024)
def compiled(pattern: str) -> re.Pattern[str]:
    r"""Return `pattern` compiled; `\d` and `\w` mean ASCII, as they do in browsers."""
    return re.compile(pattern, re.ASCII)


def _alternatives(cursor: _Cursor) -> int:
    """Return the number of ways in which what stands up to the next `)` can match."""
    ways = _sequence(cursor)
    while cursor.peek() == "|":
        cursor.take()
        ways += _sequence(cursor)
    return ways


def _sequence(cursor: _Cursor) -> int:
    ways = 1
    while cursor.peek() and cursor.peek() not in "|)":
        ways *= _repeated(cursor)
        _limit(cursor, ways)
    return ways


def _limit(cursor: _Cursor, ways: int) -> None:
    if ways > MAX_WAYS:
        raise cursor.refusal(
            "重复太多，会算很久，请写得更确切", "too many repetitions; be more exact"
        )


def _repeated(cursor: _Cursor) -> int:
    is_anchor = cursor.peek() in "^$"
    inner = _atom(cursor)
    bounds = _bounds(cursor)
    if bounds is None:
        return inner
    least, most = bounds
    if is_anchor or cursor.peek() in ("?", "*", "+", "{"):
        raise cursor.refusal("这里不能写重复", "nothing to repeat here")
    if inner > 1 and (least, most) != (0, 1):
        raise cursor.refusal(
            "重复里面又有重复或选择，会算很久，请拆开写",
            "a repetition inside a repetition can take very long; write it out",
        )
    return inner + 1 if (least, most) == (0, 1) else inner * (most - least + 1)


def _bounds(cursor: _Cursor) -> tuple[int, int] | None:
    """Return the least and the most repetitions asked for, or None where there is no quantifier."""
    sign = cursor.peek()
    if sign and sign in "?*+":
        cursor.take()
        return {"?": (0, 1), "*": (0, MAX_REPEAT), "+": (1, MAX_REPEAT)}[sign]
    if sign != "{":
        return None
    found = QUANTIFIER.match(cursor.pattern, cursor.position)
    if not found:
        raise cursor.refusal("大括号里应是次数，如{2,3}", "braces hold a number, as in {2,3}")
    least = int(found[1])
    most = least if found[2] is None else int(found[3] or MAX_REPEAT)
    if not least <= most <= MAX_REPEAT:
        raise cursor.refusal("次数应从小到大，不超过1000", "repetitions go up to 1000, least first")
    cursor.position = found.end()
    return least, most


def _atom(cursor: _Cursor) -> int:
    character = cursor.take()
    if character == "(":
        return _group(cursor)
    if character == "[":
        _character_class(cursor)
    elif character == "\\":
        _escape(cursor, SYNTAX)
    elif character in "*+?{}]":
        cursor.position -= 1
        raise cursor.refusal(f"“{character}”前面要加反斜杠", f"put a backslash before {character}")
    return 1


def _group(cursor: _Cursor) -> int:
    cursor.depth += 1
    if cursor.depth > MAX_DEPTH:
        raise cursor.refusal("括号套得太深", "too many brackets inside brackets")
    if cursor.peek() == "?":
        if not cursor.pattern.startswith("?:", cursor.position):
            raise cursor.refusal("不支持(?…)这种写法", "(?…) is not supported")
        cursor.position += 2
    ways = _alternatives(cursor)
    if cursor.take() != ")":
        raise cursor.refusal("括号没有配对", "unbalanced brackets")
    cursor.depth -= 1
    return ways


def _character_class(cursor: _Cursor) -> None:
    if cursor.peek() == "^":
        cursor.take()
    if cursor.peek() == "]":
        raise cursor.refusal("方括号里是空的", "nothing stands in the square brackets")
    while (character := cursor.take()) != "]":
        if character == "\\":
            _escape(cursor, SYNTAX + "-")
        elif character == "[" or (character in "&|~-" and cursor.peek() == character):
            raise cursor.refusal("方括号里不能这样写", "not possible in square brackets")


def _escape(cursor: _Cursor, escapable: str) -> None:
    character = cursor.take()
    if character not in escapable + CLASSES:
        raise cursor.refusal(
            rf"不支持“\{character}”", rf"\{character} is not supported, or needs no backslash"
        )
