"""Where what leaves the platform goes: the office's mail server, the office's own messenger."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from survey.errors import ConfigError

HERE = frozenset({"localhost", "127.0.0.1", "::1"})
"""What is sent to these never leaves the machine, so it need not be encrypted."""

ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*"
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
"""An address of e-mail as servers take it everywhere: nothing in it can begin another header."""
LONGEST_ADDRESS = 254


class Encryption(StrEnum):
    """How the connection to the mail server is encrypted."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


PORTS = {Encryption.STARTTLS: 587, Encryption.TLS: 465, Encryption.NONE: 25}


@dataclass(frozen=True)
class MailServer:
    """The office's own mail server. The password is read from its file when it is needed."""

    host: str
    port: int
    encryption: Encryption
    sender: str
    account: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None


@dataclass(frozen=True)
class Messenger:
    """Where notices are posted; the secret they are signed with is read when it is needed."""

    url: str
    secret_file: Path


def is_address(text: str) -> bool:
    """Whether `text` can be an address of e-mail."""
    return len(text) <= LONGEST_ADDRESS and ADDRESS.fullmatch(text) is not None


def mail_server(environ: Mapping[str, str]) -> MailServer | None:
    """Return the mail server that the settings name; None where they name none.

    Raises:
        ConfigError: a value cannot be used, or a password would go out unencrypted.
    """
    host = environ.get("PINGYI_SMTP_HOST", "").strip()
    if not host:
        return None
    mode = environ.get("PINGYI_SMTP_TLS", Encryption.STARTTLS.value)
    if mode not in set(Encryption):
        raise _wrong("PINGYI_SMTP_TLS", "starttls、tls、none", "starttls, tls or none")
    encryption = Encryption(mode)
    port = environ.get("PINGYI_SMTP_PORT", "") or str(PORTS[encryption])
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise _wrong("PINGYI_SMTP_PORT", "1到65535的数", "a number from 1 to 65535")
    sender = environ.get("PINGYI_SMTP_FROM", "").strip()
    if not is_address(sender):
        raise _wrong("PINGYI_SMTP_FROM", "一个邮箱地址", "an address of e-mail")
    account = environ.get("PINGYI_SMTP_USER", "")
    password = _path(environ, "PINGYI_SMTP_PASSWORD_FILE")
    if bool(account) != (password is not None):
        raise ConfigError(
            "PINGYI_SMTP_USER 和 PINGYI_SMTP_PASSWORD_FILE 要么都设，要么都不设",
            "Set both PINGYI_SMTP_USER and PINGYI_SMTP_PASSWORD_FILE, or neither",
        )
    if encryption is Encryption.NONE and host not in HERE:
        raise ConfigError(
            "PINGYI_SMTP_TLS=none 只能用于本机的邮件服务器",
            "PINGYI_SMTP_TLS=none is for a mail server on this machine only",
        )
    ca_file = _path(environ, "PINGYI_SMTP_CA_FILE")
    return MailServer(host, int(port), encryption, sender, account, password, ca_file)


def messenger(environ: Mapping[str, str]) -> Messenger | None:
    """Return the messenger that the settings name; None where they name none.

    Raises:
        ConfigError: the address is not https (or on this machine), or nothing signs what is sent.
    """
    url = environ.get("PINGYI_WEBHOOK_URL", "").strip()
    if not url:
        return None
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in HERE)
    if not is_safe or not parts.hostname or parts.username or not url.isascii() or " " in url:
        raise _wrong(
            "PINGYI_WEBHOOK_URL", "https://地址（本机可用http）", "https:// (http on this machine)"
        )
    secret = _path(environ, "PINGYI_WEBHOOK_SECRET_FILE")
    if secret is None:
        raise ConfigError(
            "设了 PINGYI_WEBHOOK_URL，还要设 PINGYI_WEBHOOK_SECRET_FILE",
            "PINGYI_WEBHOOK_URL needs PINGYI_WEBHOOK_SECRET_FILE as well",
        )
    return Messenger(url, secret)


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    value = environ.get(name, "")
    return Path(value).resolve() if value else None


def _wrong(name: str, zh: str, en: str) -> ConfigError:
    return ConfigError(f"{name} 应为{zh}", f"{name} must be {en}")
