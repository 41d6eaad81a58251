"""A round from its plan to its results, all of it in the browser."""

import re
from datetime import timedelta
from io import BytesIO

import pikepdf
import pytest

from survey import clock
from survey.accounts import service as accounts
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.collection import custodians, fieldwork
from survey.collection.boxes import boxes_of
from survey.errors import NotFound
from survey.instruments import service as instruments
from survey.jobs import service as jobs
from tests.conftest import SAMPLE
from tests.web.console.conftest import CLOSED, OPEN, PASSWORD

NEW = "/console/rounds/new"


def plan(**changes):
    """Return a filled-in form of a new round."""
    opens = clock.now() - timedelta(hours=1)
    closes = opens + timedelta(days=14)
    fields = {
        "title": "四季度群众评议",
        "code": "R2026Q4",
        "use-A_branch_mass": "y",
        "sector-A_branch_mass": "国企",
        "opens_at": f"{opens.astimezone():%Y-%m-%dT%H:%M}",
        "closes_at": f"{closes.astimezone():%Y-%m-%dT%H:%M}",
        "step": "check",
    }
    return {**fields, **changes}


def exists(held, code):
    with held.sessions() as session:
        try:
            campaigns.get_round(session, OPERATOR, code)
        except NotFound:
            return False
        return True


def test_a_plan_is_shown_before_anything_is_made(held, as_):
    response = as_("qu").post(NEW, plan())
    page = response.get_data(as_text=True)

    assert response.status_code == 200
    assert "请核对：四季度群众评议" in page
    assert "发给10个党支部" in page
    assert not exists(held, "R2026Q4")


def test_a_plan_starts_with_a_code_that_is_free(as_):
    def suggested():
        return re.search(r'name="code"[^>]*value="(\w+)"', as_("qu").get(NEW).text)[1]

    first = suggested()
    assert as_("qu").post(NEW, plan(code=first, step="create")).status_code == 303

    assert (first, suggested()) == (f"{OPEN}_2", f"{OPEN}_3")


def test_a_plan_may_use_every_form_there_is(held, as_):
    with held.sessions.begin() as session:
        for file in sorted((SAMPLE / "xlsforms").glob("*.xlsx")):
            instruments.import_questionnaire(
                session, OPERATOR, file.read_bytes(), file.name, now=clock.now()
            )

    response = as_("qu").get(NEW)
    page = response.get_data(as_text=True)

    assert response.status_code == 200
    for code in ("A_branch_mass", "B_member_review", "G_commit_verify", "I_leader_review"):
        assert f'name="use-{code}"' in page
    assert "发给党支部的每名党员" in page


def test_going_back_loses_nothing(as_):
    page = as_("qu").post(NEW, plan(step="edit")).get_data(as_text=True)

    assert "四季度群众评议" in page
    assert "国企" in page
    assert "checked" in page


def test_a_round_is_planned_opened_and_closed(held, as_):
    browser = as_("qu")
    made = browser.post(NEW, plan(step="create"))
    assert made.location == "/console/rounds/R2026Q4?done=round"

    base = "/console/rounds/R2026Q4"
    refused = browser.post(f"{base}/open", {"key_copy": "copied"})
    assert refused.status_code == 409
    assert "密钥" in refused.get_data(as_text=True)

    assert browser.post(f"{base}/keys").status_code == 303
    shown = browser.get(f"{base}/open").get_data(as_text=True)
    assert shown.count(".key") == 2
    assert browser.post(f"{base}/open", {}).status_code == 422
    assert browser.post(f"{base}/open", {"key_copy": "copied"}).status_code == 303
    assert "10个二维码" in browser.get(f"{base}/points/").get_data(as_text=True)

    assert browser.post(f"{base}/close", {}).status_code == 422
    assert browser.post(f"{base}/close", {"is_sure": "y"}).status_code == 409
    closed = browser.post(f"{base}/close", {"is_sure": "y", "reason": "样例"})
    assert closed.status_code == 303
    assert "票箱已启封" in browser.get(closed.location).get_data(as_text=True)
    again = browser.post(f"{base}/close", {"is_sure": "y", "reason": "再来"})
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": ""}, "请写标题"),
        ({"title": "长" * 201}, "最多200字"),
        ({"code": "../etc"}, "只能用字母"),
        ({"code": CLOSED}, "已经用过"),
        ({"opens_at": "昨天"}, "开放时间"),
        ({"closes_at": "2001-01-01T00:00"}, "早于截止"),
        ({"use-A_branch_mass": ""}, "至少一份问卷"),
        ({"sector-A_branch_mass": "窗口单位x"}, "系统"),
        ({"sector-A_branch_mass": "金融"}, "没有可评的单位"),
    ],
)
@pytest.mark.parametrize("step", ["check", "create"])
def test_a_plan_that_does_not_hold_is_explained(held, as_, changes, said, step):
    changed = {key: value for key, value in plan(step=step, **changes).items() if value != ""}
    response = as_("qu").post(NEW, changed)

    assert response.status_code in (409, 422)
    assert said in response.get_data(as_text=True)
    assert not exists(held, "R2026Q4")


