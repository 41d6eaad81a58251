"""Posters, keyed paper and verification on the command line."""

from pathlib import Path

import docx
import openpyxl
import pikepdf
import pypdfium2
import pytest
import zxingcpp

from tests.command_line import ROUND, CommandLine, sample_rows
from tests.conftest import SAMPLE

BRANCHES = ("--questionnaire", "A_branch_mass", "--channel", "paper")
WINDOWS = ("--questionnaire", "C_window_sat", "--channel", "paper")


def test_posters_lead_to_the_points(opened: CommandLine, tmp_path: Path):
    told = opened.run("posters", ROUND, "--out", tmp_path / "new")
    assert told.stdout == f"{ROUND}-all-poster.pdf\n"
    urls = {point["url"] for point in opened.json("points", "list", ROUND)}
    document = pypdfium2.PdfDocument(tmp_path / "new" / f"{ROUND}-all-poster.pdf")
    pages = [page.render(scale=2).to_pil() for page in document]
    read = [code.text for page in pages for code in zxingcpp.read_barcodes(page)]
    assert sorted(read) == sorted(url.upper() for url in urls)
    document.close()


def test_the_poster_of_one_organisation_is_a_file_of_its_own(opened: CommandLine, tmp_path: Path):
    opened.run("posters", ROUND, "--out", tmp_path, "--org", "W01")
    assert [file.name for file in tmp_path.glob("*.pdf")] == [f"{ROUND}-W01-poster.pdf"]
    with pikepdf.open(tmp_path / f"{ROUND}-W01-poster.pdf") as document:
        assert len(document.pages) == 1
    assert opened.code("posters", ROUND, "--out", tmp_path, "--org", "W02") == ("NOTHING_TO_PRINT")
    assert opened.code("posters", "nonsense", "--out", tmp_path) == "ROUND_NOT_FOUND"


def test_only_the_board_of_promises_comes_as_word(opened: CommandLine, tmp_path: Path):
    asked = ("posters", ROUND, "--out", tmp_path, "--format", "docx")
    assert opened.code(*asked, "--kind", "commitments") == "NOTHING_TO_PRINT"
    assert "only --kind commitments" in opened.run(*asked, status=2).stderr
    assert not list(tmp_path.glob("*.docx"))


def test_ballots_come_as_word_and_as_web_pages(opened: CommandLine, tmp_path: Path):
    for ending in ("docx", "html"):
        asked = ("--out", tmp_path, "--org", "W01", "--format", ending)
        opened.run("ballots", ROUND, *asked)
        opened.run("ballots", ROUND, *asked, "--large")
    small, large = sorted(tmp_path.glob("*.docx"), key=lambda file: "-large" in file.name)
    assert large.name == f"{small.stem}-large.docx"
    assert len(list(tmp_path.glob("*.html"))) == 2
    sizes = [docx.Document(file).styles["题目"].font.size.pt for file in (small, large)]
    assert sizes == [10.5, 15]


def test_a_batch_of_paper_is_taken_once(opened: CommandLine, tmp_path: Path):
    batch = sample_rows("A_branch_mass", tmp_path / "a.csv", "B006", "B195")
    taken = opened.json("responses", "import", ROUND, *BRANCHES, batch, "--issued", "B195=8")
    assert taken == {"round": ROUND, "taken": 64}
    again = ("responses", "import", ROUND, *BRANCHES, batch)
    assert opened.code(*again) == "BATCH_ALREADY_IMPORTED"
    window = sample_rows("C_window_sat", tmp_path / "c.csv", "W01")
    assert opened.run("responses", "import", ROUND, *WINDOWS, window).stdout == "354 answers\n"
    closed = opened.json("rounds", "close", ROUND)
    assert closed["answers"] == 64 + 354


def test_a_batch_may_be_a_workbook(opened: CommandLine, tmp_path: Path):
    rows = sample_rows("A_branch_mass", tmp_path / "a.csv", "B195").read_text().splitlines()
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row.split(","))
    book.save(tmp_path / "a.xlsx")
    keyed = opened.json("responses", "import", ROUND, *BRANCHES, tmp_path / "a.xlsx")
    assert keyed["taken"] == 8


def test_more_paper_than_was_handed_out_is_refused(opened: CommandLine, tmp_path: Path):
    batch = sample_rows("A_branch_mass", tmp_path / "a.csv", "B195")
    issued = ("--issued", "B195=7")
    assert opened.code("responses", "import", ROUND, *BRANCHES, batch, *issued) == "ISSUED_EXCEEDED"
    elsewhere = ("--issued", "B001=7")
    assert opened.code("responses", "import", ROUND, *BRANCHES, batch, *elsewhere) == "NOT_FOUND"


def test_every_bad_answer_is_named_and_none_is_taken(opened: CommandLine, tmp_path: Path):
    head, *rows = sample_rows("A_branch_mass", tmp_path / "a.csv", "B195").read_text().splitlines()
    names = head.split(",")
    cells = [row.split(",") for row in rows]
    cells[0][names.index("A11")] = "7"
    cells[2][names.index("org_id")] = "B999"
    cells[4][names.index("seconds")] = "soon"
    batch = tmp_path / "bad.csv"
    batch.write_text("\n".join([head, *map(",".join, cells)]), "utf-8")

    refused = opened.refused("responses", "import", ROUND, *BRANCHES, batch).stderr

    for row, column in ((2, "A11"), (4, "org_id"), (6, "seconds")):
        assert f"第{row}行“{column}”" in refused
        assert f'Row {row}, "{column}"' in refused


@pytest.mark.parametrize("content", [b"", b"org_id\n", b"A01\n1\n", b"\xff\xfe\x00", b"\x00" * 9])
def test_a_foreign_file_is_no_batch(opened: CommandLine, tmp_path: Path, content: bytes):
    (tmp_path / "x.csv").write_bytes(content)
    refused = opened.refused("responses", "import", ROUND, *BRANCHES, tmp_path / "x.csv")
    assert refused.stderr.startswith("IMPORT_REFUSED: ")


def test_paper_needs_a_round_that_asks_this(opened: CommandLine):
    batch = SAMPLE / "responses_A_sample.csv"
    other = ("--questionnaire", "B_member_review", "--channel", "paper", batch)
    assert opened.code("responses", "import", ROUND, *other) == "NOT_FOUND"


def test_paper_needs_a_round_that_is_open(closed: CommandLine):
    batch = SAMPLE / "responses_A_sample.csv"
    assert closed.code("responses", "import", ROUND, *BRANCHES, batch) == "PAPER_CLOSED"


def test_a_closed_round_holds_what_it_says(closed: CommandLine):
    assert closed.run("verify", ROUND).stdout == f"{ROUND}: counts, receipts and audit chain hold\n"
    assert closed.json("verify", ROUND) == []
    with closed.platform.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM response WHERE id = (SELECT min(id) FROM response)")
    found = closed.run("verify", ROUND, status=1)
    assert found.stdout == ""
    assert all(line.startswith("VERIFICATION_FAILED: ") for line in found.stderr.splitlines())
    assert closed.run("verify", ROUND, "--json", status=1).stdout.startswith("[\n")


def test_nothing_is_said_to_be_counted_before_it_is(opened: CommandLine):
    told = opened.run("verify", ROUND).stdout
    assert told == f"{ROUND}: the audit chain holds; nothing has been counted yet\n"
    assert opened.code("verify", "nonsense") == "ROUND_NOT_FOUND"
