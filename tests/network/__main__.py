"""Print what came of submissions through a faulty proxy: `python -m tests.network -n 10000`."""

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

import survey.sqlite  # noqa: F401 - must come before anything that opens a database
from tests.journeys.test_whole_loop import served
from tests.network.run import send_all, served_home

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Run once; exit with 1 when an answer was lost or counted twice."""
    parser = argparse.ArgumentParser(prog="make proxy", description=__doc__)
    parser.add_argument("-n", type=int, default=10_000, help="submissions")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        template, home = Path(folder) / "template.sqlite", Path(folder) / "home"
        home.mkdir()
        environ = {**os.environ, "PINGYI_DATABASE_URL": f"sqlite:///{template}"}
        flask = Path(sys.executable).with_name("flask")
        subprocess.run([flask, "db", "upgrade"], cwd=ROOT, env=environ, check=True)
        residents = served_home(template, home)
        with served(home) as site:
            outcome = send_all(residents, int(site.rpartition(":")[2]), given.n, seed=given.seed)
        residents.platform.engine.dispose()
    print(*outcome.lines(), sep="\n")
    sys.exit(outcome.lost > 0 or outcome.doubled != 0)


if __name__ == "__main__":
    main()
