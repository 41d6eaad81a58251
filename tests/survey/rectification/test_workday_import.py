"""Holidays and 调休: the shipped years are the State Council's, later ones are imported."""

from datetime import date, datetime

import pytest
from sqlalchemy.orm import Session

from survey.accounts.policy import OPERATOR
from survey.errors import ImportRefused, NotAllowed
from survey.rectification.calendar import load_calendar, shipped
from survey.rectification.workday_import import import_workdays, missing_years
from survey.rectification.workdays import add_workdays, is_workday
from tests.survey.rectification.conftest import People

# Days off and days worked, as the notices 国办发明电〔2023〕7号, 〔2024〕12号
# and 〔2025〕7号 have them.
OFF = {
    2024: "01-01 02-10/02-17 04-04/04-06 05-01/05-05 06-08/06-10 09-15/09-17 10-01/10-07",
    2025: "01-01 01-28/02-04 04-04/04-06 05-01/05-05 05-31/06-02 10-01/10-08",
    2026: "01-01/01-03 02-15/02-23 04-04/04-06 05-01/05-05 06-19/06-21 09-25/09-27 10-01/10-07",
}
WORKED = {
    2024: "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12",
    2025: "01-26 02-08 04-27 09-28 10-11",
    2026: "01-04 02-14 02-28 05-09 09-20 10-10",
}


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_the_shipped_years_are_those_of_the_notices(year: int) -> None:
    off: set[date] = set()
    for span in OFF[year].split():
        first, _, last = span.partition("/")
        days = [date.fromisoformat(f"{year}-{day}") for day in (first, last or first)]
        off |= {date.fromordinal(n) for n in range(days[0].toordinal(), days[1].toordinal() + 1)}
    worked = {date.fromisoformat(f"{year}-{day}") for day in WORKED[year].split()}
    whole_year = (
        date.fromordinal(n)
        for n in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())
    )
    for day in whole_year:
        expected = day in worked or (day.weekday() < 5 and day not in off)
        assert is_workday(shipped(), day) is expected, day


def table(*rows: str) -> bytes:
    return "\n".join(["day,is_working,name", *rows]).encode()


YEAR_2027 = [f"2027-10-{day:02},0,国庆节" for day in (1, 4, 5, 6, 7)]
YEAR_2027 += ["2027-01-01,休,元旦", "2027-05-03,放假,劳动节", "2027-10-09,班,调休"]


def test_a_later_year_is_imported_and_replaced_whole(session: Session, now: datetime) -> None:
    made = import_workdays(session, OPERATOR, table(*YEAR_2027), "2027.csv", now=now)
    assert (made.years, made.days) == ((2027,), 8)
    calendar = load_calendar(session)
    assert add_workdays(calendar, date(2027, 9, 30), 1) == date(2027, 10, 8)
    assert is_workday(calendar, date(2027, 10, 9))
    changed = [row for row in YEAR_2027 if "调休" not in row]
    import_workdays(session, OPERATOR, table(*changed), "2027.csv", now=now)
    assert not is_workday(load_calendar(session), date(2027, 10, 9))
    assert not is_workday(load_calendar(session), date(2026, 10, 1))


def test_every_bad_row_is_named_and_nothing_is_kept(session: Session, now: datetime) -> None:
    bad = ["2027-13-01,0,x", "2027-01-02,0,周六", "2027-01-04,1,周一", "2027-01-05,也许,x"]
    rows = table(*YEAR_2027, *bad, YEAR_2027[0])
    with pytest.raises(ImportRefused) as refused:
        import_workdays(session, OPERATOR, rows, "2027.csv", now=now)
    assert [(fault.row, fault.column) for fault in refused.value.faults] == [
        (10, "day"), (11, "is_working"), (12, "is_working"), (13, "is_working"), (14, "day"),
    ]  # fmt: skip
    with pytest.raises(ImportRefused, match="1 places"):
        import_workdays(session, OPERATOR, table(YEAR_2027[0]), "2027.csv", now=now)
    assert 2027 not in load_calendar(session).years
    with pytest.raises(NotAllowed):
        import_workdays(session, People.unit, table(*YEAR_2027), "2027.csv", now=now)


def test_a_year_that_is_missing_is_warned_of_in_time(session: Session) -> None:
    assert missing_years(session, date(2026, 10, 30)) == ()
    assert missing_years(session, date(2026, 11, 23)) == (2027,)
    assert missing_years(session, date(2027, 3, 1)) == (2027,)
