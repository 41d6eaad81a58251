"""What people do with an item beside its steps: ask, answer, classify, plan, suspect."""

import pytest

from survey import clock
from survey.accounts.policy import OPERATOR
from survey.rectification import service
from survey.rectification.loading import find
from survey.rectification.states import Source, State


@pytest.fixture
def number(held):
    """An item of the window W01, which is being put right."""
    now = clock.now()
    with held.sessions.begin() as session:
        item = service.register(
            session, OPERATOR, "W01", source=Source.LOW_SCORE, problem="等候时间长", now=now
        )
        for state in (State.ASSIGNED, State.ACCEPTED, State.IN_PROGRESS):
            service.advance(session, OPERATOR, item.number, state, measures="增开窗口", now=now)
        return item.number


def test_asked_and_answered_planned_and_suspected(held, as_, number):
    page = f"/console/rectification/{number}"
    owner, unit, office = as_("chuangkou"), as_("danwei"), as_("qu")

    def sent(browser, what, **fields):
        answer = browser.post(f"{page}/{what}", fields)
        return answer.status_code, answer.get_data(as_text=True)

    def seen(browser):
        return browser.get(page).get_data(as_text=True)

    assert "申请延期" in seen(owner)
    assert sent(owner, "requests", kind="extension", workdays="x", reason="等货")[0] == 422
    assert sent(owner, "requests", kind="extension", workdays="5", reason="等货")[0] == 303
    assert "等上级答复" in seen(owner)
    assert "同意申请" in seen(unit)
    status, refused = sent(unit, "requests/answer", kind="extension", grants="no")
    assert (status, "不同意要写明理由" in refused) == (422, True)
    assert sent(unit, "requests/answer", kind="extension", answer="同意")[0] == 422
    assert sent(unit, "requests/answer", kind="extension", grants="yes")[0] == 303
    with held.sessions() as session:
        assert find(session, OPERATOR, number).row.extension_count == 1

    revision = find_revision(held, number)
    assert sent(owner, "handling", handling="complex", note="难", revision=revision)[0] in (
        403,
        409,
    )
    assert sent(owner, "handling", handling="immediate", revision=revision)[0] == 303
    assert "立行立改" in seen(owner)
    assert sent(owner, "suspicion", note="假")[0] == 403

    plan = {"goal": ["立项", "完工"], "stage_day": ["2099-03-02", "2099-06-01"]}
    assert sent(owner, "requests", kind="longterm", reason="要立项", **plan)[0] == 303
    assert "2099-06-01：完工" in seen(office)
    assert sent(office, "requests/answer", kind="longterm", grants="yes")[0] == 303
    told = seen(owner)
    assert "暂停计时" in told
    assert "2099年6月1日" in told
    assert sent(as_("yanshou"), "suspicion", note="照片是旧的")[0] == 303
    assert "正由纪检监督核实" in seen(office)
    assert as_("yanshou").get("/console/rectification/follow-ups/").status_code == 200


def find_revision(held, number):
    with held.sessions() as session:
        return find(session, OPERATOR, number).row.revision
