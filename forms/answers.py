"""Answers after validation: read from the form, coded for storage, and decoded again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Protocol

from forms.definition import CHOICES, Item, ItemKind, Questionnaire
from forms.expressions import Value
from forms.routing import asked

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
HEXADECIMAL = "0123456789abcdef"
NOT_ANSWERED_CODE = "."
NOT_ASKED_CODE = "-"
PADDING = "_"
WIDTHS = {
    ItemKind.INTEGER: 10,
    ItemKind.DECIMAL: 17,
    ItemKind.RANGE: 17,
    ItemKind.DATE: 10,
    ItemKind.TIME: 5,
    ItemKind.DATETIME: 16,
}
"""How many characters a number or a moment takes in an answer string, filled up with `_`."""

CODED = CHOICES | WIDTHS.keys()
"""Kinds that stand in the answer string; texts, places and pictures are kept apart."""


class NotAsked(Enum):
    """What `decode` gives for an item that routing skipped."""

    NOT_ASKED = NOT_ASKED_CODE


NOT_ASKED: Final = NotAsked.NOT_ASKED


class FilledForm(Protocol):
    """A form of `forms.generator`, of which only the data matters; no WTForms is needed here."""

    @property
    def data(self) -> Any:
        """The answers by item code."""


@dataclass(frozen=True)
class Answers:
    """One ballot.

    `values` has a key for every item that was asked, and for no other; None is no answer.
    """

    values: Mapping[str, Value]


def read_answers(questionnaire: Questionnaire, form: FilledForm) -> Answers:
    """Return the answers of a form that `validate()` accepted; what was not asked is dropped."""
    given: Mapping[str, Value] = form.data
    relevant = asked(questionnaire, given)
    return Answers(
        {item.code: given[item.code] for item in questionnaire.items if item.code in relevant}
    )


def encode(questionnaire: Questionnaire, values: Mapping[str, Value]) -> str:
    """Return the answers among `values` that are no free text as a string with fixed positions.

    A single choice takes one character, the place of the option among those on offer; a multiple
    choice takes one hexadecimal digit per four options, the first option being the highest bit;
    numbers and moments are spelled out in as many characters as `WIDTHS` says. `.` is not
    answered, `-` not asked. Texts, places and pictures have no place in it: they are stored
    apart. `values` are those of an `Answers`.

    Raises:
        ValueError: an answer is none of the options on offer, or takes too many characters.
    """
    parts = []
    for coded in _codes(questionnaire):
        if coded.item.code not in values:
            parts.append(coded.not_asked)
            continue
        value = values[coded.item.code]
        parts.append(coded.digits.get(value) or _encoded(coded.item, value))
    return "".join(parts)


def decode(questionnaire: Questionnaire, codes: str) -> dict[str, Value | NotAsked]:
    """Return the answers that `encode` wrote, by item code.

    Raises:
        ValueError: `codes` was not written for this questionnaire.
    """
    values: dict[str, Value | NotAsked] = {}
    position = 0
    for item in _coded(questionnaire):
        end = position + _width(item)
        values[item.code] = _decoded(item, codes[position:end])
        position = end
    if position != len(codes):
        raise ValueError(f"{len(codes)} characters where {position} are expected")
    return values


def layout(questionnaire: Questionnaire) -> tuple[tuple[Item, slice], ...]:
    """Return each coded item and where it stands in the strings of `encode`, in order."""
    places = []
    position = 0
    for item in _coded(questionnaire):
        places.append((item, slice(position, position + _width(item))))
        position += _width(item)
    return tuple(places)


def texts(questionnaire: Questionnaire, values: Mapping[str, Value]) -> tuple[tuple[str, str], ...]:
    """Return (item code, text) of every open answer but ways to reach the respondent.

    The number of a case is none of them either: see `case_number`.
    """
    return tuple(
        (item.code, text)
        for item, text in _texts(questionnaire, values)
        if not item.is_contact and item is not questionnaire.case_item
    )


def case_number(questionnaire: Questionnaire, values: Mapping[str, Value]) -> str | None:
    """Return the number of the case that is rated, or None; it only makes the answer unique."""
    item = questionnaire.case_item
    value = values.get(item.code) if item else None
    return value if isinstance(value, str) else None


def pictures(
    questionnaire: Questionnaire, values: Mapping[str, Value]
) -> tuple[tuple[str, str], ...]:
    """Return (item code, name) of every picture; its bytes travel beside the answers."""
    return tuple(
        (item.code, value)
        for item in questionnaire.picture_items
        if isinstance(value := values.get(item.code), str)
    )


def contact(questionnaire: Questionnaire, values: Mapping[str, Value]) -> str | None:
    """Return how the respondent wants to be reached, or None."""
    return next((text for item, text in _texts(questionnaire, values) if item.is_contact), None)


def is_void(questionnaire: Questionnaire, values: Mapping[str, Value]) -> bool:
    """Whether fewer than half of the required scored items that were asked are answered."""
    expected = [
        item.code for item in questionnaire.scored_items if item.required and item.code in values
    ]
    return 2 * sum(values[code] is not None for code in expected) < len(expected)


@dataclass(frozen=True)
class _Coded:
    """How answers to an item are coded: the usual ones at once, by what was answered."""

    item: Item
    not_asked: str
    digits: Mapping[Value, str]


def _codes(questionnaire: Questionnaire) -> tuple[_Coded, ...]:
    # The instance keeps them, as it keeps its cached properties: every answer asks for them.
    kept = vars(questionnaire)
    if "_codes" not in kept:
        kept["_codes"] = tuple(
            _Coded(item, _filler(item), _digits(item)) for item in _coded(questionnaire)
        )
    codes: tuple[_Coded, ...] = kept["_codes"]
    return codes


def _digits(item: Item) -> dict[Value, str]:
    """Return the codes of a single choice's options and of no answer; nothing for other kinds."""
    if item.kind not in CHOICES or item.kind is ItemKind.MULTIPLE_CHOICE:
        return {}
    return {None: NOT_ANSWERED_CODE, **dict(zip(item.option_codes, DIGITS, strict=False))}


