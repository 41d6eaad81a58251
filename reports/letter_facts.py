"""What letters and forms about one rectification item are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Judgement:
    """An acceptance sheet: four ticks and a score of 0–100."""

    ticks: tuple[bool, bool, bool, bool]
    score: int
    passes: bool


@dataclass(frozen=True)
class Again:
    """What residents said when asked again: how many, the share 0–1 for closing, solved 0–100."""

    n: int
    agreement: float | None
    solved: float


@dataclass(frozen=True)
class LetterFacts:
    """What letters about an item are compiled from.

    Attributes:
        organiser: the district's office, which writes.
        unit: the unit above the owner; empty when the owner is one.
        owner, person: who has to put it right.
        number, source, problem, measures: of the item.
        state: where it stands, in words.
        registered_on, due_on: its dates.
        limit_workdays: its limit.
        workdays_left: until it is due; negative when overdue; None when nothing runs.
        extensions, reopenings: how often.
        evidence: what lies with it, in words.
        acceptance: who accepted and when; empty before.
        judgement: the acceptance sheet; None to be filled in.
        needs_recheck: whether residents are asked before it is closed.
        again: their answer; None before there is one.
        as_of: when it stood like this; aware, in local time.
        letter_number: the document number as typed; empty leaves room for it.
    """

    organiser: str
    unit: str
    owner: str
    person: str
    number: str
    source: str
    problem: str
    measures: str
    state: str
    registered_on: date
    due_on: date
    limit_workdays: int
    workdays_left: int | None
    extensions: int
    reopenings: int
    evidence: str
    acceptance: str
    judgement: Judgement | None
    needs_recheck: bool
    again: Again | None
    as_of: datetime
    letter_number: str = ""
