"""What stands beside one object's figures: other sources, the change, the gaps, second looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from reports.comparison import Gap, ObjectChange
from reports.figures import Audience, Figures
from reports.outside import OutsideReading, apart
from reports.second_looks import SecondLook
from reports.sources import Line, whole_reading
from survey.accounts.policy import Action, Actor
from survey.campaigns.models import Round
from survey.indicators.scores import settled_scores
from survey.inspections.rounds import FormKind, named_forms
from survey.org.models import Organisation
from survey.ratings import outside
from survey.ratings.readings import Judged, judged_in, lines_of, sentences_of
from survey.results import comparing
from survey.results import service as results
from survey.results.comparing import Comparison

NEAR = timedelta(days=365)
"""How far from a round reviews and inspections may be that stand beside it."""


@dataclass(frozen=True)
class OutsideLine:
    """What another evaluation said, and a sentence where it points apart from the residents.

    `is_compared` is false where the residents' score may not be shown.
    """

    reading: OutsideReading
    apart: str
    is_compared: bool


@dataclass(frozen=True)
class Beside:
    """What is set beside one object's figures in one round.

    Attributes:
        lines: aspects that at least two sources judged.
        comparison: with the round before, or why not.
        change: of score and items; None where not comparable.
        gap: None unless the object is ranked.
        looks: signs for the level above; empty for everybody else.
        outside: other evaluations of this year and the last, settled indicators among them.
    """

    lines: tuple[Line, ...]
    comparison: Comparison
    change: ObjectChange | None
    gap: Gap | None
    looks: tuple[SecondLook, ...]
    outside: tuple[OutsideLine, ...] = ()

    @property
    def contradictions(self) -> list[dict[str, str]]:
        """Every contradiction with its aspect, in both languages."""
        return sentences_of(self.lines)


def beside(
    session: Session, actor: Actor, round_: Round, org: Organisation, questionnaire: str
) -> Beside:
    """Return what stands beside the figures of one object; the caller has checked who reads.

    Raises:
        ResultsSealed: a box of the round is still closed.
    """
    released = results.release_of(session, round_, questionnaire, Audience.INTERNAL)
    figures = next(each for each in released if each.target.org_id == org.id)
    comparison = comparing.compared(session, round_, questionnaire)
    item_changes = comparing.items_changed(comparison, figures, round_)
    score = comparison.scores.get(org.id)
    change = None
    if item_changes is not None:
        change = ObjectChange(org.id, score.score if score else None, item_changes.items)
    looks: tuple[SecondLook, ...] = ()
    if is_above(actor, org):
        looks = tuple(
            look
            for look in comparing.looks_of(session, round_, questionnaire)
            if look.org_id == org.id
        )
    return Beside(
        _lines(session, round_, figures),
        comparison,
        change,
        comparing.gap_of(session, round_, questionnaire, org.id, comparison),
        looks,
        _outside(session, round_, figures),
    )


def is_above(actor: Actor, org: Organisation) -> bool:
    """Whether `actor` reads results from above the object, not at the object itself."""
    return any(
        org.path.startswith(scope) and scope != org.path
        for scope in actor.scopes(Action.SEE_RESULTS)
    )


def _outside(session: Session, round_: Round, figures: Figures) -> tuple[OutsideLine, ...]:
    year, org_id = round_.closes_at.year, figures.target.org_id
    residents = whole_reading(figures)
    readings = outside.results_of(session, org_id, up_to=year)
    readings += [
        OutsideReading(f"{title}（{period.label}）", period.starts_on.year, score, "")
        for title, period, score in settled_scores(session, org_id)
        if year - 1 <= period.starts_on.year <= year
    ]
    return tuple(
        OutsideLine(each, apart(each, residents), residents is not None) for each in readings
    )


def _lines(session: Session, round_: Round, figures: Figures) -> tuple[Line, ...]:
    judged = judged_in(
        session,
        _nearest(session, round_, FormKind.REVIEW),
        _nearest(session, round_, FormKind.INSPECTION),
    )
    mine = judged.get(figures.target.org_id, Judged())
    return lines_of(figures, mine, results.rules_of(round_))


def _nearest(session: Session, round_: Round, kind: FormKind) -> Round | None:
    """Return the round itself, else the one nearest to its end, a year away at most.

    Leaders and inspectors may come before the residents or after them.
    """
    if named_forms(session, kind, round_):
        return round_
    query = select(Round).where(
        Round.opens_at < round_.closes_at + NEAR, Round.closes_at > round_.closes_at - NEAR
    )
    nearest = sorted(
        session.scalars(query), key=lambda each: (abs(each.opens_at - round_.closes_at), each.id)
    )
    return next((each for each in nearest if named_forms(session, kind, each)), None)
