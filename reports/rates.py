"""A share, its interval and how that was made."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Method(StrEnum):
    """How an interval was made (domain.md 3.13, rule 2); `CENSUS` and `NONE` have no interval."""

    CENSUS = "census"
    HYPERGEOMETRIC = "hypergeometric"
    WILSON_FPC = "wilson_fpc"
    WILSON = "wilson"
    STRATIFIED = "stratified"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval in the units of what it belongs to; `low` ≤ `high`."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with what it was made of.

    Attributes:
        share: 0–1.
        chosen: numerator, in ballots; None in a roll-up, whose share is a weighted mean.
        base: denominator, in ballots; None in a roll-up.
        interval: of the share; None with the methods `CENSUS` (print 全员参评) and `NONE`.
        method: how the interval was made.
    """

    share: float
    chosen: int | None = None
    base: int | None = None
    interval: Interval | None = None
    method: Method = Method.NONE
