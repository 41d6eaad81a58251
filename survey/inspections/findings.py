"""What inspectors found wanting and leaders named as problems, as rectification items."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Item, ItemKind, Questionnaire
from forms.expressions import Value
from reports.checklist import CheckPoint, score_checklist
from reports.findings import Finding, Source
from survey.campaigns.models import Round
from survey.inspections.assigned import Assigned
from survey.inspections.models import Inspection, InspectionPhoto
from survey.inspections.refusals import AnswersRefused
from survey.rectification.calendar import load_calendar
from survey.rectification.item import EvidenceKind
from survey.rectification.models import Evidence, RectificationItem
from survey.rectification.opening import OpenedItems, open_items
from survey.rectification.service import MAX_WORKDAYS
from survey.rectification.states import DEFAULT_WORKDAYS
from survey.rectification.states import Source as ItemSource
from survey.rectification.workdays import local_date, workdays_between

PROBLEM_CHARS = 300
FARTHEST = timedelta(2 * MAX_WORKDAYS)
WANTING = {0.0: "不符合"}
PARTLY = "部分符合"


def open_from_inspection(
    session: Session, assigned: Assigned, inspection: Inspection, *, now: datetime
) -> OpenedItems:
    """Make an item of every check point that is not met, due when the inspectors said.

    The photographs go with the items, as what it looked like before (domain.md 4.1, 4.7).
    """
    form = assigned.form
    result = score_checklist(form.questionnaire, inspection.answers)
    limit = _limit(session, assigned, inspection, now)
    found = [
        Finding(Source.SPOT_CHECK, point.item.code, _problem(point), limit)
        for point in result.wanting
    ]
    opened = _open(session, form.round, assigned.org.id, found, inspection.id, now)
    _attach(session, assigned, result.wanting, now)
    return opened


def open_from_review(
    session: Session, round_: Round, org_id: str, problems: Sequence[str], *, now: datetime
) -> OpenedItems:
    """Make an item of every problem that a leader named; the same words twice are one item."""
    limit = DEFAULT_WORKDAYS[ItemSource.LEADER_REVIEW]
    found = []
    for problem in problems:
        mark = hashlib.sha256(problem.encode()).hexdigest()[:12]
        text = f"领导点评指出：{problem}"[:PROBLEM_CHARS]
        found.append(Finding(Source.LEADER_REVIEW, f"review-{mark}", text, limit))
    return _open(session, round_, org_id, found, "review", now)


def _open(
    session: Session,
    round_: Round,
    org_id: str,
    found: Sequence[Finding],
    cause: str,
    now: datetime,
) -> OpenedItems:
    if not found:
        return OpenedItems((), ())
    return open_items(
        session, round_, {org_id: found}, now=now, cause=f"{round_.code} {org_id} {cause}"[:120]
    )


def _limit(session: Session, assigned: Assigned, inspection: Inspection, now: datetime) -> int:
    """Return the working days that the inspectors gave; at least one, ten where they gave none."""
    due = due_date(assigned.form.questionnaire, inspection.answers)
    if due is None:
        return DEFAULT_WORKDAYS[ItemSource.SPOT_CHECK]
    today = local_date(now)
    if due > today + FARTHEST:
        return MAX_WORKDAYS
    days = workdays_between(load_calendar(session), today, due)
    return min(max(1, days), MAX_WORKDAYS)


def require_limit(
    session: Session, questionnaire: Questionnaire, answers: Mapping[str, Value], *, now: datetime
) -> None:
    """Refuse a day that is further off than an item may last.

    Raises:
        AnswersRefused: it is.
    """
    today = local_date(now)
    for item in questionnaire.items:
        due = _day_of(item, answers)
        if due is None or due <= today:
            continue
        # No item lasts so many days, and counting those up to the year 9999 takes its time.
        is_far = due > today + FARTHEST
        if is_far or workdays_between(load_calendar(session), today, due) > MAX_WORKDAYS:
            raise AnswersRefused(
                {item.code: f"整改期限最多{MAX_WORKDAYS}个工作日，请写早一点的日子"}
            )


def due_date(questionnaire: Questionnaire, answers: Mapping[str, Value]) -> date | None:
    """Return until when the inspectors asked for things to be put right, if they did."""
    days = (_day_of(item, answers) for item in questionnaire.items)
    return next((day for day in days if day is not None), None)


def _day_of(item: Item, answers: Mapping[str, Value]) -> date | None:
    value = answers.get(item.code)
    is_day = item.kind is ItemKind.DATE and isinstance(value, str)
    return date.fromisoformat(str(value)) if is_day else None


def _problem(point: CheckPoint) -> str:
    word = WANTING.get(point.share or 0.0, PARTLY)
    label = point.item.label.to("zh")
    text = f"检查发现{word}：{label}"
    return (f"{text}。{point.description}" if point.description else text)[:PROBLEM_CHARS]


def _attach(
    session: Session, assigned: Assigned, points: Sequence[CheckPoint], now: datetime
) -> None:
    """Add the photographs of the points to their items; a file that is there already stays one."""
    for point in points:
        if not point.photo:
            continue
        photo = session.scalar(
            select(InspectionPhoto).where(
                InspectionPhoto.task_id == assigned.task.id,
                InspectionPhoto.item_code == f"{point.item.code}_p",
                InspectionPhoto.digest == point.photo,
            )
        )
        item = session.scalar(
            select(RectificationItem)
            .where(
                RectificationItem.org_id == assigned.org.id,
                RectificationItem.source_ref == point.item.code,
            )
            .order_by(RectificationItem.id.desc())
            .limit(1)
        )
        if photo is None or item is None:
            continue
        if any(file.digest == photo.digest for file in item.evidence):
            continue
        item.evidence.append(
            Evidence(
                kind=EvidenceKind.BEFORE.value,
                digest=photo.digest,
                file_name="检查照片.jpg",
                media_type=photo.media_type,
                size=photo.size,
                caption=point.item.label.to("zh")[:100],
                uploaded_by=photo.uploaded_by,
                uploaded_at=now,
            )
        )
    session.flush()
