"""Rule sets in the console: a form in plain language, its effect, two people, and rounds."""

import io
import json
import re

import pytest
from sqlalchemy import select

from survey import clock
from survey.accounts import service as accounts
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR
from survey.audit.models import AuditEntry
from survey.campaigns import ruling
from survey.campaigns import service as campaigns
from survey.rulesets.models import RuleSetDraft, RuleSetVersion
from tests.web.console.conftest import CLOSED, OPEN, PASSWORD

PAGE = "/console/rules"


def text(response):
    return response.get_data(as_text=True)


def fields(html):
    """Return the draft's form as a browser would send it."""
    form = html[html.index("rule-form") :]
    sent = {
        name: value
        for name, value in re.findall(r'name="([^"]+)"[^>]* value="([^"]*)"', form)
        if name not in ("csrf_token", "do")
    }
    for name, inside in re.findall(r'<select[^>]* name="([^"]+)">(.*?)</select>', form, re.DOTALL):
        sent[name] = re.search(r'value="([^"]*)" selected', inside)[1]
    boxes = re.findall(r'type="checkbox" name="([^"]+)" value="yes"( checked)?', form)
    return {name: value for name, value in sent.items() if (name, "") not in boxes}


@pytest.fixture
def approver(held, as_):
    with held.sessions.begin() as session:
        accounts.add_account(
            session, OPERATOR, "shending", "审定人", Role.APPROVER, "D0", PASSWORD, now=clock.now()
        )
    return as_("shending")


def start(office, code="OURS", base="pass60"):
    return office.post(f"{PAGE}/new", {"code": code, "title": "本区规则", "base": base}).location


def test_from_a_form_to_a_version_and_a_round(held, as_, approver):
    office = as_("qu")
    assert "写一份规则" in text(office.get(f"{PAGE}/"))
    assert "写一份规则" not in text(as_("shuji").get(f"{PAGE}/"))
    draft = start(office)
    sent = fields(text(office.get(draft)))
    assert sent["k_public"] == "10"
    assert sent["stars.quotas.5"] == "10"
    assert (sent["points_preset"], sent["suspects_excluded"]) == ("pass60", "yes")

    # Below a floor, no number, weights that do not add up: said at the field, and nothing kept.
    wrong = sent | {"k_public": "9", "low_index": "x", "rankable_base": ""}
    refused = office.post(draft, wrong)
    assert refused.status_code == 422
    assert "请填一个数" in text(refused)
    assert 'value="9"' in text(refused)
    refused = office.post(draft, sent | {"k_public": "9", "composites.branch.weights.mass": "40"})
    assert refused.status_code == 422
    assert "要在10到1000之间" in text(refused)
    assert "合计是100%" in text(refused)
    with held.sessions() as session:
        assert session.scalars(select(RuleSetDraft)).one().revision == 1

    changed = sent | {"rankable_base": "12", "low_index": "95.5", "do": "effect", "title": "新规则"}
    shown = text(office.get(office.post(draft, changed).location.partition("#")[0]))
    assert "参加排名至少" in shown
    assert "个有变化" in shown
    assert "B195" not in shown
    assert office.post(draft, changed).status_code == 409
    sent = fields(text(office.get(draft)))
    assert (sent["rankable_base"], sent["low_index"]) == ("12", "95.5")
    assert office.post(draft, sent | {"do": "propose"}).status_code == 303
    assert office.post(f"{draft}/approve").status_code == 403
    assert "同意，定为新的一版" not in text(office.get(draft))
    assert "对上一轮的影响" in text(approver.get(draft))
    assert approver.post(f"{draft}/approve").location.endswith("/set/OURS@1")
    with held.sessions() as session:
        version = session.scalars(select(RuleSetVersion).where(RuleSetVersion.code == "OURS")).one()
        assert (version.created_by, version.approved_by) == ("qu", "shending")
        assert version.content["low_index"] == 95.5

    there = f"/console/rounds/{OPEN}/rules/"
    assert "参加排名至少" in text(office.get(f"{there}?with=OURS@1"))
    assert as_("danwei").post(there, {"rules": "OURS@1"}).status_code == 403
    assert office.post(there, {"rules": "OURS@1"}).status_code == 303
    assert "OURS@1" in text(as_("shuji").get(f"/console/rounds/{OPEN}"))
    refused = office.post(f"/console/rounds/{CLOSED}/rules/", {"rules": "OURS@1"})
    assert refused.status_code == 409
    assert "已经启封，规则不能再改" in text(refused)
    with held.sessions() as session:
        assert ruling.rules_of(campaigns.get_round(session, OPERATOR, OPEN)).low_index == 95.5
        acted = select(AuditEntry.act).where(AuditEntry.act.like("%rules%"))
        acts = session.scalars(acted.order_by(AuditEntry.id)).all()
        assert acts == ["rules.draft", "rules.propose", "rules.approve", "round.rules"]


def test_own_points_files_and_sending_back(held, as_, approver):
    office = as_("qu")
    draft = start(office, base="fivestar")
    sent = fields(text(office.get(draft)))
    own = {f"points.sat4.{code}": value for code, value in zip("4321", "9631", strict=True)}
    assert office.post(draft, sent | own | {"points_preset": "own"}).status_code == 303
    sent = fields(text(office.get(draft)))
    assert [sent[key] for key in own] == list("9631")
    office.post(draft, sent | {"do": "propose"})
    assert "请写明退回的理由" in text(approver.post(f"{draft}/send-back", {"reason": ""}))
    assert approver.post(f"{draft}/send-back", {"reason": "分数太低"}).status_code == 303
    assert "分数太低" in text(office.get(draft))
    assert office.post(f"{draft}/delete").status_code == 303
    assert office.get(draft).status_code == 404

    file = office.get(f"{PAGE}/set/fivestar.json")
    assert "attachment" in file.headers["Content-Disposition"]
    data = json.loads(file.data) | {"code": "FIVE"}
    data["rules"]["k_internal"] = 2
    for rules, status, said in ((data, 422, "要在5到1000之间"), ([], 422, "照导出的样子")):
        upload = {"file": (io.BytesIO(json.dumps(rules).encode()), "r.json")}
        answer = office.post(f"{PAGE}/new", upload, content_type="multipart/form-data")
        assert (answer.status_code, said in text(answer)) == (status, True)
    assert "自带的规则" in text(office.post(f"{PAGE}/new", {"code": "even", "base": "even"}))


def test_a_new_round_takes_the_rules_that_were_chosen(held, as_):
    office = as_("qu")
    plan = {
        "title": "年终评议",
        "code": "R2026Q4",
        "opens_at": "2031-01-01T08:00",
        "closes_at": "2031-01-15T18:00",
        "use-C_window_sat": "y",
        "rules": "linear",
    }
    assert "等距赋分" in text(office.get("/console/rounds/new"))
    assert "linear@1" in text(office.post("/console/rounds/new", plan | {"step": "check"}))
    assert office.post("/console/rounds/new", plan | {"step": "create"}).status_code == 303
    with held.sessions() as session:
        round_ = campaigns.get_round(session, OPERATOR, "R2026Q4")
        assert ruling.rules_of(round_).points_preset == "linear"
    refused = office.post(
        "/console/rounds/new", plan | {"code": "R9", "rules": "x", "step": "create"}
    )
    assert refused.status_code == 404
