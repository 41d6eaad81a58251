"""What follows when a deadline passes: reminder, yellow and red card, interview (domain.md 4.5)."""

from __future__ import annotations

from enum import StrEnum

ESCALATED_REOPENINGS = 2
YELLOW_AFTER, RED_AFTER, INTERVIEW_AFTER = 1, 5, 10
"""Working days overdue."""


class Card(StrEnum):
    """A step of supervision; the value names its letter."""

    YELLOW = "yellow"
    RED = "red"
    INTERVIEW = "interview"
    RAISED = "raised"

    @property
    def label(self) -> str:
        """What offices call it."""
        return _LABELS[self]


_LABELS = {
    Card.YELLOW: "黄牌：提醒函",
    Card.RED: "红牌：督办单",
    Card.INTERVIEW: "约谈",
    Card.RAISED: "提级办理",
}


def card_of(overdue: int, reopen_count: int = 0) -> Card | None:
    """Return the highest step that an item has come to.

    `overdue` is in working days, 0 where nothing is overdue.
    """
    if reopen_count >= ESCALATED_REOPENINGS:
        return Card.RAISED
    for least, card in (
        (INTERVIEW_AFTER, Card.INTERVIEW),
        (RED_AFTER, Card.RED),
        (YELLOW_AFTER, Card.YELLOW),
    ):
        if overdue >= least:
            return card
    return None
