"""Whether public commitments were kept, as residents see it (form G).

Rules: domain.md 2.11; docs/methods.md, section 15.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.tally import Counts

KEPT, PARTLY, BROKEN = "3", "2", "1"
POINTS = {KEPT: 100.0, PARTLY: 50.0, BROKEN: 0.0}
MIN_JUDGES = 10
LOW_AWARENESS = 0.5


@dataclass(frozen=True)
class CommitmentCounts:
    """What was answered about one commitment.

    Attributes:
        commitment_id: of the ledger.
        respondents: ballots that answered whether they know it.
        aware: those that do.
        delivery: answer → ballots, to whether it was kept; "9" is 不了解.
        assessed: the approver's own assessment, 100, 50 or 0; None where there is none.
    """

    commitment_id: str
    respondents: int
    aware: int
    delivery: Counts
    assessed: float | None = None


@dataclass(frozen=True)
class CommitmentResult:
    """One commitment.

    Attributes:
        awareness: aware of those asked, 0–1; None without ballots.
        judged: ballots that judged.
        delivery: 兑现得分, 0–100; the approver's assessment with fewer than 10 judges.
        is_assessed: whether `delivery` is the approver's (组织认定).
    """

    commitment_id: str
    awareness: float | None
    judged: int
    delivery: float | None
    is_assessed: bool = False

    @property
    def is_little_known(self) -> bool:
        """Whether fewer than half knew it: 承诺公开不到位."""
        return self.awareness is not None and self.awareness < LOW_AWARENESS


@dataclass(frozen=True)
class CommitmentFigures:
    """The commitments of one organisation, and their mean 承诺兑现得分; None without any."""

    results: tuple[CommitmentResult, ...]
    score: float | None


def commitment_figures(counts: Sequence[CommitmentCounts]) -> CommitmentFigures:
    """Return the results of one organisation's commitments."""
    results = tuple(_result(each) for each in counts)
    scores = [result.delivery for result in results if result.delivery is not None]
    return CommitmentFigures(results, sum(scores) / len(scores) if scores else None)


def _result(counts: CommitmentCounts) -> CommitmentResult:
    judged = sum(counts.delivery.get(code, 0) for code in POINTS)
    awareness = counts.aware / counts.respondents if counts.respondents else None
    if judged < MIN_JUDGES:
        is_assessed = counts.assessed is not None
        return CommitmentResult(
            counts.commitment_id, awareness, judged, counts.assessed, is_assessed
        )
    points = sum(POINTS[code] * counts.delivery.get(code, 0) for code in POINTS)
    return CommitmentResult(counts.commitment_id, awareness, judged, points / judged)
