"""The way of most visits: a form that is at hand goes out before Flask is asked for anything.

So does the thanks for a sheet without fault. Whatever is not such a visit, in any respect, goes on
to the application behind it, which alone knows the refusals. Both take the page, its key, every
step of the intake and the headers from the same functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from forms.checks import HIDDEN_FIELDS
from forms.parsing import (
    MAX_BYTES,
    BodyRefused,
    BodyShape,
    body_shape,
    malformed,
    parse_body,
    too_large,
)
from survey import clock, db
from survey.campaigns.models import CollectionMode
from survey.collection import points
from survey.collection.points import PointClosed, PointNotOpen
from survey.web.headers import CONTENT_SECURITY_POLICY, every_answer, trusted_hosts
from survey.web.public import confirmation, replies, shelf, taking
from survey.web.public.bodies import ForeignPage, check_sender
from survey.web.public.judging import judge

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from werkzeug.datastructures import MultiDict

    from survey.collection.points import PointView
    from survey.web.platform import Platform

Taken = tuple[str, list[tuple[str, str]], bytes]
"""Status, headers and body of a reply to a post."""

FORM = re.compile(r"/[qQ]/([0-9A-Za-z]{8})")
SEE_OTHER = "303 SEE OTHER"
CONTENT_POLICY = ("Content-Security-Policy", CONTENT_SECURITY_POLICY)
MAX_DIGITS = len(str(MAX_BYTES))
LANGUAGES = {"": "zh", "lang=zh": "zh", "lang=en": "en"}
"""Languages by the query of an address; with any other query a visit is no usual one."""


class Front:
    """A WSGI application in front of `inner`: serves forms by itself and passes on all else."""

    def __init__(self, inner: WSGIApplication, platform: Platform, kept: shelf.Shelf) -> None:
        self.inner = inner
        self.platform = platform
        self.secret = platform.config.secret_key
        self.shelf = kept
        self.hosts = frozenset(trusted_hosts(platform.config))
        self.headers = every_answer(platform.config)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if environ["REQUEST_METHOD"] == "GET":
            found = self._form(environ)
            if found is not None:
                headers, body = found
                start_response("200 OK", [*headers, *self.headers])
                return [body]
        elif environ["REQUEST_METHOD"] == "POST":
            taken = self._taken(environ)
            if isinstance(taken, Exception):
                with taking.failed(taken):
                    return self.inner(environ, start_response)
            if taken is not None:
                status, headers, body = taken
                length = ("Content-Length", str(len(body)))
                start_response(status, [*headers, length, CONTENT_POLICY, *self.headers])
                return [body]
        return self.inner(environ, start_response)

    def _form(self, environ: Mapping[str, Any]) -> tuple[list[tuple[str, str]], bytes] | None:
        """Return headers and body of a form that is at hand; None for all other visits."""
        visited = self._visited(environ)
        if visited is None:
            return None
        point, language = visited
        served = self.shelf.known_page(point, language)
        if served is None:
            return None
        is_gzip = takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
        return replies.form(served, self.secret, clock.now(), language, is_gzip=is_gzip)

    def _visited(self, environ: Mapping[str, Any]) -> tuple[PointView, str] | None:
        """Return the open point that is visited and the language; None for an unusual visit."""
        path = FORM.fullmatch(environ.get("PATH_INFO", ""))
        language = LANGUAGES.get(environ.get("QUERY_STRING", ""))
        host = environ.get("HTTP_HOST", "").partition(":")[0]
        if path is None or language is None or host not in self.hosts:
            return None
        if "HTTP_TRANSFER_ENCODING" in environ or environ.get("SCRIPT_NAME"):
            return None
        point = self.shelf.known_point(path[1].upper())
        if point is None or point.mode != CollectionMode.OPEN:
            return None
        try:
            points.require_open(point, clock.now())
        except (PointNotOpen, PointClosed):
            return None
        return point, language

    def _taken(self, environ: WSGIEnvironment) -> Taken | Exception | None:
        """Store a sheet without fault and return the reply; None for all others.

        What then keeps it from being stored is returned, for Flask to say.
        """
        visited = self._visited(environ)
        questionnaire = points.known_questionnaire(visited[0]) if visited else None
        if visited is None or questionnaire is None:
            return None
        point, language = visited
        try:
            fields = _fields(environ, body_shape(questionnaire, HIDDEN_FIELDS))
            key = taking.page_key(fields)
        except (ForeignPage, BodyRefused):
            return None
        judged = judge(questionnaire, fields, language)
        judged = taking.weighed(point, judged, fields, self.secret, language)
        if judged.status != 200:
            return None
        try:
            with db.reading(self.platform.sessions) as session:
                taking.store(session, self.platform, point, questionnaire, judged, key=key)
        except Exception as error:  # Flask knows what to say of it.
            return error
        if confirmation.asks_for_word(environ.get("HTTP_ACCEPT", "")):
            return ("200 OK", *confirmation.told(key, is_taken=True))
        return SEE_OTHER, replies.see_other_headers(f"/q/{point.code}/thanks", language), b""


def _fields(environ: WSGIEnvironment, shape: BodyShape) -> MultiDict[str, str]:
    """Return the fields of a body, which stays to be read once more by whoever comes next.

    Raises:
        ForeignPage, BodyRefused: it is no ordinary body.
    """
    check_sender(environ.get("HTTP_SEC_FETCH_SITE"), environ.get("HTTP_CONTENT_ENCODING"))
    length = environ.get("CONTENT_LENGTH", "")
    if not length.isascii() or not length.isdigit() or len(length) > MAX_DIGITS:
        raise malformed("no plain length")
    if int(length) > MAX_BYTES:
        raise too_large()
    try:
        body = environ["wsgi.input"].read(int(length))
    except (OSError, ValueError):
        body = b""
    environ["wsgi.input"] = BytesIO(body)
    if len(body) != int(length):
        raise malformed("the body breaks off")
    return parse_body(environ.get("CONTENT_TYPE", ""), body, shape=shape)


@lru_cache(maxsize=256)
def takes_gzip(accepted: str) -> bool:
    """Whether somebody who sends this header reads gzip."""
    accept: Accept = parse_accept_header(accepted, Accept)
    return accept.quality("gzip") > 0
