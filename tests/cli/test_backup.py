"""`flask backup …` as an operator runs it."""

import shutil
from pathlib import Path

from tests.command_line import CommandLine


def test_a_backup_says_that_keys_are_not_in_it_and_is_restored(
    opened: CommandLine, tmp_path: Path
) -> None:
    file = tmp_path / "copies" / "copy.pingyi"
    printed = opened.run("backup", "create", file)
    made = opened.json("backup", "create", file)

    assert "the keys are NOT in it" in printed.stdout
    assert made["keys"] == "not included"
    assert opened.json("backup", "restore", file)["digest"] == made["digest"]
    opened.run("rounds", "list")


def test_a_backup_that_does_not_fit_is_refused(opened: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "copy.pingyi"
    opened.run("backup", "create", file)
    cut = tmp_path / "cut.pingyi"
    cut.write_bytes(file.read_bytes()[:-20_000])

    assert opened.code("backup", "restore", cut) == "BACKUP_DAMAGED"
    keys = opened.platform.config.keystore
    shutil.move(keys, tmp_path / "elsewhere")
    assert opened.code("backup", "restore", file) == "RESTORE_KEYS"
