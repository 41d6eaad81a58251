"""The way of most visits: a form that is at hand goes out before Flask is asked for anything.

Whatever is not such a visit, in any respect, goes on to the application behind it, which alone
knows the refusals. Both take the page, its key and its headers from the same functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from survey import clock
from survey.campaigns.models import CollectionMode
from survey.collection import points
from survey.collection.points import PointClosed, PointNotOpen
from survey.web.headers import every_answer, trusted_hosts
from survey.web.public import replies, shelf

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from survey.web.platform import Platform

FORM = re.compile(r"/[qQ]/([0-9A-Za-z]{8})")
LANGUAGES = {"": "zh", "lang=zh": "zh", "lang=en": "en"}
"""Languages by the query of an address; with any other query a visit is no usual one."""


class Front:
    """A WSGI application in front of `inner`: serves forms by itself and passes on all else."""

    def __init__(self, inner: WSGIApplication, platform: Platform, kept: shelf.Shelf) -> None:
        self.inner = inner
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
        return self.inner(environ, start_response)

    def _form(self, environ: Mapping[str, Any]) -> tuple[list[tuple[str, str]], bytes] | None:
        """Return headers and body of a form that is at hand; None for all other visits."""
        path = FORM.fullmatch(environ.get("PATH_INFO", ""))
        language = LANGUAGES.get(environ.get("QUERY_STRING", ""))
        host = environ.get("HTTP_HOST", "").partition(":")[0]
        is_usual = path and language and host in self.hosts
        if not is_usual or "HTTP_TRANSFER_ENCODING" in environ or environ.get("SCRIPT_NAME"):
            return None
        point = self.shelf.known_point(path[1].upper()) if path else None
        served = self.shelf.known_page(point, language) if point and language else None
        if point is None or served is None or point.mode != CollectionMode.OPEN:
            return None
        now = clock.now()
        try:
            points.require_open(point, now)
        except (PointNotOpen, PointClosed):
            return None
        is_gzip = takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
        return replies.form(served, self.secret, now, language or "", is_gzip=is_gzip)


@lru_cache(maxsize=256)
def takes_gzip(accepted: str) -> bool:
    """Whether somebody who sends this header reads gzip."""
    accept: Accept = parse_accept_header(accepted, Accept)
    return accept.quality("gzip") > 0
