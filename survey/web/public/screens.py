"""What a resident sees at a time: a questionnaire's items put onto pages, with their headings.

Nothing here knows a questionnaire by name. Items of one dimension stand together, a common
beginning of their labels becomes the heading, and a page holds about one screen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from forms.definition import Item, ItemKind, Questionnaire, Section, Subject
from survey.web.public.questions import Question, heights, nested, question_of
from survey.web.public.wording import words

SCREEN_HEIGHT = 780
"""Pixels of questions that a page of untitled items may hold before another one starts."""

MOST_PER_PAGE = 6
HEADED_DIMENSIONS = ("overall", "fact", "profile", "importance", "problem", "open")
NUMBERED = re.compile(r"^([一二三四五六七八九十]+)、(.+)$")
ROMAN = re.compile(r"^([IVX]+)\.\s+(.+)$")
COMMON_BEGINNING = re.compile(r"^([^：:]{1,12})[：:]\s*")


@dataclass(frozen=True)
class Screen:
    """A page of the form: `eyebrow` stands small above the `title`."""

    eyebrow: str
    title: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class _Entry:
    """An item that is answered, with the notes and calculations that stand before and after it."""

    item: Item
    notes: tuple[Item, ...]
    relevant: str
    after: tuple[Item, ...] = ()


@dataclass(frozen=True)
class _Block:
    """A section's entries; untitled ones are cut by height, titled ones by dimension."""

    title: str
    entries: tuple[_Entry, ...]


def cover_notes(questionnaire: Questionnaire, language: str) -> tuple[str, ...]:
    """Return what the questionnaire says before its first question; the cover prints it."""
    return tuple(note.label.to(language) for note in _leading_notes(questionnaire))


def screens_of(questionnaire: Questionnaire, language: str) -> tuple[Screen, ...]:
    """Return the pages of `questionnaire` in `language`, in the order they are answered."""
    screens: list[Screen] = []
    for block in _blocks(questionnaire, language):
        pages = _pages_by_dimension(block) if block.title else _pages_by_height(block)
        for number, page in enumerate(pages, start=1):
            screens.append(_screen(questionnaire, block, page, number, len(pages), language))
    return tuple(screens)


