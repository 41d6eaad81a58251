"""Text for people, looked up in the language of the request; the source language is Chinese."""

from __future__ import annotations

from flask_babel import gettext


def text(source: str, **values: object) -> str:
    """Return `source` in the language of the request, with `values` filled in for `%(name)s`."""
    return str(gettext(source, **values))
