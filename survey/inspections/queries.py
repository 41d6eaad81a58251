"""Read inspections and reviews: one's own work, what is known of an object, scores for reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from reports.checklist import score_checklist
from survey.accounts.models import Account
from survey.accounts.policy import Action, Actor, may
from survey.campaigns.models import Round
from survey.inspections.models import (
    Inspection,
    InspectionAct,
    InspectionState,
    InspectionTask,
    LeaderReview,
)
from survey.inspections.reviews import reviews_of
from survey.inspections.rounds import FormKind, named_forms
from survey.inspections.service import veto_decision
from survey.org import queries as org_queries
from survey.org.models import Organisation
from survey.rectification.workdays import local_date


class Stage(StrEnum):
    """How far a task has come."""

    TODO = "todo"
    RETURNED = "returned"
    WAITING = "waiting"
    DONE = "done"


class Veto(StrEnum):
    """What became of a veto situation."""

    NONE = "none"
    PENDING = "pending"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


@dataclass(frozen=True)
class TaskRow:
    """A task as lists print it.

    `inspection` is the one that stands, or the last one that was sent back. `is_mine_to_confirm`
    says that the reader is the one whom it waits for.
    """

    task: InspectionTask
    round: Round
    org: Organisation
    first: str
    second: str
    stage: Stage
    inspection: Inspection | None
    veto: Veto
    is_mine_to_confirm: bool


@dataclass(frozen=True)
class SourceScore:
    """What one source says of one object in one round, for reports that set sources side by side.

    Attributes:
        source: "inspection" or "leader".
        score: 0–100, not rounded; for leaders the mean of their reviews.
        n: confirmed inspections, or leaders.
        on: the day of the last confirmation or signature, in Chinese time.
        items: 0–100 by item code: share of the points of a check point, or a leader's mean.
        veto: whether the district holds up a veto situation.
    """

    org_id: str
    source: str
    score: float
    n: int
    on: date
    items: Mapping[str, float]
    veto: Veto = Veto.NONE


def my_tasks(session: Session, actor: Actor) -> list[TaskRow]:
    """Return the tasks of one inspector: first what is to be done, by the day it is due."""
    if actor.account_id is None:
        return []
    mine = (InspectionTask.first_id == actor.account_id) | (
        InspectionTask.second_id == actor.account_id
    )
    rows = [_row(session, actor, *found) for found in session.execute(_tasks().where(mine))]
    order = list(Stage)
    return sorted(rows, key=lambda row: (order.index(row.stage), row.task.due_on, row.org.id))


def all_tasks(session: Session, actor: Actor) -> list[TaskRow]:
    """Return the tasks whose results `actor` may see, the latest round first.

    Who assigns sees every task; others see an object's once it has been confirmed.
    """
    inside = org_queries.within(actor, Action.SEE_INSPECTIONS)
    rows = [_row(session, actor, *found) for found in session.execute(_tasks().where(inside))]
    return [
        row
        for row in rows
        if row.stage is Stage.DONE or may(actor, Action.ASSIGN_INSPECTIONS, row.org.path)
    ]


def veto_of(inspection: Inspection) -> Veto:
    """Return what became of the veto situation of an inspection, if it found one."""
    if not inspection.has_veto:
        return Veto.NONE
    decided = veto_decision(inspection)
    if decided is None:
        return Veto.PENDING
    return Veto.UPHELD if decided.act == InspectionAct.UPHOLD_VETO else Veto.DISMISSED


def inspection_scores(
    session: Session, round_: Round, *, until: datetime | None = None
) -> list[SourceScore]:
    """Return the score of every object of a round with a confirmed inspection, made by `until`."""
    scores = []
    for form in named_forms(session, FormKind.INSPECTION, round_):
        query = (
            select(Inspection, InspectionTask)
            .join(InspectionTask, InspectionTask.id == Inspection.task_id)
            .where(
                InspectionTask.round_questionnaire_id == form.used.id,
                Inspection.state == InspectionState.CONFIRMED,
            )
            .order_by(InspectionTask.org_id)
        )
        if until is not None:
            query = query.where(Inspection.submitted_at <= until)
        for inspection, task in session.execute(query):
            result = score_checklist(form.questionnaire, inspection.answers)
            if result.score is None:
                continue
            items = {p.item.code: 100 * p.share for p in result.points if p.share is not None}
            scores.append(
                SourceScore(
                    org_id=task.org_id,
                    source="inspection",
                    score=result.score,
                    n=1,
                    on=local_date(_confirmed_at(inspection)),
                    items=items,
                    veto=veto_of(inspection),
                )
            )
    return scores


def leader_scores(session: Session, round_: Round) -> list[SourceScore]:
    """Return the mean review of every object of a round that a leader has reviewed."""
    scores = []
    for form in named_forms(session, FormKind.REVIEW, round_):
        graded = [item.code for item in form.questionnaire.items if item.dimension == "leader"]
        for org_id in _reviewed(session, form.used.id):
            found = reviews_of(session, form, org_id)
            items = {}
            for code in graded:
                given = [float(str(r.answers[code])) for r in found if code in r.answers]
                if given:
                    items[code] = sum(given) / len(given)
            scores.append(
                SourceScore(
                    org_id=org_id,
                    source="leader",
                    score=sum(review.score for review in found) / len(found),
                    n=len(found),
                    on=local_date(max(review.signed_at for review in found)),
                    items=items,
                )
            )
    return scores


def _reviewed(session: Session, used_id: int) -> list[str]:
    query = (
        select(LeaderReview.org_id)
        .where(LeaderReview.round_questionnaire_id == used_id)
        .distinct()
        .order_by(LeaderReview.org_id)
    )
    return list(session.scalars(query))


def _tasks() -> Select[InspectionTask, Round, Organisation]:
    return (
        select(InspectionTask, Round, Organisation)
        .join(Round, Round.id == InspectionTask.round_id)
        .join(Organisation, Organisation.id == InspectionTask.org_id)
        .order_by(Round.opens_at.desc(), InspectionTask.due_on, Organisation.id)
    )


def _row(
    session: Session, actor: Actor, task: InspectionTask, round_: Round, org: Organisation
) -> TaskRow:
    latest = session.scalar(
        select(Inspection)
        .where(Inspection.task_id == task.id)
        .order_by(Inspection.state == InspectionState.RETURNED, Inspection.submitted_at.desc())
        .limit(1)
    )
    stages = {
        InspectionState.SUBMITTED: Stage.WAITING,
        InspectionState.CONFIRMED: Stage.DONE,
        InspectionState.RETURNED: Stage.RETURNED,
    }
    stage = stages[InspectionState(latest.state)] if latest else Stage.TODO
    pair = {task.first_id, task.second_id}
    return TaskRow(
        task=task,
        round=round_,
        org=org,
        first=session.get_one(Account, task.first_id).display_name,
        second=session.get_one(Account, task.second_id).display_name,
        stage=stage,
        inspection=latest,
        veto=veto_of(latest) if latest else Veto.NONE,
        is_mine_to_confirm=stage is Stage.WAITING
        and latest is not None
        and actor.account_id in pair - {latest.submitted_by},
    )


def _confirmed_at(inspection: Inspection) -> datetime:
    confirmed = (e.at for e in inspection.events if e.act == InspectionAct.CONFIRM)
    return next(confirmed, inspection.submitted_at)
