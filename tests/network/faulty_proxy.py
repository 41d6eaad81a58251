"""A network that drops, delays, duplicates and lies, between phones and a real server."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field

PORTAL = b"<html><title>Welcome</title><body>\xe6\x82\xa8\xe7\x9a\x84 pingyi \xe5\xb7\xb2</body>"
FAULTS = {
    "nothing wrong": 40,
    "never arrives": 8,
    "answer is lost": 10,
    "cut in the body": 6,
    "cut in the answer": 6,
    "arrives twice": 6,
    "arrives late": 6,
    "delayed": 4,
    "portal in its place": 5,
    "portal after it": 4,
    "somebody else's answer": 5,
    "bad gateway": 3,
    "says it is done": 3,
}
"""What may happen to a request, and how often."""

DONE = b'{"word": "", "taken": true}'


@dataclass
class FaultyProxy:
    """Passes requests on to `port`, or does worse; `random` decides, so that a run can be repeated.

    `pace` is the longest delay in seconds. `happened` counts what was done to requests.
    """

    port: int
    random: random.Random
    pace: float = 0.02
    happened: Counter[str] = field(default_factory=Counter)
    heard: bytes = b""
    later: set[asyncio.Task[bytes]] = field(default_factory=set)

    async def serve(self) -> asyncio.Server:
        """Listen on a free port of this machine."""
        return await asyncio.start_server(self._visit, "127.0.0.1", 0)

    async def settled(self) -> None:
        """Wait until everything that was under way has arrived."""
        await asyncio.gather(*self.later)

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await read_message(reader)
            answer = await self._fate(request)
            writer.write(answer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _fate(self, request: bytes) -> bytes:
        """Return what the phone gets to see; empty where the line breaks."""
        fault = self.random.choices([*FAULTS], [*FAULTS.values()])[0]
        self.happened[fault] += 1
        pause = self.random.random() * self.pace
        match fault:
            case "never arrives":
                return b""
            case "bad gateway":
                return page(b"502 Bad Gateway", b"<h1>502</h1>")
            case "portal in its place":
                return page(b"200 OK", PORTAL)
            case "says it is done":
                return page(b"200 OK", DONE, b"application/json")
            case "somebody else's answer" if self.heard:
                return self.heard
            case "cut in the body":
                await self._send(request[: -self.random.randint(1, 200)])
                return b""
            case "arrives late":
                self.later.add(asyncio.ensure_future(self._send(request, 5 * pause)))
                return b""
            case "arrives twice":
                await asyncio.gather(self._send(request), self._send(request, pause))
            case "delayed":
                await asyncio.sleep(pause)
        answer = await self._send(request)
        if fault in ("answer is lost", "portal after it"):
            return page(b"200 OK", PORTAL) if fault.startswith("portal") else b""
        if fault == "cut in the answer":
            return answer[: -self.random.randint(1, 30)]
        if b'"taken": true' in answer:
            self.heard = answer
        return answer

    async def _send(self, request: bytes, pause: float = 0) -> bytes:
        await asyncio.sleep(pause)
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return b""
        try:
            writer.write(request)
            writer.write_eof()
            return await reader.read()
        except OSError:
            return b""
        finally:
            writer.close()


async def read_message(reader: asyncio.StreamReader) -> bytes:
    """Return one HTTP message whole: head and as much body as it says."""
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return head + await reader.readexactly(int(value))
    return head


def page(status: bytes, body: bytes, kind: bytes = b"text/html") -> bytes:
    """Return an answer that is not the server's."""
    head = b"HTTP/1.1 %b\r\nContent-Type: %b\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    return head % (status, kind, len(body)) + body
