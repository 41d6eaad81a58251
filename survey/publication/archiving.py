"""A published round is put on file (归档): its results stay public, nothing of it changes any more.

published → archived. Rectification items that came of it go on until they are put right. The only
way back is the one that every published result has: two people withdraw it, for a public reason.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.audit.models import AuditEntry
from survey.campaigns.models import Round, RoundState
from survey.db import hold
from survey.publication import publishing
from survey.publication.models import Publication
from survey.publication.refusals import PublicationRefused

ARCHIVE_ACT = "round.archive"
OVER = (RoundState.CLOSED, RoundState.PUBLISHED, RoundState.ARCHIVED, RoundState.ABANDONED)
"""States in which a supplementary round no longer takes paper and is not on its way out."""


def archive(session: Session, actor: Actor, round_: Round, *, now: datetime) -> Publication:
    """Put a published round on file.

    Raises:
        PublicationRefused: it is not published, somebody wants it withdrawn, or a supplementary
            round of it is still under way.
    """
    require(actor, Action.PROPOSE_PUBLICATION)
    hold(session, round_)
    made = publishing.current(session, round_)
    if round_.state != RoundState.PUBLISHED or made is None:
        raise PublicationRefused(
            f"轮次“{round_.code}”不是“已经公布”的状态，公布以后才能归档",
            f"The round {round_.code} is {round_.state}, not published; publish it first",
        )
    if made.withdrawn_by:
        raise PublicationRefused("请审定人先决定是否撤回", "Decide on the withdrawal first")
    late = select(Round.code).where(Round.supplements == round_.code, Round.state.not_in(OVER))
    under_way = session.scalar(late.order_by(Round.id).limit(1))
    if under_way is not None:
        raise PublicationRefused(
            f"补充轮次“{under_way}”还没有办完，办完再归档",
            f"The supplementary round {under_way} is still under way; finish it first",
        )
    round_.state = RoundState.ARCHIVED
    session.flush()
    digest = made.release.digest if made.release else ""
    audit.record(
        session, actor=actor.name, act=ARCHIVE_ACT, subject=round_.code, now=now, digest=digest
    )
    return made


def filed(session: Session, round_: Round) -> AuditEntry | None:
    """Return the entry of who put a round on file, and when; None while it is not archived."""
    if round_.state != RoundState.ARCHIVED:
        return None
    query = (
        select(AuditEntry)
        .where(AuditEntry.act == ARCHIVE_ACT, AuditEntry.subject == round_.code)
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    return session.scalar(query)
