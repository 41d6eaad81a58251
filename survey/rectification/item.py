"""An item as a value: its facts, its history, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from survey.rectification.states import ACCEPTING, HANDLING, Act, Source, State

ENOUGH_RESIDENTS = 10
CLOSING_PERCENT = 80
REOPENING_PERCENT = 60
SOLVED_SCORE = 70
REPORTS_THAT_NEED_RECHECK = 5
RAISING_REOPENINGS = 2
PASSING_SCORE = 70
SUSPICIONS = 3
CALLED_BACK = frozenset({Act.SATISFIED, Act.DISSATISFIED})
ACCEPTED = (Act.VERIFY, Act.CONFIRM, Act.ACCEPT_AGAIN)
"""The acts by which somebody accepts the work."""


class EvidenceKind(StrEnum):
    """What a file shows: the state before, the state after, or a paper."""

    BEFORE = "before"
    AFTER = "after"
    DOCUMENT = "document"


class Verdict(StrEnum):
    """What the result of a recheck allows (domain.md 4.8)."""

    CLOSE = "close"
    REOPEN = "reopen"
    TWO_VERIFIERS = "two_verifiers"
    DISTRICT = "district"


@dataclass(frozen=True)
class Recheck:
    """What residents said: `n` took part, so many agree to close; `score` is solved, 0 to 100.

    Of `told` who said how far it is solved, `unsolved` said not at all or that it has come back;
    both are 0 where that was not counted.
    """

    n: int
    agree: int
    disagree: int
    score: float
    told: int = 0
    unsolved: int = 0

    @property
    def agreement(self) -> float | None:
        """The share, 0 to 1, of those for or against who agree; None when nobody said either."""
        told = self.agree + self.disagree
        return self.agree / told if told else None

    @property
    def verdict(self) -> Verdict:
        """What the result allows; a share on the line counts for it."""
        told = self.agree + self.disagree
        if self.n < ENOUGH_RESIDENTS:
            return Verdict.TWO_VERIFIERS
        if told and self.agree * 100 < REOPENING_PERCENT * told:
            return Verdict.REOPEN
        if self.unsolved * 2 > self.told:
            return Verdict.REOPEN
        agreed = told > 0 and self.agree * 100 >= CLOSING_PERCENT * told
        return Verdict.CLOSE if agreed and self.score >= SOLVED_SCORE else Verdict.DISTRICT

    @property
    def adds_up(self) -> bool:
        """Whether these can be the counts and the score of one recheck."""
        counts = min(self.agree, self.disagree) >= 0 and self.agree + self.disagree <= self.n
        of_all = 0 <= self.unsolved <= self.told <= self.n
        nobody = self.n == 0 and self.score == 0
        return counts and of_all and (self.n >= 1 or nobody) and 0 <= self.score <= 100


class Said(Protocol):
    """The counts of a recheck by form H; see `Recheck`. `suspicions` call the work for show."""

    @property
    def n(self) -> int: ...  # noqa: D102
    @property
    def agree(self) -> int: ...  # noqa: D102
    @property
    def disagree(self) -> int: ...  # noqa: D102
    @property
    def score(self) -> float: ...  # noqa: D102
    @property
    def told(self) -> int: ...  # noqa: D102
    @property
    def unsolved(self) -> int: ...  # noqa: D102
    @property
    def suspicions(self) -> int: ...  # noqa: D102


UNTOLD = frozenset({Act.SUSPECT, Act.CLEAR_SUSPICION})
"""What those whose work is suspected do not read: that somebody, residents among them, has said so.
They read the supervisor's finding where it goes against them."""


class Suspicion(StrEnum):
    """How a suspicion of work for show stands (domain.md 4.5)."""

    NONE = ""
    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    CLEARED = "cleared"


@dataclass(frozen=True)
class Sheet:
    """The acceptance sheet: four ticks, and a score from 0 to 100 (domain.md 4.7)."""

    is_solved: bool
    are_measures_done: bool
    has_no_relapse: bool
    has_mechanism: bool
    score: int

    @property
    def passes(self) -> bool:
        """Whether the work is accepted: solved as described, and scored high enough."""
        return self.is_solved and self.score >= PASSING_SCORE


@dataclass(frozen=True)
class StageGoal:
    """What is to be reached by when in a long-term plan."""

    goal: str
    due_on: date


@dataclass(frozen=True)
class Step:
    """One thing that happened to an item."""

    act: Act
    actor: str
    origin: State | None
    to: State
    at: datetime


@dataclass(frozen=True)
class Proof:
    """A file that was added, by whom and when."""

    kind: EvidenceKind
    by: str
    at: datetime


