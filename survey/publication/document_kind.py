"""What a kind of document is to those who list, make, send and print documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from reports.figures import Audience
from reports.official import PLAIN_PAPER, Letterhead
from reports.parts import EvaluationReport
from survey.accounts.policy import Actor
from survey.campaigns.models import Round


class Kind(StrEnum):
    """The documents of a round (domain.md 6.1); the value stands in file names."""

    BRANCH = "branch"
    WINDOW = "window"
    UNIT = "unit"
    DISTRICT = "district"
    LEAGUE = "league"
    LEDGER = "ledger"
    SUPERVISION = "supervision"
    CLOSURES = "closures"
    NOTICE = "notice"
    COVER = "cover"
    ANNEX = "annex"
    DUTY_REPORT = "duty"
    AWARDS = "awards"


@dataclass(frozen=True)
class Asked:
    """Who wants a document of which round, for whom to read, and when.

    Attributes:
        session: to read by.
        actor: who asks; sees what lies below their grants.
        round: the round.
        audience: whose threshold holds.
        zone: that dates are in.
        now: aware; for documents of what stands today, such as the ledger.
        letterhead: the red head of the office's documents, if it has one.
    """

    session: Session
    actor: Actor
    round: Round
    audience: Audience
    zone: ZoneInfo
    now: datetime
    letterhead: Letterhead = PLAIN_PAPER


@dataclass(frozen=True)
class Listed:
    """A document that can be made: the organisation it is about, and the unit that is under."""

    org_id: str
    org_name: str
    unit_id: str = ""


@dataclass(frozen=True)
class DocumentKind:
    """One kind of document.

    Attributes:
        kind: its name in file names.
        label: what people call it.
        listed: which documents of this kind the asker may have, in the order of the tree.
        compiled: one of them, by organisation, as data.
        audiences: for whom it is made; an audience that is not named gets none.
        is_table: whether it is worth having as a workbook.
    """

    kind: Kind
    label: str
    listed: Callable[[Asked], Sequence[Listed]]
    compiled: Callable[[Asked, str], EvaluationReport]
    audiences: tuple[Audience, ...] = (Audience.INTERNAL, Audience.PUBLIC)
    is_table: bool = False
