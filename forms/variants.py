"""A questionnaire tailored to one target: its name, who asks, and the rows of its pattern."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from forms.definition import EACH, Item, ItemKind, Questionnaire, Section, Subject, Wording

MAX_LINE = 9
PARTS = re.compile(
    "(?<=..)(?:[省市区县镇乡]委(?!员)|便民服务中心|政务服务中心|办税服务厅|服务中心|中心|有限公司|公司|集团|学校|医院|院|分局|局"
    "|开发区|产业园|街道|社区|[镇乡村])(?=[^机）])|.(?=（)|.(?=党支部|党总支|党委|党组|党工委)"
)
"""Where the first parts of a name end; the longer words stand first."""


KEY = re.compile(r"[A-Za-z0-9_]{1,32}")
PLACEHOLDER = re.compile(r"\{(n|name|text|third|year|problem|measures|owner)\}")
"""What a pattern's wording leaves open; each is filled from the facts of a target."""

FILLED = frozenset({Subject.MEMBERS, Subject.COMMITMENTS, Subject.ITEM})


@dataclass(frozen=True)
class Row:
    """An object on a target's list: `key` goes into item codes, `text` into the wording."""

    key: str
    text: str


@dataclass(frozen=True)
class Facts:
    """What a form says about its target.

    `rows` are the objects on its list, for each of which a pattern has a row: members,
    commitments. `values` fill what a pattern's wording leaves open (`year`, `problem`, …).
    `item` is the number of the rectification item that is evaluated.
    """

    org_id: str
    name: str
    short_name: str
    organiser: str
    rows: tuple[Row, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    item: str = ""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Facts:
        """Return the facts that `to_data` wrote."""
        parts = dict(data)
        return cls(
            **parts
            | {
                "rows": tuple(Row(key, text) for key, text in parts.get("rows", ())),
                "values": tuple((name, text) for name, text in parts.get("values", ())),
            }
        )

    def to_data(self) -> dict[str, Any]:
        """Return the facts as JSON values."""
        return dataclasses.asdict(self) | {"rows": [[row.key, row.text] for row in self.rows]}

    @property
    def name_lines(self) -> tuple[str, ...]:
        """The name for the cover, broken where its meaning allows."""
        return name_lines(self.name)


def tailor(questionnaire: Questionnaire, facts: Facts) -> Questionnaire:
    """Return `questionnaire` for one target: what is said first names it and who asks.

    The title stays, since it is the name of the form; items keep their codes and wording, so
    that answers from all targets can be compared. A pattern gets its rows. Each target has a
    digest of its own.
    """
    if questionnaire.subject in FILLED:
        questionnaire = _filled(questionnaire, facts)
    first = next(iter(questionnaire.all_items()), None)
    if first is not None and first.kind is ItemKind.NOTE:
        sections = _with_first(
            questionnaire, dataclasses.replace(first, label=_named(first.label, facts))
        )
    else:
        blank = Wording(tuple((code, "") for code in questionnaire.languages))
        note = Item(_free_code(questionnaire), ItemKind.NOTE, _named(blank, facts))
        sections = (Section("_0", Wording(), (note,)), *questionnaire.sections)
    target = f"{facts.org_id}/{facts.item}" if facts.item else facts.org_id
    return dataclasses.replace(questionnaire, sections=sections, target=target)


def told_apart(rows: Sequence[tuple[str, str, Sequence[str]]]) -> tuple[Row, ...]:
    """Return rows of (key, name, marks) in which equal names are told apart by their marks.

    Marks are tried one after another, and together where none alone will do; the place in the
    list is the last resort. Names that only look different by their spaces count as equal.
    """
    alike: dict[str, list[int]] = {}
    for place, (_, name, _) in enumerate(rows):
        alike.setdefault("".join(name.split()), []).append(place)
    texts = [name for _, name, _ in rows]
    for places in alike.values():
        if len(places) > 1:
            for place, mark in zip(places, _marks([rows[p][2] for p in places]), strict=True):
                texts[place] += f"（{mark or f'名册第{place + 1}号'}）"
    return tuple(Row(_key(rows, place), text) for place, text in enumerate(texts))


def _marks(all_marks: Sequence[Sequence[str]]) -> list[str]:
    """Return one mark for each of several people of one name; empty ones where nothing helps."""
    for count_used in range(1, min(map(len, all_marks), default=0) + 1):
        for chosen in ([count_used - 1], list(range(count_used))):
            marks = ["，".join(m[i] for i in chosen if m[i]) for m in all_marks]
            if all(marks) and len(set(marks)) == len(marks):
                return marks
    return [""] * len(all_marks)


def _key(rows: Sequence[tuple[str, str, Sequence[str]]], place: int) -> str:
    """Return what stands for a row in item codes, which hold letters, digits and _ only."""
    key = rows[place][0]
    return key if KEY.fullmatch(key) else f"R{place + 1}"


def _filled(questionnaire: Questionnaire, facts: Facts) -> Questionnaire:
    values = dict(facts.values) | {"name": facts.name, "third": str(len(facts.rows) // 3)}
    sections: list[Section] = []
    for section in questionnaire.sections:
        if section.code.endswith(EACH):
            sections += (
                _section_of(section, row, _about(row, number, values))
                for number, row in enumerate(facts.rows, start=1)
            )
        else:
            items = tuple(_items_of(section.items, facts.rows, values))
            title = _worded(section.title, values)
            sections.append(dataclasses.replace(section, items=items, title=title))
    return dataclasses.replace(questionnaire, sections=tuple(sections))


def _section_of(section: Section, row: Row, values: Mapping[str, str]) -> Section:
    return Section(
        code=_keyed(section.code, row.key),
        title=_worded(section.title, values),
        relevant=_reading(section.relevant, row.key),
        items=tuple(_item_of(item, row, values) for item in section.items),
    )


def _items_of(
    items: Iterable[Item], rows: Sequence[Row], values: Mapping[str, str]
) -> Iterator[Item]:
    for item in items:
        if item.is_repeated:
            for number, row in enumerate(rows, start=1):
                yield _item_of(item, row, _about(row, number, values))
        else:
            yield dataclasses.replace(item, label=_worded(item.label, values))


def _item_of(item: Item, row: Row, values: Mapping[str, str]) -> Item:
    return dataclasses.replace(
        item,
        code=_keyed(item.code, row.key),
        label=_worded(item.label, values),
        relevant=_reading(item.relevant, row.key),
        constraint=_reading(item.constraint, row.key),
        calculation=_reading(item.calculation, row.key),
    )


def _about(row: Row, number: int, values: Mapping[str, str]) -> dict[str, str]:
    return {**values, "n": str(number), "name": row.text, "text": row.text}


def _keyed(code: str, key: str) -> str:
    return code.removesuffix(EACH) + key if code.endswith(EACH) else code


def _reading(expression: str, key: str) -> str:
    return expression.replace(f"_{EACH}}}", f"_{key}}}")


def _worded(wording: Wording, values: Mapping[str, str]) -> Wording:
    def fill(found: re.Match[str]) -> str:
        return values.get(found[1], found[0])

    return Wording(tuple((code, PLACEHOLDER.sub(fill, text)) for code, text in wording.texts))


def name_lines(name: str) -> tuple[str, ...]:
    """Return `name` in lines of at most nine signs if its meaning allows breaking it so."""
    lines = [""]
    for part in PARTS.sub("\\g<0>\n", name).split("\n"):
        if lines[-1] and len(lines[-1] + part) > MAX_LINE:
            lines.append("")
        lines[-1] += part
    return tuple(lines)


def _free_code(questionnaire: Questionnaire) -> str:
    taken = {item.code for item in questionnaire.all_items()}
    return next(code for number in count(1) if (code := f"intro{number}") not in taken)


def _with_first(questionnaire: Questionnaire, note: Item) -> tuple[Section, ...]:
    sections = list(questionnaire.sections)
    index = next(i for i, section in enumerate(sections) if section.items)
    section = sections[index]
    sections[index] = dataclasses.replace(section, items=(note, *section.items[1:]))
    return tuple(sections)


def _named(label: Wording, facts: Facts) -> Wording:
    return Wording(tuple((code, introduction(code, facts) + text) for code, text in label.texts))


def introduction(language: str, facts: Facts) -> str:
    """Return what `tailor` puts before a form's first note; a cover says the same its own way."""
    if language == "zh":
        return f"评议对象：{facts.name}。" + (
            f"组织评议：{facts.organiser}。" if facts.organiser else ""
        )
    return f"About: {facts.name}. " + (
        f"Organised by: {facts.organiser}. " if facts.organiser else ""
    )
