"""A form that was sent when its session had ended: it is handed back, to be sent once more.

Nothing of it is stored. It travels inside the sign-in form and comes back with it, and is sent
again only when whoever signed in presses the button.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import request

from survey.web.platform import platform

MAX_CHARS = 5_000
"""Each may take nine bytes on the way, and the sign-in form takes 64 kB."""

SECRET_PAGES = ("console.sign_in.", "console.custodians.")
WRITTEN = re.compile(r"[\u2e80-\uffff]|\S\s+\S")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True)
class Kept:
    """What was sent, to which page, without passwords, tokens and files; `had_files`: with some."""

    to: str
    fields: tuple[tuple[str, str], ...]
    had_files: bool

    @property
    def packed(self) -> str:
        """The form as one text, which `unpack` reads."""
        return json.dumps([self.to, self.fields, self.had_files], ensure_ascii=False)

    @property
    def texts(self) -> list[str]:
        """What somebody wrote rather than chose: values with Chinese, spaces or lines in them."""
        return [value for _, value in self.fields if WRITTEN.search(value)]


def read_request() -> Kept | None:
    """Return the form of this request, or None where a person on our own page did not send one."""
    if request.mimetype not in FORMS or "text/html" not in request.headers.get("Accept", ""):
        return None
    if not _is_from_here() or (request.endpoint or "").startswith(SECRET_PAGES):
        return None
    fields = tuple(
        (name, value)
        for name, value in request.form.items(multi=True)
        if name != "csrf_token" and "password" not in name
    )
    if not fields or sum(len(name) + len(value) for name, value in fields) > MAX_CHARS:
        return None
    had_files = any(file.filename for file in request.files.values())
    return Kept(request.full_path.rstrip("?"), fields, had_files)


def unpack(text: str) -> Kept | None:
    """Return what `packed` held, or None; the caller asks whether it may go where it says."""
    try:
        to, fields, had_files = json.loads(text)
        pairs = tuple((str(name), str(value)) for name, value in fields)
    except (ValueError, TypeError):
        return None
    return Kept(str(to), pairs, bool(had_files))


def _is_from_here() -> bool:
    """Return whether a page of ours sent this; a browser that says nothing is not believed."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin") or request.headers.get("Referer", "")
    ours = urlsplit(platform().config.base_url)
    return urlsplit(origin)[:2] == ours[:2]
