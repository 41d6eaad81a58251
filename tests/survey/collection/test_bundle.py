"""The verification bundle: whole after an opening, and every kind of tampering is named."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import Engine, delete, select, text, update
from sqlalchemy.orm import Session

from survey.accounts.policy import OPERATOR
from survey.audit import service as audit
from survey.audit.models import AuditEntry
from survey.campaigns import service as campaigns
from survey.collection import board, leaves, verification
from survey.collection.bundle import anchor_of, bundle_of
from survey.collection.inbox import open_inbox
from survey.collection.keystore import Keystore
from survey.collection.models import Box, Receipt, Response, UsedCredential, random_id
from survey.collection.opening import close_round
from survey.collection.receipts import receipt_hash, receipt_of
from survey.collection.storing import seal_record
from survey.config import Config
from survey.db import Sessions, reading
from survey.results import service as results
from tests.rounds import Field, page_key

TOOL = Path(__file__).resolve().parents[3] / "tools" / "verify_round.py"
COUNTS = {"B001": 12, "B002": 11, "W01": 3}


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_round", TOOL)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


VERIFIER = load()


@pytest.fixture
def opened(
    sessions: Sessions, engine: Engine, config: Config, tmp_path: Path, now: datetime
) -> Field:
    """A round that takes answers."""
    made = Field(sessions, open_inbox(config, engine), Keystore(tmp_path / "keys"), now)
    made.open()
    return made


@pytest.fixture
def counted(opened: Field) -> Field:
    """A closed round with two targets above the threshold and one below it."""
    return closed_with(opened, COUNTS)


def closed_with(made: Field, counts: Mapping[str, int], texts: int = 9) -> Field:
    number = 0
    for org_id, count in counts.items():
        for _ in range(count):
            if number < texts:
                made.answer(org_id, page_key(number), A34=f"意见{number}")
            else:
                made.answer(org_id, page_key(number))
            number += 1
    stores = (made.sessions, OPERATOR, made.code, made.keystore, made.inbox)
    close_round(*stores, now=made.now + timedelta(days=4))
    return made


def bundled(counted: Field) -> tuple[dict, list[str], str]:  # type: ignore[type-arg]
    with reading(counted.sessions) as session:
        round_ = campaigns.get_round(session, OPERATOR, counted.code)
        shown = results.shown_points(session, round_)
        bundle = json.loads(json.dumps(bundle_of(session, round_, shown)))
        lines = [
            line
            for name in board.names(bundle["receipts"])
            for line in board.shard(session, round_, name)
        ]
        return bundle, lines, anchor_of(session, round_)


def found(counted: Field, anchor: str = "") -> set[str]:
    bundle, lines, _ = bundled(counted)
    return {code for code, _ in VERIFIER.check(bundle, lines, anchor)}


def inside(counted: Field, anchor: str = "") -> set[str]:
    """What the platform itself finds."""
    with reading(counted.sessions) as session:
        round_ = campaigns.get_round(session, OPERATOR, counted.code)
        problems = verification.verify_round(session, round_)
        problems += verification.anchor_problems(session, round_, anchor)
        return {problem.code for problem in problems}


def test_an_untouched_round_holds_and_small_groups_stay_hidden(counted: Field) -> None:
    bundle, _, anchor = bundled(counted)

    assert found(counted, anchor) == inside(counted, anchor) == set()
    (box,) = bundle["boxes"]
    assert {t["org"]: t["answers"] for t in box["targets"]} == {"B001": 12, "B002": 11}
    assert box["others"]["answers"] == 3
    assert counted.points["W01"].code not in json.dumps(bundle)
    assert "意见" not in json.dumps(bundle, ensure_ascii=False)


def test_no_number_is_told_that_a_sum_would_give_another_away_with(opened: Field) -> None:
    """Two branches of one unit, one with few answers: the release hides both, so does this."""
    bundle, lines, _ = bundled(closed_with(opened, {"B001": 12, "B002": 3, "B003": 11}))

    (box,) = bundle["boxes"]
    assert {target["org"] for target in box["targets"]} == {"B003"}
    assert (box["others"]["answers"], len(box["others"]["targets"])) == (15, 2)
    assert not set(VERIFIER.check(bundle, lines))


def found_by_trying(codes: Iterable[str], hashes: list[str], targets: list[str]) -> set[str]:
    """What somebody learns who hashes every few of the leaves of small targets under each code."""
    tried = {
        VERIFIER.target_leaf({"code": code, "answers": count, "leaves": some}).hex(): code
        for code in codes
        for count in range(1, 5)
        for some in combinations(hashes, count)
    }
    return {tried[target] for target in targets if target in tried}


def test_no_small_number_is_found_by_trying(opened: Field) -> None:
    counted = closed_with(opened, {"B001": 3, "B002": 4, "B003": 12}, texts=0)
    bundle, _, _ = bundled(counted)
    codes = [point.code for point in counted.points.values()]
    small = counted.points["B001"]
    with reading(counted.sessions) as session:
        box = session.scalars(select(Box)).one()
        mine = leaves.leaves_of(session, box.id)[small.id]
    careless = leaves.target_leaf(small.code, mine.answers, mine.leaves).hex()
    (others,) = [box["others"] for box in bundle["boxes"]]

    assert found_by_trying(codes, others["leaves"], [careless]) == {small.code}
    assert found_by_trying(codes, others["leaves"], others["targets"]) == set()


def test_boxes_opened_before_targets_were_blinded_still_hold(counted: Field) -> None:
    with counted.sessions.begin() as session:
        box = session.scalars(select(Box)).one()
        codes = {point.id: point.code for point in counted.points.values()}
        box.targets_root = leaves.targets_root(
            leaves.target_leaf(codes[each], mine.answers, mine.leaves)
            for each, mine in leaves.leaves_of(session, box.id).items()
        )
        rewrite_record(session, box)
    assert found(counted) == inside(counted) == set()

    with counted.sessions.begin() as session:
        swap_targets(session)
    assert found(counted) == inside(counted) - {"TALLY_DIFFERS"} == {"TARGETS_SWAPPED"}


def rewrite_record(session: Session, box: Box) -> None:
    """Make the record of acts fit the box, every hash of it anew."""
    previous = audit.GENESIS
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id)):
        if entry.act == "box.open":
            entry.data = entry.data | verification.opening_data(box)
        entry.previous_hash = previous
        previous = entry.hash = audit._hash(entry)


def test_a_receipt_is_found_in_its_part(counted: Field) -> None:
    _, lines, _ = bundled(counted)
    point = counted.points["W01"]
    receipt = receipt_hash(counted.code, point.code, receipt_of(page_key(24)))
    other = receipt_hash(counted.code, counted.points["B001"].code, receipt_of(page_key(24)))
    assert receipt in lines
    assert other not in lines


def insert_one(session: Session) -> None:
    one = session.scalars(select(Response).limit(1)).one()
    copy = Response(box_id=one.box_id, point_id=one.point_id, id=random_id(), answers=one.answers)
    session.add(copy)


def delete_one(session: Session) -> None:
    one = session.scalars(select(Response).limit(1)).one()
    session.delete(one)


def edit_one(session: Session) -> None:
    session.execute(text("UPDATE verbatim SET text = 'x' WHERE text = '意见3'"))


def swap_targets(session: Session) -> None:
    """Two answers change places, so that every count stays."""
    points = session.scalars(select(Response.point_id).distinct().limit(2)).all()
    ids = [
        session.scalars(select(Response.id).where(Response.point_id == point).limit(1)).one()
        for point in points
    ]
    for id_, point in zip(ids, reversed(points), strict=True):
        session.execute(update(Response).where(Response.id == id_).values(point_id=point))


def drop_receipt(session: Session) -> None:
    one = session.scalars(select(Receipt.hash).limit(1)).one()
    session.execute(delete(Receipt).where(Receipt.hash == one))


def edit_record(session: Session) -> None:
    entry = session.scalars(select(AuditEntry).where(AuditEntry.act == "box.open")).one()
    entry.data = entry.data | {"answers": 25}


def edit_box(session: Session) -> None:
    session.execute(text("UPDATE box SET answer_count = 25"))


def use_one_more(session: Session) -> None:
    session.delete(session.scalars(select(UsedCredential).limit(1)).one())


@pytest.mark.parametrize(
    ("tamper", "outside", "within"),
    [
        (insert_one, "RESPONSE_INSERTED", "RESPONSE_COUNT"),
        (delete_one, "RESPONSE_DELETED", "RESPONSE_COUNT"),
        (edit_one, "RESPONSE_EDITED", "CONTENT_ROOT"),
        (swap_targets, "TARGETS_SWAPPED", "TARGETS_SWAPPED"),
        (drop_receipt, "RECEIPTS_ROOT", "RECEIPTS_ROOT"),
        (edit_record, "AUDIT_CHAIN", "AUDIT_CHAIN"),
        (edit_box, "BOX_RECORD", "BOX_RECORD"),
        (use_one_more, "CREDENTIAL_COUNT", "CREDENTIAL_COUNT"),
    ],
)
def test_tampering_is_named(
    counted: Field, tamper: Callable[[Session], None], outside: str, within: str
) -> None:
    with counted.sessions.begin() as session:
        tamper(session)
    assert outside in found(counted)
    assert within in inside(counted)


def test_a_record_rewritten_as_a_whole_is_caught_by_the_paper(counted: Field) -> None:
    """An answer edited, the roots made to fit, every hash made anew: only paper tells."""
    _, _, printed = bundled(counted)
    with counted.sessions.begin() as session:
        edit_one(session)
        box = session.scalars(select(Box)).one()
        seal_record(session, box)
        rewrite_record(session, box)

    assert found(counted) == inside(counted) == set()
    assert found(counted, printed) == inside(counted, printed) == {"CHAIN_REWRITTEN"}
    assert found(counted, printed[:8]) == {"CHAIN_REWRITTEN"}


def test_the_tool_needs_nothing_but_python(counted: Field, tmp_path: Path) -> None:
    bundle, lines, anchor = bundled(counted)
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "bundle.json").write_text(json.dumps(bundle))
    (folder / "all.txt").write_text("".join(f"{line}\n" for line in lines))
    command = [sys.executable, "-I", "-S", str(TOOL), str(folder), "--anchor", anchor]

    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split(":")[0]) == (0, counted.code)

    (folder / "all.txt").write_text("".join(f"{line}\n" for line in lines[1:]))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "RECEIPTS_LIST" in done.stdout


def test_reports_are_compared_with_their_manifest(tmp_path: Path) -> None:
    report, manifest = tmp_path / "R1-W01-window.pdf", tmp_path / "manifest.json"
    report.write_bytes(b"report")
    digest = VERIFIER.hashlib.sha256
    content = json.dumps({"files": {report.name: digest(b"report").hexdigest()}})
    manifest.write_text(content)
    entry = {"act": "reports.build", "data": {"manifest": digest(content.encode()).hexdigest()}}

    def codes() -> set[str]:
        return {code for code, _ in VERIFIER.check_reports({"chain": [entry]}, tmp_path)}

    assert codes() == set()
    report.write_bytes(b"another")
    assert codes() == {"REPORT_DIFFERS"}
    report.unlink()
    assert codes() == {"REPORT_MISSING"}
    manifest.write_text('{"files": {}}')
    assert codes() == {"REPORT_MANIFEST"}


@pytest.mark.parametrize(
    ("count", "length"), [(0, 0), (1023, 0), (1024, 1), (16_383, 1), (16_384, 2), (10**9, 4)]
)
def test_a_part_of_the_list_holds_many_receipts(count: int, length: int) -> None:
    assert board.prefix_length(count) == length
    assert len(board.names(count)) == max(1, 16**length)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({}, ""),
        ({"tickets_used": 24}, "TICKET_COUNT"),
        ({"tickets_used": 26}, "TICKET_COUNT"),
        ({"paper": 3}, "TICKET_COUNT"),
        ({"issued": 25}, "ISSUED_EXCEEDED"),
        ({"credentials": 25}, "CREDENTIAL_COUNT"),
    ],
)
def test_tickets_that_do_not_add_up_are_named(
    counted: Field, changed: dict[str, int], code: str
) -> None:
    bundle, _, _ = bundled(counted)
    answers = sum(box["answers"] for box in bundle["boxes"])
    assert answers == sum(COUNTS.values())
    tickets = {"by_tickets": True, "credentials": answers, "tickets_used": 25, "paper": 1}
    bundle["counts"] |= tickets | {"issued": 40} | changed

    assert {each for each, _ in VERIFIER.check_counts(bundle)} == ({code} - {""})
