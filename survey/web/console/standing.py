"""Where a round stands today, as a person would say it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from survey.campaigns.models import Round, RoundState
from survey.web.formats import last_moment, short_day
from survey.web.platform import platform
from survey.web.texts import text as _


class Phase(StrEnum):
    """The stretch of a round that pages speak about; finer than its stored state."""

    DRAFT = "draft"
    WAITING = "waiting"
    COLLECTING = "collecting"
    ENDED = "ended"
    CLOSED = "closed"
    PUBLISHED = "published"
    ABANDONED = "abandoned"


@dataclass(frozen=True)
class Standing:
    """`phase` in words; `day` counts from 1 while answers come in, `days_left` to the close."""

    phase: Phase
    text: str
    day: int = 0
    days_left: int = 0


def phase_of(round_: Round, now: datetime) -> Phase:
    """Return the phase of `round_` at `now`."""
    state = RoundState(round_.state)
    if state is RoundState.DRAFT:
        return Phase.DRAFT
    if state in (RoundState.SCHEDULED, RoundState.OPEN):
        if now < round_.opens_at:
            return Phase.WAITING
        return Phase.COLLECTING if now < round_.closes_at else Phase.ENDED
    if state is RoundState.ABANDONED:
        return Phase.ABANDONED
    if state in (RoundState.PUBLISHED, RoundState.ARCHIVED):
        return Phase.PUBLISHED
    return Phase.CLOSED


def standing_of(round_: Round, now: datetime) -> Standing:
    """Return where `round_` stands at `now`, with days counted in the platform's time zone."""
    zone = platform().config.zone
    today = now.astimezone(zone).date()
    opens, closes = (
        round_.opens_at.astimezone(zone).date(),
        last_moment(round_.closes_at.astimezone(zone)).date(),
    )
    phase = phase_of(round_, now)
    day, left = (today - opens).days + 1, (closes - today).days
    texts = {
        Phase.DRAFT: _("草稿"),
        Phase.WAITING: _("%(when)s开放", when=short_day(opens)),
        Phase.COLLECTING: _("进行中，第%(day)s天", day=day),
        Phase.ENDED: _("已截止，待启封"),
        Phase.CLOSED: _("已启封"),
        Phase.PUBLISHED: _("已归档") if round_.state == RoundState.ARCHIVED else _("已公布"),
        Phase.ABANDONED: _("密钥丢失，已作废"),
    }
    return Standing(phase, texts[phase], day, left)
