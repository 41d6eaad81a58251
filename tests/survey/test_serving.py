"""The web worker: forms and sheets by the short way, all else as gunicorn does it."""

import errno
import socket
import time
import types

import pytest
from gunicorn.config import Config

from survey import serving
from survey.collection.inbox import BoxBusy
from survey.plain_http import Reply

GET = b"GET /q/ABCD2345 HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /q/ABCD2345 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=1"
FORM = Reply("200 OK", (("Content-Length", "4"),), b"form")
THANKS = Reply("303 SEE OTHER", (("Content-Length", "0"),), b"")


class Front:
    """Answers as it is told to, and keeps what it is to store."""

    def __init__(self):
        self.form = FORM
        self.stored = []

    def at_once(self, environ, _body):
        is_get = environ["REQUEST_METHOD"] == "GET"
        return self.form if is_get else THANKS._replace(first=self.stored.append)


@pytest.fixture
def made():
    """A worker whose threads only note what they are given."""
    app = types.SimpleNamespace(wsgi=lambda: None)
    worker = serving.Worker(1, 1, [], app, 30, Config(), None)
    worker.callers, worker.told, worker.handed, worker.phones = set(), serving.deque(), [], []
    worker.poller = serving.selectors.DefaultSelector()
    worker.method_queue.init()
    worker.poller.register(
        worker.method_queue.fileno(),
        serving.selectors.EVENT_READ,
        worker.method_queue.run_callbacks,
    )
    worker.front = Front()
    future = types.SimpleNamespace(add_done_callback=lambda call: None)

    def submit(_work, connection):
        worker.handed.append(connection)
        return future

    queue = types.SimpleNamespace(qsize=lambda: len(worker.handed))
    worker.tpool = types.SimpleNamespace(_work_queue=queue, submit=submit)
    yield worker
    worker.murder_keepalived(force=True)
    worker.poller.close()
    worker.method_queue.close()
    worker.tmp.close()
    for open_one in (*worker.phones, *(caller.sock for caller in worker.handed)):
        open_one.close()


@pytest.fixture
def phone(made):
    return call(made)


def call(worker):
    """Somebody's end of a new connection."""
    ours, theirs = socket.socketpair()
    theirs.settimeout(5)
    worker.phones.append(theirs)
    worker.nr_conns += 1
    worker._watch(serving.Caller(worker.cfg, ours, ("", 0), ("", 0)))
    return theirs


def turn(worker):
    worker.wait_for_and_dispatch_events(0.2)


def asked(worker, phone, data):
    phone.sendall(data)
    turn(worker)


