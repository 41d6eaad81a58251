"""The import contracts of pyproject.toml hold, and the pure packages stay pure at run time."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_import_contracts_are_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_the_instrument_loads_without_web_or_database() -> None:
    code = (
        "import sys, forms.definition;"
        "sys.exit(bool({'flask', 'sqlalchemy', 'wtforms'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
