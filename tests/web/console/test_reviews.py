"""Reviews by leaders through the real HTTP path."""

import pytest

from tests.inspections import review
from tests.web.console.conftest import PASSWORD
from tests.web.console.inspectors import open_office

MINE = "/console/reviews/mine"


@pytest.fixture
def office(sqlite_template, tmp_path):
    made = open_office(sqlite_template, tmp_path)
    yield made
    made.held.renderer.close()
    made.held.engine.dispose()


def signed(browser, org_id="B001", *, password=PASSWORD, name="丁四", revision=0, **changes):
    fields = {code: value for code, value in review(**changes).items() if value is not None}
    signature = {"signed_name": name, "password": password, "revision": revision}
    return browser.post(f"{MINE}/2/{org_id}", {**fields, **signature})


def text(response):
    return response.get_data(as_text=True)


def test_a_leader_signs_and_those_concerned_read_it(office):
    leader = office.as_("lingdao")
    assert "还有3个没有点评" in text(leader.get(MINE))
    page = text(leader.get(f"{MINE}/2/B001"))
    assert 'name="I01"' not in page
    assert "checked" not in page

    assert signed(leader).status_code == 303

    assert "还有2个没有点评" in text(leader.get(MINE))
    for name in ("qu", "lingdao"):
        shown = text(office.as_(name).get("/console/reviews/2/B001"))
        assert "材料清单没有及时更新" in shown
        assert "得分80.0" in shown
    assert "丁四" in text(office.as_("qu").get("/console/reviews/"))
    for name in ("chuang", "jian1"):
        assert office.as_(name).get("/console/reviews/2/B001").status_code == 404
    assert "领导点评指出" in text(office.as_("qu").get("/console/rectification/"))


def test_a_refused_signature_keeps_what_was_written(office):
    leader = office.as_("lingdao")

    for answer in (
        signed(leader, password="wrong"),
        signed(leader, name="丁五"),
        signed(leader, I21=None),
        signed(leader, I11="101"),
    ):
        assert answer.status_code == 422
        assert "窗口早开十五分钟" in text(answer)
    assert "还有3个没有点评" in text(leader.get(MINE))


def test_a_second_writing_starts_from_the_first(office):
    leader = office.as_("lingdao")
    signed(leader)
    page = text(leader.get(f"{MINE}/2/B001"))
    assert "窗口早开十五分钟" in page
    assert 'name="revision" value="1"' in page

    assert signed(leader, I11="60").status_code == 409
    assert signed(leader, revision=1, I11="60").status_code == 303
    assert "74.0" in text(office.as_("qu").get("/console/reviews/"))


def test_nobody_else_reviews(office):
    assert office.as_("qu").get(MINE).status_code == 403
    assert office.as_("lingdao").get(f"{MINE}/2/B003").status_code == 404
    assert signed(office.as_("lingdao"), "B003").status_code == 404
