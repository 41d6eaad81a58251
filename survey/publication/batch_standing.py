"""How far batches of documents have come, for those who may see them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reports.figures import Audience
from survey.accounts.policy import Action, Actor, may, require
from survey.campaigns.models import Round
from survey.errors import NotFound
from survey.jobs.models import Job, JobState
from survey.org import queries as org
from survey.org.models import Level, Organisation
from survey.publication.models import BatchDocument, DocumentBatch, DocumentState
from survey.results import frozen

PRINT = "print"
"""Kind of a file that holds all documents of a unit, for the print shop."""

MAX_LISTED = 50
SEE = Action.SEE_REPORTS


class BatchNotFound(NotFound):
    """There is no such batch, or it is somebody else's."""

    code = "BATCH_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("没有找到这一批文件", "There is no such batch of documents")


@dataclass(frozen=True)
class Standing:
    """How far a batch has come.

    Attributes:
        batch: what was asked for.
        by_state: how many files stand where.
        kept: how many of those made were there already.
        size: of all files, in bytes.
        is_broken: files are missing, and nobody works on them any more.
        trouble: the code with which the last job failed; "" without one.
    """

    batch: DocumentBatch
    by_state: Counter[str] = field(default_factory=Counter)
    kept: int = 0
    size: int = 0
    is_broken: bool = False
    trouble: str = ""

    @property
    def total(self) -> int:
        """How many files were asked for."""
        return self.by_state.total()

    @property
    def made(self) -> int:
        """How many files there are."""
        return self.by_state[DocumentState.MADE]

    @property
    def failed(self) -> int:
        """How many files could not be made."""
        return self.by_state[DocumentState.FAILED]

    @property
    def waiting(self) -> int:
        """How many files are still to be made."""
        return self.by_state[DocumentState.WAITING]

    @property
    def is_under_way(self) -> bool:
        """Whether somebody works on it, or will."""
        return self.waiting > 0 and self.batch.cancelled_at is None and not self.is_broken

    @property
    def wants_retry(self) -> bool:
        """Whether files are missing that one could ask for again."""
        return not self.is_under_way and self.made < self.total


def job_id_of(batch: DocumentBatch, part: str) -> str:
    """Return the name of a job of this attempt: asked for twice, it is one job."""
    return f"documents.{batch.id}.{batch.attempt}.{part}"


def list_batches(session: Session, actor: Actor, round_: Round) -> list[Standing]:
    """Return the batches of a round that the actor may see, the latest first."""
    require(actor, SEE)
    query = (
        select(DocumentBatch)
        .where(DocumentBatch.round_id == round_.id)
        .order_by(DocumentBatch.id.desc())
        .limit(MAX_LISTED)
    )
    if not _sees_all(session, actor):
        query = query.where(DocumentBatch.requested_by == actor.name)
    return [standing_of(session, batch) for batch in session.scalars(query)]


def get_batch(session: Session, actor: Actor, round_: Round, batch_id: int) -> DocumentBatch:
    """Return a batch that the actor asked for, or, of whoever sees the whole district, any.

    Raises:
        BatchNotFound: there is none, or it holds a document that the actor may not see any more.
    """
    require(actor, SEE)
    batch = session.get(DocumentBatch, batch_id)
    if batch is None or batch.round_id != round_.id:
        raise BatchNotFound
    if not _sees_all(session, actor):
        orgs = select(BatchDocument.org_id).where(
            BatchDocument.batch_id == batch.id, BatchDocument.kind != PRINT
        )
        seen = {each.id for each in org.visible(session, actor, SEE)}
        if batch.requested_by != actor.name or not set(session.scalars(orgs)) <= seen:
            raise BatchNotFound
    return batch


def _sees_all(session: Session, actor: Actor) -> bool:
    tops = session.scalars(select(Organisation.path).where(Organisation.level == Level.DISTRICT))
    return all(may(actor, SEE, path) for path in tops)


def standing_of(session: Session, batch: DocumentBatch) -> Standing:
    """Return how far a batch has come."""
    query = (
        select(
            BatchDocument.state,
            BatchDocument.is_kept,
            func.count(),
            func.coalesce(func.sum(BatchDocument.size), 0),
        )
        .where(BatchDocument.batch_id == batch.id)
        .group_by(BatchDocument.state, BatchDocument.is_kept)
    )
    by_state: Counter[str] = Counter()
    kept = size = 0
    for state, is_kept, count, bytes_ in session.execute(query):
        by_state[state] += count
        kept += count if is_kept else 0
        size += int(bytes_)
    is_broken, trouble = False, ""
    if by_state[DocumentState.WAITING]:
        under_way, trouble = _jobs_of(session, batch)
        is_broken = not under_way
    return Standing(batch, by_state, kept, size, is_broken, trouble)


def _jobs_of(session: Session, batch: DocumentBatch) -> tuple[bool, str]:
    """Return whether a job of the last attempt has not ended, and the note of one that failed."""
    own = Job.id.startswith(job_id_of(batch, ""), autoescape=True)
    live = session.scalar(select(Job.id).where(own, Job.ended_at.is_(None)).limit(1))
    failed = select(Job.note).where(own, Job.state == JobState.FAILED).order_by(Job.id).limit(1)
    return live is not None, session.scalar(failed) or ""


def files_of(session: Session, batch: DocumentBatch) -> list[BatchDocument]:
    """Return the files of a batch, in their order."""
    own = select(BatchDocument).where(BatchDocument.batch_id == batch.id)
    return list(session.scalars(own.order_by(BatchDocument.place)))


def get_file(session: Session, batch: DocumentBatch, place: int) -> BatchDocument:
    """Return one file of a batch that was made.

    Raises:
        BatchNotFound: there is none.
    """
    found = session.get(BatchDocument, (batch.id, place))
    if found is None or found.state != DocumentState.MADE:
        raise BatchNotFound
    return found


def edition_at(session: Session, round_: Round, at: datetime) -> int:
    """Return which edition of a round documents asked for at `at` are of; 1 before the first.

    Its number stands in file names, so that no edition overwrites another in a folder.
    """
    editions = frozen.editions(session, round_, Audience.PUBLIC)
    return max((each.edition for each in editions if each.released_at <= at), default=1)
