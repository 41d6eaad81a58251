"""Complete durable responses per second: GET and POST, driven by wrk beside the server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bench.served import served

DRIVER = str(Path(__file__).with_name("intake_load.py"))
CONNECTIONS, SECONDS = 8, 10


def measure() -> None:
    """Print stored responses per second and latencies at one busy point of each form."""
    with served() as platform:
        for questionnaire in ("A_branch_mass", "C_window_sat"):
            url = platform.point(questionnaire)["url"]
            out = subprocess.run(
                [sys.executable, DRIVER, url, "-c", str(CONNECTIONS), "-s", str(SECONDS)],
                capture_output=True,
                text=True,
                check=True,
            )
            result = json.loads(out.stdout)
            print(f"intake {questionnaire}, {CONNECTIONS} connections: {result}")
