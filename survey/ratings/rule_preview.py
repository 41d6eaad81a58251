"""What a rule set would have made of the last round: who changes place, band, status or star.

The same pure functions make it as make figures, from the same answers. Only organisations that
the office sees already are named: otherwise rules could be turned to and fro until a hidden one
shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Subject
from reports.figures import Audience, Figures, Status
from reports.findings import findings_of
from reports.rules import RuleSet
from survey.accounts.policy import Action, Actor, may, require
from survey.campaigns.models import Round
from survey.ratings.models import Rating, RatingLine
from survey.ratings.scoring import lines_of
from survey.results import service as results
from survey.results.trial import figures_under

COMPARED = (Subject.BRANCH, Subject.WINDOW)
RESIDENTS = ("mass", "survey")


@dataclass(frozen=True)
class Position:
    """Where an organisation stands: None for what it does not have.

    Attributes:
        is_shown: whether the office sees figures of it at all.
        score: mass score of a branch, overall index of a window.
        findings: problems to put right that follow from the figures.
        star: as the rating would propose it.
    """

    is_shown: bool
    status: Status
    band: int | None = None
    place: int | None = None
    score: float | None = None
    findings: int = 0
    star: int | None = None


@dataclass(frozen=True)
class Moved:
    """An organisation that stands elsewhere, and in what."""

    org_id: str
    name: str
    sector: str
    level: str
    before: Position
    after: Position
    what: tuple[str, ...]


@dataclass(frozen=True)
class Preview:
    """The effect of a rule set on a round.

    Attributes:
        round_code, round_title: the last opened round.
        objects: organisations that the office sees figures of.
        moved: those whose status, band, place, star or findings change.
        counts: "status", "band", "place", "star", "findings" → how many change in it.
        findings: problems to put right of all of them, before and after.
        rating: code of the rating whose stars were looked at; empty where there is none.
        withheld: how many the office does not see, and so are not named.
    """

    round_code: str
    round_title: str
    objects: int
    moved: tuple[Moved, ...]
    counts: Mapping[str, int]
    findings: tuple[int, int]
    rating: str = ""
    withheld: int = 0


@dataclass
class _Found:
    positions: dict[tuple[str, str], Position] = field(default_factory=dict)
    targets: dict[tuple[str, str], Figures] = field(default_factory=dict)


def last_round(session: Session) -> Round | None:
    """Return the latest opened round that evaluated branches or windows; None without one."""
    query = select(Round).where(Round.supplements.is_(None))
    for round_ in session.scalars(query.order_by(Round.closes_at.desc(), Round.id.desc())):
        if results.is_opened(session, round_) and _compared(session, round_):
            return round_
    return None


def preview(session: Session, actor: Actor, rules: RuleSet, *, now: datetime) -> Preview | None:
    """Return what `rules` would have made of the last round; None where there is none yet.

    Raises:
        NotAllowed: only who writes or approves rule sets sees it.
    """
    if not may(actor, Action.APPROVE_RULES):
        require(actor, Action.EDIT_RULES)
    require(actor, Action.SEE_RESULTS)
    round_ = last_round(session)
    return None if round_ is None else preview_of(session, round_, rules, now=now)


def preview_of(session: Session, round_: Round, rules: RuleSet, *, now: datetime) -> Preview:
    """Return what `rules` would have made of one opened round.

    Raises:
        ResultsSealed: a box is still closed.
    """

    def released(code: str) -> Sequence[Figures]:
        return results.release_of(session, round_, code, Audience.INTERNAL)

    def tried(code: str) -> Sequence[Figures]:
        return figures_under(session, round_, code, rules)

    rating = _rating_of(session, round_)
    old_stars = _stars(lines_of(session, rating, now=now)) if rating else {}
    new_stars = _stars(lines_of(session, rating, now=now, trial=rules)) if rating else {}
    before = _positions(session, round_, results.rules_of(round_), released, old_stars)
    after = _positions(session, round_, rules, tried, new_stars)
    seen = [key for key, position in before.positions.items() if position.is_shown]
    moved = [_moved(key, before, after) for key in seen]
    changed = tuple(each for each in moved if each.what)
    return Preview(
        round_code=round_.code,
        round_title=round_.title,
        objects=len(seen),
        moved=changed,
        counts={what: sum(what in each.what for each in changed) for what in WHAT},
        findings=(
            sum(before.positions[key].findings for key in seen),
            sum(after.positions[key].findings for key in seen),
        ),
        rating=rating.code if rating else "",
        withheld=len(before.positions) - len(seen),
    )


WHAT: Mapping[str, Callable[[Position], object]] = {
    "status": lambda each: (each.is_shown, each.status),
    "band": lambda each: each.band,
    "place": lambda each: each.place,
    "star": lambda each: each.star,
    "findings": lambda each: each.findings,
}
"""What is compared of a position, by the name that pages have words for."""


def _moved(key: tuple[str, str], before: _Found, after: _Found) -> Moved:
    old, new = before.positions[key], after.positions[key]
    target = before.targets[key].target
    what = tuple(name for name, read in WHAT.items() if read(old) != read(new))
    return Moved(target.org_id, target.name, target.sector, target.level, old, new, what)


def _positions(
    session: Session,
    round_: Round,
    rules: RuleSet,
    figures_of: Callable[[str], Sequence[Figures]],
    stars: Mapping[str, int | None],
) -> _Found:
    found = _Found()
    for code in _compared(session, round_):
        questionnaire = results.used_questionnaire(session, round_, code)
        for figures in figures_of(code):
            if figures.roll_up is not None or figures.target.level not in ("branch", "window"):
                continue
            key = (code, figures.target.org_id)
            overall = figures.overall
            found.targets[key] = figures
            found.positions[key] = Position(
                is_shown=figures.is_shown,
                status=figures.status,
                band=figures.rank.band if figures.rank else None,
                place=figures.rank.place if figures.rank else None,
                score=figures.mass.score if figures.mass else overall.index if overall else None,
                findings=len(findings_of(questionnaire, figures, rules)),
                star=stars.get(figures.target.org_id),
            )
    return found


def _compared(session: Session, round_: Round) -> list[str]:
    """Return the questionnaires of a round that evaluate branches or windows themselves."""
    return [
        used.code
        for used in round_.questionnaires
        if results.used_questionnaire(session, round_, used.code).subject in COMPARED
    ]


def _rating_of(session: Session, round_: Round) -> Rating | None:
    """Return the latest rating whose residents' component is this round."""
    for rating in session.scalars(select(Rating).order_by(Rating.year.desc(), Rating.id.desc())):
        if round_.code in [rating.sources.get(component) for component in RESIDENTS]:
            return rating
    return None


def _stars(lines: Sequence[RatingLine]) -> dict[str, int | None]:
    return {line.org_id: line.star_proposed for line in lines}
