"""Documents by the thousand: asked for at once, made by workers, one state for every file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from reports.figures import Audience
from reports.formats import Format
from survey.accounts.policy import Actor, require
from survey.audit import service as audit
from survey.campaigns.models import Round
from survey.db import affected
from survey.errors import SurveyError
from survey.jobs import service as jobs
from survey.jobs.models import Job, JobState
from survey.org.models import Organisation
from survey.publication import documents
from survey.publication.batch_standing import PRINT, SEE, get_batch, job_id_of, standing_of
from survey.publication.document_files import KEPT, PRINT_FORMAT
from survey.publication.document_kind import Asked, Kind
from survey.publication.models import BatchDocument, DocumentBatch, DocumentState

MAKE, COMBINE = "make_documents", "combine_documents"
CHUNK = 25
"""Files of one job: few enough that two workers share a batch and that a kill costs seconds."""


class NothingToMake(SurveyError):
    """No document fits what was asked for."""

    code = "NOTHING_TO_MAKE"

    def __init__(self) -> None:
        super().__init__(
            "没有符合这些条件的文件，请换种类、单位或读者再试",
            "No document fits that; choose other kinds, another unit or another audience",
        )


@dataclass(frozen=True)
class Wanted:
    """What somebody asks for.

    Attributes:
        kinds: of documents, in the order in which they are printed.
        formats: of each document.
        audience: for whom to read.
        unit_id: only what belongs to this unit; "" for all that the asker may have.
        is_combined: a print file of each unit as well.
    """

    kinds: tuple[Kind, ...]
    formats: tuple[Format, ...]
    audience: Audience = Audience.INTERNAL
    unit_id: str = ""
    is_combined: bool = False


@dataclass(frozen=True)
class Line:
    """One file to be made."""

    kind: str
    org_id: str
    unit_id: str
    org_name: str
    format: str


def planned(asked: Asked, wanted: Wanted, *, only: Sequence[str] = ()) -> list[Line]:
    """Return every file that `wanted` means, kind by kind; print files come last.

    Reads much, so it is called before the transaction in which `ask` writes. `only` names the
    organisations that are meant; without it, all are.

    Raises:
        NothingToMake: there is none.
        ResultsSealed: the round's box is still closed.
    """
    require(asked.actor, SEE)
    found = [
        (kind, each)
        for kind in wanted.kinds
        for each in documents.listed(asked, kind)
        if wanted.unit_id in ("", each.unit_id, each.org_id) and (not only or each.org_id in only)
    ]
    if not found or not wanted.formats:
        raise NothingToMake
    lines = [
        Line(kind.value, each.org_id, each.unit_id, each.org_name, format_.value)
        for kind, each in found
        for format_ in wanted.formats
    ]
    if wanted.is_combined:
        lines += _print_lines(asked.session, lines)
    return lines


def _print_lines(session: Session, lines: Sequence[Line]) -> list[Line]:
    """Return a print file for each unit, and one for what belongs to none."""
    groups = dict.fromkeys(
        line.unit_id or line.org_id for line in lines if line.format == PRINT_FORMAT
    )
    named = select(Organisation.id, Organisation.name).where(Organisation.id.in_(groups))
    names = {row.id: row.name for row in session.execute(named)}
    return [
        Line(PRINT, unit_id, unit_id, names.get(unit_id, unit_id), PRINT_FORMAT)
        for unit_id in groups
    ]


def ask(
    session: Session,
    actor: Actor,
    round_: Round,
    wanted: Wanted,
    lines: Sequence[Line],
    *,
    now: datetime,
) -> DocumentBatch:
    """Ask for documents; workers begin once the caller has committed.

    Args:
        session: flushed here, committed by the caller.
        actor: who asks, and whose rights hold while documents are made.
        round_: a round that was opened.
        wanted: what is asked for.
        lines: what `planned` returned for it.
        now: aware.
    """
    require(actor, SEE)
    batch = DocumentBatch(
        round_id=round_.id,
        audience=wanted.audience.value,
        kinds=[kind.value for kind in wanted.kinds],
        formats=[format_.value for format_ in wanted.formats],
        unit_id=wanted.unit_id,
        is_combined=wanted.is_combined,
        attempt=0,
        requested_by=actor.name,
        requested_at=now,
    )
    session.add(batch)
    session.flush()
    session.add_all(
        BatchDocument(
            batch_id=batch.id,
            place=place,
            kind=line.kind,
            org_id=line.org_id,
            unit_id=line.unit_id,
            org_name=line.org_name,
            format=line.format,
        )
        for place, line in enumerate(lines)
    )
    audit.record(
        session,
        actor=actor.name,
        act="documents.ask",
        subject=round_.code,
        now=now,
        batch=batch.id,
        audience=batch.audience,
        kinds=batch.kinds,
        formats=batch.formats,
        unit=batch.unit_id,
        files=len(lines),
    )
    _send(session, batch, now=now)
    return batch


def _send(session: Session, batch: DocumentBatch, *, now: datetime) -> None:
    """Ask the workers for what waits, as a new attempt."""
    session.flush()
    batch.attempt, batch.cancelled_at, batch.ended_at = batch.attempt + 1, None, None
    places = session.scalars(
        select(BatchDocument.place).where(
            BatchDocument.batch_id == batch.id,
            BatchDocument.state == DocumentState.WAITING,
            BatchDocument.kind != PRINT,
        )
    )
    chunks = sorted({place // CHUNK for place in places})
    for chunk in chunks:
        jobs.request(
            session,
            MAKE,
            {"batch": batch.id, "chunk": chunk},
            by=batch.requested_by,
            now=now,
            job_id=job_id_of(batch, str(chunk)),
        )
    if not chunks:
        send_prints(session, batch, now=now)
    session.flush()


def send_prints(session: Session, batch: DocumentBatch, *, now: datetime) -> None:
    """Ask for the print files, once every document has been made or has failed."""
    waiting = (
        select(BatchDocument.place, BatchDocument.kind)
        .where(BatchDocument.batch_id == batch.id, BatchDocument.state == DocumentState.WAITING)
        .order_by(BatchDocument.place)
    )
    left = session.execute(waiting).all()
    if not left:
        batch.ended_at = now
    elif all(kind == PRINT for _, kind in left):
        for place, _ in left:
            jobs.request(
                session,
                COMBINE,
                {"batch": batch.id, "place": place},
                by=batch.requested_by,
                now=now,
                job_id=job_id_of(batch, f"print{place}"),
            )


def cancel(
    session: Session, actor: Actor, round_: Round, batch_id: int, *, now: datetime
) -> DocumentBatch:
    """Call a batch off; files that are made stay.

    Raises:
        BatchNotFound: see `get_batch`.
    """
    batch = get_batch(session, actor, round_, batch_id)
    if batch.cancelled_at is not None or batch.ended_at is not None:
        return batch
    batch.cancelled_at = now
    own = Job.id.startswith(job_id_of(batch, ""), autoescape=True)
    live = (own, Job.ended_at.is_(None))
    begun = Job.state.in_((JobState.WAITING, JobState.QUEUED))
    session.execute(update(Job).where(*live).values(wants_cancel=True))
    session.execute(
        update(Job).where(*live, begun).values(state=JobState.CANCELLED.value, ended_at=now)
    )
    _record(session, actor, batch, "documents.cancel", now=now)
    return batch


def retry(
    session: Session,
    actor: Actor,
    round_: Round,
    batch_id: int,
    *,
    missing: Sequence[int] = (),
    now: datetime,
) -> DocumentBatch:
    """Ask again for what failed, was called off or is no longer there; the rest stays.

    `missing` are the places of files that were made and are not in the store any more.

    Raises:
        BatchNotFound: see `get_batch`.
    """
    batch = get_batch(session, actor, round_, batch_id)
    if standing_of(session, batch).is_under_way:
        return batch
    again = BatchDocument.state == DocumentState.FAILED
    if missing:
        again = again | BatchDocument.place.in_(missing)
    anew = {"state": DocumentState.WAITING.value, "reason": "", "digest": "", "size": 0}
    own = BatchDocument.batch_id == batch.id
    reset = session.execute(update(BatchDocument).where(own, again).values(**anew))
    # A print file holds what its documents were.
    if affected(reset):
        prints = update(BatchDocument).where(own, BatchDocument.kind == PRINT)
        session.execute(prints.values(**anew))
    _record(session, actor, batch, "documents.retry", now=now)
    _send(session, batch, now=now)
    return batch


def _record(
    session: Session, actor: Actor, batch: DocumentBatch, act: str, *, now: datetime
) -> None:
    audit.record(
        session, actor=actor.name, act=act, subject=str(batch.id), now=now, attempt=batch.attempt
    )


def forget_old(session: Session, *, now: datetime) -> None:
    """Delete batches that were asked for `KEPT` ago; the store forgets their files by itself."""
    old = select(DocumentBatch.id).where(DocumentBatch.requested_at < now - KEPT)
    session.execute(delete(BatchDocument).where(BatchDocument.batch_id.in_(old)))
    session.execute(delete(DocumentBatch).where(DocumentBatch.requested_at < now - KEPT))
