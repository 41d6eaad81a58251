"""The web worker: whoever comes while too many wait is told at once to come again."""

import socket
import types

import pytest

from survey import serving


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    theirs.settimeout(5)
    yield ours, theirs
    ours.close()
    theirs.close()


def worker(waiting):
    """A worker with so many requests in its queue, and what it handed to its threads."""
    made = object.__new__(serving.Worker)
    handed = []
    queue = types.SimpleNamespace(qsize=lambda: waiting)
    future = types.SimpleNamespace(add_done_callback=lambda call: None)

    def submit(work, connection):
        handed.append(connection)
        return future

    made.tpool = types.SimpleNamespace(_work_queue=queue, submit=submit)
    made.nr_conns = 1
    return made, handed


def connection(sock):
    return types.SimpleNamespace(sock=sock, close=sock.close)


def test_a_request_is_answered_while_there_is_room(pair):
    made, handed = worker(serving.MAX_WAITING - 1)

    made.enqueue_req(connection(pair[0]))
    assert len(handed) == 1
    assert made.nr_conns == 1


def test_a_request_too_many_is_told_to_come_again(pair):
    made, handed = worker(serving.MAX_WAITING)
    ours, theirs = pair
    theirs.sendall(b"POST /q/AAAAAAAA HTTP/1.1\r\nContent-Length: 0\r\n\r\n")

    made.enqueue_req(connection(ours))
    reply = b""
    while part := theirs.recv(65_536):
        reply += part
    head, page = reply.split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nRetry-After: 5\r\n" in head
    assert f"Content-Length: {len(page)}".encode() in head
    assert "请等几秒" in page.decode()
    assert handed == []
    assert made.nr_conns == 0


def test_somebody_who_has_left_harms_nobody(pair):
    made, _handed = worker(serving.MAX_WAITING)
    pair[1].close()

    made.enqueue_req(connection(pair[0]))
    assert made.nr_conns == 0
