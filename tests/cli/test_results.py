"""Figures and documents of the sample round, exported on the command line."""

import codecs
import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from tests.command_line import ROUND, CommandLine
from tests.conftest import SAMPLE

TOOL = SAMPLE.parent / "tools" / "verify_round.py"
EXPECTED: dict[str, Any] = json.loads((SAMPLE / "expected_results.json").read_text("utf-8"))
SHAPE = {
    "round", "org", "level", "questionnaire", "status", "n", "received", "excluded", "void",
    "issued", "items", "overall", "dimensions", "csi", "mass", "rank",
}  # fmt: skip


def exported(line: CommandLine, file: Path, *flags: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the exported objects by organisation and questionnaire."""
    line.run("results", "export", ROUND, "--format", "json", "--out", file, *flags)
    objects = json.loads(file.read_text("utf-8"))
    return {(each["org"], each["questionnaire"]): each for each in objects}


def leaves(data: Any) -> Iterator[Any]:
    """Yield every value in nested objects and lists."""
    if isinstance(data, dict | list):
        for each in data.values() if isinstance(data, dict) else data:
            yield from leaves(each)
    else:
        yield data


def near(value: Any) -> Any:
    """Return what equals `value` to four decimals."""
    return pytest.approx(value, abs=5e-5)


def test_figures_are_the_expected_ones(closed: CommandLine, tmp_path: Path):
    found = exported(closed, tmp_path / "internal.json", "--internal")
    for org, wanted in EXPECTED["C"].items():
        figures = found[org, "C_window_sat"]
        overall, dimensions = figures["overall"], figures["dimensions"]
        assert figures.keys() >= SHAPE
        assert (figures["round"], figures["level"], figures["issued"]) == (ROUND, "window", None)
        assert (figures["n"], figures["received"]) == (wanted["n"], wanted["all_n"])
        assert figures["excluded"] == wanted["all_n"] - wanted["n"]
        assert (overall["item"], overall["index"]) == ("C50", near(wanted["index_C50"]))
        assert (overall["top2"], overall["top3"]) == (near(wanted["top2"]), near(wanted["top3"]))
        assert overall["top2_interval"] == near(wanted["wilson_top2"])
        assert overall["top3_interval"] == near(wanted["wilson_top3"])
        assert overall["top2_method"] == overall["top3_method"] == "wilson"
        for name in ("importance", "performance"):
            assert {key: d[name] for key, d in dimensions.items()} == near(wanted[name])
        assert {k: d["index"] for k, d in dimensions.items()} == near(wanted["dimension_index"])
        assert {k: d["quadrant"] for k, d in dimensions.items()} == wanted["quadrant"]
        assert figures["csi"] == near(wanted["csi"])
    for org, wanted in EXPECTED["A"].items():
        figures = found[org, "A_branch_mass"]
        assert (figures["n"], figures["status"]) == (wanted["n"], wanted["status"])
        assert figures["mass"] == (wanted["mass"] and near(wanted["mass"]))
        if wanted.get("items"):
            indices = {code: figures["items"][code]["index"] for code in wanted["items"]}
            assert indices == near(wanted["items"])
            assert figures["overall"]["top2_interval"] == near(wanted["wilson_top2"])


def test_what_the_public_reads_hides_small_numbers(closed: CommandLine, tmp_path: Path):
    figures = exported(closed, tmp_path / "public.json")["B195", "A_branch_mass"]
    assert figures["status"] == "suppressed"
    assert [value for value in leaves(figures) if isinstance(value, int | float)] == []


def test_figures_are_a_table_too(closed: CommandLine, tmp_path: Path):
    out = ("--out", tmp_path / "r.csv", "--bom")
    told = closed.run("results", "export", ROUND, "--format", "csv", *out)
    with (tmp_path / "r.csv").open(encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["org"] for row in rows} >= {"W01", "B006", "D0"}
    assert (tmp_path / "r.csv").read_bytes().startswith(codecs.BOM_UTF8)
    digest = told.stdout.split()[-1]
    assert f"数据摘要：{digest}\n" in (tmp_path / "r.csv.method.txt").read_text("utf-8")


@pytest.mark.parametrize("format_", ["json", "csv", "xlsx", "sav"])
def test_every_format_holds_the_same_figures(closed: CommandLine, tmp_path: Path, format_: str):
    def digest(name: str) -> str:
        out = ("--out", tmp_path / f"r.{name}")
        return str(
            closed.run("results", "export", ROUND, "--format", name, *out).stdout.split()[-1]
        )

    assert digest(format_) == digest("json")
    assert (tmp_path / f"r.{format_}").stat().st_size > 10_000


def test_nothing_is_exported_before_the_box_is_opened(opened: CommandLine, tmp_path: Path):
    for audience in ((), ("--internal",)):
        out = ("--out", tmp_path / "x.json")
        assert opened.code("results", "export", ROUND, *out, *audience) == "RESULTS_SEALED"
    assert opened.code("reports", "build", ROUND, "--out", tmp_path) == "RESULTS_SEALED"
    assert list(tmp_path.glob("*.*")) == []


def test_an_export_that_fails_is_not_recorded(closed: CommandLine, tmp_path: Path):
    (tmp_path / "file").write_text("")
    out = ("--out", tmp_path / "file" / "r.json")
    assert closed.code("results", "export", ROUND, *out) == "FILE"


def test_reports_are_made_once(closed: CommandLine, tmp_path: Path):
    wanted = ("--out", tmp_path, "--format", "pdf,json", "--org", "W04", "--org", "B006")
    first = closed.run("reports", "build", ROUND, *wanted).stdout
    made = len(list(tmp_path.glob(f"{ROUND}-*")))
    assert first == f"{made} made, 0 there already, 0 failed\n"
    for name in (f"{ROUND}-W04-window.pdf", f"{ROUND}-B006-branch.pdf"):
        with pikepdf.open(tmp_path / name) as document:
            assert 3 <= len(document.pages) <= 10
    # What somebody put in the place of a document is not left there.
    (tmp_path / f"{ROUND}-W04-window.pdf").write_bytes(b"")
    assert closed.run("reports", "build", ROUND, *wanted).stdout == (
        f"1 made, {made - 1} there already, 0 failed\n"
    )


def test_the_ledger_is_one_of_the_documents(closed: CommandLine, tmp_path: Path):
    printed = closed.run("reports", "build", ROUND, "--out", tmp_path, "--kind", "ledger")
    assert "LOCAL_ADDRESS" in printed.stderr, "codes of this machine help nobody else"
    assert (tmp_path / f"{ROUND}-D0-ledger.pdf").is_file()


def test_a_report_that_cannot_be_is_refused(closed: CommandLine, tmp_path: Path):
    build = ("reports", "build", ROUND, "--out", tmp_path)
    assert closed.code(*build, "--org", "nonsense") == "NOT_FOUND"
    assert closed.code(*build, "--org", "W01", "--kind", "branch") == "NOT_FOUND"
    assert closed.code("reports", "build", "nonsense", "--out", tmp_path) == "ROUND_NOT_FOUND"


def test_reports_come_with_a_manifest_that_the_record_knows(closed: CommandLine, tmp_path: Path):
    folder = tmp_path / "reports"
    closed.run("reports", "build", ROUND, "--org", "W01", "--out", str(folder))
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert set(manifest["files"]) == {file.name for file in folder.glob("*.pdf")}
    closed.run("reports", "build", ROUND, "--org", "W01", "--out", str(folder))

    bundle = tmp_path / "bundle"
    closed.run("verify", ROUND, "--bundle", str(bundle))
    command = [sys.executable, "-I", str(TOOL), str(bundle), "--reports", str(folder)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    anchor = closed.json("rounds", "show", ROUND)["anchor"]
    assert subprocess.run([*command, "--anchor", anchor], check=False).returncode == 0
    assert closed.code("verify", ROUND, "--anchor", "0" * 64) == "VERIFICATION_FAILED"
