"""Which items everybody sees, in which words, and that nothing withheld shines through."""

import itertools
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from reports.figures import Audience, Figures, Status, Target
from survey.campaigns.models import Round, RoundState
from survey.campaigns.public_words import BAD_RATING_WORDS, problem_in_public, without_names
from survey.org.models import Member
from survey.rectification import following, public_board, suspicion, visibility
from survey.rectification.board import board
from survey.rectification.item import Suspicion
from survey.rectification.models import RectificationItem, Transition
from survey.rectification.public_board import PublicFilter
from survey.rectification.states import Act, Group, Source, State
from survey.rectification.workdays import local_date

Item = RectificationItem
OUT = (RoundState.PUBLISHED, RoundState.ARCHIVED)


@pytest.fixture
def add(tree, now):
    numbers = itertools.count(1)

    def make(source=Source.MANUAL, state=State.IN_PROGRESS, **facts):
        given = {
            "source": source.value, "state": state.value, "org_id": "B001", "problem": "路灯不亮",
            "source_ref": f"r{next(numbers)}", "registered_on": local_date(now),
            "limit_workdays": 15, "due_on": local_date(now) + timedelta(15), "needs_recheck": False,
            **facts,
        }  # fmt: skip
        item = Item(number=f"ZG-2026-{next(numbers):04d}", **given)
        tree.add(item)
        tree.flush()
        return item

    return make


def seen(session):
    return set(session.scalars(select(Item.number).where(visibility.is_public(session))))


def figures(org_id, is_shown):
    target = Target("branch", org_id, org_id, org_id)
    return Figures(target, "A", Audience.PUBLIC, Status.RANKABLE, is_shown)


def test_every_source_in_every_state_of_item_and_round(tree, round_, add, monkeypatch):
    monkeypatch.setattr(visibility, "_is_told", lambda _figures, _ref: True)
    rounds = {None: None}
    for state in RoundState:
        rounds[state] = Round(
            code=f"R-{state.value}", title="轮", opens_at=round_.opens_at,
            closes_at=round_.closes_at, paper_until=round_.closes_at, state=state.value,
        )  # fmt: skip
        tree.add(rounds[state])
    tree.flush()
    expected = set()
    for source, state, (held, of) in itertools.product(Source, State, rounds.items()):
        item = add(source, state, round_id=of and of.id)
        if state is not State.VOID and (held is None or held in OUT):
            expected.add(item.number)
    add(is_public=False)

    assert seen(tree) == expected


def test_what_public_figures_withhold_is_neither_listed_nor_counted(
    tree, round_, add, now, monkeypatch
):
    round_.state = RoundState.PUBLISHED.value
    told_of = {
        "B001": [figures("B001", True)],
        "B002": [figures("B002", False)],
        # Whom a comment is about is told only where every questionnaire of theirs is.
        "W01": [figures("W01", True), figures("W01", False)],
    }
    monkeypatch.setattr(visibility, "_public_figures", lambda *_: told_of)
    monkeypatch.setattr(
        visibility, "index_of", lambda each, ref: 50.0 if each.is_shown and ref == "A13" else None
    )
    told = add(Source.LOW_SCORE, round_id=round_.id, source_ref="A13")
    comment = add(Source.COMMENT, round_id=round_.id)
    for source, org_id, ref in (
        (Source.LOW_SCORE, "B002", "A13"),
        (Source.IPA_Q2, "B002", "A13"),
        (Source.COMMENT, "B002", "topic:1"),
        (Source.LOW_SCORE, "B001", "A14"),
        (Source.COMMENT, "W01", "topic:2"),
    ):
        add(source, round_id=round_.id, org_id=org_id, source_ref=ref)

    assert seen(tree) == {told.number, comment.number}
    shown = public_board.public_statistics(tree, now=now)
    assert shown.whole.total == 2
    assert [unit.code for unit in shown.units] == ["U01"]
    assert [place.code for place in public_board.places(tree)[0]] == ["U01"]
    assert public_board.public_page(tree, PublicFilter(unit="U02"), now=now).total == 0
    assert len(public_board.latest_items(tree, PublicFilter(), now=now)) == 2


