"""gunicorn's threaded worker, with a shorter way for what phones send to a form.

The thread that watches all connections reads such a request by itself, and answers it: no other
thread is woken, and somebody who sends slowly keeps nobody waiting. A sheet of answers is handed
to whoever writes the box, and its reply goes out once it is durable. Everything else goes the way
that gunicorn knows, byte for byte as it came.

Whoever comes while too many wait is turned away at once. Without this a rush is queued until
phones have given up, and what is then answered helps nobody.
"""

from __future__ import annotations

import errno
import selectors
import socket
import time
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from gunicorn.http.wsgi import SERVER
from gunicorn.workers.gthread import TConn, ThreadWorker

from survey import clock, plain_http
from survey.collection.inbox import BoxBusy
from survey.plain_http import UNFINISHED, Made, Reply, Unfinished

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Front(Protocol):
        """What answers plain requests; see `survey.web.public.front`."""

        def at_once(self, wsgi: dict[str, str], body: bytes) -> Reply | None:
            """Return the reply; None leaves it to the application."""


MAX_WAITING = 100
"""Requests that may wait in one process, some 0.1 s of work; whoever comes then comes again."""

NOBODY_TAKEN = frozenset({errno.EAGAIN, errno.ECONNABORTED, errno.EMFILE, errno.ENFILE})
"""Why a new connection may not be had: gone again, or there are as many as the system allows."""

SHEETS = (b"POST /q/", b"POST /Q/")
"""How requests begin that bring a sheet of answers."""

SWEEP = 1.0
"""Seconds between two looks for connections on which nothing happens any more."""

PATIENCE = 6.0
"""Seconds after which somebody whose sheet is not durable yet is asked to send it again."""

LINGER = 2.0
"""Seconds for which somebody who is hung up on may still send; nothing of it is looked at."""

SCRAP = 65_536
"""Bytes of a request that is not answered: read, so that closing does not break off the reply."""

PAGE = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>这会儿正忙</title>'
    '<meta name="viewport" content="width=device-width"><h1>这会儿正忙</h1>'
    "<p>同时打开的人太多。请等几秒，回到上一页再交一次；已经写的都还在。"
    '<p lang="en">Too many people at once. Wait a few seconds, go back and send it again.'
).encode()
BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nCache-Control: no-store\r\n"
    b"Content-Type: text/html; charset=utf-8\r\nContent-Security-Policy: default-src 'none'\r\n"
    b"X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
    b"Connection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(PAGE), PAGE)
)


class Caller(TConn):
    """A connection: what it has sent of its next request, and what it is still owed.

    Its `timeout` is when it is given up unless something happens. While `storing` the reply waits
    for the disk, and `request` is what may have to be answered by the application after all. One
    that `is_leaving` has had its last reply.
    """

    received = b""
    request = b""
    unsent = b""
    storing: Reply | None = None
    is_last = False
    is_watched = False
    is_leaving = False
    part: Callable[[Caller], None] | None = None

    def close(self, graceful: bool = False) -> None:
        """Hang up; gracefully, only once the other end has read all.

        gunicorn waits for that where it stands, which here is the poller that everybody needs.
        """
        if graceful and self.part is not None:
            self.part(self)
        else:
            super().close()


