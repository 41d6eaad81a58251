"""A posted form, judged: its answers, or what to say about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from forms.answers import read_answers
from forms.checks import TRAP_FIELD
from forms.definition import Questionnaire
from forms.expressions import Value
from forms.generator import QuestionnaireForm, build_form
from forms.quality import ASSISTED, DUPLICATE, TRAPPED
from forms.screening import personal_data
from survey.collection.receipts import listed_hash
from survey.web.public.pages import ASKED, form_version
from survey.web.public.wording import words

MAX_SECONDS = 24 * 3600
SIGNALS = frozenset({ASSISTED, DUPLICATE})


@dataclass(frozen=True)
class Judged:
    """What became of a posted form.

    `status` is 200 for an accepted one, whose `values` are to be stored; 409 for one of another
    version; 422 for one to go over again. `errors` are by item code. `seconds` is the time spent
    as the phone counted it, None where it did not. `listed` is the hash of the receipt that the
    phone made, empty where it made none.
    """

    status: int
    values: Mapping[str, Value] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    is_asked: bool = False
    seconds: float | None = None
    signals: frozenset[str] = frozenset()
    listed: str = ""


def judge(questionnaire: Questionnaire, fields: MultiDict[str, str], language: str) -> Judged:
    """Return what to do with `fields`, a body that `parse_body` accepted."""
    texts = words(language)
    if fields["fv"] != form_version(questionnaire):
        return Judged(409, note=texts["changed_form"])
    form_class = build_form(questionnaire, language)
    values: Mapping[str, Value] | None = form_class.accepted(fields)
    if values is None:
        form = form_class(formdata=fields)
        if not form.validate():
            return Judged(422, errors=_first_errors(form))
        values = read_answers(questionnaire, form).values
    signals = frozenset(fields.get("signals", "").split())
    if ASKED not in signals and _has_personal_data(questionnaire, values):
        return Judged(422, note=texts["ask_personal"], is_asked=True)
    return Judged(
        status=200,
        values=values,
        seconds=_seconds(fields.get("sec", "")),
        signals=signals & SIGNALS | ({TRAPPED} if fields.get(TRAP_FIELD) else set()),
        listed=listed_hash(fields.get("receipt", "")),
    )


def _first_errors(form: QuestionnaireForm) -> dict[str, str]:
    return {code: str(messages[0]) for code, messages in form.errors.items()}


def _has_personal_data(questionnaire: Questionnaire, values: Mapping[str, Value]) -> bool:
    """Whether a text holds what tells who wrote it; a number left on purpose does not count."""
    return any(
        personal_data(value)
        for item in questionnaire.text_items
        if not item.is_contact
        for value in (values.get(item.code),)
        if isinstance(value, str)
    )


def _seconds(text: str) -> float | None:
    """Return the time spent; a phone that says nonsense has said nothing."""
    if not text.isascii() or not text.isdigit() or len(text) > len(str(MAX_SECONDS)):
        return None
    return float(min(int(text), MAX_SECONDS))
