"""The questionnaire as immutable data: what is asked, in which order, with which options."""

from __future__ import annotations

import dataclasses
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
    INTEGER = "integer"
    DECIMAL = "decimal"
    RANGE = "range"
    DATE = "date"
    TIME = "time"
    DATETIME = "dateTime"
    IMAGE = "image"
    GEOPOINT = "geopoint"
    ACKNOWLEDGE = "acknowledge"
    CALCULATE = "calculate"


CHOICES = frozenset({ItemKind.SINGLE_CHOICE, ItemKind.MULTIPLE_CHOICE, ItemKind.ACKNOWLEDGE})
"""Kinds with options; an acknowledgement has one, `OK`."""

NUMBERS = frozenset({ItemKind.INTEGER, ItemKind.DECIMAL, ItemKind.RANGE})
MOMENTS = frozenset({ItemKind.DATE, ItemKind.TIME, ItemKind.DATETIME})
UNANSWERED = frozenset({ItemKind.NOTE, ItemKind.CALCULATE})
"""Kinds that nobody answers: a note is said, a calculation follows from the answers."""

EACH = "EACH"
"""A pattern's row has a code that ends so (`B1_EACH`); opening a round makes one for each object
on the target's list, `EACH` replaced by the object's code."""


class Subject(StrEnum):
    """What kind of object a questionnaire evaluates, and so which targets it is opened for.

    `MEMBERS` is a branch with the members on its roster, `COMMITMENTS` an organisation with its
    public commitments, `ITEM` one rectification item, `SITE` a branch or a window.
    """

    BRANCH = "branch"
    WINDOW = "window"
    MEMBERS = "members"
    COMMITMENTS = "commitments"
    ITEM = "item"
    ORGANISATION = "organisation"
    SITE = "site"


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


ACKNOWLEDGED = ResponseOption("OK", Wording((("zh", "我知道了"), ("en", "I have read this"))))
"""The one option of an acknowledgement."""


@dataclass(frozen=True)
class Item:
    """One thing asked (or, as a note, said).

    `relevant` and `constraint` are XLSForm expressions, empty when there is none. `scale` is
    the name of the option list. `weight` is None where the rule set decides. `calculation` is
    the expression of a calculate. `bounds` are least, most and step of a range.
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
    calculation: str = ""
    bounds: tuple[float, float, float] | None = None

    @cached_property
    def is_question(self) -> bool:
        """Whether it is answered; a note is only said, and a calculation follows."""
        return self.kind not in UNANSWERED

    @cached_property
    def is_repeated(self) -> bool:
        """Whether it stands in a pattern for one row of each object on a list (`EACH`)."""
        return self.code.endswith(f"_{EACH}")

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
    `is_named` says that whoever answers is known and signs: such forms are answered in the
    console and never sealed.
    """

    code: str
    version: str
    title: Wording
    languages: tuple[str, ...]
    subject: Subject
    sections: tuple[Section, ...]
    target: str = ""
    is_named: bool = False

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Every item that is answered, in order; neither notes nor calculations."""
        return tuple(item for section in self.sections for item in section.questions)

    @cached_property
    def items_by_code(self) -> dict[str, Item]:
        """Every item that is answered, by its code."""
        return {item.code: item for item in self.items}

    @cached_property
    def text_items(self) -> tuple[Item, ...]:
        """The items that are answered in free text, in order."""
        return tuple(item for item in self.items if item.kind is ItemKind.TEXT)

    @cached_property
    def scored_items(self) -> tuple[Item, ...]:
        """The items whose answers carry points, in order."""
        return tuple(item for item in self.items if item.is_scored)

    @cached_property
    def calculations(self) -> tuple[Item, ...]:
        """The calculations, in order."""
        return tuple(item for item in self.all_items() if item.kind is ItemKind.CALCULATE)

    @cached_property
    def is_pattern(self) -> bool:
        """Whether rows of it are made for each object on a list when a round opens."""
        return any(item.is_repeated for item in self.all_items())

    @cached_property
    def case_item(self) -> Item | None:
        """The item that asks for the number of a case, which makes an answer unique.

        Its answer feeds the credential and is neither stored nor sealed (domain.md 3.13, 13).
        """
        if self.is_named:
            return None
        return next(
            (i for i in self.items if i.kind is ItemKind.TEXT and i.dimension == "fact"), None
        )

    @cached_property
    def picture_items(self) -> tuple[Item, ...]:
        """The items answered with a picture."""
        return tuple(item for item in self.items if item.kind is ItemKind.IMAGE)

    @cached_property
    def common(self) -> Questionnaire:
        """What forms of one pattern have in common: the pattern without its rows."""
        if not self.is_pattern:
            return self
        sections = (
            dataclasses.replace(
                section, items=tuple(item for item in section.items if not item.is_repeated)
            )
            for section in self.sections
        )
        return dataclasses.replace(self, sections=tuple(s for s in sections if s.items))

    def all_items(self) -> Iterator[Item]:
        """Yield items, notes and calculations in order."""
        for section in self.sections:
            yield from section.items

    def item(self, code: str) -> Item:
        """Return the item with `code`; KeyError when there is none."""
        return self.items_by_code[code]
