"""Numbers left for a call-back: sealed apart, read by the level above alone, gone afterwards."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from forms.digest import digest
from forms.loading import to_data
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.app import create_app
from survey.audit.models import AuditEntry
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.campaigns.service import Use
from survey.collection import fieldwork, keeping, opening
from survey.collection.bad_rating import FORM
from survey.collection.boxes import CHINA
from survey.collection.models import Box, Contact
from survey.collection.sealing import Unreadable, open_contact
from survey.config import Config
from survey.db import reading
from survey.errors import NotAllowed, NotFound
from survey.instruments.models import QuestionnaireVersion
from survey.org.models import Organisation
from survey.publication.bad_ratings import open_bad_ratings
from survey.rectification import callbacks, evidence, service, supervision
from survey.rectification.callbacks import Result
from survey.rectification.item import Sheet
from survey.rectification.loading import find
from survey.rectification.models import RectificationItem
from survey.rectification.refusals import NotYourStep, ReasonRequired
from survey.rectification.states import Act, State
from survey.rectification.steps import add_transition
from survey.web.platform import EXTENSION, Platform
from tests.rounds import Field, add_district, form, page_key, render

FIRST = datetime(2026, 11, 2, 8, 0, tzinfo=CHINA)
MORNING = datetime(2026, 11, 3, 6, 0, tzinfo=CHINA)
NUMBER = "13812345678"


def person(name: str, *grants: tuple[Role, str]) -> Actor:
    return Actor(name, name, tuple(Grant(role, path.split("/")[-2], path) for role, path in grants))


UNIT = person("unit", (Role.UNIT_ADMIN, "D0/U01/"))
OTHER_UNIT = person("other", (Role.UNIT_ADMIN, "D0/U02/"))
DISTRICT = person("district", (Role.DISTRICT_ADMIN, "D0/"))
WINDOW = person("window", (Role.WINDOW_MANAGER, "D0/U01/W01/"))
BOTH = person("both", (Role.UNIT_ADMIN, "D0/U01/"), (Role.WINDOW_MANAGER, "D0/U01/W01/"))
SUPERVISOR = person("supervisor", (Role.SUPERVISOR, "D0/"))
VERIFIER = person("verifier", (Role.VERIFIER, "D0/"))


@pytest.fixture
def held(config: Config) -> Iterator[Platform]:
    """A day of service ratings, opened the next morning: two bad ones, one with a number."""
    made: Platform = create_app(config).extensions[EXTENSION]
    with made.sessions.begin() as session:
        add_district(session, FIRST)
        questionnaire = form(FORM)
        session.add(
            QuestionnaireVersion(
                digest=digest(questionnaire),
                code=FORM,
                version=questionnaire.version,
                title=questionnaire.title.to("zh"),
                subject=questionnaire.subject.value,
                definition=to_data(questionnaire),
                imported_at=FIRST,
            )
        )
        round_ = campaigns.create_round(
            session,
            OPERATOR,
            code="H1",
            title="好差评",
            uses=[Use(FORM)],
            opens_at=FIRST,
            closes_at=FIRST + timedelta(days=2),
            opening="daily",
            now=FIRST,
        )
        stores = (session, OPERATOR, round_, made.keystore, made.inbox, render)
        fieldwork.open_round(*stores, now=FIRST, no_key_copy=True)
    field = Field(made.sessions, made.inbox, made.keystore, FIRST, code="H1")
    field.reload()
    field.answer("W01", page_key(1), D02="1", D21="1", D22=NUMBER)
    field.answer("W01", page_key(2), D02="1", D21="0")
    opening.open_due_boxes(
        made.sessions, OPERATOR, "H1", made.keystore, made.inbox, now=MORNING, zone=CHINA
    )
    yield made
    made.engine.dispose()


def tie(held: Platform) -> str:
    """Make the day's item and give it its numbers; return its number."""
    with held.sessions.begin() as session:
        round_ = session.scalars(select(Round)).one()
        open_bad_ratings(session, round_, now=MORNING)
        callbacks.tie_to_items(session, round_)
    with reading(held.sessions) as session:
        return session.scalars(select(RectificationItem.number)).one()


def only_contact(held: Platform) -> Contact:
    with reading(held.sessions) as session:
        return session.scalars(select(Contact)).one()


