"""What waits for whom, many items at once with an outcome each, and acceptance sent by a phone."""

import io
import re

import pytest
from PIL import Image

from survey import clock
from survey.accounts.policy import OPERATOR
from survey.org.models import Organisation
from survey.rectification import bulk, evidence, service
from survey.rectification.loading import find
from survey.rectification.states import STEP_WORKDAYS, Source, State

DESK = "/console/rectification/desk/"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
WAY = (
    (State.ASSIGNED, {}),
    (State.ACCEPTED, {}),
    (State.IN_PROGRESS, {"measures": "高峰时段增开窗口"}),
    (State.SUBMITTED, {}),
    (State.UNIT_CHECKED, {}),
)


@pytest.fixture
def stand(held):
    """Return a function that registers an item of W01 and takes it to a state."""

    def made(state, problem="等候时间长"):
        now = clock.now()
        with held.sessions.begin() as session:
            item = service.register(
                session, OPERATOR, "W01", source=Source.SPOT_CHECK, problem=problem, now=now
            )
            for to, given in WAY:
                if item.state == state:
                    break
                if to is State.SUBMITTED:
                    evidence.add_evidence(
                        session,
                        OPERATOR,
                        item.number,
                        PDF,
                        "记录.pdf",
                        folder=held.config.evidence,
                        now=now,
                    )
                service.advance(session, OPERATOR, item.number, to, now=now, **given)
            return item.number

    return made


def text(response):
    return response.get_data(as_text=True)


def seen(held, number):
    with held.sessions() as session:
        row = find(session, OPERATOR, number).row
        return row.state, row.revision, len(row.transitions), len(row.evidence)


def picks(page):
    return re.findall(r'name="pick" value="([^"]+)"', page)


def test_an_owner_sees_the_next_step_of_each_item_overdue_first(held, stand, as_):
    new, working = stand(State.ASSIGNED), stand(State.IN_PROGRESS, "窗口太少")
    with held.sessions.begin() as session:
        row = find(session, OPERATOR, working).row
        row.due_on = row.due_on.replace(year=row.due_on.year - 1)
    page = text(as_("chuangkou").get(DESK))
    assert "有1件逾期" in page
    assert page.index(working) < page.index(new)
    assert page.index("拍照片") < page.index(">受理<")
    assert "等您办的" in text(as_("danwei").get(DESK))
    assert "现在没有等您办的" in text(as_("shuji").get(DESK))


def test_many_at_once_each_with_its_outcome_and_nothing_half_done(held, stand, as_):
    numbers = [stand(State.NEW, f"问题{n}") for n in range(3)]
    unit = as_("danwei")
    offered = picks(text(unit.get(DESK)))
    ticked = [value for value in offered if value.split(":")[0] in numbers]
    assert len(ticked) == 3
    with held.sessions.begin() as session:
        service.advance(session, OPERATOR, numbers[1], State.VOID, now=clock.now(), note="误评")

    response = unit.post(DESK, {"step": "assign", "pick": [*ticked, "ZG-2026-9999:1"]})

    page = text(response)
    assert "2件已分派，2件没有办成" in page
    assert "操作员刚刚处理了这件" in page
    assert [seen(held, number)[0] for number in numbers] == ["assigned", "void", "assigned"]


@pytest.mark.parametrize("step", ["verify", "close", "void", ""])
def test_acceptance_and_closing_are_never_done_for_many(held, stand, as_, step):
    number = stand(State.UNIT_CHECKED)
    fields = {"step": step, "pick": f"{number}:{seen(held, number)[1]}"}
    response = as_("yanshou").post(DESK, fields)
    assert response.status_code == 422
    assert seen(held, number)[0] == "unit_checked"
    assert set(bulk.STEPS) == {"assign", "accept", "check"}


def test_whose_step_it_is_decides_in_bulk_too(held, stand, as_):
    number = stand(State.SUBMITTED)
    fields = {"step": "check", "pick": f"{number}:{seen(held, number)[1]}"}
    assert "这一步要由" in text(as_("chuangkou").post(DESK, fields))
    assert "记录.pdf" in text(as_("danwei").get(DESK))
    assert "1件已审核通过" in text(as_("danwei").post(DESK, fields))
    assert seen(held, number)[0] == "unit_checked"


