"""What must hold in the organisation tree, checked on the tree as an import would leave it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from survey.errors import Fault
from survey.org.columns import LEVEL_NAMES, Draft
from survey.org.models import Level, Organisation

LEVEL_ABOVE = {
    Level.UNIT: Level.DISTRICT,
    Level.BRANCH: Level.UNIT,
    Level.WINDOW: Level.UNIT,
}
# Looking for likely names is slow, and a file in which all parents are unknown has another fault.
MAX_GUESSES = 50
_LOOKALIKES = str.maketrans("OIL", "011")


@dataclass(frozen=True)
class Node:
    """An organisation as the checks need it."""

    id: str
    parent_id: str | None
    level: str
    name: str
    short_name: str
    is_active: bool


class Directory:
    """The organisations by code; guesses which one a wrong code was meant to be."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodes = {node.id: node for node in nodes}
        self._by_name = {node.name: node.id for node in self.nodes.values()}
        self._by_name |= {node.short_name: node.id for node in self.nodes.values()}
        self._guesses: dict[str, str] = {}

    def unknown(self, wrong: str, levels: Sequence[str]) -> tuple[str, str]:
        """Return the remedy, zh and en, for a code that nobody has."""
        kinds = "、".join(LEVEL_NAMES[level] for level in levels)
        if not (guess := self._guess(wrong, levels)):
            return f"没有这个代码，请填{kinds}的代码", "no such code; check it"
        node = self.nodes[guess]
        return (
            f"没有这个代码，是不是{guess}（{node.short_name or node.name}）",
            f"no such code; did you mean {guess} ({node.short_name or node.name})",
        )

    def unfit(self, code: str, levels: Sequence[str]) -> tuple[str, str]:
        """Return the remedy, zh and en, for an organisation of another level than is meant."""
        found, kinds = self.nodes[code].level, "、".join(LEVEL_NAMES[level] for level in levels)
        return (
            f"这是{LEVEL_NAMES[found]}，请填{kinds}的代码",
            f"this is a {found}; a {' or '.join(levels)} is meant",
        )

    def _guess(self, wrong: str, levels: Sequence[str]) -> str:
        if wrong not in self._guesses and len(self._guesses) < MAX_GUESSES:
            likely = {
                word: code
                for word, code in [*self._by_name.items(), *((code, code) for code in self.nodes)]
                if self.nodes[code].level in levels
            }
            alike = [code for code in likely.values() if _plain(code) == _plain(wrong)]
            near = alike or [likely[word] for word in get_close_matches(wrong, likely, n=1)]
            self._guesses[wrong] = near[0] if near else ""
        return self._guesses.get(wrong, "")


