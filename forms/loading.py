"""A questionnaire as plain JSON values, and back; what has its default value is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from forms.definition import (
    Item,
    ItemKind,
    Questionnaire,
    ResponseOption,
    Section,
    Subject,
    Wording,
)

T = TypeVar("T")


class LoadingError(ValueError):
    """The data is no questionnaire; the message names the place: `sections[2].items[0].kind`."""


def to_data(questionnaire: Questionnaire) -> dict[str, Any]:
    """Return `questionnaire` as JSON values; equal questionnaires give equal data."""
    return _filled(
        code=questionnaire.code,
        version=questionnaire.version,
        title=_wording_data(questionnaire.title),
        languages=list(questionnaire.languages),
        subject=questionnaire.subject.value,
        target=questionnaire.target,
        is_named=questionnaire.is_named,
        sections=[_section_data(section) for section in questionnaire.sections],
    )


def from_data(data: Mapping[str, Any]) -> Questionnaire:
    """Return the questionnaire that `to_data` wrote.

    Raises:
        LoadingError: a part is missing or of the wrong kind.
    """
    return Questionnaire(
        code=_text(data, "code", "code", ""),
        version=_text(data, "version", "version", ""),
        title=_wording(data, "title", "title"),
        languages=tuple(_each(data, "languages", "languages", _plain_text)),
        subject=_choice(Subject, data, "subject", "subject"),
        target=_text(data, "target", "target", ""),
        is_named=_flag(data, "is_named", "is_named"),
        sections=tuple(_each(data, "sections", "sections", _section)),
    )


def _section_data(section: Section) -> dict[str, Any]:
    return _filled(
        code=section.code,
        title=_wording_data(section.title),
        relevant=section.relevant,
        items=[_item_data(item) for item in section.items],
    )


def _item_data(item: Item) -> dict[str, Any]:
    return _filled(
        code=item.code,
        kind=item.kind.value,
        label=_wording_data(item.label),
        hint=_wording_data(item.hint),
        required=item.required,
        required_message=_wording_data(item.required_message),
        relevant=item.relevant,
        constraint=item.constraint,
        constraint_message=_wording_data(item.constraint_message),
        scale=item.scale,
        options=[_option_data(option) for option in item.options],
        dimension=item.dimension,
        weight=_number_data(item.weight),
        is_veto=item.is_veto,
        appearance=item.appearance,
        calculation=item.calculation,
        bounds=[_number_data(bound) for bound in item.bounds or ()],
    )


def _option_data(option: ResponseOption) -> dict[str, Any]:
    return _filled(
        code=option.code, label=_wording_data(option.label), points=_number_data(option.points)
    )


def _wording_data(wording: Wording) -> list[list[str]]:
    return [[language, text] for language, text in wording.texts]


def _number_data(number: float | None) -> float | None:
    """Return one spelling of equal numbers: 100 and 100.0, 0.0 and -0.0 are each the same."""
    return None if number is None else float(number) + 0.0


def _filled(**parts: Any) -> dict[str, Any]:
    return {
        name: part
        for name, part in parts.items()
        if part is not None and part not in ("", []) and part is not False
    }


def _section(data: Any, place: str) -> Section:
    part = _mapping(data, place)
    return Section(
        code=_text(part, "code", f"{place}.code", ""),
        title=_wording(part, "title", f"{place}.title"),
        relevant=_text(part, "relevant", f"{place}.relevant", ""),
        items=tuple(_each(part, "items", f"{place}.items", _item)),
    )


def _item(data: Any, place: str) -> Item:
    part = _mapping(data, place)
    return Item(
        code=_text(part, "code", f"{place}.code", ""),
        kind=_choice(ItemKind, part, "kind", f"{place}.kind"),
        label=_wording(part, "label", f"{place}.label"),
        hint=_wording(part, "hint", f"{place}.hint"),
        required=_flag(part, "required", f"{place}.required"),
        required_message=_wording(part, "required_message", f"{place}.required_message"),
        relevant=_text(part, "relevant", f"{place}.relevant", ""),
        constraint=_text(part, "constraint", f"{place}.constraint", ""),
        constraint_message=_wording(part, "constraint_message", f"{place}.constraint_message"),
        scale=_text(part, "scale", f"{place}.scale", ""),
        options=tuple(_each(part, "options", f"{place}.options", _option)),
        dimension=_text(part, "dimension", f"{place}.dimension", ""),
        weight=_number(part, "weight", f"{place}.weight"),
        is_veto=_flag(part, "is_veto", f"{place}.is_veto"),
        appearance=_text(part, "appearance", f"{place}.appearance", ""),
        calculation=_text(part, "calculation", f"{place}.calculation", ""),
        bounds=_bounds(part, f"{place}.bounds"),
    )


def _bounds(part: Mapping[str, Any], place: str) -> tuple[float, float, float] | None:
    bounds = _each(part, "bounds", place, _plain_number)
    if len(bounds) not in (0, 3):
        raise LoadingError(f"{place}: not least, most and step")
    return (bounds[0], bounds[1], bounds[2]) if bounds else None


def _option(data: Any, place: str) -> ResponseOption:
    part = _mapping(data, place)
    return ResponseOption(
        code=_text(part, "code", f"{place}.code", ""),
        label=_wording(part, "label", f"{place}.label"),
        points=_number(part, "points", f"{place}.points"),
    )


def _wording(data: Mapping[str, Any], name: str, place: str) -> Wording:
    return Wording(tuple(_each(data, name, place, _language_and_text)))


def _language_and_text(data: Any, place: str) -> tuple[str, str]:
    if not isinstance(data, Sequence) or isinstance(data, str) or len(data) != 2:
        raise LoadingError(f"{place}: not a pair of language and text")
    return _plain_text(data[0], f"{place}[0]"), _plain_text(data[1], f"{place}[1]")


def _plain_text(data: Any, place: str) -> str:
    if not isinstance(data, str):
        raise LoadingError(f"{place}: not a text")
    return data


def _mapping(data: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise LoadingError(f"{place}: not an object")
    return data


def _text(data: Mapping[str, Any], name: str, place: str, default: str) -> str:
    return _plain_text(data.get(name, default), place)


def _flag(data: Mapping[str, Any], name: str, place: str) -> bool:
    flag = data.get(name, False)
    if not isinstance(flag, bool):
        raise LoadingError(f"{place}: neither true nor false")
    return flag


def _number(data: Mapping[str, Any], name: str, place: str) -> float | None:
    number = data.get(name)
    return None if number is None else _plain_number(number, place)


def _plain_number(number: Any, place: str) -> float:
    if not isinstance(number, int | float) or isinstance(number, bool):
        raise LoadingError(f"{place}: not a number")
    return float(number)


def _choice(kinds: Callable[[str], T], data: Mapping[str, Any], name: str, place: str) -> T:
    try:
        return kinds(data.get(name, ""))
    except ValueError as error:
        raise LoadingError(f"{place}: {data.get(name)!r} is not known") from error


def _each(data: Mapping[str, Any], name: str, place: str, read: Callable[[Any, str], T]) -> list[T]:
    parts = data.get(name, [])
    if not isinstance(parts, Sequence) or isinstance(parts, str):
        raise LoadingError(f"{place}: not a list")
    return [read(part, f"{place}[{index}]") for index, part in enumerate(parts)]
