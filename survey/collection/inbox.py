"""Sealed answers on their way to the opening: what every inbox does, on either database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from enum import Enum
from typing import NamedTuple, Protocol

from sqlalchemy import Engine

from survey.config import Config
from survey.errors import SurveyError

PATIENCE = 5.0
"""Seconds after which a phone is asked to try again rather than kept waiting."""


class SealedRow(NamedTuple):
    """One sealed answer: two keyed hashes of 32 bytes, the point, and the envelope."""

    credential_hash: bytes
    key_hash: bytes
    point_id: int
    ciphertext: bytes


class Put(Enum):
    """What became of a row that was put in."""

    STORED = "stored"
    REPEATED = "repeated"
    """The same page had been stored before; nothing was added."""
    SPENT = "spent"
    """The credential had been used with another page; nothing was added."""


class BoxBusy(SurveyError):
    """The row was not acknowledged in time; the same page may be sent again."""

    code = "BOX_BUSY"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            "系统繁忙，请稍后再提交一次",
            "The platform is busy; send the page again shortly",
        )


class BoxMissing(SurveyError):
    """The box is not where it should be; nothing can be put in or taken out."""

    code = "BOX_MISSING"
    status = 503

    def __init__(self) -> None:
        super().__init__("票箱不可用，请联系管理员", "The box is not there; ask the operator")


class BoxDamaged(SurveyError):
    """Pages of the box cannot be read; to count what is left would lose answers unseen."""

    code = "BOX_DAMAGED"

    def __init__(self) -> None:
        super().__init__(
            "票箱文件已损坏，没有启封；请从备份或磁盘恢复这个文件后再启封",
            "The file of the box is damaged and was not opened; restore it, then open the box",
        )


class BoxClosed(SurveyError):
    """The box takes nothing any more."""

    code = "BOX_CLOSED"
    status = 410

    def __init__(self) -> None:
        super().__init__("票箱已封存，不再接收答卷", "The box is closed and takes no more answers")


class BoxInUse(SurveyError):
    """A new box would take the place of one that holds answers."""

    code = "BOX_IN_USE"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} 里还有答卷，请先查明它属于哪一轮，移走后再开",
            f"{name} still holds answers; find out whose they are and move it away first",
        )


class OpeningInProgress(SurveyError):
    """Somebody is opening this box at this moment."""

    code = "OPENING_IN_PROGRESS"

    def __init__(self) -> None:
        super().__init__(
            "正在启封，请等这一次结束", "The box is being opened; wait until it is done"
        )


class Inbox(Protocol):
    """Where sealed answers lie, one row each: "spent", "stored" and "sent twice" are one fact.

    Whatever `put` acknowledges is durable. A closed box refuses rows by itself, so that an answer
    racing the close is either in the box or told that it came too late.
    """

    def create(self, box_id: int) -> None:
        """Make an empty box; raises BoxInUse where one with answers stands."""
        ...

    def put(self, box_id: int, row: SealedRow) -> Put:
        """Store one row durably; raises BoxBusy, BoxClosed or BoxMissing."""
        ...

    def submit(self, box_id: int, row: SealedRow, tell: Callable[[Put | Exception], None]) -> None:
        """Store one row durably and tell on another thread what came of it, as `put` would."""
        ...

    def put_all(self, box_id: int, rows: Sequence[SealedRow]) -> list[Put]:
        """Store all rows or none; raises as `put` does."""
        ...

    def has_key(self, box_id: int, key_hash: bytes) -> bool:
        """Whether a row of this page is in the box; False where there is no box."""
        ...

    def has_credential(self, box_id: int, credential_hash: bytes) -> bool:
        """Whether this credential was used in the box; False where there is no box."""
        ...

    def counts(self, box_id: int) -> dict[int, int]:
        """Return the number of rows by point; empty where there is no box."""
        ...

    def close(self, box_id: int) -> None:
        """Let nothing in any more, for good; raises BoxMissing."""
        ...

    def read_all(self, box_id: int) -> Iterator[SealedRow]:
        """Yield every row, in the order of credential hashes; raises BoxMissing."""
        ...

    def read(self, box_id: int, credential_hash: bytes) -> SealedRow:
        """Return the row of a credential that was read before; raises BoxMissing."""
        ...

    def drop(self, box_id: int) -> None:
        """Remove the box and everything in it; nothing happens where there is none."""
        ...

    def opening(self, box_id: int) -> AbstractContextManager[None]:
        """Hold off every other opener of this box; raises OpeningInProgress."""
        ...


def open_inbox(config: Config, engine: Engine) -> Inbox:
    """Return the inbox that goes with the database: files with SQLite, else partitions."""
    if engine.dialect.name == "postgresql":
        from survey.collection.inbox_postgresql import PostgresqlInbox

        return PostgresqlInbox(engine)
    from survey.collection.inbox_sqlite import SqliteInbox

    return SqliteInbox(config.boxes)
