"""The editor's page as data: the outline of a draft, and the one thing that is open in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from forms import plain_conditions
from forms.checks import DIMENSIONS, IMPORTANCE_PREFIX, DesignFault
from forms.definition import Item, ItemKind, Questionnaire, Section
from forms.draft_checks import draft_faults
from forms.editing import UNTITLED, Spot, order_of
from forms.expressions import ExpressionError
from forms.plain_conditions import PlainCondition, PlainRule, read_condition, read_rule
from survey.instruments.drafts import DraftView
from survey.web.console.draft_fields import MAX_OPTIONS, MOST_CLAUSES
from survey.web.public.conditions import in_words

SPARE_ROWS = 3


@dataclass(frozen=True)
class Row:
    """An item in the outline; `when` says in words when it is asked."""

    spot: Spot
    item: Item
    when: str
    faults: tuple[DesignFault, ...]
    is_open: bool


@dataclass(frozen=True)
class Part:
    """A section in the outline."""

    number: int
    section: Section
    has_code: bool
    rows: tuple[Row, ...]
    faults: tuple[DesignFault, ...]
    is_open: bool
    condition: PlainCondition | None
    choices: tuple[Item, ...]


@dataclass(frozen=True)
class Editor:
    """Everything the page shows of a draft.

    Attributes:
        at: the open place as the address has it: `2-5` an item, `2` a section, `form` the form
            itself, empty for nothing.
        item: the open item; `condition` and `rule` are None where words cannot say what it has.
        rows: how many rows of options to offer.
    """

    draft: DraftView
    at: str
    parts: tuple[Part, ...]
    faults: tuple[DesignFault, ...]
    fault_count: int
    item: Item | None = None
    choices: tuple[Item, ...] = ()
    condition: PlainCondition | None = None
    rule: PlainRule | None = None
    rows: int = 0
    clauses: int = MOST_CLAUSES


def editor_of(draft: DraftView, at: str, language: str, entered: Item | None = None) -> Editor:
    """Return the page of `draft` with the place `at` open; an unknown place opens nothing.

    `entered` is what somebody filled in that could not be saved, shown instead of what is stored.
    """
    questionnaire = draft.questionnaire
    faults = _by_place(draft_faults(questionnaire))
    spot = spot_of(at)
    parts = tuple(
        _part(questionnaire, number, section, at, faults, language)
        for number, section in enumerate(questionnaire.sections)
    )
    page = Editor(
        draft, at, parts, faults.get(("form", 0), ()), sum(len(found) for found in faults.values())
    )
    if spot is None or not _is_there(questionnaire, spot):
        return page
    item = entered or questionnaire.sections[spot[0]].items[spot[1]]
    known = earlier(questionnaire, spot)
    return Editor(
        draft,
        at,
        parts,
        page.faults,
        page.fault_count,
        item=item,
        choices=tuple(known.values()),
        condition=read_condition(item.relevant, known),
        rule=read_rule(item.constraint),
        rows=min(len(item.options) + SPARE_ROWS, MAX_OPTIONS),
    )


def earlier(questionnaire: Questionnaire, spot: Spot) -> dict[str, Item]:
    """Return the items before `spot` that a condition can name, by code."""
    before = list(questionnaire.all_items())[: order_of(questionnaire, spot)]
    return plain_conditions.earlier_choices(before)


def spot_of(at: str) -> Spot | None:
    """Return the item that an address means by `2-5`, or None where it means none."""
    section, _, item = at.partition("-")
    numbers = section, item
    if not all(each.isascii() and each.isdigit() and len(each) < 4 for each in numbers):
        return None
    return int(section), int(item)


def section_of(at: str) -> int | None:
    """Return the section that an address means by `2`, or None."""
    return int(at) if at.isascii() and at.isdigit() and len(at) < 4 else None


def dimensions() -> tuple[str, ...]:
    """Return every dimension that figures are made of, importance of one by one included."""
    services = ("sunshine", "smile", "standard", "efficient", "clean")
    return (*sorted(DIMENSIONS), *(IMPORTANCE_PREFIX + each for each in services))


def _part(
    questionnaire: Questionnaire,
    number: int,
    section: Section,
    at: str,
    faults: Mapping[tuple[str, int], tuple[DesignFault, ...]],
    language: str,
) -> Part:
    rows = []
    for index, item in enumerate(section.items):
        spot = (number, index)
        rows.append(
            Row(
                spot=spot,
                item=item,
                when=_when(questionnaire, item, language),
                faults=faults.get(("item", order_of(questionnaire, spot)), ()),
                is_open=at == f"{number}-{index}",
            )
        )
    known = earlier(questionnaire, (number, 0))
    return Part(
        number=number,
        section=section,
        has_code=not section.code.startswith(UNTITLED),
        rows=tuple(rows),
        faults=faults.get(("section", number), ()),
        is_open=at == str(number),
        condition=read_condition(section.relevant, known),
        choices=tuple(known.values()),
    )


def _when(questionnaire: Questionnaire, item: Item, language: str) -> str:
    """Return in words when an item is asked; the expression itself where it cannot be read."""
    try:
        return in_words(questionnaire, item.relevant, language)
    except ExpressionError:
        return item.relevant


def _by_place(
    faults: tuple[DesignFault, ...],
) -> dict[tuple[str, int], tuple[DesignFault, ...]]:
    found: dict[tuple[str, int], list[DesignFault]] = defaultdict(list)
    for fault in faults:
        found[fault.place].append(fault)
    return {place: tuple(at_place) for place, at_place in found.items()}


def _is_there(questionnaire: Questionnaire, spot: Spot) -> bool:
    sections = questionnaire.sections
    return spot[0] < len(sections) and spot[1] < len(sections[spot[0]].items)


KINDS = tuple(kind for kind in ItemKind)
