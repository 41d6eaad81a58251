"""Somebody who holds everything on disk, and tries to find out whose answer is whose.

Rows of one kind are a `Side`: every order in which anything on disk holds them, and every mark
that some of them share (a transaction, a page, a column). `grade` compares all orders and all
marks of tickets with all of answers, and with the order in which people came.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import kendalltau, norm, poisson
from sqlalchemy import Engine, text

PEOPLE = 60
MOST_PAIRS, MOST_TAU = 5, 0.25
"""What chance leaves of a single comparison, nearly always."""
CHANCE = 1e-5
"""How often chance alone may look like a link, over all comparisons together."""
PAGE = 4096
SYSTEM_COLUMNS = "ctid::text, xmin::text, cmin::text"
WAL_HEADER, FRAME_HEADER = 32, 24
AROUND = 12
"""Bytes beside a value that belong to its row: a change there is a change of the row."""

Artefacts = dict[str, bytes]
"""Content of files by name."""
Owners = Mapping[bytes, int]
"""The person that each value of a column belongs to."""


@dataclass
class Side:
    """Rows of one kind, one for each person."""

    name: str
    orders: dict[str, tuple[int, ...]] = field(default_factory=dict)
    marks: dict[str, dict[int, Any]] = field(default_factory=dict)
    places: dict[str, dict[int, int]] = field(default_factory=dict)

    def order(self, name: str, people: Sequence[int]) -> None:
        """Note an order; one that lacks somebody, or equals another, says nothing more."""
        known = tuple(people)
        if len(known) == len(set(known)) == PEOPLE and known not in self.orders.values():
            self.orders[f"{self.name}: {name}"] = known

    def mark(self, name: str, marks: Mapping[int, Any]) -> None:
        """Note something that rows may share; sorted by it they are in an order too."""
        if len(marks) == PEOPLE:
            self.marks[name] = dict(marks)
            self.order(f"by {name}", sorted(marks, key=lambda person: _sortable(marks[person])))


@dataclass(frozen=True)
class Grade:
    """The outcome: comparisons made, the most pairs found, the steepest order, and where."""

    comparisons: int
    pairs: float
    pairs_at: str
    tau: float
    tau_at: str

    @property
    def most_pairs(self) -> int:
        """Pairs that chance finds somewhere among so many comparisons."""
        return max(MOST_PAIRS, int(poisson.isf(CHANCE / self.comparisons, 1)))

    @property
    def most_tau(self) -> float:
        """Kendall's tau that chance reaches somewhere among so many comparisons."""
        deviation = (2 * (2 * PEOPLE + 5) / (9 * PEOPLE * (PEOPLE - 1))) ** 0.5
        return max(MOST_TAU, float(norm.isf(CHANCE / self.comparisons / 2)) * deviation)

    @property
    def is_chance(self) -> bool:
        """Whether nothing was found that chance would not find."""
        return self.pairs <= self.most_pairs and self.tau < self.most_tau


def read_files(folder: Path, name: str = "") -> Artefacts:
    """Return the content of every file below a folder, trailing zeros left out."""
    return {
        f"{name}/{path.relative_to(folder)}": content
        for path in sorted(folder.rglob("*"))
        if path.is_file() and (content := path.read_bytes().rstrip(b"\0"))
    }


def side(
    name: str, engine: Engine, table: str, column: str, owners: Owners, artefacts: Artefacts
) -> Side:
    """Return all that is to be known of `table`, whose `column` tells whose row it is."""
    made = Side(name)
    _add_columns(made, engine, table, column, owners)
    for file, content in artefacts.items():
        # Most files hold nothing of a table; a few values tell.
        if any(_find(content, value) >= 0 for value in list(owners)[:6]):
            _add_positions(made, file, content, owners)
            if file.endswith("-wal"):
                _add_commits(made, file, content, owners)
    return made


def grade(tickets: Sequence[Side], answers: Sequence[Side]) -> Grade:
    """Return the best that can be made of all orders and marks; person 0 came first."""
    found: list[tuple[float, float, str]] = []
    arrival = {"arrival": tuple(range(PEOPLE))}
    for answer in answers:
        for (one, first), (two, second) in product(arrival.items(), answer.orders.items()):
            found.append((*_compare(first, second), f"{one} – {two}"))
    for ticket, answer in product(tickets, answers):
        for (one, first), (two, second) in product(ticket.orders.items(), answer.orders.items()):
            found.append((*_compare(first, second), f"{one} – {two}"))
        for one, two in product(ticket.marks, answer.marks):
            where = f"{ticket.name}.{one} = {answer.name}.{two}"
            found.append((_joined(ticket.marks[one], answer.marks[two]), 0.0, where))
        for file in ticket.places.keys() & answer.places.keys():
            pairs = _nearest(ticket.places[file], answer.places[file])
            found.append((pairs, 0.0, f"{ticket.name} beside {answer.name} in {file}"))
    pairs, _, pairs_at = max(found)
    _, tau, tau_at = max(found, key=lambda each: each[1])
    return Grade(len(found), pairs, pairs_at, tau, tau_at)