def photo():
    out = io.BytesIO()
    Image.new("RGB", (80, 60), "white").save(out, "JPEG")
    return out.getvalue()


SHEET = {
    "id": "k" * 24,
    "result": "pass",
    "is_solved": "1",
    "are_measures_done": "1",
    "score": "85",
    "note": "现场看过",
}
JSON = {"headers": {"Accept": "application/json"}}


def test_a_phone_sends_its_decision_as_often_as_it_likes(held, stand, as_):
    number = stand(State.UNIT_CHECKED)
    phone, path = as_("yanshou"), f"/console/rectification/field/{number}"
    page = phone.get(path)
    assert page.headers["Pingyi-Offline"] == "1"
    steps = re.search(r'name="steps" value="(\d+)"', text(page))[1]
    for _ in range(2):
        sent = phone.post(f"{path}/photos", {"file": (io.BytesIO(photo()), "p.jpg")})
        assert re.fullmatch("[0-9a-f]{64}", sent.json["digest"])
    for _ in range(2):
        assert phone.post(path, SHEET | {"steps": steps}, **JSON).json["stored"] is True
    state, _revision, taken, files = seen(held, number)
    assert (state, taken, files) == ("verified", int(steps) + 1, 2)

    other = phone.post(path, SHEET | {"steps": steps, "note": "另一份"}, **JSON)
    assert (other.status_code, other.json["code"]) == (409, "SENDING_FAULTY")

    # What was accepted on papers alone is closed without a recheck; sent again, the sheet that was
    # received before is still received, though a closed item takes no photographs.
    closing = {"to": "closed", "revision": seen(held, number)[1]}
    assert as_("qu").post(f"/console/rectification/{number}/move", closing).status_code == 303
    again = SHEET | {"steps": steps, "photo1": (io.BytesIO(photo()), "p.jpg")}
    assert phone.post(path, again, **JSON).json["stored"] is True
    assert seen(held, number)[0] == "closed"
    assert seen(held, number)[3] == files


def test_what_changed_meanwhile_is_said_and_nothing_is_decided(held, stand, as_):
    number = stand(State.UNIT_CHECKED)
    phone, path = as_("yanshou"), f"/console/rectification/field/{number}"
    steps = str(seen(held, number)[2])
    back = {"id": "q" * 24, "result": "fail", "note": "材料不对", "steps": steps}
    assert as_("qu").post(path, back).status_code == 303
    answer = phone.post(path, SHEET | {"steps": steps}, **JSON)
    assert (answer.status_code, answer.json["code"]) == (409, "CHANGED_MEANWHILE")
    assert "您写的意见已保留" in answer.json["message"]
    assert seen(held, number)[0] == "in_progress"
    assert "不用验收了" in text(phone.get(path))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"score": "69"}, "ACCEPTANCE_FAILED"),
        ({"score": ""}, "SHEET_REQUIRED"),
        ({"result": ""}, "SHEET_REQUIRED"),
        ({"result": "fail", "note": ""}, "REASON_REQUIRED"),
        ({"id": "short"}, "SENDING_FAULTY"),
    ],
)
def test_a_sheet_that_does_not_pass_is_refused_and_kept(held, stand, as_, changes, code):
    number = stand(State.UNIT_CHECKED)
    path = f"/console/rectification/field/{number}"
    fields = SHEET | {"steps": str(seen(held, number)[2])} | changes
    assert as_("yanshou").post(path, fields, **JSON).json["code"] == code
    page = as_("yanshou").post(path, fields)
    assert page.status_code in (409, 422)
    assert fields["note"] in text(page)
    assert seen(held, number)[0] == "unit_checked"


def test_sent_back_without_script(held, stand, as_):
    number = stand(State.UNIT_CHECKED)
    fields = {"id": "f" * 24, "result": "fail", "note": "仍然排长队", "steps": "6"}
    response = as_("yanshou").post(f"/console/rectification/field/{number}", fields)
    assert response.status_code == 303
    assert seen(held, number)[0] == "in_progress"


