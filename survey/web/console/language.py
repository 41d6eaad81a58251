"""The language that staff read the console in: the platform's own, or the one they ask for."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, has_request_context, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import get_babel

from survey.web.console.addresses import this_page
from survey.web.platform import platform
from survey.web.texts import language

COOKIE, PATH = "pingyi_lang", "/console"
DAYS_KEPT = 365
# What each language calls itself, and its tag in HTML.
LANGUAGES = {"zh": ("中文", "zh-CN"), "en": ("English", "en")}


@dataclass(frozen=True)
class Switch:
    """The way to the other language: its name in itself, its tag, and the address."""

    name: str
    tag: str
    href: str


def offer(blueprint: Blueprint) -> None:
    """Let the pages of `blueprint` be asked for as `?lang=en`, and tell them the other language."""
    blueprint.before_request(_keep)
    blueprint.context_processor(lambda: {"language_switch": _switch()})


def selected() -> str | None:
    """Return the language that this browser asked for, or None for the platform's own.

    Only the console is asked: pages of residents have a cookie for nothing. A language whose
    texts were not compiled is not there.
    """
    if not has_request_context() or not request.path.startswith(PATH):
        return None
    asked = request.cookies.get(COOKIE, "")
    return asked if asked in LANGUAGES and _is_there(asked) else None


def _is_there(code: str) -> bool:
    """Whether the console speaks `code`: the texts are Chinese, others need a catalogue."""
    known = get_babel().instance.list_translations()
    return code == "zh" or any(locale.language == code for locale in known)


def _keep() -> ResponseReturnValue | None:
    """Keep the language asked for in the browser, and go on to the page itself."""
    asked = request.args.get("lang", "")
    if request.method != "GET" or asked not in LANGUAGES:
        return None
    response = redirect(this_page(without="lang"), code=303)
    response.set_cookie(
        COOKIE,
        asked,
        max_age=DAYS_KEPT * 24 * 3600,
        path=PATH,
        secure=platform().config.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return response


def _switch() -> Switch | None:
    """Return the way to the other language; None where there is none."""
    other = "zh" if language() == "en" else "en"
    if not _is_there(other):
        return None
    name, tag = LANGUAGES[other]
    # What was sent with a form cannot be asked for again by a link.
    is_asked = request.method == "GET"
    href = this_page(without="lang", lang=other) if is_asked else f"{PATH}/?lang={other}"
    return Switch(name, tag, href)
