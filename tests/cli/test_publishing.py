"""Results on their way to the public: two people, a notice, objections, and what is refused."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyreadstat
import pytest
from python_calamine import CalamineWorkbook

from survey.accounts import service as accounts
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR
from tests.command_line import ROUND, CommandLine

OFFICE = ("--office", "区评议办", "--phone", "0513-8650", "--address", "世纪大道1号")
STAFF = {"qu": Role.DISTRICT_ADMIN, "shending": Role.APPROVER, "tongji": Role.ANALYST}
CLOSED_AT = datetime(2026, 9, 18, 2, 0, tzinfo=UTC)
PEOPLE = ("--as", "qu", "--approved-by", "shending")


@pytest.fixture
def two(opened: CommandLine) -> CommandLine:
    """A small closed round, with people who propose, approve and count."""
    opened.now = CLOSED_AT
    opened.run("rounds", "close", ROUND)
    with opened.platform.sessions.begin() as session:
        for name, role in STAFF.items():
            accounts.add_account(
                session, OPERATOR, name, name, role, "D0", "qing-shui-he-pan-8", now=opened.now
            )
    return opened


def announce(line: CommandLine) -> None:
    line.run("rounds", "announce", ROUND, *OFFICE, *PEOPLE)


def test_a_round_goes_out_by_two_people_after_a_notice(two: CommandLine, tmp_path: Path):
    assert two.code("rounds", "publish", ROUND) == "NOTICE_REQUIRED"
    assert two.code("rounds", "announce", ROUND, "--office", "区评议办") == "NOTICE_FAULTY"
    alone = ("--as", "qu", "--approved-by", "qu")
    assert two.code("rounds", "announce", ROUND, *OFFICE, *alone) == "NOT_ALLOWED"
    announce(two)
    assert two.code("rounds", "publish", ROUND, "--as", "qu") == "NOTICE_RUNNING"
    assert two.code("rounds", "archive", ROUND, "--as", "qu") == "PUBLICATION_REFUSED"
    two.run("rounds", "object", ROUND, "--org", "B070", "--text", "会没有开", "--as", "qu")
    two.now += timedelta(days=14)
    assert two.code("rounds", "publish", ROUND, "--as", "qu") == "OBJECTIONS_OPEN"
    upheld = ("--outcome", "upheld", "--text", "属实", "--as", "qu")
    item = two.json("rounds", "answer", ROUND, "1", *upheld)["item"]
    shown = two.json("rounds", "publish", ROUND, "--as", "qu")

    assert (shown["state"], shown["approved_by"], shown["published_by"]) == (
        "published", "shending", "qu",
    )  # fmt: skip
    assert "会没有开" in two.run("rectification", "show", item, "--json").stdout
    digest = shown["digest"]
    for format_ in ("json", "csv", "xlsx", "sav"):
        file = tmp_path / f"out.{format_}"
        two.run("results", "export", ROUND, "--format", format_, "--out", file)
        assert digest in _texts(file)
    assert two.code("rounds", "archive", ROUND, "--as", "tongji") == "NOT_ALLOWED"
    assert two.json("rounds", "archive", ROUND, "--as", "qu")["state"] == "archived"
    assert two.code("rounds", "archive", ROUND, "--as", "qu") == "PUBLICATION_REFUSED"
    two.run("verify", ROUND)


def _texts(file: Path) -> str:
    if file.suffix == ".xlsx":
        book = CalamineWorkbook.from_path(str(file))
        return str([book.get_sheet_by_name(name).to_python() for name in book.sheet_names])
    if file.suffix == ".sav":
        return "".join(pyreadstat.read_sav(file)[1].notes)
    return file.read_text("utf-8")


def test_single_answers_take_two_people_and_a_reason(two: CommandLine, tmp_path: Path):
    file = tmp_path / "rows.csv"
    rows = ("results", "export", ROUND, "--rows", "--out", file, "--as", "tongji")
    assert two.code(*rows, "--approved-by", "shending") == "REASON_MISSING"
    assert two.code(*rows, "--reason", "核对", "--approved-by", "tongji") == "NOT_ALLOWED"
    assert not file.exists()
    two.run(*rows, "--reason", "核对", "--approved-by", "shending")

    assert file.read_text("utf-8-sig").startswith("questionnaire,org,status,signs")
