"""How choices and numbers without points were answered, and the overall item by group."""

from __future__ import annotations

from dataclasses import dataclass

from reports.rates import Rate


@dataclass(frozen=True, slots=True)
class OptionCount:
    """One option of a distribution; both None where the cell may not be shown."""

    code: str
    chosen: int | None
    share: float | None


@dataclass(frozen=True, slots=True)
class Distribution:
    """How a choice that is not scored was answered.

    Attributes:
        n: the base of the shares, in ballots: those that answered. For a profile item (identity,
            age) all ballots, and those without an answer stand as an option with the code "".
        is_multiple: whether several could be chosen, so that shares may add up to more than 1.
        options: in questionnaire order.
        not_asked: ballots that were not asked.
        is_unanimous: one option only with n < 30: in public the options hold nothing.
    """

    code: str
    dimension: str
    n: int | None
    is_multiple: bool
    options: tuple[OptionCount, ...]
    not_asked: int | None = 0
    is_unanimous: bool = False


@dataclass(frozen=True, slots=True)
class NumberFigures:
    """A number that was asked for; `sd` is None for fewer than two answers.

    Both are None where too few answered, or few and all the same.
    """

    code: str
    n: int | None = None
    mean: float | None = None
    sd: float | None = None


@dataclass(frozen=True, slots=True)
class BreakdownCell:
    """The overall item among the ballots with one profile answer; None where too few.

    `n` is the number of substantive answers to the overall item, the base of index and rates.
    """

    code: str
    n: int | None = None
    index: float | None = None
    top2: Rate | None = None
    top3: Rate | None = None
    is_unanimous: bool = False


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The overall item by the options of one profile item (identity, age)."""

    item_code: str
    cells: tuple[BreakdownCell, ...]
