"""Hand in inspections, confirm them by the second inspector, and decide on vetoes."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forms.cleaning import clean
from forms.definition import Questionnaire
from forms.expressions import Value
from reports.checklist import ChecklistScore, score_checklist
from survey.accounts.policy import Action, Actor, may, require
from survey.audit import service as audit
from survey.inspections import findings
from survey.inspections.assigned import (
    Assigned,
    find_assigned,
    load_assigned,
    no_such_task,
    require_open,
)
from survey.inspections.models import (
    Inspection,
    InspectionAct,
    InspectionEvent,
    InspectionState,
)
from survey.inspections.photos import require_photos
from survey.inspections.refusals import (
    AlreadySettled,
    NotYours,
    ReasonMissing,
    TaskDone,
)
from survey.inspections.rounds import signature_item

INSPECTION_ID = re.compile(r"[A-Za-z0-9_-]{22,64}")
"""What a phone calls its inspection; random, so that no two phones choose the same."""

NOTE_CHARS = 500


@dataclass(frozen=True)
class Handed:
    """An inspection is stored; `already` when an earlier sending did it."""

    inspection: Inspection
    already: bool


def submit(
    session: Session,
    actor: Actor,
    task_id: int,
    inspection_id: str,
    values: Mapping[str, Value],
    *,
    now: datetime,
) -> Handed:
    """Hand in a filled-in checklist, once for each `inspection_id`.

    Args:
        session: flushed here, committed by the caller.
        actor: one of the two inspectors of the task.
        task_id: the task.
        inspection_id: made on the phone; sending again with the same one stores nothing more.
        values: valid answers; those to pictures are the digests of photographs taken in before.
        now: aware.

    Raises:
        NotFound: the actor has no such task.
        NotInFieldwork: the round takes nothing now.
        TaskDone: another checklist of this task is there already.
        PhotoMissing: a photograph that is named has not arrived.
        AnswersRefused: the day until which things are to be put right is too far off.
    """
    assigned = find_assigned(session, actor, task_id)
    questionnaire = assigned.form.questionnaire
    answers = _signed(questionnaire, values, assigned)
    digest = digest_of(answers)
    if not INSPECTION_ID.fullmatch(inspection_id):
        raise no_such_task()
    earlier = session.get(Inspection, inspection_id)
    if earlier is not None:
        if (earlier.task_id, earlier.digest) != (task_id, digest):
            raise TaskDone
        return Handed(earlier, already=True)
    require_open(assigned, now)
    require_photos(session, assigned, questionnaire, answers)
    findings.require_limit(session, questionnaire, answers, now=now)
    result = score_checklist(questionnaire, answers)
    inspection = Inspection(
        id=inspection_id,
        task_id=task_id,
        answers=answers,
        digest=digest,
        got=result.got,
        base=result.base,
        score=result.score,
        has_veto=result.has_veto,
        state=InspectionState.SUBMITTED,
        submitted_by=actor.account_id,
        submitted_at=now,
    )
    try:
        with session.begin_nested():
            session.add(inspection)
    except IntegrityError:
        raise TaskDone from None
    _add_event(session, inspection, assigned, actor, InspectionAct.SUBMIT, now)
    return Handed(inspection, already=False)


def confirm(session: Session, actor: Actor, inspection_id: str, *, now: datetime) -> Inspection:
    """Confirm an inspection as the second of the pair; what was found wanting becomes items.

    Raises:
        NotFound: the actor is none of the pair.
        NotYours: the actor handed it in.
        AlreadySettled: it was confirmed or sent back before.
    """
    inspection, assigned = _for_second(session, actor, inspection_id)
    inspection.state = InspectionState.CONFIRMED
    _add_event(session, inspection, assigned, actor, InspectionAct.CONFIRM, now)
    findings.open_from_inspection(session, assigned, inspection, now=now)
    return inspection


def send_back(
    session: Session, actor: Actor, inspection_id: str, note: str, *, now: datetime
) -> Inspection:
    """Send an inspection back as the second of the pair; it stays on record, and a new one follows.

    Raises:
        NotFound, NotYours, AlreadySettled: as in `confirm`.
        ReasonMissing: there is no word about what is wrong.
    """
    inspection, assigned = _for_second(session, actor, inspection_id)
    reason = _reason(note, "退回要写明哪里不对")
    inspection.state = InspectionState.RETURNED
    _add_event(session, inspection, assigned, actor, InspectionAct.RETURN, now, reason)
    return inspection


def decide_veto(
    session: Session, actor: Actor, inspection_id: str, uphold: bool, reason: str, *, now: datetime
) -> Inspection:
    """Decide for the district whether a veto situation holds; the score stays as it is.

    Raises:
        NotFound: the actor sees no such inspection.
        NotAllowed: the decision belongs to the district.
        AlreadySettled: there is no veto, it waits for the second inspector, or it was decided.
        ReasonMissing: there is no word why.
    """
    inspection = session.get(Inspection, inspection_id)
    if inspection is None:
        raise no_such_task()
    assigned = load_assigned(session, inspection.task_id)
    require(actor, Action.DECIDE_VETOES, assigned.org.path)
    if not inspection.has_veto or inspection.state != InspectionState.CONFIRMED:
        raise AlreadySettled("没有要认定的否决情形", "There is no veto to decide on")
    if veto_decision(inspection) is not None:
        raise AlreadySettled("这个否决情形已经认定过", "The veto has been decided before")
    act = InspectionAct.UPHOLD_VETO if uphold else InspectionAct.DISMISS_VETO
    told = _reason(reason, "认定要写明理由")
    _add_event(session, inspection, assigned, actor, act, now, told)
    return inspection


def veto_decision(inspection: Inspection) -> InspectionEvent | None:
    """Return how the district decided on a veto, or None while it has not."""
    decided = (InspectionAct.UPHOLD_VETO, InspectionAct.DISMISS_VETO)
    return next((event for event in inspection.events if event.act in decided), None)


def may_see(actor: Actor, assigned: Assigned, inspection: Inspection) -> bool:
    """Whether `actor` may read an inspection: the pair always, others once it is confirmed."""
    if actor.account_id is not None and actor.account_id in (
        assigned.task.first_id,
        assigned.task.second_id,
    ):
        return True
    is_final = inspection.state == InspectionState.CONFIRMED
    return is_final and may(actor, Action.SEE_INSPECTIONS, assigned.org.path)


def find(session: Session, actor: Actor, inspection_id: str) -> tuple[Inspection, Assigned]:
    """Return an inspection that `actor` may read.

    Raises:
        NotFound: there is none, or it is not theirs to see yet.
    """
    inspection = session.get(Inspection, inspection_id[:64].replace("\0", ""))
    if inspection is not None:
        assigned = load_assigned(session, inspection.task_id)
        if may_see(actor, assigned, inspection):
            return inspection, assigned
    raise no_such_task()


def result_of(assigned: Assigned, inspection: Inspection) -> ChecklistScore:
    """Return what an inspection comes to, point by point."""
    return score_checklist(assigned.form.questionnaire, inspection.answers)


def digest_of(answers: Mapping[str, object]) -> str:
    """Return the SHA-256 of answers, the same for the same answers."""
    text = json.dumps(answers, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _signed(
    questionnaire: Questionnaire, values: Mapping[str, Value], assigned: Assigned
) -> dict[str, Any]:
    """Return the answers as they are stored, with the pair's names where the form asks for them."""
    answers: dict[str, Any] = {
        code: list(value) if isinstance(value, tuple) else value
        for code, value in values.items()
        if value is not None
    }
    item = signature_item(questionnaire)
    if item is not None:
        pair = (assigned.first, assigned.second)
        answers[item.code] = "、".join(f"{each.display_name}（{each.name}）" for each in pair)
    return answers


