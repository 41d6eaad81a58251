"""The ledger as words, as CSV and as a workbook, and the one that is taken over from a file."""

import csv
import io
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.accounts.policy import OPERATOR
from survey.audit.models import AuditEntry
from survey.errors import ImportRefused
from survey.org.service import import_organisations
from survey.rectification import refusals, requests, service
from survey.rectification.filters import Filter
from survey.rectification.item import Recheck
from survey.rectification.ledger import (
    HEADER,
    LedgerLine,
    ledger_csv,
    ledger_document,
    ledger_rows,
    ledger_xlsx,
)
from survey.rectification.ledger_book import text_book
from survey.rectification.ledger_import import import_ledger
from survey.rectification.models import RectificationItem
from survey.rectification.numbering import reserve
from survey.rectification.states import State
from survey.rectification.story import story
from tests.survey.rectification.conftest import PASSED, People, Walk

SAMPLE = Path(__file__).resolve().parents[3] / "sample"
LEDGER = SAMPLE / "rectification_ledger.csv"
PROBE = ("=1+1", "+1", "-cmd", "@SUM", "\t=1", "＝1", "'; --", "<script>", '"=1')


@pytest.fixture
def district(session: Session, now: datetime) -> Session:
    """The session, with the sample district in it."""
    data = (SAMPLE / "organisations.csv").read_bytes()
    import_organisations(session, OPERATOR, data, "organisations.csv", now=now)
    return session


def test_a_closed_item_in_words(tree: Session, walk: Walk, now: datetime) -> None:
    walk(State.CLOSED)
    [row] = ledger_rows(tree, People.district, now=now)
    assert row == LedgerLine(
        state="已销号",
        serial="1",
        number="ZG-2026-0001",
        source="低分题 A13",
        problem="承诺兑现率低",
        owner="蓼花村党支部",
        person="禾和渡",
        measures="每月核对承诺",
        limit="15个工作日，2026-10-08到期",
        progress="已销号，2026-09-10",
        evidence="材料1份",
        acceptance="verifier同志 2026-09-10",
        recheck="参评35人，同意销号率88.6%",
        closure="已销号 2026-09-10",
        remark="",
    )
    assert len(row.cells) == len(HEADER) == 14


def test_reopened_extended_and_late(tree: Session, walk: Walk, now: datetime) -> None:
    item = walk(State.RECHECK)
    bad = Recheck(20, 4, 16, 20)
    service.advance(
        tree, People.district, item.number, State.REOPENED, now=now, recheck=bad, note="多数反对"
    )
    requests.extend(tree, People.unit, item.number, 1, "等材料", now=now)
    [row] = ledger_rows(tree, People.district, now=now + timedelta(60))
    assert row.progress.startswith("复号，2026-09-10，逾期")
    assert (row.acceptance, row.closure, row.remark) == ("", "未销号，复号1次", "延期1次")
    assert row.recheck == "参评20人，同意销号率20.0%"


def test_the_ledger_is_scoped_and_filtered(tree: Session, item: object, now: datetime) -> None:
    assert ledger_rows(tree, People.foreign, now=now) == ()
    assert ledger_rows(tree, People.unit, now=now, wanted=Filter(state=State.CLOSED)) == ()
    assert len(ledger_rows(tree, People.unit, now=now, wanted=Filter(unit="U01"))) == 1


def test_the_printed_ledger(tree: Session, walk: Walk, now: datetime) -> None:
    walk(State.CLOSED)
    html = ledger_document(ledger_rows(tree, People.district, now=now), as_of=now)
    for word in (
        "ZG-2026-0001",
        "蓼花村党支部",
        "截至2026年9月10日10时00分",
        "合计1件",
        "已销号1件",
    ):
        assert word in html.replace("\u2060", "").replace("\u200b", "")


