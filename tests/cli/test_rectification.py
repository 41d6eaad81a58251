"""The ledger and its items on the command line."""

import csv
import io
from pathlib import Path

import openpyxl
import pikepdf
import pypdfium2
import pytest
import zxingcpp

from tests.command_line import CommandLine
from tests.conftest import SAMPLE

LEDGER = SAMPLE / "rectification_ledger.csv"
NEW = "ZG-2026-0001"


@pytest.fixture
def ledger(district: CommandLine) -> CommandLine:
    """The sample district with its paper ledger."""
    district.run("rectification", "import", LEDGER)
    return district


def test_the_paper_ledger_is_imported_once(district: CommandLine):
    rows = len(LEDGER.read_text("utf-8-sig").splitlines()) - 1
    assert district.json("rectification", "import", LEDGER) == {
        "added": rows,
        "sheets_not_read": [],
    }
    refused = district.refused("rectification", "import", LEDGER).stderr
    assert refused.startswith("IMPORT_REFUSED: ")
    assert f"第2行“item_no”：填了“{NEW}”" in refused
    assert len(refused.splitlines()) == 1 + rows


def test_items_are_listed_by_state_place_and_deadline(ledger: CommandLine):
    everything = ledger.json("rectification", "list")
    assert everything[0].keys() == {
        "number", "state", "source", "org", "org_name", "problem", "responsible_person",
        "registered_on", "due_on", "reopen_count",
    }  # fmt: skip
    new = ledger.json("rectification", "list", "--state", "new")
    assert {each["number"] for each in new} == {
        each["number"] for each in everything if each["state"] == "new"
    }
    there = ledger.json("rectification", "list", "--org", "W10")
    assert {each["org"] for each in there} == {"W10"}
    late = ledger.json("rectification", "list", "--overdue")
    assert 0 < len(late) < len(everything)
    first = everything[0]
    assert (
        ledger.run("rectification", "list")
        .stdout.splitlines()[0]
        .startswith(
            f"{first['number']}  {first['state']:<12}  {first['due_on']}  {first['org_name']}"
        )
    )


def test_an_item_is_shown_with_its_story(ledger: CommandLine):
    shown = ledger.json("rectification", "show", NEW)
    assert (shown["number"], shown["org"], shown["state"]) == (NEW, "W10", "new")
    assert [event["act"] for event in shown["history"]] == ["import"]
    assert shown["history"][0]["at"] == "2026-09-10T10:00:00+08:00"
    told = ledger.run("rectification", "show", NEW).stdout.splitlines()
    assert told[1].startswith("  2026-09-10T10:00  import  operator")
    assert ledger.code("rectification", "show", "ZG-1999-0001") == "NOT_FOUND"


def test_a_step_needs_what_the_rules_ask_for(ledger: CommandLine):
    advance = ("rectification", "advance", NEW, "--to")
    assert ledger.code(*advance, "closed") == "NOT_IN_STATE"
    assert ledger.code(*advance, "void") == "REASON_REQUIRED"
    assert ledger.json(*advance, "assigned")["state"] == "assigned"
    assert ledger.json(*advance, "accepted")["state"] == "accepted"
    assert ledger.code(*advance, "in_progress") == "MEASURES_REQUIRED"
    assert ledger.json(*advance, "in_progress", "--measures", "加人")["state"] == "in_progress"
    assert ledger.code(*advance, "submitted") == "EVIDENCE_REQUIRED"
    stage = (*advance, "longterm", "--note", "等预算", "--stage-on", "2026-09-01")
    assert ledger.code(*stage) == "STAGE_DATE_REQUIRED"
    assert ledger.code("rectification", "advance", "ZG-1", "--to", "assigned") == "NOT_FOUND"


def test_a_step_belongs_to_somebody(ledger: CommandLine):
    ledger.run("accounts", "add", "shebao", "--role", "window_manager", "--org", "W10")
    ledger.run("accounts", "add", "yibao", "--role", "window_manager", "--org", "W04")
    advance = ("rectification", "advance", NEW, "--to", "assigned", "--as")
    assert ledger.code(*advance, "shebao") == "NOT_YOUR_STEP"
    assert ledger.code(*advance, "yibao") == "NOT_FOUND"


def test_evidence_is_looked_at_before_it_is_kept(ledger: CommandLine, tmp_path: Path):
    for step in (("assigned",), ("accepted",), ("in_progress", "--measures", "加人")):
        ledger.run("rectification", "advance", NEW, "--to", *step)
    (tmp_path / "virus.jpg").write_bytes(b"MZ\x90\x00")
    submit = ("rectification", "advance", NEW, "--to", "submitted", "--evidence")
    assert ledger.code(*submit, tmp_path / "virus.jpg") == "EVIDENCE_REFUSED"


def test_the_ledger_is_written_in_three_formats(ledger: CommandLine, tmp_path: Path):
    items = len(ledger.json("rectification", "list"))
    for name in ("csv", "xlsx", "pdf"):
        file = tmp_path / "out" / f"ledger.{name}"
        told = ledger.run("rectification", "export", "--format", name, "--out", file)
        assert told.stdout == f"{items} items in ledger.{name}\n"
    rows = list(csv.reader(io.StringIO((tmp_path / "out/ledger.csv").read_text("utf-8-sig"))))
    assert len(rows) == 1 + items
    assert rows[0][:3] == ["序号", "问题编号", "问题来源"]
    sheet = openpyxl.load_workbook(tmp_path / "out" / "ledger.xlsx").active
    assert sheet.max_row == 1 + items
    with pikepdf.open(tmp_path / "out" / "ledger.pdf") as document:
        width, height = document.pages[0].mediabox[2:]
        assert width > height


def test_a_part_of_the_ledger_is_written(ledger: CommandLine, tmp_path: Path):
    out = ("--out", tmp_path / "part.csv")
    ledger.run("rectification", "export", *out, "--org", "W10", "--state", "new")
    assert NEW in (tmp_path / "part.csv").read_text("utf-8-sig")
    told = ledger.run("rectification", "export", *out, "--org", "nonsense")
    assert told.stdout == "0 items in part.csv\n"


def test_the_page_for_the_notice_board_leads_to_the_item(ledger: CommandLine, tmp_path: Path):
    file = tmp_path / "item.pdf"
    assert ledger.run("rectification", "poster", NEW, "--out", file).stdout == "item.pdf\n"
    with pypdfium2.PdfDocument(file) as document:
        [page] = [page.render(scale=2).to_pil() for page in document]
    [code] = zxingcpp.read_barcodes(page)
    assert NEW.removeprefix("ZG-").replace("-", "") in code.text.replace("-", "")
    missing = ("rectification", "poster", "ZG-1999-0001", "--out", file)
    assert ledger.code(*missing) == "NOT_FOUND"
    ledger.run("rectification", "poster", NEW, "--size", "a3", "--out", file, status=2)
