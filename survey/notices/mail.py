"""Mail through the office's own server: plain text, to one person.

Nothing in it can be taken for a header, and sent again it has the same name.
"""

from __future__ import annotations

import smtplib
import ssl
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import urlsplit

from survey.notices.refusals import (
    AddressRefused,
    MessageRefused,
    NotDelivered,
    ServerBusy,
    ServerDown,
)
from survey.outgoing import Encryption, MailServer, is_address

TIMEOUT = 15.0
"""Seconds that a server has for each step of the conversation."""
SUBJECT_CHARS = 120
NAME = "评议整改平台"


@dataclass(frozen=True)
class Mail:
    """What goes to one address; `key` is its name for good."""

    key: str
    to: str
    subject: str
    text: str


def plain(text: str, limit: int) -> str:
    """Return `text` as one line without anything that a header or a terminal would obey."""
    kept = "".join(" " if unicodedata.category(c) in _UNSAFE else c for c in text)
    return " ".join(kept.split())[:limit]


_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control, format (such as writing backwards), surrogates, separators of lines."""


def message_of(mail: Mail, server: MailServer, host: str, at: datetime) -> EmailMessage:
    """Return the message: headers in UTF-8, text alone, marked as made by a machine."""
    if not is_address(mail.to):
        raise AddressRefused("收件地址不能用", "The address cannot be used")
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(NAME, addr_spec=server.sender)
    made["To"] = Address(addr_spec=mail.to)
    made["Subject"] = plain(mail.subject, SUBJECT_CHARS)
    made["Date"] = format_datetime(at)
    made["Message-ID"] = f"<pingyi.{mail.key}@{host}>"
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"
    lines = (plain_line(line) for line in mail.text.split("\n"))
    made.set_content("\n".join(lines), charset="utf-8", cte="base64")
    return made


def plain_line(line: str) -> str:
    """Return one line of a body without control characters; its spaces stay."""
    return "".join(c for c in line if unicodedata.category(c) not in _UNSAFE)


def host_of(base_url: str) -> str:
    """Return the name that our mails are from, for their names."""
    name = urlsplit(base_url).hostname or "localhost"
    return f"[{name}]" if ":" in name else name


class Post:
    """One conversation with the server, for as many mails as there are."""

    def __init__(self, server: MailServer, host: str, link: smtplib.SMTP) -> None:
        self._server, self._host, self._link = server, host, link

    def send(self, mail: Mail, at: datetime) -> None:
        """Hand a mail over; returning means that the server has taken it.

        Raises:
            NotDelivered: it has not, and why.
        """
        made = message_of(mail, self._server, self._host, at)
        try:
            self._link.send_message(made, self._server.sender, [mail.to])
        except smtplib.SMTPRecipientsRefused as refused:
            code = max((each[0] for each in refused.recipients.values()), default=550)
            raise _refused(code, AddressRefused) from refused
        except smtplib.SMTPSenderRefused as refused:
            raise _down(refused) from refused
        except smtplib.SMTPResponseException as refused:
            raise _refused(refused.smtp_code, MessageRefused) from refused
        except (OSError, smtplib.SMTPException) as error:
            raise _down(error) from error


@contextmanager
def connected(server: MailServer, base_url: str) -> Iterator[Post]:
    """Yield a conversation with the server.

    Raises:
        ServerDown: it cannot be reached, cannot be trusted, or does not let us in.
    """
    host = host_of(base_url)
    try:
        link = _link(server, host)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise _down(error) from error
    try:
        yield Post(server, host, link)
    finally:
        _hang_up(link)


def _link(server: MailServer, host: str) -> smtplib.SMTP:
    password = _password(server)
    where = (server.host, server.port)
    if server.encryption is Encryption.TLS:
        link: smtplib.SMTP = smtplib.SMTP_SSL(
            *where, local_hostname=host, timeout=TIMEOUT, context=_trust(server)
        )
    else:
        link = smtplib.SMTP(*where, local_hostname=host, timeout=TIMEOUT)
    try:
        if server.encryption is Encryption.STARTTLS:
            link.starttls(context=_trust(server))
        if server.account:
            link.login(server.account, password)
    except BaseException:
        link.close()
        raise
    return link


def _trust(server: MailServer) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(server.ca_file) if server.ca_file else None)


def _password(server: MailServer) -> str:
    if server.password_file is None:
        return ""
    return server.password_file.read_text("utf-8").strip()


def _hang_up(link: smtplib.SMTP) -> None:
    try:
        link.quit()
    except (OSError, smtplib.SMTPException):
        link.close()


def _refused(code: int, lasting: type[NotDelivered]) -> NotDelivered:
    if code >= 500:
        return lasting(f"邮件服务器不收（{code}）", f"The mail server refuses it ({code})")
    return ServerBusy(f"邮件服务器暂时不收（{code}）", f"The mail server is busy ({code})")


def _down(error: Exception) -> ServerDown:
    kind = type(error).__name__
    return ServerDown(f"邮件服务器连不上（{kind}）", f"The mail server does not answer ({kind})")
