"""Check an opened round from what is stored: counts, receipts, contents, tallies, the record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reports import rules, tally
from survey.audit import service as audit
from survey.audit.models import AuditEntry
from survey.campaigns.models import Round
from survey.collection import points, reconciliation
from survey.collection.boxes import boxes_of
from survey.collection.counting import Ballot, answers_pattern, count
from survey.collection.models import (
    Box,
    BoxKind,
    BoxState,
    CollectionPoint,
    Picture,
    Receipt,
    Response,
    StoredTally,
    UsedCredential,
    Verbatim,
)
from survey.collection.receipts import merkle_root
from survey.collection.sealing import SUSPECT, VOID
from survey.collection.ticket_models import TicketBatch

OPENED = (BoxState.OPENED, BoxState.KEY_DESTROYED)
ROWS = 5_000
"""Rows taken from the database at a time."""

Leaves = dict[int, list[bytes]]
"""Hashes of what is stored of a box, by point."""

_QUOTED = json.encoder.encode_basestring

ANCHOR_LEAST = 16
"""Characters of an anchor that must be typed at least."""
OPENING_ACT = "box.open"
MERGING_ACT = "box.merge"
FORGETTING_ACT = "round.forget_credentials"


@dataclass(frozen=True)
class Problem:
    """One thing that does not hold; `code` never changes, the sentences say where."""

    code: str
    zh: str
    en: str


def verify_round(session: Session, round_: Round) -> list[Problem]:
    """Return what does not hold of a round; nothing where all does.

    A round whose boxes are still sealed has only the record of acts to check.
    """
    problems = list(_audit_problems(session))
    boxes = boxes_of(session, round_.id)
    for box in boxes:
        if box.state in OPENED:
            problems += _box_problems(session, round_, box)
    problems += _credential_problems(session, round_, boxes)
    problems += _ticket_problems(session, round_)
    return problems


def anchor_problems(session: Session, round_: Round, anchor: str) -> list[Problem]:
    """Compare what is printed on paper with the record of acts; nothing for an empty `anchor`."""
    query = select(AuditEntry.hash).where(
        AuditEntry.act.in_((OPENING_ACT, MERGING_ACT)), AuditEntry.subject == round_.code
    )
    wanted = anchor.lower().replace(" ", "")
    if not wanted or (
        len(wanted) >= ANCHOR_LEAST
        and any(each.startswith(wanted) for each in session.scalars(query))
    ):
        return []
    return [
        Problem(
            "CHAIN_REWRITTEN",
            "纸上印的核验码与操作记录对不上，记录可能整个被改写过",
            "The printed anchor is no opening in the record of acts; it may have been rewritten",
        )
    ]


def verify_box(session: Session, box: Box) -> list[Problem]:
    """Return what does not hold of one box and of the record of acts."""
    round_ = session.get_one(Round, box.round_id)
    return [
        *_audit_problems(session),
        *_box_problems(session, round_, box),
        *_credential_problems(session, round_, boxes_of(session, round_.id)),
    ]


def _box_problems(session: Session, round_: Round, box: Box) -> Iterator[Problem]:
    yield from _record_problems(session, round_, box)
    yield from _count_problems(session, box)
    yield from _root_problems(session, box)
    yield from _tally_problems(session, round_, box)


def content_root(leaves: Leaves) -> str:
    """Return the Merkle root over the SHA-256 of every response and text of a box, sorted."""
    return merkle_root(sorted(leaf for point in leaves.values() for leaf in point))


def targets_root(session: Session, box_id: int, leaves: Leaves) -> str:
    """Return the Merkle root over what `target_leaf` makes of every target in a box, sorted."""
    query = select(CollectionPoint.id, CollectionPoint.code)
    codes = dict(
        session.execute(
            query.join(Box, Box.round_id == CollectionPoint.round_id).where(Box.id == box_id)
        ).all()
    )
    counts = response_counts(session, box_id)
    return merkle_root(
        sorted(
            target_leaf(codes.get(point_id, ""), counts.get(point_id, 0), mine)
            for point_id, mine in leaves.items()
        )
    )


def target_leaf(code: str, answers: int, leaves: Sequence[bytes]) -> bytes:
    """Return the hash that ties a target to the answers and texts that were given there.

    Their ids are random, so that nobody can find out a small count by trying.
    """
    return _leaf("target", code, answers, merkle_root(sorted(leaves)))


def leaves_of(session: Session, box_id: int, *, with_point: bool = False) -> Leaves:
    """Return the hashes of every response, text and picture of a box, by point.

    They hold their point themselves where the box has no root of its targets to tie them to it.
    """
    responses = select(Response.point_id, Response.id, Response.answers, Response.flags)
    texts = select(Verbatim.point_id, Verbatim.id, Verbatim.item_code, Verbatim.text)
    found: dict[int, list[bytes]] = {}
    for kind, query in (
        ("response", responses.where(Response.box_id == box_id)),
        ("text", texts.where(Verbatim.box_id == box_id)),
    ):
        # Plain columns need nothing of the mapper.
        rows = session.connection().execute(query.execution_options(yield_per=ROWS))
        for point_id, id_, *rest in rows:
            place = (point_id,) if with_point else ()
            found.setdefault(point_id, []).append(_leaf(kind, *place, id_.hex(), *rest))
    pictures = select(Picture.point_id, Picture.id, Picture.item_code, Picture.data)
    # One after the other: all pictures of a box need not fit into memory together.
    for row in session.execute(
        pictures.where(Picture.box_id == box_id).execution_options(yield_per=8)
    ):
        place = (row.point_id,) if with_point else ()
        digest = hashlib.sha256(row.data).hexdigest()
        leaf = _leaf("picture", *place, row.id.hex(), row.item_code, digest)
        found.setdefault(row.point_id, []).append(leaf)
    return found


def response_counts(session: Session, box_id: int) -> dict[int, int]:
    """Return the number of responses of a box by point."""
    query = select(Response.point_id, func.count()).where(Response.box_id == box_id)
    return dict(session.execute(query.group_by(Response.point_id)).all())


def receipts_root(session: Session, box_id: int) -> str:
    """Return the Merkle root over the sorted receipt hashes of a box."""
    query = select(Receipt.hash).where(Receipt.box_id == box_id)
    return merkle_root([bytes.fromhex(each) for each in sorted(session.scalars(query))])


def ballot_of(answers: str, flags: str) -> Ballot:
    """Return a stored response as it is counted."""
    if not flags:
        return Ballot(answers)
    found = flags.split(",")
    signs = tuple(flag for flag in found if flag and flag != VOID)
    return Ballot(answers, is_suspect=SUSPECT in found, is_void=VOID in found, flags=signs)


def _leaf(*content: str | int) -> bytes:
    """Return the SHA-256 of `content` as compact JSON.

    Written out here, because an encoder for anything takes twice as long, and this is done for
    every answer of a box.
    """
    parts = [_QUOTED(part) if isinstance(part, str) else str(part) for part in content]
    return hashlib.sha256(f"[{','.join(parts)}]".encode()).digest()


def _ticket_problems(session: Session, round_: Round) -> Iterator[Problem]:
    """Compare the tickets there are with those that two people issued; used ones fit by a rule."""
    query = select(TicketBatch).where(
        TicketBatch.round_id == round_.id, TicketBatch.state.in_(reconciliation.PRINTED)
    )
    sizes = {batch.id: batch.size for batch in session.scalars(query)}
    if reconciliation.stored_tickets(session, round_.id) != sizes:
        yield Problem(
            "TICKET_COUNT",
            "评议票的张数与各批发出的不符，有增减",
            "There are not as many tickets as the batches say",
        )
    acts = select(AuditEntry.data).where(
        AuditEntry.act == "tickets.issue", AuditEntry.subject == round_.code
    )
    if {data["batch"]: data["size"] for data in session.scalars(acts)} != sizes:
        yield Problem(
            "TICKET_RECORD",
            "发出的评议票与操作记录不符",
            "The batches of tickets are not those that the record of acts states",
        )


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
    act = MERGING_ACT if box.kind == BoxKind.MONTH else OPENING_ACT
    query = select(AuditEntry.data).where(AuditEntry.act == act, AuditEntry.subject == round_.code)
    expected = opening_data(box)
    written = [data for data in session.scalars(query) if data.get("box") == box.id]
    # The record says more of the round as a whole.
    if [{name: data.get(name) for name in expected} for data in written] != [expected]:
        yield Problem(
            "BOX_RECORD",
            "票箱的份数或校验值与启封时的操作记录不符",
            "Counts or roots of the box are not those that the record of acts states",
        )


def opening_data(box: Box) -> dict[str, Any]:
    """Return what the record of acts says of an opened box."""
    data = {
        "box": box.id,
        "answers": box.answer_count,
        "unreadable": box.unreadable_count,
        "receipts_root": box.receipts_root,
        "content_root": box.content_root,
    }
    if box.targets_root is not None:
        data |= {"label": box.label, "repeated": box.repeated_count}
        data["targets_root"] = box.targets_root
    return data


def _count_problems(session: Session, box: Box) -> Iterator[Problem]:
    unreadable, repeated = box.unreadable_count or 0, box.repeated_count or 0
    expected = (box.answer_count or 0) - repeated
    stored = sum(response_counts(session, box.id).values())
    if stored + unreadable != expected:
        yield Problem(
            "RESPONSE_COUNT",
            f"票箱“{box.label}”里有{expected}份，现存{stored}份，另有{unreadable}份无法解读",
            f"The box {box.label} held {expected}; {stored} are stored and {unreadable} were "
            "unreadable",
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


def _credential_problems(
    session: Session, round_: Round, boxes: Sequence[Box]
) -> Iterator[Problem]:
    """Compare the credentials used with the answers of all boxes, as long as they are kept."""
    opened = [box for box in boxes if box.state in OPENED]
    forgotten = select(AuditEntry.id).where(
        AuditEntry.act == FORGETTING_ACT, AuditEntry.subject == round_.code
    )
    if not opened or session.scalar(forgotten.limit(1)) is not None:
        return
    expected = sum((box.answer_count or 0) - (box.repeated_count or 0) for box in opened)
    used = session.scalar(select(func.count()).where(UsedCredential.round_id == round_.id)) or 0
    if used != expected:
        yield Problem(
            "CREDENTIAL_COUNT",
            f"票箱里有{expected}份，已用凭证{used}个",
            f"The boxes held {expected}; {used} credentials are marked as used",
        )


def _root_problems(session: Session, box: Box) -> Iterator[Problem]:
    if receipts_root(session, box.id) != box.receipts_root:
        yield Problem(
            "RECEIPTS_ROOT",
            f"票箱“{box.label}”的回执清单与启封时不一致，有增减或改动",
            f"The list of receipts of {box.label} is not the one of the opening",
        )
    leaves = leaves_of(session, box.id, with_point=box.targets_root is None)
    if content_root(leaves) != box.content_root:
        yield Problem(
            "CONTENT_ROOT",
            f"票箱“{box.label}”的答卷或文字意见与启封时不一致，有增减或改动",
            f"Responses or texts of {box.label} are not those of the opening",
        )
    elif box.targets_root not in (None, targets_root(session, box.id, leaves)):
        yield Problem(
            "TARGETS_SWAPPED",
            f"票箱“{box.label}”的答卷被挪到了别的评议对象名下",
            f"Answers of {box.label} were moved from one object to another",
        )


def _tally_problems(session: Session, round_: Round, box: Box) -> Iterator[Problem]:
    """Count every point again and compare."""
    rule_set = rules.from_data(round_.rules)
    tallies = select(StoredTally).where(StoredTally.box_id == box.id)
    stored = {each.point_id: each.data for each in session.scalars(tallies)}
    views = points.points_of(session, round_.id)
    counts = response_counts(session, box.id)
    for point_id in sorted(counts.keys() | stored.keys()):
        view = views.get(point_id)
        name = f"{view.org_id} {view.questionnaire_code}" if view else str(point_id)
        if view and point_id in stored:
            questionnaire = points.questionnaire_of(session, view)
            pattern = answers_pattern(questionnaire)
            mine = _ballots(session, box.id, point_id)
            if all(pattern.fullmatch(ballot.answers) for ballot in mine) and _is_same(
                count(questionnaire, rule_set, mine), stored[point_id]
            ):
                continue
        yield Problem(
            "TALLY_DIFFERS",
            f"{name} 的计数与答卷不符",
            f"The counts of {name} are not those of its responses",
        )


def _ballots(session: Session, box_id: int, point_id: int) -> list[Ballot]:
    query = select(Response.answers, Response.flags).where(
        Response.box_id == box_id, Response.point_id == point_id
    )
    return [ballot_of(answers, flags) for answers, flags in session.connection().execute(query)]


def _is_same(counted: tally.TargetTally, stored: dict[str, Any]) -> bool:
    """Whether two tallies are equal, the last bits of sums of floats aside.

    A tally that an earlier version stored lacks what is counted since; the rest must agree.
    """
    mine = _comparable(counted)
    theirs = _comparable(tally.from_data(stored))
    for part in ("official", "complete"):
        for counts in ("cases", "overall"):
            if counts not in stored[part]:
                del mine[part][counts], theirs[part][counts]
    if "signs" not in stored:
        del mine["signs"], theirs["signs"]
    return mine == theirs


def _comparable(counts: tally.TargetTally) -> dict[str, Any]:
    data = tally.to_data(counts)
    for part in ("official", "complete"):
        data[part]["mass"] = [round(number, 4) for number in data[part]["mass"]]
    return data
