"""Bodies of form posts, read strictly: what is not exactly such a body is refused.

Werkzeug turns invalid UTF-8, unknown content types and truncated bodies into an empty form
without an error, which would be stored as a blank answer (security.md D10).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from werkzeug.datastructures import MultiDict
from werkzeug.http import parse_options_header

from forms.checks import HIDDEN_FIELDS
from forms.definition import ItemKind, Questionnaire

MAX_BYTES = 65_536
MAX_KEYS = 200
MEDIA_TYPE = "application/x-www-form-urlencoded"
CHARSETS = ("", "utf-8", "utf8")
# Browsers send these signs, and every other as %XX; a bare percent sign means a cut or a forgery.
# `&` and `=` stand between the fields: one look at a whole body is enough.
_SIGNS = rb"[0-9A-Za-z*._+~!'(),:;@$/?\[\]&=-]*"
ENCODED = re.compile(_SIGNS + rb"(?:%[0-9A-Fa-f]{2}" + _SIGNS + rb")*")


class BodyRefused(Exception):
    """The body is not read, nothing of it; `code` is stable, `status` the HTTP status that fits."""

    def __init__(self, code: str, zh: str, en: str, status: int = 400) -> None:
        super().__init__(f"{code}: {en}")
        self.code = code
        self.zh = zh
        self.en = en
        self.status = status


@dataclass(frozen=True)
class BodyShape:
    """The names that may stand in a body, and those among them that may stand there repeatedly.

    `pictures` are names of files, which only a multipart body can hold.
    """

    known: frozenset[str]
    repeatable: frozenset[str]
    pictures: frozenset[str] = frozenset()


def body_shape(questionnaire: Questionnaire, hidden: Collection[str] = HIDDEN_FIELDS) -> BodyShape:
    """Return what a post of `questionnaire` may hold: its items and the page's hidden fields."""
    kept = vars(questionnaire).setdefault("_shapes", {})
    name = frozenset(hidden)
    if name not in kept:
        kept[name] = _shape(questionnaire, name)
    shape: BodyShape = kept[name]
    return shape


def _shape(questionnaire: Questionnaire, hidden: frozenset[str]) -> BodyShape:
    return BodyShape(
        known=frozenset(i.code for i in questionnaire.items if i.kind is not ItemKind.IMAGE)
        | hidden,
        repeatable=frozenset(
            item.code for item in questionnaire.items if item.kind is ItemKind.MULTIPLE_CHOICE
        ),
        pictures=frozenset(item.code for item in questionnaire.picture_items),
    )


def parse_body(
    content_type: str,
    body: bytes,
    *,
    shape: BodyShape | None = None,
    max_bytes: int = MAX_BYTES,
    max_keys: int = MAX_KEYS,
) -> MultiDict[str, str]:
    """Return the fields of an urlencoded body, in order; there is at least one.

    Args:
        content_type: the request's header as it came.
        body: the whole body; comparing its size with Content-Length is the caller's part.
        shape: which names are allowed; without it any name may come, and any number of times.
        max_bytes: the most that is read.
        max_keys: the most fields, repeated ones counted each time.

    Raises:
        BodyRefused: anything at all is wrong with it.
    """
    _check_type(content_type)
    if len(body) > max_bytes:
        raise too_large()
    pairs = body.split(b"&") if body else []
    if not pairs or len(pairs) > max_keys:
        raise malformed("empty" if not pairs else "too many fields")
    if not ENCODED.fullmatch(body):
        raise malformed("a sign that is not URL-encoded")
    known = _known_fields(pairs, shape) if shape is not None else None
    if known is not None:
        return known
    fields: MultiDict[str, str] = MultiDict()
    for pair in pairs:
        name, separator, value = pair.partition(b"=")
        if not name or not separator:
            raise malformed("a field without name or without =")
        if b"=" in value:
            raise malformed("a sign that is not URL-encoded")
        key = _decoded(name)
        check_name(key, key in fields, shape)
        fields.add(key, _decoded(value))
    return fields


def _known_fields(pairs: list[bytes], shape: BodyShape) -> MultiDict[str, str] | None:
    """Return the fields if all are in the form, once each; None where the rules must be asked.

    Most bodies are such, and this takes a quarter of the time.
    """
    try:
        given = dict(pair.decode("ascii").split("=") for pair in pairs)
    except ValueError:
        return None
    if len(given) != len(pairs) or not given.keys() <= shape.known:
        return None
    for name, value in given.items():
        if "%" in value or "+" in value:
            given[name] = _decoded(value.encode())
    return MultiDict(given)


@lru_cache(maxsize=32)
def _check_type(content_type: str) -> None:
    media_type, options = parse_options_header(content_type)
    if media_type.lower() != MEDIA_TYPE or options.get("charset", "").lower() not in CHARSETS:
        raise BodyRefused(
            "BODY_TYPE",
            "这一页送来的格式不对，请刷新页面再交；已写的还在",
            f"the body must be {MEDIA_TYPE} in UTF-8",
            415,
        )


def too_large() -> BodyRefused:
    """Return what to say about a body that is too large."""
    return BodyRefused("BODY_TOO_LARGE", "写的内容太长了，请删短一点", "the body is too large", 413)


def check_name(key: str, is_repeated: bool, shape: BodyShape | None) -> None:
    """Refuse a field that is not in the form, or came twice."""
    if not key.isprintable():
        raise malformed("a field name with controls")
    if shape is None:
        return
    if key not in shape.known:
        raise malformed("a field that is not in this form")
    if is_repeated and key not in shape.repeatable:
        raise malformed(f"the field {key} came twice")


def _decoded(encoded: bytes) -> str:
    if b"%" not in encoded:
        return encoded.replace(b"+", b" ").decode("ascii")
    try:
        return unquote_to_bytes(encoded.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise malformed("text that is not UTF-8") from None


def malformed(reason: str) -> BodyRefused:
    """Return what to say about a body that is no form of ours."""
    return BodyRefused(
        "BODY_MALFORMED",
        "送来的内容不完整，没有收下；请刷新页面再交一次",
        f"the body is no form of ours: {reason}",
    )
