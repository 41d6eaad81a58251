"""Keyed numbers as answers: 1 is the first option printed on the ballot, nothing is no answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from forms.cleaning import clean
from forms.definition import CHOICES, Item, ItemKind, Questionnaire
from forms.insertions import said
from reports.paper_form import LEFT_OUT, question_numbers
from survey.collection.keying import Ballot
from survey.web.texts import text as _

PREFIX = "k-"
LONGEST = 2_000
DIGITS = re.compile(r"[0-9]+")


@dataclass(frozen=True)
class KeyedRow:
    """One question on the keying page: what was typed, and what is wrong with it.

    `kind` is one, many or text; `is_quick` where one digit says it all.
    """

    code: str
    number: int
    label: str
    kind: str
    options: tuple[str, ...]
    typed: str
    error: str

    @property
    def is_quick(self) -> bool:
        """Whether one digit is a whole answer, so that the next question can follow at once."""
        return self.kind == "one" and len(self.options) < 10


def rows_of(
    questionnaire: Questionnaire, typed: Mapping[str, str], errors: Mapping[str, str]
) -> list[KeyedRow]:
    """Return the questions in the order and with the numbers of the printed ballot."""
    numbers = question_numbers(questionnaire)
    return [
        KeyedRow(
            code=item.code,
            number=numbers[item.code],
            label=said(item.label.to("zh")),
            kind=_kind(item),
            options=tuple(option.label.to("zh") for option in item.options),
            typed=typed.get(item.code, ""),
            error=errors.get(item.code, ""),
        )
        for item in questionnaire.items
        if item.kind not in LEFT_OUT
    ]


def read_ballot(
    questionnaire: Questionnaire, posted: MultiDict[str, str]
) -> tuple[Ballot, dict[str, str], dict[str, str]]:
    """Return the ballot, what was typed by item, and what cannot be read of it."""
    fields: dict[str, tuple[str, ...]] = {}
    typed: dict[str, str] = {}
    errors: dict[str, str] = {}
    for item in questionnaire.items:
        if item.kind in LEFT_OUT:
            continue
        typed[item.code] = clean(posted.get(PREFIX + item.code, "")[:LONGEST]).strip()
        try:
            fields[item.code] = values_of(item, typed[item.code])
        except ValueError as refusal:
            errors[item.code] = str(refusal)
    return Ballot(fields, "spoilt" in posted), typed, errors


def values_of(item: Item, typed: str) -> tuple[str, ...]:
    """Return the values that `typed` means for `item`.

    Raises:
        ValueError: there is no such option, with a sentence for whoever keys.
    """
    if not typed:
        return ()
    if item.kind not in CHOICES:
        return (typed,)
    if not re.fullmatch(r"[0-9\s,，、.]*", typed):
        raise ValueError(_("这题请填选项前的数字"))
    parts = DIGITS.findall(typed)
    if len(parts) == 1 and len(item.options) < 10:
        parts = list(parts[0])
    chosen = dict.fromkeys(int(part) for part in parts)
    if item.kind is not ItemKind.MULTIPLE_CHOICE and len(chosen) > 1:
        raise ValueError(_("这题只能选一项；票上打了两个就空着"))
    most = len(item.options)
    if any(not 1 <= place <= most for place in chosen):
        raise ValueError(_("这题只有%(count)s个选项", count=most))
    return tuple(item.option_codes[place - 1] for place in sorted(chosen))


def spelled(questionnaire: Questionnaire, code: str, values: Sequence[str]) -> str:
    """Return keyed values in words; empty where nothing was ticked."""
    item = questionnaire.items_by_code.get(code)
    if item is None or not item.options:
        return "\n".join(values)
    labels = {option.code: option.label.to("zh") for option in item.options}
    places = {option: number for number, option in enumerate(item.option_codes, start=1)}
    return "、".join(f"{places.get(value, '')} {labels.get(value, value)}" for value in values)


def _kind(item: Item) -> str:
    if item.kind is ItemKind.MULTIPLE_CHOICE:
        return "many"
    return "one" if item.kind in CHOICES else "text"
