"""Open comments through the real HTTP path: masked, grouped, confirmed, put right."""

import io

import pytest
from sqlalchemy import select

from survey.collection.models import CollectionPoint, Verbatim
from survey.comments.models import ConfirmedTopic
from survey.rectification.models import RectificationItem
from tests.web.console.conftest import CLOSED

TEXTS = (
    "排队时间太长，等了两个小时",
    "排队时间太长,等了两个小时！",
    "王建国态度很差，电话13812345678",
    "没有意见",
)
PAGE = f"/console/rounds/{CLOSED}/comments"


def text(response):
    return response.get_data(as_text=True)


@pytest.fixture
def written(held):
    """Put comments about W01 and B195 into the closed round; the latter has few answers."""
    with held.sessions.begin() as session:
        for org_id in ("W01", "B195"):
            point = session.scalars(
                select(CollectionPoint)
                .where(CollectionPoint.org_id == org_id)
                .order_by(CollectionPoint.id)
            ).first()
            box = session.scalars(select(Verbatim.box_id)).first() or 1
            for each in TEXTS:
                session.add(Verbatim(box_id=box, point_id=point.id, item_code="C54", text=each))
    return held


def test_comments_are_masked_grouped_and_counted(written, as_):
    shown = text(as_("qu").get(f"{PAGE}/W01"))

    assert "排队等候" in shown
    assert "2条意思相同" in shown
    assert "〔号码〕" in shown
    assert "13812345678" not in shown
    assert "王建国" not in shown


def test_nobody_reads_comments_where_few_answered(written, as_):
    shown = text(as_("qu").get(f"{PAGE}/B195"))

    assert "意见还不能看" in shown
    assert "排队" not in shown


def test_a_confirmed_problem_becomes_one_item(written, as_):
    office = as_("qu")
    said = {"topic": "waiting", "summary": "群众反映排队时间长", "is_problem": "1"}

    assert office.post(f"{PAGE}/W01", said).status_code == 303
    assert office.post(f"{PAGE}/W01", {**said, "summary": "排队时间长"}).status_code == 303

    with written.sessions() as session:
        kept = session.scalars(select(ConfirmedTopic)).one()
        items = session.scalars(
            select(RectificationItem).where(RectificationItem.source == "comment")
        ).all()
    assert kept.summary == "排队时间长"
    assert kept.count >= 2
    assert [item.number for item in items] == [kept.item_number]
    assert items[0].problem.endswith(f"群众反映排队时间长（{kept.count}条群众意见）")


def test_a_topic_wants_words_and_must_exist(written, as_):
    office = as_("qu")
    empty = office.post(f"{PAGE}/W01", {"topic": "waiting", "summary": " "})

    assert empty.status_code == 422
    assert "用自己的话" in text(empty)
    assert office.post(f"{PAGE}/W01", {"topic": "lake", "summary": "x"}).status_code == 404


@pytest.mark.parametrize(("name", "status"), [("shuji", 404), ("chuangkou", 200)])
def test_only_those_concerned_read_comments(written, as_, name, status):
    assert as_(name).get(f"{PAGE}/W01").status_code == status


def test_the_dictionary_is_edited_as_a_table(written, as_):
    office = as_("qu")
    table = office.get("/console/comments/topics.csv").get_data()
    assert "排队等候" in table.decode("utf-8-sig")

    def send(content):
        data = {"file": (io.BytesIO(content.encode()), "topics.csv")}
        return office.post("/console/comments/topics", data, content_type="multipart/form-data")

    refused = send("code,label,words\nq,排队,\nq,两次,排队\n")
    assert refused.status_code == 422
    assert "请填上" in text(refused)
    assert send("code,label,words\nqueue,排队取号,排队 取号\n").status_code == 303
    assert "排队取号" in text(office.get(f"{PAGE}/W01"))
