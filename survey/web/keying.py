"""Judges a keyed paper form with the very form class that residents' answers go through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from werkzeug.datastructures import MultiDict

from forms.answers import read_answers
from forms.definition import Questionnaire
from forms.expressions import Value
from forms.generator import build_form


def validate_paper(
    questionnaire: Questionnaire, posted: Mapping[str, Sequence[str]], language: str
) -> tuple[Mapping[str, Value], Mapping[str, str]]:
    """Return (answers, {}) of a valid paper form, or ({}, the first message for each item)."""
    fields: MultiDict[str, str] = MultiDict(
        (code, value) for code, values in posted.items() for value in values
    )
    form = build_form(questionnaire, language, paper=True)(fields)
    if form.validate():
        return read_answers(questionnaire, form).values, {}
    return {}, {code: str(messages[0]) for code, messages in form.errors.items()}
