"""Source files of residents' pages, made small: comments and indentation stay on the server."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup

from forms.functions import CLOCK, MORE
from survey.web.public.minify import minify

HERE = Path(__file__).resolve().parent
TEMPLATES = HERE.parent / "templates"
CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
CSS_SPACE = re.compile(r"\s*([{};,>~])\s*|\s+")
CSS_COLON = re.compile(r":\s+")
OPERATION = re.compile(r"^    '(?P<name>[^']+)': .*\n", re.MULTILINE)
"""A line of expressions.js that says what one operation comes to."""

LINE_BREAK = re.compile(r"[ \t]*\n\s*")


class OnOneLine(Extension):
    """Joins the lines of a template, which are broken for its readers only."""

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        """Yield the tokens, those of the page's own text without line breaks and indentation."""
        for token in stream:
            if token.type == "data":
                token = Token(token.lineno, token.type, LINE_BREAK.sub("", token.value))
            yield token


@cache
def environment() -> Environment:
    """Return the templates of residents' pages; they need no request, so the worker can render."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        extensions=[OnOneLine],
    )
    made.filters["single_quoted"] = single_quoted
    return made


def single_quoted(text: str) -> Markup:
    """Return an attribute's value between single quotes: JSON is full of double ones."""
    inside = str(text).replace("&", "&amp;").replace("'", "&#39;").replace("<", "&lt;")
    return Markup(f"'{inside}'")  # noqa: S704 - escaped on the line above


@cache
def style(*names: str) -> str:
    """Return the named style sheets as one, without comments and spare space."""
    text = CSS_COMMENT.sub("", "".join(_read(name) for name in names))
    text = CSS_SPACE.sub(lambda match: match[1] or " ", text)
    return CSS_COLON.sub(":", text).replace(";}", "}").strip()


@cache
def script(*names: str) -> str:
    """Return the named scripts as one, made small."""
    return minify("".join(_read(name) for name in names))


ONLY = re.compile(r"^.*// only: (?P<feature>picture|sums)\n", re.MULTILINE)


@cache
def form_script(
    operations: frozenset[str], *, has_picture: bool = False, has_sums: bool = False
) -> str:
    """Return the script of a form whose conditions use `operations`, without all others.

    Lines that say `// only: picture` or `// only: sums` are for forms that ask for a picture or
    calculate something.
    """
    known = OPERATION.sub(
        lambda line: line[0] if line["name"] in operations else "", _read("expressions.js")
    )
    more = [_read("functions.js")] if operations & (CLOCK | MORE.keys()) else []
    names = ["digest.js", "outbox.js", "form.js", *(["picture.js"] if has_picture else [])]
    features = {"picture": has_picture, "sums": has_sums}
    whole = "".join([known, *more, *(_read(name) for name in names)])
    return minify(ONLY.sub(lambda line: line[0] if features[line["feature"]] else "\n", whole))


@cache
def policy(style_text: str, script_text: str, *, has_photos: bool = False) -> str:
    """Return the Content-Security-Policy under which this style and this script run alone.

    `has_photos`: pictures of our own may be shown; else those that stand in the page itself.
    """
    sources = ["default-src 'none'", f"style-src '{_hash(style_text)}'"]
    if script_text:
        sources += [f"script-src '{_hash(script_text)}'", "connect-src 'self'"]
        sources += ["worker-src blob:"]
    sources += ["img-src 'self' data:" if has_photos else "img-src data:"]
    sources += ["form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"]
    return "; ".join(sources)


def render(template: str, **values: Any) -> str:
    """Return the page that `template` makes of `values`."""
    return environment().get_template(f"public/{template}").render(**values)


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
