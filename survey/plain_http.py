"""The plainest requests: what phones send to the address of a form, read without a server's help.

Only what is exactly such a request is read here; all else is left to gunicorn, whose reader knows
every shape that a request may have and how to refuse the wrong ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

MAX_HEAD = 8_192
MAX_BODY = 65_536
READ = {
    b"host": "HTTP_HOST",
    b"accept": "HTTP_ACCEPT",
    b"accept-encoding": "HTTP_ACCEPT_ENCODING",
    b"connection": "HTTP_CONNECTION",
    b"content-encoding": "HTTP_CONTENT_ENCODING",
    b"content-length": "CONTENT_LENGTH",
    b"content-type": "CONTENT_TYPE",
    b"sec-fetch-site": "HTTP_SEC_FETCH_SITE",
}
"""What is read of a head, as WSGI calls it; nothing else decides how a form is served."""

DECIDING = frozenset({b"expect", b"http2-settings", b"trailer", b"transfer-encoding", b"upgrade"})
"""Headers that change how a request is to be read or answered, of which only gunicorn knows."""

_HEAD = re.compile(
    rb"(GET|POST) (/[qQ]/[0-9A-Za-z]{8})(?:\?([a-z=]{0,16}))? HTTP/1\.([01])\r\n"
    rb"((?:[A-Za-z0-9-]{1,64}:[\x20-\x7e]*\r\n){1,60})\r\n"
)
_BEGINNING = re.compile(rb"(?:GET|POST) /[qQ]/[0-9A-Za-z]")
_CONNECTIONS = {"": False, "keep-alive": False, "close": True}


class Unfinished(Enum):
    """What `read` returns while the rest of a plain request is still on its way."""

    UNFINISHED = "unfinished"


UNFINISHED: Final = Unfinished.UNFINISHED


@dataclass(frozen=True, slots=True)
class PlainRequest:
    """A whole request: in `wsgi` the environment of it, so far as forms ask for it.

    `is_last`: the connection is to be closed after the reply.
    """

    wsgi: dict[str, str]
    body: bytes
    is_last: bool


Made = Callable[[Callable[[bool | Exception], None]], None]
"""Makes something durable, and tells on another thread whether it is, or what went wrong."""


class Reply(NamedTuple):
    """What goes out: status, headers and body; and what must be made durable `first`, if any."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    first: Made | None = None


def read(data: bytes) -> PlainRequest | Unfinished | None:
    """Return the one request that `data` is, or None where it may be anything else."""
    head = _HEAD.match(data)
    if head is None:
        is_on_its_way = len(data) < MAX_HEAD and b"\r\n\r\n" not in data
        return UNFINISHED if is_on_its_way and _BEGINNING.match(data) else None
    method, path, query, version, lines = head.groups()
    if head.end() > MAX_HEAD:
        return None
    environ = {
        "REQUEST_METHOD": method.decode(),
        "PATH_INFO": path.decode(),
        "QUERY_STRING": (query or b"").decode(),
    }
    for line in lines.split(b"\r\n"):
        name, _, value = line.partition(b":")
        name = name.lower()
        key = READ.get(name)
        if key is not None:
            if key in environ:
                return None
            environ[key] = value.strip(b" ").decode()
        elif name in DECIDING:
            return None
    connection = environ.get("HTTP_CONNECTION", "" if version == b"1" else "close")
    is_last = _CONNECTIONS.get(connection.lower())
    if is_last is None or not (is_last or version == b"1"):
        return None
    return _whole(environ, data, head.end(), is_last)


def _whole(
    environ: dict[str, str], data: bytes, begin: int, is_last: bool
) -> PlainRequest | Unfinished | None:
    """Return the request with the body that begins at `begin`, unless more than that is there."""
    length = environ.get("CONTENT_LENGTH", "0")
    if not length.isdigit() or len(length) > len(str(MAX_BODY)):
        return None
    size = int(length)
    if size > MAX_BODY or (size if environ["REQUEST_METHOD"] == "GET" else not size):
        return None
    if len(data) < begin + size:
        return UNFINISHED
    return PlainRequest(environ, data[begin:], is_last) if len(data) == begin + size else None
