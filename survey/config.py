"""Settings, read once from the environment; an unsafe value stops the start."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from reports.official import Letterhead
from survey import outgoing
from survey.errors import ConfigError
from survey.outgoing import MailServer, Messenger

AUDIENCES = ("public", "console", "api")
LOCALES = ("zh_CN", "en")


@dataclass(frozen=True)
class Config:
    """Every setting of the platform; docs/operations.md explains each."""

    home: Path
    database_url: str
    keystore: Path
    base_url: str
    secret_key: bytes
    audiences: frozenset[str] = frozenset(AUDIENCES)
    locale: str = "zh_CN"
    timezone: str = "Asia/Shanghai"
    queue: str = ""
    closes_on_time: bool = False
    red_head: str = ""
    party_star: bool = False
    scanner: str = ""
    signing_key: Path | None = None
    signing_passphrase: Path | None = None
    mail: MailServer | None = None
    messenger: Messenger | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of dates on pages and paper."""
        return ZoneInfo(self.timezone)

    @property
    def is_secure(self) -> bool:
        """Whether phones and browsers reach the platform through TLS."""
        return self.base_url.startswith("https://")

    @property
    def boxes(self) -> Path:
        """Folder of the sealed boxes, one SQLite file each (embedded database only)."""
        return self.home / "boxes"

    @property
    def letterhead(self) -> Letterhead:
        """The red head of notices; an empty one for plain paper."""
        return Letterhead(self.red_head, self.party_star)

    @property
    def queue_url(self) -> str:
        """Address of the job queue: a SQLite file of its own, unless told otherwise."""
        return self.queue or f"sqlite:///{self.home / 'queue.sqlite'}"

    @property
    def evidence(self) -> Path:
        """Folder of evidence files, named by their digest."""
        return self.home / "evidence"

    @property
    def uploads(self) -> Path:
        """Folder of files that are still being sent, piece by piece."""
        return self.home / "uploads"

    @property
    def documents(self) -> Path:
        """Folder of documents that were made, so that they need not be made twice."""
        return self.home / "documents"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Config:
        """Return the settings of this process; makes the data folder and the secret on first use.

        Raises:
            ConfigError: a value cannot be used.
        """
        home = Path(environ.get("PINGYI_HOME", "var")).resolve()
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        keystore = Path(environ.get("PINGYI_KEYSTORE", home / "keys")).resolve()
        secret_file = Path(environ.get("PINGYI_SECRET_KEY_FILE", home / "secret"))
        port = environ.get("PORT", "8000")
        base_url = environ.get("PINGYI_BASE_URL", f"http://127.0.0.1:{port}").rstrip("/")
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path:
            raise ConfigError(
                f"PINGYI_BASE_URL 应为 http(s)://主机[:端口]，现在是“{base_url}”",
                f"PINGYI_BASE_URL must be http(s)://host[:port], not {base_url!r}",
            )
        audiences = frozenset(environ.get("PINGYI_AUDIENCES", ",".join(AUDIENCES)).split(","))
        if not audiences <= set(AUDIENCES):
            raise ConfigError(
                f"PINGYI_AUDIENCES 只能取 {'、'.join(AUDIENCES)}",
                f"PINGYI_AUDIENCES takes only {', '.join(AUDIENCES)}",
            )
        return cls(
            home=home,
            database_url=environ.get("PINGYI_DATABASE_URL", f"sqlite:///{home / 'pingyi.sqlite'}"),
            keystore=keystore,
            base_url=base_url,
            secret_key=_secret(secret_file),
            audiences=audiences,
            locale=_locale(environ),
            timezone=_timezone(environ),
            queue=environ.get("PINGYI_QUEUE_URL", ""),
            closes_on_time=_yes_or_no(environ, "PINGYI_CLOSE_ON_TIME"),
            red_head=environ.get("PINGYI_RED_HEAD", "").strip(),
            party_star=_yes_or_no(environ, "PINGYI_PARTY_STAR"),
            scanner=environ.get("PINGYI_SCANNER", ""),
            signing_key=_path(environ, "PINGYI_SIGNING_KEY"),
            signing_passphrase=_path(environ, "PINGYI_SIGNING_PASSPHRASE_FILE"),
            mail=outgoing.mail_server(environ),
            messenger=outgoing.messenger(environ),
        )


def _locale(environ: Mapping[str, str]) -> str:
    locale = environ.get("PINGYI_LOCALE", LOCALES[0])
    if locale not in LOCALES:
        raise ConfigError(
            f"PINGYI_LOCALE 只能取 {'、'.join(LOCALES)}",
            f"PINGYI_LOCALE takes only {' or '.join(LOCALES)}",
        )
    return locale


def _timezone(environ: Mapping[str, str]) -> str:
    name = environ.get("PINGYI_TIMEZONE", "Asia/Shanghai")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(
            f"PINGYI_TIMEZONE 应为时区名称，如 Asia/Shanghai，现在是“{name}”",
            f"PINGYI_TIMEZONE must name a time zone such as Asia/Shanghai, not {name!r}",
        ) from error
    return name


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    """Return the file that a setting names; None when it is not set."""
    value = environ.get(name, "")
    return Path(value).resolve() if value else None


def _yes_or_no(environ: Mapping[str, str], name: str) -> bool:
    """Return whether a setting is on; "no" when it is not set."""
    value = environ.get(name, "no")
    if value not in ("yes", "no"):
        raise ConfigError(f"{name} 只能取 yes、no", f"{name} takes only yes or no")
    return value == "yes"


def _secret(path: Path) -> bytes:
    """Return the server secret, made on first start; there is no built-in value."""
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
    except FileExistsError:
        pass
    secret = path.read_bytes()
    if len(secret) < 32:
        raise ConfigError(f"密钥文件 {path.name} 不完整", f"The secret file {path.name} is damaged")
    return secret