def test_a_published_round_without_public_figures_shows_nothing_that_rests_on_them(
    tree, round_, add
):
    round_.state = RoundState.PUBLISHED.value
    add(Source.LOW_SCORE, round_id=round_.id)
    add(Source.COMMENT, round_id=round_.id)
    assert seen(tree) == set()


def test_a_closed_item_that_an_unpublished_round_found_again_waits_for_its_results(
    tree, round_, add, now
):
    item = add(state=State.REOPENED, reopen_count=1)
    step = {"at": now, "actor_name": "系统", "actor_role": "", "act": Act.REOPEN.value}
    way = {"from_state": "closed", "to_state": "reopened"}
    by_system = Transition(item=item, actor="system", note="2026Q3：低分题", **step, **way)
    tree.add(by_system)
    tree.flush()
    assert seen(tree) == set()

    round_.state = RoundState.PUBLISHED.value
    tree.flush()
    assert seen(tree) == {item.number}


def test_a_suspicion_changes_nothing_that_everybody_sees(tree, walk, people, now):
    item = walk(State.SUBMITTED)
    before = following.public_item(tree, item.number, now=now)
    suspicion.suspect(tree, people.verifier, item.number, "照片不是这里的", now=now + timedelta(2))
    tree.flush()

    assert item.suspicion == Suspicion.SUSPECTED
    assert following.public_item(tree, item.number, now=now) == before


@pytest.mark.parametrize(
    ("source", "problem", "told"),
    [
        ("hcp_bad", "2026-09-07收到差评1份：非常不满意1份；原因：态度1次", BAD_RATING_WORDS),
        ("low_score", "办事公开：得分58.2，基本满意以上率71%（23/32），属于低分题",
         "群众对“办事公开”不够满意"),
        ("ipa_q2", "服务态度：得分61.0，重要程度4.6，位于优先整改区", "群众对“服务态度”不够满意"),
        ("comment", "路灯坏了没人修（1条群众意见）", "路灯坏了没人修"),
        ("commitment", "承诺兑现得分0.0，低于60：修好水渠", "群众认为这项承诺兑现得不好：修好水渠"),
        ("awareness", "承诺公开不到位，知晓率8.3%：修好水渠", "知道这项承诺的群众不多：修好水渠"),
        ("commitment", "承诺到期（2026-06-30）没有完成：修好水渠",
         "承诺到期（2026-06-30）没有完成：修好水渠"),
        ("manual", "得分：50", "得分：50"),
    ],
)  # fmt: skip
def test_public_words_tell_neither_scores_nor_counts_nor_days(source, problem, told):
    assert problem_in_public(source, problem) == told


def test_longer_names_go_before_their_parts():
    assert without_names("欧阳锋和欧阳来过", {"欧阳", "欧阳锋", ""}) == "某某和某某来过"


def test_words_that_readers_do_not_see_do_not_find_an_item(tree, round_, add, now):
    tree.add(
        Member(id="M1", branch_id="B001", name="禾小雨", seq=1, category="党员", is_evaluated=True)
    )
    add(Source.MANUAL, problem="禾小雨家门口积水", measures="禾和渡负责疏通")
    add(Source.HCP_BAD, problem="2026-09-07收到差评1份：非常不满意1份；原因：态度1次")

    def finds(words):
        return public_board.public_page(tree, PublicFilter(search=words), now=now).total

    [wet] = public_board.public_page(tree, PublicFilter(search="积水"), now=now).items
    assert wet.problem == "某某家门口积水"
    assert wet.measures == "某某负责疏通"
    assert (finds("禾小雨"), finds("禾和渡"), finds("09-07"), finds("非常不满意")) == (0, 0, 0, 0)
    assert (finds("疏通 门口"), finds("服务评价"), finds("zg-2026")) == (1, 1, 2)
    assert (finds("%"), finds("蓼花村"), finds("\0")) == (0, 2, 2)