def test_a_number_goes_to_the_item_of_its_day_under_a_key_of_its_own(held: Platform) -> None:
    before = only_contact(held)
    assert (before.occasion, before.item) == ("2026-11-02", "")
    assert before.sealed_to is not None

    number = tie(held)
    tie(held)
    tied = only_contact(held)

    # Sealed once, to a key of its place and day, and never written again.
    assert (tied.id, tied.occasion, tied.item) == (before.id, "", number)
    assert (tied.sealed_to, tied.ciphertext) == (before.sealed_to, before.ciphertext)
    assert open_contact(held.keystore.private(tied.sealed_to), tied.ciphertext) == NUMBER
    with reading(held.sessions) as session:
        contact_key = session.scalars(select(Box.contact_key).order_by(Box.id)).first()
    assert contact_key is not None
    with pytest.raises(Unreadable):
        open_contact(held.keystore.private(contact_key), tied.ciphertext)


def test_those_above_read_it_with_a_reason_and_nobody_else_does(held: Platform) -> None:
    tie(held)
    id_ = only_contact(held).id.hex()
    with held.sessions.begin() as session:
        for actor in (WINDOW, BOTH, OTHER_UNIT, SUPERVISOR, OPERATOR):
            with pytest.raises((NotFound, NotAllowed)):
                callbacks.open_number(session, actor, held.keystore, id_, "想看看", now=MORNING)
        for actor in (BOTH, OTHER_UNIT, OPERATOR):
            assert callbacks.numbers(session, actor) == []
        for actor in (UNIT, DISTRICT):
            [found] = callbacks.numbers(session, actor)
            assert found.id == id_
            with pytest.raises(ReasonRequired):
                callbacks.open_number(session, actor, held.keystore, id_, "  ", now=MORNING)
            told = callbacks.open_number(session, actor, held.keystore, id_, "回访", now=MORNING)
            assert told == NUMBER
    with reading(held.sessions) as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.act == callbacks.OPEN_ACT).order_by(AuditEntry.id)
        ).all()
    assert [(each.actor, each.data["reason"]) for each in entries] == [
        ("unit", "回访"),
        ("district", "回访"),
    ]
    assert NUMBER not in str([each.data for each in entries])


def test_the_branch_that_shares_a_windows_people_does_not_read_numbers_about_it(
    held: Platform,
) -> None:
    both = person("linked", (Role.UNIT_ADMIN, "D0/U01/"), (Role.BRANCH_SECRETARY, "D0/U01/B001/"))
    with held.sessions.begin() as session:
        assert callbacks.numbers(session, both) != []
        session.get_one(Organisation, "W01").linked_branch_id = "B001"
        session.flush()
        assert callbacks.numbers(session, both) == []
        [number] = callbacks.numbers(session, UNIT)
        with pytest.raises(NotFound):
            callbacks.open_number(session, both, held.keystore, number.id, "回访", now=MORNING)


def test_numbers_about_the_top_are_called_back_by_the_top(held: Platform) -> None:
    with reading(held.sessions) as session:
        top, window = session.get_one(Organisation, "D0"), session.get_one(Organisation, "W01")
    assert callbacks.may_call(session, DISTRICT, top)
    assert not callbacks.may_call(session, UNIT, top)
    assert not callbacks.may_call(
        session, person("seat", (Role.DISTRICT_ADMIN, "D0/U01/W01/")), window
    )


def test_the_supervisor_looks_at_every_opening(held: Platform) -> None:
    tie(held)
    id_ = only_contact(held).id.hex()
    with held.sessions.begin() as session:
        callbacks.open_number(session, UNIT, held.keystore, id_, "回访差评", now=MORNING)
        [opened] = supervision.openings(session, SUPERVISOR)
        with pytest.raises(NotAllowed):
            supervision.openings(session, UNIT)
        apart = person("apart", (Role.SUPERVISOR, "D0/U02/"))
        assert supervision.openings(session, apart) == []
        with pytest.raises(NotFound):
            supervision.review(session, apart, opened.id, "看看", now=MORNING)
        supervision.review(session, SUPERVISOR, opened.id, "核对过，确有回访", now=MORNING)
        supervision.review(session, SUPERVISOR, opened.id, "再看一遍", now=MORNING)
        [looked] = supervision.openings(session, SUPERVISOR)
    assert (opened.reason, opened.reviewed_by) == ("回访差评", "")
    assert (looked.reviewed_by, looked.note) == ("supervisor", "核对过，确有回访")


