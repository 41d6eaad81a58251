"""Prints every measurement: `make bench`, or `python -m bench NAME …` for some."""

import sys

from bench import (
    documents,
    first_view,
    intake,
    journeys,
    leagues,
    ledger,
    measurement,
    opening,
    overload,
    paint,
    reports,
    start,
    statistics,
    taps,
)

MEASUREMENTS = {
    "documents": documents.measure,
    "first_view": first_view.measure,
    "intake": intake.measure,
    "slow_disk": intake.measure_slow_disk,
    "overload": overload.measure,
    "opening": opening.measure,
    "statistics": statistics.measure,
    "journeys": journeys.measure,
    "leagues": leagues.measure,
    "ledger": ledger.measure,
    "measurement": measurement.measure,
    "paint": paint.measure,
    "reports": reports.measure,
    "start": start.measure,
    "taps": taps.measure,
}

for name in sys.argv[1:] or MEASUREMENTS:
    MEASUREMENTS[name]()
