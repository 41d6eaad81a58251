"""Named forms as the console prints them: what is asked, and what was answered."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from werkzeug.datastructures import MultiDict

from forms import messages
from forms.answers import read_answers
from forms.definition import Item, ItemKind, Questionnaire
from forms.expressions import Value, parse, to_data
from forms.generator import build_form
from survey.inspections.rounds import signature_item
from survey.web.formats import day, moment
from survey.web.texts import language

INSERTED = re.compile(r"\$\{([A-Za-z][A-Za-z0-9_]*)\}")


@dataclass(frozen=True)
class Option:
    """An option as it is offered."""

    code: str
    label: str


@dataclass(frozen=True)
class Question:
    """One item; conditions and calculations are JSON for the script, empty where there are none.

    `parts` is the label with the codes of inserted calculations between its texts. `detail` says
    that it belongs to the question before it.
    """

    code: str
    kind: str
    label: str
    parts: tuple[tuple[str, str], ...]
    hint: str
    options: tuple[Option, ...]
    is_required: bool
    is_long: bool
    is_veto: bool
    detail: bool
    relevant: str
    constraint: str
    missing: str
    not_met: str
    calculation: str


@dataclass(frozen=True)
class Part:
    """A section with its questions."""

    title: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Said:
    """One answer in words; `picture` is the digest of a photograph."""

    code: str
    label: str
    text: str
    picture: str
    is_bad: bool


def parts_of(questionnaire: Questionnaire) -> tuple[Part, ...]:
    """Return what is asked; who answers is known and not asked."""
    signature = signature_item(questionnaire)
    return tuple(
        Part(
            section.title.to(language()),
            tuple(
                _question(item, section.relevant) for item in section.items if item is not signature
            ),
        )
        for section in questionnaire.sections
    )


def judged(
    questionnaire: Questionnaire, fields: MultiDict[str, str]
) -> tuple[Mapping[str, Value], dict[str, str]]:
    """Return (answers, {}) of a complete form, or ({}, the first message for each item)."""
    posted = MultiDict(
        (item.code, value) for item in questionnaire.items for value in fields.getlist(item.code)
    )
    signature = signature_item(questionnaire)
    if signature is not None:
        posted[signature.code] = "—"  # The service writes the name of whoever signed in.
    form = build_form(questionnaire, language())(posted)
    if form.validate():
        return read_answers(questionnaire, form).values, {}
    return {}, {code: str(said[0]) for code, said in form.errors.items() if said}


def said_in(
    questionnaire: Questionnaire, answers: Mapping[str, Value]
) -> list[tuple[str, list[Said]]]:
    """Return the answers in words, under the titles of their sections."""
    found = []
    for section in questionnaire.sections:
        told = [
            _said(item, answers[item.code]) for item in section.questions if item.code in answers
        ]
        if told:
            found.append((section.title.to(language()), told))
    return found


def _said(item: Item, value: Value) -> Said:
    chosen = (value,) if isinstance(value, str) else tuple(value or ())
    labels = {option.code: option.label.to(language()) for option in item.options}
    text = "、".join(labels.get(code, code) for code in chosen)
    is_picture = item.kind is ItemKind.IMAGE
    if item.kind is ItemKind.DATETIME:
        text = moment(datetime.fromisoformat(text)) if text else ""
    elif item.kind is ItemKind.DATE:
        text = day(date.fromisoformat(text)) if text else ""
    points = {option.code: option.points for option in item.options}
    return Said(
        code=item.code,
        label=item.label.to(language()),
        text="" if is_picture else text,
        picture=text if is_picture else "",
        is_bad=bool(item.weight) and points.get(chosen[0] if chosen else "") == 0,
    )


def _question(item: Item, section_condition: str) -> Question:
    condition = " and ".join(f"({c})" for c in (section_condition, item.relevant) if c)
    label = item.label.to(language())
    return Question(
        code=item.code,
        kind=item.kind.value,
        label=label,
        parts=_inserted(label),
        hint=item.hint.to(language()),
        options=tuple(Option(o.code, o.label.to(language())) for o in item.options),
        is_required=item.required,
        is_long=item.appearance == "multiline",
        is_veto=item.is_veto,
        detail=item.code.endswith(("_d", "_p")),
        relevant=_exported(condition),
        constraint=_exported(item.constraint),
        missing=messages.missing(item, language()),
        not_met=messages.not_met(item, language()),
        calculation=_exported(item.calculation),
    )


def _inserted(label: str) -> tuple[tuple[str, str], ...]:
    """Return (text, code of the calculation after it), the last code being empty."""
    pieces = INSERTED.split(label)
    return tuple(
        (pieces[place], pieces[place + 1] if place + 1 < len(pieces) else "")
        for place in range(0, len(pieces), 2)
    )


def _exported(expression: str) -> str:
    if not expression:
        return ""
    return json.dumps(to_data(parse(expression)), ensure_ascii=False, separators=(",", ":"))


def as_fields(answers: Mapping[str, Value]) -> MultiDict[str, str]:
    """Return stored answers as a form that shows them again takes them."""
    pairs = [
        (code, each)
        for code, value in answers.items()
        for each in ((value,) if isinstance(value, str) else value or ())
    ]
    return MultiDict(pairs)
