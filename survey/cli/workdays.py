"""`flask workdays …`: the holidays and 调休 that deadlines are counted with."""

from __future__ import annotations

from pathlib import Path

import click

from survey import clock
from survey.cli.running import (
    EXISTING_FILE,
    actor_of,
    as_option,
    command,
    json_option,
    reading,
    show,
    writing,
)
from survey.rectification import workday_import
from survey.rectification.calendar import load_calendar, shipped
from survey.rectification.workdays import gap_warning, local_date

group = click.Group("workdays", help="Holidays and the weekends worked instead (调休).")


@command(group, "import")
@click.argument("file", type=EXISTING_FILE)
@as_option
@json_option
def import_file(file: Path, as_name: str | None, as_json: bool) -> None:
    """Import the days of a year (.csv or .xlsx: day, is_working, name): all rows or none."""
    with writing() as session:
        made = workday_import.import_workdays(
            session, actor_of(session, as_name), file.read_bytes(), file.name, now=clock.now()
        )
    row = {"years": list(made.years), "days": made.days}
    show(row, as_json=as_json, line=lambda each: f"{each['days']} days of {each['years']}")


@command(group, "list")
@json_option
def list_years(as_json: bool) -> None:
    """List the years whose holidays are known; warn of those that are needed and are not."""
    with reading() as session:
        calendar = load_calendar(session)
        missing = workday_import.missing_years(session, local_date(clock.now()))
    rows = [
        {
            "year": year,
            "days": sum(day.year == year for day in calendar.exceptions),
            "is_shipped": year in shipped().years,
        }
        for year in sorted(calendar.years)
    ]
    show(rows, as_json=as_json, line=lambda row: f"{row['year']}  {row['days']} days")
    if missing:
        click.echo(gap_warning(missing), err=True)
