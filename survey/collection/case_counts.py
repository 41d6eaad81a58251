"""Counts that need whole ballots: complete cases, dimensions against the overall item, signs.

Every function takes the table that `counting` makes of a point's ballots: ballots × answers,
1 where a ballot holds the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from forms.definition import Item, Questionnaire
from reports.rules import RuleSet, dimension_items, importance_items, overall_item, points_of
from reports.tally import ALIKE, ALL_TOP, CaseMoments

Numbers = NDArray[np.float32]
Places = Mapping[tuple[str, str], int]
"""Item code and option code → column."""

MIN_ITEMS = 2


def case_moments(
    questionnaire: Questionnaire, places: Places, held: Numbers
) -> dict[str, CaseMoments]:
    """Return sums over complete cases of every dimension whose options are numbered levels."""
    found = {}
    for dimension, items in dimension_items(questionnaire).items():
        if len(items) < MIN_ITEMS or any(item.is_repeated for item in items):
            continue
        if any(_levels(item) is None for item in items):
            continue
        codes = np.stack([_codes(item, places, held) for item in items], axis=1)
        complete = codes[(codes > 0).all(axis=1)]
        totals = complete.sum(axis=1)
        found[dimension] = CaseMoments(
            n=len(complete),
            items=tuple((int(column.sum()), int((column * column).sum())) for column in complete.T),
            total=int(totals.sum()),
            total_squares=int((totals * totals).sum()),
        )
    return found


def dimensions_by_overall(
    questionnaire: Questionnaire, places: Places, held: Numbers
) -> dict[str, dict[str, int]]:
    """Return dimension → "mean code|overall code" → ballots, where importance is asked."""
    overall = overall_item(questionnaire)
    if overall is None or _levels(overall) is None:
        return {}
    whole = _codes(overall, places, held)
    groups = dimension_items(questionnaire)
    found = {}
    for dimension in importance_items(questionnaire):
        items = groups.get(dimension, ())
        if not items or any(_levels(item) is None for item in items):
            continue
        codes = np.stack([_codes(item, places, held) for item in items], axis=1)
        answered = (codes > 0).sum(axis=1)
        known = (answered > 0) & (whole > 0)
        rows = zip(
            codes.sum(axis=1)[known].tolist(),
            answered[known].tolist(),
            whole[known].tolist(),
            strict=True,
        )
        counts = Counter(rows)
        cells: Counter[str] = Counter()
        for (total, count, code), ballots in counts.items():
            cells[f"{Fraction(int(total), int(count))}|{int(code)}"] += ballots
        found[dimension] = dict(sorted(cells.items()))
    return found


def signs(
    questionnaire: Questionnaire,
    rules: RuleSet,
    places: Places,
    held: Numbers,
    flags: Sequence[Sequence[str]],
) -> dict[str, int]:
    """Return how many ballots carry each flag, and how many are all-top or alike."""
    counted = Counter(flag for each in flags if each for flag in set(each) if flag)
    scored = [item for item in questionnaire.items if item.is_scored]
    if scored and len(held):
        top = np.zeros(held.shape[1], dtype=np.float32)
        given = np.zeros(held.shape[1], dtype=np.float32)
        for item in scored:
            points = points_of(item, rules)
            best = max(points.values())
            for code, value in points.items():
                given[places[item.code, code]] = 1
                top[places[item.code, code]] = value == best
        answered, topmost = held @ given, held @ top
        is_top = (answered > 0) & (topmost == answered)
        counted[ALL_TOP] = int(is_top.sum())
        codes = {item.code for item in scored}
        columns = [place for (code, _), place in places.items() if code in codes]
        vectors = np.packbits(held[~is_top][:, columns].astype(bool), axis=1)
        frequent = Counter(row.tobytes() for row in vectors).most_common(1)
        counted[ALIKE] = frequent[0][1] if frequent and frequent[0][1] > 1 else 0
    return dict(sorted((sign, number) for sign, number in counted.items() if number))


def _levels(item: Item) -> dict[str, int] | None:
    """Return the scored options as numbers; None where they are not levels 1–9."""
    scored = [option.code for option in item.options if option.points is not None]
    if not scored or not all(code.isdigit() and 0 < int(code) < 10 for code in scored):
        return None
    return {code: int(code) for code in scored}


def _codes(item: Item, places: Places, held: Numbers) -> NDArray[np.int64]:
    """Return the level of each ballot, 0 without one."""
    levels = _levels(item) or {}
    columns = [places[item.code, code] for code in levels]
    worth = np.array(list(levels.values()), dtype=np.float32)
    return (held[:, columns] @ worth).astype(np.int64)
