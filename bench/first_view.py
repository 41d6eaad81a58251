"""Bytes and requests of the first view of every form, counted on the wire."""

from __future__ import annotations

import gzip
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from bench.forms import Form, open_every_form
from bench.served import served

LANGUAGES = {"zh": "", "en": "?lang=en"}
ELSEWHERE = re.compile(
    rb'<(?:script|img|link|iframe)\b[^>]*\b(?:src|href)="(?!data:)', re.IGNORECASE
)


@dataclass(frozen=True)
class FirstView:
    """What a phone receives: all bytes, those of the headers, those of the page unpacked."""

    bytes: int
    headers: int
    plain: int
    requests: int


def measure() -> None:
    """Print for each form the first view that is largest among all its points."""
    row = "| {:<18} | {:<8} | {:>6} | {:>6} | {:>7} | {:>6} | {:>8} | {:>6} |"
    heads = ("form", "language", "points", "bytes", "headers", "plain", "requests", "budget")
    with served() as platform:
        print(row.format(*heads))
        print("|" + "---|" * len(heads))
        for form in open_every_form(platform):
            for language, query in LANGUAGES.items():
                view = largest(form, query)
                share = f"{view.bytes / form.budget:.2f}"
                counts = (view.bytes, view.headers, view.plain, view.requests, share)
                print(row.format(form.code, language, len(form.urls), *counts))


def largest(form: Form, query: str) -> FirstView:
    """Return the largest first view of a form among those of all its points."""
    return max((received(url + query) for url in form.urls), key=lambda view: view.bytes)


def received(url: str) -> FirstView:
    """Return what comes over the wire when a browser asks for `url`."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    asked = f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept-Encoding: gzip, deflate\r\n"
    with socket.create_connection((parts.hostname or "", parts.port or 80)) as line:
        line.sendall(f"{asked}Connection: close\r\n\r\n".encode())
        data = b"".join(iter(lambda: line.recv(65_536), b""))
    head, _, body = data.partition(b"\r\n\r\n")
    html = gzip.decompress(body)
    return FirstView(len(data), len(head) + 4, len(html), 1 + len(ELSEWHERE.findall(html)))
