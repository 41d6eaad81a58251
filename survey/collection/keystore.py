"""Private keys of ballot boxes, and the pepper: files outside the database and its backups."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from survey.collection import sealing
from survey.errors import SurveyError

KEY_SIZE = 32
RETEST = timedelta(seconds=30)
CANARY = b"pingyi canary"


class KeyUnavailable(SurveyError):
    """A box's private key is missing or does not fit, so what it seals could never be opened."""

    code = "KEY_UNAVAILABLE"
    status = 503

    def __init__(self, file_name: str) -> None:
        super().__init__(
            f"票箱密钥 {file_name} 不可用，请先从备份放回密钥文件。副本也找不到的话，"
            "这只票箱再也打不开，只能另建一轮重新评议",
            f"The box key {file_name} cannot be used; put the key file back from its copy first. "
            "Without any copy the box can never be opened: only a new round helps",
        )


class SharesNeeded(KeyUnavailable):
    """The key is parted among custodians, and too few of them have given their part."""

    code = "SHARES_NEEDED"
    status = 409

    def __init__(self, file_name: str) -> None:
        super().__init__(file_name)
        self.zh = "密钥由三位保管人分管，要其中两位输入恢复单上的词才能启封"
        self.en = "The key is parted among three custodians; two of them must type their words"


