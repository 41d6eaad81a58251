"""Who has taken part while boxes are sealed: counts in steps, and what is still missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.definition import Subject
from reports import rules
from reports.rules import RuleSet
from reports.sampling import Advice, advise
from survey.accounts.policy import Action, Actor, require
from survey.campaigns.models import Round
from survey.collection import points
from survey.collection.inbox import Inbox
from survey.collection.models import Box, BoxState, CollectionPoint, Response
from survey.instruments import service as instruments
from survey.org import queries as org
from survey.org.models import Level, Organisation

STEP = 5
BANDS_WITH_ZERO = ((0, 0), (1, 9), (10, 29), (30, None))
BANDS = ((0, 4), (5, 9), (10, 29), (30, None))
"""Spans of answers that a distribution tells apart; both are made of whole steps."""


@dataclass(frozen=True)
class Entry:
    """One object and how far it has come; `answers` is a step, never a count.

    `advice` goes by the low end of that step; None where the questionnaire ranks nobody.
    """

    org_id: str
    name: str
    unit_id: str
    unit_name: str
    sector: str
    questionnaire_code: str
    answers: str
    is_covered: bool
    advice: Advice | None = None


@dataclass(frozen=True)
class Cell:
    """How many objects are covered, of how many."""

    covered: int
    total: int

    @property
    def missing(self) -> int:
        """How many are not covered yet."""
        return self.total - self.covered


@dataclass(frozen=True)
class Line:
    """A unit or a sector with a cell for each questionnaire that goes to objects in it.

    `key` is the unit's code or the sector's name; both are empty where there is none.
    """

    key: str
    name: str
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class Band:
    """How many objects have a number of answers within [`low`, `high`]; None is no bound."""

    low: int
    high: int | None
    objects: int


@dataclass(frozen=True)
class Spread:
    """How the objects of one questionnaire are distributed."""

    questionnaire_code: str
    cell: Cell
    bands: tuple[Band, ...]


@dataclass(frozen=True)
class Coverage:
    """The coverage board as far as its reader may see it.

    Attributes:
        questionnaires: codes, in the round's order.
        covered_from: answers from which an object counts as covered: 1 for the district, which
            tells 0 apart, and 5 for everybody else.
        by_unit: in the units' order.
        by_sector: in the order of first appearance.
        spreads: one for each questionnaire.
        entries: every object, by questionnaire and in the organisations' order.
        missing: those that are not covered.
    """

    questionnaires: tuple[str, ...]
    covered_from: int
    by_unit: tuple[Line, ...]
    by_sector: tuple[Line, ...]
    spreads: tuple[Spread, ...]
    entries: tuple[Entry, ...]
    missing: tuple[Entry, ...]


def step(count: int, sees_zero: bool) -> str:
    """Return the step a count lies in: 0–4, 5–9, 10–14 …; with `sees_zero` also 0 and 1–4."""
    if count < STEP and sees_zero:
        return "1–4" if count else "0"
    low = count - count % STEP
    return f"{low}–{low + STEP - 1}"


def sees_zero(session: Session, actor: Actor) -> bool:
    """Whether `actor` reads participation for the whole district, and may tell 0 apart."""
    scopes = actor.scopes(Action.SEE_PARTICIPATION)
    district = select(Organisation.path).where(Organisation.level == Level.DISTRICT)
    return "" in scopes or any(path in scopes for path in session.scalars(district))


def coverage(session: Session, inbox: Inbox, round_: Round, actor: Actor) -> Coverage:
    """Return who has answers and who has not, within what `actor` may see.

    Everything in it follows from steps, so it changes only when a count reaches the next one.
    Once the box is opened the same board is made from what was in it.
    """
    require(actor, Action.SEE_PARTICIPATION)
    tells_zero = sees_zero(session, actor)
    covered_from = 1 if tells_zero else STEP
    counts = _counts(session, inbox, round_)
    places = {o.id: o for o in org.visible(session, actor, Action.SEE_PARTICIPATION)}
    units = _units(session)
    rule_set = rules.from_data(round_.rules)
    subjects = {
        used.code: instruments.load(session, used.digest).subject for used in round_.questionnaires
    }
    counted = []
    for point in points.list_points(session, actor, round_, action=Action.SEE_PARTICIPATION):
        place = places[point.org_id]
        unit_id = next((part for part in place.path.split("/") if part in units), "")
        count = counts.get(point.id, 0)
        entry = Entry(
            org_id=place.id,
            name=place.name,
            unit_id=unit_id,
            unit_name=units.get(unit_id, ""),
            sector=place.sector,
            questionnaire_code=point.questionnaire_code,
            answers=step(count, tells_zero),
            is_covered=count >= covered_from,
            advice=_advice(place, subjects[point.questionnaire_code], count, rule_set),
        )
        counted.append((entry, count))
    entries = tuple(entry for entry, _ in counted)
    codes = tuple(used.code for used in round_.questionnaires)
    order = list(units)
    return Coverage(
        questionnaires=codes,
        covered_from=covered_from,
        by_unit=tuple(
            sorted(
                _lines(entries, lambda entry: (entry.unit_id, entry.unit_name)),
                key=lambda line: order.index(line.key) if line.key else len(order),
            )
        ),
        by_sector=tuple(_lines(entries, lambda entry: (entry.sector, entry.sector))),
        spreads=tuple(_spread(code, counted, tells_zero) for code in codes),
        entries=entries,
        missing=tuple(entry for entry in entries if not entry.is_covered),
    )


def _advice(place: Organisation, subject: str, count: int, rule_set: RuleSet) -> Advice | None:
    if subject not in (Subject.BRANCH, Subject.WINDOW):
        return None
    population = place.eligible_mass if subject == Subject.BRANCH else None
    known = count - count % STEP
    return advise(known if population is None else min(known, population), population, rule_set)


def floors(session: Session, inbox: Inbox, round_: Round) -> list[int]:
    """Return the low end of the step of every point of a round, 0 never told apart: for anybody.

    Sums and spreads of these tell nothing that the steps themselves do not.
    """
    counts = _counts(session, inbox, round_)
    of_round = select(CollectionPoint.id).where(CollectionPoint.round_id == round_.id)
    return [n - n % STEP for n in (counts.get(id_, 0) for id_ in session.scalars(of_round))]


def step_at(session: Session, inbox: Inbox, round_: Round, point_id: int) -> str:
    """Return the step that one point has reached, 0 never told apart: anybody may read it."""
    return step(_counts(session, inbox, round_).get(point_id, 0), sees_zero=False)


def _counts(session: Session, inbox: Inbox, round_: Round) -> dict[int, int]:
    """Return answers by point, from the box or, once it is opened, from what was in it."""
    counts: dict[int, int] = {}
    for box in session.scalars(select(Box).where(Box.round_id == round_.id)):
        if box.state in (BoxState.SEALED, BoxState.COUNTED):
            found = inbox.counts(box.id)
        else:
            opened = select(Response.point_id, func.count()).where(Response.box_id == box.id)
            found = dict(session.execute(opened.group_by(Response.point_id)).all())
        for point_id, count in found.items():
            counts[point_id] = counts.get(point_id, 0) + count
    return counts


def _units(session: Session) -> dict[str, str]:
    """Return the names of all units by code, in their order."""
    query = select(Organisation.id, Organisation.name).where(Organisation.level == Level.UNIT)
    return dict(session.execute(query.order_by(Organisation.sort_no, Organisation.id)).all())


def _lines(entries: Iterable[Entry], key: Callable[[Entry], tuple[str, str]]) -> list[Line]:
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        groups.setdefault(key(entry), []).append(entry)
    lines = []
    for (code, name), members in groups.items():
        asked = dict.fromkeys(entry.questionnaire_code for entry in members)
        cells = {
            questionnaire: _cell([e for e in members if e.questionnaire_code == questionnaire])
            for questionnaire in asked
        }
        lines.append(Line(code, name, cells))
    return lines


def _cell(entries: Sequence[Entry]) -> Cell:
    return Cell(sum(entry.is_covered for entry in entries), len(entries))


def _spread(code: str, counted: Sequence[tuple[Entry, int]], tells_zero: bool) -> Spread:
    mine = [(entry, count) for entry, count in counted if entry.questionnaire_code == code]
    return Spread(
        questionnaire_code=code,
        cell=_cell([entry for entry, _ in mine]),
        bands=tuple(
            Band(low, high, sum(low <= n and (high is None or n <= high) for _, n in mine))
            for low, high in (BANDS_WITH_ZERO if tells_zero else BANDS)
        ),
    )
