"""What stands on the posters of a round: one line of facts for each collection point."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Actor
from survey.campaigns.models import Round
from survey.collection.points import list_points, questionnaire_of
from survey.collection.posters import PosterPoint

MOMENT = timedelta(microseconds=1)


def poster_points(
    session: Session,
    actor: Actor,
    round_: Round,
    *,
    base_url: str,
    zone: ZoneInfo,
    org_id: str | None = None,
) -> list[PosterPoint]:
    """Return a poster for every point that `actor` may print, or for those of one organisation.

    `base_url` is what phones reach the platform by; the last day of the round is in `zone`.
    """
    points = list_points(session, actor, round_, action=Action.PRINT_POSTERS, org_id=org_id)
    return [
        PosterPoint(
            org_name=point.org_name,
            short_name=point.org_short_name,
            form_title=questionnaire_of(session, point).title.to("zh"),
            url=f"{base_url}/q/{point.code}",
            code=point.code,
            closes_on=(point.closes_at - MOMENT).astimezone(zone).date(),
            organiser=point.facts["organiser"],
        )
        for point in points
    ]
