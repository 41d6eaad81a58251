"""Paper ballots in the console over HTTP, without a script: batches, two keyings, the box."""

import io
import re
import zipfile

import docx
import pytest
from docx.oxml.ns import qn
from sqlalchemy import func, select, update

from forms.xlsform import read_xlsform
from survey import clock
from survey.accounts import service as accounts
from survey.accounts.models import Account, Role
from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.collection import points
from survey.collection.keying_batches import mark_of
from survey.collection.keying_models import KeyedBallot, KeyingBatch
from survey.instruments.models import QuestionnaireVersion

OPEN, PASSWORD = "R2026Q3", "qing-shui-he-pan-8"

PATH = f"/console/rounds/{OPEN}/keying/"
BALLOTS = f"/console/rounds/{OPEN}/ballots/"
GOOD = {f"k-A{n}": "1" for n in (*range(11, 16), *range(21, 26), 30)} | {
    "k-A01": "2",
    "k-A31": "135",
}


@pytest.fixture
def point(held):
    with held.sessions() as session:
        round_ = campaigns.get_round(session, OPERATOR, OPEN)
        views = points.list_points(session, OPERATOR, round_, org_id="B070")
        return next(view for view in views if view.questionnaire_code == "A_branch_mass")


@pytest.fixture(autouse=True)
def _staff(held):
    """Two administrators of the unit that the branch belongs to."""
    with held.sessions.begin() as session:
        for name, called in (("first", "泉一言"), ("second", "泉二言")):
            place = (Role.UNIT_ADMIN, "U10", PASSWORD)
            accounts.add_account(session, OPERATOR, name, called, *place, now=clock.now())
        session.execute(update(Account).values(must_change_password=False))


def text(answer):
    return answer.get_data(as_text=True)


def register(browser, place, **changes):
    counts = {"label": "1号袋", "issued": "5", "returned": "2", "spoilt": "0"}
    return browser.post(PATH, {"point": place.code, **counts, **changes})


def key(browser, path, mark, *ballots):
    assert browser.post(f"{path}/begin", {"mark": mark.lower()}).status_code == 303
    for place, ballot in enumerate(ballots, start=1):
        answer = browser.post(f"{path}/{place}", ballot)
        assert answer.status_code == 303, text(answer)
    assert browser.post(f"{path}/finish").status_code == 303


def test_two_people_key_a_batch_and_settle_it(held, as_, point):
    first, second = as_("first"), as_("second")
    path = register(first, point).headers["Location"]
    key(first, path, mark_of(point), GOOD, GOOD)
    early = first.get(f"{path}/settle")
    assert early.status_code == 409
    assert "两个人都录完才能核对" in text(early)
    key(second, path, mark_of(point), {**GOOD, "k-A11": "4", "k-A33": "排队久"}, GOOD)

    page = text(second.get(f"{path}/settle"))
    assert "1张录得不一样" in page
    assert "4 不满意" in page
    office = as_("qu")
    assert office.post(f"{path}/settle").status_code == 422
    assert second.post(f"{path}/settle", {"d1.A11": "2", "d1.A33": "2"}).status_code == 403
    decided = {"d1.A11": "other", "t1.A11": "2", "d1.A33": "1"}
    done = office.post(f"{path}/settle", decided)
    assert done.status_code == 303
    assert "已录入2张纸质票" in text(office.get(done.headers["Location"]))
    assert held.inbox.counts(point.box_id)[point.id] == 2
    with held.sessions() as session:
        assert session.scalar(select(func.count()).select_from(KeyedBallot)) == 0
        public_key = session.scalars(select(KeyingBatch.public_key)).one()
    assert not held.keystore.has(public_key)


def test_a_ballot_with_faults_comes_back_with_what_was_typed(as_, point):
    browser = as_("first")
    path = register(browser, point).headers["Location"]
    browser.post(f"{path}/begin", {"mark": mark_of(point)})
    wrong = {**GOOD, "k-A11": "7", "k-A12": "12", "k-A30": "x"}
    answer = browser.post(f"{path}/1", wrong)

    assert answer.status_code == 422
    page = text(answer)
    assert "这题只有5个选项" in page
    assert "只能选一项" in page
    assert 'value="135"' in page
    missing = browser.post(f"{path}/1", {**GOOD, "k-A30": ""})
    assert missing.status_code == 422
    spoilt = browser.post(f"{path}/1", {"spoilt": "on"})
    assert spoilt.headers["Location"].endswith("/2")
    assert 'value="135"' not in text(browser.get(f"{path}/1"))


