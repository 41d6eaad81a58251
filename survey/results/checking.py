"""Whether every release of a round still is what was let out, for `flask verify`."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.digest import digest_of
from reports.figures import Audience
from survey.audit.models import AuditEntry
from survey.campaigns.models import Round
from survey.collection.verification import Problem
from survey.results import frozen
from survey.results.freezing import RELEASE_ACTS


def release_problems(session: Session, round_: Round) -> list[Problem]:
    """Return what is wrong with the releases of a round; empty when all hold.

    The figures fit their digests, these the digest of the release, and that the record of acts.
    """
    found = []
    for audience in Audience:
        for release in frozen.editions(session, round_, audience):
            query = select(AuditEntry.data).where(
                AuditEntry.act == RELEASE_ACTS[audience], AuditEntry.subject == round_.code
            )
            noted = {data.get("digest") for data in session.scalars(query)}
            parts = frozen.damaged(session, release)
            is_named = release.digest in noted and digest_of(release.content) == release.digest
            if is_named and not parts:
                continue
            name = frozen.name_of(release)
            found.append(
                Problem(
                    "RELEASE_CHANGED",
                    f"{name}和发布时不一样了" + (f"：{parts[0]}等{len(parts)}处" if parts else ""),
                    f"The {audience.value} edition {release.edition} is not what was released"
                    + (f": {parts[0]} and {len(parts) - 1} more" if parts else ""),
                )
            )
    return found
