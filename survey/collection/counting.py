"""Count the ballots of one point: answer strings in, a tally out, one pass for everything."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from forms.answers import DIGITS, NOT_ANSWERED_CODE, NOT_ASKED_CODE, PADDING, WIDTHS, layout
from forms.definition import NUMBERS, Item, ItemKind, Questionnaire
from reports.rules import RuleSet, breakdown_items, mass_parts, points_of
from reports.tally import (
    GIVEN,
    NO_ANSWER,
    NOT_ASKED,
    CaseMoments,
    Moments,
    Tally,
    TargetTally,
)
from survey.collection import case_counts
from survey.collection.sealing import SUSPECT, VOID

Numbers = NDArray[np.float32]
Symbols = NDArray[np.uint8]
Counts = NDArray[np.int64]

_BITS = np.array([3, 2, 1, 0], dtype=np.uint8)
_NIBBLE = np.zeros(256, dtype=np.uint8)
_NIBBLE[np.frombuffer(b"0123456789abcdef", dtype=np.uint8)] = np.arange(16)


NUMBER = r"-?[0-9]{1,9}(?:\.[0-9]{1,6})?"
SPELLED = {
    ItemKind.INTEGER: r"-?[0-9]{1,9}",
    ItemKind.DECIMAL: NUMBER,
    ItemKind.RANGE: NUMBER,
    ItemKind.DATE: r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    ItemKind.TIME: r"[0-9]{2}:[0-9]{2}",
    ItemKind.DATETIME: r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}",
}

UNPAIRED = frozenset({"member", "delivery", "commit_sat"})
"""Dimensions with a row for each object on a list. Nothing is made of how the answers to two of
them go together, and for a branch's members that would come close to single ballots."""


@dataclass(frozen=True)
class Ballot:
    """One answer string and what the quality rules found."""

    answers: str
    is_suspect: bool = False
    is_void: bool = False
    flags: tuple[str, ...] = ()


def ballot_of(answers: str, flags: str) -> Ballot:
    """Return a stored response as it is counted."""
    if not flags:
        return Ballot(answers)
    found = flags.split(",")
    signs = tuple(flag for flag in found if flag and flag != VOID)
    return Ballot(answers, is_suspect=SUSPECT in found, is_void=VOID in found, flags=signs)


def answers_pattern(questionnaire: Questionnaire) -> re.Pattern[str]:
    """Return what every answer string of this questionnaire matches in full."""
    return _table(questionnaire).pattern


def _pattern(questionnaire: Questionnaire) -> re.Pattern[str]:
    parts = []
    for item, place in layout(questionnaire):
        width = place.stop - place.start
        if item.kind in WIDTHS:
            parts.append(
                rf"(?:\.{{{width}}}|-{{{width}}}|(?=.{{{width}}}){SPELLED[item.kind]}{PADDING}*"
                rf"(?<=^.{{{place.stop}}}))"
            )
        elif item.kind is not ItemKind.MULTIPLE_CHOICE:
            parts.append(f"[{DIGITS[: len(item.options)]}.-]")
        else:
            parts.append(rf"(?:\.{{{width}}}|-{{{width}}}|[0-9a-f]{{{width}}})")
    return re.compile("".join(parts))


def count(questionnaire: Questionnaire, rules: RuleSet, ballots: Sequence[Ballot]) -> TargetTally:
    """Return the tally of the ballots of one point.

    Every answer string must match `answers_pattern`. Void ballots are received and no more;
    suspect ones are left out of the official counts where the rules say so.
    """
    valid = [ballot for ballot in ballots if not ballot.is_void]
    left_out = [b for b in valid if b.is_suspect] if rules.suspects_excluded else []
    table = _table(questionnaire)
    held = table.held([ballot.answers for ballot in valid])
    everything = _Counted.of(questionnaire, rules, valid, held)
    complete = everything.tally(questionnaire, rules)
    official = complete
    if left_out:
        is_suspect = np.array([ballot.is_suspect for ballot in valid])
        suspects = _Counted.of(questionnaire, rules, left_out, held[is_suspect])
        official = everything.without(suspects).tally(questionnaire, rules)
    return TargetTally(
        received=len(ballots),
        void=len(ballots) - len(valid),
        excluded=len(left_out),
        official=official,
        complete=complete,
        signs=case_counts.signs(
            questionnaire, rules, table.places, held, [ballot.flags for ballot in valid]
        ),
    )


@dataclass(frozen=True)
class _Column:
    """One answer that a ballot may hold: an option of an item, no answer, or not asked."""

    item: Item
    code: str


