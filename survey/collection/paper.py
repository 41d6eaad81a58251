"""Take keyed paper answers into the sealed box: all rows of a file or none, a file only once."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forms.definition import Item, ItemKind, Questionnaire
from forms.expressions import Value
from survey.accounts.policy import OPERATOR, Action, Actor, require
from survey.audit import service as audit
from survey.campaigns.models import Round, RoundState
from survey.collection import points
from survey.collection.boxes import BoxSlot
from survey.collection.inbox import BoxClosed, Inbox, SealedRow
from survey.collection.intake import keyed_hash, make_sheet
from survey.collection.keystore import Keystore
from survey.collection.models import PaperBatch, PaperIssued
from survey.collection.points import PointView
from survey.collection.receipts import random_receipt, receipt_hash
from survey.collection.sealing import seal_sheet
from survey.errors import Fault, ImportRefused, NotFound, SurveyError
from survey.tables import Row, Table, check_header, read_table, shown

ORG, SECONDS = "org_id", "seconds"
IGNORED = (
    "response_id",
    "round_id",
    "form",
    "channel",
    "submitted_hour",
    "expect_suspect",
)
MAX_SECONDS = 86_400.0

Validate = Callable[
    [Questionnaire, Mapping[str, Sequence[str]], str],
    tuple[Mapping[str, Value], Mapping[str, str]],
]
"""Judges one keyed form: questionnaire, posted values by item code, and a language in; valid
answers, and messages by item code, out. It is the form class residents' answers go through, built
for paper, and stands outside because this package does not know WTForms."""


class BatchAlreadyImported(SurveyError):
    """This very file was taken in before."""

    code = "BATCH_ALREADY_IMPORTED"

    def __init__(self) -> None:
        super().__init__(
            "这个文件已经导入过，没有再次导入", "This file was imported before; nothing was added"
        )


class PaperClosed(SurveyError):
    """The round takes no paper now."""

    code = "PAPER_CLOSED"
    status = 410

    def __init__(self, round_: Round) -> None:
        super().__init__(
            f"轮次“{round_.code}”还没有开始，或录入纸质票的期限已过",
            f"The round {round_.code} takes no paper now (until {round_.paper_until.isoformat()})",
        )


class CheckerNeeded(SurveyError):
    """Nobody but the importer has compared the file with the ballots."""

    code = "CHECKER_NEEDED"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            "纸质票要两个人录：请另一个能录纸质票的人核对过文件，再由他确认",
            "Paper takes two people: another one who may key it here has to check and confirm",
        )


class IssuedExceeded(SurveyError):
    """More paper answers than ballots were handed out."""

    code = "ISSUED_EXCEEDED"
    status = 422

    def __init__(self, exceeded: Sequence[tuple[str, int, int]]) -> None:
        zh = "；".join(f"{org}发出{issued}张，录入{keyed}张" for org, issued, keyed in exceeded)
        en = "; ".join(f"{org}: {issued} issued, {keyed} keyed" for org, issued, keyed in exceeded)
        super().__init__(f"录入的票比发出的多，没有导入：{zh}", f"More answers than ballots: {en}")


@dataclass(frozen=True)
class _Keyed:
    """One row that may be stored."""

    row: int
    point: PointView
    questionnaire: Questionnaire
    values: Mapping[str, Value]
    seconds: float | None


def import_paper(
    session: Session,
    inbox: Inbox,
    keystore: Keystore,
    actor: Actor,
    round_: Round,
    questionnaire_code: str,
    data: bytes,
    validate: Validate,
    *,
    now: datetime,
    issued: Mapping[str, int] | None = None,
    file_name: str = "batch.csv",
    checker: Actor | None = None,
) -> int:
    """Seal every row of a keyed batch and return how many there are.

    Columns are `org_id`, `seconds` and item codes, several choices parted by spaces; what would
    tell who, when or how (`IGNORED`) is not read. The rows become durable at once and the batch
    with the caller's commit; if that fails, importing the same file again adds nothing twice.

    Args:
        session: flushed here, committed by the caller.
        inbox: takes the sealed rows, all or none.
        keystore: see `intake.record`.
        actor: needs KEY_PAPER at every organisation in the file.
        round_: open, and not past `paper_until`.
        questionnaire_code: one of the round's.
        data: CSV or XLSX.
        validate: see `Validate`.
        now: aware.
        issued: organisation → ballots handed out; replaces what was declared before.
        file_name: its ending says which format `data` has.
        checker: the second person, who compared the file with the ballots and may key paper at
            each organisation in it too (domain.md 2.4, 9); only the operator's act does without.

    Raises:
        PaperClosed: it is too early or too late.
        CheckerNeeded: nobody else has checked.
        BatchAlreadyImported: the file is known.
        ImportRefused: names every place to mend.
        IssuedExceeded: more answers than ballots.
        KeyUnavailable, BoxBusy, BoxMissing: nothing was stored; try again.
    """
    require(actor, Action.KEY_PAPER)
    if round_.state != RoundState.OPEN or not round_.opens_at <= now < round_.paper_until:
        raise PaperClosed(round_)
    if actor != OPERATOR and (checker is None or checker.name == actor.name):
        raise CheckerNeeded
    views = _points(session, actor, round_, questionnaire_code)
    if checker is not None:
        checked = _points(session, checker, round_, questionnaire_code)
        views = {org_id: view for org_id, view in views.items() if org_id in checked}
    file_digest = hashlib.sha256(data).hexdigest()
    _refuse_known(session, round_, file_digest)
    keyed = _read(session, read_table(data, file_name), views, validate)
    _declare(session, views, Counter(each.point.org_id for each in keyed), issued or {})
    box = keyed[0].point.box_at(now)
    keystore.rely_on(box.public_key, now)
    sealed = [_seal(keystore, each, file_digest, box) for each in keyed]
    try:
        # In the order of the hashes: the order of the file would lead from a row to its answer.
        inbox.put_all(box.id, sorted(sealed, key=lambda row: row.credential_hash))
    except BoxClosed as error:
        raise PaperClosed(round_) from error
    _note_batch(session, round_, questionnaire_code, file_digest, len(keyed))
    audit.record(
        session,
        actor=actor.name,
        act="paper.import",
        subject=round_.code,
        now=now,
        questionnaire=questionnaire_code,
        file=file_digest,
        rows=len(keyed),
        issued=dict(issued or {}),
        checker=checker.name if checker else "",
    )
    return len(keyed)


def _note_batch(
    session: Session, round_: Round, questionnaire_code: str, file_digest: str, row_count: int
) -> None:
    session.add(
        PaperBatch(
            round_id=round_.id,
            questionnaire=questionnaire_code,
            file_digest=file_digest,
            row_count=row_count,
            is_settled=True,
        )
    )
    try:
        session.flush()
    except IntegrityError as error:
        # Somebody imported the same file at this moment; its rows went in once.
        raise BatchAlreadyImported from error


def _points(
    session: Session, actor: Actor, round_: Round, questionnaire_code: str
) -> dict[str, PointView]:
    """Return the points of the questionnaire that the actor may key paper for, by organisation."""
    if questionnaire_code not in {used.code for used in round_.questionnaires}:
        raise NotFound(
            f"本轮没有问卷“{questionnaire_code}”",
            f"The round has no questionnaire {questionnaire_code!r}",
        )
    views = points.list_points(session, actor, round_, action=Action.KEY_PAPER)
    return {view.org_id: view for view in views if view.questionnaire_code == questionnaire_code}


def _refuse_known(session: Session, round_: Round, file_digest: str) -> None:
    known = select(PaperBatch.id).where(
        PaperBatch.round_id == round_.id, PaperBatch.file_digest == file_digest
    )
    if session.scalar(known) is not None:
        raise BatchAlreadyImported


def _read(
    session: Session, table: Table, views: Mapping[str, PointView], validate: Validate
) -> list[_Keyed]:
    """Return every row judged, or refuse the file."""
    codes = {
        code
        for view in views.values()
        for code in points.questionnaire_of(session, view).items_by_code
    }
    faults = check_header(table, required=[ORG], optional=[SECONDS, *IGNORED, *sorted(codes)])
    if faults:
        raise ImportRefused(faults)
    judged = [_judge(session, row, views, validate) for row in table.rows]
    faults = [fault for each in judged if isinstance(each, list) for fault in each]
    if faults:
        raise ImportRefused(faults)
    return [each for each in judged if isinstance(each, _Keyed)]


def _judge(
    session: Session, row: Row, views: Mapping[str, PointView], validate: Validate
) -> _Keyed | list[Fault]:
    """Return a row that may be stored, or everything that is wrong with it."""
    cells = row.cells
    point = views.get(cells[ORG])
    if point is None:
        zh = "本轮这份问卷没有评这个单位，或不归您录入"
        en = "this questionnaire is not used for such an organisation here"
        return [Fault(row.number, ORG, shown(cells[ORG]), zh, en)]
    faults = []
    seconds, is_time = _seconds(cells.get(SECONDS, ""))
    if not is_time:
        zh, en = "应为秒数，不知道就留空", "seconds are a number; leave it empty if unknown"
        faults.append(Fault(row.number, SECONDS, shown(cells[SECONDS]), zh, en))
    questionnaire = points.questionnaire_of(session, point)
    fields = {item.code: _posted(item, cells.get(item.code, "")) for item in questionnaire.items}
    values, messages = validate(questionnaire, fields, "zh")
    if messages:
        _, english = validate(questionnaire, fields, "en")
        faults += [
            Fault(row.number, code, shown(cells.get(code, "")), zh, english.get(code, zh))
            for code, zh in messages.items()
        ]
    return faults or _Keyed(row.number, point, questionnaire, values, seconds)


def _seconds(text: str) -> tuple[float | None, bool]:
    """Return the seconds in a cell, None where it is empty, and whether they are such."""
    if not text:
        return None, True
    try:
        seconds = float(text)
    except ValueError:
        return None, False
    return seconds, math.isfinite(seconds) and 0 <= seconds <= MAX_SECONDS


def _posted(item: Item, cell: str) -> list[str]:
    """Return a cell as a page would post it."""
    if not cell:
        return []
    return cell.split() if item.kind is ItemKind.MULTIPLE_CHOICE else [cell]


def _declare(
    session: Session,
    views: Mapping[str, PointView],
    keyed: Mapping[str, int],
    issued: Mapping[str, int],
) -> None:
    """Note how many ballots were handed out and keyed; refuse more of these than of those."""
    unknown = sorted(issued.keys() - views.keys())
    if unknown:
        raise NotFound(
            f"本轮这份问卷没有评这些单位：{'、'.join(unknown)}",
            f"This questionnaire is not used for {', '.join(unknown)}",
        )
    stored = {
        org_id: session.get(PaperIssued, views[org_id].id)
        or PaperIssued(point_id=views[org_id].id, count=None, keyed_count=0)
        for org_id in sorted(keyed.keys() | issued.keys())
    }
    totals = [
        (org_id, issued.get(org_id, each.count), each.keyed_count + keyed.get(org_id, 0))
        for org_id, each in stored.items()
    ]
    exceeded = [(org, count, total) for org, count, total in totals if count is not None]
    exceeded = [(org, count, total) for org, count, total in exceeded if total > count]
    if exceeded:
        raise IssuedExceeded(exceeded)
    for org_id, count, total in totals:
        stored[org_id].count, stored[org_id].keyed_count = count, total
    session.add_all(stored.values())


def _seal(keystore: Keystore, keyed: _Keyed, file_digest: str, box: BoxSlot) -> SealedRow:
    """Return a row under a credential made of the file and the place in it.

    The keyed hash tells nothing without the pepper, and what it would tell, that a row of this
    file was counted, its importer knows. In return a batch whose import broke off can be repeated.
    """
    point = keyed.point
    name = f"{file_digest}:{keyed.row}"
    sheet = make_sheet(
        point,
        keyed.questionnaire,
        keyed.values,
        listed=receipt_hash(point.round_code, point.code, random_receipt()),
        seconds=keyed.seconds,
    )
    return SealedRow(
        credential_hash=keyed_hash(keystore, "paper credential", point.round_code, name),
        key_hash=keyed_hash(keystore, "paper key", point.round_code, name),
        point_id=point.id,
        ciphertext=seal_sheet(box.public_key, sheet),
    )