def _plain(code: str) -> str:
    """Return a code without what is easily mistyped: leading zeros, O for 0, l for 1, case."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", code.upper().translate(_LOOKALIKES))


def merged(stored: Iterable[Organisation], drafts: Iterable[Draft]) -> Directory:
    """Return the tree that is there once the rows of a file are taken over."""
    nodes = {
        known.id: Node(
            known.id,
            known.parent_id,
            known.level,
            known.name,
            known.short_name,
            known.is_active,
        )
        for known in stored
    }
    for draft in drafts:
        values = draft.values
        if "id" not in values:
            continue
        old = nodes.get(values["id"])
        nodes[values["id"]] = Node(
            id=values["id"],
            parent_id=values.get("parent_id"),
            level=values.get("level", old.level if old else ""),
            name=values.get("name", ""),
            short_name=values.get("short_name", old.short_name if old else ""),
            is_active=values.get("is_active", old.is_active if old else True),
        )
    return Directory(nodes.values())


def tree_faults(
    drafts: Sequence[Draft], stored: Mapping[str, Organisation], directory: Directory
) -> list[Fault]:
    """Return a fault for everything in the rows that does not fit the tree."""
    districts = [node.id for node in directory.nodes.values() if node.level == Level.DISTRICT]
    active_below = _active_below_inactive(directory)
    faults: list[Fault] = []
    for draft in drafts:
        if "id" not in draft.values or "level" not in draft.values:
            continue
        faults += _level_faults(draft, stored.get(draft.values["id"]), districts)
        faults += _parent_faults(draft, directory)
        faults += _link_faults(draft, directory)
        if count := active_below[draft.values["id"]]:
            zh = f"下面还有{count}个在用的单位，请先停用它们"
            faults.append(
                draft.fault("status", zh, f"{count} below it are active; stop those first")
            )
    return faults


def _level_faults(
    draft: Draft, known: Organisation | None, districts: Sequence[str]
) -> list[Fault]:
    code, level = draft.values["id"], draft.values["level"]
    if known and known.level != level:
        zh = f"原来是{known.level}，层次不能改；请停用旧的，换一个代码新建"
        return [draft.fault("level", zh, f"was {known.level}; a level stays, take a new code")]
    others = "、".join(other for other in districts if other != code)
    if level == Level.DISTRICT and others:
        return [draft.fault("level", f"只能有一个区级，已有{others}", f"{others} is the district")]
    if level != Level.DISTRICT and draft.values.get("sector") == "":
        return [draft.fault("sector", "没有填，请填系统，如农村", "is empty; fill it in")]
    return []


def paths(directory: Directory) -> dict[str, str]:
    """Return the path of every organisation of a sound tree: the codes from the root, slashed."""
    found: dict[str, str] = {}

    def path_of(code: str) -> str:
        if code not in found:
            parent_id = directory.nodes[code].parent_id
            found[code] = f"{path_of(parent_id) if parent_id else ''}{code}/"
        return found[code]

    for code in directory.nodes:
        path_of(code)
    return found


def _parent_faults(draft: Draft, directory: Directory) -> list[Fault]:
    if "parent_id" not in draft.values:
        return []
    parent_id, level = draft.values["parent_id"], Level(draft.values["level"])
    above = LEVEL_ABOVE.get(level)
    if above is None:
        if not parent_id:
            return []
        return [draft.fault("parent_id", "区级没有上级，请留空", "a district has no parent")]
    word = LEVEL_NAMES[above]
    if not parent_id:
        return [draft.fault("parent_id", f"没有填，请填上级{word}的代码", "is empty; fill it in")]
    parent = directory.nodes.get(parent_id)
    if parent is None:
        return [draft.fault("parent_id", *directory.unknown(parent_id, [above]))]
    if circle := _circle(draft.values["id"], directory):
        drawn = "→".join(circle)
        return [
            draft.fault(
                "parent_id",
                f"上级绕成了圈（{drawn}），请改正其中一个",
                f"goes in a circle: {drawn}",
            )
        ]
    if parent.level != above:
        return [draft.fault("parent_id", *directory.unfit(parent_id, [above]))]
    return []


def _circle(start: str, directory: Directory) -> list[str]:
    """Return the codes from `start` up to `start` again, or nothing where the way up ends."""
    way, code = [start], directory.nodes[start].parent_id
    while code in directory.nodes and code not in way:
        way.append(code)
        code = directory.nodes[code].parent_id
    return [*way, start] if code == start else []


def _link_faults(draft: Draft, directory: Directory) -> list[Fault]:
    linked = draft.values.get("linked_branch_id")
    if not linked:
        return []
    if draft.values["level"] != Level.WINDOW:
        zh, en = "只有窗口才联系党支部，请留空", "only a window is linked to a branch"
        return [draft.fault("linked_branch_id", zh, en)]
    node = directory.nodes.get(linked)
    if node is None:
        return [draft.fault("linked_branch_id", *directory.unknown(linked, [Level.BRANCH]))]
    if node.level != Level.BRANCH:
        return [draft.fault("linked_branch_id", *directory.unfit(linked, [Level.BRANCH]))]
    return []


def _active_below_inactive(directory: Directory) -> Counter[str]:
    """Return, by code, how many active organisations stand right below an inactive one."""
    return Counter(
        node.parent_id
        for node in directory.nodes.values()
        if node.is_active
        and node.parent_id in directory.nodes
        and not directory.nodes[node.parent_id].is_active
    )
