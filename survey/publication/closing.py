"""The end of a round: its box is opened, and what was found becomes rectification items."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reports.figures import Audience
from survey.accounts.policy import Actor
from survey.campaigns import service as campaigns
from survey.campaigns.models import OpeningKind
from survey.collection import keying_batches, opening
from survey.collection.fieldwork import RoundNotReady
from survey.collection.inbox import Inbox
from survey.collection.keystore import Keystore
from survey.collection.opening import Closed, Progress
from survey.db import Sessions, reading
from survey.publication import promises
from survey.publication.bad_ratings import open_bad_ratings
from survey.rectification.opening import open_items, were_opened
from survey.results import freezing
from survey.results import service as results


@dataclass(frozen=True)
class ClosedRound:
    """What came of closing a round.

    Attributes:
        answers: sealed answers that were in the box.
        unreadable: those nobody could read; normally 0.
        created: numbers of the rectification items that were made.
        merged: numbers of items already open that were reported again.
    """

    answers: int
    unreadable: int
    created: tuple[str, ...]
    merged: tuple[str, ...]


def close_round(
    sessions: Sessions,
    actor: Actor,
    round_code: str,
    keystore: Keystore,
    inbox: Inbox,
    *,
    now: datetime,
    early_reason: str = "",
    progress: Progress = lambda step: None,
) -> ClosedRound:
    """Open the round's box and register what it found; interrupted, it is simply called again.

    Args:
        sessions: makes the transactions.
        actor: needs RUN_ROUNDS.
        round_code: an open round, or one whose closing was interrupted.
        keystore: holds the box's private key, which is destroyed.
        inbox: holds the box, which is dropped.
        now: aware.
        early_reason: why before the time; empty to refuse that.
        progress: told after each step.

    Raises:
        RoundNotOver, RoundNotReady, CountDiffers, VerificationFailed, KeyUnavailable: see
            `survey.collection.opening`.
    """
    try:
        closed = opening.close_round(
            sessions,
            actor,
            round_code,
            keystore,
            inbox,
            now=now,
            early=bool(early_reason),
            reason=early_reason,
            progress=progress,
        )
    except RoundNotReady:
        broken_off = _broken_off(sessions, actor, round_code)
        if broken_off is None:
            raise
        closed = broken_off
    chosen = freezing.prepared(sessions, round_code, Audience.INTERNAL)
    with sessions.begin() as session:
        round_ = campaigns.get_round(session, actor, round_code)
        freezing.freeze_internal(session, round_, released_by=actor.name, now=now, chosen=chosen)
        items = open_items(session, round_, results.findings_by_org(session, round_), now=now)
        open_bad_ratings(session, round_, now=now)
        promises.open_from_round(session, round_, now=now)
        keying_batches.give_up_unsettled(session, actor, round_, now=now)
    with reading(sessions) as session:
        keying_batches.discard_keys(session, keystore)
    return ClosedRound(closed.answers, closed.unreadable, items.created, items.merged)


def _broken_off(sessions: Sessions, actor: Actor, round_code: str) -> Closed | None:
    """Return how a round was opened whose items are still to be made; None for any other."""
    with reading(sessions) as session:
        round_ = campaigns.get_round(session, actor, round_code)
        # In a daily round items were made every morning; making them once more changes nothing.
        is_done = round_.opening == OpeningKind.AT_CLOSE and were_opened(session, round_)
        if not results.is_opened(session, round_) or is_done:
            return None
        return opening.outcome_of(session, round_)
