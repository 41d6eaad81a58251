"""Rounds on the command line: planned, opened with a word about keys, listed, closed."""

from datetime import UTC, datetime

import pytest

from survey.audit.models import AuditEntry
from tests.command_line import CLOSES, OPENS, ROUND, CommandLine, create

BEFORE = datetime(2026, 8, 1, tzinfo=UTC)
AFTER = datetime(2026, 9, 15, 16, 0, tzinfo=UTC)
PLAN = ("--title", "T", "--questionnaire", "C_window_sat", "--opens-at", OPENS)


def test_a_plan_is_shown_as_the_contract_says(district: CommandLine):
    made = create(district, "A_branch_mass:sector=社区,mode=open", "C_window_sat:org=W01+W04")
    assert made.stdout == (
        "R2026Q3  draft  2026-09-01T08:00:00+08:00 – 2026-09-16T00:00:00+08:00  三季度评议\n"
    )
    shown = district.json("rounds", "show", ROUND)
    (listed,) = district.json("rounds", "list")
    assert listed.items() <= shown.items()
    assert (shown["boxes"], shown["next_opening"], shown["anchor"]) == ([], None, "")
    assert shown["state"] == "draft"
    assert (shown["mode"], shown["opening"]) == ("open", "at_close")
    assert shown["paper_until"] == shown["closes_at"] == "2026-09-16T00:00:00+08:00"
    assert [(q["code"], q["sector"]) for q in shown["questionnaires"]] == [
        ("A_branch_mass", "社区"),
        ("C_window_sat", ""),
    ]
    assert "  A_branch_mass  open  社区\n" in district.run("rounds", "show", ROUND).stdout


def test_targets_follow_from_the_questionnaire_or_are_named(district: CommandLine):
    create(district, "A_branch_mass", "C_window_sat", code="ALL")
    district.run("rounds", "create", "ONE", *PLAN, "--closes-at", CLOSES, "--org", "W07")
    for code in ("ALL", "ONE"):
        district.run("rounds", "open", code, "--no-key-copy")
    everywhere = [point["org"] for point in district.json("points", "list", "ALL")]
    assert len(everywhere) == len(set(everywhere)) == 271
    assert [point["org"] for point in district.json("points", "list", "ONE")] == ["W07"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (("--closes-at", OPENS), "ROUND_INVALID"),
        (("--closes-at", CLOSES, "--paper-until", OPENS), "ROUND_INVALID"),
        (("--closes-at", CLOSES, "--questionnaire", "nonsense"), "QUESTIONNAIRE_NOT_FOUND"),
        (("--closes-at", CLOSES, "--questionnaire", "C_window_sat"), "ROUND_INVALID"),
        (("--closes-at", CLOSES, "--questionnaire", "A_branch_mass:org=W01"), "ROUND_INVALID"),
        (("--closes-at", CLOSES, "--questionnaire", "A_branch_mass:sector=X"), "NO_TARGETS"),
        (("--closes-at", CLOSES, "--questionnaire", "A_branch_mass:mode=X"), "ROUND_INVALID"),
    ],
)
def test_a_plan_that_does_not_hold_is_refused(
    district: CommandLine, changes: tuple[str, ...], code: str
):
    assert district.code("rounds", "create", "R1", *PLAN, *changes) == code


def test_a_code_is_used_once(opened: CommandLine):
    assert opened.code("rounds", "create", ROUND, *PLAN, "--closes-at", CLOSES) == "ROUND_EXISTS"
    assert opened.code("rounds", "create", "../R", *PLAN, "--closes-at", CLOSES) == "ROUND_INVALID"


def test_a_round_is_not_opened_without_a_word_about_its_keys(district: CommandLine):
    create(district, "C_window_sat:org=W01")
    asked = district.run("rounds", "open", ROUND, status=1)
    assert asked.stdout == ""
    assert asked.stderr.startswith("KEY_COPY_NEEDED: ")
    assert len(asked.stderr.splitlines()) == 1
    keys = list((district.home / "keys").glob("*.key"))
    assert len(keys) == 2
    assert all(str(key) in asked.stderr for key in keys)
    assert district.json("rounds", "show", ROUND)["state"] == "draft"


def test_keys_that_were_made_before_can_have_been_copied(district: CommandLine):
    create(district, "C_window_sat:org=W01")
    assert district.run("rounds", "open", ROUND, "--key-copied", status=1).stderr.startswith(
        "KEY_COPY_NEEDED: "
    )
    keys = sorted((district.home / "keys").glob("*.key"))
    district.run("rounds", "open", ROUND, "--key-copied")
    assert sorted((district.home / "keys").glob("*.key")) == keys
    assert district.json("rounds", "show", ROUND)["state"] == "open"


