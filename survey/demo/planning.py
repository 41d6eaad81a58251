"""Rounds of the sample district: when they run, what they are called, and how they are opened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.campaigns.models import OpeningKind, Round
from survey.campaigns.service import Use
from survey.collection import fieldwork
from survey.web.platform import Platform
from survey.web.public.pages import renderer

PAST_ROUND = "R2026Q3"
QUARTERS = "一二三四"


def midnight(now: datetime, zone: ZoneInfo) -> datetime:
    """Return the beginning of the local day of `now`."""
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def quarter_code(now: datetime, zone: ZoneInfo) -> str:
    """Return the code of a round of this quarter that is not the past round's."""
    local = now.astimezone(zone)
    code = f"R{local.year}Q{(local.month + 2) // 3}"
    return f"{code}B" if code == PAST_ROUND else code


def quarter_name(now: datetime, zone: ZoneInfo) -> str:
    """Return this quarter in words."""
    local = now.astimezone(zone)
    return f"{local.year}年{QUARTERS[(local.month - 1) // 3]}季度"


def find(session: Session, code: str) -> Round | None:
    """Return the round with this code, or None."""
    return next((r for r in campaigns.list_rounds(session, OPERATOR) if r.code == code), None)


def create(
    session: Session,
    code: str,
    title: str,
    uses: Sequence[Use],
    opens_at: datetime,
    closes_at: datetime,
    paper_until: datetime | None = None,
    mode: str = "open",
    opening: str = OpeningKind.AT_CLOSE.value,
) -> Round:
    """Return a draft round."""
    return campaigns.create_round(
        session,
        OPERATOR,
        code=code,
        title=title,
        uses=uses,
        opens_at=opens_at,
        closes_at=closes_at,
        paper_until=paper_until,
        mode=mode,
        opening=opening,
        # Thousands of simulated residents answer here, all on one machine.
        asks_proof=False,
        now=opens_at,
    )


def open_(session: Session, platform: Platform, round_: Round, *, now: datetime) -> None:
    """Open a round."""
    fieldwork.open_round(
        session,
        OPERATOR,
        round_,
        platform.keystore,
        platform.inbox,
        renderer(platform.config.zone),
        now=now,
        no_key_copy=True,
    )


def at(day: datetime, days: int, hour: int, minute: int = 0) -> datetime:
    """Return a moment of the local day that is `days` after `day`."""
    return day + timedelta(days=days, hours=hour, minutes=minute)