def test_results_of_a_sealed_round_are_nowhere(as_):
    browser = as_("qu")

    for path in ("results/", "results/W01", "reports/"):
        page = browser.get(f"/console/rounds/{OPEN}/{path}").get_data(as_text=True)
        assert "票箱还没有启封，现在没有结果" in page
        if "W01" not in path:
            assert f'href="/console/rounds/{CLOSED}/{path}"' in page.split("已经启封的轮次")[1]
    assert browser.get(f"/console/rounds/{OPEN}/reports/internal/window/W01.pdf").status_code == 409


def test_results_name_their_calibre_and_their_base(as_):
    page = as_("qu").get(f"/console/rounds/{CLOSED}/results/W01").get_data(as_text=True)

    assert "满意率（满意以上）" in page
    assert "306/350" in page
    assert "95%区间" in page
    assert "<svg" in page


def test_too_few_ballots_show_no_figure_at_all(as_):
    page = as_("shuji").get(f"/console/rounds/{CLOSED}/results/?sector=")
    text = as_("qu").get(f"/console/rounds/{CLOSED}/results/").get_data(as_text=True)

    assert page.status_code == 200
    assert "粮食购销公司党支部" in text


def test_the_secretary_sees_steps_only(as_):
    browser = as_("shuji")

    page = browser.get(f"/console/rounds/{OPEN}/coverage/objects?show=all").get_data(as_text=True)

    assert "0–4" in page
    assert "满5票算覆盖" in browser.get(f"/console/rounds/{OPEN}/coverage/").get_data(as_text=True)


def test_a_report_opens_as_pdf_and_is_kept(held, as_):
    browser = as_("chuangkou")
    path = f"/console/rounds/{CLOSED}/reports/internal/window/W01.pdf"

    first, second = browser.get(path), browser.get(path)

    assert first.data[:5] == b"%PDF-"
    assert first.data == second.data
    assert "inline" in first.headers["Content-Disposition"]
    assert len(list(held.config.documents.rglob("*.pdf"))) == 1
    with pikepdf.open(BytesIO(first.data)) as document:
        assert list(document.attachments) == ["figures.json"]


def test_posters_print_the_address_and_the_code(as_):
    import pypdfium2

    browser = as_("chuangkou")
    page = browser.get(f"/console/rounds/{OPEN}/points/").get_data(as_text=True)
    code = page.split("/q/")[1][:8]

    pdf = browser.get(f"/console/rounds/{OPEN}/points/{code}.pdf").data

    document = pypdfium2.PdfDocument(pdf)
    text = document[0].get_textpage().get_text_range()
    document.close()
    assert f"{code[:4]} {code[4:]}" in text


def test_a_daily_round_is_planned_opened_and_shown_day_by_day(held, as_):
    client = as_("qu")
    daily = plan() | {"opening": "daily", "step": "check"}
    assert "第二天早上自动启封" in client.post(NEW, daily).get_data(as_text=True)
    made = client.post(NEW, daily | {"step": "create"})
    assert made.status_code == 303
    code = plan()["code"]

    opened = client.post(f"/console/rounds/{code}/open", {"key_copy": "none"})
    assert opened.status_code == 303

    page = client.get(f"/console/rounds/{code}").get_data(as_text=True)
    assert "下一次启封" in page
    assert "封箱中" in page


