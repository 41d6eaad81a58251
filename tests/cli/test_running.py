"""What all commands share: one line for a refusal, exit status 0, 1 and 2, and JSON."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from survey.cli.commands import COMMANDS
from tests.command_line import OPENS, ROUND, CommandLine
from tests.conftest import SAMPLE

PROJECT = SAMPLE.parent
FLASK = Path(sys.executable).with_name("flask")


def flask(home: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command the way a person does."""
    return subprocess.run(
        [FLASK, *arguments],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], "PINGYI_HOME": str(home), **environ},
        capture_output=True,
        text=True,
    )


def test_a_command_is_run_from_the_projects_folder(tmp_path):
    behind = flask(tmp_path, "rounds", "list")
    assert (behind.returncode, behind.stdout) == (1, "")
    assert behind.stderr.startswith("SCHEMA_BEHIND: ")
    assert len(behind.stderr.splitlines()) == 1

    assert flask(tmp_path, "db", "upgrade").returncode == 0
    listed = flask(tmp_path, "rounds", "list", "--json")
    assert (listed.returncode, json.loads(listed.stdout), listed.stderr) == (0, [], "")


def test_a_setting_that_cannot_be_used_is_one_line(tmp_path):
    refused = flask(tmp_path, "rounds", "list", PINGYI_BASE_URL="ftp://nowhere")
    assert refused.returncode == 1
    assert refused.stderr.startswith("CONFIG: ")
    assert len(refused.stderr.splitlines()) == 1


def test_every_command_says_what_it_does(empty: CommandLine):
    for name in COMMANDS:
        told = empty.run(name, "--help").stdout
        assert "Usage:" in told
    listed = empty.run("--help").stdout
    assert all(name in listed for name in COMMANDS)
    assert "No such command" in empty.run("nonsense", status=2).stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("rounds", "show"),
        ("rounds", "create", "R1", "--title", "T"),
        ("rounds", "create", "R1", "--title", "T", "--questionnaire", "A:nonsense=1"),
        ("org", "import", "/no/such/file.csv"),
        ("results", "export", "R1", "--format", "nonsense", "--out", "x"),
        ("rectification", "advance", "ZG-1", "--to", "nonsense"),
        ("accounts", "add", "x", "--role", "nonsense", "--org", "D0"),
        ("responses", "import", "R1", __file__, "--questionnaire", "A", "--channel", "phone"),
        ("demo", "answer", "--count", "0"),
    ],
)
def test_wrong_usage_ends_with_status_two(district: CommandLine, arguments: tuple[str, ...]):
    before = district.contents()
    result = district.run(*arguments, status=2)
    assert "Usage: " in result.stderr
    assert result.stdout == ""
    assert district.contents() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("rounds", "open", ROUND, "--no-key-copy"),
        ("rounds", "close", ROUND, "--early", "x"),
        ("rectification", "import", SAMPLE / "rectification_ledger.csv"),
        ("accounts", "add", "x", "--role", "verifier", "--org", "D0"),
        ("posters", ROUND, "--out", "."),
    ],
)
def test_an_unknown_actor_does_nothing(opened: CommandLine, arguments: tuple[object, ...]):
    assert opened.code(*arguments, "--as", "nobody") == "NOT_FOUND"


def test_rights_hold_on_the_command_line_too(opened: CommandLine):
    opened.run("accounts", "add", "yibao", "--role", "window_manager", "--org", "W01")
    assert opened.code("rounds", "close", ROUND, "--early", "x", "--as", "yibao") == "NOT_ALLOWED"
    assert opened.code("org", "import", SAMPLE / "organisations.csv", "--as", "yibao") == (
        "NOT_ALLOWED"
    )


def test_a_time_without_offset_is_shanghais(district: CommandLine):
    for number, (given, meant) in enumerate(
        {
            OPENS: "2026-09-01T08:00:00+08:00",
            "2026-09-01": "2026-09-01T00:00:00+08:00",
            "2026-09-01T00:00Z": "2026-09-01T08:00:00+08:00",
            "2026-09-01T00:00+09:00": "2026-08-31T23:00:00+08:00",
        }.items()
    ):
        use = ("--questionnaire", "C_window_sat", "--title", "T", "--closes-at", "2026-12-01")
        made = district.json("rounds", "create", f"R{number}", *use, "--opens-at", given)
        assert made["opens_at"] == meant
        assert made["closes_at"] == "2026-12-01T00:00:00+08:00"


def test_a_file_that_cannot_be_written_is_a_refusal(opened: CommandLine, tmp_path):
    (tmp_path / "file").write_text("")
    assert opened.code("posters", ROUND, "--out", tmp_path / "file" / "below") == "FILE"


def test_a_busy_database_is_a_refusal_of_writers_only(opened: CommandLine):
    with opened.platform.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
    with closing(sqlite3.connect(opened.home / "pingyi.sqlite")) as writer:
        writer.execute("BEGIN IMMEDIATE")
        busy = opened.run("accounts", "disable", "x", status=1)
        assert [each["code"] for each in opened.json("rounds", "list")] == [ROUND]
        writer.rollback()
    assert busy.stderr.startswith("DATABASE: ")
    assert len(busy.stderr.splitlines()) == 1
