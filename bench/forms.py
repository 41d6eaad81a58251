"""Every form that residents meet, open beside the sample district's own round."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bench.served import ROOT, Served, flask

MEMBERS = 60
SAMPLE = ROOT / "sample"
WORKBOOKS = (
    "B_member_review_B012",
    "D_service_hcp",
    "F_open_consult",
    "G_commit_verify_W04",
    "H_rectify_recheck",
)
BUDGETS = {"B_member_review": 30 * 1024}
BUDGET = 14 * 1024
"""Bytes that a first view may have on the wire; form B names each of `MEMBERS` people."""


@dataclass(frozen=True)
class Form:
    """A questionnaire and the addresses of all its open points."""

    code: str
    urls: tuple[str, ...]

    @property
    def budget(self) -> int:
        """Bytes that its first view may have on the wire."""
        return BUDGETS.get(self.code, BUDGET)


def open_every_form(platform: Served) -> list[Form]:
    """Open rounds of all forms that the sample district leaves out; return all forms by code."""
    branch = _fill_a_branch(platform)
    for name in WORKBOOKS:
        flask(
            platform.environ, "questionnaires", "import", str(SAMPLE / "xlsforms" / f"{name}.xlsx")
        )
    now = datetime.now().astimezone()
    times = ("--opens-at", (now - timedelta(hours=1)).isoformat())
    times += ("--closes-at", (now + timedelta(days=14)).isoformat())
    rounds = {
        "FORMS1": (
            "at_close",
            f"B_member_review:org={branch}",
            "F_open_consult",
            "G_commit_verify",
        ),
        "FORMS2": ("daily", "D_service_hcp", "H_rectify_recheck"),
    }
    points = list(platform.points)
    for code, (opening, *uses) in rounds.items():
        asked = [part for use in uses for part in ("--questionnaire", use)]
        flask(
            platform.environ,
            *("rounds", "create", code, "--title", code, "--opening", opening, *times, *asked),
        )
        flask(platform.environ, "rounds", "open", code, "--no-key-copy")
        points += json.loads(flask(platform.environ, "points", "list", code, "--json"))
    urls: dict[str, list[str]] = {}
    for point in points:
        urls.setdefault(point["questionnaire"], []).append(point["url"])
    return [Form(code, tuple(urls[code])) for code in sorted(urls)]


def _fill_a_branch(platform: Served) -> str:
    """Add as many people to the largest branch as make it `MEMBERS`; return its id."""
    with (SAMPLE / "members.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["evaluated"] == "1"]
    branch, count = Counter(row["branch_id"] for row in rows).most_common(1)[0]
    others = [row for row in rows if row["branch_id"] != branch][: MEMBERS - count]
    path = Path(platform.home) / "members.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        for place, row in enumerate(others, start=1):
            moved = {"member_id": f"M9{place:04d}", "branch_id": branch, "seq": 100 + place}
            writer.writerow(row | moved)
    flask(platform.environ, "members", "import", str(path))
    return branch
