"""Mail and messages against real servers on this machine: taken, refused, busy, hanging, lying."""

import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from survey.errors import ConfigError
from survey.notices import mail, running, webhook
from survey.notices.digest import Digest, Line
from survey.notices.mail import Mail
from survey.notices.models import Sort, Way
from survey.notices.refusals import AddressRefused, MessageRefused, ServerBusy, ServerDown
from survey.notices.rules import NoticeKind
from survey.outgoing import Encryption, MailServer, Messenger, mail_server, messenger
from tests.postgresql import free_port

NOW = datetime(2026, 9, 7, 0, 30, tzinfo=UTC)
URL = "https://pingyi.example"
SECRET = b"a-secret-of-some-length"


class Keeper:
    """Takes mail, unless told otherwise."""

    def __init__(self) -> None:
        self.got: list[Any] = []
        self.rcpt = self.data = ""

    async def handle_RCPT(  # noqa: N802 - as aiosmtpd calls it
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.rcpt and not address.startswith("good"):
            return self.rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - as aiosmtpd calls it
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        if self.data:
            return self.data
        self.got.append(envelope)
        return "250 OK"


@pytest.fixture
def keeper() -> Iterator[tuple[Keeper, MailServer]]:
    """A mail server on this machine, and the settings that lead to it."""
    port = free_port()
    handler = Keeper()
    made = Controller(handler, hostname="127.0.0.1", port=port)
    made.start()
    yield handler, MailServer("127.0.0.1", port, Encryption.NONE, "pingyi@example.gov.cn")
    made.stop()


def digest(person: str = "泉一言", owner: str = "综合窗口") -> Digest:
    line = Line(NoticeKind.RED, "ZG-2026-0107", "低分题", owner, date(2026, 8, 31))
    return Digest("notice-81", Sort.DIGEST, date(2026, 9, 7), "danwei", person, (line,), 4, 1, URL)


def test_a_digest_arrives_as_text_under_its_name(keeper: tuple[Keeper, MailServer]) -> None:
    handler, server = keeper
    with running.outlets_of(server, None, now=lambda: NOW, base_url=URL) as (outlet,):
        assert outlet.way is Way.MAIL
        for _ in range(2):
            outlet.hand_over(digest(), "quan@example.org")

    first, again = (message_from_bytes(each.content, policy=default) for each in handler.got)
    assert first["Message-ID"] == again["Message-ID"] == "<pingyi.notice-81@pingyi.example>"
    assert first["Subject"] == "整改通知：红牌1件"
    assert first["To"] == "quan@example.org"
    assert first["From"].addresses[0].display_name == "评议整改平台"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first.get_content_type() == "text/plain"
    body = first.get_content()
    assert "【红牌：督办单】1件。请督促责任单位马上整改；红牌每件扣1分，最多扣5分" in body
    assert "  ZG-2026-0107　综合窗口　低分题　2026年8月31日到期" in body
    assert f"{URL}/console/notices/" in body


def test_hostile_text_stays_text(keeper: tuple[Keeper, MailServer]) -> None:
    """F31: line breaks, other headers, writing backwards, a dot alone, and a long line."""
    handler, server = keeper
    hostile = "甲\r\nBcc: victim@example.org\r\n\r\n<script>\u202e\x00\x1b[2J\u2028乙" + "x" * 3000
    with mail.connected(server, URL) as post:
        text = f"{hostile}\n.\nMAIL FROM:<evil@example.org>"
        post.send(Mail("k", "good@example.org", hostile, text), NOW)
        for address in ("a@b\r\nRCPT TO:<c@d>", "", "a b@c", "<x@y>"):
            with pytest.raises(AddressRefused):
                post.send(Mail("k", address, "s", "t"), NOW)

    (envelope,) = handler.got
    assert envelope.rcpt_tos == ["good@example.org"]
    got = message_from_bytes(envelope.content, policy=default)
    assert got["Bcc"] is None
    assert len(got["Subject"]) <= mail.SUBJECT_CHARS
    assert not set("\r\n\u202e\x00\x1b\u2028") & set(got["Subject"])
    body = got.get_content()
    assert not set("\u202e\x00\x1b\u2028") & set(body)
    assert "MAIL FROM:<evil@example.org>" in body
    assert max(len(line) for line in envelope.content.splitlines()) <= 998


@pytest.mark.parametrize(
    ("rcpt", "data", "kind"),
    [
        ("550 no such person", "", AddressRefused),
        ("451 come again", "", ServerBusy),
        ("", "554 spam", MessageRefused),
        ("", "452 full", ServerBusy),
    ],
    ids=("unknown", "greylisted", "spam", "full"),
)
def test_refusals_are_told_apart(
    keeper: tuple[Keeper, MailServer], rcpt: str, data: str, kind: type[Exception]
) -> None:
    handler, server = keeper
    handler.rcpt, handler.data = rcpt, data
    with mail.connected(server, URL) as post:
        with pytest.raises(kind):
            post.send(Mail("k", "bad@example.org", "s", "t"), NOW)
        handler.data = ""
        post.send(Mail("k", "good@example.org", "s", "t"), NOW)
    assert len(handler.got) == 1, "one refusal keeps nobody else from their mail"


def test_a_server_that_hangs_or_cannot_encrypt_is_down(
    keeper: tuple[Keeper, MailServer], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(mail, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        for encryption in Encryption:
            hanging = MailServer("127.0.0.1", port, encryption, "p@example.org")
            with pytest.raises(ServerDown), mail.connected(hanging, URL):
                pass
    gone = MailServer("127.0.0.1", port, Encryption.NONE, "p@example.org")
    _, plain = keeper
    # The password never goes to a server that cannot encrypt.
    (tmp_path / "password").write_text("geheim")
    secret = {"account": "u", "password_file": tmp_path / "password"}
    open_ = MailServer(plain.host, plain.port, Encryption.STARTTLS, "p@example.org", **secret)
    lost = MailServer(plain.host, plain.port, Encryption.NONE, "p@x.org", "u", tmp_path / "none")
    for server in (gone, open_, lost):
        with pytest.raises(ServerDown), mail.connected(server, URL):
            pass


class Messages(ThreadingHTTPServer):
    """A messenger that keeps what it gets and answers as told."""

    daemon_threads = True
    status = 204
    wait: threading.Event | None = None

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Take)
        self.got: list[tuple[dict[str, str], bytes]] = []


class _Take(BaseHTTPRequestHandler):
    server: Messages

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        if self.server.wait:
            self.server.wait.wait(5)
        self.send_response(self.server.status)
        if 300 <= self.server.status < 400:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST  # noqa: N815 - as http.server calls it

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def messages(tmp_path: Path) -> Iterator[tuple[Messages, Messenger]]:
    """A messenger on this machine, and the settings that lead to it."""
    (tmp_path / "secret").write_bytes(SECRET + b"\n")
    server = Messages()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server, Messenger(f"http://127.0.0.1:{server.server_port}/in", tmp_path / "secret")
    server.shutdown()
    server.server_close()


def verify(secret: bytes, headers: dict[str, str], body: bytes) -> bool:
    """The snippet of docs/operations.md, without the clock."""
    names: dict[str, Any] = {}
    text = (Path(__file__).parents[3] / "docs/operations.md").read_text("utf-8")
    snippet = text.split("To verify:\n\n```python\n")[1].split("```")[0]
    exec(snippet, names)
    names["time"] = type("Clock", (), {"time": staticmethod(NOW.timestamp)})
    return bool(names["is_ours"](secret, headers, body))


def test_a_message_is_signed_and_named(messages: tuple[Messages, Messenger]) -> None:
    server, settings = messages
    with running.outlets_of(None, settings, now=lambda: NOW, base_url=URL) as (outlet,):
        outlet.hand_over(digest(), "")

    ((headers, body),) = server.got
    assert verify(SECRET, headers, body)
    assert not verify(b"another-secret-here", headers, body)
    assert not verify(SECRET, headers, body.replace(b"0107", b"0108"))
    assert not verify(SECRET, headers | {"X-Pingyi-Timestamp": "1"}, body)
    assert headers["Idempotency-Key"] == "notice-81"
    told = json.loads(body)
    assert (told["id"], told["event"]) == ("notice-81", "notices.digest")
    assert told["person"] == {"account": "danwei", "name": "泉一言"}
    assert told["notices"][0]["url"] == f"{URL}/console/rectification/ZG-2026-0107"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, ServerBusy),
        (429, ServerBusy),
        (302, ServerDown),
        (401, ServerDown),
        (422, MessageRefused),
    ],
)
def test_answers_are_told_apart(
    messages: tuple[Messages, Messenger], status: int, kind: type[Exception]
) -> None:
    server, settings = messages
    server.status = status
    with pytest.raises(kind):
        webhook.post(settings, "k", {}, NOW)
    assert len(server.got) == 1, "a redirect is not followed"


