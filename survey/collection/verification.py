"""Check an opened round from what is stored: counts, receipts, contents, tallies, the record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reports import rules, tally
from survey.audit import service as audit
from survey.audit.models import AuditEntry
from survey.campaigns.models import Round
from survey.collection import points
from survey.collection.counting import Ballot, answers_pattern, count
from survey.collection.models import (
    Box,
    BoxState,
    CollectionPoint,
    Receipt,
    Response,
    StoredTally,
    UsedCredential,
    Verbatim,
)
from survey.collection.receipts import merkle_root
from survey.collection.sealing import SUSPECT, VOID

OPENED = (BoxState.OPENED, BoxState.KEY_DESTROYED)
OPENING_ACT = "box.open"


@dataclass(frozen=True)
class Problem:
    """One thing that does not hold; `code` never changes, the sentences say where."""

    code: str
    zh: str
    en: str


def verify_round(session: Session, round_: Round) -> list[Problem]:
    """Return what does not hold of a round; nothing where all does.

    A round whose box is still sealed has only the record of acts to check.
    """
    problems = list(_audit_problems(session))
    boxes = session.scalars(select(Box).where(Box.round_id == round_.id).order_by(Box.id))
    for box in boxes:
        if box.state in OPENED:
            problems += _record_problems(session, round_, box)
            problems += _count_problems(session, box)
            problems += _root_problems(session, box)
            problems += _tally_problems(session, round_, box)
    return problems


def content_root(session: Session, box_id: int) -> str:
    """Return the Merkle root over the SHA-256 of every response and text of a box, sorted."""
    responses = select(Response.point_id, Response.id, Response.answers, Response.flags)
    texts = select(Verbatim.point_id, Verbatim.id, Verbatim.item_code, Verbatim.text)
    leaves = [
        _leaf(kind, row.point_id, row.id.hex(), *row[2:])
        for kind, query in (
            ("response", responses.where(Response.box_id == box_id)),
            ("text", texts.where(Verbatim.box_id == box_id)),
        )
        for row in session.execute(query)
    ]
    return merkle_root(sorted(leaves))


def receipts_root(session: Session, round_id: int) -> str:
    """Return the Merkle root over the sorted receipt hashes of a round."""
    query = select(Receipt.hash).where(Receipt.round_id == round_id)
    return merkle_root([bytes.fromhex(each) for each in sorted(session.scalars(query))])


def ballot_of(answers: str, flags: str) -> Ballot:
    """Return a stored response as it is counted."""
    found = flags.split(",")
    return Ballot(answers, is_suspect=SUSPECT in found, is_void=VOID in found)


def _leaf(*content: Any) -> bytes:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def _audit_problems(session: Session) -> Iterator[Problem]:
    broken = audit.first_broken(session)
    if broken is not None:
        yield Problem(
            "AUDIT_CHAIN",
            f"操作记录第{broken}条与前后不符，有人改动过",
            f"Entry {broken} of the record of acts does not fit; somebody changed it",
        )


def _record_problems(session: Session, round_: Round, box: Box) -> Iterator[Problem]:
    """Compare the box with what the record of acts said when it was opened."""
    query = select(AuditEntry.data).where(
        AuditEntry.act == OPENING_ACT, AuditEntry.subject == round_.code
    )
    written = [data for data in session.scalars(query) if data.get("box") == box.id]
    if written != [opening_data(box)]:
        yield Problem(
            "BOX_RECORD",
            "票箱的份数或校验值与启封时的操作记录不符",
            "Counts or roots of the box are not those that the record of acts states",
        )


def opening_data(box: Box) -> dict[str, Any]:
    """Return what the record of acts says of an opened box."""
    return {
        "box": box.id,
        "answers": box.answer_count,
        "unreadable": box.unreadable_count,
        "receipts_root": box.receipts_root,
        "content_root": box.content_root,
    }


def _count_problems(session: Session, box: Box) -> Iterator[Problem]:
    expected = box.answer_count or 0
    stored = session.scalar(select(func.count()).where(Response.box_id == box.id)) or 0
    unreadable = box.unreadable_count or 0
    if stored + unreadable != expected:
        yield Problem(
            "RESPONSE_COUNT",
            f"票箱里有{expected}份，现存{stored}份，另有{unreadable}份无法解读",
            f"The box held {expected}; {stored} are stored and {unreadable} were unreadable",
        )
    used = session.scalar(select(func.count()).where(UsedCredential.round_id == box.round_id)) or 0
    if used != expected:
        yield Problem(
            "CREDENTIAL_COUNT",
            f"票箱里有{expected}份，已用凭证{used}个",
            f"The box held {expected}; {used} credentials are marked as used",
        )
    foreign = session.scalar(
        select(func.count())
        .select_from(Response)
        .join(CollectionPoint, CollectionPoint.id == Response.point_id)
        .where(Response.box_id == box.id, CollectionPoint.round_id != box.round_id)
    )
    if foreign:
        yield Problem(
            "FOREIGN_RESPONSES",
            f"有{foreign}份答卷挂在别的轮次的评议对象下",
            f"{foreign} responses belong to points of another round",
        )


def _root_problems(session: Session, box: Box) -> Iterator[Problem]:
    if receipts_root(session, box.round_id) != box.receipts_root:
        yield Problem(
            "RECEIPTS_ROOT",
            "回执清单与启封时不一致，有增减或改动",
            "The list of receipts is not the one of the opening",
        )
    if content_root(session, box.id) != box.content_root:
        yield Problem(
            "CONTENT_ROOT",
            "答卷或文字意见与启封时不一致，有增减或改动",
            "Responses or texts are not those of the opening",
        )


def _tally_problems(session: Session, round_: Round, box: Box) -> Iterator[Problem]:
    """Count every point again and compare."""
    rule_set = rules.from_data(round_.rules)
    ballots: dict[int, list[Ballot]] = {}
    query = select(Response.point_id, Response.answers, Response.flags)
    for point_id, answers, flags in session.execute(query.where(Response.box_id == box.id)):
        ballots.setdefault(point_id, []).append(ballot_of(answers, flags))
    tallies = select(StoredTally).where(StoredTally.box_id == box.id)
    stored = {each.point_id: each.data for each in session.scalars(tallies)}
    views = points.points_of(session, round_.id)
    for point_id in sorted(ballots.keys() | stored.keys()):
        view = views.get(point_id)
        name = f"{view.org_id} {view.questionnaire_code}" if view else str(point_id)
        if view and point_id in stored:
            questionnaire = points.questionnaire_of(session, view)
            pattern = answers_pattern(questionnaire)
            mine = ballots.get(point_id, [])
            if all(pattern.fullmatch(ballot.answers) for ballot in mine) and _is_same(
                count(questionnaire, rule_set, mine), tally.from_data(stored[point_id])
            ):
                continue
        yield Problem(
            "TALLY_DIFFERS",
            f"{name} 的计数与答卷不符",
            f"The counts of {name} are not those of its responses",
        )


def _is_same(counted: tally.TargetTally, stored: tally.TargetTally) -> bool:
    """Whether two tallies are equal, the last bits of sums of floats aside."""
    return _comparable(counted) == _comparable(stored)


def _comparable(counts: tally.TargetTally) -> dict[str, Any]:
    data = tally.to_data(counts)
    for part in ("official", "complete"):
        data[part]["mass"] = [round(number, 4) for number in data[part]["mass"]]
    return data
