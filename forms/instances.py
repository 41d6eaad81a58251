"""A form made for one target, turned back into the pattern that fits every target.

The workbooks of domain.md 2.6, 2.11 and 2.12 are such instances: one row for each member of a
branch, one group for each commitment, one problem that was put right.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable

from forms.definition import EACH, Item, ItemKind, Questionnaire, Section, Subject, Wording
from forms.expressions import references
from forms.syntax import Expression, Operation, Reference, parse, spell

MEMBER_DIMENSION = "member"
NUMBERED_NAME = Wording((("zh", "{n}. {name}"), ("en", "{n}. {name}")))
NUMBERED = re.compile(r"^(\D*)\d+(?:([：:])\s*.*)?$", re.DOTALL)
INTRODUCED = re.compile(r"^以下是.+?[0-9]{4}年")
BROUGHT_IN = "（由系统带入）"
BROUGHT_IN_TEXTS = ("{problem}", "{measures}", "{owner}")
RECHECKED = Wording(
    (
        ("zh", "问题：{problem}  整改措施：{measures}  责任单位：{owner}"),
        ("en", "Problem: {problem}  Measures: {measures}  Responsible: {owner}"),
    )
)


class NotAlike(ValueError):
    """The rows of an instance differ, so that no pattern stands for them; names the odd item."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def pattern_of(questionnaire: Questionnaire, code: str) -> Questionnaire:
    """Return the pattern that `questionnaire` is an instance of, called `code`.

    What is a pattern already, or needs none, comes back with its new code only.

    Raises:
        NotAlike: two rows differ in more than what they are about.
    """
    renamed = dataclasses.replace(questionnaire, code=code)
    if questionnaire.is_pattern:
        return renamed
    make = _PATTERNS.get(questionnaire.subject)
    return make(renamed) if make else renamed


def _of_members(questionnaire: Questionnaire) -> Questionnaire:
    rows = [item for item in questionnaire.items if item.dimension == MEMBER_DIMENSION]
    if not rows:
        return questionnaire
    stem = rows[0].code.partition("_")[0] + "_"
    pattern = dataclasses.replace(rows[0], code=stem + EACH, label=NUMBERED_NAME)
    for row in rows:
        if dataclasses.replace(row, code=pattern.code, label=pattern.label) != pattern:
            raise NotAlike(row.code)
    codes = frozenset(row.code for row in rows)
    sections: list[Section] = []
    for section in questionnaire.sections:
        items: list[Item] = []
        for item in section.items:
            if item.code not in codes:
                items += _beside_rows(item, codes, pattern.code)
            elif item is rows[0]:
                items.append(pattern)
        sections.append(dataclasses.replace(section, items=tuple(items)))
    return dataclasses.replace(questionnaire, sections=tuple(sections))


def _beside_rows(item: Item, rows: frozenset[str], pattern: str) -> Iterable[Item]:
    """Yield `item` as it stands in a pattern: sums over rows, and no number of rows of its own."""
    if item.kind is ItemKind.CALCULATE:
        yield dataclasses.replace(item, calculation=_of_one_row(item, rows, pattern))
        return
    third = len(rows) // 3
    number = re.compile(rf"(?<![0-9.]){third}(?![0-9.])")
    if item.kind is not ItemKind.NOTE or not number.search(item.relevant):
        yield item
        return
    count = f"N_{pattern.partition('_')[0]}"
    yield Item(count, ItemKind.CALCULATE, Wording(), calculation=f"if(${{{pattern}}} = '', 1, 1)")
    yield dataclasses.replace(
        item,
        relevant=number.sub(f"int(${{{count}}} div 3)", item.relevant),
        label=_worded(item.label, lambda text: number.sub("{third}", text)),
    )


def _of_one_row(item: Item, rows: frozenset[str], pattern: str) -> str:
    """Return the term that a calculation adds up over the rows; others stay as they are."""
    expression = parse(item.calculation)
    if not references(expression) & rows:
        return item.calculation
    terms = list(_terms(expression))
    read = [code for term in terms for code in references(term)]
    spelled = {spell(_reading(term, rows, pattern)) for term in terms}
    if len(spelled) > 1 or sorted(read) != sorted(rows):
        raise NotAlike(item.code)
    return spelled.pop()


