"""The questionnaire as immutable data: what is asked, in which order, with which options."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

DEFAULT_LANGUAGE = "zh"


class ItemKind(StrEnum):
    """How an item is answered; the values are XLSForm's names of types."""

    NOTE = "note"
    SINGLE_CHOICE = "select_one"
    MULTIPLE_CHOICE = "select_multiple"
    TEXT = "text"


class Subject(StrEnum):
    """What kind of object a questionnaire evaluates."""

    BRANCH = "branch"
    WINDOW = "window"


@dataclass(frozen=True)
class Wording:
    """One text in several languages, in the questionnaire's order; the first is authoritative."""

    texts: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return any(text for _, text in self.texts)

    def to(self, language: str) -> str:
        """Return the text in `language`, or in the authoritative one where it is missing."""
        texts = dict(self.texts)
        return texts.get(language) or next((text for _, text in self.texts if text), "")


@dataclass(frozen=True)
class ResponseOption:
    """An answer on offer; `points` (0–100) is None where the option is not scored."""

    code: str
    label: Wording
    points: float | None = None


@dataclass(frozen=True)
class Item:
    """One thing asked (or, as a note, said).

    `relevant` and `constraint` are XLSForm expressions, empty when there is none. `scale` is
    the name of the option list. `weight` is None where the rule set decides.
    """

    code: str
    kind: ItemKind
    label: Wording
    hint: Wording = Wording()
    required: bool = False
    required_message: Wording = Wording()
    relevant: str = ""
    constraint: str = ""
    constraint_message: Wording = Wording()
    scale: str = ""
    options: tuple[ResponseOption, ...] = ()
    dimension: str = ""
    weight: float | None = None
    is_veto: bool = False
    appearance: str = ""

    @cached_property
    def is_question(self) -> bool:
        """Whether it is answered; a note is only said."""
        return self.kind is not ItemKind.NOTE

    @cached_property
    def is_scored(self) -> bool:
        """Whether answers carry points: the items that quality rules and indices look at."""
        return self.kind is ItemKind.SINGLE_CHOICE and any(
            option.points is not None for option in self.options
        )

    @cached_property
    def is_contact(self) -> bool:
        """Whether the answer is a way to reach the respondent; it is kept apart from the rest."""
        return self.kind is ItemKind.TEXT and self.dimension == "contact"

    @cached_property
    def option_codes(self) -> tuple[str, ...]:
        """The codes on offer, in order."""
        return tuple(option.code for option in self.options)

    def option(self, code: str) -> ResponseOption:
        """Return the option with `code`; KeyError when the item does not offer it."""
        for option in self.options:
            if option.code == code:
                return option
        raise KeyError(code)


@dataclass(frozen=True)
class Section:
    """A run of items shown together; `title` is empty for items outside any XLSForm group."""

    code: str
    title: Wording
    items: tuple[Item, ...]
    relevant: str = ""

    @cached_property
    def questions(self) -> tuple[Item, ...]:
        """The items that are answered; notes are not among them."""
        return tuple(item for item in self.items if item.is_question)


@dataclass(frozen=True)
class Questionnaire:
    """An instrument: ordered sections of items. Published ones never change.

    `target` is the code of the organisation it is tailored to, and empty in what was imported.
    """

    code: str
    version: str
    title: Wording
    languages: tuple[str, ...]
    subject: Subject
    sections: tuple[Section, ...]
    target: str = ""

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Every item that is answered, in order; notes are not among them."""
        return tuple(item for section in self.sections for item in section.questions)

    @cached_property
    def items_by_code(self) -> dict[str, Item]:
        """Every item that is answered, by its code."""
        return {item.code: item for item in self.items}

    def all_items(self) -> Iterator[Item]:
        """Yield items and notes in order."""
        for section in self.sections:
            yield from section.items

    def item(self, code: str) -> Item:
        """Return the item with `code`; KeyError when there is none."""
        return self.items_by_code[code]