def _compare(first: Sequence[int], second: Sequence[int]) -> tuple[float, float]:
    """Return how many agree in place, forwards or backwards, and how steep one is in the other."""
    rank = {person: number for number, person in enumerate(first)}
    ranks = [rank[person] for person in second]
    forwards = sum(a == b for a, b in zip(first, second, strict=True))
    backwards = sum(a == b for a, b in zip(first, reversed(second), strict=True))
    return max(forwards, backwards), abs(float(kendalltau(range(PEOPLE), ranks).statistic))


def _joined(first: Mapping[int, Any], second: Mapping[int, Any]) -> float:
    """Return how many guesses are right when rows with equal marks are taken for a pair."""
    sizes = Counter(map(str, second.values()))
    return sum(1 / sizes[str(first[p])] for p in first if str(first[p]) == str(second[p]))


def _nearest(first: Mapping[int, int], second: Mapping[int, int]) -> int:
    """Return for how many people the nearest answer to their ticket is theirs."""
    people = list(second)
    places = np.array([second[person] for person in people])
    return sum(people[int(np.argmin(abs(places - at)))] == person for person, at in first.items())


def _sortable(mark: Any) -> tuple[int, Any]:
    return (0, mark) if isinstance(mark, int | float) else (1, str(mark))


def _add_columns(made: Side, engine: Engine, table: str, column: str, owners: Owners) -> None:
    """Add the orders in which the database gives rows, and what their columns hold."""
    is_sqlite = engine.dialect.name == "sqlite"
    columns = "*" if is_sqlite else f"*, {SYSTEM_COLUMNS}"
    queries = [f"SELECT {columns} FROM {table}" + (" NOT INDEXED" if is_sqlite else "")]
    if not is_sqlite:
        queries.append(f"{queries[0]} ORDER BY ctid")
        queries.append(f"{queries[0]} ORDER BY xmin::text::bigint, cmin::text::bigint")
    with engine.connect() as connection:
        for number, query in enumerate(queries):
            rows = [
                (owners[key], row)
                for row in connection.execute(text(query)).mappings()
                if (key := as_bytes(row[column])) in owners
            ]
            made.order(f"query {number}", [person for person, _ in rows])
        for name in rows[0][1]:
            made.mark(name, {person: row[name] for person, row in rows})


def _add_positions(made: Side, file: str, content: bytes, owners: Owners) -> None:
    """Add where the values stand in a file: first and last copies, and on which page."""
    first = {person: _find(content, value) for value, person in owners.items()}
    last = {person: _find(content, value, last=True) for value, person in owners.items()}
    if min(first.values()) < 0:
        return
    made.places[file] = first
    made.order(f"first in {file}", sorted(first, key=first.__getitem__))
    made.order(f"last in {file}", sorted(last, key=last.__getitem__))
    made.mark(f"page in {file}", {person: at // PAGE for person, at in first.items()})


def _add_commits(made: Side, file: str, content: bytes, owners: Owners) -> None:
    """Add the first and the last commit of a SQLite log that changed each row."""
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    seen: dict[tuple[int, int], bytes] = {}
    for commit, number, page in _frames(content):
        for value, person in owners.items():
            at = page.find(value)
            if at < 0:
                continue
            row = page[max(0, at - AROUND) : at + len(value) + AROUND]
            if seen.get((number, person)) != row:
                seen[number, person] = row
                first.setdefault(person, commit)
                last[person] = commit
    made.mark(f"first commit in {file}", first)
    made.mark(f"last commit in {file}", last)


def _frames(log: bytes) -> list[tuple[int, int, bytes]]:
    """Return the pages of a SQLite write-ahead log: number of the commit, of the page, content."""
    size = struct.unpack(">I", log[8:12])[0]
    found, commit = [], 0
    for start in range(WAL_HEADER, len(log), FRAME_HEADER + size):
        page_number, pages_after = struct.unpack(">II", log[start : start + 8].ljust(8, b"\0"))
        page = log[start + FRAME_HEADER : start + FRAME_HEADER + size]
        found.append((commit, page_number, page))
        commit += pages_after > 0
    return found


def _find(content: bytes, value: bytes, *, last: bool = False) -> int:
    """Return where a value stands, as it is or in hexadecimal digits as dumps have it."""
    find = content.rfind if last else content.find
    at = find(value)
    return at if at >= 0 else find(value.hex().encode())


def as_bytes(value: Any) -> bytes:
    """Return a value of a column as it stands on disk."""
    return value.encode() if isinstance(value, str) else bytes(value)
