"""A questionnaire as a WTForms class: the one place where posted values are judged."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from werkzeug.datastructures import MultiDict
from wtforms import Form
from wtforms.fields import Field, RadioField, SelectChoice, SelectMultipleField, TextAreaField
from wtforms.utils import unset_value
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from forms import messages, notation
from forms.cleaning import clean, has_surrogate, is_blank
from forms.definition import CHOICES, Item, ItemKind, Questionnaire, Section, Wording
from forms.digest import digest_of
from forms.expressions import Value, holds
from forms.loading import to_data
from forms.routing import with_calculations

MAX_TEXT = 1_000
MAX_CLASSES = 256

Validator = Callable[[Form, Field], None]


class QuestionnaireForm(Form):  # type: ignore[misc]
    """The base of every generated form.

    `errors` maps item codes to messages. An item that routing skips is never in it, whatever was
    posted: with script it was not shown, without script the answer does not matter.
    """

    _questionnaire: Questionnaire
    _templates: Mapping[str, Field]

    class Meta(Form.Meta):  # type: ignore[misc]
        """Copies bound fields: binding anew would be most of the cost of a request."""

        def bind_field(self, form: Form, unbound_field: Any, options: dict[str, Any]) -> Field:
            """Return the field called `options["name"]` for `form`."""
            template = getattr(form, "_templates", {}).get(options["name"])
            if template is None:
                return super().bind_field(form, unbound_field, options)
            field = object.__new__(type(template))
            vars(field).update(vars(template), _form=form, meta=self)
            return field

    def process(self, formdata: Any = None, *_: Any, **__: Any) -> None:
        """Read the posted values; there are neither defaults nor filters of single fields."""
        for field in self._fields.values():
            field.process(formdata)

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether every item that is asked has an acceptable answer."""
        posted = {name: field.data for name, field in self._fields.items()}
        self._given = with_calculations(self._questionnaire, posted)
        is_valid = True
        for name, field in self._fields.items():
            if name in self._given:
                is_valid &= field.validate(self)
            else:
                field.errors = []
        return is_valid

    @classmethod
    def accepted(cls, formdata: MultiDict[str, str]) -> Mapping[str, Value] | None:
        """Return the answers to the items that are asked; None where `validate()` has to judge.

        Asks the fields and their validators, and builds no form: most posts need no messages.
        """
        posted: dict[str, Value] = {}
        sent = dict(formdata.lists())
        for name, field in cls._templates.items():
            values = sent.get(name)
            if values is None:
                posted[name] = None
            elif len(values) == 1 and values[0] in field.offered:
                posted[name] = values[0]
            else:
                values = [value for value in values if value]
                try:
                    posted[name] = field.read(values) if values else None
                except ValueError:
                    return None
        given = with_calculations(cls._questionnaire, posted)
        sheet = _Sheet(given)
        try:
            for name, field in cls._templates.items():
                if name in given and (given[name] is None or field.is_constrained):
                    sheet.data = given[name]
                    for validator in field.validators:
                        validator(sheet, sheet)
        except StopValidation:
            return None
        return {name: given[name] for name in cls._templates if name in given}


class _Sheet:
    """What validators ask of a form and of one of its fields after the other."""

    def __init__(self, given: Mapping[str, Value]) -> None:
        self._given = given
        self.data: Value = None


class _Posted:
    """What the fields of a form share: the posted values are read, and nothing is preselected.

    `offered` are values that `read` returns as they are, if there is but one. Without being
    `is_constrained` a field takes whatever can be read.
    """

    item: Item
    language: str
    name: str
    offered: frozenset[str] = frozenset()

    @property
    def is_constrained(self) -> bool:
        """Whether an answer that can be read may still be refused."""
        return bool(self.item.constraint)

    def process(
        self, formdata: Any, data: Any = unset_value, extra_filters: Iterable[Any] | None = None
    ) -> None:
        """Read the field's values out of `formdata`; an unacceptable one is an error."""
        self.data: Value = None if data is unset_value else data
        self.process_errors: Sequence[str] = ()
        self.errors: Sequence[str] = ()
        self.raw_data: list[str] = formdata.getlist(self.name) if formdata is not None else []
        if self.raw_data:
            try:
                self.data = self.read([value for value in self.raw_data if value])
            except ValueError as refusal:
                self.process_errors = [str(refusal)]

    def read(self, values: list[str]) -> Value:
        """Return the answer that `values` are; ValueError with a message when they are none."""
        raise NotImplementedError

    def pre_validate(self, form: Form) -> None:
        """Leave it at the first error."""
        if self.process_errors:
            raise StopValidation


class _SingleChoice(_Posted, RadioField):  # type: ignore[misc]
    def __init__(self, *, item: Item, language: str, **options: Any) -> None:
        super().__init__(**options)
        self.item, self.language = item, language
        self.offered = frozenset(item.option_codes)

    def read(self, values: list[str]) -> Value:
        if not values:
            return None
        if len(values) > 1:
            raise ValueError(messages.one_only(self.language))
        if values[0] not in self.offered:
            raise ValueError(messages.unknown_option(self.language))
        return values[0]


class _MultipleChoice(_Posted, SelectMultipleField):  # type: ignore[misc]
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, *, item: Item, language: str, **options: Any) -> None:
        super().__init__(**options)
        self.item, self.language = item, language

    def read(self, values: list[str]) -> Value:
        chosen = frozenset(values)
        if not chosen.issubset(self.item.option_codes):
            raise ValueError(messages.unknown_option(self.language))
        if len(chosen) < len(values):
            raise ValueError(messages.chosen_twice(self.language))
        return tuple(code for code in self.item.option_codes if code in chosen) or None