def test_a_round_is_opened_once(opened: CommandLine):
    assert opened.code("rounds", "open", ROUND, "--no-key-copy") == "ROUND_STATE"


def test_a_round_may_be_opened_before_its_time_and_not_after_it(district: CommandLine):
    create(district, "C_window_sat:org=W01", code="EARLY")
    create(district, "C_window_sat:org=W01", code="LATE")
    district.now = BEFORE
    district.run("rounds", "open", "EARLY", "--no-key-copy")
    assert district.json("rounds", "show", "EARLY")["state"] == "open"
    district.now = AFTER
    assert district.code("rounds", "open", "LATE", "--no-key-copy") == "ROUND_STATE"


def test_rounds_with_tickets_and_with_daily_boxes_are_opened(district: CommandLine):
    times = ("--closes-at", CLOSES)
    district.run("rounds", "create", "T", *PLAN, *times, "--mode", "ticket")
    district.run("rounds", "create", "D", *PLAN, *times, "--opening", "daily")
    assert district.run("rounds", "open", "T", "--no-key-copy")
    assert district.run("rounds", "open", "D", "--no-key-copy")


def test_points_are_listed_as_the_contract_says(opened: CommandLine):
    points = opened.json("points", "list", ROUND)
    assert [(p["org"], p["questionnaire"], p["mode"]) for p in points] == [
        ("B006", "A_branch_mass", "open"),
        ("B195", "A_branch_mass", "open"),
        ("W01", "C_window_sat", "open"),
    ]
    for point in points:
        assert list(point) == ["org", "questionnaire", "code", "url", "mode"]
        assert set(point["code"]) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
        assert len(point["code"]) == 8
        assert point["url"] == f"http://127.0.0.1:8000/q/{point['code']}"
    first = points[0]
    assert opened.run("points", "list", ROUND).stdout.splitlines()[0] == (
        f"{first['code']}  B006  A_branch_mass  {first['url']}"
    )
    assert opened.code("points", "list", "nonsense") == "ROUND_NOT_FOUND"


def test_a_round_is_closed_early_for_a_reason_that_is_kept(opened: CommandLine):
    assert opened.code("rounds", "close", ROUND, "--early", " ") == "ROUND_NOT_OVER"
    assert opened.code("rounds", "close", "nonsense") == "ROUND_NOT_FOUND"
    closed = opened.json("rounds", "close", ROUND, "--early", "机房要停电")
    shown = opened.json("rounds", "show", ROUND)
    counts = {"answers": 0, "unreadable": 0, "created": [], "merged": []}
    assert closed == {"code": ROUND, **counts, "anchor": shown["anchor"]}
    assert shown["state"] == "closed"
    assert datetime.fromisoformat(shown["closes_at"]) == opened.now
    assert recorded(opened, "round.close") == [(True, "机房要停电")]
    assert opened.code("rounds", "close", ROUND, "--early", "x") == "ROUND_STATE"


def test_a_round_is_closed_early_by_whoever_types_so(opened: CommandLine):
    opened.run("rounds", "close", ROUND)
    assert recorded(opened, "round.close") == [(True, "flask rounds close")]


def test_a_round_is_closed_at_its_time_without_a_reason(opened: CommandLine):
    opened.now = AFTER
    closed = opened.run("rounds", "close", ROUND)
    first, second = closed.stdout.splitlines()
    assert first == f"{ROUND}: 0 answers counted, 0 unreadable; 0 items opened, 0 reported again"
    assert second.split()[0] == "anchor"
    assert closed.stderr.splitlines()[0] == "stopped …"
    assert [early for early, _ in recorded(opened, "round.close")] == [False]


def test_a_draft_cannot_be_closed(district: CommandLine):
    create(district, "C_window_sat:org=W01")
    assert district.code("rounds", "close", ROUND, "--early", "x") == "ROUND_STATE"


def recorded(line: CommandLine, act: str) -> list[tuple[bool, str]]:
    """Return whether early and why, of every entry of the audit record about `act`."""
    with line.platform.sessions() as session:
        entries = session.query(AuditEntry).filter_by(act=act).order_by(AuditEntry.id)
        return [(entry.data["early"], entry.data["reason"]) for entry in entries]
