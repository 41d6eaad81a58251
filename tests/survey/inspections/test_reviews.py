"""Form I: signed by a leader above, with a problem named, one review per round."""

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import DatabaseError

from survey.errors import NotFound
from survey.inspections import queries, reviews
from survey.inspections.models import LeaderReview
from survey.inspections.refusals import (
    AlreadySettled,
    AnswersRefused,
    NotInFieldwork,
    SignatureRefused,
)
from survey.inspections.rounds import FormKind
from survey.rectification.models import RectificationItem
from tests.inspections import make_world, review


@pytest.fixture
def world(session, now):
    return make_world(session, now)


def sign(world, org_id="B001", who="lingdao", *, name="丁四", revision=0, **changes):
    return reviews.sign(
        world.session,
        world.people[who],
        world.form(FormKind.REVIEW),
        org_id,
        review(**changes),
        signed_name=name,
        revision=revision,
        now=world.now,
    )


def problems(world):
    query = select(RectificationItem).where(RectificationItem.source == "leader_review")
    found = world.session.scalars(query.order_by(RectificationItem.number))
    return [item.problem for item in found]


def test_a_review_is_the_mean_of_its_scores_and_every_problem_becomes_an_item(world):
    signed = sign(world)

    assert (signed.score, signed.signed_name, signed.revision) == (80.0, "丁四", 1)
    assert signed.answers["I01"] == "丁四（lingdao）"
    assert [text.partition("：")[2] for text in problems(world)] == [
        "等候时间偏长",
        "材料清单没有及时更新",
    ]
    [score] = queries.leader_scores(world.session, world.round)
    assert (score.org_id, score.score, score.n, score.items["I11"]) == ("B001", 80.0, 1, 90.0)


@pytest.mark.parametrize("text", [None, "", "　 \n "])
def test_a_review_without_a_problem_cannot_be_signed(world, text):
    with pytest.raises(AnswersRefused) as refused:
        sign(world, I21=text)
    assert list(refused.value.faults) == ["I21"]


def test_only_the_own_name_signs(world):
    with pytest.raises(SignatureRefused):
        sign(world, name="丁 五")
    assert sign(world, name=" 丁 四 ").revision == 1


def test_a_leader_reviews_what_is_below_and_nothing_else(world):
    form = world.form(FormKind.REVIEW)
    found = reviews.reviewables(world.session, world.people["lingdao"], form)
    assert [each.org.id for each in found] == ["B001", "B002", "W01"]
    for org_id, who in (("B003", "lingdao"), ("W01", "chuang"), ("B001", "qu")):
        with pytest.raises(NotFound):
            sign(world, org_id, who)


def test_a_review_may_be_written_anew_until_the_round_closes(world):
    sign(world)
    sign(world)
    with pytest.raises(AlreadySettled):
        sign(world, I11="60")
    again = sign(world, revision=1, I11="60", I21="等候时间偏长\n没有一次性告知")

    assert (again.revision, again.score) == (2, 74.0)
    kept = world.session.scalars(select(LeaderReview).order_by(LeaderReview.revision)).all()
    assert [each.score for each in kept] == [80.0, 74.0]
    assert len(problems(world)) == 3
    [score] = queries.leader_scores(world.session, world.round)
    assert (score.score, score.n) == (74.0, 1)
    world.round.state = "closed"
    with pytest.raises(NotInFieldwork):
        sign(world, revision=2, I11="50")


def test_the_database_removes_no_review(world):
    sign(world)
    world.session.commit()

    with pytest.raises(DatabaseError, match="never changed"):
        world.session.execute(delete(LeaderReview))
