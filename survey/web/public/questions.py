"""One item as the phone shows it: layout of its options, split labels, what opens it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from forms import messages
from forms.definition import Item, ItemKind, Questionnaire, ResponseOption
from forms.insertions import said
from survey.web.public import conditions
from survey.web.public.wording import words

MAX_TEXT = 1_000
MAX_TELEPHONE = 20
CELL_EMS = {5: 3.4, 4: 4.4, 3: 6.2}
"""How many ems of text fit into one line of a scale's cell, by the number of cells."""

CELL_CLASSES = {5: "", 4: "f", 3: "h"}
CHIP_EMS = 11.0
NESTED_CHIP_EMS = 5.0
KINDS = {
    ItemKind.SINGLE_CHOICE: "one",
    ItemKind.MULTIPLE_CHOICE: "many",
    ItemKind.ACKNOWLEDGE: "many",
    ItemKind.NOTE: "note",
    ItemKind.CALCULATE: "calculation",
    ItemKind.INTEGER: "number",
    ItemKind.DECIMAL: "number",
    ItemKind.RANGE: "number",
    ItemKind.DATE: "date",
    ItemKind.TIME: "time",
    ItemKind.DATETIME: "moment",
    ItemKind.IMAGE: "picture",
}
"""What the phone shows for each kind; texts differ by what they are for."""

INSERTED = re.compile(r"\$\{([^{}]*)\}")
ASIDE = re.compile(r"^(?P<label>.+?)(?P<aside>\s*[（(][^（）()]+[）)])$")


@dataclass(frozen=True)
class Choice:
    """An option: its label in one or two lines; `opens` where it opens a condition inside."""

    code: str
    lines: tuple[str, ...]
    is_unknown: bool = False
    opens: bool = False

    @property
    def text(self) -> str:
        """The label in one line."""
        return "".join(self.lines)


@dataclass(frozen=True)
class Question:
    """What the template prints of an item.

    `kind` is note, one, many, line, words, tel, number, date, time, moment, picture or calculation.
    `prefix` is read aloud only: the page's heading shows it. `relevant`, `constraint` and
    `calculation` are JSON for the phone, `condition` the same in words. `parts` are what a note
    is made of where answers are inserted: texts, and in every second place the code of one;
    `plain` is what it says without them.
    """

    code: str
    kind: str
    label: str
    prefix: str = ""
    aside: str = ""
    layout: str = ""
    choices: tuple[Choice, ...] = ()
    missing: str = ""
    is_required: bool = False
    limit: int = MAX_TEXT
    exclusive: str = ""
    relevant: str = ""
    constraint: str = ""
    constraint_message: str = ""
    hint: str = ""
    condition: str = ""
    opener: tuple[str, tuple[str, ...]] | None = None
    opened: tuple[Question, ...] = ()
    calculation: str = ""
    parts: tuple[str, ...] = ()
    plain: str = ""

    @property
    def max_length(self) -> int:
        """How many characters can be typed; above `limit` the page asks to shorten the text."""
        return MAX_TELEPHONE if self.kind == "tel" else MAX_TEXT


def question_of(
    questionnaire: Questionnaire, item: Item, relevant: str, language: str, *, prefix: str = ""
) -> Question:
    """Return `item` as the phone shows it; `relevant` is its section's own condition."""
    condition = conditions.both(relevant, item.relevant)
    label, aside = _parted(item.label.to(language), prefix)
    question = Question(
        code=item.code,
        kind=_kind(item),
        label=label,
        prefix=prefix,
        aside=aside,
        missing=messages.missing(item, language),
        is_required=item.required,
        relevant=conditions.exported(condition),
        constraint=conditions.exported(item.constraint),
        constraint_message=item.constraint_message.to(language),
        hint=item.hint.to(language),
        condition=conditions.in_words(questionnaire, condition, language),
        opener=_opener(questionnaire, condition),
        calculation=conditions.exported_calculation(item.calculation),
        parts=_parts(questionnaire, item, language),
        plain=said(item.label.to(language)) if item.kind is ItemKind.NOTE else "",
    )
    if not item.options:
        return replace(question, limit=conditions.longest_text(item.constraint) or MAX_TEXT)
    layout, choices = _choices(item, language)
    return replace(
        question,
        aside=question.aside + _suffix(item, question.aside, words(language)),
        layout=layout,
        choices=choices,
        exclusive=conditions.exclusive_option(item.constraint, item.option_codes),
    )


def nested(questionnaire: Questionnaire, questions: Sequence[Question]) -> tuple[Question, ...]:
    """Return a page's questions, those opened by the question just before them placed inside it."""
    placed: list[Question] = []
    for question in questions:
        last = placed[-1] if placed else None
        inside = _inside(last, question) if last and question.kind != "note" else None
        if inside is None:
            placed.append(question)
        else:
            placed[-1] = inside
    return tuple(placed)


