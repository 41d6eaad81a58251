"""What a secretary speaks to 述职材料: figures as released, all else as it stands today."""

from __future__ import annotations

from sqlalchemy import select

from reports.comparison import gaps
from reports.duty_report import Duty, DutyItem, compile_duty
from reports.figures import Audience
from reports.parts import EvaluationReport
from survey.accounts.policy import Action
from survey.org import queries as organisations
from survey.org.models import Organisation
from survey.publication import companions, reports
from survey.publication.companions import View
from survey.publication.document_kind import Asked, DocumentKind, Kind, Listed
from survey.rectification.calendar import load_calendar
from survey.rectification.models import RectificationItem
from survey.rectification.states import (
    LOOKS,
    SETTLED_STATES,
    SOURCE_LABELS,
    Source,
    State,
)
from survey.rectification.workdays import Tone, item_deadline, local_date
from survey.results import service as results


def _listed(asked: Asked) -> list[Listed]:
    found = reports.reportables(asked.session, asked.actor, asked.round)
    return [Listed(each.org_id, each.org_name, each.unit_id) for each in found]


def _compiled(asked: Asked, org_id: str) -> EvaluationReport:
    session, round_ = asked.session, asked.round
    org = organisations.get_visible(session, asked.actor, Action.SEE_REPORTS, org_id)
    material = reports.material_of(
        session, round_, org, zone=asked.zone, audience=Audience.INTERNAL
    )
    view = View(session, round_, Audience.INTERNAL)
    code = material.figures.questionnaire
    released = [f for f in companions.figures_of(view, code) if f.roll_up is None]
    target = results.rules_of(round_).target_score
    earlier = companions.comparison_of(view, code).earlier
    found = gaps(released, earlier, {org_id: target} if target else {})
    rating = companions.settled_rating(session, round_)
    line = next((each for each in rating.lines if each.org_id == org_id), None) if rating else None
    return compile_duty(
        Duty(
            material,
            found.get(org_id),
            final=line.final if line else None,
            parts={p["component"]: p["score"] for p in line.composite["parts"]} if line else {},
            star=line.star if line else None,
            last=line.last if line else None,
            rating=rating.title if rating else "",
            items=_items(asked, org),
        )
    )


def _items(asked: Asked, org: Organisation) -> tuple[DutyItem, ...]:
    """Return the object's items, open ones first, as they stand today."""
    calendar, today = load_calendar(asked.session), local_date(asked.now)
    query = (
        select(RectificationItem)
        .where(RectificationItem.org_id == org.id, RectificationItem.state != State.VOID.value)
        .order_by(RectificationItem.due_on, RectificationItem.number)
    )
    found = []
    for item in asked.session.scalars(query):
        state = State(item.state)
        limit = item_deadline(
            calendar, state, due_on=item.due_on, stage_on=item.stage_on, today=today
        )
        found.append(
            DutyItem(
                item.number,
                item.problem,
                SOURCE_LABELS[Source(item.source)],
                LOOKS[state].label,
                f"{item.due_on.month}月{item.due_on.day}日",
                state not in SETTLED_STATES,
                limit.tone is Tone.LATE,
            )
        )
    return tuple(sorted(found, key=lambda item: not item.is_open))


KINDS = (
    DocumentKind(
        Kind.DUTY_REPORT, "述职评议材料", _listed, _compiled, audiences=(Audience.INTERNAL,)
    ),
)