@dataclass(frozen=True)
class Keystore:
    """A folder (0700) with one file (0600) for each private key, named by its public key.

    Naming by the public key means that no key ever takes another one's place, whatever became
    of the database in between.
    """

    path: Path
    _pepper: list[bytes] = field(default_factory=list, repr=False, compare=False)
    _tested: dict[bytes, datetime] = field(default_factory=dict, repr=False, compare=False)

    def create(self, label: str) -> bytes:
        """Make a key pair, store the private key durably and return the public key.

        `label` stands in the file for whoever keeps copies; it decides nothing.
        """
        private_key, public_key = sealing.SEALER.generate()
        self._write(self.file_of(public_key), f"{private_key.hex()} {label}\n".encode())
        return public_key

    def file_of(self, public_key: bytes) -> Path:
        """Return where the private key that belongs to `public_key` is kept."""
        return self.path / f"{hashlib.sha256(public_key).hexdigest()[:16]}.key"

    def labelled(self, label: str) -> Iterator[bytes]:
        """Yield the public keys of the files that say `label`; damaged files are passed over."""
        for file in self.path.glob("*.key"):
            private_key, _, said = file.read_text("utf-8", errors="replace").partition(" ")
            if said.strip() == label:
                try:
                    yield sealing.SEALER.public_of(bytes.fromhex(private_key))
                except (ValueError, TypeError):
                    continue

    def has(self, public_key: bytes) -> bool:
        """Whether there is a file for this key at all."""
        return os.path.exists(self.file_of(public_key))

    def private(self, public_key: bytes) -> bytes:
        """Return the private key that opens what `public_key` sealed.

        Raises:
            KeyUnavailable: the file is missing, damaged, or holds another key.
        """
        file = self.file_of(public_key)
        if not self.has(public_key) and self.is_shared(public_key):
            raise SharesNeeded(file.name)
        try:
            content = bytes.fromhex(file.read_text("utf-8").split(" ", 1)[0].strip())
            fits = sealing.SEALER.public_of(content) == public_key
        except (OSError, ValueError, TypeError) as error:
            raise KeyUnavailable(file.name) from error
        if not fits:
            raise KeyUnavailable(file.name)
        return content

    def self_test(self, public_key: bytes) -> None:
        """Seal a canary and open it again.

        A key that custodians hold was tried when it was parted, with every pair of its parts.

        Raises:
            KeyUnavailable: what is sealed now could not be opened later.
        """
        if not self.has(public_key) and self.is_shared(public_key):
            return
        sealed = sealing.SEALER.seal(public_key, CANARY)
        if sealing.SEALER.opener(self.private(public_key))(sealed) != CANARY:
            raise KeyUnavailable(self.file_of(public_key).name)

    def rely_on(self, public_key: bytes, now: datetime) -> None:
        """Test a key unless this process did so within `RETEST`; cheap enough for every answer.

        Raises:
            KeyUnavailable: what is sealed now could not be opened later.
        """
        tested = self._tested.get(public_key)
        if tested is None or not timedelta() <= now - tested < RETEST:
            self._tested.pop(public_key, None)
            self.self_test(public_key)
            self._tested[public_key] = now

    def keep_share(self, public_key: bytes, number: int, words: str) -> None:
        """Keep a custodian's part until it is collected."""
        self._write(self._part_of(public_key, number, "share"), words.encode())

    def share(self, public_key: bytes, number: int) -> str:
        """Return a part that waits to be collected.

        Raises:
            KeyUnavailable: it was collected.
        """
        file = self._part_of(public_key, number, "share")
        try:
            return file.read_text("utf-8")
        except OSError as error:
            raise KeyUnavailable(file.name) from error

    def forget_share(self, public_key: bytes, number: int) -> None:
        """Destroy a part that was collected; nothing happens where there is none."""
        self._erase(self._part_of(public_key, number, "share"))

    def mark_shared(self, public_key: bytes) -> None:
        """Note that custodians hold this key."""
        self._write(self._marker_of(public_key), public_key.hex().encode())

    def is_shared(self, public_key: bytes) -> bool:
        """Whether custodians hold this key; False where the note is damaged."""
        try:
            return self._marker_of(public_key).read_text("utf-8") == public_key.hex()
        except (OSError, UnicodeDecodeError):
            return False

    def give_share(self, public_key: bytes, number: int, words: str) -> None:
        """Keep a part that its custodian has typed in to open the box."""
        self._write(self._part_of(public_key, number, "given"), words.encode())

    def given_shares(self, public_key: bytes) -> dict[int, str]:
        """Return the parts typed in so far, by number."""
        files = self.path.glob(f"{self.file_of(public_key).stem}.*.given")
        return {int(file.name.split(".")[1]): file.read_text("utf-8") for file in files}

    def join(self, public_key: bytes, private_key: bytes) -> None:
        """Keep a key that was made whole again of its parts, which go.

        Raises:
            KeyUnavailable: it is another one.
        """
        if sealing.SEALER.public_of(private_key) != public_key:
            raise KeyUnavailable(self.file_of(public_key).name)
        self._write(self.file_of(public_key), f"{private_key.hex()} joined\n".encode())
        for number in self.given_shares(public_key):
            self._erase(self._part_of(public_key, number, "given"))

    def destroy(self, public_key: bytes) -> None:
        """Overwrite the private key and all that belongs to it, and remove the files.

        Nothing happens where there is none. On drives that write elsewhere (SSD, copy-on-write)
        the old blocks may live on; the disk under the keystore should be encrypted.
        """
        self.destroy_whole(public_key)
        for file in self.path.glob(f"{self.file_of(public_key).stem}.*"):
            self._erase(file)

    def destroy_whole(self, public_key: bytes) -> None:
        """Overwrite the private key in one piece and remove its file, not its parts."""
        self._erase(self.file_of(public_key))

    def _part_of(self, public_key: bytes, number: int, kind: str) -> Path:
        return self.path / f"{self.file_of(public_key).stem}.{number}.{kind}"

    def _marker_of(self, public_key: bytes) -> Path:
        return self.path / f"{self.file_of(public_key).stem}.shared"

    def _erase(self, file: Path) -> None:
        try:
            with open(os.open(file, os.O_WRONLY), "wb") as opened:
                opened.write(secrets.token_bytes(file.stat().st_size))
                opened.flush()
                os.fsync(opened.fileno())
        except FileNotFoundError:
            return
        file.unlink()
        self._sync_folder()

    def pepper(self) -> bytes:
        """Return the 32 bytes that key every stored hash; made on first use, never changed."""
        if not self._pepper:
            file = self.path / "pepper"
            try:
                if not file.exists():
                    self._write(file, secrets.token_bytes(KEY_SIZE))
                pepper = file.read_bytes()
            except OSError as error:
                raise KeyUnavailable(file.name) from error
            if len(pepper) != KEY_SIZE:
                raise KeyUnavailable(file.name)
            self._pepper.append(pepper)
        return self._pepper[0]

    def _write(self, file: Path, content: bytes) -> None:
        """Write a file that must not exist yet; it appears whole and durable, or not at all."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.chmod(0o700)
        part = file.with_name(f".{file.name}.{secrets.token_hex(4)}.part")
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        try:
            os.link(part, file)
        except FileExistsError:
            # Two processes made the first pepper at once: the one that is there counts.
            pass
        finally:
            part.unlink()
        self._sync_folder()

    def _sync_folder(self) -> None:
        folder = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
