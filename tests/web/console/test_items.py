"""A rectification item from new to closed, each step by the people whose step it is."""

import io

import pytest
from PIL import Image

from survey import clock
from survey.accounts import service as accounts
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR
from survey.rectification.loading import find
from survey.rectification.states import State
from tests.web.console.conftest import PASSWORD

SHEET = {"is_solved": "y", "are_measures_done": "y", "sheet_score": "88"}
"""An acceptance sheet that passes."""


def state_of(held, number):
    with held.sessions() as session:
        return find(session, OPERATOR, number).view.state


def revision_of(held, number):
    with held.sessions() as session:
        return find(session, OPERATOR, number).row.revision


@pytest.fixture
def item(held, as_):
    """A new item of the window W01, registered by its unit."""
    fields = {
        "org_id": "W01",
        "source": "low_score",
        "problem": "高峰时段等候时间长",
        "limit_workdays": "15",
    }
    response = as_("danwei").post("/console/rectification/new", fields)
    assert response.status_code == 303
    return response.location.split("/")[-1].split("?")[0]


@pytest.fixture
def take(held, as_):
    """Return a function that takes an item one step on, as somebody, and returns the answer."""

    def step(number, who, to, **fields):
        fields = {"to": to, "revision": revision_of(held, number), **fields}
        return as_(who).post(f"/console/rectification/{number}/move", fields)

    return step


def photo():
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "white").save(out, "JPEG")
    return out.getvalue()


def upload(browser, number, data, name="大厅东侧.jpg", kind="after"):
    return browser.post(
        f"/console/rectification/{number}/evidence",
        {"kind": kind, "caption": "大厅东侧", "file": (io.BytesIO(data), name)},
    )


def test_an_item_is_closed_when_residents_agree(held, as_, item, take):
    def done(who, to, **fields):
        response = take(item, who, to, **fields)
        assert response.status_code == 303, response.get_data(as_text=True)

    done("danwei", "assigned")
    done("chuangkou", "accepted")
    done("chuangkou", "in_progress", measures="上午增开2个弹性窗口")
    refused = take(item, "chuangkou", "submitted")
    assert refused.status_code == 422
    assert "整改后的照片" in refused.get_data(as_text=True)
    assert upload(as_("chuangkou"), item, photo()).status_code == 303
    done("chuangkou", "submitted")
    done("danwei", "unit_checked")
    refused = take(item, "yanshou", "verified", note="现场查看40分钟")
    assert "请填写验收单" in refused.get_data(as_text=True)
    ticks = dict.fromkeys(("is_solved", "are_measures_done", "has_no_relapse"), "y")
    done("yanshou", "verified", note="现场查看40分钟", sheet_score="86", **ticks)
    done("danwei", "recheck")
    done("qu", "recheck", n="35", agree="31", disagree="4", score="83.4")
    page = as_("qu").get(f"/console/rectification/{item}").get_data(as_text=True)
    assert "参评35人，同意销号31人" in page
    assert "88.6" in page
    done("qu", "closed")

    assert state_of(held, item) is State.CLOSED
    page = as_("qu").get(f"/console/rectification/{item}").get_data(as_text=True)
    assert "已销号" in page
    assert page.count('<li><svg class="ic"') >= 9


def test_a_page_offers_only_what_is_this_persons_to_do(as_, item, take):
    take(item, "danwei", "assigned")

    owner = as_("chuangkou").get(f"/console/rectification/{item}").get_data(as_text=True)
    unit = as_("danwei").get(f"/console/rectification/{item}").get_data(as_text=True)
    verifier = as_("yanshou").get(f"/console/rectification/{item}").get_data(as_text=True)

    assert "不归我们，退回分派" in owner
    assert "不归我们，退回分派" not in unit
    assert "申诉" in unit
    assert 'name="to"' not in verifier
    assert "现在轮到责任单位或单位管理员：受理" in verifier


@pytest.mark.parametrize(
    ("who", "to", "status", "said"),
    [
        ("yanshou", "assigned", 403, "要由"),
        ("chuangkou", "void", 403, "要由"),
        ("qu", "closed", 409, "不能直接变为"),
        ("shuji", "assigned", 404, ""),
        ("qu", "nowhere", 422, "没有这个去向"),
        ("qu", "void", 422, "理由"),
    ],
)
def test_a_step_of_somebody_else_is_refused_with_a_way_on(held, item, take, who, to, status, said):
    response = take(item, who, to)

    assert response.status_code == status
    assert said in response.get_data(as_text=True)
    assert state_of(held, item) is State.NEW


def test_what_was_written_is_kept_when_somebody_was_faster(held, as_, item, take):
    seen = revision_of(held, item)
    take(item, "danwei", "assigned")

    response = as_("qu").post(
        f"/console/rectification/{item}/move",
        {"to": "void", "revision": seen, "note": "重复登记，与另一件相同"},
    )
    page = response.get_data(as_text=True)

    assert response.status_code == 409
    assert "泉一言刚刚处理了这件" in page
    assert "重复登记，与另一件相同" in page


