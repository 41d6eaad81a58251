"""Messages to the office's own messenger: JSON over HTTPS, signed, named, never redirected."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from survey.notices.refusals import MessageRefused, NotDelivered, ServerBusy, ServerDown
from survey.outgoing import Messenger

TIMEOUT = 10.0
"""Seconds that the messenger has for each step of the conversation."""
LEAST_SECRET = 16
PASSING = frozenset({408, 425, 429})


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """Return the HMAC-SHA256 over `timestamp`, a full stop and `body`, in hexadecimal."""
    return hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def post(messenger: Messenger, key: str, data: Mapping[str, Any], at: datetime) -> None:
    """Hand a message over; returning means that the messenger answered with 2xx.

    `key` is its name for good: the messenger drops what it has already seen.

    Raises:
        NotDelivered: it has not, and why.
    """
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    stamp = str(int(at.timestamp()))
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked with the settings
        messenger.url,
        data=body,
        method="POST",
        headers={
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Pingyi",
            "Idempotency-Key": key,
            "X-Pingyi-Timestamp": stamp,
            "X-Pingyi-Signature": f"sha256={signature(_secret(messenger), stamp, body)}",
        },
    )
    try:
        with _OPENER.open(request, timeout=TIMEOUT) as answer:
            status = answer.status
    except urllib.error.HTTPError as error:
        error.close()
        raise _refused(error.code) from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise _down(type(error).__name__) from error
    if not 200 <= status < 300:
        raise _refused(status)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Whoever answers elsewhere is not whom the office named."""

    def redirect_request(self, *_: Any) -> None:
        """Return nothing, so that the redirect is an error."""


# No proxy of the environment: what is signed goes where the settings say.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects())


def _secret(messenger: Messenger) -> bytes:
    try:
        secret = messenger.secret_file.read_bytes().strip()
    except OSError as error:
        raise _down("secret file") from error
    if len(secret) < LEAST_SECRET:
        raise _down("secret too short")
    return secret


def _refused(status: int) -> NotDelivered:
    if status >= 500 or status in PASSING:
        return ServerBusy(f"消息接口暂时不收（{status}）", f"The messenger is busy ({status})")
    if status in (401, 403, 404, 405) or 300 <= status < 400:
        return _down(str(status))
    return MessageRefused(f"消息接口不收（{status}）", f"The messenger refuses it ({status})")


def _down(what: str) -> ServerDown:
    return ServerDown(f"消息接口连不上（{what}）", f"The messenger does not answer ({what})")
