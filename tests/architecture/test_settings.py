"""Settings: every one is documented, and none is read anywhere but in its place."""

import ast
import re
from pathlib import Path

import pytest

from survey.config import Config
from survey.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]
PLACES = {
    "survey/config.py",
    "survey/outgoing.py",  # is given the environment by config.py
    "survey/start.py",
    "gunicorn.conf.py",
    "survey/__init__.py",  # tells numpy, which reads the environment alone
}


def sources() -> list[Path]:
    found = [*ROOT.glob("*.py")]
    for package in ("forms", "reports", "survey"):
        found += (ROOT / package).rglob("*.py")
    return found


def test_every_setting_is_documented() -> None:
    text = "".join((ROOT / place).read_text() for place in PLACES if (ROOT / place).exists())
    named = set(re.findall(r"\bPINGYI_[A-Z_]+\b", text))
    documented = (ROOT / "docs/operations.md").read_text()
    assert {name for name in named if f"`{name}`" not in documented} == set()


def test_the_environment_is_read_in_its_place_only() -> None:
    readers = set()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv"):
                readers.add(path.relative_to(ROOT).as_posix())
    assert readers <= PLACES | {"reports/pdf.py", "reports/renderer.py"}


def test_the_time_is_read_in_its_place_only() -> None:
    readers = set()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in ("now", "today", "utcnow"):
                owner = ast.unparse(node.value)
                if owner in ("datetime", "date", "datetime.datetime", "dt.datetime"):
                    readers.add(path.relative_to(ROOT).as_posix())
    # A form that asks for today() or now() has them from whoever is evaluating it, phone or server.
    assert readers == {"survey/clock.py", "forms/expressions.py"}


def test_a_secret_is_made_on_first_start_and_kept(tmp_path: Path) -> None:
    first = Config.from_environ({"PINGYI_HOME": str(tmp_path)})
    again = Config.from_environ({"PINGYI_HOME": str(tmp_path)})
    assert first.secret_key == again.secret_key
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "address", ["ftp://host", "host:8000", "https://host/path", "http://", "javascript:alert(1)"]
)
def test_a_base_url_that_cannot_be_printed_stops_the_start(tmp_path: Path, address: str) -> None:
    with pytest.raises(ConfigError):
        Config.from_environ({"PINGYI_HOME": str(tmp_path), "PINGYI_BASE_URL": address})


def test_an_unknown_audience_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        Config.from_environ({"PINGYI_HOME": str(tmp_path), "PINGYI_AUDIENCES": "public,staff"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PINGYI_TIMEZONE", "Asia/Beijing"),
        ("PINGYI_TIMEZONE", "../etc/passwd"),
        ("PINGYI_TIMEZONE", ""),
        ("PINGYI_LOCALE", "fr"),
    ],
)
def test_a_place_or_language_that_nobody_knows_stops_the_start(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(ConfigError, match=name):
        Config.from_environ({"PINGYI_HOME": str(tmp_path), name: value})
