"""Inspections on the command line: given out, listed, shown, exported."""

import csv
import shutil
from pathlib import Path

import pytest

from survey.accounts import sessions
from survey.inspections import queries, service
from survey.inspections.rounds import FormKind, named_forms
from tests.cli.conftest import On
from tests.command_line import CommandLine
from tests.conftest import NOW
from tests.inspections import checklist, make_world

KEY = "c" * 26
DAYS = ("--from", "2026-09-10", "--until", "2026-09-20")
PAIR = ("--inspector", "jian1", "--inspector", "jian2")


@pytest.fixture
def line(line_on: On, sqlite_template: Path, tmp_path: Path) -> CommandLine:
    """A district with an open round of checklists and reviews, in which nobody has gone yet."""
    home = tmp_path / "inspected"
    home.mkdir()
    shutil.copyfile(sqlite_template, home / "pingyi.sqlite")
    made = line_on(home)
    with made.platform.sessions.begin() as session:
        make_world(session, NOW)
    return made


def inspect(line: CommandLine) -> None:
    """Hand in and confirm the checklist of W01: one point is met in part, one not at all."""
    (row,) = line.json("inspections", "assign", "R1", "--org", "W01", *PAIR, *DAYS)
    assert row == {"org": "W01", "inspectors": ["jian1", "jian2"], "due_on": "2026-09-20"}
    found = {"E14": "0", "E14_d": "地面有烟头", "E22": "1", "E22_d": "=缺一页", "E92": "2026-09-24"}
    with line.platform.sessions.begin() as session:
        first, second = (sessions.actor_named(session, name) for name in ("jian1", "jian2"))
        (task,) = queries.my_tasks(session, first)
        form = named_forms(session, FormKind.INSPECTION)[0]
        values = checklist(form.questionnaire, **found)
        service.submit(session, first, task.task.id, KEY, values, now=NOW)
        service.confirm(session, second, KEY, now=NOW)


def test_an_inspection_is_given_out_listed_and_shown(line: CommandLine):
    inspect(line)

    (row,) = line.json("inspections", "list", "R1")
    told = line.json("inspections", "show", "R1", "W01")

    assert (row["org"], row["stage"], row["veto"], row["score"]) == ("W01", "done", "none", 94.5)
    wanting = {p["item"]: (p["share"], p["problem"]) for p in told["points"] if p["share"] != 1}
    assert wanting == {"E14": (0, "地面有烟头"), "E22": (0.5, "=缺一页")}
    assert [(e["actor"], e["act"]) for e in told["history"]] == [
        ("jian1", "submit"),
        ("jian2", "confirm"),
    ]
    assert "W01" in line.run("inspections", "list", "R1").stdout
    assert "地面有烟头" in line.run("inspections", "show", "R1", "W01").stdout
    assert line.code("inspections", "show", "R1", "B001") == "NOT_FOUND"


def test_the_export_has_a_row_for_each_point_and_no_formula(line: CommandLine, tmp_path: Path):
    inspect(line)
    file = tmp_path / "out" / "checks.csv"

    line.run("inspections", "export", "R1", "--out", file)

    rows = list(csv.DictReader(file.read_text("utf-8").splitlines()))
    assert len(rows) == 20
    assert {row["score"] for row in rows} == {"94.5000"}
    assert sum(float(row["weight"]) for row in rows) == 100
    (part,) = [row for row in rows if row["item"] == "E22"]
    assert (part["share"], part["problem"]) == ("0.5", "'=缺一页")


def test_a_draw_is_repeatable_and_says_out_of_how_many(line: CommandLine):
    drawn = line.json("inspections", "draw", "R1", "--count", 2, "--seed", "s1", *DAYS)

    assert (drawn["seed"], drawn["population"], len(drawn["chosen"])) == ("s1", 4, 2)
    assert sorted(row["org"] for row in line.json("inspections", "list", "R1")) == sorted(
        drawn["chosen"]
    )
    again = ("inspections", "draw", "R1", "--count", 9, "--seed", "s2", *DAYS)
    assert line.code(*again) == "ASSIGNMENT_REFUSED"


def test_what_cannot_be_is_refused(line: CommandLine):
    one = ("inspections", "assign", "R1", "--org", "W01", "--inspector", "jian1", *DAYS)
    assert line.code(*one) == "ASSIGNMENT_REFUSED"
    other = ("inspections", "assign", "R1", "--org", "W01", *PAIR, *DAYS, "--as", "jian1")
    assert line.code(*other) == "NOT_ALLOWED"
    assert line.code("inspections", "list", "nonsense") == "ROUND_NOT_FOUND"
