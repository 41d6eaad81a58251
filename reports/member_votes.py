"""Results of the members' evaluation (form B): two tallies of each member, never made public.

Rules: domain.md 2.6; docs/methods.md, section 14.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.tally import Counts

GRADES = ("4", "3", "2", "1")
EXCELLENT, UNQUALIFIED = "4", "1"
POINTS: Mapping[str, float] = {"4": 100.0, "3": 80.0, "2": 60.0, "1": 0.0}
PEER_WEIGHT = 0.6
MIN_BALLOTS = 5
REVIEW_SHARE = 1 / 3
REVIEW_SCORE = 60.0


@dataclass(frozen=True)
class GradeTally:
    """How one group of voters graded one member.

    Attributes:
        counts: grade → ballots; abstentions are left out.
        n: ballots with a grade.
        index: mean of points, 0–100.
    """

    counts: Mapping[str, int]
    n: int
    index: float


@dataclass(frozen=True)
class MemberResult:
    """What one member's committee and unit may see.

    Attributes:
        member_id: of the roster.
        peer, mass: the two tallies; None with fewer than 5 ballots in it.
        combined: 0.6 × peer + 0.4 × mass, 0–100; None without both.
        excellent, qualified, unqualified: shares 0–1 of both tallies together: 优秀, 合格以上
            and 不合格; None without both.
        needs_review: 组织核实 — a third or more find the member unqualified, or combined is
            below 60. A reminder, never a grade.
    """

    member_id: str
    peer: GradeTally | None
    mass: GradeTally | None
    combined: float | None = None
    excellent: float | None = None
    qualified: float | None = None
    unqualified: float | None = None
    needs_review: bool = False


def grade_tally(
    counts: Counts, points: Mapping[str, float] = POINTS, *, least: int = MIN_BALLOTS
) -> GradeTally | None:
    """Return one tally; None with fewer than `least` grades in it, which nobody may see.

    Five are the floor of domain.md 2.6; a rule set may ask for more.

    Abstentions count neither in `n` nor towards the threshold.
    """
    given = {grade: counts.get(grade, 0) for grade in points}
    n = sum(given.values())
    if n < max(least, MIN_BALLOTS):
        return None
    return GradeTally(given, n, sum(points[grade] * count for grade, count in given.items()) / n)


def member_result(
    member_id: str,
    peer: Counts,
    mass: Counts,
    points: Mapping[str, float] = POINTS,
    *,
    least: int = MIN_BALLOTS,
) -> MemberResult:
    """Return the result of one member from the counts of both groups of voters."""
    by_peers = grade_tally(peer, points, least=least)
    by_mass = grade_tally(mass, points, least=least)
    if by_peers is None or by_mass is None:
        return MemberResult(
            member_id, by_peers, by_mass, needs_review=_is_doubted([by_peers, by_mass])
        )
    combined = PEER_WEIGHT * by_peers.index + (1 - PEER_WEIGHT) * by_mass.index
    n = by_peers.n + by_mass.n
    bad = by_peers.counts[UNQUALIFIED] + by_mass.counts[UNQUALIFIED]
    good = n - bad - by_peers.counts["2"] - by_mass.counts["2"]
    return MemberResult(
        member_id,
        by_peers,
        by_mass,
        combined=combined,
        excellent=(by_peers.counts[EXCELLENT] + by_mass.counts[EXCELLENT]) / n,
        qualified=good / n,
        unqualified=bad / n,
        needs_review=bad / n >= REVIEW_SHARE or combined < REVIEW_SCORE,
    )


def excellent_limit(members: int) -> int:
    """Return how many members are normally rated 优秀 at most: a third, rounded down."""
    return members // 3


def _is_doubted(tallies: Sequence[GradeTally | None]) -> bool:
    seen = [tally for tally in tallies if tally is not None]
    n = sum(tally.n for tally in seen)
    bad = sum(tally.counts[UNQUALIFIED] for tally in seen)
    return n > 0 and bad / n >= REVIEW_SHARE
