"""Conditions of a questionnaire, as the pages use them: what opens an item, said in words."""

from __future__ import annotations

import json
from collections.abc import Mapping

from forms.definition import ItemKind, Questionnaire
from forms.expressions import parse_calculation, to_data
from forms.syntax import Current, Expression, Literal, Operation, Reference, nodes, parse
from survey.web.public.wording import words

Chosen = Mapping[str, tuple[str, ...]]
"""Option codes by item code: the condition holds when one of them is chosen."""

NOT_TOGETHER = "not(selected(.,'{code}')andcount-selected(.)>1)"


def both(first: str, second: str) -> str:
    """Return the condition that `first` and `second` hold; an empty one always holds."""
    return f"({first}) and ({second})" if first and second else first or second


def exported(text: str) -> str:
    """Return a condition as the JSON that the phone evaluates; empty when there is none."""
    if not text:
        return ""
    return json.dumps(to_data(parse(text)), ensure_ascii=False, separators=(",", ":"))


def exported_calculation(text: str) -> str:
    """Return a calculation as the JSON that the phone evaluates; empty when there is none."""
    if not text:
        return ""
    data = to_data(parse_calculation(text))
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def opened_by(relevant: str) -> Chosen:
    """Return the choices of which any one opens an item; empty where it is not as simple."""
    found: dict[str, tuple[str, ...]] = {}
    if relevant and _collect(parse(relevant), found):
        return found
    return {}


def in_words(questionnaire: Questionnaire, relevant: str, language: str) -> str:
    """Return when an item is to be answered, as a sentence; empty for an item always asked."""
    if not relevant:
        return ""
    texts = words(language)
    chosen = opened_by(relevant)
    if len(chosen) == 1:
        ((code, options),) = chosen.items()
        return texts["only_if"].format(
            question=_label(questionnaire, code, language),
            options=_labels(questionnaire, code, options, language),
        )
    named = {_labels(questionnaire, *pair, language) for pair in chosen.items()}
    if len(named) == 1:
        return texts["only_if_any"].format(options=named.pop())
    return _in_words_unless(questionnaire, parse(relevant), language)


def longest_text(constraint: str) -> int | None:
    """Return how many characters `string-length(.) <= n` allows, or None."""
    if not constraint:
        return None
    length = Operation("string-length", (Current(),))
    for node in nodes(parse(constraint)):
        match node:
            case Operation("<=", (left, Literal(float(most)))) if left == length:
                return int(most)
    return None


def exclusive_option(constraint: str, codes: tuple[str, ...]) -> str:
    """Return the option that may not be chosen together with others, or nothing."""
    squeezed = "".join(constraint.split())
    return next((code for code in codes if NOT_TOGETHER.format(code=code) in squeezed), "")


def _collect(expression: Expression, found: dict[str, tuple[str, ...]]) -> bool:
    match expression:
        case Operation("or", (left, right)):
            return _collect(left, found) and _collect(right, found)
        case (
            Operation("=", (Reference(code), Literal(value)))
            | Operation("=", (Literal(value), Reference(code)))
            | Operation("selected", (Reference(code), Literal(value)))
        ):
            found[code] = (*found.get(code, ()), _option(value))
            return True
    return False


def _in_words_unless(questionnaire: Questionnaire, expression: Expression, language: str) -> str:
    texts = words(language)
    match expression:
        case Operation("!=", (Reference(code), Literal(value))):
            return texts["unless"].format(
                question=_label(questionnaire, code, language),
                options=_labels(questionnaire, code, (_option(value),), language),
            )
    return texts["only_if_needed"]


def _option(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _label(questionnaire: Questionnaire, code: str, language: str) -> str:
    item = questionnaire.items_by_code.get(code)
    return item.label.to(language).rstrip("：:？?") if item else code


def _labels(
    questionnaire: Questionnaire, code: str, options: tuple[str, ...], language: str
) -> str:
    texts = words(language)
    item = questionnaire.items_by_code.get(code)
    known = {option.code: option.label.to(language) for option in item.options} if item else {}
    return texts["or"].join(texts["quoted"].format(text=known.get(o, o)) for o in options)


def operations(questionnaire: Questionnaire) -> frozenset[str]:
    """Return the names of all operators and functions that the questionnaire's conditions use."""
    texts = [section.relevant for section in questionnaire.sections]
    for item in questionnaire.all_items():
        texts += [item.relevant, item.constraint, item.calculation]
    found = (node for text in texts if text for node in nodes(parse(text)))
    return frozenset(node.name for node in found if isinstance(node, Operation))


def is_choice(questionnaire: Questionnaire, code: str) -> bool:
    """Whether `code` is an item with options to choose from."""
    item = questionnaire.items_by_code.get(code)
    return item is not None and item.kind in (ItemKind.SINGLE_CHOICE, ItemKind.MULTIPLE_CHOICE)
