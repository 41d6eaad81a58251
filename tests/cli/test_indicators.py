"""Indicators and other evaluations on the command line."""

import openpyxl
import pytest

from tests.command_line import CommandLine
from tests.conftest import SAMPLE

TREE = SAMPLE / "indicators_branch.csv"
SET = ("--code", "ZB", "--title", "党支部量化竞赛指标", "--level", "branch", "--sector", "社区")
BRANCH = "B070"


@pytest.fixture
def line(district: CommandLine) -> CommandLine:
    """The sample district with one set of indicators for its communities."""
    assert district.json("indicators", "import", TREE, *SET)["indicators"] == 8
    return district


def test_from_the_tree_to_settled_scores(line: CommandLine, tmp_path):
    assert line.json("indicators", "list")[0]["version"] == 1
    assert [row["code"] for row in line.json("indicators", "show", "ZB", "2026Q2")][:2] == [
        "ZZ",
        "ZZ1",
    ]
    form = tmp_path / "values.xlsx"
    line.run("indicators", "template", "--code", "ZB", "--period", "2026Q2", "--out", form)
    rows = list(openpyxl.load_workbook(form).active.iter_rows(values_only=True))
    communities = {row[0] for row in rows[1:]}
    mine = next(row for row in rows[1:] if row[2] == "ZZ2")
    values = tmp_path / "values.csv"
    values.write_text(
        "org_id,indicator,period,value\n"
        f"{mine[0]},ZZ2,2026Q2,90\n{mine[0]},QZ1,2026Q2,3\n{mine[0]},ZZ3,2026Q2,95\n",
        "utf-8",
    )
    done = line.json("indicators", "enter", values, "--code", "ZB", "--period", "2026Q2")
    assert done == {"added": 3, "changed": 0, "unchanged": 0}

    waiting = [row["entry"] for row in line.json("indicators", "waiting")]
    line.run("indicators", "approve", *waiting[:2])
    line.run("indicators", "return", waiting[2], "--reason", "请核对")
    missing = line.json("indicators", "missing")
    assert {row["org"] for row in missing} == communities
    lacking = next(r for r in missing if r["org"] == mine[0] and r["period"] == "2026Q2")
    assert "ZZ2" not in lacking["indicators"]
    assert ("ZZ3" if waiting[2] else "") in lacking["indicators"]

    league = line.json("indicators", "scores", "ZB", "2026Q2")
    assert (league[0]["org"], league[0]["place"], league[0]["of"]) == (mine[0], 1, 1)
    assert league[0]["best_quarter"] is None
    assert "settled" in line.run("indicators", "settle", "ZB", "2026Q2").stdout
    refused = line.refused("indicators", "settle", "ZB", "2026Q2").stderr
    assert refused.startswith("PERIOD_SETTLED: ")
    assert not [row for row in line.json("indicators", "missing") if row["period"] == "2026Q2"]


def test_a_bad_tree_names_row_column_value_and_remedy(district: CommandLine, tmp_path):
    bad = tmp_path / "tree.csv"
    bad.write_text(TREE.read_text("utf-8").replace("linear,higher,100,60", "直线,higher,100,60"))

    refused = district.refused("indicators", "import", bad, *SET).stderr

    assert "第3行“scoring”：填了“直线”，请填linear、step、deduction、veto" in refused
    assert district.json("indicators", "list") == []


def test_other_evaluations_are_imported_whole(district: CommandLine, tmp_path):
    form = tmp_path / "form.xlsx"
    district.run("sources", "template", "--out", form)
    book = openpyxl.load_workbook(form)
    book.active.append(["年度考核", 2025, BRANCH, None, 92.5, "优秀", None])
    book.active.append(["行风评议", 2026, "W01", None, None, "比较满意", None])
    book.save(form)
    assert district.json("sources", "import", form)["added"] == 2
    assert district.json("sources", "import", form)["unchanged"] == 2
    assert [(row["source"], row["year"]) for row in district.json("sources", "list")] == [
        ("行风评议", 2026),
        ("年度考核", 2025),
    ]
    bad = tmp_path / "bad.csv"
    bad.write_text(
        "source,year,org_id,org_name,score,grade\n"
        f"年度考核,2025,{BRANCH},别的名字,101,优秀\n"
        "年度考核,2025,XX,,,\n"
        "年度考核,2024,W01,,,很好\n"
    )

    refused = district.refused("sources", "import", bad).stderr

    for said in ("第2行“org_name”", "第2行“score”：填了“101”", "第3行“org_id”", "第4行“grade”"):
        assert said in refused
    assert len(district.json("sources", "list")) == 2
