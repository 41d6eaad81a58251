"""Files that pages hand out: named in any script, PDFs made once and kept by their words."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from flask import Response

from reports.formats import MEDIA_TYPES, Format
from reports.parts import EvaluationReport
from reports.renderer import RenderFailed
from survey.errors import SurveyError
from survey.publication import paper_codes
from survey.publication.document_files import VERIFY, Store, store_document
from survey.web.platform import platform


class DocumentNotMade(SurveyError):
    """The document could not be set."""

    code = "DOCUMENT_NOT_MADE"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            "这份文件没有生成。请过一会儿再打开；还不行，请告诉区办",
            "The document could not be made; open it again in a while",
        )


def send_document(
    report: EvaluationReport, wanted: Format, file_name: str, *, is_shown: bool = False
) -> Response:
    """Return a document in one format; it is made unless that was done before.

    Raises:
        DocumentNotMade: the document broke a limit.
    """
    held = platform()
    store, verify = Store(held.config.documents), f"{held.config.base_url}{VERIFY}"
    try:
        stored = store_document(store, report, wanted, held.renderer.render, verify=verify)
    except RenderFailed as failed:
        raise DocumentNotMade from failed
    content = store.path(stored.key, wanted.value).read_bytes()
    return send(content, MEDIA_TYPES[wanted], file_name, is_shown=is_shown)


def send_paper(
    report: EvaluationReport, wanted: Format, file_name: str, *, item_number: str = ""
) -> Response:
    """Return a letter or form, whose check code anybody can try from now on.

    Args:
        report: a document that is none of a round's.
        wanted: its format.
        file_name: what it is saved as.
        item_number: the item that it is about.

    Raises:
        DocumentNotMade: the document broke a limit.
    """
    paper_codes.note(platform().sessions, report, item_number=item_number)
    return send_document(report, wanted, file_name, is_shown=wanted is Format.PDF)


def send_pdf(html: str, file_name: str) -> Response:
    """Return `html` as a PDF to look at.

    Raises:
        DocumentNotMade: the document broke a limit.
    """
    (made,) = pdfs_of({file_name: html}).values()
    return send(made, "application/pdf", file_name, is_shown=True)


def pdfs_of(documents: Mapping[str, str]) -> dict[str, bytes]:
    """Return each HTML of `documents` as a PDF, taken from the store when it was made before.

    The store is named by the words on the pages, so what is there is never out of date.

    Raises:
        DocumentNotMade: a document broke a limit.
    """
    stored = {name: _place_of(html) for name, html in documents.items()}
    missing = [(name, html) for name, html in documents.items() if not stored[name].exists()]
    renderer = platform().renderer
    # One document needs no thread beside the request's own.
    made = renderer.render_many(missing) if len(missing) > 1 else map(_rendered, missing)
    for name, outcome in made:
        if isinstance(outcome, RenderFailed):
            raise DocumentNotMade from outcome
        _keep(stored[name], outcome)
    return {name: path.read_bytes() for name, path in stored.items()}


def _place_of(html: str) -> Path:
    return platform().config.documents / f"{hashlib.sha256(html.encode()).hexdigest()}.pdf"


def _rendered(document: tuple[str, str]) -> tuple[str, bytes | RenderFailed]:
    name, html = document
    try:
        return name, platform().renderer.render(html)
    except RenderFailed as failed:
        return name, failed


def _keep(path: Path, content: bytes) -> None:
    """Store a document whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(f".{hashlib.sha256(content).hexdigest()[:8]}.part")
    part.write_bytes(content)
    part.replace(path)


def send(
    content: bytes | str, media_type: str, file_name: str, *, is_shown: bool = False
) -> Response:
    """Return a file to save as `file_name`, or, with `is_shown`, to look at in the browser."""
    response = Response(content, mimetype=media_type)
    ascii_name = file_name.encode("ascii", "ignore").decode().strip() or "file"
    named = {"filename": ascii_name}
    if ascii_name != file_name:
        # RFC 6266: browsers take the second one, in UTF-8.
        named["filename*"] = f"UTF-8''{quote(file_name, safe='')}"
    response.headers.set("Content-Disposition", "inline" if is_shown else "attachment", **named)
    return response
