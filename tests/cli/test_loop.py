"""The whole loop by commands alone: from the sample's spreadsheets to a closed item."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
from PIL import Image

from tests.command_line import ROUND, CommandLine

PEOPLE = {
    "quban": ("district_admin", "D0"),
    "zhengwu": ("unit_admin", "U17"),
    "yibao": ("window_manager", "W04"),
    "yanshou": ("verifier", "D0"),
}


def test_from_a_closed_round_to_a_closed_item(closed: CommandLine, tmp_path: Path):
    assert closed.json("rounds", "show", ROUND)["state"] == "closed"
    assert closed.json("verify", ROUND) == []
    for audience in ((), ("--internal",)):
        file = tmp_path / f"{ROUND}{''.join(audience)}.json"
        closed.run("results", "export", ROUND, "--out", file, *audience)
        figures = {each["org"]: each for each in json.loads(file.read_text("utf-8"))}
        assert figures["W04"]["status"] == "rankable"
        assert figures["B195"]["status"] == "suppressed"
    closed.run("reports", "build", ROUND, "--out", tmp_path, "--org", "W04", "--org", "B008")
    assert sorted(file.name for file in tmp_path.glob("*.pdf")) == [
        f"{ROUND}-B008-branch.pdf",
        f"{ROUND}-B008-duty.pdf",
        f"{ROUND}-W04-duty.pdf",
        f"{ROUND}-W04-window.pdf",
    ]

    [item] = [each for each in closed.json("rectification", "list") if is_slow_window(each)]
    assert (item["state"], item["source"]) == ("new", "ipa_q2")
    put_right(closed, item["number"], photo(tmp_path))

    closed.run("rectification", "export", "--out", tmp_path / "ledger.csv")
    closed.run("rectification", "export", "--format", "pdf", "--out", tmp_path / "ledger.pdf")
    with (tmp_path / "ledger.csv").open(encoding="utf-8-sig") as stream:
        [line] = [row for row in csv.DictReader(stream) if row["问题编号"] == item["number"]]
    assert line["问题来源"] == "四象限优先整改区"
    assert line["整改措施"] == "中午增开两个窗口"
    assert line["群众再评价"] == "参评40人，同意销号率94.7%"
    assert line["验收人、验收日期"] == "yanshou 2026-09-23"
    assert line["销号情况"] == "已销号 2026-09-25"
    with pikepdf.open(tmp_path / "ledger.pdf") as document:
        assert len(document.pages) >= 1
    assert closed.json("verify", ROUND) == []


def put_right(line: CommandLine, number: str, proof: Path) -> None:
    """Take an item from new to closed, each step by whose it is, and by nobody else."""
    for name, (role, org_id) in PEOPLE.items():
        line.run("accounts", "add", name, "--role", role, "--org", org_id)
    steps: list[tuple[str, str, tuple[object, ...]]] = [
        ("zhengwu", "assigned", ()),
        ("yibao", "accepted", ()),
        ("yibao", "in_progress", ("--measures", "中午增开两个窗口")),
        ("yibao", "submitted", ("--evidence", proof, "--kind", "after")),
        ("zhengwu", "unit_checked", ()),
        ("yanshou", "verified", ()),
        ("zhengwu", "recheck", ()),
        ("quban", "closed", ("--recheck", 40, 36, 2, 85)),
    ]
    for who, state, given in steps:
        move = ("rectification", "advance", number, "--to", state)
        others = {"quban", "yibao", "yanshou"} - {who}
        other = sorted(others)[-1]
        if state not in ("submitted", "verified"):
            assert line.code(*move, *given, "--as", other) == "NOT_YOUR_STEP"
        assert line.json(*move, *given, "--as", who)["state"] == state
        line.now += timedelta(days=1)
    told = line.json("rectification", "show", number)
    assert told["state"] == "closed"
    assert [event["actor"] for event in told["history"]][-2:] == ["quban", "quban"]
    assert line.code("rectification", "advance", number, "--to", "recheck") == "NOT_IN_STATE"


def is_slow_window(item: dict[str, Any]) -> bool:
    """Whether this is the finding that the sample is known to have: W04 is not quick enough."""
    return item["org"] == "W04" and item["source"] == "ipa_q2" and "高效服务" in item["problem"]


def photo(folder: Path) -> Path:
    """Write a picture that shows the result and return its file."""
    out = io.BytesIO()
    Image.new("RGB", (600, 400), "#3a7").save(out, "PNG")
    (folder / "after.png").write_bytes(out.getvalue())
    return folder / "after.png"
