"""The lines of a rating: components, conduct, stars proposed, places and contradictions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from reports import rules as rule_sets
from reports.composites import Composite, Conduct, composite_of
from reports.figures import Figures, Rank
from reports.ranking import Standing, ranked
from reports.rules import RuleSet
from reports.stars import Candidate, Star, propose_all
from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.org.models import Organisation
from survey.ratings.components import Measured, gather, role_of
from survey.ratings.models import ConductKind, ConductMark, Rating, RatingLine, RatingState
from survey.ratings.readings import lines_of as source_lines
from survey.ratings.readings import sentences_of
from survey.rectification.calendar import load_calendar
from survey.rectification.escalation import red_since
from survey.rectification.models import RectificationItem, Transition
from survey.rectification.states import OWNER_WORKS, Act
from survey.rectification.workdays import CHINA, local_date
from survey.results import comparing
from survey.results import service as results

FOUND_ON_THE_SPOT = "实地检查认定的否决情形"


def lines_of(
    session: Session, rating: Rating, *, now: datetime, trial: RuleSet | None = None
) -> list[RatingLine]:
    """Return the lines of a rating as the rounds stand now, in the organisations' order.

    With `trial` they are what other rules would have made of the same answers and judgements.

    Raises:
        ResultsSealed: a round that feeds it has a closed box.
    """
    rules = trial or rule_sets.from_data(rating.rules)
    rounds = {
        component: campaigns.get_round(session, OPERATOR, code)
        for component, code in rating.sources.items()
    }
    measured = {
        org_id: each
        for org_id, each in gather(session, rounds, rules, trial=trial is not None).items()
        if each.figures is not None
    }
    conduct = conduct_of(session, rating.year, measured, now=now)
    last = last_stars(session, rating.year)
    composites = {
        org_id: composite_of(each.sources, rules.composites[_level(each)], conduct[org_id])
        for org_id, each in measured.items()
        if _level(each) in rules.composites
    }
    candidates = [
        _candidate(measured[org_id], made, last.get(org_id), rules)
        for org_id, made in composites.items()
    ]
    stars = {star.org_id: star for star in propose_all(candidates, rules.stars)}
    places = _places(candidates, measured, rules)
    changed = {} if trial else _changed(session, rounds, rules)
    return [
        _line(
            each,
            measured[each.org_id],
            composites[each.org_id],
            stars[each.org_id],
            conduct[each.org_id],
            places.get(each.org_id),
            changed.get(each.org_id, ""),
            rules,
        )
        for each in candidates
    ]


def last_stars(session: Session, year: int) -> dict[str, int]:
    """Return the star of each organisation before `year`: of the latest approved rating it is in.

    Without one it is the star that came with the organisation tree.
    """
    stars = {
        org.id: org.star_prev
        for org in session.scalars(select(Organisation).where(Organisation.star_prev.is_not(None)))
        if org.star_prev is not None
    }
    approved = (
        select(RatingLine.org_id, RatingLine.star_decided)
        .join(Rating, Rating.id == RatingLine.rating_id)
        .where(
            Rating.state == RatingState.APPROVED,
            Rating.year < year,
            RatingLine.star_decided.is_not(None),
        )
        .order_by(Rating.year, Rating.id)
    )
    stars.update((org_id, star) for org_id, star in session.execute(approved) if star is not None)
    return stars


def conduct_of(
    session: Session, year: int, measured: Mapping[str, Measured], *, now: datetime
) -> dict[str, Conduct]:
    """Return what is deducted of each organisation: items come to a red card, marks of the year.

    Work that the supervisor found to be for show counts where nobody marked it as well.
    """
    late = select(RectificationItem.org_id).where(
        RectificationItem.state.in_([state.value for state in OWNER_WORKS]),
        RectificationItem.due_on <= red_since(load_calendar(session), local_date(now)),
    )
    overdue = Counter(session.scalars(late))
    false = Counter(session.scalars(_found_false(year)))
    marks: dict[str, list[ConductMark]] = {}
    for mark in session.scalars(
        select(ConductMark).where(ConductMark.year == year).order_by(ConductMark.id)
    ):
        marks.setdefault(mark.org_id, []).append(mark)
    found = {}
    for org_id, each in measured.items():
        mine = marks.get(org_id, [])
        counts = Counter(mark.kind for mark in mine)
        vetoes = [mark.note for mark in mine if mark.kind == ConductKind.VETO]
        if each.judged.is_vetoed:
            vetoes.append(FOUND_ON_THE_SPOT)
        found[org_id] = Conduct(
            overdue=overdue[org_id],
            false_claims=max(counts[ConductKind.FALSE_CLAIM], false[org_id]),
            late_publications=counts[ConductKind.LATE_PUBLICATION],
            vetoes=tuple(vetoes),
        )
    return found


def _found_false(year: int) -> Select[str]:
    """Return the query of owners, once for each item found in a year to be for show."""
    first, last = (datetime(y, 1, 1, tzinfo=CHINA) for y in (year, year + 1))
    confirmed = select(Transition.item_id).where(
        Transition.act == Act.CONFIRM_SUSPICION.value, Transition.at >= first, Transition.at < last
    )
    return select(RectificationItem.org_id).where(RectificationItem.id.in_(confirmed))


def _level(each: Measured) -> str:
    return each.figures.target.level if each.figures else ""


def _candidate(each: Measured, made: Composite, last: int | None, rules: RuleSet) -> Candidate:
    figures = each.figures
    assert figures is not None  # noqa: S101 - only what residents were asked about is measured
    return Candidate(
        org_id=figures.target.org_id,
        sector=figures.target.sector,
        final=made.final,
        satisfaction=_satisfaction(figures, rules),
        is_rankable=figures.is_rankable,
        is_vetoed=made.is_vetoed,
        last=last,
        se=made.se,
    )


def _satisfaction(figures: Figures, rules: RuleSet) -> float | None:
    rate = getattr(figures.overall, rules.stars.gate_calibre, None) if figures.overall else None
    return rate.share if rate is not None else None


def _places(
    candidates: list[Candidate], measured: Mapping[str, Measured], rules: RuleSet
) -> dict[str, Rank]:
    """Return ranks by the final score inside each sector and level, of the rankable alone."""
    strata: dict[tuple[str, str], dict[str, Standing]] = {}
    for each in candidates:
        if each.is_rankable and each.final is not None:
            stratum = strata.setdefault((each.sector, _level(measured[each.org_id])), {})
            stratum[each.org_id] = Standing(each.final, each.se or 0.0)
    return {
        org_id: rank
        for standings in strata.values()
        for org_id, rank in ranked(standings, rules).items()
    }


def _changed(session: Session, rounds: Mapping[str, Round], rules: RuleSet) -> dict[str, str]:
    """Return how the residents' score changed since the round before, where it is comparable."""
    found = {}
    for component in ("mass", "survey"):
        round_ = rounds.get(component)
        if round_ is None:
            continue
        for used in round_.questionnaires:
            form = results.used_questionnaire(session, round_, used.code)
            if role_of(form, rules) != component:
                continue
            comparison = comparing.compared(session, round_, used.code)
            for org_id, change in comparison.scores.items():
                if change.score is not None:
                    found[org_id] = change.score.verdict.value
    return found


def _line(
    candidate: Candidate,
    each: Measured,
    made: Composite,
    star: Star,
    conduct: Conduct,
    place: Rank | None,
    change: str,
    rules: RuleSet,
) -> RatingLine:
    figures = each.figures
    assert figures is not None  # noqa: S101 - only what residents were asked about is measured
    stored: dict[str, Any] = asdict(made) | {"conduct": asdict(conduct)}
    return RatingLine(
        org_id=candidate.org_id,
        composite=stored,
        place=asdict(place) if place else None,
        final=made.final,
        se=made.se,
        satisfaction=candidate.satisfaction,
        n=figures.n,
        is_rankable=candidate.is_rankable,
        last=candidate.last,
        star_proposed=star.star,
        reasons=[reason.value for reason in star.reasons],
        is_borderline=star.is_borderline,
        is_lagging=star.is_lagging,
        change=change,
        contradictions=sentences_of(source_lines(figures, each.judged, rules)),
    )
