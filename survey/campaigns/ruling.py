"""Which rule set a round is scored with: chosen before its first box is opened, fixed then."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from forms.digest import digest_of
from reports import rules as rule_sets
from reports.rules import RuleSet
from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.campaigns.models import Round, RoundState
from survey.instruments import service as instruments
from survey.rulesets import versions
from survey.rulesets.models import RuleSetVersion
from survey.rulesets.refusals import RulesFrozen, RulesPromised

PROMISED = ("k_public", "k_internal", "unanimity_base")
"""What residents read about few answers; see `survey.web.public.pages`."""


def give(session: Session, round_: Round, wanted: str, *, now: datetime) -> RuleSetVersion:
    """Give a new round its rules: the rule set `wanted`, or the preset of its questionnaires.

    Raises:
        RulesNotFound: there is no such rule set.
    """
    if wanted:
        version = versions.version_of(session, wanted, now=now)
    else:
        forms = [instruments.load(session, used.digest) for used in round_.questionnaires]
        version = versions.default_for(session, forms, now=now)
    round_.rules, round_.rule_set_id = version.content, version.id
    return version


def choose(session: Session, actor: Actor, round_: Round, wanted: str, *, now: datetime) -> Round:
    """Give a round other rules, as long as none of its boxes has been opened.

    Raises:
        RulesFrozen: one has.
        RulesPromised: the round is open, and fewer answers than residents were told would do.
        RulesNotFound: there is no such rule set.
    """
    require(actor, Action.RUN_ROUNDS)
    if is_fixed(round_):
        raise RulesFrozen(round_.code)
    version = versions.version_of(session, wanted, now=now)
    if round_.state == RoundState.OPEN:
        told, now_told = rules_of(round_), rule_sets.from_data(version.content)
        if any(getattr(now_told, name) < getattr(told, name) for name in PROMISED):
            raise RulesPromised(round_.code)
    round_.rules, round_.rule_set_id = version.content, version.id
    session.flush()
    audit.record(
        session,
        actor=actor.name,
        act="round.rules",
        subject=round_.code,
        now=now,
        rules=version.name,
        rules_digest=version.digest,
    )
    return round_


def rules_of(round_: Round) -> RuleSet:
    """Return the rules that a round is scored with."""
    return rule_sets.from_data(round_.rules)


def digest_of_rules(round_: Round) -> str:
    """Return the SHA-256 of a round's rules, the digest of the version that they are a copy of."""
    return digest_of(round_.rules)


def is_fixed(round_: Round) -> bool:
    """Whether the rules can no longer be changed: a box was opened, or the round is over."""
    is_waiting = round_.state in (RoundState.DRAFT, RoundState.SCHEDULED, RoundState.OPEN)
    return round_.are_rules_fixed or round_.supplements is not None or not is_waiting
