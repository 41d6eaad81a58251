"""Scripts made small: no comments, no spare space, short names for what only functions know.

A first view has to fit into one round trip, so every byte counts; readers get the source. This is
for scripts of ours alone: ES5 without labels, where a name means the same thing everywhere.
"""

from __future__ import annotations

import itertools
import re
import string
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

TOKEN = re.compile(
    r"""
      (?P<comment>//[^\n]*|/\*.*?\*/)
    | (?P<text>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")
    | (?P<name>[A-Za-z_$][\w$]*)
    | (?P<number>(?:0x[\da-fA-F]+|\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?))
    | (?P<space>\s+)
    | (?P<sign>===|!==|>>>|<<|>>|<=|>=|==|!=|&&|\|\||\+\+|--|[-+*/%&|^]=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
PATTERN = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
BEFORE_PATTERN = frozenset("(,=:[!&|?{};+") | {"return", "&&", "||", "===", "!==", "==", "!="}
NO_BREAK_AFTER = frozenset(";{,([+-*/&|?:=<>!~%^")
NO_BREAK_BEFORE = frozenset(".)},;]?:&|*/=<>+-%^")
GLOBALS = frozenset(
    {
        *("arguments", "document", "window", "location", "history", "crypto", "self", "Array"),
        *(
            "Blob",
            "Date",
            "FileReader",
            "FormData",
            "Image",
            "Infinity",
            "Int32Array",
            "JSON",
            "Math",
            "NaN",
            "Number",
            "Object",
        ),
        *("Promise", "RegExp", "String", "URL", "Uint8Array", "Worker", "XMLHttpRequest"),
        *("addEventListener", "clearTimeout", "encodeURIComponent", "getSelection", "isFinite"),
        *("isNaN", "localStorage", "parseInt", "postMessage", "scrollTo", "setTimeout"),
        *("undefined", "unescape"),
    }
)
"""What browsers name so; a variable of ours may not, where the browser's own is meant elsewhere."""

RESERVED = frozenset(
    {
        *("break", "case", "catch", "class", "const", "continue", "delete", "do", "else", "false"),
        *("finally", "for", "function", "if", "in", "instanceof", "let", "new", "null", "return"),
        *("switch", "this", "throw", "true", "try", "typeof", "var", "void", "while", "with"),
    }
)

Token = tuple[str, str]


@dataclass(eq=False)
class Scope:
    """A function: what it declares, what is used in it and further in, and the new names."""

    outer: Scope | None
    declared: set[str] = field(default_factory=set)
    used: Counter[str] = field(default_factory=Counter)
    short: dict[str, str] = field(default_factory=dict)

    def declaring(self, name: str) -> Scope | None:
        """Return the function, this one or one around it, whose variable `name` is."""
        scope: Scope | None = self
        while scope is not None and name not in scope.declared:
            scope = scope.outer
        return scope


def minify(script: str) -> str:
    """Return a script that does the same in fewer bytes; its outermost names stay.

    Raises:
        ValueError: a variable is called like something of the browser's.
    """
    tokens = list(_tokens(script))
    solid = [at for at, (kind, _) in enumerate(tokens) if kind != "space"]
    scopes = _scopes([tokens[at] for at in solid])
    _shorten(scopes)
    new = {
        solid[place]: _new_name(scope, tokens[solid[place]][1]) for place, scope in scopes.items()
    }
    return "".join(_spaced([(kind, new.get(at, text)) for at, (kind, text) in enumerate(tokens)]))


def _tokens(script: str) -> Iterator[Token]:
    """Yield kind and text of everything but comments; any space with a break in it is a break."""
    at, last = 0, ";"
    while at < len(script):
        pattern = PATTERN.match(script, at) if last in BEFORE_PATTERN else None
        if pattern and not script.startswith(("//", "/*"), at):
            at, last = pattern.end(), pattern[0]
            yield "pattern", pattern[0]
            continue
        match = TOKEN.match(script, at)
        if match is None:
            raise ValueError(f"no script: {script[at : at + 20]!r}")
        at, kind = match.end(), match.lastgroup or ""
        if kind == "space":
            yield kind, "\n" if "\n" in match[0] else " "
        elif kind != "comment":
            last = match[0]
            yield kind, last


def _scopes(tokens: Sequence[Token]) -> dict[int, Scope]:
    """Return the function in which each name stands that may be a variable, by its place."""
    outermost = Scope(None)
    stack: list[tuple[Scope, int]] = [(outermost, 0)]
    places: dict[int, Scope] = {}
    depth, opening = 0, -1
    for at, (kind, text) in enumerate(tokens):
        scope = stack[-1][0]
        if text == "function":
            if tokens[at + 1][0] == "name":
                scope.declared.add(tokens[at + 1][1])
                places[at + 1] = scope
            scope, opening = Scope(scope), _body(tokens, at)
            stack.append((scope, depth))
            scope.declared.update(t for k, t in _parameters(tokens, at) if k == "name")
        elif text == "catch":
            scope.declared.update(t for k, t in _parameters(tokens, at) if k == "name")
        elif text == "var":
            scope.declared.update(_variables(tokens, at + 1))
        depth += {"{": 1, "}": -1}.get(text, 0)
        if kind == "name" and at not in places and not _is_property(tokens, at):
            places[at] = scope
        if text == "}" and at > opening and depth == stack[-1][1] and len(stack) > 1:
            stack.pop()
    for at, scope in places.items():
        _use(scope, tokens[at][1])
    return places


def _body(tokens: Sequence[Token], at: int) -> int:
    return next(i for i in range(at, len(tokens)) if tokens[i][1] == "{")


def _parameters(tokens: Sequence[Token], at: int) -> Sequence[Token]:
    start = next(i for i in range(at, len(tokens)) if tokens[i][1] == "(")
    end = next(i for i in range(start, len(tokens)) if tokens[i][1] == ")")
    return tokens[start:end]


def _use(scope: Scope | None, name: str) -> None:
    """Note a use in a function and in all around it, up to the one whose variable it is."""
    while scope is not None:
        scope.used[name] += 1
        if name in scope.declared:
            return
        scope = scope.outer


def _shorten(places: dict[int, Scope]) -> None:
    """Give every function's variables names that nothing used in it has, outer ones first."""
    for scope in dict.fromkeys(_outer_first(places.values())):
        if scope.outer is None:
            continue
        clash = scope.declared & GLOBALS
        if clash:
            raise ValueError(f"called like something of the browser's: {sorted(clash)}")
        taken = {_new_name(scope.outer, name) for name in scope.used if name not in scope.declared}
        free = (name for name in _names() if name not in taken and name not in RESERVED)
        ranked = sorted(scope.declared, key=lambda name: (-scope.used[name], name))
        scope.short = dict(zip(ranked, free, strict=False))


def _outer_first(scopes: Iterable[Scope]) -> Iterator[Scope]:
    for scope in scopes:
        if scope.outer is not None:
            yield from _outer_first([scope.outer])
        yield scope


def _new_name(scope: Scope, name: str) -> str:
    declaring = scope.declaring(name)
    return name if declaring is None else declaring.short.get(name, name)


def _is_property(tokens: Sequence[Token], at: int) -> bool:
    before, after = tokens[at - 1][1], tokens[at + 1][1] if at + 1 < len(tokens) else ""
    return before == "." or (before in ("{", ",") and after == ":")


def _variables(tokens: Sequence[Token], at: int) -> Iterator[str]:
    """Yield the names that one var statement declares."""
    depth, expects_name = 0, True
    for kind, text in tokens[at:]:
        if expects_name and kind == "name":
            yield text
        expects_name = text == "," and depth == 0
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(text, 0)
        if depth < 0 or (depth == 0 and text in (";", "in")):
            return


def _spaced(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield the texts with the space that words need, and the breaks that end statements."""
    last, gap, held = ";", "", ""
    openings: list[bool] = []
    is_header = False
    for kind, text in tokens:
        if kind == "space":
            gap = "\n" if text == "\n" or gap == "\n" else " "
            continue
        if held:
            yield "" if text == "}" else held
            held = ""
        yield _between(last, text, gap)
        if text == ";" and not is_header:
            held = text
        else:
            yield text
        if text == "(":
            openings.append(last in ("for", "while", "if"))
        is_header = openings.pop() if text == ")" else is_header and text == ";"
        last, gap = text, ""
    yield held


def _between(last: str, text: str, gap: str) -> str:
    """Return what has to stay of a gap between two tokens."""
    if not gap:
        return ""
    is_broken = last[-1] not in NO_BREAK_AFTER and text[0] not in NO_BREAK_BEFORE
    if gap == "\n" and is_broken:
        return "\n"
    are_words = _is_word(last[-1]) and _is_word(text[0])
    return " " if are_words or (last[-1] in "+-" and text[0] == last[-1]) else ""


def _is_word(sign: str) -> bool:
    return sign.isalnum() or sign in "_$"


def _names() -> Iterator[str]:
    letters = string.ascii_letters
    yield from letters
    for pair in itertools.product(letters, letters):
        yield "".join(pair)