@pytest.mark.parametrize("text", PROBE)
def test_no_cell_is_a_formula(text: str) -> None:
    row = LedgerLine(*([text] * 15))
    content = ledger_csv([row])
    assert content.startswith(b"\xef\xbb\xbf")
    header, cells = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert header == list(HEADER)
    assert not any(cell.lstrip().startswith(tuple("=+-@＝")) for cell in cells)
    sheet = load_workbook(io.BytesIO(ledger_xlsx([row]))).active
    assert sheet is not None
    assert all(cell.data_type == "s" for line in sheet.iter_rows() for cell in line)
    assert not ledger_csv([row], bom=False).startswith(b"\xef\xbb\xbf")


def test_the_sample_ledger(district: Session, now: datetime) -> None:
    summary = import_ledger(district, OPERATOR, LEDGER.read_bytes(), LEDGER.name, now=now)
    assert summary.added == 60
    lines = list(csv.DictReader(LEDGER.read_text(encoding="utf-8").splitlines()))
    states = Counter(line["state"].partition("_")[2] for line in lines)
    query = select(RectificationItem.state, func.count()).group_by(RectificationItem.state)
    assert dict(district.execute(query).all()) == states
    item = district.scalars(select(RectificationItem).filter_by(number="ZG-2026-0008")).one()
    assert (item.source, item.source_ref, item.org_id) == ("ipa_q2", "C18", "W35")
    assert (item.recheck_n, item.recheck_agree, item.recheck_disagree) == (25, 21, 4)
    assert (item.registered_on, item.due_on) == (date(2026, 9, 4), date(2026, 9, 25))
    [step] = item.transitions
    assert (step.act, step.to_state, step.note) == ("import", "recheck", "台账第9行")
    assert item.needs_recheck
    told = story(district, OPERATOR, item.number, now=now)
    assert [stage.label for stage in told.stages if stage.is_done][-1] == "验收"
    rows = ledger_rows(district, OPERATOR, now=now)
    assert [row.number for row in rows][:1] == ["ZG-2026-0058"]  # found first, on 2 May
    audited = district.scalars(
        select(AuditEntry).where(AuditEntry.act == "rectification.import")
    ).one()
    assert audited.data == {"added": 60}
    assert reserve(district, 2026) == ["ZG-2026-0061"]


def test_the_same_file_twice_names_every_row(district: Session, now: datetime) -> None:
    import_ledger(district, OPERATOR, LEDGER.read_bytes(), LEDGER.name, now=now)
    with pytest.raises(ImportRefused) as found:
        import_ledger(district, OPERATOR, LEDGER.read_bytes(), LEDGER.name, now=now)
    assert len(found.value.faults) == 60
    assert {fault.column for fault in found.value.faults} == {"item_no"}


def test_an_imported_item_goes_on_by_the_rules(district: Session, now: datetime) -> None:
    import_ledger(district, OPERATOR, LEDGER.read_bytes(), LEDGER.name, now=now)
    # ZG-2026-0006 is a spot check that its unit has passed.
    service.advance(
        district, People.verifier, "ZG-2026-0006", State.VERIFIED, now=now, sheet=PASSED
    )
    service.advance(district, People.district, "ZG-2026-0006", State.CLOSED, now=now)
    # ZG-2026-0008 waits for residents; its solved score is not in the file.
    with pytest.raises(refusals.RecheckRequired):
        service.advance(district, People.district, "ZG-2026-0008", State.CLOSED, now=now)
    good = Recheck(25, 21, 4, 80)
    service.advance(district, People.district, "ZG-2026-0008", State.CLOSED, now=now, recheck=good)


def test_signs_of_markup_stay_signs_in_the_workbook():
    rows = [("路灯<不亮>", "&amp;"), ("路灯不亮", "照片1张"), ("a & b", ""), ("完", "完")]
    book = load_workbook(io.BytesIO(text_book("台账", ("问题", "材料"), (10, 10), rows)))
    lines = list(book.active.iter_rows(min_row=2, values_only=True))
    assert [tuple(cell or "" for cell in line) for line in lines] == rows