@pytest.mark.parametrize(
    "changes",
    [
        {"issued": "1"},
        {"returned": "0"},
        {"spoilt": "3"},
        {"label": ""},
        {"issued": "x"},
        {"point": "00000000"},
    ],
)
def test_counts_that_do_not_fit_are_not_registered(held, as_, point, changes):
    assert register(as_("first"), point, **changes).status_code == 422
    with held.sessions() as session:
        assert session.scalar(select(func.count()).select_from(KeyingBatch)) == 0


def test_counts_are_amended_and_a_batch_is_given_up(as_, point):
    browser = as_("first")
    path = register(browser, point).headers["Location"]
    assert browser.post(f"{path}/amend", {"issued": "1", "returned": "2"}).status_code == 422
    amended = {"issued": "9", "returned": "3", "spoilt": "1"}
    assert browser.post(f"{path}/amend", amended).status_code == 303
    assert "其中作废1张" in text(browser.get(path))
    assert browser.post(f"{path}/begin", {"mark": "00000000"}).status_code == 422
    assert browser.post(f"{path}/cancel").status_code == 422
    assert browser.post(f"{path}/cancel", {"reason": "数错了"}).status_code == 303
    assert "这袋已撤销" in text(browser.get(path))


def test_paper_is_for_those_who_may_key_it(as_, point):
    path = register(as_("first"), point).headers["Location"]
    for name in ("shuji", "chuangkou", "yanshou"):
        assert as_(name).get(PATH).status_code == 403
        assert as_(name).get(path).status_code == 403
    assert as_("qu").get(path).status_code == 200
    assert as_("qu").get(f"{PATH}999").status_code == 404


def test_ballots_are_printed_one_by_one_and_together(as_, point):
    browser = as_("shuji")
    assert mark_of(point) in text(browser.get(BALLOTS))
    answer = browser.get(f"{BALLOTS}{point.code}.pdf?large=1")
    assert answer.data.startswith(b"%PDF")
    packed = zipfile.ZipFile(io.BytesIO(browser.get(f"{BALLOTS}archive.zip").data))
    assert packed.namelist() == [f"{OPEN}-A_branch_mass-B070-{point.code}.pdf"]
    word = zipfile.ZipFile(io.BytesIO(browser.get(f"{BALLOTS}archive.zip?word=1").data))
    assert word.namelist() == [f"{OPEN}-A_branch_mass-B070-{point.code}.docx"]
    alone = browser.get(f"{BALLOTS}{point.code}.docx?large=1")
    assert "attachment" in alone.headers["Content-Disposition"]
    (control,) = docx.Document(io.BytesIO(alone.data)).element.body.iter(qn("w:sdt"))
    assert "比较满意" in "".join(control.itertext())
    assert mark_of(point) in text(browser.get(f"{BALLOTS}{point.code}.html"))
    assert browser.get(f"{BALLOTS}{point.code}.xlsx").status_code == 404
    assert browser.get(f"{BALLOTS}archive.zip?q=nothing").status_code == 404
    assert as_("yanshou").get(BALLOTS).status_code == 403


def test_closing_warns_of_bags_that_are_not_settled(as_, point):
    office = as_("qu")
    close = f"/console/rounds/{OPEN}/close"
    assert "没有核对完" not in text(office.get(close))
    register(as_("first"), point)
    assert "还有1袋纸质票没有核对完" in text(office.get(close))


def test_a_version_is_exported_so_that_it_can_be_imported_again(held, as_):
    with held.sessions() as session:
        digests = session.scalars(select(QuestionnaireVersion.digest)).all()
    for digest in digests:
        answer = as_("qu").get(f"/console/questionnaires/{digest}.xlsx")
        name = re.search(r"filename=([^;]+)", answer.headers["Content-Disposition"])[1].strip('"')
        assert read_xlsform(answer.data, name).items
