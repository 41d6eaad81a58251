"""Other evaluations on both databases: imported by the office, read up to the round's year."""

import pytest

from survey.accounts.models import Role
from survey.accounts.policy import Actor, Grant
from survey.audit import service as audit
from survey.errors import NotAllowed
from survey.ratings import outside
from tests.rounds import add_district

HEAD = "source,year,org_id,score,grade\n"


def staff(name, role, *path):
    return Actor(name, name, (Grant(role, path[-1], "/".join(path) + "/"),))


ANALYST = staff("tongji", Role.ANALYST, "D0")
UNIT = staff("danwei", Role.UNIT_ADMIN, "D0", "U01")


def test_results_are_kept_by_source_and_year_and_changed_on_the_record(session, now):
    add_district(session, now)

    def take(rows, actor=ANALYST):
        data = (HEAD + rows).encode()
        return outside.import_results(session, actor, data, "s.csv", now=now)

    with pytest.raises(NotAllowed):
        take("年度考核,2026,B001,90,\n", UNIT)
    first = take("年度考核,2026,B001,90,优秀\n行风评议,2025,B001,,一般\n年度考核,2027,B001,1,\n")
    assert first.added == 3
    second = take("年度考核,2026,B001,91,优秀\n年度考核,2026,B002,80,\n")
    assert (second.added, second.changed, second.unchanged) == (1, 1, 0)

    found = outside.results_of(session, "B001", up_to=2026)
    assert [(each.source, each.year, each.score, each.grade) for each in found] == [
        ("年度考核", 2026, 91, "优秀"),
        ("行风评议", 2025, None, "一般"),
    ]
    assert outside.results_of(session, "B001", up_to=2026, years=1)[0].year == 2026
    listed = outside.list_sources(session, ANALYST)
    assert [(each.source, each.year, each.count) for each in listed] == [
        ("年度考核", 2027, 1),
        ("年度考核", 2026, 2),
        ("行风评议", 2025, 1),
    ]
    assert audit.first_broken(session) is None
