"""Three times as many answers as the server can take: what is stored, what the rest are told."""

from __future__ import annotations

import heapq
import os
import secrets
import selectors
import socket
import time
import urllib.request
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from bench.intake import FORMS
from bench.intake_load import Form
from bench.served import served

SECONDS = 8.0
PATIENCE = 10.0
AT_ONCE = 50


@dataclass
class Seen:
    """What became of the answers offered: seconds until each was stored, and until each refusal."""

    stored: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    lost: int = 0
    offered: int = 0
    seconds: float = SECONDS

    @property
    def rate(self) -> float:
        """Answers stored per second."""
        return len(self.stored) / self.seconds


def measure() -> None:
    """Print goodput under three times the capacity as a share of the peak, and recovery."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with served() as platform:
        os.sched_setaffinity(platform.pid, range(os.cpu_count() or 1))
        url = platform.point(FORMS[0])["url"]
        post = _post_of(url)
        peak = _peak(url, post)
        rush = offer(url, post, 3 * peak, SECONDS)
        told = rush.refused or [0.0]
        print(
            f"overload: {rush.rate / peak:.2f} of the peak stored (target 0.70) at "
            f"{rush.offered / rush.seconds / peak:.1f} times the peak offered, "
            f"peak {peak:.0f}/s; {len(rush.refused)} told 503, p50 {_at(told, 0.5):.0f} ms, "
            f"p99 {_at(told, 0.99):.0f} ms; {rush.lost} neither"
        )
        begin = time.perf_counter()
        while (after := offer(url, post, peak / 2, 1.0)).refused or after.lost:
            if time.perf_counter() - begin > 60:
                break
        print(f"recovered {time.perf_counter() - begin - 1:.0f} s after it (target 10 s)")


def _peak(url: str, post: bytes) -> float:
    """Return the most that is stored per second, with half as much more offered from try to try."""
    best, rate = 0.0, 200.0
    while True:
        seen = offer(url, post, rate, 4.0)
        best = max(best, seen.rate)
        if seen.rate < 0.8 * rate:
            return best
        rate *= 1.5


def offer(url: str, post: bytes, rate: float, seconds: float) -> Seen:
    """Send a fresh answer on a connection of its own every 1/rate seconds, whatever comes back."""
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or 80)
    seen, events, sent = Seen(seconds=seconds), selectors.DefaultSelector(), 0
    begun: dict[socket.socket, float] = {}
    begin = time.perf_counter()
    while True:
        now = time.perf_counter() - begin
        if now < seconds:
            while sent < now * rate:
                _send(address, post, events, begun)
                sent += 1
                if sent % AT_ONCE == 0:
                    break  # What has come back is read in time.
        elif not begun or now > seconds + PATIENCE:
            break
        for key, _ in events.select(0 if sent < now * rate else 0.001):
            _receive(key.fileobj, events, begun, seen)  # type: ignore[arg-type]
    seen.lost += len(begun)
    seen.offered = sent
    for client in begun:
        client.close()
    return seen


def _send(
    address: tuple[str, int],
    post: bytes,
    events: selectors.BaseSelector,
    begun: dict[socket.socket, float],
) -> None:
    client = socket.socket()
    client.connect(address)
    client.sendall(post.replace(b"KEY", secrets.token_hex(16).encode()))
    events.register(client, selectors.EVENT_READ)
    begun[client] = time.perf_counter()


def _receive(
    client: socket.socket,
    events: selectors.BaseSelector,
    begun: dict[socket.socket, float],
    seen: Seen,
) -> None:
    taken = (time.perf_counter() - begun.pop(client)) * 1e3
    events.unregister(client)
    try:
        status = client.recv(4096)[9:12]
    except OSError:
        status = b""
    client.close()
    if status == b"303":
        seen.stored.append(taken)
    elif status == b"503":
        seen.refused.append(taken)
    else:
        seen.lost += 1


def _post_of(url: str) -> bytes:
    """Return a POST of the form with the first option of everything, and KEY for its key."""
    with urllib.request.urlopen(url) as response:
        form = Form()
        form.feed(response.read().decode())
    chosen = ("radio", "checkbox", "hidden")
    fields = form.fields.items()
    values = {name: given[0] for name, (kind, given) in fields if kind in chosen}
    body = urlencode(values | {"ik": "KEY"})
    parts = urlsplit(url)
    length = len(body) - len("KEY") + 32
    return (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {length}\r\n\r\n{body}"
    ).encode()


def _at(numbers: list[float], share: float) -> float:
    """Return the number below which this share of `numbers` lies."""
    return heapq.nsmallest(max(1, round(share * len(numbers))), numbers)[-1]
