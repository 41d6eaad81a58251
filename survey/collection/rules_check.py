"""Whether a round is scored with the rules that were decided, as far as the record of acts says."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.digest import digest_of
from survey.audit.models import AuditEntry
from survey.campaigns import ruling
from survey.campaigns.models import Round
from survey.collection.verification import Problem
from survey.rulesets.models import RuleSetVersion

ACTS = ("round.create", "round.rules", "round.open")
"""Acts that say which rules a round had then."""


def problems_of(session: Session, round_: Round) -> Iterator[Problem]:
    """Yield what does not hold of a round's rules; nothing for rounds of before there were any."""
    digest = ruling.digest_of_rules(round_)
    version = session.get(RuleSetVersion, round_.rule_set_id) if round_.rule_set_id else None
    if version is not None and not version.digest == digest_of(version.content) == digest:
        yield Problem(
            "RULES_DIFFER",
            f"本轮用的规则与“{version.name}”不是同一份，有改动",
            f"The rules of the round are not those of {version.name}",
        )
    acts = select(AuditEntry.data).where(
        AuditEntry.act.in_(ACTS), AuditEntry.subject == round_.code
    )
    said = [
        data["rules_digest"]
        for data in session.scalars(acts.order_by(AuditEntry.id))
        if "rules_digest" in data
    ]
    if said and said[-1] != digest:
        yield Problem(
            "RULES_UNRECORDED",
            "本轮用的规则与操作记录里最后定的不是同一份",
            "The rules of the round are not those last decided in the record of acts",
        )
