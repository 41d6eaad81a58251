"""Bodies of residents' posts: read whole and strictly, or refused; never taken for a blank form."""

from __future__ import annotations

from flask import request
from werkzeug.datastructures import MultiDict

from forms.multipart import MAX_PICTURE_BYTES, Sent, is_multipart, parse_multipart
from forms.parsing import MAX_BYTES, BodyRefused, BodyShape, parse_body

OWN_SITES = ("", "same-origin", "none")


class ForeignPage(Exception):
    """The post comes from another site's page."""


def read_body(shape: BodyShape) -> MultiDict[str, str]:
    """Return the fields of this request's body, which holds no picture.

    Raises:
        ForeignPage: a browser says that another site sent it.
        BodyRefused: it is not exactly a body of `shape`.
        RequestEntityTooLarge, ClientDisconnected: it is too long or breaks off.
    """
    return parse_body(request.headers.get("Content-Type", ""), _whole_body(), shape=shape)


def read_sheet(shape: BodyShape) -> Sent:
    """Return fields and picture of this request's body; only forms that ask for one take one.

    Raises:
        As `read_body`.
    """
    content_type = request.headers.get("Content-Type", "")
    if not shape.pictures or not is_multipart(content_type):
        return Sent(read_body(shape), {})
    request.max_content_length = MAX_PICTURE_BYTES + MAX_BYTES
    return parse_multipart(content_type, _whole_body(), shape)


def check_sender(site: str | None, encoding: str | None) -> None:
    """Refuse a body by what its headers Sec-Fetch-Site and Content-Encoding say, before reading it.

    Raises:
        ForeignPage: a browser says that another site sent it.
        BodyRefused: it is compressed.
    """
    if (site or "") not in OWN_SITES:
        raise ForeignPage
    if encoding is not None and encoding != "identity":
        raise BodyRefused(
            "BODY_TYPE", "送来的内容经过压缩，没有收下", "the body is compressed", 415
        )


def _whole_body() -> bytes:
    check_sender(request.headers.get("Sec-Fetch-Site"), request.headers.get("Content-Encoding"))
    body = request.get_data(cache=False)
    if request.content_length not in (None, len(body)):
        raise BodyRefused("BODY_MALFORMED", "送来的内容不完整，没有收下", "the body breaks off")
    return body
