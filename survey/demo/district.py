"""The sample district: an invented tree, rounds that are over and rounds that are open."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from survey.accounts.policy import OPERATOR, Action
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.campaigns.service import Use
from survey.collection import paper
from survey.collection.fieldwork import RoundNotReady
from survey.collection.paper import BatchAlreadyImported, PaperClosed
from survey.demo import (
    competition,
    keyed_paper,
    named_acts,
    party_review,
    published,
    service_ratings,
)
from survey.demo.people import add_people
from survey.demo.planning import (
    PAST_ROUND,
    create,
    find,
    midnight,
    open_,
    quarter_code,
    quarter_name,
)
from survey.demo.unfinished import mark_of
from survey.instruments import service as instruments
from survey.org import queries as organisations
from survey.org import service as org
from survey.publication.closing import close_round
from survey.rectification import ledger_import
from survey.web.keying import validate_paper
from survey.web.platform import Platform

SAMPLE = Path(__file__).resolve().parent.parent.parent / "sample"
FORMS = {
    "A_branch_mass": "responses_A_sample.csv",
    "C_window_sat": "responses_C_sample.csv",
}
USES = tuple(Use(form) for form in FORMS)
LEDGER = "rectification_ledger.csv"
FIELDWORK = timedelta(days=14)
OPEN_FROM = timedelta(days=1)

Told = Callable[[str], None]


def is_loaded(session: Session) -> bool:
    """Whether the database holds any organisation, of the sample or of a real district."""
    return bool(organisations.visible(session, OPERATOR, Action.SEE_ORGANISATIONS))


def load(platform: Platform, *, now: datetime, told: Told) -> Path:
    """Fill an empty database with the sample district; return the file with its passwords.

    What was broken off is taken up where it stood.

    Args:
        platform: where to.
        now: the open round runs around it.
        told: is told what is being done.
    """
    mark = mark_of(platform.config)
    mark.touch()
    passwords_file = platform.config.home / "accounts.txt"
    with platform.sessions.begin() as session:
        if not is_loaded(session):
            told("组织、名册、承诺和问卷 / organisations, rosters, commitments, questionnaires")
            _import_tables(session, now)
            add_people(session, passwords_file, now)
            ledger = (SAMPLE / LEDGER).read_bytes()
            ledger_import.import_ledger(session, OPERATOR, ledger, LEDGER, now=now)
    told(f"已结束的一轮 {PAST_ROUND} / a round that is over")
    past_closes_at = _run_past_round(platform, now)
    told("正在进行的一轮 / a round that is open")
    _open_present_round(platform, now)
    told("实地检查、领导点评、党员评议 / inspections, reviews by leaders, reviews of members")
    named_acts.run(platform, now)
    party_review.run(platform, now, past_closes_at)
    told("窗口“好差评” / ratings of service windows")
    service_ratings.run(platform, now)
    told("量化指标、别的考核 / indicators, other evaluations")
    competition.run(platform, now)
    told(f"{PAST_ROUND} 公示和公布 / notice and publication")
    published.run(platform, now)
    mark.unlink()
    return passwords_file


def _import_tables(session: Session, now: datetime) -> None:
    imports = {
        "organisations.csv": org.import_organisations,
        "members.csv": org.import_members,
        "commitments.csv": org.import_commitments,
    }
    for name, act in imports.items():
        act(session, OPERATOR, (SAMPLE / name).read_bytes(), name, now=now)
    for file in sorted((SAMPLE / "xlsforms").glob("*.xlsx")):
        instruments.import_questionnaire(session, OPERATOR, file.read_bytes(), file.name, now=now)


def _run_past_round(platform: Platform, now: datetime) -> datetime:
    """Hold the round of the sample's answers and return when it closed."""
    with platform.sessions.begin() as session:
        round_ = find(session, PAST_ROUND) or _open_past_round(session, platform, now)
        closes_at, paper_until = round_.closes_at, round_.paper_until
    for form, name in FORMS.items():
        with suppress(BatchAlreadyImported, PaperClosed), platform.sessions.begin() as session:
            paper.import_paper(
                session,
                platform.inbox,
                platform.keystore,
                OPERATOR,
                campaigns.get_round(session, OPERATOR, PAST_ROUND),
                form,
                (SAMPLE / name).read_bytes(),
                validate_paper,
                now=closes_at,
            )
    stores = (platform.keystore, platform.inbox)
    with suppress(RoundNotReady):  # Closed before the rest was broken off.
        close_round(platform.sessions, OPERATOR, PAST_ROUND, *stores, now=paper_until)
    return closes_at


def _open_past_round(session: Session, platform: Platform, now: datetime) -> Round:
    zone = platform.config.zone
    # As in the sample's files, unless that is still to come.
    paper_until = min(datetime(2026, 9, 18, tzinfo=zone), midnight(now, zone) - OPEN_FROM)
    closes_at = paper_until - timedelta(days=2)
    opens_at = closes_at - timedelta(days=14, hours=16)
    title = "2026年三季度评议"
    round_ = create(session, PAST_ROUND, title, USES, opens_at, closes_at, paper_until)
    open_(session, platform, round_, now=opens_at)
    return round_


def _open_present_round(platform: Platform, now: datetime) -> None:
    zone = platform.config.zone
    opens_at = midnight(now, zone) - OPEN_FROM
    code, title = quarter_code(now, zone), f"{quarter_name(now, zone)}评议"
    with suppress(campaigns.RoundExists), platform.sessions.begin() as session:
        round_ = create(session, code, title, USES, opens_at, opens_at + FIELDWORK)
        open_(session, platform, round_, now=now)
        keyed_paper.key(session, platform, round_, now=now)
