"""One vote on an item for each counted receipt of its place, and nothing kept of the receipt.

Whoever holds a receipt shows it once more, beside the answers. The server looks its hash up in the
published list and keeps a hash made with the window's own key, as the credential of the sealed
answer. That key is destroyed when the window ends: from then on nobody, with all that is stored,
can try receipts out against credentials.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.collection import points
from survey.collection.intake import TicketRefused
from survey.collection.keystore import Keystore
from survey.collection.models import Receipt
from survey.collection.points import PointNotFound, PointView
from survey.collection.receipts import CROCKFORD, RECEIPT_LENGTH, read_code, receipt_hash
from survey.rectification.recheck_models import Outcome, RecheckWindow

POINT_LENGTH = 8
_VOTE = re.compile(f"[{CROCKFORD}]{{{POINT_LENGTH + RECEIPT_LENGTH}}}")


class VoteRefused(TicketRefused):
    """The receipt was used for this item, is not counted, or is of another place; all alike."""

    code = "VOTE_REFUSED"

    def __init__(self) -> None:
        super().__init__()
        self.zh = "凭这个回执已经评过这件事，或者不能用来评"
        self.en = "This receipt has been used for this item, or cannot be used for it"


@dataclass(frozen=True)
class Vote:
    """A receipt shown for a vote: the code of the form it came from, and the receipt."""

    point_code: str
    receipt: str

    @property
    def text(self) -> str:
        """Both as one word, as a form carries it."""
        return self.point_code + self.receipt


def read_vote(text: str) -> Vote | None:
    """Return the receipt that a form carries, or None where it carries something else."""
    written = read_code(unicodedata.normalize("NFKC", text.strip())) if len(text) <= 80 else ""
    if not _VOTE.fullmatch(written):
        return None
    return Vote(written[:POINT_LENGTH], written[POINT_LENGTH:])


def credential_of(
    session: Session, keystore: Keystore, point: PointView, vote: Vote, *, now: datetime
) -> bytes:
    """Return the credential of a vote at the point of an item; whether it is spent shows later.

    Raises:
        VoteRefused: no counted receipt of the item's place, or nobody is asked about it now.
        KeyUnavailable: the window's key is missing.
    """
    window = session.scalar(select(RecheckWindow).where(RecheckWindow.point_id == point.id))
    if window is None or window.outcome != Outcome.RUNNING or window.closes_at <= now:
        raise VoteRefused
    listed = _counted(session, point, vote)
    return hmac.digest(keystore.private(window.vote_key), b"recheck\0" + listed, "sha256")


def may_vote(session: Session, point: PointView, vote: Vote) -> bool:
    """Whether a receipt is one that counts for the item of `point`, used or not."""
    try:
        _counted(session, point, vote)
    except VoteRefused:
        return False
    return True


def _counted(session: Session, point: PointView, vote: Vote) -> bytes:
    """Return the listed hash of a receipt of the place that answers for the item of `point`."""
    try:
        source = points.find_point(session, vote.point_code)
    except PointNotFound as error:
        raise VoteRefused from error
    # A recheck gives receipts too; with these one vote would make the next.
    if source.item or source.org_id != point.org_id:
        raise VoteRefused
    listed = receipt_hash(source.round_code, source.code, vote.receipt)
    if session.get(Receipt, (source.round_id, listed)) is None:
        raise VoteRefused
    return bytes.fromhex(listed)
