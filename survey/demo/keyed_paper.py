"""A bag of paper ballots that two people have keyed, not quite alike."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from survey.accounts.policy import OPERATOR
from survey.campaigns.models import Round
from survey.collection import keying, keying_batches, points
from survey.collection.keying import Ballot
from survey.demo.people import actor
from survey.demo.residents import Values, fill
from survey.web.keying import validate_paper
from survey.web.platform import Platform

BRANCH = "B002"
ISSUED, RETURNED = 8, 6
MISREAD, ITEM = 4, "A13"


def key(session: Session, platform: Platform, round_: Round, *, now: datetime) -> None:
    """Key a batch twice, with one tick read in two ways; settling it is left to a third person."""
    point = next(
        each for each in points.list_points(session, OPERATOR, round_) if each.org_id == BRANCH
    )
    unit, office = actor(session, "qingyu"), actor(session, "quban")
    batch = keying_batches.register(
        session,
        platform.keystore,
        unit,
        round_,
        point.code,
        label="1号袋",
        issued=ISSUED,
        returned=RETURNED,
        spoilt=0,
        now=now,
    )
    questionnaire, mark = points.questionnaire_of(session, point), keying_batches.mark_of(point)
    for person in (unit, office):
        keying.begin(session, person, round_, batch.id, mark, now=now)
        for place in range(1, RETURNED + 1):
            values = fill(questionnaire, point.org_id, place)
            if place == MISREAD and person is office:
                values[ITEM] = "1" if values[ITEM] != "1" else "2"
            keying.put_ballot(
                session,
                platform.keystore,
                person,
                round_,
                batch.id,
                place,
                Ballot(_fields(values)),
                validate_paper,
                now=now,
            )
        keying.finish(session, person, round_, batch.id, now=now)


def _fields(values: Values) -> dict[str, tuple[str, ...]]:
    return {
        code: (value,) if isinstance(value, str) else value
        for code, value in values.items()
        if value
    }
