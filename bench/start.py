"""Seconds from `make run` to the first page, on a platform that is already set up."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time

from bench.served import ROOT, free_port, wait_for


def measure() -> None:
    """Print the seconds of the first start (which loads the sample district) and of the second."""
    with tempfile.TemporaryDirectory() as home:
        for which in ("first, environment ready", "second"):
            port = free_port()
            begin = time.perf_counter()
            process = subprocess.Popen(
                ["make", "--no-print-directory", "run", f"PORT={port}", f"PINGYI_HOME={home}"],
                cwd=ROOT,
                env=os.environ,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
            wait_for(f"http://127.0.0.1:{port}/", seconds=300)
            print(f"start, {which}: {time.perf_counter() - begin:.1f} s")
            os.killpg(process.pid, signal.SIGINT)
            process.wait(60)