def _for_second(session: Session, actor: Actor, inspection_id: str) -> tuple[Inspection, Assigned]:
    query = select(Inspection).where(Inspection.id == inspection_id[:64].replace("\0", ""))
    inspection = session.scalar(query.with_for_update())
    if inspection is None:
        raise no_such_task()
    assigned = find_assigned(session, actor, inspection.task_id)
    if inspection.state != InspectionState.SUBMITTED:
        raise AlreadySettled("这份检查表已经办过了", "This checklist has been settled already")
    if inspection.submitted_by == actor.account_id:
        raise NotYours(
            "自己交的要由同伴确认，请让同伴登录", "The other inspector confirms what you sent"
        )
    return inspection, assigned


def _reason(text: str, zh: str) -> str:
    reason = clean(text).strip()
    if not reason:
        raise ReasonMissing(zh, "Give a reason")
    if len(reason) > NOTE_CHARS:
        raise ReasonMissing(
            f"超出{len(reason) - NOTE_CHARS}字，请删短一点", f"At most {NOTE_CHARS} characters"
        )
    return reason


def _add_event(
    session: Session,
    inspection: Inspection,
    assigned: Assigned,
    actor: Actor,
    act: InspectionAct,
    now: datetime,
    note: str = "",
) -> None:
    inspection.events.append(
        InspectionEvent(
            at=now, actor=actor.name, actor_name=actor.display_name, act=act.value, note=note
        )
    )
    session.flush()
    audit.record(
        session,
        actor=actor.name,
        act=f"inspection.{act}",
        subject=f"{assigned.form.round.code} {assigned.org.id}",
        now=now,
        inspection=inspection.id,
        digest=inspection.digest,
    )
