"""Writing questionnaires: `survey/instruments/drafts.py`, and versions that never change."""

import dataclasses

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from forms import editing
from forms.definition import ItemKind, Subject, Wording
from forms.loading import to_data
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.audit.models import AuditEntry
from survey.errors import NotAllowed, NotFound
from survey.instruments import drafts
from survey.instruments import service as instruments
from survey.instruments.models import QuestionnaireDraftStep, QuestionnaireVersion
from tests.rounds import form

UNIT = Actor("u", "单位", (Grant(Role.UNIT_ADMIN, "U01", "D0/U01/"),))
OFFICE = Actor("q", "汀若石", (Grant(Role.DISTRICT_ADMIN, "D0", "D0/"),))


@pytest.fixture
def draft(session, now):
    return drafts.create_draft(session, OFFICE, form("A_branch_mass"), now=now)


def retitled(questionnaire, title):
    return dataclasses.replace(questionnaire, title=Wording((("zh", title),)))


def view(session, draft):
    return drafts.get_draft(session, OFFICE, draft.id)


def test_a_change_is_one_step_that_can_be_taken_back_and_made_again(session, draft, now):
    first = view(session, draft).questionnaire
    second = retitled(first, "第二稿")

    revision = drafts.change(session, OFFICE, draft.id, 1, second, now=now)
    assert view(session, draft).questionnaire == second
    revision = drafts.go(session, OFFICE, draft.id, revision, -1, now=now)
    assert view(session, draft).questionnaire == first
    assert view(session, draft).can_redo
    assert not view(session, draft).can_undo
    drafts.go(session, OFFICE, draft.id, revision, 1, now=now)
    assert view(session, draft).questionnaire == second
    assert view(session, draft).can_undo
    assert not view(session, draft).can_redo


def test_a_new_change_ends_what_was_taken_back(session, draft, now):
    first = view(session, draft).questionnaire
    revision = drafts.change(session, OFFICE, draft.id, 1, retitled(first, "第二稿"), now=now)
    revision = drafts.go(session, OFFICE, draft.id, revision, -1, now=now)
    drafts.change(session, OFFICE, draft.id, revision, retitled(first, "第三稿"), now=now)

    assert not view(session, draft).can_redo
    assert view(session, draft).questionnaire.title.to("zh") == "第三稿"


def test_steps_are_kept_up_to_a_number(session, draft, now, monkeypatch):
    monkeypatch.setattr(drafts, "MOST_STEPS", 3)
    first, revision = view(session, draft).questionnaire, 1
    for number in range(8):
        changed = retitled(first, f"第{number}稿")
        revision = drafts.change(session, OFFICE, draft.id, revision, changed, now=now)
    kept = session.scalars(select(QuestionnaireDraftStep.number)).all()
    assert len(kept) == 4
    for _ in range(10):
        revision = drafts.go(session, OFFICE, draft.id, revision, -1, now=now)
    assert view(session, draft).questionnaire.title.to("zh") == "第4稿"


def test_two_people_cannot_overwrite_each_other(sessions, now):
    with sessions.begin() as session:
        draft = drafts.create_draft(session, OFFICE, form("A_branch_mass"), now=now)
    changed = retitled(form("A_branch_mass"), "我的")
    with sessions.begin() as session:
        drafts.change(session, OFFICE, draft.id, 1, changed, now=now)
    for act in (
        lambda s: drafts.change(s, OPERATOR, draft.id, 1, retitled(changed, "他的"), now=now),
        lambda s: drafts.go(s, OPERATOR, draft.id, 1, -1, now=now),
        lambda s: drafts.publish(s, OPERATOR, draft.id, 1, "2", now=now),
    ):
        with pytest.raises(drafts.DraftChanged, match="汀若石"), sessions.begin() as session:
            act(session)
    with sessions() as session:
        assert view(session, draft).questionnaire.title.to("zh") == "我的"


def test_publishing_makes_a_version_that_answers_can_use(session, draft, now):
    questionnaire = view(session, draft).questionnaire

    stored = drafts.publish(session, OFFICE, draft.id, 1, "2027.1", now=now)

    assert instruments.load(session, stored.digest) == dataclasses.replace(
        questionnaire, version="2027.1"
    )
    assert stored.definition == to_data(instruments.load(session, stored.digest))
    with pytest.raises(NotFound):
        view(session, draft)
    acts = session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert acts == ["questionnaire.draft.create", "questionnaire.publish"]


def test_what_is_published_already_is_not_published_again(session, draft, now):
    drafts.publish(session, OFFICE, draft.id, 1, "2027.1", now=now)
    again = drafts.create_draft(session, OFFICE, form("A_branch_mass"), now=now)
    with pytest.raises(drafts.NothingChanged):
        drafts.publish(session, OFFICE, again.id, 1, "2027.2", now=now)
    session.refresh(again)
    other = retitled(form("A_branch_mass"), "另一份")
    revision = drafts.change(session, OFFICE, again.id, again.revision, other, now=now)
    with pytest.raises(drafts.VersionTaken):
        drafts.publish(session, OFFICE, again.id, revision, "2027.1", now=now)


def test_an_unfinished_draft_is_not_published(session, now):
    blank = editing.blank("T1", "新问卷", Subject.BRANCH, ("zh",))
    blank = editing.add_item(blank, (0, 0), ItemKind.SINGLE_CHOICE, ())
    draft = drafts.create_draft(session, OFFICE, blank, now=now)

    with pytest.raises(drafts.DraftUnfinished) as refused:
        drafts.publish(session, OFFICE, draft.id, 1, "1", now=now)

    assert {fault.part for fault in refused.value.faults} >= {"label", "options"}


def test_a_deleted_draft_leaves_no_steps(session, draft, now):
    drafts.delete_draft(session, OFFICE, draft.id, now=now)
    session.expire_all()
    assert session.scalars(select(QuestionnaireDraftStep)).all() == []


def test_drafts_are_the_district_office_s(session, draft, now):
    for act in (
        lambda: drafts.list_drafts(session, UNIT),
        lambda: drafts.get_draft(session, UNIT, draft.id),
        lambda: drafts.create_draft(session, UNIT, form("A_branch_mass"), now=now),
        lambda: drafts.change(session, UNIT, draft.id, 1, form("A_branch_mass"), now=now),
        lambda: drafts.publish(session, UNIT, draft.id, 1, "9", now=now),
        lambda: drafts.delete_draft(session, UNIT, draft.id, now=now),
    ):
        with pytest.raises(NotAllowed):
            act()


@pytest.mark.parametrize(
    "statement",
    [
        update(QuestionnaireVersion).values(title="改过"),
        update(QuestionnaireVersion).values(definition={}),
        delete(QuestionnaireVersion),
    ],
    ids=["title", "definition", "delete"],
)
def test_the_database_itself_keeps_a_published_version(session, draft, now, statement):
    drafts.publish(session, OFFICE, draft.id, 1, "2027.1", now=now)
    session.commit()
    with pytest.raises(DBAPIError, match="never changes"):
        session.execute(statement)
    session.rollback()
    assert session.scalars(select(QuestionnaireVersion.title)).one() == "党支部群众评议表"
