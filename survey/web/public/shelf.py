"""What a process keeps at hand of open collection points, so that a page costs no query.

A point is believed for two seconds: a form may be shown that much after a round was closed, but
not be taken in, since a closed box refuses by itself.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError

from survey.collection import points
from survey.collection.models import FormPage
from survey.collection.points import PointNotFound, PointView
from survey.collection.receipts import CROCKFORD
from survey.web.public.page_bytes import PageParts, ServedPage, load
from survey.web.unit_of_work import reading

SECONDS = 2.0
MAX_POINTS = 4_096
MAX_PAGES = 2_048
CODE_LENGTH = 8
_SIGNS = frozenset(CROCKFORD + CROCKFORD.lower())
_EXTENSION = "pingyi.shelf"

PageName = tuple[int, str, str]


@dataclass
class Shelf:
    """Points by code, each with the time until which it is believed; form pages by point."""

    points: dict[str, tuple[float, PointView]] = field(default_factory=dict)
    pages: OrderedDict[PageName, ServedPage] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def known_point(self, code: str) -> PointView | None:
        """Return the point with this code, in upper case, if it is at hand and still believed."""
        kept = self.points.get(code)
        return kept[1] if kept is not None and kept[0] > time.monotonic() else None

    def known_page(self, point: PointView, language: str) -> ServedPage | None:
        """Return the form of `point` in `language` if it is at hand."""
        name = (point.id, point.form_digest, language)
        with self.lock:
            page = self.pages.get(name)
            if page is not None:
                self.pages.move_to_end(name)
        return page


def shelf() -> Shelf:
    """Return the shelf of the application that serves this request."""
    return shelf_of(current_app)


def shelf_of(app: Flask) -> Shelf:
    """Return the shelf of `app`."""
    kept: Shelf = app.extensions.setdefault(_EXTENSION, Shelf())
    return kept


def point_of(code: str) -> PointView:
    """Return the point with this code, in upper or lower case.

    Raises:
        PointNotFound: there is none.
    """
    if len(code) != CODE_LENGTH or not _SIGNS.issuperset(code):
        raise PointNotFound
    code = code.upper()
    known = shelf().known_point(code)
    if known is not None:
        return known
    kept = shelf().points.get(code)
    try:
        with reading() as session:
            point = points.find_point(session, code)
    except DBAPIError:
        # The form can still be read while the database is away; sending it will be tried again.
        if kept is None:
            raise
        return kept[1]
    if len(shelf().points) >= MAX_POINTS:
        shelf().points.clear()
    shelf().points[code] = (time.monotonic() + SECONDS, point)
    return point


def page_of(point: PointView, language: str) -> ServedPage:
    """Return the form of `point` in `language`, or in Chinese where there is no such form.

    Raises:
        PointNotFound: the point has no form, since its round was never opened.
    """
    known = shelf().known_page(point, language)
    if known is not None:
        return known
    page, pages = _read(point.id, language), shelf().pages
    with shelf().lock:
        pages[point.id, point.form_digest, language] = page
        while len(pages) > MAX_PAGES:
            pages.popitem(last=False)
    return page


def _read(point_id: int, language: str) -> ServedPage:
    with reading() as session:
        for wanted in (language, "zh"):
            row = session.get(FormPage, (point_id, wanted))
            if row is not None:
                return load(PageParts(row.head, row.tail, row.csp))
    raise PointNotFound
