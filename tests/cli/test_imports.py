"""Schema, organisations, rosters, promises and questionnaires: all of a file or nothing."""

import csv
from pathlib import Path

import openpyxl
import pytest

from tests.command_line import CommandLine
from tests.conftest import SAMPLE


def test_the_schema_goes_up_and_down(empty: CommandLine):
    assert empty.run("db", "current").stdout == "empty\n"
    behind = empty.run("db", "check", status=1)
    assert behind.stderr.startswith("SCHEMA_BEHIND: ")
    head = empty.json("db", "current")["head"]

    assert empty.run("db", "upgrade").stdout == f"at {head}\n"
    assert empty.json("db", "current") == {"current": head, "head": head}
    assert head in empty.run("db", "check").stdout
    assert empty.code("db", "downgrade", "nonsense") == "REVISION"
    assert empty.run("db", "downgrade", "base").stdout == "at base\n"


def test_the_sample_district_is_imported_once(district: CommandLine):
    counts = {"org": "organisations", "members": "members", "commitments": "commitments"}
    for group, name in counts.items():
        file = SAMPLE / f"{name}.csv"
        with file.open(encoding="utf-8-sig") as stream:
            rows = sum(1 for _ in csv.reader(stream)) - 1
        summary = district.json(group, "import", file)
        assert summary == {"added": 0, "changed": 0, "unchanged": rows}
        assert district.run(group, "import", file).stdout == (
            f"{name}: 0 added, 0 changed, {rows} unchanged\n"
        )


def test_a_workbook_is_as_good_as_a_csv_file(empty: CommandLine, tmp_path: Path):
    empty.run("db", "upgrade")
    with (SAMPLE / "organisations.csv").open(encoding="utf-8-sig") as stream:
        rows = list(csv.reader(stream))
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "tree.xlsx")

    assert empty.json("org", "import", tmp_path / "tree.xlsx")["added"] == len(rows) - 1
    unchanged = empty.json("org", "import", SAMPLE / "organisations.csv")["unchanged"]
    assert unchanged == len(rows) - 1


def test_every_bad_row_is_named_and_none_is_imported(district: CommandLine, tmp_path: Path):
    lines = (SAMPLE / "organisations.csv").read_text("utf-8-sig").splitlines()
    lines[2] = lines[2].replace(",unit,", ",nonsense,")
    lines[4] = lines[4].replace(",D0,", ",D9,")
    bad = tmp_path / "bad.csv"
    bad.write_text("\n".join(lines), "utf-8")

    refused = district.refused("org", "import", bad).stderr.splitlines()

    assert refused[0].startswith("IMPORT_REFUSED: 没有导入，")
    assert "第3行“level”：填了“nonsense”" in refused[1]
    assert 'Row 3, "level": found "nonsense"' in refused[1]
    assert any("第5行“parent_id”：填了“D9”" in line and "Row 5" in line for line in refused[2:])


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01\x02", "组织".encode("gbk"), b"%PDF-1.4", b"a,b\n1,2\n", b"PK\x03\x04 broken"],
    ids=["empty", "binary", "gbk", "pdf", "other columns", "broken zip"],
)
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_file_of_another_kind_is_refused(
    district: CommandLine, tmp_path: Path, content: bytes, ending: str
):
    file = tmp_path / f"file.{ending}"
    file.write_bytes(content)
    for group in ("org", "members", "commitments", "questionnaires", "rectification"):
        assert district.refused(group, "import", file).stderr.startswith("IMPORT_REFUSED: ")


def test_questionnaires_are_named_by_their_digest(district: CommandLine):
    form = SAMPLE / "xlsforms" / "C_window_sat.xlsx"
    again = district.json("questionnaires", "import", form)
    listed = district.json("questionnaires", "list")

    assert again in listed
    assert {"code": "C_window_sat", "subject": "window"}.items() <= again.items()
    assert len(again["digest"]) == 64
    assert [each["code"] for each in listed] == ["A_branch_mass", "C_window_sat"]
    line = f"C_window_sat {again['version']} {again['digest']} {again['title']}\n"
    assert district.run("questionnaires", "import", form).stdout == line
    assert line in district.run("questionnaires", "list").stdout


def test_a_questionnaire_is_shown_with_its_items(district: CommandLine):
    shown = district.json("questionnaires", "show", "C_window_sat")
    items = {item["code"]: item for item in shown["items"]}

    assert items["C52"]["relevant"]
    assert items["C50"]["required"] is True
    assert items["C11"]["dimension"] == "sunshine"
    assert items["C11"]["label_en"]
    plain = district.run("questionnaires", "show", "C_window_sat").stdout
    assert f"  C50  {items['C50']['type']}  {items['C50']['label']}\n" in plain
    assert district.code("questionnaires", "show", "nonsense") == "QUESTIONNAIRE_NOT_FOUND"


def test_a_broken_expression_is_named_by_sheet_row_and_column(
    district: CommandLine, tmp_path: Path
):
    book = openpyxl.load_workbook(SAMPLE / "xlsforms" / "C_window_sat.xlsx")
    sheet = book["survey"]
    header = [cell.value for cell in sheet[1]]
    column = header.index("relevant") + 1
    row = next(r for r in range(2, sheet.max_row) if sheet.cell(r, column).value)
    sheet.cell(row, column).value = "${C50} = = '1'"
    book.save(tmp_path / "bad.xlsx")

    refused = district.refused("questionnaires", "import", tmp_path / "bad.xlsx").stderr

    assert f"工作表“survey”第{row}行“relevant”" in refused
    assert f'row {row}, "relevant"' in refused


def test_all_nine_instruments_come_in_and_go_out_again(district: CommandLine, tmp_path: Path):
    codes = {}
    for file in sorted((SAMPLE / "xlsforms").glob("*.xlsx")):
        row = district.json("questionnaires", "import", file)
        out = tmp_path / file.name
        assert district.json("questionnaires", "export", row["code"], "--out", out) == {
            **row,
            "file": str(out),
        }
        assert district.json("questionnaires", "import", out)["digest"] == row["digest"]
        codes[file.name[0]] = row["code"]

    assert [codes[letter] for letter in "BGH"] == [
        "B_member_review",
        "G_commit_verify",
        "H_rectify_recheck",
    ]
    listed = district.json("questionnaires", "list")
    assert {row["code"] for row in listed} >= set(codes.values())
