"""gunicorn's threaded worker, which turns requests away while too many wait already.

Without this a rush is queued until phones have given up, and what is then answered helps nobody.
"""

from __future__ import annotations

import errno
import selectors
import time
from functools import partial
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

MAX_WAITING = 100
"""Requests that may wait in one process, some 0.3 s of work; whoever comes then comes again."""

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


class Worker(ThreadWorker):  # type: ignore[misc]
    """A threaded worker with an end to its queue, in which only requests stand.

    gunicorn's own gives a new connection a thread to wait for its first request with; here the
    poller waits, so that a connection without a request costs nobody anything.
    """

    def accept(self, listener: Any) -> None:
        """Take a new connection and wait for its first request."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ECONNABORTED):
                raise
            return
        self.nr_conns += 1
        connection = TConn(self.cfg, client, address, listener.getsockname())
        connection.timeout = time.monotonic() + self.cfg.keepalive
        self.pending_conns.append(connection)
        ready = partial(self.on_pending_socket_readable, connection)
        self.poller.register(client, selectors.EVENT_READ, ready)

    def enqueue_req(self, conn: TConn) -> None:
        """Have a thread answer, or say at once that there are too many."""
        if self.tpool._work_queue.qsize() < MAX_WAITING:
            super().enqueue_req(conn)
            return
        try:
            conn.sock.setblocking(False)
            conn.sock.recv(SCRAP)
            conn.sock.send(BUSY)
        except OSError:
            pass  # It has left, or does not read: there is nobody to tell.
        self.nr_conns -= 1
        conn.close()
