"""Verification: silent while nothing was touched, and naming what was."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from survey.accounts.policy import OPERATOR
from survey.audit.models import AuditEntry
from survey.campaigns.models import Round
from survey.collection.hashes import merkle_root
from survey.collection.leaves import target_leaf
from survey.collection.models import (
    Box,
    Receipt,
    Response,
    StoredTally,
    UsedCredential,
    Verbatim,
)
from survey.collection.opening import close_round
from survey.collection.verification import verify_round
from tests.rounds import Field, page_key


@pytest.fixture
def closed(field_round: Field) -> Field:
    for number in range(12):
        field_round.answer(f"B00{number % 2 + 1}", page_key(number), A34=f"意见{number}")
    close_round(
        field_round.sessions,
        OPERATOR,
        "R1",
        field_round.keystore,
        field_round.inbox,
        now=field_round.now + timedelta(days=4),
    )
    return field_round


def problems(field_round: Field) -> list[str]:
    with field_round.sessions() as session:
        round_ = session.scalars(select(Round)).one()
        return [problem.code for problem in verify_round(session, round_)]


def _insert_response(session: Session) -> None:
    one = session.scalars(select(Response).limit(1)).one()
    session.add(
        Response(box_id=one.box_id, point_id=one.point_id, id=b"x" * 16, answers=one.answers)
    )


def _delete_response(session: Session) -> None:
    session.delete(session.scalars(select(Response).limit(1)).one())


def _edit_response(session: Session) -> None:
    one = session.scalars(select(Response).limit(1)).one()
    one.answers = one.answers[:2] + ("0" if one.answers[2] != "0" else "1") + one.answers[3:]


def _break_response(session: Session) -> None:
    session.scalars(select(Response).limit(1)).one().answers = "?"


def _clear_flag(session: Session) -> None:
    session.execute(update(Response).values(flags="suspect"))


def _edit_text(session: Session) -> None:
    session.scalars(select(Verbatim).limit(1)).one().text = "一切都好"


def _delete_text(session: Session) -> None:
    session.delete(session.scalars(select(Verbatim).limit(1)).one())


def _swap_receipt(session: Session) -> None:
    session.scalars(select(Receipt).limit(1)).one().hash = "a" * 64


def _add_credential(session: Session) -> None:
    session.add(UsedCredential(round_id=1, credential_hash=b"c" * 32, key_hash=b"k" * 32))


def _edit_tally(session: Session) -> None:
    stored = session.scalars(select(StoredTally).limit(1)).one()
    stored.data = stored.data | {"received": 99}


def _delete_tally(session: Session) -> None:
    session.delete(session.scalars(select(StoredTally).limit(1)).one())


def _delete_all_of_one_point(session: Session) -> None:
    point_id = session.scalars(select(Response.point_id).limit(1)).one()
    for table in (Response, StoredTally, Verbatim):
        session.execute(delete(table).where(table.point_id == point_id))


def _forge_the_box(session: Session) -> None:
    session.execute(update(Box).values(answer_count=13))


def _edit_audit(session: Session) -> None:
    session.execute(update(AuditEntry).where(AuditEntry.id == 2).values(actor="nobody"))


def test_an_untouched_round_verifies(closed: Field) -> None:
    assert problems(closed) == []


def test_a_round_in_the_field_has_only_its_record_to_check(field_round: Field) -> None:
    field_round.answer("B001", page_key(1))
    assert problems(field_round) == []


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (_insert_response, {"RESPONSE_COUNT", "CONTENT_ROOT", "TALLY_DIFFERS"}),
        (_delete_response, {"RESPONSE_COUNT", "CONTENT_ROOT", "TALLY_DIFFERS"}),
        (_edit_response, {"CONTENT_ROOT", "TALLY_DIFFERS"}),
        (_break_response, {"CONTENT_ROOT", "TALLY_DIFFERS"}),
        (_clear_flag, {"CONTENT_ROOT", "TALLY_DIFFERS"}),
        (_edit_text, {"CONTENT_ROOT"}),
        (_delete_text, {"CONTENT_ROOT"}),
        (_swap_receipt, {"RECEIPTS_ROOT"}),
        (_add_credential, {"CREDENTIAL_COUNT"}),
        (_edit_tally, {"TALLY_DIFFERS"}),
        (_delete_tally, {"TALLY_DIFFERS"}),
        (_delete_all_of_one_point, {"RESPONSE_COUNT", "CONTENT_ROOT"}),
        (_forge_the_box, {"BOX_RECORD", "RESPONSE_COUNT", "CREDENTIAL_COUNT"}),
        (_edit_audit, {"AUDIT_CHAIN"}),
    ],
)
def test_whatever_is_touched_is_named(
    closed: Field, tamper: Callable[[Session], None], expected: set[str]
) -> None:
    with closed.sessions.begin() as session:
        tamper(session)

    assert set(problems(closed)) == expected


def test_a_differing_tally_names_its_organisation(closed: Field) -> None:
    with closed.sessions.begin() as session:
        _edit_tally(session)
    with closed.sessions() as session:
        (problem,) = verify_round(session, session.scalars(select(Round)).one())

    assert problem.zh.startswith(("B001 A_branch_mass", "B002 A_branch_mass"))


@pytest.mark.parametrize("code", ["B001", "", '"\\/', "中文\u2028😀", "\0\x1f\x7f\n"])
def test_a_hash_is_that_of_compact_json_whatever_the_text(code: str) -> None:
    content = ["target", code, 12, merkle_root([])]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))

    assert target_leaf(code, 12, b"") == hashlib.sha256(text.encode()).digest()
