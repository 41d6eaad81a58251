"""Rule sets on the command line: listed, shown in words, compared, handed on as files."""

import json
from pathlib import Path

from tests.command_line import CLOSES, OPENS, CommandLine


def test_rules_from_a_file_to_a_round(district: CommandLine, tmp_path: Path):
    listed = district.json("rules", "list")
    assert [row["code"] for row in listed][:2] == ["pass60", "even"]
    assert all(row["shipped"] and row["version"] is None for row in listed)
    said = district.run("rules", "show", "fivestar").stdout
    assert "  三星最多占：40%\n" in said
    assert district.run("rules", "diff", "pass60", "grades2012").stdout == (
        "五星最多占：10% → 不设\n四星最多占：30% → 不设\n"
    )

    out = tmp_path / "rules.json"
    district.run("rules", "export", "fivestar", "--out", out)
    data = json.loads(out.read_text("utf-8")) | {"code": "OURS"}
    data["rules"]["rankable_base"] = 20
    out.write_text(json.dumps(data), "utf-8")
    made = district.json("rules", "import", out)
    assert (made["code"], made["version"]) == ("OURS", 1)
    again = tmp_path / "again.json"
    assert made["digest"] in district.run("rules", "export", "OURS@1", "--out", again).stdout
    assert district.code("rules", "import", out) == "RULES_SAME"
    data["rules"]["k_public"] = 4
    out.write_text(json.dumps(data), "utf-8")
    refused = district.refused("rules", "import", out)
    assert refused.stderr.startswith("RULES_INVALID: ")
    assert "k_public = 4" in refused.stderr

    plan = ("--title", "T", "--questionnaire", "C_window_sat:org=W01", "--opens-at", OPENS)
    plan += ("--closes-at", CLOSES)
    created = district.json("rounds", "create", "R1", *plan, "--rules", "OURS")
    assert created["rules_digest"] == made["digest"]
    assert district.code("rounds", "create", "R2", *plan, "--rules", "NONE") == "RULES_NOT_FOUND"
    district.run("rules", "use", "R1", "pass60")
    assert district.json("rounds", "show", "R1")["rules_digest"] == listed[0]["digest"]
    assert district.json("rules", "list")[0]["version"] == 1
    assert district.run("verify", "R1").stdout.startswith("R1: the audit chain holds")