def heights(item: Item) -> int:
    """Return about how many pixels high `item` is on a phone 390 pixels wide."""
    if not item.options:
        return 270 if item.appearance == "multiline" else 130
    layout, choices = _choices(item, "zh")
    if layout in ("r", "w"):
        rows = len(choices) if layout == "r" else -(-len(choices) // 2)
        return 76 + 64 * rows
    return 200 if any(choice.is_unknown for choice in choices) else 150


def _inside(host: Question, question: Question) -> Question | None:
    """Return `host` with `question` inside it or inside what it already opens, if it opens it."""
    if host.opened:
        deeper = _inside(host.opened[-1], question)
        if deeper is not None:
            return replace(host, opened=(*host.opened[:-1], deeper))
    if question.opener is None or question.opener[0] != host.code:
        return None
    opening = frozenset(question.opener[1])
    already = frozenset(choice.code for choice in host.choices if choice.opens)
    if already not in (frozenset(), opening):
        return None
    choices = tuple(replace(c, opens=c.code in opening) for c in host.choices)
    narrow = _narrowed(replace(question, condition=""))
    return replace(host, choices=choices, opened=(*host.opened, narrow))


def _narrowed(question: Question) -> Question:
    """Return `question` for the narrower column inside another one."""
    widest = max((width(choice.text) for choice in question.choices), default=0)
    if question.layout == "w" and widest > NESTED_CHIP_EMS:
        return replace(question, layout="r")
    return question


def _opener(questionnaire: Questionnaire, condition: str) -> tuple[str, tuple[str, ...]] | None:
    chosen = conditions.opened_by(condition)
    if len(chosen) != 1:
        return None
    ((code, options),) = chosen.items()
    return (code, options) if conditions.is_choice(questionnaire, code) else None


def _kind(item: Item) -> str:
    if item.kind in KINDS:
        return KINDS[item.kind]
    if item.is_contact:
        return "tel"
    return "words" if item.appearance == "multiline" else "line"


def _parts(questionnaire: Questionnaire, item: Item, language: str) -> tuple[str, ...]:
    """Return a note's text and the codes of what is inserted, in turn; nothing without any."""
    if item.kind is not ItemKind.NOTE:
        return ()
    parts = INSERTED.split(item.label.to(language))
    known = {i.code for i in questionnaire.all_items() if i.kind is not ItemKind.NOTE}
    return tuple(parts) if len(parts) > 1 and known.issuperset(parts[1::2]) else ()


def _parted(label: str, prefix: str) -> tuple[str, str]:
    """Return the label without the page's heading, and what stands in brackets at its end."""
    if prefix:
        label = label[len(prefix) + 1 :].strip()
    match = ASIDE.match(label)
    return (match["label"], match["aside"]) if match else (label, "")


def _suffix(item: Item, aside: str, texts: Mapping[str, str]) -> str:
    if item.kind is ItemKind.ACKNOWLEDGE:
        return ""
    if item.kind is ItemKind.MULTIPLE_CHOICE:
        if aside:
            return "" if item.required else texts["may_skip"]
        return texts["may_choose_many" if item.required else "may_choose_many_or_none"]
    return "" if item.required else texts["may_skip"]


def _choices(item: Item, language: str) -> tuple[str, tuple[Choice, ...]]:
    """Return the layout and the options of a choice item."""
    labels = {option.code: option.label.to(language) for option in item.options}
    unknown = {option.code for option in item.options if _is_unknown(item, option)}
    cells = len(labels) - len(unknown)
    if _is_scale(item, unknown) and item.dimension != "overall" and cells in CELL_EMS:
        lines = {
            code: (label,) if code in unknown else _lines(label, labels.values(), CELL_EMS[cells])
            for code, label in labels.items()
        }
        answers = [line for code in labels if code not in unknown for line in lines[code]]
        if all(width(line) <= CELL_EMS[cells] for line in answers):
            return CELL_CLASSES[cells], tuple(
                Choice(code, lines[code], is_unknown=code in unknown) for code in labels
            )
        return "r", tuple(Choice(c, (label,), c in unknown) for c, label in labels.items())
    is_narrow = item.dimension != "overall" and all(
        width(label) <= CHIP_EMS for label in labels.values()
    )
    return "w" if is_narrow else "r", tuple(Choice(c, (label,)) for c, label in labels.items())


def _is_unknown(item: Item, option: ResponseOption) -> bool:
    """Whether `option` is the way out of a scored scale, shown apart from its levels."""
    return item.is_scored and option.points is None and len(item.options) > 3


def _is_scale(item: Item, unknown: set[str]) -> bool:
    """Whether the options are levels: numbered downwards, best to worst."""
    if item.kind is not ItemKind.SINGLE_CHOICE or len(item.options) < 3:
        return False
    levels = [code for code in item.option_codes if code not in unknown]
    if len(levels) == 3 and levels[-1] == "9":
        levels.pop()
    if not all(code.isascii() and code.isdigit() for code in levels):
        return False
    numbers = [int(code) for code in levels]
    return all(high > low for high, low in pairwise(numbers))


def _lines(label: str, siblings: Iterable[str], ems: float) -> tuple[str, ...]:
    """Return `label` in as many lines as it needs: 非常 / 满意, where 满意 is a level as well."""
    if width(label) <= ems:
        return (label,)
    endings = [s for s in siblings if label.endswith(s) and s != label]
    cut = len(label) - len(max(endings, key=len)) if endings else -(-len(label) // 2)
    return label[:cut].rstrip(), label[cut:]


def width(text: str) -> float:
    """Return about how wide `text` is, in ems."""
    return sum(1.0 if unicodedata.east_asian_width(c) in "WFA" else 0.56 for c in text)
