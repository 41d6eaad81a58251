"""Figures as people read them: rounded half up, here and nowhere else."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from reports.figures import Interval

SUPPRESSED = "—（样本不足）"
CENSUS = "全员参评"
SMALL_SAMPLE_MARK = "▲"


def rounded(value: float, places: int) -> str:
    """Return `value` with `places` decimals, half up as an office rounds: 86.985 gives 86.99.

    Goes through the shortest decimal that means the same float, so that a half that a person
    would see is a half here too.
    """
    step = Decimal(1).scaleb(-places)
    text = str(Decimal(repr(float(value))).quantize(step, rounding=ROUND_HALF_UP))
    return text.removeprefix("-") if Decimal(text) == 0 else text


def percent(share: float) -> str:
    """Return a share as a percentage with one decimal: 0.86047 gives “86.0%”."""
    return f"{_percentage(share)}%"


def index(value: float) -> str:
    """Return an index or score with two decimals."""
    return rounded(value, 2)


def signed(value: float) -> str:
    """Return a difference of indices with its sign, the minus as it is set in print: “−3.90”."""
    words = index(value)
    if not float(words):
        return words
    return f"−{words[1:]}" if words.startswith("-") else f"+{words}"


def percent_interval(interval: Interval) -> str:
    """Return an interval of a share: “77.2%～91.8%”."""
    return f"{percent(interval.low)}～{percent(interval.high)}"


def index_interval(interval: Interval) -> str:
    """Return an interval of an index: “82.95～91.01”."""
    return f"{index(interval.low)}～{index(interval.high)}"


def fraction(chosen: int, base: int) -> str:
    """Return what a share was made of: “74/86”."""
    return f"{chosen}/{base}"


def _percentage(share: float) -> str:
    return rounded(float(Decimal(repr(float(share))) * 100), 1)
