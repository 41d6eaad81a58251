"""What a form's script is told in answer to a post, so that it takes nobody else's word for ours.

A portal, a cache or a broken line may answer in the server's place. A reply therefore carries a
word made of the key of the very page that was sent; the phone, which knows the key, works out the
same and believes nothing else. Without script a browser gets pages instead.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from flask import Response, g, request

MEDIA_TYPE = "application/json"
GONE, SPENT = 410, 409
TRY_AGAIN = 429
WORD_LENGTH = 32


def word_on(key: str) -> str:
    """Return what only somebody can say who was sent the page with this key (outbox.js: send)."""
    return hashlib.sha256(f"pingyi-taken:{key}".encode()).hexdigest()[:WORD_LENGTH]


def is_asked_for() -> bool:
    """Whether a form's script sent this request: it asks for data, and nothing else does."""
    return request.method == "POST" and asks_for_word(request.headers.get("Accept", ""))


def asks_for_word(accept: str) -> bool:
    """Whether a post with this header Accept comes from a form's script."""
    return accept == MEDIA_TYPE


def note_key(key: str) -> None:
    """Remember, for the length of this request, which page it is about."""
    g.page_key = key


def taken() -> Response:
    """Return the word that the page is stored, durably and once."""
    return _reply(200, is_taken=True)


def refused(status: int, *, is_final: bool | None = None, **said: Any) -> Response:
    """Return why the page was not taken, and whether sending it again could change that.

    Faults that pass by themselves (status 429 and from 500) carry no word: the phone goes on
    trying. `said` is `title` and `text`, or `note`, `errors` by item code, `asked` and `again`.
    """
    final = status in (GONE, SPENT) if is_final is None else is_final
    return _reply(status, is_taken=False, final=final, **said)


def _reply(status: int, *, is_taken: bool, **said: Any) -> Response:
    passes = status == TRY_AGAIN or status >= 500
    key = "" if passes else g.get("page_key", "")
    headers, body = told(key, is_taken=is_taken, **said)
    return Response(body, status=status, headers=headers)


def told(key: str, *, is_taken: bool, **said: Any) -> tuple[list[tuple[str, str]], bytes]:
    """Return headers and body of what a script is told of the page with this key."""
    data = {"word": word_on(key) if key else "", "taken": is_taken, **said}
    return [("Content-Type", MEDIA_TYPE), ("Cache-Control", "no-store")], json.dumps(data).encode()