class Worker(ThreadWorker):
    """A threaded worker with a shorter way to the front, and an end to its queues.

    gunicorn's own gives a new connection a thread to wait for its first request with; here the
    poller waits, so that a connection without a request costs nobody anything.
    """

    front: Front | None = None
    is_rushed = False
    is_woken = False
    ready = 0
    waiting = 0
    swept = 0.0

    def init_process(self) -> None:
        """Serve; returns when the process is to end."""
        self.callers: set[Caller] = set()
        self.told: deque[tuple[Caller, Reply, bool | Exception]] = deque()
        super().init_process()

    def accept(self, listener: Any) -> None:
        """Take new connections and wait for their requests.

        One at a time while there is little to do, so that every process gets its share, and all
        in a rush, so that those who must be turned away are turned away at once.
        """
        room = max(1, self.worker_connections - self.nr_conns)
        for _ in range(min(self.ready**2, room)):
            try:
                client, address = listener.accept()
            except OSError as error:
                if error.errno not in NOBODY_TAKEN:
                    raise
                return
            self.nr_conns += 1
            self._watch(Caller(self.cfg, client, address, listener.getsockname()))

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for requests and answer them in turn; those beyond the limit are turned away."""
        events = self.poller.select(timeout)
        self.ready = len(events)
        for place, (key, _) in enumerate(events):
            self.is_rushed = place >= MAX_WAITING
            key.data(key.fileobj)

    def on_client_socket_readable(self, conn: Caller, client: Any) -> None:
        """Read the next request on a connection that a thread has answered before."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._watch(conn)
        self._on_readable(conn, client)

    def enqueue_req(self, conn: TConn) -> None:
        """Have a thread answer, or say at once that there are too many."""
        if self.tpool._work_queue.qsize() < MAX_WAITING:
            super().enqueue_req(conn)
        else:
            self._turn_away(conn)

    def murder_pending(self) -> None:
        """Give up connections on which nothing happens any more."""
        now = time.monotonic()
        if now < self.swept + SWEEP:
            return
        self.swept = now
        for caller in [caller for caller in self.callers if caller.timeout < now]:
            if caller.storing is None:
                self._close(caller)
            else:
                self._turn_away(caller)

    def murder_keepalived(self, force: bool = False) -> None:
        """Close connections that have been idle too long, or all."""
        super().murder_keepalived(force)
        for caller in list(self.callers) if force else ():
            self._close(caller)

    def _cap_keepalive(self, deadline: float) -> None:
        super()._cap_keepalive(deadline)
        for caller in self.callers:
            if caller.storing is None:
                caller.timeout = min(caller.timeout, deadline)

    def _on_readable(self, caller: Caller, _client: Any) -> None:
        """Read and answer a request, or what there is of it."""
        if not caller.is_watched or caller.unsent:
            return  # Something that happened at the same moment, and came first, has changed it.
        if caller.storing is not None:
            self._unwatch(caller)  # What it sends now can wait.
            return
        try:
            data = caller.sock.recv(SCRAP)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._close(caller)
        elif caller.is_leaving:
            return
        elif self.is_rushed or self._is_full_for(caller.received + data):
            self._turn_away(caller)
        else:
            self._answer(caller, caller.received + data)

    def _is_full_for(self, data: bytes) -> bool:
        """Whether a request is a sheet while too many wait for the disk: not even read then."""
        return self.waiting >= MAX_WAITING and data.startswith(SHEETS)

    def _answer(self, caller: Caller, data: bytes) -> None:
        """Answer a request by the short way if it is one for that, else leave it to a thread."""
        answer = self._short_way(data)
        caller.received = data if answer is UNFINISHED else b""
        if answer is UNFINISHED:
            caller.timeout = time.monotonic() + self.cfg.keepalive
        elif answer is None:
            self._hand_over(caller, data)
        else:
            reply, caller.is_last = answer
            if reply.first is None:
                self._send(caller, reply)
            else:
                self._store(caller, reply, reply.first, data)

    def _short_way(self, data: bytes) -> tuple[Reply, bool] | Unfinished | None:
        """Return the reply to a request and whether it is the last; None leaves it to a thread."""
        if self.front is None:
            return None
        try:
            request = plain_http.read(data)
            if request is None or request is UNFINISHED:
                return request
            reply = self.front.at_once(request.wsgi, request.body)
        except Exception:  # Whatever it is, the application meets it again and says so.
            return None
        return None if reply is None else (reply, request.is_last)

    def _hand_over(self, caller: Caller, data: bytes) -> None:
        """Have a thread answer the request that begins with `data`."""
        self._unwatch(caller)
        self.callers.discard(caller)
        caller.data_ready = True
        caller.part = self._part
        caller.init()
        caller.parser.unreader.unread(data)
        self.enqueue_req(caller)

    def _store(self, caller: Caller, reply: Reply, first: Made, data: bytes) -> None:
        """Have a sheet stored `first`; `reply` goes out when that is done."""
        caller.storing, caller.request = reply, data
        caller.timeout = time.monotonic() + PATIENCE
        self.waiting += 1
        try:
            first(partial(self._on_stored, caller, reply))
        except Exception as error:  # The application meets it again and says so.
            self._on_stored(caller, reply, error)

    def _on_stored(self, caller: Caller, reply: Reply, result: bool | Exception) -> None:
        """Note what came of a sheet; called on the thread that stores."""
        self.told.append((caller, reply, result))
        if not self.is_woken:
            self.is_woken = True
            self.method_queue.defer(self._reply_stored)

    def _reply_stored(self) -> None:
        """Tell all whose sheets have been stored meanwhile, or could not be."""
        self.is_woken = False
        while self.told:
            caller, reply, result = self.told.popleft()
            self.waiting -= 1
            if caller.storing is not reply:
                continue  # It was told to come again, or has left.
            data, caller.storing, caller.request = caller.request, None, b""
            if result is True:
                self._send(caller, reply)
            elif isinstance(result, BoxBusy):
                self._turn_away(caller)
            else:
                self._hand_over(caller, data)

    def _send(self, caller: Caller, reply: Reply) -> None:
        """Send a reply, and read on."""
        is_last = caller.is_last = caller.is_last or not self.alive
        date = _date(int(clock.now().timestamp()))
        caller.unsent = _head(reply.status, reply.headers, is_last, date) + reply.body
        self._send_on(caller)

    def _send_on(self, caller: Caller, _client: Any = None) -> None:
        """Send what the connection takes of what is left."""
        try:
            sent = caller.sock.send(caller.unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._close(caller)
            return
        caller.unsent = caller.unsent[sent:]
        if caller.unsent:
            self._unwatch(caller)
            self._watch(caller, selectors.EVENT_WRITE)
        elif caller.is_last:
            self._close(caller)
        elif _client is not None:
            self._unwatch(caller)
            self._watch(caller)
        elif caller.is_watched:
            caller.timeout = time.monotonic() + self.cfg.keepalive
        else:
            self._watch(caller)

    def _turn_away(self, caller: Caller) -> None:
        """Say that there are too many, and close."""
        with suppress(OSError):  # It may have left, or not read: then there is nobody to tell.
            caller.sock.setblocking(False)
            caller.sock.send(BUSY)
            caller.sock.recv(SCRAP)
        self._close(caller)

    def _part(self, caller: Caller) -> None:
        """Send nothing more, and close once the other end has; it has a moment for that."""
        self.nr_conns += 1  # gunicorn has counted it off already.
        caller.is_leaving = True
        caller.sock.setblocking(False)
        self._watch(caller)
        caller.timeout = time.monotonic() + LINGER
        try:
            caller.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(caller)

    def _watch(self, caller: Caller, event: int = selectors.EVENT_READ) -> None:
        """Wait for what comes next on a connection."""
        work = self._on_readable if event == selectors.EVENT_READ else self._send_on
        caller.timeout = time.monotonic() + self.cfg.keepalive
        self.poller.register(caller.sock, event, partial(work, caller))
        caller.is_watched = True
        self.callers.add(caller)

    def _unwatch(self, caller: Caller) -> None:
        if caller.is_watched:
            self.poller.unregister(caller.sock)
        caller.is_watched = False

    def _close(self, caller: Caller) -> None:
        self._unwatch(caller)
        self.callers.discard(caller)
        caller.storing = None
        self.nr_conns -= 1
        caller.close()


@lru_cache(maxsize=1_024)
def _head(status: str, headers: tuple[tuple[str, str], ...], is_last: bool, date: str) -> bytes:
    """Return a reply's head, its first lines as gunicorn writes them."""
    connection = "close" if is_last else "keep-alive"
    lines = [
        f"HTTP/1.1 {status}",
        f"Server: {SERVER}",
        f"Date: {date}",
        f"Connection: {connection}",
        *(f"{name}: {value}" for name, value in headers),
    ]
    return "\r\n".join((*lines, "", "")).encode("latin-1")


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return format_datetime(datetime.fromtimestamp(second, UTC), usegmt=True)
