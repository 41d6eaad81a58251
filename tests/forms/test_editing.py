"""Changing questionnaires, conditions in plain words, and what changed between two versions."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms import editing
from forms.comparison import Change, ChangeKind, changes, keeps_meaning
from forms.definition import ItemKind, Subject, Wording
from forms.draft_checks import draft_faults
from forms.expressions import holds
from forms.plain_conditions import (
    TELEPHONE,
    Clause,
    PlainCondition,
    PlainRule,
    read_condition,
    read_rule,
    write_condition,
    write_rule,
)
from tests.rounds import form

A, C = form("A_branch_mass"), form("C_window_sat")


def codes(questionnaire):
    return [item.code for item in questionnaire.all_items()]


def spots(questionnaire):
    return [
        (s, i)
        for s, section in enumerate(questionnaire.sections)
        for i, _ in enumerate(section.items)
    ]


@given(st.sampled_from(spots(A)), st.sampled_from((-1, 1)))
def test_an_item_moved_and_moved_back_is_where_it_was(spot, step):
    moved, now_at = editing.move_item(A, spot, step)
    assert sorted(codes(moved)) == sorted(codes(A))
    assert editing.item_at(moved, now_at) == editing.item_at(A, spot)
    if now_at != spot:
        assert editing.move_item(moved, now_at, -step) == (A, spot)


@given(st.sampled_from(spots(A)))
def test_a_copy_has_a_code_of_its_own_and_can_be_removed(spot):
    copied = editing.copy_item(A, spot)
    assert len(set(codes(copied))) == len(codes(A)) + 1
    assert editing.remove_item(copied, (spot[0], spot[1] + 1)) == A


def test_new_items_count_on_from_the_one_before():
    section = next(n for n, s in enumerate(A.sections) if s.items and s.items[0].code == "A11")
    grown = editing.add_item(A, (section, 5), ItemKind.TEXT, ())
    assert codes(grown)[codes(grown).index("A15") + 1] == "A16"
    assert (
        editing.add_item(
            editing.blank("T", "题", Subject.WINDOW, ("zh",)), (0, 0), ItemKind.TEXT, ()
        )
        .items[0]
        .code
        == "Q01"
    )


def test_places_that_are_not_there_are_refused():
    for act in (
        lambda: editing.item_at(A, (0, 99)),
        lambda: editing.item_at(A, (-1, 0)),
        lambda: editing.remove_item(A, (0, -1)),
        lambda: editing.move_section(A, 99, 1),
    ):
        with pytest.raises(IndexError):
            act()


def test_the_last_section_stays_and_sections_move():
    blank = editing.blank("T", "题", Subject.WINDOW, ("zh",))
    assert editing.remove_section(editing.add_item(blank, (0, 0), ItemKind.TEXT, ()), 0) == blank
    assert editing.move_section(editing.move_section(A, 1, 1), 2, -1) == A
    assert editing.move_section(A, 0, -1) == A


@pytest.mark.parametrize("questionnaire", [A, C], ids=["A", "C"])
def test_real_forms_have_no_fault_and_a_blank_one_says_what_it_lacks(questionnaire):
    assert draft_faults(questionnaire) == ()
    blank = editing.blank("", "", Subject.BRANCH, ("zh",))
    assert {fault.part for fault in draft_faults(blank)} >= {"code", "title"}


ITEMS = {**A.items_by_code, **C.items_by_code}
CLAUSES = st.builds(
    lambda item, n, chosen: Clause(item.code, item.option_codes[n % len(item.options)], chosen),
    st.sampled_from([item for item in ITEMS.values() if item.options]),
    st.integers(0, 20),
    st.booleans(),
)


@given(st.lists(CLAUSES, min_size=1, max_size=4), st.booleans())
def test_a_condition_in_words_is_read_back(clauses, is_any):
    condition = PlainCondition(tuple(clauses), is_any or len(clauses) == 1)
    assert read_condition(write_condition(condition, ITEMS), ITEMS) == condition


RULES = st.builds(
    PlainRule,
    most_choices=st.none() | st.integers(1, 9),
    alone=st.sampled_from(["", "q8", "s0"]),
    longest=st.none() | st.integers(1, 999),
    least=st.none() | st.integers(0, 50).map(float),
    most=st.none() | st.integers(51, 100).map(float),
    is_telephone=st.booleans(),
)


@given(RULES)
def test_a_rule_in_words_is_read_back(rule):
    assert read_rule(write_rule(rule)) == rule


def test_every_condition_of_the_real_forms_is_read_or_left_alone():
    for item in ITEMS.values():
        plain = read_condition(item.relevant, ITEMS)
        if plain is not None and plain.clauses:
            assert write_condition(plain, ITEMS) == item.relevant
        rule = read_rule(item.constraint)
        assert rule is not None, item.constraint
    assert read_condition("${A30} = '1' and (${A11} = '1' or ${A12} = '1')", ITEMS) is None
    assert read_condition("${A30} =", ITEMS) is None
    assert read_rule("string-length(.) > 3") is None
    assert holds(write_rule(PlainRule(is_telephone=True)), {}, "13800138000")
    assert TELEPHONE in C.item("C56").constraint


def test_nothing_changed_is_no_change():
    assert changes(A, A) == ()
    assert keeps_meaning(A, A)


def test_what_changed_is_named_by_item_and_part():
    spot = spots(A)[5]
    item = editing.item_at(A, spot)
    label = Wording((("zh", "改了的题"), *item.label.texts[1:]))
    changed = editing.put_item(A, spot, dataclasses.replace(item, label=label, required=False))

    assert [(c.kind, c.code, c.part) for c in changes(A, changed)] == [
        (ChangeKind.CHANGED, item.code, "label.zh"),
        (ChangeKind.CHANGED, item.code, "required"),
    ]
    assert not keeps_meaning(A, changed)


def test_only_the_item_that_moved_has_moved():
    spot = next(s for s in spots(A) if editing.item_at(A, s).code == "A12")
    moved, _ = editing.move_item(A, spot, 1)
    assert len(changes(A, moved)) == 1
    assert changes(A, moved)[0].kind is ChangeKind.MOVED


def test_added_and_removed_items_are_told():
    removed = editing.remove_item(A, spots(A)[3])
    code = codes(A)[3]
    assert changes(A, removed) == (
        Change(ChangeKind.REMOVED, code, before=editing.item_at(A, spots(A)[3]).label.to("zh")),
    )
    assert [c.kind for c in changes(removed, A)] == [ChangeKind.ADDED]