def test_the_board_counts_what_one_sees(held, stand, as_):
    stand(State.SUBMITTED)
    with held.sessions.begin() as session:
        service.register(
            session, OPERATOR, "B070", source=Source.MANUAL, problem="灯不亮", now=clock.now()
        )
    board = "/console/rectification/board/"
    shown = [
        int(re.search(r"<h1>(\d+)件没有了结", text(as_(name).get(board)))[1])
        for name in ("qu", "danwei", "shuji")
    ]
    assert shown[0] > shown[1] > 0
    assert shown[0] > shown[2] > 0
    page = text(as_("danwei").get(board))
    assert "?unit=U17" in page
    assert f"派出后{STEP_WORKDAYS[State.ASSIGNED]}个工作日" in page


def test_the_ledger_is_filtered_saved_and_exported(held, stand, as_):
    stand(State.NEW, "叫号秩序混乱")
    stand(State.IN_PROGRESS, "监督电话无人接听")
    unit, other = as_("danwei"), as_("qu")
    page = unit.get("/console/rectification/?q=叫号&cols=measures&cols=state").get_data(
        as_text=True
    )
    assert "叫号秩序混乱" in page
    assert "监督电话" not in page
    assert 'scope="col">整改措施' in page
    assert "监督电话" in text(unit.get("/console/rectification/?state=b"))
    assert "监督电话" in text(unit.get("/console/rectification/?q=高峰 窗口"))
    assert "没有这样的问题" in unit.get("/console/rectification/?sector=社区").get_data(
        as_text=True
    )
    nonsense = "/console/rectification/?from=x&sort=y&state=z&cols=w&source=v"
    assert "叫号秩序混乱" in text(unit.get(nonsense))

    kept = unit.post("/console/rectification/views", {"name": "叫号", "query": "q=叫号&evil=1"})
    assert kept.status_code == 303
    assert ">叫号</a>" in text(unit.get("/console/rectification/"))
    assert ">叫号</a>" not in text(other.get("/console/rectification/"))
    csv = text(unit.get("/console/rectification/ledger.csv?q=叫号"))
    assert csv.count("ZG-") == 1
    assert unit.get("/console/rectification/ledger.xlsx?q=叫号").data.startswith(b"PK")

    assert (
        unit.post("/console/rectification/views", {"name": "", "query": "q=x"}).status_code == 422
    )
    assert other.post("/console/rectification/views/1/delete").status_code == 404
    assert unit.post("/console/rectification/views/1/delete").status_code == 303
    assert ">叫号</a>" not in text(unit.get("/console/rectification/"))


def test_an_old_ledger_is_looked_at_before_it_is_taken(held, as_):
    path, unit = "/console/rectification/import/", as_("danwei")
    table = (
        "来源,存在问题,责任单位,登记时间,完成时限,状态\n"
        "差评,态度生硬,%s,2026-09-01,2026-09-08,整改中\n"
        "备注：<b>窗口已整改</b>\n"
    )

    def sent(owner):
        data = io.BytesIO((table % owner).encode("gbk"))
        return unit.post(path, {"file": (data, "旧台账.csv")})

    wrong = sent("没有的窗口")
    assert wrong.status_code == 422
    assert "没有的窗口" in text(wrong)
    assert "没有这个单位" in text(wrong)
    with held.sessions() as session:
        name = session.get(Organisation, "W01").name
    seen_first = text(sent(name))
    assert "读到1件，还没有导入" in seen_first
    assert "第3行：备注：&lt;b&gt;窗口已整改" in seen_first
    assert "态度生硬" not in text(unit.get("/console/rectification/"))
    fields = dict(re.findall(r'name="(digest|suffix)" value="([^"]+)"', seen_first))
    assert as_("qu").post(f"{path}take", fields).status_code == 404
    assert unit.post(f"{path}take", fields).status_code == 303
    assert "态度生硬" in text(unit.get("/console/rectification/"))
    assert unit.post(f"{path}take", fields).status_code == 404