@dataclass(frozen=True)
class ItemView:
    """All that decides what may happen to an item next.

    `home_paths` are the organisations whose people count as the owner's own: the organisation
    itself and the branch or windows linked to it. `history` and `proofs` only ever grow.
    `is_works`: something is built or repaired, so a picture of before and one of after are asked
    for. `notice_until` is the last day of the public notice where few took part in the recheck;
    `stage_dates` are the stages of a long-term plan not reached yet. `appeal_until` is the last
    day on which the owner's unit may appeal. `few_until` is the last day of a recheck with its one
    extension: a result of fewer than ten is not recorded before it is over.
    """

    number: str
    source: Source
    org_path: str
    home_paths: tuple[str, ...]
    state: State
    limit_workdays: int
    due_on: date
    history: tuple[Step, ...]
    proofs: tuple[Proof, ...] = ()
    measures: str = ""
    needs_recheck: bool = False
    recheck: Recheck | None = None
    extension_count: int = 0
    reopen_count: int = 0
    stage_on: date | None = None
    closed_on: date | None = None
    is_works: bool = False
    notice_until: date | None = None
    stage_dates: tuple[date, ...] = ()
    appeal_until: date | None = None
    few_until: date | None = None

    @property
    def entered_at(self) -> datetime:
        """When the item came into its present state."""
        moved = [step for step in self.history if step.origin is not step.to]
        return (moved or self.history)[-1].at

    @property
    def cycle(self) -> tuple[Step, ...]:
        """The steps since the item was last reopened, the reopening first; all when never."""
        starts = [n for n, step in enumerate(self.history) if _reopens(step)]
        return self.history[starts[-1] :] if starts else self.history

    @property
    def handlers(self) -> frozenset[str]:
        """Who worked on putting it right, ever."""
        worked = {step.actor for step in self.history if step.act in HANDLING}
        return frozenset(
            worked | {p.by for p in self.proofs if p.kind is not EvidenceKind.DOCUMENT}
        )

    @property
    def judges(self) -> frozenset[str]:
        """Who accepted or refused the work, ever."""
        return frozenset(step.actor for step in self.history if step.act in ACCEPTING)

    @property
    def checkers(self) -> frozenset[str]:
        """Who passed it for the unit since it was last reopened."""
        return frozenset(step.actor for step in self.cycle if step.act is Act.CHECK)

    @property
    def acceptors(self) -> frozenset[str]:
        """Who accepted the work since it was last reopened or sent back."""
        return acceptors_of(self.cycle)

    @property
    def has_proof(self) -> bool:
        """Whether a file shows the result of the work done since the item was last reopened."""
        first = self.cycle[0]
        since = first.at if _reopens(first) else None
        return any(
            proof.kind is not EvidenceKind.BEFORE and (since is None or proof.at >= since)
            for proof in self.proofs
        )

    @property
    def has_both_pictures(self) -> bool:
        """Whether one file shows it before and one after."""
        kinds = {proof.kind for proof in self.proofs}
        return {EvidenceKind.BEFORE, EvidenceKind.AFTER} <= kinds

    @property
    def is_raised(self) -> bool:
        """Whether the item was reopened so often that the district accepts it itself (提级办理)."""
        return self.reopen_count >= RAISING_REOPENINGS

    @property
    def is_called_back_satisfied(self) -> bool:
        """Whether somebody was called back since the work was done, and nobody is dissatisfied."""
        said = {step.act for step in self.cycle if step.act in CALLED_BACK}
        return Act.SATISFIED in said and Act.DISSATISFIED not in said

    @property
    def received_at(self) -> datetime | None:
        """When the owner was given the item for the last time; None before that."""
        given = (step.at for step in reversed(self.history) if step.to is State.ASSIGNED)
        return next(given, None)

    @property
    def may_unit_close(self) -> bool:
        """Whether the unit may close it: a bad rating whose giver was called back, content."""
        return self.source is Source.HCP_BAD and self.is_called_back_satisfied

    @property
    def was_handed_back(self) -> bool:
        """Whether an owner has already said that it is somebody else's."""
        return any(step.act is Act.HAND_BACK for step in self.history)


def needs_recheck(source: Source, *, report_count: int = 1, reopen_count: int = 0) -> bool:
    """Whether residents must be asked before such an item is closed (domain.md 4.8)."""
    often = source is Source.COMMENT and report_count >= REPORTS_THAT_NEED_RECHECK
    return source in (Source.LOW_SCORE, Source.IPA_Q2) or often or reopen_count > 0


def reference_of(source_ref: str) -> str:
    """Return the item code or case that a problem came from; inner names of dimensions are not."""
    return "" if source_ref.isalpha() and source_ref.islower() else source_ref


def acceptors_of(history: Iterable[Step]) -> frozenset[str]:
    """Return who accepted the work since it was last reopened or sent back."""
    found: set[str] = set()
    for step in history:
        if step.act in ACCEPTED:
            found.add(step.actor)
        elif step.to is State.IN_PROGRESS or _reopens(step):
            found.clear()
    return frozenset(found)


def _reopens(step: Step) -> bool:
    return step.to is State.REOPENED and step.origin is not State.REOPENED
