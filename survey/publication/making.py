"""What workers do for a batch of documents: compile, make, store; what fails fails alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from reports import parts
from reports.figures import Audience
from reports.formats import Format
from reports.official import PLAIN_PAPER, Letterhead
from reports.parts import EvaluationReport
from reports.pictures import Render
from reports.renderer import RenderFailed
from survey.accounts import sessions as accounts
from survey.accounts.policy import OPERATOR, Actor
from survey.campaigns.models import Round
from survey.db import Sessions, reading
from survey.errors import SurveyError
from survey.publication import codes, documents
from survey.publication.batch_standing import PRINT
from survey.publication.batches import CHUNK, send_prints
from survey.publication.codes import Printed
from survey.publication.document_files import PRINT_FORMAT, Store, print_key, store_document
from survey.publication.document_kind import Asked, Kind
from survey.publication.models import BatchDocument, DocumentBatch, DocumentState

FLUSH = 5
"""Files made before their rows are written: what a cancel waits for, and how often one commits."""

Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Workshop:
    """What documents are made with.

    Attributes:
        sessions: makes the transactions.
        store: where files are kept.
        render: HTML in, PDF out, in a process that can be killed.
        zone: that dates are in.
        verify: the address where check codes are tried; may be empty.
        now: tells the time.
        letterhead: the red head of notices, if the office has one.
    """

    sessions: Sessions
    store: Store
    render: Render
    zone: ZoneInfo
    verify: str
    now: Callable[[], datetime]
    letterhead: Letterhead = PLAIN_PAPER


@dataclass(frozen=True)
class Failed:
    """A document that could not be made, and the code of why."""

    reason: str


Value = EvaluationReport | Failed


def make_chunk(shop: Workshop, batch_id: int, chunk: int, tell: Tell) -> int:
    """Make the files of one chunk that wait; return how many were made.

    Killed at any moment, it is simply called again. `tell` may raise to call it off.
    """
    with reading(shop.sessions) as session:
        batch = session.get(DocumentBatch, batch_id)
        if batch is None or batch.cancelled_at is not None:
            return 0
        rows = _waiting(session, batch_id, chunk)
        values, handed = _compiled(shop, session, batch, rows)
    codes.note(shop.sessions, batch.round_id, handed)
    done: list[dict[str, object]] = []
    made = 0
    for number, row in enumerate(rows, 1):
        outcome = _outcome(shop, row, values[row.kind, row.org_id])
        made += outcome["state"] == DocumentState.MADE
        done.append(outcome)
        if len(done) >= FLUSH:
            _note(shop, done)
            done.clear()
            tell(number, len(rows))
    _finish(shop, batch_id, done)
    tell(len(rows), len(rows))
    return made


def _waiting(session: Session, batch_id: int, chunk: int) -> list[BatchDocument]:
    query = (
        select(BatchDocument)
        .where(
            BatchDocument.batch_id == batch_id,
            BatchDocument.place.between(chunk * CHUNK, (chunk + 1) * CHUNK - 1),
            BatchDocument.state == DocumentState.WAITING,
            BatchDocument.kind != PRINT,
        )
        .order_by(BatchDocument.place)
    )
    return list(session.scalars(query))


def _compiled(
    shop: Workshop, session: Session, batch: DocumentBatch, rows: Sequence[BatchDocument]
) -> tuple[dict[tuple[str, str], Value], list[Printed]]:
    """Return every document of `rows` as data, each once whatever the formats; or why not."""
    wanted = dict.fromkeys((row.kind, row.org_id) for row in rows)
    try:
        asked = Asked(
            session=session,
            actor=actor_of(session, batch),
            round=session.get_one(Round, batch.round_id),
            audience=Audience(batch.audience),
            zone=shop.zone,
            now=batch.requested_at,
            letterhead=shop.letterhead,
        )
    except SurveyError as refusal:
        return dict.fromkeys(wanted, Failed(refusal.code)), []
    values = {(kind, org_id): compile_one(asked, Kind(kind), org_id) for kind, org_id in wanted}
    return values, handed_out(asked, values)


def handed_out(asked: Asked, values: Mapping[tuple[str, str], Value]) -> list[Printed]:
    """Return the documents that could be compiled, for their codes to be noted."""
    return [
        codes.printed(asked, Kind(kind), org_id, value)
        for (kind, org_id), value in values.items()
        if not isinstance(value, Failed)
    ]


def compile_one(asked: Asked, kind: Kind, org_id: str) -> Value:
    """Return one document as data, or why there is none; a database that is away is no reason."""
    try:
        return documents.compiled(asked, kind, org_id)
    except SurveyError as refusal:
        return Failed(refusal.code)
    except OperationalError:
        raise
    except Exception as error:  # Whatever it is, it concerns this document only.
        return Failed(type(error).__name__)


def actor_of(session: Session, batch: DocumentBatch) -> Actor:
    """Return who asked, with the rights they have now.

    Raises:
        NotFound: the account is no longer there, or disabled.
    """
    if batch.requested_by == OPERATOR.name:
        return OPERATOR
    return accounts.actor_named(session, batch.requested_by)


def _outcome(shop: Workshop, row: BatchDocument, value: Value) -> dict[str, object]:
    """Make one file; return what its row is to hold."""
    place = {"batch_id": row.batch_id, "place": row.place}
    if isinstance(value, Failed):
        return {**place, "state": DocumentState.FAILED.value, "reason": value.reason[:80]}
    try:
        stored = store_document(
            shop.store, value, Format(row.format), shop.render, verify=shop.verify
        )
    except RenderFailed as failed:
        return {**place, "state": DocumentState.FAILED.value, "reason": f"RENDER {failed}"[:80]}
    except OSError:
        raise
    except Exception as error:  # Whatever it is, it concerns this document only.
        reason = type(error).__name__[:80]
        return {**place, "state": DocumentState.FAILED.value, "reason": reason}
    return {
        **place,
        "state": DocumentState.MADE.value,
        "key": stored.key,
        "content": parts.digest_of(value),
        "digest": stored.digest,
        "size": stored.size,
        "is_kept": stored.is_kept,
        "reason": "",
    }


def _note(shop: Workshop, done: Sequence[dict[str, object]]) -> None:
    if done:
        with shop.sessions.begin() as session:
            session.execute(update(BatchDocument), list(done))


def _finish(shop: Workshop, batch_id: int, done: Sequence[dict[str, object]]) -> None:
    """Write the last rows; whoever writes the very last of a batch asks for the print files."""
    with shop.sessions.begin() as session:
        # Two that finish at once would each see the other's documents still waiting.
        batch = session.get(DocumentBatch, batch_id, with_for_update=True)
        if done:
            session.execute(update(BatchDocument), list(done))
        if batch is not None and batch.cancelled_at is None and batch.ended_at is None:
            send_prints(session, batch, now=shop.now())


def combine(shop: Workshop, batch_id: int, place: int, tell: Tell) -> int:
    """Make one print file from the documents of its unit; return how many it holds."""
    # Imported late: the libraries for it cost web processes memory, which import this module too.
    from reports import print_file

    with reading(shop.sessions) as session:
        batch = session.get(DocumentBatch, batch_id)
        row = session.get(BatchDocument, (batch_id, place))
        if batch is None or row is None or batch.cancelled_at is not None:
            return 0
        rows = _of_unit(session, row)
    key = print_key(each.digest for each in rows)

    def files() -> Iterator[tuple[str, bytes]]:
        for number, each in enumerate(rows, 1):
            tell(number - 1, len(rows))
            content = shop.store.path(each.key, each.format).read_bytes()
            yield f"{each.org_name}　{documents.KINDS[Kind(each.kind)].label}", content

    outcome: dict[str, object] = {"batch_id": batch_id, "place": place}
    try:
        stored = shop.store.put(
            key,
            PRINT_FORMAT,
            lambda: print_file.combined(row.org_name, files()),
            again=False,
        )
    except (FileNotFoundError, print_file.NothingToPrint) as error:
        reason = type(error).__name__
        outcome |= {"state": DocumentState.FAILED.value, "reason": reason}
    else:
        outcome |= {
            "state": DocumentState.MADE.value,
            "key": stored.key,
            "digest": stored.digest,
            "size": stored.size,
            "is_kept": stored.is_kept,
            "reason": "",
        }
    _finish(shop, batch_id, [outcome])
    tell(len(rows), len(rows))
    return len(rows)


def _of_unit(session: Session, printed: BatchDocument) -> list[BatchDocument]:
    """Return the PDFs of a unit that were made, in their order."""
    own = BatchDocument.unit_id == printed.unit_id
    above = (BatchDocument.unit_id == "") & (BatchDocument.org_id == printed.org_id)
    query = (
        select(BatchDocument)
        .where(
            BatchDocument.batch_id == printed.batch_id,
            BatchDocument.kind != PRINT,
            BatchDocument.format == PRINT_FORMAT.value,
            BatchDocument.state == DocumentState.MADE,
            own | above,
        )
        .order_by(BatchDocument.place)
    )
    return list(session.scalars(query))
