"""Changes to a questionnaire that is being written: each gives a new one, the old one stays.

Places are counted from 0: a section by its number, an item by its section's number and its own.
Places that are not there raise IndexError.
"""

from __future__ import annotations

import dataclasses
import re
from itertools import count

from forms.definition import (
    ACKNOWLEDGED,
    Item,
    ItemKind,
    Questionnaire,
    ResponseOption,
    Section,
    Subject,
    Wording,
)

Spot = tuple[int, int]
UNTITLED = "_"
"""Codes of sections without a heading begin with it, as they do in what was imported."""

_NUMBERED = re.compile(r"([A-Za-z]+)([0-9]+)")


def blank(code: str, title: str, subject: Subject, languages: tuple[str, ...]) -> Questionnaire:
    """Return a questionnaire with a first section and nothing in it."""
    return Questionnaire(
        code=code,
        version="",
        title=Wording(((languages[0], title),)),
        languages=languages,
        subject=subject,
        sections=(Section(f"{UNTITLED}0", Wording(), ()),),
    )


def item_at(questionnaire: Questionnaire, spot: Spot) -> Item:
    """Return the item at `spot`."""
    return _section(questionnaire, spot[0]).items[_at_least_0(spot[1])]


def order_of(questionnaire: Questionnaire, spot: Spot) -> int:
    """Return the place of `spot` among all items, as `forms.checks` counts them."""
    return sum(len(s.items) for s in questionnaire.sections[: spot[0]]) + spot[1]


def put_item(questionnaire: Questionnaire, spot: Spot, item: Item) -> Questionnaire:
    """Return the questionnaire with `item` in the place of the one at `spot`."""
    item_at(questionnaire, spot)
    items = list(_section(questionnaire, spot[0]).items)
    items[spot[1]] = item
    return _with_items(questionnaire, spot[0], items)


def add_item(
    questionnaire: Questionnaire, spot: Spot, kind: ItemKind, options: tuple[ResponseOption, ...]
) -> Questionnaire:
    """Return the questionnaire with an empty item of `kind` at `spot`; what stood there follows."""
    made = Item(
        code=free_code(questionnaire, spot),
        kind=kind,
        label=_empty(questionnaire),
        options=(ACKNOWLEDGED,) if kind is ItemKind.ACKNOWLEDGE else options,
        bounds=(0.0, 10.0, 1.0) if kind is ItemKind.RANGE else None,
    )
    return insert_item(questionnaire, spot, made)


def insert_item(questionnaire: Questionnaire, spot: Spot, item: Item) -> Questionnaire:
    """Return the questionnaire with `item` at `spot`; what stood there follows."""
    items = list(_section(questionnaire, spot[0]).items)
    items.insert(_at_least_0(spot[1]), item)
    return _with_items(questionnaire, spot[0], items)


def copy_item(questionnaire: Questionnaire, spot: Spot) -> Questionnaire:
    """Return the questionnaire with a copy of the item behind it, under a code of its own."""
    after = (spot[0], spot[1] + 1)
    item = dataclasses.replace(item_at(questionnaire, spot), code=free_code(questionnaire, after))
    return insert_item(questionnaire, after, item)


def remove_item(questionnaire: Questionnaire, spot: Spot) -> Questionnaire:
    """Return the questionnaire without the item at `spot`."""
    item_at(questionnaire, spot)
    items = list(_section(questionnaire, spot[0]).items)
    del items[spot[1]]
    return _with_items(questionnaire, spot[0], items)


def move_item(questionnaire: Questionnaire, spot: Spot, step: int) -> tuple[Questionnaire, Spot]:
    """Return the questionnaire with the item one place up (-1) or down (1), and where it is now.

    At the edge of a section it goes over into the next one; at the edge of the form it stays.
    """
    number, place = spot
    item = item_at(questionnaire, spot)
    target = (number, place + step)
    if not 0 <= target[1] < len(questionnaire.sections[number].items):
        other = number + step
        if not 0 <= other < len(questionnaire.sections):
            return questionnaire, spot
        target = (other, len(questionnaire.sections[other].items) if step < 0 else 0)
    return insert_item(remove_item(questionnaire, spot), target, item), target


def put_section(
    questionnaire: Questionnaire, number: int, *, code: str, title: Wording, relevant: str
) -> Questionnaire:
    """Return the questionnaire with another heading and condition for a section."""
    section = _section(questionnaire, number)
    changed = dataclasses.replace(section, code=code, title=title, relevant=relevant)
    return _with_sections(questionnaire, number, [changed])


def add_section(questionnaire: Questionnaire, number: int) -> Questionnaire:
    """Return the questionnaire with an empty section before the one with `number`."""
    taken = {section.code for section in questionnaire.sections}
    code = next(name for n in count(1) if (name := f"g{n}") not in taken)
    sections = list(questionnaire.sections)
    sections.insert(_at_least_0(number), Section(code, _empty(questionnaire), ()))
    return dataclasses.replace(questionnaire, sections=tuple(sections))


def remove_section(questionnaire: Questionnaire, number: int) -> Questionnaire:
    """Return the questionnaire without a section and its items; one section always stays."""
    _section(questionnaire, number)
    if len(questionnaire.sections) == 1:
        return dataclasses.replace(
            questionnaire, sections=(Section(f"{UNTITLED}0", Wording(), ()),)
        )
    return _with_sections(questionnaire, number, [])


def move_section(questionnaire: Questionnaire, number: int, step: int) -> Questionnaire:
    """Return the questionnaire with a section one place up (-1) or down (1), if there is one."""
    section = _section(questionnaire, number)
    if not 0 <= number + step < len(questionnaire.sections):
        return questionnaire
    sections = list(questionnaire.sections)
    del sections[number]
    sections.insert(number + step, section)
    return dataclasses.replace(questionnaire, sections=tuple(sections))


def free_code(questionnaire: Questionnaire, spot: Spot) -> str:
    """Return a code for a new item at `spot`: the one before it counted on, as A13 after A12."""
    taken = {item.code for item in questionnaire.all_items()}
    before = _section(questionnaire, spot[0]).items[: spot[1]]
    found = _NUMBERED.fullmatch(before[-1].code) if before else None
    stem, start = (found[1], int(found[2]) + 1) if found else ("Q", 1)
    width = len(found[2]) if found else 2
    return next(code for n in count(start) if (code := f"{stem}{n:0{width}}") not in taken)


def _empty(questionnaire: Questionnaire) -> Wording:
    return Wording(tuple((language, "") for language in questionnaire.languages))


def _section(questionnaire: Questionnaire, number: int) -> Section:
    return questionnaire.sections[_at_least_0(number)]


def _at_least_0(place: int) -> int:
    if place < 0:
        raise IndexError(place)
    return place


def _with_items(questionnaire: Questionnaire, number: int, items: list[Item]) -> Questionnaire:
    changed = dataclasses.replace(questionnaire.sections[number], items=tuple(items))
    return _with_sections(questionnaire, number, [changed])


def _with_sections(
    questionnaire: Questionnaire, number: int, instead: list[Section]
) -> Questionnaire:
    sections = list(questionnaire.sections)
    sections[number : number + 1] = instead
    return dataclasses.replace(questionnaire, sections=tuple(sections))
