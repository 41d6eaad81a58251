"""A questionnaire tailored to one target: its name, and who asks."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from itertools import count

from forms.definition import Item, ItemKind, Questionnaire, Section, Wording

MAX_LINE = 9
PARTS = re.compile(
    "(?<=..)(?:便民服务中心|政务服务中心|办税服务厅|服务中心|中心|有限公司|公司|集团|学校|医院|院|分局|局"
    "|开发区|产业园|街道|社区|[镇乡村])(?=[^机）])|.(?=（)|.(?=党支部|党总支|党委|党组|党工委)"
)
"""Where the first parts of a name end; the longer words stand first."""


@dataclass(frozen=True)
class Facts:
    """What a form says about its target."""

    org_id: str
    name: str
    short_name: str
    organiser: str

    @property
    def name_lines(self) -> tuple[str, ...]:
        """The name for the cover, broken where its meaning allows."""
        return name_lines(self.name)


def tailor(questionnaire: Questionnaire, facts: Facts) -> Questionnaire:
    """Return `questionnaire` for one target: what is said first names it and who asks.

    The title stays, since it is the name of the form; items keep their codes and wording, so
    that answers from all targets can be compared. Each target has a digest of its own.
    """
    first = next(iter(questionnaire.all_items()), None)
    if first is not None and first.kind is ItemKind.NOTE:
        sections = _with_first(
            questionnaire, dataclasses.replace(first, label=_named(first.label, facts))
        )
    else:
        blank = Wording(tuple((code, "") for code in questionnaire.languages))
        note = Item(_free_code(questionnaire), ItemKind.NOTE, _named(blank, facts))
        sections = (Section("_0", Wording(), (note,)), *questionnaire.sections)
    return dataclasses.replace(questionnaire, sections=sections, target=facts.org_id)


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
