"""Documents as PDF, made by the killable renderer and kept by what stands on their pages."""

from __future__ import annotations

import hashlib

from flask import Response

from reports.renderer import RenderFailed
from survey.errors import SurveyError
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


def send_pdf(html: str, file_name: str) -> Response:
    """Return `html` as a PDF to look at, taken from the store when it was made before.

    The store is named by the words on the pages, so what is there is never out of date.

    Raises:
        DocumentNotMade: the document broke a limit.
    """
    folder = platform().config.documents
    stored = folder / f"{hashlib.sha256(html.encode()).hexdigest()}.pdf"
    if not stored.exists():
        try:
            made = platform().renderer.render(html)
        except RenderFailed as failed:
            raise DocumentNotMade from failed
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = stored.with_suffix(f".{hashlib.sha256(made).hexdigest()[:8]}.part")
        part.write_bytes(made)
        part.replace(stored)
    response = Response(stored.read_bytes(), mimetype="application/pdf")
    response.headers.set("Content-Disposition", "inline", filename=file_name)
    return response