def minutes(questionnaire: Questionnaire) -> int:
    """Return about how many minutes the questions that everybody is asked take."""
    seconds = {ItemKind.SINGLE_CHOICE: 6, ItemKind.MULTIPLE_CHOICE: 12}
    asked = (item for item in questionnaire.items if not item.relevant)
    return max(1, -(-sum(seconds.get(item.kind, 0) for item in asked) // 60))


def _leading_notes(questionnaire: Questionnaire) -> list[Item]:
    notes: list[Item] = []
    for item in questionnaire.all_items():
        if item.kind is not ItemKind.NOTE or item.relevant or "${" in item.label.to("zh"):
            break
        notes.append(item)
    return notes


def _blocks(questionnaire: Questionnaire, language: str) -> list[_Block]:
    """Return the sections as blocks; untitled items that go on with a dimension join it."""
    skipped = {note.code for note in _leading_notes(questionnaire)}
    blocks: list[_Block] = []
    for section in questionnaire.sections:
        entries = _entries(section, skipped)
        title = section.title.to(language)
        if not title and blocks and blocks[-1].title:
            known = {entry.item.dimension for entry in blocks[-1].entries}
            joining = _leading(entries, known)
            blocks[-1] = replace(blocks[-1], entries=blocks[-1].entries + joining)
            entries = entries[len(joining) :]
        if entries:
            blocks.append(_Block(title, entries))
    return blocks


def _entries(section: Section, skipped: set[str]) -> tuple[_Entry, ...]:
    entries: list[_Entry] = []
    notes: list[Item] = []
    for item in section.items:
        if item.code in skipped:
            continue
        if not item.is_question:
            notes.append(item)
            continue
        entries.append(_Entry(item, tuple(notes), section.relevant))
        notes = []
    if notes and entries:
        entries[-1] = replace(entries[-1], after=tuple(notes))
    return tuple(entries)


def _leading(entries: Sequence[_Entry], dimensions: set[str]) -> tuple[_Entry, ...]:
    joining: list[_Entry] = []
    for entry in entries:
        if entry.item.dimension not in dimensions or not entry.item.dimension:
            break
        if entry.item.relevant:
            break
        joining.append(entry)
    return tuple(joining)


def _pages_by_dimension(block: _Block) -> list[list[_Entry]]:
    """Return the entries of a titled section, those of one dimension together.

    The order is the questionnaire's; it is kept as it is where an item depends on another one.
    """
    groups: dict[str, list[_Entry]] = {}
    if any(entry.item.relevant for entry in block.entries):
        groups[""] = list(block.entries)
    else:
        for entry in block.entries:
            groups.setdefault(entry.item.dimension, []).append(entry)
    merged: list[list[_Entry]] = []
    previous_single = False
    for group in groups.values():
        is_single = len(group) == 1
        if is_single and previous_single:
            merged[-1] += group
        else:
            merged.append(list(group))
        previous_single = is_single
    return [chunk for group in merged for chunk in _chunks(group)]


def _chunks(group: list[_Entry]) -> Iterable[list[_Entry]]:
    """Cut a long group into pages of about the same length."""
    count = -(-len(group) // MOST_PER_PAGE)
    size = -(-len(group) // count)
    return (group[start : start + size] for start in range(0, len(group), size))


def _pages_by_height(block: _Block) -> list[list[_Entry]]:
    """Return untitled entries page by page; the overall item and the open words start one."""
    pages: list[list[_Entry]] = []
    height = 0
    for entry in block.entries:
        own = heights(entry.item)
        is_words = entry.item.kind is ItemKind.TEXT and not _hangs_on_last(entry.item, pages)
        starts = (
            not pages
            or entry.item.dimension == "overall"
            or (is_words and not any(e.item.kind is ItemKind.TEXT for e in pages[-1]))
            or (height + own > SCREEN_HEIGHT and not entry.item.relevant)
        )
        if starts:
            pages.append([])
            height = 0
        pages[-1].append(entry)
        height += 0 if entry.item.relevant else own
    return pages


def _hangs_on_last(item: Item, pages: list[list[_Entry]]) -> bool:
    """Whether `item` is asked because of the item just before it."""
    return bool(pages) and f"${{{pages[-1][-1].item.code}}}" in item.relevant


def _screen(
    questionnaire: Questionnaire,
    block: _Block,
    page: list[_Entry],
    number: int,
    count: int,
    language: str,
) -> Screen:
    prefix = _common_beginning([entry.item for entry in page], language)
    texts = words(language)
    if block.title:
        eyebrow, title = _titled(block.title, prefix, number, count, texts)
    else:
        eyebrow, title = _untitled(questionnaire, page, language)
    questions = [
        question_of(questionnaire, item, entry.relevant, language, prefix=prefix)
        for entry in page
        for item in (*entry.notes, entry.item, *entry.after)
    ]
    return Screen(eyebrow, title, nested(questionnaire, questions))


def _common_beginning(items: Sequence[Item], language: str) -> str:
    """Return what every label begins with before its colon, or nothing."""
    found = {_beginning(item.label.to(language)) for item in items}
    return found.pop() if len(found) == 1 and len(items) > 1 else ""


def _beginning(label: str) -> str:
    match = COMMON_BEGINNING.match(label)
    return match[1] if match else ""


def _titled(
    title: str, prefix: str, number: int, count: int, texts: Mapping[str, str]
) -> tuple[str, str]:
    of_pages = texts["of_pages"].format(page=number, pages=count) if count > 1 else ""
    if prefix:
        return title + of_pages, prefix
    match = NUMBERED.match(title) or ROMAN.match(title)
    if match is None:
        return texts["product"] + of_pages, title
    return texts["part"].format(part=match[1]) + of_pages, match[2]


def _untitled(questionnaire: Questionnaire, page: list[_Entry], language: str) -> tuple[str, str]:
    texts = words(language)
    dimensions = [entry.item.dimension for entry in page]
    known = next((name for name in HEADED_DIMENSIONS if name in dimensions), "other")
    if known == "open" and dimensions[0] != "open":
        known = "other"
    first = page[0].item
    is_words = first.kind is ItemKind.TEXT and first != questionnaire.case_item
    if first.is_contact:
        known = "contact"
    elif is_words:
        # What has to be written is the matter itself, not a last word.
        known = "details" if first.required else "open"
    elif known == "fact" and questionnaire.subject is Subject.ORGANISATION:
        # Nobody has come for a service.
        known = "matter"
    elif first == questionnaire.case_item:
        known = "fact"
    is_optional = not any(entry.item.required and not entry.item.relevant for entry in page)
    eyebrow = texts["optional_page"] if is_words and is_optional else ""
    return eyebrow or questionnaire.title.to(language), texts[f"title_{known}"]
