"""A digest as a value, and its words: what a mail and a message carry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from survey.notices.models import Sort
from survey.notices.rules import WORDS, NoticeKind

MOST_LINES = 20
"""Of one kind; what is more is counted, and stands in the console."""
ORDER = tuple(WORDS)


@dataclass(frozen=True)
class Line:
    """A notice: what, about which item of whom, due when.

    The problem itself stays in the console: residents' words do not leave the platform.
    """

    kind: NoticeKind
    number: str
    source: str
    owner: str
    due_on: date


@dataclass(frozen=True)
class Digest:
    """What one delivery carries.

    `key` is its name for good, the same when it is sent again. `waiting` and `overdue` count what
    waits for the person altogether.
    """

    key: str
    sort: Sort
    day: date
    account: str
    person: str
    lines: tuple[Line, ...]
    waiting: int
    overdue: int
    base_url: str

    @property
    def subject(self) -> str:
        """The line that says it all, e.g. 整改通知：红牌1件，快到期了3件."""
        counts = [f"{_short(kind)}{len(rows)}件" for kind, rows in self.groups[:3]]
        more = "等" if len(self.groups) > 3 else ""
        head = "整改急件" if self.sort is Sort.URGENT else "整改通知"
        return f"{head}：{'，'.join(counts)}{more}"

    @property
    def groups(self) -> tuple[tuple[NoticeKind, tuple[Line, ...]], ...]:
        """The lines by kind, what presses most first."""
        found = ((k, tuple(line for line in self.lines if line.kind is k)) for k in ORDER)
        return tuple((kind, rows) for kind, rows in found if rows)

    @property
    def text(self) -> str:
        """The body of a mail: plain words, one line an item."""
        told = [f"{self.person}：", ""]
        if self.waiting:
            late = f"，其中逾期{self.overdue}件" if self.overdue else ""
            told += [f"等您处理的共{self.waiting}件{late}。", ""]
        for kind, rows in self.groups:
            words = WORDS[kind]
            told.append(f"【{words.title}】{len(rows)}件。{words.then}")
            told += [f"  {line.number}　{line.owner}　{_facts(line)}" for line in rows[:MOST_LINES]]
            if len(rows) > MOST_LINES:
                told.append(f"  另有{len(rows) - MOST_LINES}件，请到平台查看")
            told.append("")
        told += [
            "办理、看问题内容、打印文书，请登录：",
            f"{self.base_url}/console/notices/",
            "",
            "每天最多一封。不想收，请在“通知”页里关掉。",
        ]
        return "\n".join(told)

    def as_data(self) -> dict[str, Any]:
        """Return the message for a messenger; docs/operations.md describes it."""
        return {
            "id": self.key,
            "event": f"notices.{self.sort.value}",
            "day": self.day.isoformat(),
            "person": {"account": self.account, "name": self.person},
            "title": self.subject,
            "waiting": self.waiting,
            "overdue": self.overdue,
            "notices": [self._row(line) for _, rows in self.groups for line in rows],
            "url": f"{self.base_url}/console/notices/",
        }

    def _row(self, line: Line) -> dict[str, Any]:
        words = WORDS[line.kind]
        return {
            "kind": line.kind.value,
            "title": words.title,
            "then": words.then,
            "item": line.number,
            "source": line.source,
            "owner": line.owner,
            "due_on": line.due_on.isoformat(),
            "url": f"{self.base_url}/console/rectification/{quote(line.number)}",
        }


def _facts(line: Line) -> str:
    due = line.due_on
    return f"{line.source}　{due.year}年{due.month}月{due.day}日到期"


def _short(kind: NoticeKind) -> str:
    return WORDS[kind].title.partition("：")[0]