def _codes_of(item: Item) -> tuple[str, ...]:
    """Return what a ballot may hold of an item; no answer and not asked come last."""
    on_offer = (GIVEN,) if item.kind in WIDTHS else item.option_codes
    return (*on_offer, NO_ANSWER, NOT_ASKED)


class _Table:
    """How the answers of a questionnaire are laid out for counting, worked out once.

    Attributes:
        layout: see `forms.answers.layout`.
        columns: one for each answer that a ballot may hold.
    """

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.questionnaire = questionnaire
        self.layout = layout(questionnaire)
        self.columns = tuple(
            _Column(item, code) for item, _ in self.layout for code in _codes_of(item)
        )

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What every answer string matches in full."""
        return _pattern(self.questionnaire)

    @cached_property
    def places(self) -> dict[tuple[str, str], int]:
        """Item code and option code → column."""
        return {(column.item.code, column.code): i for i, column in enumerate(self.columns)}

    @cached_property
    def spans(self) -> dict[str, tuple[slice, tuple[str, ...]]]:
        """Item code → its columns, and the codes they stand for."""
        found, start = {}, 0
        for item, _ in self.layout:
            codes = _codes_of(item)
            found[item.code] = slice(start, start + len(codes)), codes
            start += len(codes)
        return found

    @cached_property
    def pairs(self) -> tuple[tuple[str, slice, tuple[str, ...]], ...]:
        """Pairs of scored items: name, where `pair_cells` has them, and their pairs of codes."""
        found, start = [], 0
        for (first, _, codes), (second, _, others) in combinations(self._paired, 2):
            keys = _keys(codes, others)
            found.append((f"{first}|{second}", slice(start, start + len(keys)), keys))
            start += len(keys)
        return tuple(found)

    @cached_property
    def pair_cells(self) -> NDArray[np.intp]:
        """The cells of a table columns × columns, row after row, that `pairs` are made of."""
        cells = [
            (rows[:, None] * len(self.columns) + columns).ravel()
            for (_, rows, _), (_, columns, _) in combinations(self._paired, 2)
        ]
        return np.concatenate([np.zeros(0, dtype=np.intp), *cells])

    @cached_property
    def _paired(self) -> list[tuple[str, NDArray[np.intp], tuple[str, ...]]]:
        """Items that are paired: code, columns of real answers, and the codes of those."""
        found = []
        for item in self.questionnaire.items:
            if item.is_scored and item.dimension not in UNPAIRED:
                span, codes = self.spans[item.code]
                # The last two are no answer and not asked.
                columns = np.arange(span.start, span.stop - 2, dtype=np.intp)
                found.append((item.code, columns, codes[:-2]))
        return found

    def held(self, answers: Sequence[str]) -> Numbers:
        """Return ballots × columns with a 1 where the ballot holds the answer."""
        width = self.layout[-1][1].stop if self.layout else 0
        symbols = np.frombuffer("".join(answers).encode("ascii"), dtype=np.uint8)
        table = symbols.reshape(len(answers), width)
        parts = [_held_of(item, table[:, place]) for item, place in self.layout]
        nothing = np.zeros((len(answers), 0), dtype=bool)
        return np.concatenate([nothing, *parts], axis=1).astype(np.float32)


@lru_cache(1_024)
def _keys(codes: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{code}|{other}" for code in codes for other in others)


def _table(questionnaire: Questionnaire) -> _Table:
    # The instance keeps it, as it keeps its cached properties: every point asks for it again.
    kept = vars(questionnaire)
    if "_counting" not in kept:
        kept["_counting"] = _Table(questionnaire)
    table: _Table = kept["_counting"]
    return table


@dataclass(frozen=True)
class _Counted:
    """How many ballots hold both of any two answers; the diagonal counts single answers.

    `mass` holds the moments of the mass scores of the ballots that have one, `numbers` those of
    the numbers that were entered, by item; `cases` and `overall` are those of a `Tally`.
    """

    n: int
    both: Numbers
    mass: Moments
    numbers: Mapping[str, Moments]
    cases: Mapping[str, CaseMoments]
    overall: Mapping[str, Mapping[str, int]]

    @classmethod
    def of(
        cls,
        questionnaire: Questionnaire,
        rules: RuleSet,
        ballots: Sequence[Ballot],
        held: Numbers,
    ) -> _Counted:
        table = _table(questionnaire)
        return cls(
            len(ballots),
            # Counts stay far below 2**24, up to which 32-bit floats are exact.
            held.T @ held,
            _mass(questionnaire, rules, table.columns, held),
            _numbers(table, [ballot.answers for ballot in ballots]),
            case_counts.case_moments(questionnaire, table.places, held),
            case_counts.dimensions_by_overall(questionnaire, table.places, held),
        )

    def without(self, others: _Counted) -> _Counted:
        return _Counted(
            self.n - others.n,
            self.both - others.both,
            self.mass - others.mass,
            {code: moments - others.numbers[code] for code, moments in self.numbers.items()},
            {code: moments - others.cases[code] for code, moments in self.cases.items()},
            {
                code: {
                    cell: left
                    for cell, number in counts.items()
                    if (left := number - others.overall[code].get(cell, 0))
                }
                for code, counts in self.overall.items()
            },
        )

    def tally(self, questionnaire: Questionnaire, rules: RuleSet) -> Tally:
        if not self.n:
            return Tally()
        table = _table(questionnaire)
        both = self.both.astype(np.int64)
        return Tally(
            n=self.n,
            items=_counts(table, both.diagonal()),
            pairs=_pairs(table, both),
            groups={
                profile.code: {
                    table.columns[row].code: _counts(table, both[row])
                    for row in range(len(table.columns))[table.spans[profile.code][0]]
                    if both[row, row]
                }
                for profile in breakdown_items(questionnaire, rules)
            },
            mass=self.mass,
            numbers=self.numbers,
            cases=self.cases,
            overall=self.overall,
        )


def _counts(table: _Table, numbers: Counts) -> dict[str, dict[str, int]]:
    """Return item → option → ballots, of ballots by column."""
    listed: list[int] = numbers.tolist()
    return {
        item: {code: number for code, number in zip(codes, listed[span], strict=True) if number}
        for item, (span, codes) in table.spans.items()
    }


def _pairs(table: _Table, both: Counts) -> dict[str, dict[str, int]]:
    listed: list[int] = both.ravel()[table.pair_cells].tolist()
    return {
        name: {key: number for key, number in zip(keys, listed[cells], strict=True) if number}
        for name, cells, keys in table.pairs
    }


def _held_of(item: Item, symbols: Symbols) -> NDArray[np.bool_]:
    """Return ballots × (options, no answer, not asked) of one item."""
    missing = np.frombuffer((NOT_ANSWERED_CODE + NOT_ASKED_CODE).encode(), dtype=np.uint8)
    if item.kind in WIDTHS:
        # A number below zero begins like an item that was not asked, and goes on otherwise.
        absent = symbols[:, -1:] == missing
        return np.concatenate([~absent.any(axis=1, keepdims=True), absent], axis=1)
    if item.kind is not ItemKind.MULTIPLE_CHOICE:
        digits = np.frombuffer(DIGITS[: len(item.options)].encode(), dtype=np.uint8)
        equal: NDArray[np.bool_] = symbols == np.concatenate([digits, missing])
        return equal
    rows, width = symbols.shape
    bits = (_NIBBLE[symbols][:, :, None] >> _BITS & 1).reshape(rows, 4 * width)
    chosen = bits[:, : len(item.options)].astype(bool)
    return np.concatenate([chosen, symbols[:, :1] == missing], axis=1)


def _numbers(table: _Table, answers: Sequence[str]) -> dict[str, Moments]:
    """Return the moments of the numbers that were entered, by item."""
    found = {}
    for item, place in table.layout:
        if item.kind in NUMBERS:
            spelled = (each[place].rstrip(PADDING) for each in answers)
            numbers = [float(text) for text in spelled if text[-1:].isdigit()]
            # Exactly rounded sums do not depend on the order, which nobody knows.
            squares = math.fsum(number * number for number in numbers)
            found[item.code] = Moments(len(numbers), math.fsum(numbers), squares)
    return found


def _mass(
    questionnaire: Questionnaire, rules: RuleSet, columns: Sequence[_Column], held: Numbers
) -> Moments:
    """Return the moments of the ballots' mass scores; see `reports.rules.ballot_mass`."""
    total = np.zeros(len(held))
    weights = np.zeros(len(held))
    for weight, items in mass_parts(questionnaire, rules):
        points = {
            (item.code, code): value
            for item in items
            for code, value in points_of(item, rules).items()
        }
        worth = [points.get((column.item.code, column.code)) for column in columns]
        is_scored = np.array([value is not None for value in worth], dtype=float)
        answered = held @ is_scored
        has_any = answered > 0
        earned = held @ np.array([value or 0.0 for value in worth])
        total[has_any] += weight * earned[has_any] / answered[has_any]
        weights[has_any] += weight
    scores = total[weights > 0] / weights[weights > 0]
    return Moments(len(scores), float(scores.sum()), float((scores * scores).sum()))
