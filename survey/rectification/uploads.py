"""Files sent piece by piece over a bad line: every piece counts once, and none is sent for nothing.

The pieces of one file lie in a file of their own until it is whole; then it is taken in like any
other. Whoever lost the line asks how far it got, and goes on from there.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from survey.accounts.policy import Actor
from survey.errors import NotFound, SurveyError
from survey.rectification.evidence_files import MAX_BYTES
from survey.rectification.refusals import EvidenceRefused

MAX_PIECE = 256 * 1024
MOST_AT_ONCE = 8
"""Files that one person may have under way."""
KEPT = timedelta(days=2)
"""How long the pieces of a file that nobody finishes are kept."""
SETTLED = ".settled"
_NAME = re.compile(r"[A-Za-z0-9_-]{16,64}")


class PieceMisplaced(SurveyError):
    """A piece does not go on where the last one ended; `offset` is where the next one begins."""

    code = "PIECE_MISPLACED"
    status = 409

    def __init__(self, offset: int) -> None:
        super().__init__("上传位置对不上，会自动接着传", f"Go on at byte {offset}")
        self.offset = offset


@dataclass(frozen=True)
class Sent:
    """How much of a file has come, in bytes."""

    offset: int


def sent(folder: Path, actor: Actor, name: str) -> Sent:
    """Return how much of the file `name` has come; 0 of one that was never heard of."""
    place = _place(folder, actor, name)
    return Sent(place.stat().st_size if place.exists() else 0)


def add_piece(folder: Path, actor: Actor, name: str, offset: int, piece: bytes) -> Sent:
    """Append a piece, on the disk when this returns.

    Args:
        folder: of unfinished files.
        actor: who sends; nobody else can add to the file or finish it.
        name: the sender's own name for the file, 16 to 64 characters of A–Z, a–z, 0–9, - and _.
        offset: where the piece begins, in bytes.
        piece: at most `MAX_PIECE` bytes.

    Raises:
        PieceMisplaced: it does not begin where the last one ended.
        EvidenceRefused: the file or the piece grows too large, or too many are under way.
    """
    place = _place(folder, actor, name)
    if len(piece) > MAX_PIECE or offset + len(piece) > MAX_BYTES:
        raise EvidenceRefused("文件超过10 MB，请压缩后再传", "The file is over 10 MB")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not place.exists() and _under_way(folder, actor) >= MOST_AT_ONCE:
        raise EvidenceRefused(
            "没传完的文件太多，请先传完或者过两天再传", "Too many files are under way"
        )
    with open(os.open(place, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        there = file.seek(0, os.SEEK_END)
        if there != offset:
            raise PieceMisplaced(there)
        file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return Sent(offset + len(piece))


def whole(folder: Path, actor: Actor, name: str) -> bytes:
    """Return a file whose pieces have all come.

    Raises:
        NotFound: nothing of it is there.
    """
    place = _place(folder, actor, name)
    if not place.exists():
        raise NotFound("没有找到上传的文件，请重新选择照片", "There is no such upload")
    return place.read_bytes()


def settle(folder: Path, actor: Actor, name: str) -> None:
    """Remove the pieces of a file that has been taken in; that it was is known for two days."""
    place = _place(folder, actor, name)
    if place.exists():
        place.with_suffix(SETTLED).touch(mode=0o600)
        place.unlink()


def is_settled(folder: Path, actor: Actor, name: str) -> bool:
    """Whether the file was taken in before: whoever did not hear of it may ask again."""
    return _place(folder, actor, name).with_suffix(SETTLED).exists()


def forget_old(folder: Path, *, now: datetime) -> int:
    """Remove what nobody has gone on with for two days; return how many files."""
    if not folder.is_dir():
        return 0
    before = (now - KEPT).timestamp()
    old = [file for file in folder.iterdir() if file.stat().st_mtime < before]
    for file in old:
        file.unlink(missing_ok=True)
    return len(old)


def _under_way(folder: Path, actor: Actor) -> int:
    return sum(file.suffix != SETTLED for file in folder.glob(f"{_of(actor)}-*"))


def _place(folder: Path, actor: Actor, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise NotFound("没有找到上传的文件，请重新选择照片", "There is no such upload")
    return folder / f"{_of(actor)}-{hashlib.sha256(name.encode()).hexdigest()[:32]}"


def _of(actor: Actor) -> str:
    return hashlib.sha256(actor.name.encode()).hexdigest()[:16]
