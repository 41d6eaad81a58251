"""Taking in questionnaires: `survey/instruments/service.py`."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from forms.definition import Questionnaire
from forms.digest import digest as digest_of
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.audit import service as audit
from survey.audit.models import AuditEntry
from survey.errors import ImportRefused, NotAllowed
from survey.instruments import service as instruments
from survey.instruments.models import QuestionnaireVersion
from survey.instruments.service import QuestionnaireNotFound
from tests.forms.workbooks import sample, workbook

SECRETARY = Actor("s", "书记", (Grant(Role.BRANCH_SECRETARY, "B1", "D0/U01/B1/"),))
VERIFIER = Actor("v", "验收员", (Grant(Role.VERIFIER, "D0", "D0/"),))


def take_in(session, data, now, actor=OPERATOR, file_name="x.xlsx"):
    return instruments.import_questionnaire(session, actor, data, file_name, now=now)


def stored(session, model=QuestionnaireVersion):
    return session.scalar(select(func.count()).select_from(model))


def test_a_questionnaire_is_stored_under_its_digest(session, now):
    version = take_in(session, sample("A_"), now)

    assert (version.code, version.version, version.subject) == ("A_branch_mass", "2026.1", "branch")
    assert version.title == "党支部群众评议表"
    assert version.imported_at == now
    assert instruments.latest(session, "A_branch_mass") is version
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.act, entry.subject) == ("questionnaire.import", "A_branch_mass")
    assert entry.data == {"digest": version.digest}
    assert audit.first_broken(session) is None


@pytest.mark.parametrize("name", ["A_", "C_"])
def test_what_is_loaded_is_what_was_imported(session, now, name):
    version = take_in(session, sample(name), now)
    session.commit()
    session.expire_all()
    instruments._LOADED.clear()

    loaded = instruments.load(session, version.digest)

    assert isinstance(loaded, Questionnaire)
    assert digest_of(loaded) == version.digest
    assert instruments.load(session, version.digest) is loaded


def test_the_same_questionnaire_twice_is_one_version(session, now):
    first = take_in(session, workbook(), now)
    second = take_in(session, workbook({("choices", 4, 2): "2"}), now + timedelta(days=1))

    assert second is first
    assert stored(session) == stored(session, AuditEntry) == 1


def test_changed_content_under_the_same_version_is_another_digest(session, now):
    first = take_in(session, workbook(), now)
    second = take_in(session, workbook({("survey", 5, 3): "态度好"}), now + timedelta(days=1))

    assert first.digest != second.digest
    assert (first.code, first.version) == (second.code, second.version)
    assert instruments.latest(session, "X_small") is second
    assert instruments.list_versions(session, OPERATOR) == [second, first]


def test_a_faulty_workbook_stores_nothing_and_names_every_place(session, now):
    changes = {("survey", 8, 6): "${X11} =", ("choices", 4, 5): "x"}

    with pytest.raises(ImportRefused) as refusal:
        take_in(session, workbook(changes), now)

    places = [(fault.sheet, fault.row, fault.column) for fault in refusal.value.faults]
    assert places == [("survey", 8, "relevant"), ("choices", 4, "points")]
    assert stored(session) == stored(session, AuditEntry) == 0


@pytest.mark.parametrize("file_name", ["x.csv", "../../x.xls", "=1+1", "\u202ex"])
def test_a_file_of_another_kind_is_refused(session, now, file_name):
    with pytest.raises(ImportRefused):
        take_in(session, workbook(), now, file_name=file_name)


@pytest.mark.parametrize("actor", [SECRETARY, VERIFIER])
def test_only_the_district_imports(session, now, actor):
    with pytest.raises(NotAllowed):
        take_in(session, workbook(), now, actor=actor)

    assert stored(session) == 0


def test_who_may_see_questionnaires(session):
    assert instruments.list_versions(session, SECRETARY) == []
    with pytest.raises(NotAllowed):
        instruments.list_versions(session, VERIFIER)


@pytest.mark.parametrize("wanted", ["", "0" * 64, "x\0y", "'; --", "A" * 10_000])
def test_what_was_never_imported_is_not_found(session, wanted):
    with pytest.raises(QuestionnaireNotFound):
        instruments.load(session, wanted)
    with pytest.raises(QuestionnaireNotFound):
        instruments.latest(session, wanted)
