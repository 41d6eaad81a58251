"""Prints every measurement: `make bench`, or `python -m bench NAME …` for some."""

import sys

<<<<<<< ours
from bench import first_view, intake, leagues, measurement, paint, reports, start
=======
from bench import first_view, intake, opening, overload, reports, start, statistics
>>>>>>> theirs

MEASUREMENTS = {
    "first_view": first_view.measure,
    "intake": intake.measure,
<<<<<<< ours
    "leagues": leagues.measure,
    "measurement": measurement.measure,
    "paint": paint.measure,
=======
    "slow_disk": intake.measure_slow_disk,
    "overload": overload.measure,
    "opening": opening.measure,
    "statistics": statistics.measure,
>>>>>>> theirs
    "reports": reports.measure,
    "start": start.measure,
}

for name in sys.argv[1:] or MEASUREMENTS:
    MEASUREMENTS[name]()
