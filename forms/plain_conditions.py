"""Conditions and constraints that can be put together from words, and read back into them.

What an expression says beyond these shapes stays an expression; nothing is lost by reading it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from forms.definition import Item, ItemKind
from forms.syntax import Current, Expression, ExpressionError, Literal, Operation, Reference, parse

TELEPHONE = "^1[3-9][0-9]{9}$|^0[0-9]{2,3}-?[0-9]{7,8}$"


@dataclass(frozen=True)
class Clause:
    """One answer that decides: an option of an earlier item, chosen or not."""

    code: str
    option: str
    is_chosen: bool = True


@dataclass(frozen=True)
class PlainCondition:
    """When an item is asked: if all of its clauses hold, or, with `is_any`, one of them."""

    clauses: tuple[Clause, ...]
    is_any: bool = True


@dataclass(frozen=True)
class PlainRule:
    """What an answer must be.

    Attributes:
        most_choices: how many options may be chosen at most.
        alone: an option that may not be chosen together with others.
        longest: how many characters a text may have.
        least, most: bounds of a number.
        is_telephone: the text is a telephone number.
    """

    most_choices: int | None = None
    alone: str = ""
    longest: int | None = None
    least: float | None = None
    most: float | None = None
    is_telephone: bool = False


def write_condition(condition: PlainCondition, items: Mapping[str, Item]) -> str:
    """Return the expression; clauses about items that are not among `items` are left out."""
    written = [_clause(each, items[each.code]) for each in condition.clauses if each.code in items]
    return (" or " if condition.is_any else " and ").join(written)


def read_condition(text: str, items: Mapping[str, Item]) -> PlainCondition | None:
    """Return what `text` says, or None where words cannot say it."""
    if not text:
        return PlainCondition(())
    expression = _parsed(text)
    if expression is None:
        return None
    is_any = isinstance(expression, Operation) and expression.name == "or"
    parts = list(_parts(expression, "or" if is_any else "and"))
    clauses = [_read_clause(part, items) for part in parts]
    found = tuple(clause for clause in clauses if clause is not None)
    return PlainCondition(found, is_any or len(found) == 1) if len(found) == len(parts) else None


def write_rule(rule: PlainRule) -> str:
    """Return the constraint."""
    parts = []
    if rule.most_choices is not None:
        parts.append(f"count-selected(.) <= {rule.most_choices}")
    if rule.alone:
        parts.append(f"not(selected(., '{rule.alone}') and count-selected(.) > 1)")
    if rule.longest is not None:
        parts.append(f"string-length(.) <= {rule.longest}")
    if rule.least is not None:
        parts.append(f". >= {rule.least:g}")
    if rule.most is not None:
        parts.append(f". <= {rule.most:g}")
    if rule.is_telephone:
        parts.append(f"regex(., '{TELEPHONE}')")
    return " and ".join(parts)


def read_rule(text: str) -> PlainRule | None:
    """Return what a constraint says, or None where words cannot say it."""
    if not text:
        return PlainRule()
    expression = _parsed(text)
    if expression is None:
        return None
    known: dict[str, object] = {}
    for part in _parts(expression, "and"):
        read = _read_rule_part(part)
        if read is None or read[0] in known:
            return None
        known[read[0]] = read[1]
    return PlainRule(**known)  # type: ignore[arg-type] # each name has a value of its own type


def _parsed(text: str) -> Expression | None:
    try:
        return parse(text)
    except ExpressionError:
        return None


def _parts(expression: Expression, joint: str) -> Iterator[Expression]:
    if isinstance(expression, Operation) and expression.name == joint:
        for operand in expression.operands:
            yield from _parts(operand, joint)
    else:
        yield expression


def _clause(clause: Clause, item: Item) -> str:
    if item.kind is ItemKind.MULTIPLE_CHOICE:
        chosen = f"selected(${{{clause.code}}}, '{clause.option}')"
        return chosen if clause.is_chosen else f"not({chosen})"
    return f"${{{clause.code}}} {'=' if clause.is_chosen else '!='} '{clause.option}'"


def _read_clause(expression: Expression, items: Mapping[str, Item]) -> Clause | None:
    clause = _clause_of(expression)
    item = items.get(clause.code) if clause else None
    if clause is None or item is None or clause.option not in item.option_codes:
        return None
    return clause


def _clause_of(expression: Expression) -> Clause | None:
    match expression:
        case Operation("=" | "!=" as sign, (Reference(code), Literal(str(option)))):
            return Clause(code, option, sign == "=")
        case Operation("selected", (Reference(code), Literal(str(option)))):
            return Clause(code, option)
        case Operation("not", (Operation("selected", (Reference(code), Literal(str(option)))),)):
            return Clause(code, option, is_chosen=False)
    return None


_CHOSEN = Operation("count-selected", (Current(),))
_LENGTH = Operation("string-length", (Current(),))


def _read_rule_part(part: Expression) -> tuple[str, object] | None:
    match part:
        case Operation("<=", (left, Literal(float(number)))):
            return _at_most(left, number)
        case Operation(">=", (Current(), Literal(float(number)))):
            return "least", number
        case Operation("regex", (Current(), Literal(pattern))) if pattern == TELEPHONE:
            return "is_telephone", True
        case Operation(
            "not",
            (
                Operation(
                    "and",
                    (
                        Operation("selected", (Current(), Literal(str(code)))),
                        Operation(">", (counted, Literal(1.0))),
                    ),
                ),
            ),
        ) if counted == _CHOSEN:
            return "alone", code
    return None


def _at_most(left: Expression, number: float) -> tuple[str, object] | None:
    if left == _CHOSEN:
        return "most_choices", int(number)
    if left == _LENGTH:
        return "longest", int(number)
    return ("most", number) if left == Current() else None


def earlier_choices(items: Sequence[Item]) -> dict[str, Item]:
    """Return, by code, the items of `items` whose options a condition can name."""
    return {item.code: item for item in items if item.options and item.is_question}
