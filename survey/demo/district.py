"""The sample district: an invented tree, a round that is over and one that is open."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from survey.accounts import passwords
from survey.accounts import service as accounts
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Action
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.campaigns.service import Use
from survey.collection import fieldwork, paper
from survey.collection.fieldwork import RoundNotReady
from survey.collection.paper import BatchAlreadyImported, PaperClosed
from survey.demo.unfinished import mark_of
from survey.instruments import service as instruments
from survey.org import queries as organisations
from survey.org import service as org
from survey.publication.closing import close_round
from survey.rectification import ledger_import
from survey.web.keying import validate_paper
from survey.web.platform import Platform
from survey.web.public.pages import renderer

SAMPLE = Path(__file__).resolve().parent.parent.parent / "sample"
FORMS = {
    "A_branch_mass": "responses_A_sample.csv",
    "C_window_sat": "responses_C_sample.csv",
}
LEDGER = "rectification_ledger.csv"
PAST_ROUND = "R2026Q3"
FIELDWORK = timedelta(days=14)
OPEN_FROM = timedelta(days=1)

Told = Callable[[str], None]


@dataclass(frozen=True)
class Person:
    """Somebody of the sample district who can sign in."""

    name: str
    display_name: str
    role: Role
    org_id: str


PEOPLE = (
    Person("quban", "汀若石", Role.DISTRICT_ADMIN, "D0"),
    Person("zhengwu", "屿言", Role.UNIT_ADMIN, "U17"),
    Person("qingyu", "樾景舒", Role.UNIT_ADMIN, "U03"),
    Person("caotang", "樾晴渡", Role.BRANCH_SECRETARY, "B008"),
    Person("yibao", "屿秋岸", Role.WINDOW_MANAGER, "W04"),
    Person("yanshou", "荻一声", Role.VERIFIER, "D0"),
)


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
            _add_people(session, passwords_file, now)
            ledger = (SAMPLE / LEDGER).read_bytes()
            ledger_import.import_ledger(session, OPERATOR, ledger, LEDGER, now=now)
    told(f"已结束的一轮 {PAST_ROUND} / a round that is over")
    _run_past_round(platform, now)
    told("正在进行的一轮 / a round that is open")
    _open_present_round(platform, now)
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
    for form in FORMS:
        data = (SAMPLE / "xlsforms" / f"{form}.xlsx").read_bytes()
        instruments.import_questionnaire(session, OPERATOR, data, f"{form}.xlsx", now=now)


def _add_people(session: Session, file: Path, now: datetime) -> None:
    """Make an account for each person, with a generated password that only `file` holds."""
    lines = []
    for person in PEOPLE:
        password = passwords.generate()
        accounts.add_account(
            session,
            OPERATOR,
            person.name,
            person.display_name,
            person.role,
            person.org_id,
            password,
            now=now,
        )
        lines.append(f"{person.name}\t{password}\t{person.role}\t{person.org_id}\n")
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.writelines(lines)


def _run_past_round(platform: Platform, now: datetime) -> None:
    with platform.sessions.begin() as session:
        round_ = _found(session, PAST_ROUND) or _open_past_round(session, platform, now)
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


def _open_past_round(session: Session, platform: Platform, now: datetime) -> Round:
    zone = platform.config.zone
    # As in the sample's files, unless that is still to come.
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    paper_until = min(datetime(2026, 9, 18, tzinfo=zone), today - OPEN_FROM)
    closes_at = paper_until - timedelta(days=2)
    opens_at = closes_at - timedelta(days=14, hours=16)
    round_ = _create(session, PAST_ROUND, "2026年三季度评议", opens_at, closes_at, paper_until)
    _open(session, platform, round_, now=opens_at)
    return round_


def _open_present_round(platform: Platform, now: datetime) -> None:
    local = now.astimezone(platform.config.zone)
    today = local.replace(hour=0, minute=0, second=0, microsecond=0)
    quarter = (local.month + 2) // 3
    code = f"R{local.year}Q{quarter}"
    if code == PAST_ROUND:
        code += "B"
    opens_at = today - OPEN_FROM
    title = f"{local.year}年{'一二三四'[quarter - 1]}季度评议"
    with suppress(campaigns.RoundExists), platform.sessions.begin() as session:
        round_ = _create(session, code, title, opens_at, opens_at + FIELDWORK, opens_at + FIELDWORK)
        _open(session, platform, round_, now=now)


def _found(session: Session, code: str) -> Round | None:
    return next((r for r in campaigns.list_rounds(session, OPERATOR) if r.code == code), None)


def _create(
    session: Session,
    code: str,
    title: str,
    opens_at: datetime,
    closes_at: datetime,
    paper_until: datetime,
) -> Round:
    return campaigns.create_round(
        session,
        OPERATOR,
        code=code,
        title=title,
        uses=[Use(form) for form in FORMS],
        opens_at=opens_at,
        closes_at=closes_at,
        paper_until=paper_until,
        # Thousands of simulated residents answer here, all on one machine.
        asks_proof=False,
        now=opens_at,
    )


def _open(session: Session, platform: Platform, round_: Round, *, now: datetime) -> None:
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