def _terms(expression: Expression) -> Iterable[Expression]:
    if isinstance(expression, Operation) and expression.name == "+":
        for operand in expression.operands:
            yield from _terms(operand)
    else:
        yield expression


def _reading(expression: Expression, rows: frozenset[str], pattern: str) -> Expression:
    match expression:
        case Reference(code) if code in rows:
            return Reference(pattern)
        case Operation(name, operands):
            return Operation(name, tuple(_reading(o, rows, pattern) for o in operands))
    return expression


def _of_commitments(questionnaire: Questionnaire) -> Questionnaire:
    keys = [key for section in questionnaire.sections if (key := _key(section))]
    if not keys:
        return questionnaire
    sections: list[Section] = []
    pattern: Section | None = None
    for section in questionnaire.sections:
        key = _key(section)
        if not key:
            sections.append(_introduced(section))
            continue
        made = _without_key(section, key)
        if pattern is None:
            pattern = made
            sections.append(made)
        elif made != pattern:
            raise NotAlike(section.code)
    # Sections without a group are called after their place.
    named = (
        dataclasses.replace(each, code=f"_{place}") if each.code.startswith("_") else each
        for place, each in enumerate(sections, start=1)
    )
    return dataclasses.replace(questionnaire, sections=tuple(named))


def _key(section: Section) -> str:
    """Return what all items of a section end with, which is its own code after the first sign."""
    key = section.code[1:]
    is_row = bool(key and section.items) and section.title
    return key if is_row and all(i.code.endswith(f"_{key}") for i in section.items) else ""


def _without_key(section: Section, key: str) -> Section:
    def bare(text: str) -> str:
        return text.replace(f"_{key}}}", f"_{EACH}}}")

    return Section(
        code=section.code[0] + EACH,
        title=_worded(section.title, _numbered),
        relevant=bare(section.relevant),
        items=tuple(
            dataclasses.replace(
                item,
                code=item.code.removesuffix(key) + EACH,
                relevant=bare(item.relevant),
                constraint=bare(item.constraint),
                calculation=bare(item.calculation),
            )
            for item in section.items
        ),
    )


def _numbered(title: str) -> str:
    """Return a title that every row can have: 承诺{n}：{text} for 承诺3：收费上墙."""
    found = NUMBERED.match(title)
    return f"{found[1]}{{n}}{found[2] or ': '}{{text}}" if found else title


def _introduced(section: Section) -> Section:
    return dataclasses.replace(
        section,
        items=tuple(
            dataclasses.replace(
                item,
                label=_worded(item.label, lambda t: INTRODUCED.sub("以下是{name}{year}年", t)),
            )
            if item.kind is ItemKind.NOTE
            else item
            for item in section.items
        ),
    )


def _of_item(questionnaire: Questionnaire) -> Questionnaire:
    sections = tuple(
        dataclasses.replace(
            section,
            items=tuple(
                dataclasses.replace(item, label=RECHECKED) if _is_brought_in(item) else item
                for item in section.items
            ),
        )
        for section in questionnaire.sections
    )
    return dataclasses.replace(questionnaire, sections=sections)


def _is_brought_in(item: Item) -> bool:
    is_complete = item.label.to("zh").count(BROUGHT_IN) == len(BROUGHT_IN_TEXTS)
    return item.kind is ItemKind.NOTE and is_complete


def _worded(wording: Wording, change: Callable[[str], str]) -> Wording:
    return Wording(tuple((language, change(text)) for language, text in wording.texts))


_PATTERNS: dict[Subject, Callable[[Questionnaire], Questionnaire]] = {
    Subject.MEMBERS: _of_members,
    Subject.COMMITMENTS: _of_commitments,
    Subject.ITEM: _of_item,
}
