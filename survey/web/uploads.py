"""Files that staff send, as bytes that the office's virus scanner let pass."""

from __future__ import annotations

from werkzeug.datastructures import FileStorage

from survey.scanning import scan
from survey.web.platform import platform


def received(file: FileStorage | None) -> bytes:
    """Return the content of a file field; empty where nothing was chosen.

    Raises:
        FileInfected, ScannerUnavailable: it is not to be kept.
    """
    return passed(file.read()) if file else b""


def passed(data: bytes) -> bytes:
    """Return `data`, once the scanner has let it pass.

    Raises:
        FileInfected, ScannerUnavailable: it is not to be kept.
    """
    scan(platform().config.scanner, data)
    return data
