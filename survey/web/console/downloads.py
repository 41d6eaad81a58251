"""Files that pages hand out: named in any script, PDFs made once and kept by their words."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

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
    return send(stored.read_bytes(), "application/pdf", file_name, is_shown=True)


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