def test_a_form_goes_out_and_the_connection_stays(made, phone):
    for _ in range(2):
        asked(made, phone, GET)
        head, body = phone.recv(65_536).split(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        assert lines[0] == "HTTP/1.1 200 OK"
        assert [line.split(":")[0] for line in lines[1:]] == [
            *("Server", "Date", "Connection", "Content-Length")
        ]
        assert "Connection: keep-alive" in lines
        assert body == b"form"
    assert made.handed == []
    assert made.nr_conns == 1


def test_whoever_asks_for_it_is_hung_up_on(made, phone):
    asked(made, phone, GET.replace(b"Host: a", b"Host: a\r\nConnection: close"))

    assert b"Connection: close" in phone.recv(65_536)
    assert phone.recv(1) == b""
    assert made.nr_conns == 0


def test_a_worker_that_ends_hangs_up_after_its_reply(made, phone):
    made.alive = False
    asked(made, phone, GET)

    assert b"Connection: close" in phone.recv(65_536)
    assert made.nr_conns == 0


def test_somebody_slow_keeps_no_thread_waiting(made, phone):
    for begin in range(0, len(POST), 12):
        assert made.front.stored == []
        asked(made, phone, POST[begin : begin + 12])
    assert len(made.front.stored) == 1
    assert made.handed == []


def test_what_is_not_plain_reaches_gunicorn_as_it_came(made, phone):
    odd = b"POST /q/ABCD2345 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    asked(made, phone, odd)

    assert [caller.parser.unreader.take_buffered() for caller in made.handed] == [odd]
    assert made.callers == set()


def test_what_the_front_cannot_answer_or_fails_at_reaches_gunicorn(made, phone):
    made.front.form = None
    asked(made, phone, GET)
    made.front = types.SimpleNamespace()
    other = call(made)
    asked(made, other, GET)

    assert [caller.parser.unreader.take_buffered() for caller in made.handed] == [GET, GET]


def test_thanks_go_out_when_the_sheet_is_durable_and_not_before(made, phone):
    asked(made, phone, POST)
    phone.setblocking(False)
    with pytest.raises(BlockingIOError):
        phone.recv(1)
    made.front.stored.pop()(True)
    turn(made)

    assert phone.recv(65_536).startswith(b"HTTP/1.1 303 ")
    assert made.waiting == 0


def test_what_is_sent_while_a_sheet_is_stored_is_answered_after_it(made, phone):
    asked(made, phone, POST)
    asked(made, phone, GET)
    turn(made)
    made.front.stored.pop()(True)
    turn(made)
    turn(made)

    assert phone.recv(65_536).count(b"HTTP/1.1 ") == 2


def test_a_sheet_that_is_refused_is_for_the_application_to_answer(made, phone):
    asked(made, phone, POST)
    made.front.stored.pop()(False)
    turn(made)

    assert [caller.parser.unreader.take_buffered() for caller in made.handed] == [POST]


def test_a_busy_box_is_told_as_such(made, phone):
    asked(made, phone, POST)
    made.front.stored.pop()(BoxBusy())
    turn(made)

    assert told_to_come_again(phone)
    assert made.nr_conns == 0


def test_somebody_whose_sheet_takes_too_long_is_told_to_come_again_and_no_more(made, phone):
    asked(made, phone, POST)
    for caller in made.callers:
        caller.timeout = time.monotonic() - 1
    made.swept = 0
    made.murder_pending()
    assert told_to_come_again(phone)

    made.front.stored.pop()(True)
    turn(made)
    assert made.waiting == made.nr_conns == 0


def test_idle_connections_are_closed_in_time(made, phone):
    made.murder_pending()
    assert made.nr_conns == 1
    for caller in made.callers:
        caller.timeout = time.monotonic() - 1
    made.swept = 0
    made.murder_pending()

    assert phone.recv(1) == b""
    assert made.nr_conns == 0


def test_a_long_reply_reaches_somebody_who_reads_slowly(made, phone):
    body = bytes(3_000_000)
    made.front.form = Reply("200 OK", (("Content-Length", str(len(body))),), body)
    asked(made, phone, GET)
    seen = 0
    while seen < len(body):
        seen += len(phone.recv(65_536))
        made.wait_for_and_dispatch_events(0)
    made.front.form = FORM
    asked(made, phone, GET)

    assert phone.recv(65_536).endswith(b"form")


def told_to_come_again(phone):
    reply = b""
    while part := phone.recv(65_536):
        reply += part
    head, page = reply.split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nRetry-After: 5\r\n" in head
    assert f"Content-Length: {len(page)}".encode() in head
    assert "请等几秒" in page.decode()
    return True


def test_one_too_many_in_a_rush_is_told_to_come_again(made, monkeypatch):
    monkeypatch.setattr(serving, "MAX_WAITING", 2)
    phones = [call(made) for _ in range(3)]
    for phone in phones:
        phone.sendall(GET)
    turn(made)

    replies = sorted(phone.recv(65_536)[9:12] for phone in phones)
    assert replies == [b"200", b"200", b"503"]


def test_one_sheet_too_many_for_the_disk_is_told_to_come_again(made, monkeypatch):
    monkeypatch.setattr(serving, "MAX_WAITING", 1)
    first, second = call(made), call(made)
    asked(made, first, POST)
    asked(made, second, POST)
    assert told_to_come_again(second)
    assert len(made.front.stored) == 1

    third = call(made)
    asked(made, third, GET)
    assert third.recv(65_536).endswith(b"form")


def test_one_request_too_many_for_the_threads_is_told_to_come_again(made, monkeypatch):
    monkeypatch.setattr(serving, "MAX_WAITING", 1)
    made.front.form = None
    first, second = call(made), call(made)
    asked(made, first, GET)
    asked(made, second, GET)

    assert told_to_come_again(second)
    assert len(made.handed) == made.nr_conns == 1


def test_somebody_who_has_left_harms_nobody(made, phone):
    asked(made, phone, POST)
    phone.close()
    made.front.stored.pop()(True)
    turn(made)
    turn(made)

    assert made.nr_conns == 0


def test_whoever_left_at_the_moment_of_the_reply_is_counted_off_once(made, phone):
    asked(made, phone, POST.replace(b"Host: a", b"Host: a\r\nConnection: close"))
    other = call(made)
    made.wait_for_and_dispatch_events(0)  # The poller has nothing left to look at again.
    made.front.stored.pop()(True)
    phone.close()
    turn(made)  # Told that it is stored, and that the phone has left.
    turn(made)

    assert made.nr_conns == 1
    asked(made, other, GET)
    assert other.recv(65_536).endswith(b"form")


def test_what_comes_at_the_moment_of_handing_over_is_for_the_thread(made, phone):
    asked(made, phone, POST)
    made.wait_for_and_dispatch_events(0)  # The poller has nothing left to look at again.
    made.front.stored.pop()(False)
    phone.sendall(GET)
    turn(made)

    assert [caller.parser.unreader.take_buffered() for caller in made.handed] == [POST]
    assert made.handed[0].sock.recv(65_536) == GET


def test_a_sheet_that_cannot_even_be_queued_is_for_the_application(made, phone):
    def cannot(_tell):
        raise RuntimeError("can't start new thread")

    reply = THANKS._replace(first=cannot)
    made.front = types.SimpleNamespace(at_once=lambda _environ, _body: reply)
    asked(made, phone, POST)
    turn(made)

    assert [caller.parser.unreader.take_buffered() for caller in made.handed] == [POST]
    assert made.waiting == 0


def test_hanging_up_on_somebody_who_stays_holds_up_nobody(made, phone):
    made.front.form = None
    asked(made, phone, GET)
    (caller,) = made.handed
    began = time.monotonic()
    made.finish_request(caller, types.SimpleNamespace(cancelled=lambda: False, result=bool))
    assert time.monotonic() - began < serving.LINGER / 2

    assert phone.recv(1) == b""
    asked(made, phone, GET)
    assert made.nr_conns == 1
    phone.close()
    turn(made)
    assert made.nr_conns == 0


def test_nobody_is_taken_beyond_what_a_worker_may_hold(made, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        phones = [socket.create_connection(listener.getsockname()) for _ in range(5)]
        made.phones.extend(phones)
        made.ready, made.worker_connections = 5, 3
        made.accept(listener)
        assert made.nr_conns == 3

    def too_many_files():
        raise OSError(errno.EMFILE, "too many open files")

    made.accept(types.SimpleNamespace(accept=too_many_files))
    assert made.nr_conns == 3


def test_one_caller_is_taken_at_a_time_and_many_in_a_rush(made):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        phones = [socket.create_connection(listener.getsockname()) for _ in range(12)]
        made.phones.extend(phones)
        for ready, taken in ((1, 1), (3, 10), (9, 12)):
            made.ready = ready
            made.accept(listener)
            assert made.nr_conns == taken
