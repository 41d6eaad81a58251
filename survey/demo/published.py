"""The past round of the sample district goes out: proposed, approved, on notice, published."""

from __future__ import annotations

from datetime import datetime, timedelta

from reports.figures import Audience
from survey.accounts import sessions
from survey.accounts.policy import Actor
from survey.campaigns import service as campaigns
from survey.campaigns.models import RoundState
from survey.demo.planning import PAST_ROUND
from survey.publication import publishing
from survey.publication.notice_terms import Contact
from survey.rectification.workdays import local_date
from survey.results import freezing
from survey.web.platform import Platform

PROPOSER, APPROVER = "quban", "shending"
CONTACT = Contact("示范区评议办公室", "0513-8650 0000", "pingyi@example.org", "示范区政府大院3号楼")
PROPOSED_AFTER, APPROVED_AFTER = timedelta(days=2), timedelta(days=5)


def run(platform: Platform, now: datetime) -> None:
    """Publish the past round; if its notice were still running, it stays on notice.

    What was broken off is taken up where it stood.
    """
    with platform.sessions.begin() as session:
        people = tuple(sessions.actor_named(session, name) for name in (PROPOSER, APPROVER))
        round_ = campaigns.get_round(session, people[0], PAST_ROUND)
        paper_until, state = round_.paper_until, round_.state
    proposed_at = min(now, paper_until + PROPOSED_AFTER)
    approved_at = min(now, paper_until + APPROVED_AFTER)
    if state == RoundState.CLOSED:
        _let_out(platform, people, proposed_at, approved_at)
    with platform.sessions.begin() as session:
        round_ = campaigns.get_round(session, people[0], PAST_ROUND)
        made = publishing.current(session, round_)
        if round_.state != RoundState.NOTICE or made is None or made.notice_until is None:
            return
        over = approved_at + timedelta(days=(made.notice_until - local_date(approved_at)).days + 1)
        if over <= now:
            publishing.publish(session, people[0], round_, now=over)


def _let_out(
    platform: Platform, people: tuple[Actor, ...], proposed_at: datetime, approved_at: datetime
) -> None:
    proposer, approver = people
    chosen = freezing.prepared(platform.sessions, PAST_ROUND, Audience.PUBLIC)
    with platform.sessions.begin() as session:
        round_ = campaigns.get_round(session, proposer, PAST_ROUND)
        made = publishing.propose(
            session, proposer, round_, CONTACT, now=proposed_at, chosen=chosen
        )
        publishing.approve(
            session, approver, round_, digest=made.digest, now=approved_at, chosen=chosen
        )