def test_a_messenger_that_hangs_is_down(
    messages: tuple[Messages, Messenger], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server, settings = messages
    server.wait = threading.Event()
    monkeypatch.setattr(webhook, "TIMEOUT", 0.3)
    with pytest.raises(ServerDown):
        webhook.post(settings, "k", {}, NOW)
    server.wait.set()
    (tmp_path / "short").write_bytes(b"short")
    for secret in ("short", "missing"):
        with pytest.raises(ServerDown):
            webhook.post(Messenger(settings.url, tmp_path / secret), "k", {}, NOW)


@pytest.mark.parametrize(
    "given",
    [
        {"PINGYI_SMTP_HOST": "mail.example.org", "PINGYI_SMTP_FROM": "no address"},
        {"PINGYI_SMTP_HOST": "mail.example.org", "PINGYI_SMTP_TLS": "none"},
        {"PINGYI_SMTP_HOST": "mail.example.org", "PINGYI_SMTP_TLS": "ssl"},
        {"PINGYI_SMTP_HOST": "mail.example.org", "PINGYI_SMTP_PORT": "0"},
        {"PINGYI_SMTP_HOST": "mail.example.org", "PINGYI_SMTP_USER": "somebody"},
        {"PINGYI_WEBHOOK_URL": "http://messenger.example.org/"},
        {"PINGYI_WEBHOOK_URL": "https://u:p@messenger.example.org/"},
        {"PINGYI_WEBHOOK_URL": "file:///etc/passwd"},
        {"PINGYI_WEBHOOK_URL": "https://messenger.example.org/", "PINGYI_WEBHOOK_SECRET_FILE": ""},
    ],
)
def test_unsafe_settings_stop_the_start(given: dict[str, str]) -> None:
    whole = {"PINGYI_SMTP_FROM": "p@example.org", "PINGYI_WEBHOOK_SECRET_FILE": "/s"} | given
    read = messenger if "PINGYI_WEBHOOK_URL" in given else mail_server
    with pytest.raises(ConfigError):
        read(whole)
    assert mail_server({}) is None
    assert messenger({}) is None
