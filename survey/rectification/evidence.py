"""Evidence of an item: who may add a file, and who may look at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from forms.cleaning import clean
from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.errors import NotAllowed, NotFound
from survey.rectification import evidence_files
from survey.rectification.item import EvidenceKind
from survey.rectification.loading import find
from survey.rectification.models import Evidence
from survey.rectification.refusals import EvidenceRefused
from survey.rectification.rules import upload_refused

MAX_FILES = 40
CAPTION_CHARS = 100
KIND_LABELS: dict[EvidenceKind, str] = {
    EvidenceKind.BEFORE: "整改前",
    EvidenceKind.AFTER: "整改后",
    EvidenceKind.DOCUMENT: "材料",
}


@dataclass(frozen=True)
class EvidenceContent:
    """A file to hand out; it is always sent as an attachment or as the picture it says it is."""

    content: bytes
    media_type: str
    file_name: str


def add_evidence(
    session: Session,
    actor: Actor,
    number: str,
    data: bytes,
    file_name: str,
    *,
    folder: Path,
    now: datetime,
    kind: EvidenceKind = EvidenceKind.DOCUMENT,
    caption: str = "",
) -> Evidence:
    """Add a file to the item `number`, stored in `folder`.

    The same file twice stays one, with the time of the first: it proves no later work.

    Raises:
        NotFound: there is no such item within what the actor sees.
        NotYourStep, SamePerson, NotInState: the actor may not add this now.
        EvidenceRefused: the file is not taken, or there are too many.
    """
    found = find(session, actor, number, lock=True)
    refusal = upload_refused(found.view, actor, kind)
    if refusal:
        raise refusal
    caption = clean(caption).strip()
    if len(caption) > CAPTION_CHARS:
        raise EvidenceRefused(
            f"说明超出{len(caption) - CAPTION_CHARS}字，请删短一点", "The caption is too long"
        )
    stored = evidence_files.store(folder, data, file_name)
    for known in found.row.evidence:
        if (known.digest, known.kind) == (stored.digest, kind.value):
            return known
    if len(found.row.evidence) >= MAX_FILES:
        raise EvidenceRefused(
            f"一件最多{MAX_FILES}份材料", f"At most {MAX_FILES} files for an item"
        )
    file = Evidence(
        kind=kind.value,
        digest=stored.digest,
        file_name=stored.file_name,
        media_type=stored.media_type,
        size=stored.size,
        taken_at=stored.taken.at,
        latitude=stored.taken.latitude,
        longitude=stored.taken.longitude,
        caption=caption,
        uploaded_by=actor.name,
        uploaded_at=now,
    )
    found.row.evidence.append(file)
    flag_modified(found.row, "state")
    session.flush()
    audit.record(
        session,
        actor=actor.name,
        act="rectification.add_evidence",
        subject=number,
        now=now,
        kind=kind.value,
        digest=stored.digest,
        bytes=stored.size,
    )
    return file


def open_evidence(
    session: Session, actor: Actor, number: str, evidence_id: int, *, folder: Path
) -> EvidenceContent:
    """Return a file of the item `number`.

    Raises:
        NotFound: there is no such item or file within what the actor sees.
        EvidenceDamaged: the stored file is gone or changed.
    """
    item = find(session, actor, number).row
    query = select(Evidence).where(Evidence.id == evidence_id, Evidence.item_id == item.id)
    file = session.scalar(query)
    if file is None:
        raise NotFound("没有找到这份材料", "There is no such file")
    return content_of(file, folder=folder)


def content_of(file: Evidence, *, folder: Path) -> EvidenceContent:
    """Return a file to hand out to somebody who may see it.

    Raises:
        EvidenceDamaged: the stored file is gone or changed.
    """
    content = evidence_files.read(folder, file.digest)
    return EvidenceContent(content, file.media_type, file.file_name)


def show_to_all(
    session: Session, actor: Actor, number: str, evidence_id: int, *, shown: bool, now: datetime
) -> Evidence:
    """Let everybody see a picture of an item, or nobody but staff again.

    Raises:
        NotFound: there is no such item or file within what the actor sees.
        NotAllowed: it is not the actor's to decide, or the actor added the picture.
        EvidenceRefused: the file is no picture of before or after.
    """
    found = find(session, actor, number, lock=True)
    require(actor, Action.CHECK_ITEMS, found.owner.path)
    file = next((file for file in found.row.evidence if file.id == evidence_id), None)
    if file is None:
        raise NotFound("没有找到这份材料", "There is no such file")
    if file.kind == EvidenceKind.DOCUMENT or not file.media_type.startswith("image/"):
        raise EvidenceRefused(
            "只能公开整改前后的照片", "Only pictures of before and after can be shown to everybody"
        )
    if shown and file.uploaded_by == actor.name:
        raise NotAllowed(
            "照片是您传的，要由另一个人看过才能公开",
            "You added this picture; somebody else must look at it first",
        )
    if file.is_public != shown:
        file.is_public = shown
        flag_modified(found.row, "state")
        session.flush()
        audit.record(
            session,
            actor=actor.name,
            act="rectification.show_evidence" if shown else "rectification.hide_evidence",
            subject=number,
            now=now,
            digest=file.digest,
        )
    return file
