"""Files of documents on disk, each under the digest of all that it follows from.

A file that is there is whole and right: it was written beside its place and moved there once it
was durable. So the same document is never made twice, whoever asks and whatever was killed.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import metadata
from pathlib import Path

import reports
from reports import formats, parts
from reports.figures import Audience
from reports.formats import Format
from reports.parts import EvaluationReport
from reports.pictures import Render
from reports.plain_data import canonical

KEPT = timedelta(days=90)
"""How long files and batches are kept."""

PRINT_FORMAT = Format.PDF
VERIFY = "/v"
"""Path of the page where check codes are tried."""

_FOLDER = Path(reports.__file__).parent
_WORDS = {".py", ".css", ".j2", ".csv", ".txt", ".docx"}
_LIBRARIES = ("weasyprint", "docxtpl", "python-docx", "xlsxwriter", "pikepdf")


@dataclass(frozen=True)
class Stored:
    """A file in the store.

    Attributes:
        key: what it is stored under.
        digest: SHA-256 of its bytes.
        size: in bytes.
        is_kept: whether it was there already.
    """

    key: str
    digest: str
    size: int
    is_kept: bool


@dataclass(frozen=True)
class Store:
    """The folder of documents that were made; shared by every process and machine."""

    folder: Path

    def path(self, key: str, ending: str) -> Path:
        """Return where the file of a key is, or would be."""
        return self.folder / "made" / key[:2] / f"{key}.{ending}"

    def put(self, key: str, ending: str, make: Callable[[], bytes], *, again: bool) -> Stored:
        """Return the file of `key`; it is made only where there is none, or `again`."""
        place = self.path(key, ending)
        if not again and place.is_file():
            # What is in use is not old, whenever it was made.
            os.utime(place)
            content = place.read_bytes()
            return Stored(key, hashlib.sha256(content).hexdigest(), len(content), is_kept=True)
        content = make()
        write_whole(place, content)
        return Stored(key, hashlib.sha256(content).hexdigest(), len(content), is_kept=False)

    def forget(self, *, now: datetime) -> int:
        """Delete files that nobody has used for `KEPT`; return how many."""
        oldest, gone = (now - KEPT).timestamp(), 0
        for place in self.folder.rglob("*"):
            if place.is_file() and place.stat().st_mtime < oldest:
                place.unlink(missing_ok=True)
                gone += 1
        return gone


def store_document(
    store: Store,
    report: EvaluationReport,
    wanted: Format,
    render: Render,
    *,
    verify: str,
    again: bool = False,
) -> Stored:
    """Return a document's file, made where it is not there or its value has changed.

    Raises:
        RenderFailed: the document broke a limit of `render`.
    """
    return store.put(
        key_of(report, wanted, verify=verify),
        wanted.value,
        lambda: formats.made(report, wanted, render, verify=verify),
        again=again,
    )


def file_name(
    round_code: str, org_id: str, kind: str, ending: str, *, audience: str, edition: int
) -> str:
    """Return what a document is called as a file: ROUND-ORG-KIND.pdf.

    The copy for the wall says so, and later editions have their number: in one folder of
    downloads none is taken for another, and none overwrites one.
    """
    public = "-public" if audience == Audience.PUBLIC else ""
    later = f"-{edition}" if edition > 1 else ""
    return f"{round_code}-{org_id}-{kind}{public}{later}.{ending}"


def key_of(report: EvaluationReport, wanted: Format, *, verify: str) -> str:
    """Return the digest of all that a file follows from: words, figures, mark, and our code."""
    told = (makers(), wanted.value, verify, canonical(parts.to_data(report)))
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def print_key(digests: Iterable[str]) -> str:
    """Return the digest of all that a print file follows from, given those of its documents."""
    return hashlib.sha256("\n".join((makers(), *digests)).encode()).hexdigest()


@cache
def makers() -> str:
    """Return a digest of what makes documents: a release that lays out differently makes anew."""
    whole = hashlib.sha256()
    for file in sorted(_FOLDER.rglob("*")):
        if file.suffix in _WORDS:
            whole.update(file.read_bytes())
        elif file.suffix == ".ttf":
            whole.update(f"{file.name} {file.stat().st_size}".encode())
    for name in _LIBRARIES:
        whole.update(f"{name} {metadata.version(name)}".encode())
    return whole.hexdigest()


def write_whole(place: Path, content: bytes) -> None:
    """Write a file so that, whatever is killed or fails, it is there whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = place.with_name(f".{place.name}.{secrets.token_hex(4)}.part")
    try:
        with open(part, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(place)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    # The new name is durable only with the folder.
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
