"""What people do with an item beside its steps: ask, answer, classify, plan, suspect."""

import re

import pytest

from survey import clock
from survey.accounts.policy import OPERATOR
from survey.rectification import service, suspicion
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


WRITTEN = "设备要到下月才到货，这句话不能丢"


@pytest.mark.parametrize(
    ("who", "what", "fields"),
    [
        ("chuangkou", "requests", {"kind": "extension", "workdays": "99", "reason": WRITTEN}),
        (
            "chuangkou",
            "requests",
            {
                "kind": "longterm",
                "reason": "",
                "goal": [WRITTEN, ""],
                "stage_day": ["2099-03-02", ""],
            },
        ),
        ("chuangkou", "handling", {"handling": "immediate", "note": WRITTEN, "revision": "1"}),
        ("danwei", "extend", {"workdays": "99", "reason": WRITTEN, "revision": "1"}),
        ("danwei", "move", {"to": "accepted", "note": WRITTEN, "revision": "1"}),
        ("yanshou", "suspicion", {"note": WRITTEN * 40}),
        ("chuangkou", "evidence", {"kind": "after", "caption": WRITTEN}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_was_written_stands_where_it_was_written_after_a_refusal(
    as_, number, who, what, fields
):
    page = f"/console/rectification/{number}"
    answer = as_(who).post(f"{page}/{what}", fields)
    told = answer.get_data(as_text=True)

    assert answer.status_code in (403, 409, 422)
    assert WRITTEN in told
    if what == "move":  # Nobody is asked for this step any more, so the words stand at the top.
        assert "您写的还在" in told
    else:
        [form] = re.findall(r'href="#form-([^"]+)">回到', told)
        assert re.search(rf'<details class="more" id="form-{form}" open>', told)
        assert told.count(WRITTEN) == told.split(f'id="form-{form}"')[1].count(WRITTEN)


def test_those_whose_work_is_suspected_do_not_read_of_it(held, as_, number):
    page = f"/console/rectification/{number}"

    def seen(who):
        return as_(who).get(page).get_data(as_text=True)

    as_("yanshou").post(f"{page}/suspicion", {"note": "照片是去年的"})
    for who in ("chuangkou", "danwei"):
        assert "弄虚作假" not in seen(who).replace("应付了事、弄虚作假", "")
        assert "照片是去年的" not in seen(who)
    for who in ("yanshou", "qu"):
        assert "照片是去年的" in seen(who)
    with held.sessions.begin() as session:
        suspicion.judge(session, OPERATOR, number, is_true=True, note="照片是旧的", now=clock.now())
    told = seen("chuangkou")
    assert "弄虚作假属实" in told
    assert "照片是旧的" in told
    assert "照片是去年的" not in told


def find_revision(held, number):
    with held.sessions() as session:
        return find(session, OPERATOR, number).row.revision
