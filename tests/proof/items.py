"""Search for a way to close an item that the law forbids: `python -m tests.proof.items -n 1000`."""

import argparse
import logging
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

import survey.schema  # noqa: F401 - puts the database library in place first
from tests.survey.rectification.machine import TRIED, Items


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=200, help="searches")
    given = parser.parse_args()
    logging.disable()
    searched = settings(
        max_examples=given.n,
        stateful_step_count=60,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    with tempfile.TemporaryDirectory() as folder:
        Items.folder = Path(folder)
        run_state_machine_as_test(Items, settings=searched)
    print(
        f"{given.n} searches: {TRIED['tried']} acts tried, {TRIED['taken']} let through, "
        f"{TRIED['closed']} closings; no way around the law"
    )


if __name__ == "__main__":
    main()
