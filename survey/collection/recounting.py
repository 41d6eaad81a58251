"""Count the answers of an opened round again under other rules; nothing is stored."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter

from sqlalchemy import select
from sqlalchemy.orm import Session

from reports.rules import RuleSet
from reports.tally import TargetTally
from survey.campaigns import ruling
from survey.campaigns.models import Round
from survey.collection import points, releases
from survey.collection.counting import ballot_of, count
from survey.collection.models import Box, Response


def counts_under(session: Session, round_: Round, rules: RuleSet) -> dict[int, TargetTally]:
    """Return the counts of a round by point as `rules` would have made them at the opening.

    What was counted then is taken where the counting asks for nothing that differs.
    """
    if _counted_by(rules) == _counted_by(ruling.rules_of(round_)):
        return releases.counts_of(session, round_.id)
    views = points.points_of(session, round_.id)
    boxes = select(Box.id).where(Box.round_id == round_.id)
    query = (
        select(Response.point_id, Response.answers, Response.flags)
        .where(Response.box_id.in_(boxes))
        .order_by(Response.point_id)
    )
    return {
        point_id: count(
            points.questionnaire_of(session, views[point_id]),
            rules,
            [ballot_of(answers, flags) for _, answers, flags in rows],
        )
        for point_id, rows in groupby(session.execute(query), key=itemgetter(0))
    }


def _counted_by(rules: RuleSet) -> tuple[object, ...]:
    """Return what of a rule set the counting itself looks at."""
    return (
        rules.points_preset,
        rules.points,
        rules.suspects_excluded,
        rules.breakdown_scales,
        {code: form.mass for code, form in rules.forms.items()},
    )
