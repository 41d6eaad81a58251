"""What is filled in about an item, a part or a whole draft, as values of the questionnaire.

Nothing is refused here: a draft may be unfinished, and its faults are shown beside it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

from werkzeug.datastructures import MultiDict

from forms.cleaning import clean
from forms.definition import (
    ACKNOWLEDGED,
    CHOICES,
    Item,
    ItemKind,
    Questionnaire,
    ResponseOption,
    Subject,
    Wording,
)
from forms.plain_conditions import (
    Clause,
    PlainCondition,
    PlainRule,
    write_condition,
    write_rule,
)

MAX_OPTIONS = 80
MOST_CLAUSES = 6
LONGEST = 2_000

Posted = MultiDict[str, str]
Scales = Mapping[str, tuple[ResponseOption, ...]]


def read_item(
    posted: Posted, item: Item, questionnaire: Questionnaire, scales: Scales, known: dict[str, Item]
) -> Item:
    """Return `item` with what was filled in; `known` are the items a condition can name."""
    languages = questionnaire.languages
    kind = _kind(posted, item)
    changed = dataclasses.replace(
        item,
        code=text(posted, "code"),
        kind=kind,
        label=_wording(posted, "label", item.label, languages),
        hint=_wording(posted, "hint", item.hint, languages),
        required="required" in posted and kind is not ItemKind.NOTE,
        required_message=_wording(posted, "required_message", item.required_message, languages),
        relevant=_relevant(posted, item.relevant, known),
        dimension=text(posted, "dimension"),
        weight=number(posted, "weight"),
        is_veto="is_veto" in posted,
    )
    changed = _with_answers(posted, changed, item, languages, scales)
    if kind in (ItemKind.NOTE, ItemKind.CALCULATE):
        return changed
    return dataclasses.replace(
        changed,
        constraint=_constraint(posted, item.constraint, changed),
        constraint_message=_wording(
            posted, "constraint_message", item.constraint_message, languages
        ),
    )


def _with_answers(
    posted: Posted, changed: Item, before: Item, languages: tuple[str, ...], scales: Scales
) -> Item:
    """Return the item with how it is answered: options, bounds, size of the field, formula."""
    scale = ""
    options: tuple[ResponseOption, ...] = ()
    kind = changed.kind
    if kind is ItemKind.ACKNOWLEDGE:
        options = (ACKNOWLEDGED,)
    elif kind in CHOICES:
        scale = text(posted, "scale")
        is_other = scale != before.scale and scale in scales
        options = scales[scale] if is_other else _options(posted, before.options, languages)
    appearance = before.appearance
    if kind is ItemKind.TEXT:
        appearance = "multiline" if "multiline" in posted else ""
    bounds = None
    if kind is ItemKind.RANGE:
        given = [number(posted, f"bounds.{part}") for part in ("least", "most", "step")]
        bounds = (given[0] or 0.0, 10.0 if given[1] is None else given[1], given[2] or 1.0)
    formula = text(posted, "calculation") if kind is ItemKind.CALCULATE else ""
    return dataclasses.replace(
        changed,
        scale=scale,
        options=options,
        appearance=appearance,
        bounds=bounds,
        calculation=formula,
    )


def read_section(
    posted: Posted, questionnaire: Questionnaire, index: int, known: dict[str, Item]
) -> tuple[str, Wording, str]:
    """Return code, heading and condition of a part; one without a heading gets an inner code."""
    section = questionnaire.sections[index]
    title = _wording(posted, "title", section.title, questionnaire.languages)
    relevant = _relevant(posted, section.relevant, known)
    code = text(posted, "code") or section.code
    return code, title, relevant


def read_form(posted: Posted, questionnaire: Questionnaire) -> Questionnaire:
    """Return the questionnaire with its title, code, object and languages as filled in."""
    subject = text(posted, "subject")
    extra = tuple(code for code in posted.getlist("languages") if code != "zh")
    kept = tuple(code for code in questionnaire.languages if code in extra)
    languages = ("zh", *kept, *(code for code in extra if code not in kept))
    return dataclasses.replace(
        questionnaire,
        code=text(posted, "code"),
        title=_wording(posted, "title", questionnaire.title, languages),
        subject=Subject(subject) if subject in set(Subject) else questionnaire.subject,
        languages=languages,
        is_named="is_named" in posted,
    )


def text(posted: Posted, name: str) -> str:
    """Return a field without blanks at its ends and without signs that nothing can show."""
    return clean(posted.get(name, "")[:LONGEST]).strip()


def number(posted: Posted, name: str) -> float | None:
    """Return the number in a field, or None where there is none."""
    try:
        value = float(text(posted, name))
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) < 1e9 else None


def whole(posted: Posted, name: str) -> int | None:
    """Return the whole number in a field, or None where there is none."""
    value = number(posted, name)
    return None if value is None else int(value)


def _wording(posted: Posted, name: str, before: Wording, languages: tuple[str, ...]) -> Wording:
    """Return a text in every language; without any it is as empty as one never written."""
    texts = tuple((code, text(posted, f"{name}.{code}")) for code in languages)
    if not any(said for _, said in texts):
        return Wording(tuple((code, "") for code, _ in before.texts)) if before.texts else Wording()
    known = {code for code, _ in before.texts}
    return Wording(tuple((c, said) for c, said in texts if said or c in known))


def _kind(posted: Posted, item: Item) -> ItemKind:
    kind = text(posted, "kind")
    return ItemKind(kind) if kind in set(ItemKind) else item.kind


def _options(
    posted: Posted, before: tuple[ResponseOption, ...], languages: tuple[str, ...]
) -> tuple[ResponseOption, ...]:
    """Return the options of the rows that are filled in, in their order."""
    known = {option.code: option for option in before}
    found = []
    for row in range(MAX_OPTIONS):
        code = text(posted, f"o{row}.code")
        before_label = known[code].label if code in known else Wording()
        label = _wording(posted, f"o{row}.label", before_label, languages)
        if f"o{row}.remove" in posted or not (code or label):
            continue
        found.append(ResponseOption(code, label, number(posted, f"o{row}.points")))
    return tuple(found)


def _relevant(posted: Posted, before: str, known: dict[str, Item]) -> str:
    match text(posted, "when"):
        case "always":
            return ""
        case "words":
            clauses = []
            for row in range(MOST_CLAUSES):
                code, _, option = text(posted, f"c{row}.what").partition("=")
                if code:
                    chosen = text(posted, f"c{row}.is") != "not"
                    clauses.append(Clause(code, option, chosen))
            is_any = text(posted, "join") != "all"
            return write_condition(PlainCondition(tuple(clauses), is_any), known)
        case "expression":
            return text(posted, "relevant")
    return before


def _constraint(posted: Posted, before: str, item: Item) -> str:
    match text(posted, "rule"):
        case "words":
            is_many = item.kind is ItemKind.MULTIPLE_CHOICE
            is_text = item.kind is ItemKind.TEXT
            is_number = item.kind in (ItemKind.INTEGER, ItemKind.DECIMAL)
            return write_rule(
                PlainRule(
                    most_choices=whole(posted, "most_choices") if is_many else None,
                    alone=text(posted, "alone") if is_many else "",
                    longest=whole(posted, "longest") if is_text else None,
                    least=number(posted, "least") if is_number else None,
                    most=number(posted, "most") if is_number else None,
                    is_telephone=is_text and "telephone" in posted,
                )
            )
        case "expression":
            return text(posted, "constraint")
    return before
