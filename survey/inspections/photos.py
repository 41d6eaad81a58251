"""Photographs taken for check points: drawn anew, stored by digest beside other evidence."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Questionnaire
from survey.accounts.policy import Actor
from survey.audit import service as audit
from survey.errors import NotFound
from survey.inspections.assigned import Assigned, find_assigned, require_open
from survey.inspections.models import InspectionPhoto
from survey.inspections.refusals import PhotoMissing
from survey.rectification import evidence_files
from survey.rectification.refusals import EvidenceRefused

MAX_PHOTOS = 60


def add_photo(
    session: Session,
    actor: Actor,
    task_id: int,
    item_code: str,
    data: bytes,
    *,
    folder: Path,
    now: datetime,
) -> InspectionPhoto:
    """Take in a photograph for one check point of a task; the same one twice stays one.

    Place, time and device that a camera writes into the file are gone (`evidence_files.store`).

    Raises:
        NotFound: the actor has no such task, or its checklist no such picture.
        NotInFieldwork: the round takes nothing now.
        EvidenceRefused: the file is no picture, or there are too many.
    """
    assigned = find_assigned(session, actor, task_id)
    require_open(assigned, now)
    if item_code not in {item.code for item in assigned.form.questionnaire.picture_items}:
        raise NotFound("检查表里没有这张照片的位置", "The checklist has no such picture")
    stored = evidence_files.store(folder, data, "照片")
    if not stored.media_type.startswith("image/"):
        raise EvidenceRefused("这里只收照片", "Only photographs are taken here")
    known = session.scalars(select(InspectionPhoto).where(InspectionPhoto.task_id == task_id)).all()
    for photo in known:
        if (photo.item_code, photo.digest) == (item_code, stored.digest):
            return photo
    if len(known) >= MAX_PHOTOS:
        raise EvidenceRefused(f"一次检查最多{MAX_PHOTOS}张照片", f"At most {MAX_PHOTOS} pictures")
    photo = InspectionPhoto(
        task_id=task_id,
        item_code=item_code,
        digest=stored.digest,
        media_type=stored.media_type,
        size=stored.size,
        uploaded_by=actor.name,
        uploaded_at=now,
    )
    session.add(photo)
    session.flush()
    audit.record(
        session,
        actor=actor.name,
        act="inspection.add_photo",
        subject=f"{assigned.form.round.code} {assigned.org.id}",
        now=now,
        item=item_code,
        digest=stored.digest,
        bytes=stored.size,
    )
    return photo


def require_photos(
    session: Session, assigned: Assigned, questionnaire: Questionnaire, answers: dict[str, object]
) -> None:
    """Refuse answers that name a photograph which has not been taken in for that very item.

    Raises:
        PhotoMissing: one has not arrived.
    """
    query = select(InspectionPhoto.item_code, InspectionPhoto.digest).where(
        InspectionPhoto.task_id == assigned.task.id
    )
    known = {(code, digest) for code, digest in session.execute(query)}
    for item in questionnaire.picture_items:
        named = answers.get(item.code)
        if named is not None and (item.code, named) not in known:
            raise PhotoMissing(
                f"“{item.label.to('zh')}”的照片还没有送到，请联网后再送一次",
                f"The picture {item.code} has not arrived; send it again",
            )
