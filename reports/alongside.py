"""What stands beside one object's own figures in its report: every part may be missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from reports.comparison import ItemChange
from reports.figures import Figures
from reports.sources import Line
from reports.trend import Change, Verdict


@dataclass(frozen=True)
class Before:
    """The same object in the round before.

    Attributes:
        round_title: as residents read it.
        refused: why the two rounds are not compared, in words; empty where they are.
        figures: of the round before; None where not compared or not shown.
        score: change of the score; None where it cannot be tested.
        items: changes of the items, judged together.
    """

    round_title: str
    refused: tuple[str, ...] = ()
    figures: Figures | None = None
    score: Change | None = None
    items: tuple[ItemChange, ...] = ()


@dataclass(frozen=True)
class Topic:
    """Open comments on one topic, summed up and confirmed by a person of the office.

    `count` is None where it is too small for the reader.
    """

    label: str
    summary: str
    count: int | None
    item_number: str = ""


@dataclass(frozen=True)
class MemberLine:
    """One member's row; for the branch and its unit alone. Scores 0–100, None where too few."""

    name: str
    peer: float | None
    mass: float | None
    combined: float | None
    needs_review: bool = False


@dataclass(frozen=True)
class Grades:
    """How the members of a branch were graded, all together.

    Attributes:
        round_title: of the round that asked.
        members: how many were graded.
        peer, mass: grade → ballots over all members, best first; None where too few graded.
        limit: how many are normally rated 优秀 at most.
        lines: member by member; empty for everybody but the branch and its unit.
    """

    round_title: str
    members: int
    peer: Mapping[str, int] | None
    mass: Mapping[str, int] | None
    limit: int
    lines: tuple[MemberLine, ...] = ()


@dataclass(frozen=True)
class Promise:
    """One public commitment.

    Attributes:
        status: what the ledger says, in words.
        aware, asked: who knew of it, of how many; None where too few or nobody was asked.
        delivery: 兑现得分, 0–100; None without.
        is_assessed: whether that is the approver's word (组织认定).
    """

    content: str
    due_on: date
    status: str
    is_kept: bool
    is_late: bool
    aware: int | None = None
    asked: int | None = None
    delivery: float | None = None
    is_assessed: bool = False


@dataclass(frozen=True)
class Reviewed:
    """What leaders signed: their mean score, 0–100, and what they wrote."""

    score: float
    n: int
    strengths: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Inspected:
    """What a confirmed inspection found; `score` is 0–100."""

    score: float
    on: date
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recalled:
    """A problem that was closed before this round: the score of what it was about, then and now.

    `then` and `now` are indices 0–100; None where there is none to show. `closed_on` is None where
    it was found again and is open once more.
    """

    number: str
    problem: str
    closed_on: date | None
    subject: str = ""
    then: float | None = None
    now: float | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Alongside:
    """Everything that may stand beside an object's figures.

    Attributes:
        before: the round before; None where there was none.
        topics: confirmed topics of its open comments; None where nobody may read them.
        grades: of the members; None where no round graded them.
        promises: its public commitments.
        promise_score: 承诺兑现得分, 0–100; None without.
        lines: aspects that several sources judged.
        reviewed, inspected: by leaders and inspectors; None where they were not.
        ratings: figures of form D, 好差评; None without.
        cases: services handled in a year, to relate the ratings to.
        recalled: problems closed since the round before.
    """

    before: Before | None = None
    topics: tuple[Topic, ...] | None = ()
    grades: Grades | None = None
    promises: tuple[Promise, ...] = ()
    promise_score: float | None = None
    lines: tuple[Line, ...] = ()
    reviewed: Reviewed | None = None
    inspected: Inspected | None = None
    ratings: Figures | None = None
    cases: int | None = None
    recalled: tuple[Recalled, ...] = ()


NOTHING = Alongside()