def _coded(questionnaire: Questionnaire) -> Iterable[Item]:
    return (item for item in questionnaire.items if item.kind in CODED)


def _texts(questionnaire: Questionnaire, values: Mapping[str, Value]) -> Iterable[tuple[Item, str]]:
    for item in questionnaire.text_items:
        value = values.get(item.code)
        if isinstance(value, str):
            yield item, value


def _width(item: Item) -> int:
    if item.kind in WIDTHS:
        return WIDTHS[item.kind]
    if item.kind is not ItemKind.MULTIPLE_CHOICE:
        return 1
    return -(-len(item.options) // 4)


def _filler(item: Item, code: str = NOT_ASKED_CODE) -> str:
    return code * _width(item)


def _encoded(item: Item, value: Value) -> str:
    if not value:
        return _filler(item, NOT_ANSWERED_CODE)
    if isinstance(value, str) and item.kind in WIDTHS:
        if len(value) > _width(item):
            raise ValueError(f"{item.code}: {value!r} is too long")
        return value.ljust(_width(item), PADDING)
    if isinstance(value, str):
        return DIGITS[item.option_codes.index(value)]
    places = [item.option_codes.index(code) for code in value]
    bits = sum(1 << (4 * _width(item) - 1 - place) for place in places)
    return f"{bits:0{_width(item)}x}"


def _decoded(item: Item, codes: str) -> Value | NotAsked:
    if codes == _filler(item):
        return NOT_ASKED
    if codes == _filler(item, NOT_ANSWERED_CODE):
        return None
    try:
        if len(codes) != _width(item):
            raise ValueError(codes)
        if item.kind in WIDTHS:
            return codes.rstrip(PADDING)
        if item.kind is not ItemKind.MULTIPLE_CHOICE:
            return item.option_codes[DIGITS.index(codes)]
        bits = "".join(f"{HEXADECIMAL.index(code):04b}" for code in codes)
    except (ValueError, IndexError) as error:
        raise ValueError(f"{item.code}: {codes!r} is no answer") from error
    return tuple(code for code, bit in zip(item.option_codes, bits, strict=False) if bit == "1")
