"""Documents by the hundred: asked for, watched, called off, fetched one by one or as a ZIP."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from reports.figures import Audience
from reports.formats import MEDIA_TYPES, Format
from survey import clock
from survey.accounts.policy import Action
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.errors import SurveyError
from survey.publication import batch_standing, batches, documents
from survey.publication.batch_standing import Standing
from survey.publication.batches import Wanted
from survey.publication.document_archive import archive
from survey.publication.document_files import Store, file_name
from survey.publication.document_kind import Asked, Kind
from survey.publication.models import BatchDocument, DocumentState
from survey.web.console import words
from survey.web.console.paging import page_of
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.downloads import send
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("batches", __name__, url_prefix="/rounds/<round_code>/batches")
SEE = Action.SEE_REPORTS
FIELDS = ("kind", "format", "audience", "unit", "combined")
"""What the form that asks for a batch sends."""


@bp.post("/")
@policy(SEE)
def create(round_code: str) -> ResponseReturnValue:
    """Ask for a batch, and go where its progress can be seen."""
    wanted = _wanted()
    if not wanted.kinds or not wanted.formats:
        return _refused(round_code)
    return _ask(round_code, wanted)


def _refused(round_code: str) -> ResponseReturnValue:
    """Go back to the form with everything that was ticked; its page says what is missing."""
    given: dict[str, Any] = {f"batch_{name}": request.form.getlist(name) for name in FIELDS}
    there = url_for("console.reports.index", round_code=round_code, none=1, **given)
    return redirect(there, code=303)


def asked_before() -> dict[str, list[str]]:
    """Return what was ticked in a form that was refused; a new form has its own ticks."""
    if not request.args.get("none"):
        return {**{name: [] for name in FIELDS}, "kind": ["branch", "window"], "format": ["pdf"]}
    return {name: request.args.getlist(f"batch_{name}") for name in FIELDS}


def _ask(round_code: str, wanted: Wanted) -> ResponseReturnValue:
    now = clock.now()
    try:
        with reading() as session:
            lines = batches.planned(asked_of(session, round_code, wanted.audience), wanted)
    except batches.NothingToMake:
        return _refused(round_code)
    with transaction() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        batch = batches.ask(session, actor(), round_, wanted, lines, now=now)
        batch_id = batch.id
    return redirect(url_for(".show", round_code=round_code, batch_id=batch_id), code=303)


def asked_of(session: Session, round_code: str, audience: Audience) -> Asked:
    """Return who wants documents of which round, now."""
    return Asked(
        session=session,
        actor=actor(),
        round=campaigns.get_round(session, actor(), round_code),
        audience=audience,
        zone=platform().config.zone,
        now=clock.now(),
        letterhead=platform().config.letterhead,
    )


def _wanted() -> Wanted:
    """Return what the form asks for; what no form of ours sends is left out."""
    kinds = request.form.getlist("kind")
    formats = request.form.getlist("format")
    is_public = request.form.get("audience") == Audience.PUBLIC
    return Wanted(
        kinds=tuple(kind for kind in documents.KINDS if kind.value in kinds),
        formats=tuple(format_ for format_ in Format if format_.value in formats),
        audience=Audience.PUBLIC if is_public else Audience.INTERNAL,
        unit_id=request.form.get("unit", "")[:32],
        is_combined=bool(request.form.get("combined")),
    )


@bp.get("/<int:batch_id>")
@policy(SEE)
def show(round_code: str, batch_id: int) -> ResponseReturnValue:
    """Show how far a batch has come, and every file of it."""
    chosen = request.args.get("state", "")
    with reading() as session:
        round_, standing = _standing(session, round_code, batch_id)
        rows = batch_standing.files_of(session, standing.batch)
        found = [row for row in rows if chosen in ("", row.state)]
        is_gone = any(row.state == DocumentState.MADE and not _is_there(row) for row in rows)
        return page(
            session,
            "console/batch.html",
            round=round_,
            standing=standing,
            batch=standing.batch,
            is_gone=is_gone and not standing.is_under_way,
            found=page_of(found),
            chosen=chosen,
            states=words.DOCUMENT_STATES,
            formats=words.FORMATS,
            kinds=kind_labels(),
            reasons=words.DOCUMENT_FAULTS,
            audiences=words.AUDIENCES,
        )


def kind_labels() -> dict[str, str]:
    """Return what every kind of file is called, the print file included."""
    labels = {kind.value: words.DOCUMENT_KINDS.get(kind, made.label)
              for kind, made in documents.KINDS.items()}  # fmt: skip
    return {**{name: str(label) for name, label in labels.items()},
            batch_standing.PRINT: str(words.PRINT_FILE)}  # fmt: skip


@bp.get("/<int:batch_id>/state")
@policy(SEE)
def state(round_code: str, batch_id: int) -> Response:
    """Say how far a batch has come, for the script of its page."""
    with reading() as session:
        _, standing = _standing(session, round_code, batch_id)
        return jsonify(
            total=standing.total,
            made=standing.made,
            failed=standing.failed,
            waiting=standing.waiting,
            under_way=standing.is_under_way,
        )


def _standing(session: Session, round_code: str, batch_id: int) -> tuple[Round, Standing]:
    round_ = campaigns.get_round(session, actor(), round_code)
    batch = batch_standing.get_batch(session, actor(), round_, batch_id)
    return round_, batch_standing.standing_of(session, batch)


@bp.post("/<int:batch_id>/cancel")
@policy(SEE)
def cancel(round_code: str, batch_id: int) -> ResponseReturnValue:
    """Call a batch off; what is made stays."""
    with transaction() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        batches.cancel(session, actor(), round_, batch_id, now=clock.now())
    return redirect(url_for(".show", round_code=round_code, batch_id=batch_id), code=303)


@bp.post("/<int:batch_id>/retry")
@policy(SEE)
def retry(round_code: str, batch_id: int) -> ResponseReturnValue:
    """Ask again for what is missing."""
    with transaction() as session:
        round_, standing = _standing(session, round_code, batch_id)
        rows = batch_standing.files_of(session, standing.batch)
        gone = [row.place for row in rows if row.state == DocumentState.MADE and not _is_there(row)]
        batches.retry(session, actor(), round_, batch_id, missing=gone, now=clock.now())
    return redirect(url_for(".show", round_code=round_code, batch_id=batch_id), code=303)


@bp.post("/<int:batch_id>/again")
@policy(SEE)
def again(round_code: str, batch_id: int) -> ResponseReturnValue:
    """Ask for the same once more; only what has changed since is made anew."""
    with reading() as session:
        _, standing = _standing(session, round_code, batch_id)
        batch = standing.batch
        wanted = Wanted(
            kinds=tuple(Kind(kind) for kind in batch.kinds),
            formats=tuple(Format(format_) for format_ in batch.formats),
            audience=Audience(batch.audience),
            unit_id=batch.unit_id,
            is_combined=batch.is_combined,
        )
    return _ask(round_code, wanted)


@bp.get("/<int:batch_id>/files/<int:place>")
@policy(SEE)
def file(round_code: str, batch_id: int, place: int) -> Response:
    """Send one file of a batch."""
    with reading() as session:
        round_, standing = _standing(session, round_code, batch_id)
        row = batch_standing.get_file(session, standing.batch, place)
        name = file_name(
            round_code,
            row.org_id,
            row.kind,
            row.format,
            audience=standing.batch.audience,
            edition=_edition(session, round_, standing),
        )
    try:
        content = _store().path(row.key, row.format).read_bytes()
    except FileNotFoundError as error:
        raise FileGone from error
    media_type = MEDIA_TYPES[Format(row.format)]
    return send(content, media_type, name)


class FileGone(SurveyError):
    """The file was made and has been deleted since."""

    code = "FILE_GONE"
    status = 410

    def __init__(self) -> None:
        super().__init__(
            "这份文件已经清除，请回到这一批，点“再做没做成的”",
            "This file has been deleted; go back to its batch and make what is missing again",
        )


@bp.get("/<int:batch_id>/all.zip")
@policy(SEE)
def everything(round_code: str, batch_id: int) -> Response:
    """Send all files of a batch with their manifest, written while it is sent."""
    with reading() as session:
        round_, standing = _standing(session, round_code, batch_id)
        rows = batch_standing.files_of(session, standing.batch)
        batch, edition = standing.batch, _edition(session, round_, standing)
    zone = platform().config.zone
    name = f"{round_code}-{batch.audience}-{batch.id}.zip"
    response = send(b"", "application/zip", name)
    response.response = archive(_store(), round_code, batch, rows, zone=zone, edition=edition)
    response.headers.remove("Content-Length")
    return response


def _edition(session: Session, round_: Round, standing: Standing) -> int:
    return batch_standing.edition_at(session, round_, standing.batch.requested_at)


def _is_there(row: BatchDocument) -> bool:
    return _store().path(row.key, row.format).is_file()


def _store() -> Store:
    return Store(platform().config.documents)
