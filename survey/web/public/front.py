"""The way of most visits: a form that is at hand goes out before Flask is asked for anything.

So does the thanks for a sheet without fault. Whatever is not such a visit, in any respect, goes on
to the application behind it, which alone knows the refusals. Both take the page, its key, every
step of the intake and the headers from the same functions.

The web worker (`survey.serving`) asks the front even before it gives a request to a thread, and
then waits for no disk: it is told when the sheet is durable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from forms.checks import HIDDEN_FIELDS
from forms.parsing import (
    MAX_BYTES,
    BodyRefused,
    body_shape,
    malformed,
    parse_body,
    too_large,
)
from survey import clock, db
from survey.campaigns.models import CollectionMode
from survey.collection import points
from survey.collection.points import PointClosed, PointNotOpen
from survey.errors import SurveyError
from survey.plain_http import Reply
from survey.web.headers import CONTENT_SECURITY_POLICY, every_answer, trusted_hosts
from survey.web.public import confirmation, replies, shelf, taking
from survey.web.public.bodies import ForeignPage, check_sender
from survey.web.public.judging import judge
from survey.web.public.taking import Sheet

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from survey.collection.inbox import Put
    from survey.collection.intake import Prepared
    from survey.collection.points import PointView
    from survey.web.platform import Platform

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
                start_response(taken.status, list(taken.headers))
                return [taken.body]
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

    def _taken(self, environ: WSGIEnvironment) -> Reply | Exception | None:
        """Store a sheet without fault and return the reply; None for all others.

        What then keeps it from being stored is returned, for Flask to say.
        """
        sheet = self._sheet(environ, lambda: _body(environ))
        if sheet is None:
            return None
        try:
            with db.reading(self.platform.sessions) as session:
                taking.store(session, self.platform, sheet)
        except Exception as error:  # Flask knows what to say of it.
            return error
        return self._thanks(environ, sheet)

    def at_once(self, environ: WSGIEnvironment, body: bytes) -> Reply | None:
        """Return the reply to a request, with what is to be stored first; None for Flask to answer.

        Waits for nothing and nobody.
        """
        if environ["REQUEST_METHOD"] == "GET":
            found = self._form(environ)
            return None if found is None else Reply("200 OK", (*found[0], *self.headers), found[1])
        sheet = self._sheet(environ, lambda: body)
        if sheet is None or len(sheet.point.boxes) > 1:
            return None
        try:
            prepared = taking.prepare(self.platform, sheet)
        except SurveyError:
            return None
        return self._thanks(environ, sheet)._replace(first=partial(self._store, prepared))

    def _store(self, prepared: Prepared, tell: Callable[[bool | Exception], None]) -> None:
        def tell_of(result: Put | Exception) -> None:
            tell(result if isinstance(result, Exception) else prepared.is_in_box(result))

        self.platform.inbox.submit(prepared.box_id, prepared.row, tell_of)

    def _sheet(self, environ: WSGIEnvironment, read: Callable[[], bytes]) -> Sheet | None:
        """Return the sheet of answers that is posted, or None where anything is odd about it."""
        visited = self._visited(environ)
        questionnaire = points.known_questionnaire(visited[0]) if visited else None
        if visited is None or questionnaire is None:
            return None
        point, language = visited
        try:
            check_sender(environ.get("HTTP_SEC_FETCH_SITE"), environ.get("HTTP_CONTENT_ENCODING"))
            shape = body_shape(questionnaire, HIDDEN_FIELDS)
            fields = parse_body(environ.get("CONTENT_TYPE", ""), read(), shape=shape)
            key = taking.page_key(fields)
        except (ForeignPage, BodyRefused):
            return None
        judged = judge(questionnaire, fields, language)
        judged = taking.weighed(point, judged, fields, self.secret, language)
        # A receipt that gives one vote on an item must be looked up; see `answering`.
        if judged.status != 200 or (point.item and fields.get("ticket")):
            return None
        return Sheet(point, questionnaire, judged, key, language)

    def _thanks(self, environ: WSGIEnvironment, sheet: Sheet) -> Reply:
        """Return what is said of a sheet that is stored."""
        if confirmation.asks_for_word(environ.get("HTTP_ACCEPT", "")):
            status = "200 OK"
            headers, body = confirmation.told(sheet.key, is_taken=True)
        else:
            status, body = SEE_OTHER, b""
            headers = replies.see_other_headers(f"/q/{sheet.point.code}/thanks", sheet.language)
        length = ("Content-Length", str(len(body)))
        return Reply(status, (*headers, length, CONTENT_POLICY, *self.headers), body)


def _body(environ: WSGIEnvironment) -> bytes:
    """Return the body, which stays to be read once more by whoever comes next.

    Raises:
        BodyRefused: it is longer or shorter than it should be.
    """
    length = environ.get("CONTENT_LENGTH", "")
    if not length.isascii() or not length.isdigit() or len(length) > MAX_DIGITS:
        raise malformed("no plain length")
    if int(length) > MAX_BYTES:
        raise too_large()
    try:
        body: bytes = environ["wsgi.input"].read(int(length))
    except (OSError, ValueError):
        body = b""
    environ["wsgi.input"] = BytesIO(body)
    if len(body) != int(length):
        raise malformed("the body breaks off")
    return body


@lru_cache(maxsize=256)
def takes_gzip(accepted: str) -> bool:
    """Whether somebody who sends this header reads gzip."""
    accept: Accept = parse_accept_header(accepted, Accept)
    return accept.quality("gzip") > 0
