"""Whom a questionnaire of a round goes to, and what its form says of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, column, select, table
from sqlalchemy.orm import InstrumentedAttribute, Session

from forms.checks import MAX_QUESTIONS
from forms.definition import Subject
from forms.variants import Row, told_apart
from survey.campaigns.models import RoundQuestionnaire
from survey.campaigns.public_words import problem_in_public
from survey.errors import SurveyError
from survey.instruments.models import QuestionnaireVersion
from survey.org.models import Commitment, Level, Member, Organisation

ALL_LEVELS = tuple(level.value for level in Level)
LEVELS: Mapping[str, tuple[str, ...]] = {
    Subject.BRANCH: (Level.BRANCH,),
    Subject.MEMBERS: (Level.BRANCH,),
    Subject.WINDOW: (Level.WINDOW,),
    Subject.SITE: (Level.BRANCH, Level.WINDOW),
    Subject.COMMITMENTS: ALL_LEVELS,
    Subject.ORGANISATION: ALL_LEVELS,
    Subject.ITEM: ALL_LEVELS,
}
"""The levels of the organisations that a subject means."""

DUE_WITHIN = timedelta(days=30)
"""A commitment is asked about when it is due by then after the round's close (domain.md 2.11)."""

ITEMS = table(
    "rectification_item",
    *map(column, ("id", "number", "org_id", "source", "problem", "measures", "state")),
)
"""Read here, below the feature that keeps it, for nothing but what a form says of an item."""

IN_RECHECK = "recheck"


class TooManyRows(SurveyError):
    """The form of one target would be longer than any form may be."""

    code = "TOO_MANY_ROWS"
    status = 422

    def __init__(self, name: str, rows: int) -> None:
        super().__init__(
            f"“{name}”的名单有{rows}行，一份问卷最多{MAX_QUESTIONS}题，请分开评议",
            f"The list of {name} has {rows} rows; a form asks {MAX_QUESTIONS} questions at most",
        )


@dataclass(frozen=True)
class Target:
    """An organisation that is evaluated, and what only its form says.

    `rows` and `values` are those of `forms.variants.Facts`; `item` is the number of the
    rectification item where that is evaluated.
    """

    organisation: Organisation
    rows: tuple[Row, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    item: str = ""


def targets_of(session: Session, used: RoundQuestionnaire) -> list[Target]:
    """Return the targets of a questionnaire that belongs to a round, in the organisations' order.

    Organisations that have nothing to ask about (no member to grade, no commitment due, no item
    in recheck) are no targets.

    Raises:
        TooManyRows: a form would be too long.
    """
    query = select(QuestionnaireVersion.subject).where(QuestionnaireVersion.digest == used.digest)
    subject = session.scalars(query).one()
    listed = select(Organisation).where(
        Organisation.level.in_(LEVELS[subject]), Organisation.is_active
    )
    if used.sector:
        listed = listed.where(Organisation.sector == used.sector)
    if used.org_ids:
        listed = listed.where(Organisation.id.in_(used.org_ids))
    places = list(session.scalars(listed.order_by(Organisation.sort_no, Organisation.id)))
    make = _MAKERS.get(subject)
    found = make(session, used, places) if make else [Target(place) for place in places]
    for target in found:
        if len(target.rows) > MAX_QUESTIONS:
            raise TooManyRows(target.organisation.name, len(target.rows))
    return found


def _with_members(
    session: Session, used: RoundQuestionnaire, places: list[Organisation]
) -> list[Target]:
    """Return the branches with those who are graded on them, in the order of the roster."""
    query = select(Member).where(Member.is_evaluated).order_by(Member.seq, Member.id)
    rosters: dict[str, list[Member]] = {}
    for member in session.scalars(query.where(_among(Member.branch_id, used, places))):
        rosters.setdefault(member.branch_id, []).append(member)
    return [
        Target(place, rows=told_apart([_marked(member) for member in rosters[place.id]]))
        for place in places
        if place.id in rosters
    ]


def _marked(member: Member) -> tuple[str, str, tuple[str, str, str]]:
    """Return a member with what tells people of one name apart, the birth year first."""
    return (
        member.id,
        member.name,
        (
            f"{member.birth_year}年生" if member.birth_year else "",
            member.gender,
            f"{member.join_year}年入党" if member.join_year else "",
        ),
    )


def _with_commitments(
    session: Session, used: RoundQuestionnaire, places: list[Organisation]
) -> list[Target]:
    """Return the organisations with the public commitments that are due or soon will be."""
    until = last_due_day(used.round.closes_at)
    query = (
        select(Commitment)
        .where(Commitment.is_public, Commitment.due_on <= until)
        .order_by(Commitment.seq, Commitment.id)
    )
    promised: dict[str, list[Commitment]] = {}
    for commitment in session.scalars(query.where(_among(Commitment.org_id, used, places))):
        promised.setdefault(commitment.org_id, []).append(commitment)
    return [
        Target(
            place,
            rows=tuple(Row(row_key(each.id), each.content) for each in promised[place.id]),
            values=(("year", str(max(each.year for each in promised[place.id]))),),
        )
        for place in places
        if place.id in promised
    ]


def last_due_day(closes_at: datetime) -> date:
    """Return until when a commitment must be due to be asked about in a round."""
    return (closes_at + DUE_WITHIN).date()


def row_key(identifier: str) -> str:
    """Return a commitment's number as item codes can hold it."""
    return "".join(sign if sign.isalnum() else "_" for sign in identifier)


def _with_items(
    session: Session, used: RoundQuestionnaire, places: list[Organisation]
) -> list[Target]:
    """Return the items that residents may now judge, each with its organisation."""
    by_id = {place.id: place for place in places}
    query = select(ITEMS).where(ITEMS.c.state == IN_RECHECK).order_by(ITEMS.c.id)
    rows = session.execute(query.where(_among(ITEMS.c.org_id, used, places))).all()
    found = [
        item_target(by_id[row.org_id], row.number, row.source, row.problem, row.measures)
        for row in rows
        if row.org_id in by_id
    ]
    order = {place.id: number for number, place in enumerate(places)}
    return sorted(found, key=lambda target: order[target.organisation.id])


def item_target(
    place: Organisation, number: str, source: str, problem: str, measures: str
) -> Target:
    """Return a rectification item of `place` as its form describes it."""
    spoken = (
        ("problem", problem_in_public(source, problem)),
        ("measures", measures),
        ("owner", place.name),
    )
    return Target(place, values=spoken, item=number)


def _among(
    org_id: ColumnElement[str] | InstrumentedAttribute[str],
    used: RoundQuestionnaire,
    places: Iterable[Organisation],
) -> ColumnElement[bool]:
    """Return the condition that narrows a query where few organisations are meant."""
    if used.org_ids:
        return org_id.in_([place.id for place in places])
    return org_id.is_not(None)


_MAKERS: Mapping[str, Callable[[Session, RoundQuestionnaire, list[Organisation]], list[Target]]] = {
    Subject.MEMBERS: _with_members,
    Subject.COMMITMENTS: _with_commitments,
    Subject.ITEM: _with_items,
}
