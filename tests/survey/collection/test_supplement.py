"""Supplementary rounds: late paper, counted by itself, and no way in for phones."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.campaigns.service import RoundInvalid
from survey.collection import fieldwork, paper
from survey.collection.inbox import open_inbox
from survey.collection.keystore import Keystore
from survey.collection.models import Box
from survey.collection.opening import close_round
from survey.collection.points import PointClosed
from survey.config import Config
from survey.db import Sessions, reading
from survey.results import service as results
from survey.web.keying import validate_paper
from tests.rounds import BRANCH_FORM, Field, form, full_answers, page_key, render


def batch(org_id: str, rows: int) -> bytes:
    """Return keyed forms as a file."""
    answers = full_answers(form(BRANCH_FORM))
    cells = [" ".join(v) if isinstance(v, tuple) else str(v) for v in answers.values()]
    header = ",".join(["org_id", *answers])
    return "\n".join([header, *[",".join([org_id, *cells])] * rows]).encode()


@pytest.fixture
def closed(
    sessions: Sessions, engine: Engine, config: Config, tmp_path: Path, now: object
) -> Field:
    """A round with one answer, closed."""
    inbox = open_inbox(config, engine)
    made = Field(sessions, inbox, Keystore(tmp_path / "keys"), now)  # type: ignore[arg-type]
    made.open()
    made.answer("B001", page_key(1))
    return made


def test_late_paper_is_counted_by_itself(closed: Field) -> None:
    with closed.sessions.begin() as session:
        late_for = campaigns.get_round(session, OPERATOR, closed.code)
        until = {"paper_until": closed.now + timedelta(days=20), "now": closed.now}
        with pytest.raises(RoundInvalid):
            campaigns.create_supplement(session, OPERATOR, late_for, code="R1.S1", **until)
    stores = (closed.keystore, closed.inbox)
    later, end = closed.now + timedelta(days=5), closed.now + timedelta(days=20)
    close_round(closed.sessions, OPERATOR, closed.code, *stores, now=later)
    with closed.sessions.begin() as session:
        late_for = campaigns.get_round(session, OPERATOR, closed.code)
        round_ = campaigns.create_supplement(
            session, OPERATOR, late_for, code="R1.S1", paper_until=end, now=later
        )
        assert (round_.supplements, round_.mode) == ("R1", "paper")
        fieldwork.open_round(
            session, OPERATOR, round_, *stores, render, now=later, no_key_copy=True
        )
    supplement = Field(closed.sessions, closed.inbox, closed.keystore, later, code="R1.S1")
    supplement.reload()
    with pytest.raises(PointClosed):
        supplement.answer("B001", page_key(2), at=later)
    with closed.sessions.begin() as session:
        round_ = campaigns.get_round(session, OPERATOR, "R1.S1")
        data = batch("B001", 3)
        paper.import_paper(
            session,
            closed.inbox,
            closed.keystore,
            OPERATOR,
            round_,
            BRANCH_FORM,
            data,
            validate_paper,
            now=later,
        )

    assert close_round(closed.sessions, OPERATOR, "R1.S1", *stores, now=end).answers == 3
    with reading(closed.sessions) as session:
        counts = dict(session.execute(select(Box.round_id, Box.answer_count)).all())
        assert sorted(counts.values()) == [1, 3]
        rounds = [campaigns.get_round(session, OPERATOR, code) for code in ("R1", "R1.S1")]
        received = [
            sum(tally.received for _, tally in results.inputs_of(session, round_, BRANCH_FORM))
            for round_ in rounds
        ]
    assert received == [1, 3]
