"""Complete durable responses per second: GET and POST, driven by wrk beside the server."""

from __future__ import annotations

from bench import intake_load
from bench.served import served

CONNECTIONS, SECONDS = (8, 16), 10


def measure() -> None:
    """Print stored responses per second and latencies at one busy point of each form."""
    with served() as platform:
        for questionnaire in ("A_branch_mass", "C_window_sat"):
            for connections in CONNECTIONS:
                result = intake_load.measure(
                    platform.point(questionnaire)["url"],
                    connections=connections,
                    seconds=SECONDS,
                    fresh="ik",
                    declined=["C55"],
                    post_only=False,
                )
                print(f"intake {questionnaire}, {connections} connections: {result}")
