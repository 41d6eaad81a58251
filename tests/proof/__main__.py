"""Print what came of killing the platform: `python -m tests.proof -n 200`."""

import argparse
import secrets
import sys
import time

import survey.sqlite  # noqa: F401 - must come before anything that opens a database
from tests.proof.campaign import POSTGRESQL, SQLITE, Outcome, prove
from tests.proof.documents import prove_documents
from tests.proof.outages import outage


def show(outcome: Outcome) -> None:
    """Print how far a campaign has come."""
    print(f"{outcome.database}: {outcome.kills.total()} kills", file=sys.stderr, flush=True)


def main() -> None:
    """Run the proof on one database or both; exit with 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="make proof", description=__doc__)
    parser.add_argument("-n", type=int, default=200, help="kills on each database")
    parser.add_argument("--database", choices=(SQLITE, POSTGRESQL), action="append")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    parser.add_argument(
        "--outage", type=float, default=60, help="seconds for which each database is away; 0: never"
    )
    parser.add_argument(
        "--documents", type=int, default=200, help="branches whose documents are made; 0: none"
    )
    given = parser.parse_args()
    faults = 0
    print(f"seed {given.seed}", flush=True)
    for database in given.database or (SQLITE, POSTGRESQL):
        begin = time.monotonic()
        outcome = prove(database, given.n, seed=given.seed, progress=show)
        faults += len(outcome.faults)
        print(*outcome.lines(), f"  {time.monotonic() - begin:.0f} s", sep="\n", flush=True)
        if given.outage:
            away = outage(database, given.outage, seed=given.seed)
            faults += len(away.faults)
            print(*away.lines(), sep="\n", flush=True)
        if given.documents:
            kills = max(2, given.documents // 10)
            made = prove_documents(database, given.documents, kills, seed=given.seed)
            faults += len(made.faults)
            print(*made.lines(), sep="\n", flush=True)
    sys.exit(faults > 0)


if __name__ == "__main__":
    main()
