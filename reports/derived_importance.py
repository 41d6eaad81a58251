"""Importance derived from what goes together with the overall evaluation, marked 推导.

For an analyst, where fewer people than needed said how important something is: Spearman's rank
correlation (1904) with the overall item (domain.md 3.9 and 3.13 rule 11).
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from forms.definition import Questionnaire
from reports.rules import RuleSet, overall_item
from reports.tally import Counts, Tally


def derived_importance(
    questionnaire: Questionnaire, tally: Tally, rules: RuleSet
) -> dict[str, float]:
    """Return dimension, or item that a need is paired with → correlation, −1 to 1.

    Only where there are enough ballots with both, and where both differ between ballots.
    """
    cells = {code: _numbers(counts) for code, counts in tally.overall.items()}
    needs, overall = rules.form(questionnaire.code).needs, overall_item(questionnaire)
    if needs is not None and overall is not None:
        for _, code in needs.pairs:
            pair = tally.pairs.get(f"{code}|{overall.code}")
            if pair is not None:
                cells[code] = _numbers(_scored(pair, questionnaire, code, overall.code))
    found = {code: spearman(each, rules.importance_base) for code, each in cells.items()}
    return {code: value for code, value in found.items() if value is not None}


def spearman(cells: Mapping[tuple[Fraction, int], int], least: int) -> float | None:
    """Return Spearman's correlation of two readings from their joint counts; None for too few."""
    import numpy as np
    from scipy import stats

    if sum(cells.values()) < least:
        return None
    times = list(cells.values())
    first = np.repeat([float(value) for value, _ in cells], times)
    second = np.repeat([code for _, code in cells], times)
    if len(set(first)) < 2 or len(set(second)) < 2:
        return None
    return float(stats.spearmanr(first, second).statistic)


def _numbers(counts: Counts) -> dict[tuple[Fraction, int], int]:
    found: dict[tuple[Fraction, int], int] = {}
    for cell, ballots in counts.items():
        first, _, second = cell.partition("|")
        found[Fraction(first), int(second)] = ballots
    return found


def _scored(counts: Counts, questionnaire: Questionnaire, *codes: str) -> dict[str, int]:
    """Return the cells of answers with points on both sides."""
    points = [
        {option.code for option in questionnaire.item(code).options if option.points is not None}
        for code in codes
    ]
    return {
        cell: ballots
        for cell, ballots in counts.items()
        if all(part in known for part, known in zip(cell.split("|"), points, strict=True))
    }
