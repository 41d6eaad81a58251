"""Answers to a phone: whole pages with their own content policy, and nothing kept anywhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, request
from markupsafe import Markup

from survey.collection.receipts import mint_key, receipt_of
from survey.web.public import confirmation, page_bytes, source
from survey.web.public.page_bytes import ServedPage
from survey.web.public.pages import middle as middle_of
from survey.web.public.pages import query_of
from survey.web.public.wording import HTML_LANGUAGES, LANGUAGES, words

RETRY_SECONDS = "5"
SCRIPTS = ("digest.js", "outbox.js", "large.js")
"""On every page but the form: an answer that was not confirmed is sent by whichever is opened."""

VARIES = ("Vary", "Accept-Encoding")
GZIPPED = ("Content-Encoding", "gzip")


def language() -> str:
    """Return the language that the address asks for; Chinese unless it is one we have."""
    asked = request.args.get("lang", "")
    return asked if asked in LANGUAGES else LANGUAGES[0]


def page(
    template: str,
    *,
    status: int = 200,
    scripts: tuple[str, ...] = (),
    has_photos: bool = False,
    **values: Any,
) -> Response:
    """Return the page that `template` makes of `values`, styled and scripted inside."""
    chosen = language()
    style, code = source.style("base.css", "thanks.css"), source.script(*SCRIPTS, *scripts)
    other = "zh" if chosen == "en" else "en"
    html = source.render(
        template,
        t=words(chosen),
        html_language=HTML_LANGUAGES[chosen],
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(code),  # noqa: S704 - our own file
        other_lang=HTML_LANGUAGES[other],
        **values,
    )
    csp = source.policy(style, code, has_photos=has_photos)
    return html_response(html.encode(), csp, status=status)


def html_response(
    body: bytes, csp: str, *, status: int = 200, headers: tuple[tuple[str, str], ...] = ()
) -> Response:
    """Return a page that is never kept by anybody on the way."""
    return Response(body, status=status, headers=[*page_headers(csp, language()), *headers])


def page_headers(csp: str, shown: str) -> list[tuple[str, str]]:
    """Return what is said of every page of residents, in whatever language it is `shown`."""
    return [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", csp),
        ("Cache-Control", "no-store"),
        ("Content-Language", HTML_LANGUAGES[shown]),
    ]


def form(
    served: ServedPage, secret: bytes, now: datetime, shown: str, *, is_gzip: bool, ticket: str = ""
) -> tuple[list[tuple[str, str]], bytes]:
    """Return headers and body of a form with a page key of its own, made with `secret`.

    `ticket` is what the form was opened with; it goes back with the answers.
    """
    key = mint_key(secret, now)
    middle = middle_of(key, receipt_of(key), ticket).encode()
    body = page_bytes.gzipped(served, middle) if is_gzip else page_bytes.plain(served, middle)
    headers = [*page_headers(served.csp, shown), VARIES, ("Content-Length", str(len(body)))]
    if is_gzip:
        headers.append(GZIPPED)
    return headers, body


def message(
    name: str, status: int, *, link: str = "", link_text: str = "to_form", **values: str
) -> Response:
    """Return the page of one message: the texts `name` and `name_text`, and one way on.

    A form's script gets the two texts as data.
    """
    texts = words(language())
    title, text = texts[name].format(**values), texts[f"{name}_text"].format(**values)
    if confirmation.is_asked_for():
        response = confirmation.refused(status, title=title, text=text)
    else:
        response = page(
            "message.html",
            status=status,
            title=title,
            text=text,
            link=link,
            link_text=texts[link_text],
        )
    if status == 503:
        response.headers["Retry-After"] = RETRY_SECONDS
    return response


def see_other(path: str) -> Response:
    """Return a redirection to `path` after a post, or to what was typed; the language stays."""
    return Response(status=303, headers=see_other_headers(path, language()))


def see_other_headers(path: str, shown: str) -> list[tuple[str, str]]:
    """Return what sends a browser on to `path` in the language `shown`."""
    return [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Location", path + query_of(shown)),
        ("Cache-Control", "no-store"),
    ]


def address(path: str) -> str:
    """Return `path` as an address that keeps the language."""
    return path + query_of(language())