class _Text(_Posted, TextAreaField):  # type: ignore[misc]
    def __init__(self, *, item: Item, language: str, **options: Any) -> None:
        super().__init__(**options)
        self.item, self.language = item, language

    def read(self, values: list[str]) -> Value:
        if len(values) > 1:
            raise ValueError(messages.one_only(self.language))
        if not values or is_blank(text := clean(values[0]).strip()):
            return None
        if has_surrogate(text):
            raise ValueError(messages.unreadable(self.language))
        if len(text) > MAX_TEXT:
            raise ValueError(messages.too_long(len(text) - MAX_TEXT, self.language))
        return text

    def _value(self) -> str:
        """Return what to show: the text as it came, also when it was not accepted."""
        return clean(self.raw_data[0]) if self.raw_data else ""


class _Spelled(_Text):
    """A number, a moment, a place or the name of a picture: one line with a notation of its own."""

    def read(self, values: list[str]) -> Value:
        text = super().read(values)
        if not isinstance(text, str):
            return None
        try:
            return notation.spelled(self.item, text)
        except ValueError as error:
            raise ValueError(messages.misspelt(self.item, self.language)) from error


FIELDS = {
    ItemKind.SINGLE_CHOICE: _SingleChoice,
    ItemKind.ACKNOWLEDGE: _SingleChoice,
    ItemKind.MULTIPLE_CHOICE: _MultipleChoice,
    ItemKind.TEXT: _Text,
}
"""Fields by kind; all other kinds that are answered have a `_Spelled` one."""


def build_form(
    questionnaire: Questionnaire, language: str = "zh", *, paper: bool = False
) -> type[QuestionnaireForm]:
    """Return the form class of `questionnaire`: one field per item, named by its code.

    `build_form(q)(formdata=multidict)`, then `validate()`, `errors` and `answers.read_answers`.
    Classes are kept: questionnaires that differ only in what is said, not in what is asked, as
    those tailored from one to many units do, share one.

    Args:
        questionnaire: checked at import; its item codes are fit to be field names.
        language: of the messages and labels.
        paper: a keyed paper form may leave scored items empty (domain.md 3.13, 5), save the
            overall evaluation and conditional ones.
    """
    kept = vars(questionnaire)
    if "_asking" not in kept:
        asking = _asking(questionnaire)
        kept["_asking"] = asking, digest_of(to_data(asking))
    return _class(_Key(*kept["_asking"]), language, paper)


@dataclasses.dataclass(frozen=True)
class _Key:
    """A questionnaire that is compared by its digest alone."""

    asking: Questionnaire = dataclasses.field(compare=False)
    digest: str


def _asking(questionnaire: Questionnaire) -> Questionnaire:
    """Return what is asked and calculated: no title, no notes, no target."""
    return Questionnaire(
        code=questionnaire.code,
        version="",
        title=Wording(),
        languages=questionnaire.languages,
        subject=questionnaire.subject,
        sections=tuple(
            Section(
                code=section.code,
                title=Wording(),
                items=tuple(i for i in section.items if i.kind is not ItemKind.NOTE),
                relevant=section.relevant,
            )
            for section in questionnaire.sections
        ),
    )


@lru_cache(maxsize=MAX_CLASSES)
def _class(key: _Key, language: str, paper: bool) -> type[QuestionnaireForm]:
    questionnaire = key.asking
    attributes: dict[str, Any] = {"_questionnaire": questionnaire}
    for section in questionnaire.sections:
        for item in section.questions:
            is_required = item.required and not (paper and _may_be_empty_on_paper(item, section))
            attributes[item.code] = _field(item, language, is_required)
    form_class: Any = type("QuestionnaireForm", (QuestionnaireForm,), attributes)
    # Bound to an empty form, so that no request's values can stay in a template.
    form_class._templates = dict(form_class()._fields)
    return cast(type[QuestionnaireForm], form_class)


def _may_be_empty_on_paper(item: Item, section: Section) -> bool:
    is_conditional = bool(item.relevant or section.relevant)
    return item.is_scored and item.dimension != "overall" and not is_conditional


def _field(item: Item, language: str, is_required: bool) -> Any:
    validators: list[Validator] = []
    if is_required:
        validators.append(_answered(messages.missing(item, language)))
    if item.constraint:
        validators.append(_constraint(item.constraint, messages.not_met(item, language)))
    options: dict[str, Any] = {
        "item": item,
        "language": language,
        "label": item.label.to(language),
        "description": item.hint.to(language),
        "validators": validators,
    }
    if item.kind in CHOICES:
        options["choices"] = [
            SelectChoice(value=option.code, label=option.label.to(language))
            for option in item.options
        ]
    elif item.appearance != "multiline":
        options["widget"] = TextInput()
    return FIELDS.get(item.kind, _Spelled)(**options)


def _answered(message: str) -> Validator:
    def check(form: Form, field: Field) -> None:
        if field.data is None:
            raise StopValidation(message)

    return check


def _constraint(expression: str, message: str) -> Validator:
    def check(form: Form, field: Field) -> None:
        if field.data is not None and not holds(expression, form._given, field.data):
            raise StopValidation(message)

    return check
