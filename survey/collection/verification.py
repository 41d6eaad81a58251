"""Check an opened round from what is stored: counts, receipts, contents, tallies, the record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from forms.definition import Questionnaire
from reports import rules, tally
from survey.audit import service as audit
from survey.audit.models import AuditEntry
from survey.campaigns.models import Round
from survey.collection import points, reconciliation
from survey.collection.boxes import boxes_of
from survey.collection.counting import answers_pattern, ballot_of, count
from survey.collection.hashes import packed_roots
from survey.collection.leaves import (
    PointRows,
    blind_of,
    content_tree,
    leaves_in,
    receipts_tree,
    response_counts,
    stored_rows,
    target_leaf,
    targets_root,
)
from survey.collection.models import (
    Box,
    BoxKind,
    BoxState,
    CollectionPoint,
    Response,
    StoredTally,
    UsedCredential,
)
from survey.collection.processes import spread, workers_for
from survey.collection.ticket_models import TicketBatch

NONE_COUNTED: Mapping[int, bytes] = MappingProxyType({})
OPENED = (BoxState.OPENED, BoxState.KEY_DESTROYED)
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


def verify_box(
    session: Session, box: Box, *, counted: Mapping[int, bytes] = NONE_COUNTED
) -> list[Problem]:
    """Return what does not hold of one box and of the record of acts.

    Args:
        session: to read by.
        box: an opened one.
        counted: `tally_name` of tallies that whoever asks has just counted from the very answers
            whose roots are in the record: where the stored ones are these, they need not be
            counted again.
    """
    round_ = session.get_one(Round, box.round_id)
    return [
        *_audit_problems(session),
        *_box_problems(session, round_, box, counted),
        *_credential_problems(session, round_, boxes_of(session, round_.id)),
    ]


def tally_name(tally_json: str) -> bytes:
    """Return what tells a stored tally from every other one."""
    return hashlib.sha256(tally_json.encode()).digest()


def _box_problems(
    session: Session, round_: Round, box: Box, counted: Mapping[int, bytes] = NONE_COUNTED
) -> Iterator[Problem]:
    yield from _record_problems(session, round_, box)
    yield from _count_problems(session, box)
    yield from _content_problems(session, round_, box, counted)


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


def _content_problems(
    session: Session, round_: Round, box: Box, counted: Mapping[int, bytes]
) -> Iterator[Problem]:
    """Read everything that is stored of a box once: hash it, count it, and compare both."""
    read = sorted(_read(session, round_, box, counted), key=lambda point: point.point_id)
    receipts, content = packed_roots(
        [receipts_tree(session, box.id), content_tree(point.leaves for point in read)]
    )
    if receipts != box.receipts_root:
        yield Problem(
            "RECEIPTS_ROOT",
            f"票箱“{box.label}”的回执清单与启封时不一致，有增减或改动",
            f"The list of receipts of {box.label} is not the one of the opening",
        )
    if content != box.content_root:
        yield Problem(
            "CONTENT_ROOT",
            f"票箱“{box.label}”的答卷或文字意见与启封时不一致，有增减或改动",
            f"Responses or texts of {box.label} are not those of the opening",
        )
    elif not _are_in_place(box, [point for point in read if point.leaves]):
        yield Problem(
            "TARGETS_SWAPPED",
            f"票箱“{box.label}”的答卷被挪到了别的评议对象名下",
            f"Answers of {box.label} were moved from one object to another",
        )
    for point in read:
        if not point.is_counted:
            yield Problem(
                "TALLY_DIFFERS",
                f"{point.name} 的计数与答卷不符",
                f"The counts of {point.name} are not those of its responses",
            )


def _are_in_place(box: Box, read: Sequence[_Read]) -> bool:
    """Whether answers stand where they were given; a box may be older than what blinds targets."""
    return box.targets_root in (None, targets_root(point.target for point in read)) or (
        box.targets_root
        == targets_root(target_leaf(each.code, each.answers, each.leaves) for each in read)
    )


@dataclass(frozen=True)
class _Known:
    """What is known of a point of the round."""

    name: str
    code: str
    questionnaire: Questionnaire


@dataclass(frozen=True)
class _Stored:
    """What is stored of a point in a box; its tally as JSON."""

    rows: PointRows
    tally: str | None


@dataclass(frozen=True)
class _Read:
    """What came of reading it."""

    point_id: int
    name: str
    code: str
    answers: int
    leaves: bytes
    target: bytes
    is_counted: bool


def _read(
    session: Session, round_: Round, box: Box, counted: Mapping[int, bytes]
) -> Iterator[_Read]:
    rule_set = rules.from_data(round_.rules)
    with_point = box.targets_root is None
    known = {
        view.id: _Known(
            f"{view.org_id} {view.questionnaire_code}",
            view.code,
            points.questionnaire_of(session, view),
        )
        for view in points.points_of(session, round_.id).values()
    }

    def check(stored: _Stored) -> _Read:
        rows = stored.rows
        view = known.get(rows.point_id)
        code = view.code if view else ""
        leaves = leaves_in(rows, with_point=with_point)
        return _Read(
            rows.point_id,
            view.name if view else str(rows.point_id),
            code,
            len(rows.ids),
            leaves,
            target_leaf(code, len(rows.ids), leaves, blind_of(rows.ids)),
            _is_known(stored, counted)
            or _is_counted(stored, view.questionnaire if view else None, rule_set),
        )

    workers = workers_for(box.answer_count or 0)
    return spread(check, _stored(session, box.id, with_point), workers=workers)


def _stored(session: Session, box_id: int, with_point: bool) -> Iterator[_Stored]:
    """Yield everything that is stored of a box, also tallies that belong to nothing."""
    tallies = select(cast(StoredTally.data, Text)).where(StoredTally.box_id == box_id)
    places = select(StoredTally.point_id).where(StoredTally.box_id == box_id)
    left = set(session.scalars(places))
    for rows in stored_rows(session, box_id, with_point=with_point):
        left.discard(rows.point_id)
        yield _Stored(rows, session.scalar(tallies.where(StoredTally.point_id == rows.point_id)))
    for point_id in left:
        data = session.scalar(tallies.where(StoredTally.point_id == point_id))
        yield _Stored(PointRows(point_id, (), (), ()), data)


def _is_known(stored: _Stored, counted: Mapping[int, bytes]) -> bool:
    name = counted.get(stored.rows.point_id)
    return stored.tally is not None and name is not None and tally_name(stored.tally) == name


def _is_counted(
    stored: _Stored, questionnaire: Questionnaire | None, rule_set: rules.RuleSet
) -> bool:
    """Whether the stored tally is what counting the responses again gives."""
    rows = stored.rows
    if not rows.ids and stored.tally is None:
        return True
    if questionnaire is None or stored.tally is None:
        return False
    pattern = answers_pattern(questionnaire)
    if not all(pattern.fullmatch(answers) for answers in rows.answers):
        return False
    ballots = list(map(ballot_of, rows.answers, rows.flags))
    return _is_same(count(questionnaire, rule_set, ballots), json.loads(stored.tally))


def _is_same(counted: tally.TargetTally, stored: dict[str, Any]) -> bool:
    """Whether two tallies are equal, the last bits of sums of floats aside.

    A tally that an earlier version stored lacks what is counted since; the rest must agree.
    """
    if tally.to_data(counted) == stored:
        return True
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