def test_a_key_is_parted_among_three_accounts(held, as_):
    client = as_("qu")
    assert client.post(NEW, plan() | {"step": "create"}).status_code == 303
    path = f"/console/rounds/{plan()['code']}/custodians/"
    chosen = client.get(path).get_data(as_text=True)
    names = [n for n in re.findall(r'<option value="([^"]+)">', chosen) if n != "qu"][:2]

    refused = client.post(f"{path}split", {"custodian-1": names[0], "custodian-2": names[0]})
    assert refused.status_code == 422
    fields = {f"custodian-{number}": name for number, name in enumerate(["qu", *names], 1)}
    assert client.post(f"{path}split", fields).status_code == 303

    page = client.get(path).get_data(as_text=True)
    assert "请领走您的恢复单" in page
    sheet = client.post(f"{path}sheet/1", {})
    assert sheet.mimetype == "application/pdf"
    assert client.post(f"{path}sheet/2", {}).status_code in (403, 404)
    assert client.post(f"{path}collect/1", {}).status_code == 303
    assert "请领走您的恢复单" not in client.get(path).get_data(as_text=True)
    early = client.post(f"{path}give", {"words": "abc"})
    assert early.status_code == 422


def test_a_round_whose_key_is_lost_is_given_up_by_two(held, as_):
    client, path = as_("qu"), f"/console/rounds/{OPEN}/abandon/"
    assert "密钥都在，不能作废" in client.get(path).get_data(as_text=True)
    with held.sessions.begin() as session:
        round_ = campaigns.get_round(session, OPERATOR, OPEN)
        (box,) = boxes_of(session, round_.id)
        people = ("erhao", "荻二声", Role.DISTRICT_ADMIN, "D0", PASSWORD)
        accounts.add_account(session, OPERATOR, *people, now=clock.now())
        held.keystore.destroy(box.public_key)
    round_page = client.get(f"/console/rounds/{OPEN}").get_data(as_text=True)
    assert f'href="{path}"' in round_page
    fields = {"what": "*", "reason": "硬盘坏了", "approver": "erhao", "password": PASSWORD}
    fields |= {"is_sure": "y"}

    for wrong in ({"password": "wrong"}, {"approver": "qu"}, {"reason": " "}, {"is_sure": ""}):
        assert client.post(path, fields | wrong).status_code in (403, 409, 422), wrong
    assert client.post(path, fields).status_code == 303
    assert "这一轮已作废" in client.get("/console/").get_data(as_text=True)


def test_closing_leads_to_the_custodians_while_parts_are_missing(held, as_):
    client = as_("qu")
    assert client.post(NEW, plan() | {"step": "create"}).status_code == 303
    code = plan()["code"]
    with held.sessions.begin() as session:
        round_ = campaigns.get_round(session, OPERATOR, code)
        stores = (session, OPERATOR, round_, held.keystore)
        now = clock.now()
        fieldwork.prepare_boxes(*stores, held.inbox, now=now)
        custodians.split_key(*stores, ("qu", "shuji", "danwei"), now=now)
        custodians.finish_split(session, round_, held.keystore)
        words = custodians.sheet_of(*stores, 1).words
        for number in (1, 2, 3):
            custodians.collect(*stores, number, now=now)
        campaigns.get_round(session, OPERATOR, OPEN).state = "draft"
        round_.state = "open"
        round_.opens_at = now - timedelta(days=3)
        round_.closes_at = round_.paper_until = now - timedelta(hours=1)
    path = f"/console/rounds/{code}/custodians/"
    assert client.get(f"/console/rounds/{code}/close").location == path
    assert "已交0份，还差2份" in client.get(path).get_data(as_text=True)

    assert client.post(f"{path}give", {"words": " ".join(words)}).status_code == 303
    assert "已交1份，还差1份" in client.get(path).get_data(as_text=True)
    home = client.get("/console/").get_data(as_text=True)
    assert f'href="{path}">密钥已交1份，还差1份' in home


def test_background_work_is_seen_and_called_off(held, as_):
    client = as_("qu")
    assert "还没有任务" in client.get("/console/jobs/").get_data(as_text=True)
    with held.sessions.begin() as session:
        jobs.request(
            session, "open_boxes", {"round": "R1"}, by="worker", now=clock.now(), job_id="a.b"
        )

    page = client.get("/console/jobs/").get_data(as_text=True)
    assert "启封前一天的票箱" in page
    assert client.post("/console/jobs/a.b/cancel", {}).status_code == 303
    assert "已取消" in client.get("/console/jobs/").get_data(as_text=True)
    assert client.post("/console/jobs/a.b/retry", {}).status_code == 303
    assert "等待" in client.get("/console/jobs/").get_data(as_text=True)
    assert client.post("/console/jobs/none/cancel", {}).status_code == 404