@pytest.mark.parametrize(
    "fields",
    [
        {"revision": ""},
        {"revision": "x"},
        {"note": "长" * 501},
        {"measures": "长" * 1001},
        {"n": "-1"},
        {"n": "9" * 30},
        {"score": "NaN"},
        {"score": "101"},
        {"stage_on": "明天"},
        {"org_id": "W" * 33},
    ],
)
def test_what_cannot_be_read_changes_nothing(held, item, take, fields):
    response = take(item, "danwei", "assigned", **fields)

    assert response.status_code == 422
    assert state_of(held, item) is State.NEW


def test_the_deadline_is_put_off_once_by_the_unit(held, as_, item, take):
    take(item, "danwei", "assigned")
    path = f"/console/rectification/{item}/extend"

    def ask(**fields):
        return as_("danwei").post(path, {"revision": revision_of(held, item), **fields})

    assert ask(workdays="11", reason="材料未到").status_code == 422
    assert ask(workdays="5", reason="").status_code == 422
    assert ask(workdays="5", reason="材料未到").status_code == 303
    assert ask(workdays="5", reason="再延").status_code == 409
    assert as_("chuangkou").post(path, {"workdays": "5", "reason": "求延"}).status_code == 403


def test_evidence_comes_back_as_it_may_be_shown(as_, item, take):
    take(item, "danwei", "assigned")
    take(item, "chuangkou", "accepted")
    owner = as_("chuangkou")
    upload(owner, item, photo(), "../../大厅<b>.jpg")
    page = owner.get(f"/console/rectification/{item}").get_data(as_text=True)
    path = page.split(f"/console/rectification/{item}/evidence/")[2].split('"')[0]

    sent = owner.get(f"/console/rectification/{item}/evidence/{path}")

    assert sent.mimetype == "image/jpeg"
    assert sent.headers["X-Content-Type-Options"] == "nosniff"
    assert "/" not in sent.headers["Content-Disposition"].replace("filename*=UTF-8''", "")
    assert "大厅<b>" not in page


@pytest.mark.parametrize("number", ["0", "-1", "1.0", "2147483648", "9" * 30])
def test_evidence_that_cannot_be_is_not_found(as_, item, number):
    assert as_("qu").get(f"/console/rectification/{item}/evidence/{number}").status_code == 404


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"<svg onload=alert(1)>", "a.svg"),
        (b"<html><script>", "a.jpg"),
        (b"MZ\x90\x00", "a.pdf"),
        (b"", "a.jpg"),
    ],
)
def test_files_that_are_not_what_they_say_are_refused(as_, item, take, data, name):
    take(item, "danwei", "assigned")
    take(item, "chuangkou", "accepted")

    response = upload(as_("chuangkou"), item, data, name)

    assert response.status_code == 422


def test_the_ledger_is_found_by_what_one_knows(as_, item):
    browser = as_("danwei")

    assert item in browser.get("/console/rectification/?q=等候时间").get_data(as_text=True)
    assert item in browser.get("/console/rectification/?state=new").get_data(as_text=True)
    assert item not in browser.get("/console/rectification/?state=closed").get_data(as_text=True)
    assert item not in as_("shuji").get("/console/rectification/").get_data(as_text=True)
    assert browser.get(f"/console/find?q={item.lower()}").location.endswith(item)


def test_the_ledger_goes_out_as_a_table_that_computes_nothing(as_, item):
    office = as_("qu")
    fields = {"org_id": "W01", "source": "manual", "limit_workdays": "5"}
    office.post("/console/rectification/new", {**fields, "problem": "=HYPERLINK(1)"})

    sent = office.get("/console/rectification/ledger.csv")

    assert sent.data.startswith("\ufeff".encode())
    assert ",=HYPERLINK" not in sent.get_data(as_text=True)
    assert "filename*=UTF-8''" in sent.headers["Content-Disposition"]


def test_the_same_person_does_not_put_right_and_accept(held, as_, item, take):
    with held.sessions.begin() as session:
        made = accounts.add_account(
            session, OPERATOR, "both", "两头忙", Role.VERIFIER, "U17", PASSWORD, now=clock.now()
        )
        accounts.add_grant(
            session, OPERATOR, made.account, Role.WINDOW_MANAGER, "W01", now=clock.now()
        )
    take(item, "danwei", "assigned")
    take(item, "both", "accepted")
    take(item, "both", "in_progress", measures="增开窗口")
    upload(as_("both"), item, photo())
    take(item, "both", "submitted")
    take(item, "danwei", "unit_checked")

    response = take(item, "both", "verified")

    assert response.status_code == 403
    assert "谁整改，谁不能验收" in response.get_data(as_text=True)
    assert state_of(held, item) is State.UNIT_CHECKED
