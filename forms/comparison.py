"""What changed between two versions of a questionnaire, item by item."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from forms.definition import Item, Questionnaire, ResponseOption, Wording


class ChangeKind(StrEnum):
    """What became of an item, a section or the form itself."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    CHANGED = "changed"


@dataclass(frozen=True)
class Change:
    """One difference.

    `code` names the item or section and is empty for the form itself; `part` is the name of the
    part that differs (with its language, as `label.en`), empty where the whole was added, removed
    or moved. `before` and `after` are what stood and stands there, to be shown as text.
    """

    kind: ChangeKind
    code: str
    part: str = ""
    before: str = ""
    after: str = ""


def changes(old: Questionnaire, new: Questionnaire) -> tuple[Change, ...]:
    """Return every difference: the form's own, then items and sections in the new order."""
    return (
        *_form_changes(old, new),
        *_section_changes(old, new),
        *_item_changes(old, new),
    )


def keeps_meaning(old: Questionnaire, new: Questionnaire) -> bool:
    """Whether figures can be compared: items of one code ask and offer the same in Chinese."""
    before = {item.code: _asked(item) for item in old.items}
    return all(before.get(item.code, _asked(item)) == _asked(item) for item in new.items)


def _asked(item: Item) -> tuple[object, ...]:
    options = tuple((o.code, o.label.to("zh"), o.points) for o in item.options)
    return item.kind, item.label.to("zh"), options


def _form_changes(old: Questionnaire, new: Questionnaire) -> Iterator[Change]:
    yield from _wordings("", "title", old.title, new.title)
    for part in ("code", "subject", "languages", "is_named"):
        before, after = _shown(getattr(old, part)), _shown(getattr(new, part))
        if before != after:
            yield Change(ChangeKind.CHANGED, "", part, before, after)


def _section_changes(old: Questionnaire, new: Questionnaire) -> Iterator[Change]:
    known = {section.code: section for section in old.sections}
    for section in new.sections:
        before = known.pop(section.code, None)
        if before is None:
            if section.title:
                yield Change(ChangeKind.ADDED, section.code, after=section.title.to("zh"))
            continue
        yield from _wordings(section.code, "title", before.title, section.title)
        if before.relevant != section.relevant:
            yield Change(
                ChangeKind.CHANGED, section.code, "relevant", before.relevant, section.relevant
            )
    for section in known.values():
        if section.title:
            yield Change(ChangeKind.REMOVED, section.code, before=section.title.to("zh"))


def _item_changes(old: Questionnaire, new: Questionnaire) -> Iterator[Change]:
    before = {item.code: item for item in old.all_items()}
    after = {item.code: item for item in new.all_items()}
    moved = _moved(old, new)
    for code, item in after.items():
        if code not in before:
            yield Change(ChangeKind.ADDED, code, after=item.label.to("zh"))
            continue
        if code in moved:
            yield Change(ChangeKind.MOVED, code, after=item.label.to("zh"))
        yield from _parts(before[code], item)
    for code, item in before.items():
        if code not in after:
            yield Change(ChangeKind.REMOVED, code, before=item.label.to("zh"))


def _moved(old: Questionnaire, new: Questionnaire) -> set[str]:
    """Return the fewest items that were moved: those outside the longest run kept in order."""
    home = {item.code: section.code for section in new.sections for item in section.items}
    was = {item.code: section.code for section in old.sections for item in section.items}
    order = [item.code for item in new.all_items() if item.code in was]
    place = {item.code: n for n, item in enumerate(old.all_items())}
    kept = _longest_rising([place[code] for code in order])
    codes = {code for code in order if place[code] not in kept}
    names = {section.code for section in old.sections} & {s.code for s in new.sections}
    return codes | {c for c in order if home[c] != was[c] and {home[c], was[c]} <= names}


def _longest_rising(numbers: list[int]) -> set[int]:
    """Return the members of the longest rising subsequence of different `numbers`."""
    best: list[list[int]] = []
    for number in numbers:
        length = next((n for n, run in enumerate(best) if run[-1] > number), len(best))
        run = [*(best[length - 1] if length else []), number]
        best[length : length + 1] = [run]
    return set(best[-1]) if best else set()


def _parts(old: Item, new: Item) -> Iterator[Change]:
    for field in dataclasses.fields(Item):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if before == after or field.name == "code":
            continue
        if isinstance(after, Wording):
            yield from _wordings(new.code, field.name, before, after)
        else:
            yield Change(ChangeKind.CHANGED, new.code, field.name, _shown(before), _shown(after))


def _wordings(code: str, part: str, old: Wording, new: Wording) -> Iterator[Change]:
    before, after = dict(old.texts), dict(new.texts)
    for language in {**before, **after}:
        texts = before.get(language, ""), after.get(language, "")
        if texts[0] != texts[1]:
            yield Change(ChangeKind.CHANGED, code, f"{part}.{language}", *texts)


def _shown(value: object) -> str:
    """Return a part as text; options one to a line."""
    if isinstance(value, tuple):
        if any(isinstance(each, ResponseOption) for each in value):
            return "\n".join(_option(each) for each in value)
        return "、".join(_shown(each) for each in value)
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)


def _option(option: ResponseOption) -> str:
    points = "" if option.points is None else f"（{option.points:g}）"
    return f"{option.code}　{'／'.join(text for _, text in option.label.texts)}{points}"
