"""`flask tickets …`: slips as the contract says, two people, and what became of each batch."""

import csv
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from survey.collection import tickets
from tests.command_line import ROUND, CommandLine

TIMES = ("--opens-at", "2026-09-01T08:00", "--closes-at", "2026-09-16T00:00")


@pytest.fixture
def ticketed(district: CommandLine) -> CommandLine:
    """An open round in which two branches of one unit are answered with tickets."""
    branches = ("--questionnaire", "A_branch_mass:org=B006+B195")
    plan = ("--title", "T", *branches, "--questionnaire", "C_window_sat:mode=open,org=W01")
    district.run("rounds", "create", ROUND, *plan, *TIMES, "--mode", "ticket")
    district.run("rounds", "open", ROUND, "--no-key-copy")
    return district


def issue(line: CommandLine, out: Path, count: int = 3, org: str = "B006", *more: str):
    """Issue slips."""
    words = ("--org", org, "--count", str(count), "--out", str(out), *more)
    return line.run("tickets", "issue", ROUND, *words)


def test_a_table_holds_codes_and_addresses(ticketed: CommandLine, tmp_path: Path) -> None:
    out = tmp_path / "slips.csv"
    issue(ticketed, out)
    rows = list(csv.DictReader(out.read_text("utf-8").splitlines()))
    assert list(rows[0]) == ["org", "code", "url"]
    assert [row["org"] for row in rows] == ["B006"] * 3
    for row in rows:
        base, _, secret = row["url"].partition("#")
        assert base == "http://127.0.0.1:8000/t"
        assert tickets.code_of(secret) == row["code"]


def test_the_slips_are_in_the_file_alone(ticketed: CommandLine, tmp_path: Path) -> None:
    out = tmp_path / "slips.csv"
    issue(ticketed, out)
    rows = list(csv.DictReader(out.read_text("utf-8").splitlines()))
    secrets = [each for row in rows for each in (row["code"], row["url"].partition("#")[2])]
    assert out.stat().st_mode & 0o777 == 0o600
    for file in ticketed.home.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            assert not any(secret.encode() in data for secret in secrets), file.name


def test_two_accounts_and_never_one(ticketed: CommandLine, tmp_path: Path) -> None:
    for name in ("a1", "a2"):
        ticketed.run("accounts", "add", name, "--role", "district_admin", "--org", "D0")
    out = tmp_path / "x.csv"
    words = ("tickets", "issue", ROUND, "--org", "B006", "--count", "2", "--out", str(out))
    assert ticketed.code(*words, "--as", "a1", "--approved-by", "a1") == "SECOND_PERSON_NEEDED"
    assert not out.exists()
    ticketed.run(*words, "--as", "a1", "--approved-by", "a2")
    (row,) = ticketed.json("tickets", "list", ROUND)
    assert (row["requested_by"], row["approved_by"], row["count"]) == ("a1", "a2", 2)
    assert (row["state"], row["used"]) == ("issued", None)


def test_what_cannot_be_issued_is_refused(ticketed: CommandLine, tmp_path: Path) -> None:
    out = str(tmp_path / "x.csv")
    for words, code in (
        (("--org", "W01", "--count", "1"), "TICKETS_NOT_USED"),
        (("--org", "NONE", "--count", "1"), "NOT_FOUND"),
        (("--org", "B006", "--count", "0"), "TICKETS_NOT_USED"),
    ):
        assert ticketed.code("tickets", "issue", ROUND, *words, "--out", out) == code
    assert ticketed.json("tickets", "list", ROUND) == []


def test_a_batch_is_taken_back(ticketed: CommandLine, tmp_path: Path) -> None:
    issue(ticketed, tmp_path / "x.csv")
    (row,) = ticketed.json("tickets", "list", ROUND)
    ticketed.run("tickets", "void", ROUND, row["batch"], "--reason", "丢了一包")
    assert ticketed.json("tickets", "list", ROUND)[0]["state"] == "void"
    assert ticketed.code("tickets", "void", ROUND, row["batch"], "--reason", "x") == (
        "TICKET_BATCH_STATE"
    )


def test_the_round_says_what_became_of_its_tickets(ticketed: CommandLine, tmp_path: Path) -> None:
    issue(ticketed, tmp_path / "x.csv", 30)
    shown = ticketed.json("rounds", "show", ROUND)["tickets"]
    assert shown == {"issued": 30, "used": None, "unused": None, "void": None}
    ticketed.run("rounds", "close", ROUND, "--early", "x")
    # Nobody answered: too few for a figure of their own.
    assert ticketed.json("rounds", "show", ROUND)["tickets"]["used"] is None
    assert ticketed.run("verify", ROUND)


def test_slips_on_paper_are_read_by_a_phone(ticketed: CommandLine, tmp_path: Path) -> None:
    out = tmp_path / "slips.pdf"
    issue(ticketed, out, 11)
    assert out.read_bytes().startswith(b"%PDF")
    import pypdfium2

    with pypdfium2.PdfDocument(out) as document:
        assert len(document) == 2
        image: Image.Image = document[0].render(scale=150 / 72).to_pil()
    found = [each.text for each in zxingcpp.read_barcodes(image)]
    assert len(set(found)) == 10
    assert all(text.startswith("HTTP://127.0.0.1:8000/T#") for text in found)
