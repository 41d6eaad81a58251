"""Text for people, looked up in the language of the request; the source language is Chinese."""

from __future__ import annotations

from flask import Flask
from flask_babel import get_locale, gettext, pgettext

from survey.errors import SurveyError


def register(app: Flask) -> None:
    """Give the templates of `app` the filter `term` and the function `language`."""
    app.jinja_env.filters["term"] = term
    app.jinja_env.globals["language"] = language


def text(source: str, **values: object) -> str:
    """Return `source` in the language of the request, with `values` filled in for `%(name)s`."""
    return str(gettext(source, **values))


def term(word: str, use: str = "") -> str:
    """Return a word of the platform's own tables in the language of the request.

    `use` tells uses of one Chinese word apart that differ in English: 复号 is a state, an act and
    a thing done. Empty stays empty; a word that no table has, such as a sector that an office
    added, stays as it is.
    """
    if not word:
        return ""
    return str(pgettext(use, word) if use else gettext(word))


def language() -> str:
    """Return the language of the request: “en” or “zh”."""
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else "zh"


def sentence(refused: SurveyError) -> str:
    """Return what `refused` says in the language of the request."""
    return refused.message(language())
