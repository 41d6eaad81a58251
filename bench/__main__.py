"""Prints every measurement of the loop: `make bench`, or `python -m bench NAME …` for some."""

import sys

from bench import first_view, intake, leagues, measurement, paint, reports, start

MEASUREMENTS = {
    "first_view": first_view.measure,
    "intake": intake.measure,
    "leagues": leagues.measure,
    "measurement": measurement.measure,
    "paint": paint.measure,
    "reports": reports.measure,
    "start": start.measure,
}

for name in sys.argv[1:] or MEASUREMENTS:
    MEASUREMENTS[name]()
