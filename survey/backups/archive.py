"""One file for a whole backup: a tar with a manifest of digests behind what it describes.

Written and read in one pass, so that neither needs memory for more than a piece of a file, and
whatever is cut off or changed is noticed before anything is used.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, cast

from survey.backups.refusals import BackupDamaged

FORMAT = 1
MANIFEST = "manifest.json"
SEAL = "manifest.sha256"
MAX_MANIFEST_BYTES = 256 * 2**20
PIECE = 2**20
NAME = re.compile(
    r"database\.(sqlite|dump)|boxes/box-\d{1,9}\.sqlite"
    r"|(evidence|documents)/(\w[\w.-]{0,120}/){0,2}\w[\w.-]{0,120}",
    re.ASCII,
)


@dataclass(frozen=True)
class BoxNote:
    """A box as the backup found it; `key` is the SHA-256 of its public key, in hexadecimal."""

    id: int
    round: str
    label: str
    state: str
    key: str


@dataclass(frozen=True)
class Manifest:
    """What a backup is a copy of.

    `database` is "sqlite" or "postgresql", `revision` that of its schema, `keystore` tells whether
    a keystore belongs to it and nothing else.
    """

    made_at: str
    database: str
    revision: str
    keystore: str
    boxes: tuple[BoxNote, ...]


class Writer:
    """An archive that is being made; see `writing`."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._files: dict[str, dict[str, object]] = {}

    def add(self, name: str, path: Path) -> None:
        """Add the file at `path`; ValueError if no reader would take its name."""
        if not NAME.fullmatch(name):
            raise ValueError(f"no such part of a backup: {name}")
        info = tarfile.TarInfo(name)
        info.mode = 0o600
        with open(path, "rb") as file:
            info.size = os.fstat(file.fileno()).st_size
            digested = _Digested(file)
            self._tar.addfile(info, cast(IO[bytes], digested))
        self._files[name] = {"size": info.size, "sha256": digested.digest.hexdigest()}

    def finish(self, manifest: Manifest) -> str:
        """Add the manifest; return its digest, which stands for the whole backup."""
        data = {
            "format": FORMAT,
            "keys": "not in this file: copy the keystore separately",
            **asdict(manifest),
            "files": self._files,
        }
        text = json.dumps(data, ensure_ascii=False, indent=1).encode()
        digest = hashlib.sha256(text).hexdigest()
        for name, content in ((MANIFEST, text), (SEAL, digest.encode())):
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), 0o600
            self._tar.addfile(info, io.BytesIO(content))
        return digest


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """Yield an archive that appears at `path` whole and durable, or not at all; 0600."""
    part = path.with_name(f".{path.name}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            with tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT) as tar:
                yield Writer(tar)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)


def unpack(path: Path, folder: Path) -> tuple[Manifest, str]:
    """Write every part of an archive below `folder`; return the manifest and its digest.

    Raises:
        BackupDamaged: a part is missing, changed, or has a name that nothing of ours has.
    """
    found: dict[str, dict[str, object]] = {}
    texts: dict[str, bytes] = {}
    try:
        with tarfile.open(path, "r|") as tar:
            for member in tar:
                content = tar.extractfile(member)
                if member.name in (MANIFEST, SEAL) and content is not None:
                    texts[member.name] = content.read(MAX_MANIFEST_BYTES)
                elif content is None or not NAME.fullmatch(member.name) or member.name in found:
                    raise BackupDamaged("unknown part")
                else:
                    found[member.name] = _written(content, folder / member.name)
    except (tarfile.TarError, EOFError) as error:
        raise BackupDamaged("cut off") from error
    return _checked(texts, found)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _written(content: IO[bytes], target: Path) -> dict[str, object]:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while piece := content.read(PIECE):
            digest.update(piece)
            size += file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return {"size": size, "sha256": digest.hexdigest()}


def _checked(texts: dict[str, bytes], found: dict[str, dict[str, object]]) -> tuple[Manifest, str]:
    if set(texts) != {MANIFEST, SEAL}:
        raise BackupDamaged("no manifest")
    digest = hashlib.sha256(texts[MANIFEST]).hexdigest()
    if texts[SEAL] != digest.encode():
        raise BackupDamaged("manifest")
    try:
        data: dict[str, Any] = json.loads(texts[MANIFEST])
        if data.pop("format") != FORMAT:
            raise BackupDamaged("format")
        del data["keys"]
        files = data.pop("files")
        manifest = Manifest(**{**data, "boxes": tuple(BoxNote(**box) for box in data["boxes"])})
    except (ValueError, KeyError, TypeError) as error:
        raise BackupDamaged("manifest") from error
    for name in sorted(files.keys() | found.keys()):
        if files.get(name) != found.get(name):
            raise BackupDamaged(name)
    return manifest, digest


class _Digested:
    """A file that is digested while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self.digest.update(piece)
        return piece