def test_pages_filters_and_figures_are_those_of_the_office(tree, add, people, now):
    late = local_date(now) - timedelta(10)
    for number in range(53):
        add(due_on=late if number < 3 else local_date(now) + timedelta(number))
    add(state=State.CLOSED, closed_on=local_date(now), org_id="B002")
    first = public_board.public_page(tree, PublicFilter(), now=now)
    second = public_board.public_page(tree, PublicFilter(), page=99, now=now)

    assert (first.total, first.pages, len(first.items)) == (54, 2, 50)
    assert (second.number, len(second.items)) == (2, 4)
    assert [item.is_overdue for item in first.items[:4]] == [True, True, True, False]
    assert first.items[0].overdue_days == 8
    assert second.items[-1].state is State.CLOSED

    def count(**wanted):
        return public_board.public_page(tree, PublicFilter(**wanted), now=now).total

    assert (count(overdue=True), count(group=Group.SETTLED), count(unit="U01")) == (3, 1, 53)
    assert (count(unit="U99"), count(unit="U0_"), count(sector="无")) == (0, 0, 0)
    shown = public_board.public_statistics(tree, now=now)
    assert shown == board(tree, people.district, now=now)
    assert shown.states == Counter({State.IN_PROGRESS: 53, State.CLOSED: 1})


@pytest.mark.parametrize(
    ("n", "agree", "disagree", "told"),
    [
        (9, 5, 4, None),
        (12, 5, 4, None),
        (10, 9, 1, (9, 10)),
        (29, 29, 0, "all"),
        (12, 0, 12, "none"),
        (30, 30, 0, (30, 30)),
        (None, None, None, None),
    ],
)
def test_what_few_residents_said_is_not_told(n, agree, disagree, told):
    item = Item(recheck_n=n, recheck_agree=agree, recheck_disagree=disagree)
    found = following._said(item)
    if told is None:
        assert found is None
    elif isinstance(told, str):
        assert (found.agree, found.told, found.is_unanimous_yes) == (None, None, told == "all")
    else:
        assert (found.agree, found.told) == told


def test_of_bad_ratings_the_day_is_kept_and_steps_of_staff_move_no_date(tree, add, now):
    item = add(Source.HCP_BAD, due_on=local_date(now) - timedelta(10))
    quiet = {"from_state": "in_progress", "to_state": "in_progress", "actor_name": "", "note": ""}
    called = Act.DISSATISFIED.value
    later = now + timedelta(3)
    tree.add(Transition(item=item, at=later, actor="x", actor_role="", act=called, **quiet))
    tree.flush()
    view = following.public_item(tree, item.number, now=now)

    assert (view.is_overdue, view.overdue_days, view.by_month) == (True, 0, True)
    assert view.updated_on == item.registered_on


def test_the_feed_begins_with_what_changed_last_however_far_it_must_look(
    tree, add, now, monkeypatch
):
    items = [add() for _ in range(4)]
    for day, item in enumerate((*items, items[1])):
        tree.add(
            Transition(
                item_id=item.id, at=now + timedelta(day), actor="a", actor_name="a", actor_role="a",
                act=Act.ACCEPT.value, from_state="assigned", to_state="accepted",
            )
        )  # fmt: skip
    add()
    tree.flush()
    shown = [items[n].number for n in (1, 3, 2, 0)]

    def listed(newest, per_page):
        monkeypatch.setattr(public_board, "RECENT", newest)
        monkeypatch.setattr(public_board, "PER_PAGE", per_page)
        return [item.number for item in public_board.latest_items(tree, PublicFilter(), now=now)]

    assert (sorted(listed(1, 2)), sorted(listed(3, 2))) == (sorted(shown[:2]),) * 2
    assert sorted(listed(2_000, 4)) == sorted(shown)
    assert len(listed(2_000, 50)) == 5
