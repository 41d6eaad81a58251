"""Files from outside shown to the office's own virus scanner before anything is kept of them."""

from __future__ import annotations

import shlex
import subprocess

from survey.errors import SurveyError

TIME_LIMIT = 60.0
"""Seconds that a scanner has for one file."""
CLEAN, INFECTED = 0, 1
"""Exit statuses, as clamdscan has them; every other one says that nothing was looked at."""


class FileInfected(SurveyError):
    """The scanner found something in a file."""

    code = "FILE_INFECTED"
    status = 422

    def __init__(self) -> None:
        super().__init__(
            "这个文件没有通过病毒检查，没有保存。请换一个文件，并检查您的电脑或手机",
            "The virus scanner found something in this file; it was not kept",
        )


class ScannerUnavailable(SurveyError):
    """The scanner gave no verdict, so nothing is taken."""

    code = "SCANNER_UNAVAILABLE"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            "病毒检查程序现在没有响应，文件没有保存。请过几分钟再传；还不行，请告诉系统管理员",
            "The virus scanner does not answer; the file was not kept. Send it again in a while",
        )


def scan(command: str, data: bytes) -> None:
    """Show `data` to a scanner on its standard input; nothing happens where `command` is empty.

    Args:
        command: words as a shell would split them, without a shell: `clamdscan --no-summary -`.
            Exit status 0 means clean and 1 infected.
        data: the file.

    Raises:
        FileInfected: it is not to be kept.
        ScannerUnavailable: no verdict was given in time, so it is not kept either.
    """
    if not command:
        return
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own setting
            shlex.split(command), input=data, capture_output=True, timeout=TIME_LIMIT, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        raise ScannerUnavailable from None
    if done.returncode == INFECTED:
        raise FileInfected
    if done.returncode != CLEAN:
        raise ScannerUnavailable
