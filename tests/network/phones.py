"""Phones that do what outbox.js does: the same page again until our own server confirms it."""

import asyncio
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from survey.collection.receipts import random_receipt, receipt_hash
from survey.web.public.confirmation import MEDIA_TYPE, word_on
from tests.network.faulty_proxy import read_message
from tests.residents import FORM_TYPE, Residents

PATIENCE = 60.0
"""Seconds after which a single try is given up, as a phone does after thirty."""


@dataclass(frozen=True)
class Page:
    """A filled-in form on a phone: where it goes, what is sent, its key and its own receipt."""

    path: str
    body: bytes
    key: str
    listed: str


def filled_in(residents: Residents, number: int) -> list[Page]:
    """Return so many forms, each with a key of its own, at the window and a branch in turn."""
    pages = []
    templates = {org: residents.fields(org) for org in ("W01", "B001")}
    for place in range(number):
        org = "W01" if place % 2 else "B001"
        point, key = residents.points[org], secrets.token_urlsafe(18)
        listed = receipt_hash(point.round_code, point.code, random_receipt())
        fields = [(name, key if name == "ik" else value) for name, value in templates[org]]
        body = urlencode([*fields, ("receipt", listed)]).encode()
        pages.append(Page(residents.path(org), body, key, listed))
    return pages


Rule = Callable[[Page, bytes], bool]
"""Whether a phone takes what it got for a confirmation of its page."""


async def deliver(page: Page, port: int, turns: asyncio.Semaphore, rule: Rule) -> int:
    """Send `page` until `rule` takes it for confirmed; return how often that took."""
    tries = 0
    while True:
        tries += 1
        async with turns:
            if rule(page, await _try(page, port)):
                return tries
        await asyncio.sleep(min(0.002 * 2**tries, 0.1))


def confirms(page: Page, body: bytes) -> bool:
    """Whether `body` is our server's word that it has this very page (outbox.js: send)."""
    try:
        reply = json.loads(body)
    except ValueError:
        return False
    ours = isinstance(reply, dict) and reply.get("word") == word_on(page.key)
    assert not ours or reply["taken"], reply
    return ours


async def _try(page: Page, port: int) -> bytes:
    head = (
        f"POST {page.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {MEDIA_TYPE}\r\n"
        f"Content-Type: {FORM_TYPE}\r\nContent-Length: {len(page.body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    writer = None
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head.encode() + page.body)
        message = await asyncio.wait_for(read_message(reader), PATIENCE)
        return message.partition(b"\r\n\r\n")[2]
    except (OSError, asyncio.IncompleteReadError, TimeoutError):
        return b""
    finally:
        if writer is not None:
            writer.close()
