"""Bad ratings of a day become an item of their window the next morning (domain.md 3.13, 12)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Questionnaire
from reports import tally
from reports.findings import Finding, Source
from survey.campaigns.models import Round
from survey.collection import points
from survey.collection.bad_rating import BAD_LEVELS, FORM, RATING, reference_of
from survey.collection.boxes import boxes_of
from survey.collection.models import Box, BoxKind, BoxState, StoredTally
from survey.rectification.opening import OpenedItems, open_items

LIMIT_WORKDAYS = 5
OPENED = (BoxState.OPENED, BoxState.KEY_DESTROYED)


def open_bad_ratings(session: Session, round_: Round, *, now: datetime) -> OpenedItems | None:
    """Make an item for every window and day with bad ratings; done again, nothing changes.

    One item for all of a day, with levels and reasons alone: no text, no case, no hour. Returns
    None where the round asks for no such ratings.
    """
    if all(used.code != FORM for used in round_.questionnaires):
        return None
    views = points.points_of(session, round_.id)
    found: dict[str, tuple[Finding, ...]] = {}
    for box in boxes_of(session, round_.id):
        if box.kind != BoxKind.DAY or box.state not in OPENED:
            continue
        for stored in session.scalars(select(StoredTally).where(StoredTally.box_id == box.id)):
            view = views[stored.point_id]
            if view.questionnaire_code != FORM:
                continue
            questionnaire = points.questionnaire_of(session, view)
            finding = _finding(questionnaire, box, tally.from_data(stored.data))
            if finding is not None:
                found[view.org_id] = (*found.get(view.org_id, ()), finding)
    return open_items(session, round_, found, now=now)


def _finding(questionnaire: Questionnaire, box: Box, counts: tally.TargetTally) -> Finding | None:
    ratings = counts.complete.items.get(RATING, {})
    levels = [(level, ratings.get(level, 0)) for level in BAD_LEVELS if ratings.get(level, 0)]
    if not levels:
        return None
    total = sum(number for _, number in levels)
    of_levels = "、".join(
        f"{_label(questionnaire, RATING, level)}{number}份" for level, number in levels
    )
    reasons = "、".join(
        f"{_label(questionnaire, item, code)}{number}次"
        for level, _ in levels
        for item in (BAD_LEVELS[level],)
        for code, number in counts.complete.items.get(item, {}).items()
        if code in {option.code for option in questionnaire.items_by_code[item].options}
    )
    text = f"{box.label}收到差评{total}份：{of_levels}" + (f"；原因：{reasons}" if reasons else "")
    return Finding(Source.HCP_BAD, reference_of(box.label), text, LIMIT_WORKDAYS, total)


def _label(questionnaire: Questionnaire, item_code: str, code: str) -> str:
    options = questionnaire.items_by_code[item_code].options
    return next((option.label.to("zh") for option in options if option.code == code), code)
