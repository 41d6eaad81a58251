"""The office's own virus scanner has the last word on files from outside."""

import sys

import pytest

from survey import scanning
from survey.scanning import FileInfected, ScannerUnavailable, scan

LOOKS = f"{sys.executable} -c \"import sys; sys.exit(b'EICAR' in sys.stdin.buffer.read())\""


def test_without_a_scanner_everything_passes() -> None:
    scan("", b"EICAR")


def test_what_it_finds_is_refused_and_the_rest_passes() -> None:
    scan(LOOKS, b"a photograph")
    with pytest.raises(FileInfected):
        scan(LOOKS, b"xx EICAR xx")


@pytest.mark.parametrize(
    "command", ["/no/such/program", f'{sys.executable} -c "import sys; sys.exit(2)"', '"unclosed']
)
def test_without_a_verdict_nothing_is_taken(command: str) -> None:
    with pytest.raises(ScannerUnavailable):
        scan(command, b"a photograph")


def test_a_scanner_that_hangs_gives_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "TIME_LIMIT", 0.2)
    with pytest.raises(ScannerUnavailable):
        scan(f'{sys.executable} -c "import time; time.sleep(30)"', b"")
