"""When nothing is sent: at night by the person's own hours, and on days without work."""

from __future__ import annotations

from datetime import datetime, tzinfo

from survey.rectification.workdays import Calendar, is_workday


def is_quiet(
    at: datetime, zone: tzinfo, calendar: Calendar, quiet_from: int, quiet_until: int
) -> bool:
    """Whether somebody is to be left in peace at the instant `at`.

    `quiet_from` and `quiet_until` are hours of the day, 0 to 23: from 20 until 8 is the night; the
    same hour twice is no quiet time. Days without work are quiet from midnight to midnight.
    """
    local = at.astimezone(zone)
    if not is_workday(calendar, local.date()):
        return True
    if quiet_from <= quiet_until:
        return quiet_from <= local.hour < quiet_until
    return local.hour >= quiet_from or local.hour < quiet_until
