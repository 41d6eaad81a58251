"""Figures of an opened round as other rules would have made them: never stored, never released."""

from __future__ import annotations

from sqlalchemy.orm import Session

from reports.disclosure import release
from reports.figures import Audience, Figures
from reports.rules import RuleSet
from reports.tally import TargetTally
from survey.campaigns.models import Round
from survey.collection import points, recounting
from survey.results import service as results


def figures_under(
    session: Session, round_: Round, questionnaire_code: str, rules: RuleSet
) -> tuple[Figures, ...]:
    """Return what the office would see of a questionnaire under `rules`, suppression included.

    Rows of patterns are left out: only objects and what they add up to are compared.

    Raises:
        ResultsSealed: a box is still closed.
        NotFound: the round does not use the questionnaire.
    """
    inputs = results.inputs_of(session, round_, questionnaire_code)
    counts = recounting.counts_under(session, round_, rules)
    by_place = {
        (view.org_id, view.item): counts.get(point_id, TargetTally())
        for point_id, view in points.points_of(session, round_.id).items()
        if view.questionnaire_code == questionnaire_code
    }
    again = [(target, by_place[target.org_id, target.item]) for target, _ in inputs]
    questionnaire = results.used_questionnaire(session, round_, questionnaire_code)
    places = results.places_of(session)
    return release(questionnaire, again, rules, Audience.INTERNAL, places)
