"""What residents' pages say when something is refused or fails; answers are never in it."""

from __future__ import annotations

import sqlite3

from flask import Blueprint, Response, current_app, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from forms.parsing import BodyRefused
from survey.collection.inbox import BoxBusy, BoxMissing
from survey.collection.keystore import KeyUnavailable
from survey.collection.points import PointNotFound
from survey.collection.sealing import SheetTooLong
from survey.web.public import replies
from survey.web.public.bodies import ForeignPage

UNAVAILABLE = (BoxBusy, BoxMissing, KeyUnavailable, DBAPIError, PoolTimeout, sqlite3.Error, OSError)


def register(bp: Blueprint) -> None:
    """Turn the refusals of `bp`'s pages into pages in plain words."""
    bp.register_error_handler(PointNotFound, _not_found)
    bp.register_error_handler(ForeignPage, _foreign)
    bp.register_error_handler(BodyRefused, _body_refused)
    bp.register_error_handler(SheetTooLong, _too_long)
    bp.register_error_handler(HTTPException, _failed)
    for kind in UNAVAILABLE:
        bp.register_error_handler(kind, _unavailable)


def _not_found(_error: Exception) -> Response:
    return replies.message("not_found", 404, link=replies.address("/"), link_text="to_entry")


def _foreign(_error: Exception) -> Response:
    return replies.message("foreign_page", 403, link=_back())


def _body_refused(error: BodyRefused) -> Response:
    name = "too_large" if error.status == 413 else "not_this_form"
    return replies.message(name, error.status, link=_back())


def _too_long(error: SheetTooLong) -> Response:
    return replies.message("too_large", error.status, link=_back())


def _unavailable(error: Exception) -> Response:
    # The kind alone: a database's message quotes what was to be stored.
    current_app.logger.error("%s at %s", type(error).__name__, request.endpoint)
    return replies.message("busy", 503, link=_back())


def _failed(error: HTTPException) -> Response:
    status = error.code or 500
    if status == 404:
        return _not_found(error)
    name = {413: "too_large", 500: "fault"}.get(status, "not_this_form")
    return replies.message(name, status, link=_back())


def _back() -> str:
    """Return the address of the page that was posted to."""
    return replies.address(request.path)
