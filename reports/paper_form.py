"""The paper ballot 纸质评议票: the same questionnaire, tailored alike, to be ticked with a pen.

Options are numbered as they are keyed: 1 is the first one on offer. Questions are numbered through
the form; consecutive questions of one scale share a table. What only a phone can work out, such as
a count of the answers so far, is left unsaid.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from forms.definition import (
    CHOICES,
    DEFAULT_LANGUAGE,
    MOMENTS,
    NUMBERS,
    Item,
    ItemKind,
    Questionnaire,
    Section,
)
from forms.insertions import said
from forms.plain_conditions import read_condition
from forms.syntax import parse, references
from forms.variants import Facts, introduction
from reports.documents import render, style

LEFT_OUT = frozenset({ItemKind.CALCULATE, ItemKind.IMAGE, ItemKind.GEOPOINT})
"""Kinds that paper cannot take."""

MOST_COLUMNS = 7
SHORT_OPTION = 6
LINES, LINES_OF_MANY = 1, 4
OWN_NUMBER = re.compile(r"^[0-9]{1,3}[.．、]\s*")


@dataclass(frozen=True)
class PaperBallot:
    """What a paper ballot is made of.

    Attributes:
        questionnaire: tailored to the target.
        org_name, organiser: who is evaluated, and who asks.
        round_title: which round it belongs to.
        version: the version's name; `mark` is the code by which a ballot's version is told.
        symbol: the QR code of the mark, as an SVG.
        is_large: set in large type, for those who read with difficulty.
    """

    questionnaire: Questionnaire
    org_name: str
    organiser: str
    round_title: str
    version: str
    mark: str
    symbol: Markup
    is_large: bool = False


@dataclass(frozen=True)
class PrintedItem:
    """An item as it is printed: `number` is empty for what is only said."""

    number: str
    label: str
    aside: str = ""
    options: tuple[str, ...] = ()
    lines: int = 0
    blank: str = ""


@dataclass
class PaperBlock:
    """A run of items: a table of one scale where it has `heads`, single questions otherwise."""

    heads: tuple[str, ...] = ()
    items: list[PrintedItem] = field(default_factory=list)
    scale: tuple[str, ...] = ()


@dataclass(frozen=True)
class PaperPart:
    """A section as it is printed."""

    title: str
    aside: str
    blocks: Sequence[PaperBlock]


@dataclass(frozen=True)
class PrintedBallot:
    """What stands on a ballot, whatever the format of its file.

    Attributes:
        title: of the questionnaire.
        parts: the questions.
        contacts: what asks for a call-back, on a strip to be cut off.
        introduction: what the head of the ballot says already, so that notes leave it out.
    """

    title: str
    parts: tuple[PaperPart, ...]
    contacts: tuple[PrintedItem, ...]
    introduction: str


def printed_ballot(ballot: PaperBallot) -> PrintedBallot:
    """Return what stands on a ballot."""
    questionnaire = ballot.questionnaire
    numbers = question_numbers(questionnaire)
    facts = Facts("", ballot.org_name, "", ballot.organiser)
    parts = [_part(questionnaire, section, numbers) for section in questionnaire.sections]
    contacts = (_printed(questionnaire, i, numbers) for i in call_back_items(questionnaire))
    return PrintedBallot(
        title=questionnaire.title.to(DEFAULT_LANGUAGE),
        parts=tuple(part for part in parts if part.blocks),
        contacts=tuple(contacts),
        introduction=introduction(DEFAULT_LANGUAGE, facts),
    )


def symbol_text(mark: str) -> str:
    """Return what the QR code of a ballot holds: by which version its questions were asked."""
    return f"PINGYI:{mark}"


def paper_form_html(ballot: PaperBallot) -> str:
    """Return the ballot as a whole HTML document for `reports.renderer`."""
    return _html(ballot, style("paper_form"), "")


def paper_form_page(ballot: PaperBallot) -> str:
    """Return the ballot as one web page that loads nothing, to read and to print."""
    css = Markup("\n").join((style("paper_form"), style("paper_page")))
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'"
    return _html(ballot, css, f"{policy}; form-action 'none'")


def _html(ballot: PaperBallot, css: Markup, policy: str) -> str:
    return render(
        "paper_form.html.j2",
        ballot=ballot,
        printed=printed_ballot(ballot),
        css=css,
        policy=policy,
    )


def question_numbers(questionnaire: Questionnaire) -> dict[str, int]:
    """Return the number under which each question is printed, by its code, in order."""
    printed = [item.code for item in questionnaire.items if item.kind not in LEFT_OUT]
    return {code: number for number, code in enumerate(printed, start=1)}


def call_back_items(questionnaire: Questionnaire) -> tuple[Item, ...]:
    """Return what asks for a call-back: printed on a strip that is cut off the ballot."""
    contacts = [item for item in questionnaire.items if item.is_contact]
    asking = {
        code
        for item in contacts
        if item.relevant
        for code in references(parse(item.relevant))
        if len(questionnaire.item(code).options) == 2
    }
    return tuple(i for i in questionnaire.items if i.is_contact or i.code in asking)


def _part(questionnaire: Questionnaire, section: Section, numbers: dict[str, int]) -> PaperPart:
    blocks: list[PaperBlock] = []
    apart = {item.code for item in call_back_items(questionnaire)}
    for item in section.items:
        if item.kind in LEFT_OUT or item.code in apart:
            continue
        printed = _printed(questionnaire, item, numbers)
        if printed.label or printed.number:
            _place(blocks, item, printed)
    for block in blocks:
        if len(block.items) == 1:
            # One question alone is no table.
            block.heads = ()
    aside = _condition(questionnaire, section.relevant, numbers)
    return PaperPart(section.title.to(DEFAULT_LANGUAGE), aside, blocks)


def _place(blocks: list[PaperBlock], item: Item, printed: PrintedItem) -> None:
    """Put an item into the last table if it is of its scale, or begin another block."""
    scale = item.option_codes if _fits_table(item) else ()
    if scale and blocks and blocks[-1].scale == scale:
        blocks[-1].items.append(printed)
    else:
        blocks.append(PaperBlock(printed.options if scale else (), [printed], scale))


def _fits_table(item: Item) -> bool:
    is_scale = item.kind is ItemKind.SINGLE_CHOICE and not item.relevant
    labels = [option.label.to(DEFAULT_LANGUAGE) for option in item.options]
    is_short = all(len(label) <= SHORT_OPTION + 1 for label in labels)
    return is_scale and 2 <= len(labels) <= MOST_COLUMNS and (is_short or item.is_scored)


def _printed(questionnaire: Questionnaire, item: Item, numbers: dict[str, int]) -> PrintedItem:
    label = OWN_NUMBER.sub("", said(item.label.to(DEFAULT_LANGUAGE)))
    if item.kind is ItemKind.NOTE:
        return PrintedItem("", label)
    notes = [_how_many(item), _condition(questionnaire, item.relevant, numbers)]
    if not item.required:
        notes.append("可不填")
    options = tuple(option.label.to(DEFAULT_LANGUAGE) for option in item.options)
    if item.kind is ItemKind.RANGE and item.bounds:
        options = tuple(_steps(*item.bounds))
    lines = 0
    if item.kind is ItemKind.TEXT:
        lines = LINES_OF_MANY if item.appearance == "multiline" else LINES
    return PrintedItem(
        number=f"{numbers[item.code]}.",
        label=label,
        aside="，".join(note for note in notes if note and note not in label),
        options=options if item.kind in CHOICES or item.kind is ItemKind.RANGE else (),
        lines=lines,
        blank=_blank(item),
    )


def _how_many(item: Item) -> str:
    if item.kind is not ItemKind.MULTIPLE_CHOICE:
        return ""
    most = re.search(r"count-selected\(\.\) *<= *([0-9]+)", item.constraint)
    return f"最多选{most[1]}项" if most else "可多选"


def _blank(item: Item) -> str:
    if item.kind in NUMBERS and item.kind is not ItemKind.RANGE:
        return "填数字"
    if item.kind in MOMENTS:
        return {
            ItemKind.DATE: "　　　　年　　月　　日",
            ItemKind.TIME: "　　时　　分",
            ItemKind.DATETIME: "　　　　年　　月　　日　　时　　分",
        }[item.kind]
    return ""


def _steps(least: float, most: float, step: float) -> Iterator[str]:
    value = least
    while value <= most + 1e-9 and step > 0:
        yield f"{value:g}"
        value += step


def _condition(questionnaire: Questionnaire, relevant: str, numbers: dict[str, int]) -> str:
    """Return in words when a question is to be answered; in general words where none fit."""
    if not relevant:
        return ""
    items = questionnaire.items_by_code
    plain = read_condition(relevant, items)
    if plain is None or not plain.clauses:
        return "有这种情况再填"
    found: dict[tuple[tuple[str, ...], bool], list[int]] = {}
    for code, is_chosen in dict.fromkeys((c.code, c.is_chosen) for c in plain.clauses):
        labels = tuple(
            items[c.code].option(c.option).label.to(DEFAULT_LANGUAGE)
            for c in plain.clauses
            if (c.code, c.is_chosen) == (code, is_chosen)
        )
        found.setdefault((labels, is_chosen), []).append(numbers.get(code, 0))
    joint = "或" if plain.is_any else "，并且"
    return (
        joint.join(
            f"第{'、'.join(map(str, sorted(where)))}题{'选了' if chosen else '没有选'}"
            + ("或" if plain.is_any else "和").join(f"“{label}”" for label in labels)
            for (labels, chosen), where in found.items()
        )
        + "才填"
    )
