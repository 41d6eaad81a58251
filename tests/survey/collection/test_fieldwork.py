"""Opening a round: a point and a form for every target, a box that can be opened again."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.definition import Questionnaire
from forms.digest import digest
from reports import rules
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.campaigns.models import Round, RoundState
from survey.collection import fieldwork, points
from survey.collection.fieldwork import (
    KeyCopyNeeded,
    RoundNotReady,
)
from survey.collection.inbox import Inbox
from survey.collection.keystore import Keystore, KeyUnavailable
from survey.collection.models import Box, CollectionPoint, FormPage
from survey.collection.points import PointNotFound, PointView
from survey.db import Sessions, reading
from survey.errors import NotAllowed
from survey.org.models import Organisation
from tests.rounds import (
    BRANCH_FORM,
    WINDOW_FORM,
    FakePage,
    Field,
    add_district,
    add_round,
    form,
    render,
)


@pytest.fixture
def round_(session: Session, now: datetime) -> Round:
    add_district(session, now)
    return add_round(session, now)


@pytest.fixture
def opened(
    session: Session, round_: Round, keystore: Keystore, inbox: Inbox, now: datetime
) -> Round:
    return fieldwork.open_round(
        session, OPERATOR, round_, keystore, inbox, render, now=now, no_key_copy=True
    )


def test_every_target_gets_a_point_with_a_code_of_its_own(session: Session, opened: Round) -> None:
    found = points.list_points(session, OPERATOR, opened)

    assert opened.state == RoundState.OPEN
    assert [(point.questionnaire_code, point.org_id) for point in found] == [
        (BRANCH_FORM, "B001"),
        (BRANCH_FORM, "B002"),
        (BRANCH_FORM, "B003"),
        (WINDOW_FORM, "W01"),
    ]
    assert len({point.code for point in found}) == 4
    assert all(re.fullmatch("[0-9A-HJKMNP-TV-Z]{8}", point.code) for point in found)


def test_each_form_is_tailored_with_its_targets_name(session: Session, opened: Round) -> None:
    found = points.list_points(session, OPERATOR, opened)

    for point in found:
        questionnaire = points.questionnaire_of(session, point)
        assert digest(questionnaire) == point.form_digest != point.digest
        assert any(point.org_name in item.label.to("zh") for item in questionnaire.all_items())
    assert len({point.form_digest for point in found}) == len(found)


def test_there_is_a_page_for_every_language(session: Session, opened: Round) -> None:
    pages = session.scalars(select(FormPage)).all()

    languages = {code: len(form(code).languages) for code in (BRANCH_FORM, WINDOW_FORM)}
    assert len(pages) == 3 * languages[BRANCH_FORM] + languages[WINDOW_FORM]
    assert {page.head for page in pages} == {FakePage().head}


def test_the_rule_set_is_frozen(session: Session, opened: Round) -> None:
    session.flush()
    session.expire(opened)
    assert rules.from_data(opened.rules) == rules.DEFAULT


def test_the_box_is_empty_and_can_be_opened(
    session: Session, opened: Round, keystore: Keystore, inbox: Inbox
) -> None:
    box = session.scalars(select(Box)).one()

    assert inbox.counts(box.id) == {}
    assert box.public_key != box.contact_key
    keystore.self_test(box.public_key)
    keystore.self_test(box.contact_key)


@pytest.mark.parametrize("typed", ["{}", " {} ", "{}-"])
def test_a_code_is_found_as_people_type_it(session: Session, opened: Round, typed: str) -> None:
    point = points.list_points(session, OPERATOR, opened)[0]
    misread = point.code.replace("0", "o").replace("1", "l").lower()

    assert points.find_point(session, typed.format(misread)) == point


@pytest.mark.parametrize(
    "code", ["", "0", "AAAAAAA", "AAAAAAAAA", "AAAA\0AAA", "UUUUUUUU", "八" * 8]
)
def test_anything_else_is_not_found(session: Session, opened: Round, code: str) -> None:
    with pytest.raises(PointNotFound):
        points.find_point(session, code)


def test_somebody_must_say_whether_there_is_a_copy_of_the_key(
    session: Session, round_: Round, keystore: Keystore, inbox: Inbox, now: datetime
) -> None:
    for confirmed in (False, True):
        with pytest.raises(KeyCopyNeeded):
            fieldwork.open_round(
                session,
                OPERATOR,
                round_,
                keystore,
                inbox,
                render,
                now=now,
                confirm_key_copy=confirmed,
            )
    assert not keystore.path.exists()


def test_prepared_keys_can_be_copied_and_are_then_used(
    session: Session, round_: Round, keystore: Keystore, inbox: Inbox, now: datetime
) -> None:
    (box,) = made = fieldwork.prepare_boxes(session, OPERATOR, round_, keystore, inbox, now=now)
    again = fieldwork.prepare_boxes(session, OPERATOR, round_, keystore, inbox, now=now)
    assert again == made
    assert len(fieldwork.key_files(keystore, made)) == 2

    fieldwork.open_round(
        session, OPERATOR, round_, keystore, inbox, render, now=now, confirm_key_copy=True
    )
    assert session.scalars(select(Box)).one() is box


def test_a_round_whose_key_was_lost_does_not_open(
    session: Session, round_: Round, keystore: Keystore, inbox: Inbox, now: datetime
) -> None:
    (box,) = fieldwork.prepare_boxes(session, OPERATOR, round_, keystore, inbox, now=now)
    keystore.destroy(box.public_key)

    with pytest.raises(KeyUnavailable):
        fieldwork.open_round(
            session, OPERATOR, round_, keystore, inbox, render, now=now, no_key_copy=True
        )
    assert round_.state == RoundState.DRAFT
    assert session.scalar(select(func.count()).select_from(CollectionPoint)) == 0


def test_a_round_opens_once(
    session: Session, opened: Round, keystore: Keystore, inbox: Inbox, now: datetime
) -> None:
    with pytest.raises(RoundNotReady):
        fieldwork.open_round(
            session, OPERATOR, opened, keystore, inbox, render, now=now, no_key_copy=True
        )


def test_a_round_whose_time_is_over_does_not_open(
    session: Session, round_: Round, keystore: Keystore, inbox: Inbox
) -> None:
    with pytest.raises(RoundNotReady):
        fieldwork.open_round(
            session,
            OPERATOR,
            round_,
            keystore,
            inbox,
            render,
            now=round_.closes_at,
            no_key_copy=True,
        )


def test_only_the_district_opens_rounds(
    session: Session, round_: Round, keystore: Keystore, inbox: Inbox, now: datetime
) -> None:
    unit = Actor("u", "单位", (Grant(Role.UNIT_ADMIN, "U01", "D0/U01/"),))
    with pytest.raises(NotAllowed):
        fieldwork.open_round(
            session, unit, round_, keystore, inbox, render, now=now, no_key_copy=True
        )


def test_a_point_takes_answers_in_the_half_open_fieldwork_period(field_round: Field) -> None:
    point = field_round.points["B001"]

    points.require_open(point, point.opens_at)
    points.require_open(point, point.closes_at - timedelta(seconds=1))
    with pytest.raises(points.PointNotOpen) as early:
        points.require_open(point, point.opens_at - timedelta(seconds=1))
    with pytest.raises(points.PointClosed) as late:
        points.require_open(point, point.closes_at)
    assert (early.value.opens_at, late.value.closed_at) == (point.opens_at, point.closes_at)
    with pytest.raises(points.PointClosed):
        points.require_open(replace(point, round_state="closed"), point.opens_at)


def test_points_are_listed_where_the_actor_may_see(session: Session, opened: Round) -> None:
    secretary = Actor("s", "书记", (Grant(Role.BRANCH_SECRETARY, "B001", "D0/U01/B001/"),))

    assert [point.org_id for point in points.list_points(session, secretary, opened)] == ["B001"]
    chosen = points.list_points(session, OPERATOR, opened, org_id="W01")
    assert [point.org_id for point in chosen] == ["W01"]


def test_forms_are_made_before_the_transaction_that_opens_the_round(
    sessions: Sessions, keystore: Keystore, inbox: Inbox, now: datetime
) -> None:
    with sessions.begin() as session:
        add_district(session, now)
        code = add_round(session, now).code
    made: list[tuple[str, str]] = []
    renamed = ["B002"]

    def render_while_others_write(form: Questionnaire, point: PointView, language: str) -> FakePage:
        with sessions.begin() as session:
            if point.org_id in renamed and point.round_state == RoundState.OPEN:
                session.get_one(Organisation, renamed.pop()).name = "改了名的村"
        made.append((point.org_id, language))
        return render(form, point, language)

    def open_again(**said: bool) -> None:
        fieldwork.open_in_steps(
            sessions, OPERATOR, code, keystore, inbox, render_while_others_write, now=now, **said
        )

    with pytest.raises(KeyCopyNeeded):
        open_again()
    assert made == []
    with pytest.MonkeyPatch.context() as during:
        # In the transaction that opens the round nobody else could write.
        during.setattr(fieldwork, "_store_pages", _stored_with(made))
        open_again(no_key_copy=True)

    with reading(sessions) as session:
        found = points.list_points(session, OPERATOR, session.scalars(select(Round)).one())
        assert [point.org_name for point in found if point.org_id == "B002"] == ["改了名的村"]
        assert session.scalar(select(func.count()).select_from(FormPage)) == len(set(made))


def _stored_with(made: list[tuple[str, str]]) -> Callable[..., None]:
    """Return what stores pages and lets only the point that changed meanwhile be made again."""
    store, before = fieldwork._store_pages, made

    def stored(session: Session, point: PointView, pages: Any, _: Any) -> None:
        assert (pages is None) == (point.org_id == "B002")
        assert any(org_id == point.org_id for org_id, _ in before)
        store(session, point, pages, render)

    return stored