def test_what_came_of_the_call_stands_in_the_items_story(held: Platform) -> None:
    number = tie(held)
    id_ = only_contact(held).id.hex()
    with held.sessions.begin() as session:
        # A unit could close a bad rating on its own word otherwise.
        with pytest.raises(callbacks.NotCalled):
            callbacks.record_result(session, UNIT, id_, Result.SATISFIED, now=MORNING)
        callbacks.open_number(session, UNIT, held.keystore, id_, "回访差评", now=MORNING)
        callbacks.record_result(session, UNIT, id_, Result.SATISFIED, now=MORNING)
        with pytest.raises(ReasonRequired):
            callbacks.record_result(session, UNIT, id_, None, now=MORNING)
        found = find(session, UNIT, number)
        assert Act(found.row.transitions[-1].act) is Act.SATISFIED
        assert found.view.is_called_back_satisfied
    assert only_contact(held).result == "satisfied"


def test_from_a_bad_rating_to_its_closing_by_the_unit_once_the_caller_is_content(
    held: Platform, tmp_path: Path
) -> None:
    number = tie(held)
    id_ = only_contact(held).id.hex()

    def step(actor: Actor, to: State, **given: Any) -> None:
        with held.sessions.begin() as session:
            service.advance(session, actor, number, to, now=MORNING, **given)

    step(WINDOW, State.ACCEPTED)
    step(WINDOW, State.IN_PROGRESS, measures="向群众道歉，重新培训")
    with held.sessions.begin() as session:
        given = (b"%PDF-1.7\n%%EOF\n", "培训记录.pdf")
        evidence.add_evidence(session, WINDOW, number, *given, folder=tmp_path, now=MORNING)
    step(WINDOW, State.SUBMITTED)
    step(UNIT, State.UNIT_CHECKED)
    step(VERIFIER, State.VERIFIED, sheet=Sheet(True, True, True, True, 90))
    with pytest.raises(NotYourStep):
        step(UNIT, State.CLOSED)
    with held.sessions.begin() as session:
        callbacks.open_number(session, UNIT, held.keystore, id_, "回访差评", now=MORNING)
        callbacks.record_result(session, UNIT, id_, Result.SATISFIED, now=MORNING)
    step(UNIT, State.CLOSED)

    with reading(held.sessions) as session:
        acts = [Act(each.act) for each in find(session, OPERATOR, number).row.transitions]
    assert acts[-2:] == [Act.SATISFIED, Act.CLOSE]
    assert Act.START_RECHECK not in acts


def test_thirty_days_after_the_item_is_done_with_the_number_and_its_key_are_gone(
    held: Platform,
) -> None:
    number = tie(held)
    key = only_contact(held).sealed_to
    assert key is not None
    closed = MORNING + timedelta(days=3)
    with held.sessions.begin() as session:
        item = session.scalars(select(RectificationItem)).one()
        item.state, item.closed_on = State.CLOSED.value, closed.date()
        add_transition(item, UNIT, "unit_admin", Act.CLOSE, State.VERIFIED, closed, "")

    early, late = closed + timedelta(days=29), closed + timedelta(days=30)
    with held.sessions.begin() as session:
        assert not callbacks.has_past(session, now=early)
        assert callbacks.forget_numbers(session, held.keystore, "worker", now=early) == 0
        assert callbacks.has_past(session, now=late)
        assert callbacks.forget_numbers(session, held.keystore, "worker", now=late) == 1
        assert callbacks.forget_numbers(session, held.keystore, "worker", now=late) == 0
    assert not held.keystore.has(key)
    with reading(held.sessions) as session:
        assert session.scalars(select(Contact)).all() == []
        assert session.scalars(select(RectificationItem.number)).one() == number


def test_the_end_of_the_round_leaves_numbers_of_open_items(held: Platform) -> None:
    tie(held)
    with held.sessions.begin() as session:
        round_ = session.scalars(select(Round)).one()
        round_.state = "closed"
        later = round_.paper_until + keeping.CONTACTS_KEPT
        assert keeping.forget_contacts(session, OPERATOR, round_, held.keystore, now=later)
    tied = only_contact(held)
    assert tied.sealed_to is not None
    assert open_contact(held.keystore.private(tied.sealed_to), tied.ciphertext) == NUMBER
