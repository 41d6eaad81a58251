"""Write questionnaires: drafts that can be taken back step by step, published once and for all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from forms.checks import DesignFault
from forms.definition import Questionnaire
from forms.digest import digest_of
from forms.draft_checks import draft_faults
from forms.loading import from_data, to_data
from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.db import affected
from survey.errors import NotFound, SurveyError
from survey.instruments.models import (
    QuestionnaireDraft,
    QuestionnaireDraftStep,
    QuestionnaireVersion,
)

EDIT = Action.EDIT_QUESTIONNAIRES
MOST_STEPS = 100
"""How many changes of a draft can be taken back."""

Step = QuestionnaireDraftStep


class DraftChanged(SurveyError):
    """Somebody else changed the draft since it was shown."""

    code = "DRAFT_CHANGED"

    def __init__(self, changed_by: str) -> None:
        super().__init__(
            f"{changed_by}刚刚改过这份草稿。请看过新的内容再改；您填的还在下面",
            f"{changed_by} has just changed this draft; look at it before you save yours",
        )


class DraftUnfinished(SurveyError):
    """The draft has faults, so it cannot be published; `faults` names them."""

    code = "DRAFT_UNFINISHED"
    status = 422

    def __init__(self, faults: tuple[DesignFault, ...]) -> None:
        super().__init__(
            f"还有{len(faults)}处要改，改好才能发布",
            f"{len(faults)} places to mend before it can be published",
        )
        self.faults = faults


class VersionTaken(SurveyError):
    """This questionnaire has a version of that name already."""

    code = "VERSION_TAKEN"
    status = 422

    def __init__(self, version: str) -> None:
        super().__init__(
            f"这份问卷已经有版本“{version}”，请换一个版本号",
            f"There is a version {version!r} of this questionnaire; give it another name",
        )


class NothingChanged(SurveyError):
    """The draft says the same as a published version."""

    code = "NOTHING_CHANGED"
    status = 422

    def __init__(self, version: str) -> None:
        super().__init__(
            f"和已发布的版本“{version}”一模一样，不用再发布",
            f"It is the same as the published version {version!r}",
        )


@dataclass(frozen=True)
class DraftView:
    """A draft as it stands: `can_undo` and `can_redo` say whether there are steps either way."""

    id: int
    revision: int
    questionnaire: Questionnaire
    based_on: str
    changed_by: str
    changed_at: datetime
    can_undo: bool
    can_redo: bool


def list_drafts(session: Session, actor: Actor) -> list[QuestionnaireDraft]:
    """Return every draft, the one changed last first; none for who may not edit them."""
    require(actor, EDIT)
    return list(
        session.scalars(
            select(QuestionnaireDraft).order_by(
                QuestionnaireDraft.changed_at.desc(), QuestionnaireDraft.id
            )
        )
    )


def get_draft(session: Session, actor: Actor, draft_id: int) -> DraftView:
    """Return a draft.

    Raises:
        NotFound: there is none, or it was published or deleted.
    """
    require(actor, EDIT)
    draft = _stored(session, draft_id)
    least, most = session.execute(
        select(func.min(Step.number), func.max(Step.number)).where(Step.draft_id == draft_id)
    ).one()
    return DraftView(
        draft.id,
        draft.revision,
        _at(session, draft.id, draft.step),
        draft.based_on,
        draft.changed_by,
        draft.changed_at,
        can_undo=draft.step > least,
        can_redo=draft.step < most,
    )


def create_draft(
    session: Session,
    actor: Actor,
    questionnaire: Questionnaire,
    *,
    now: datetime,
    based_on: str = "",
) -> QuestionnaireDraft:
    """Return a new draft of `questionnaire`; `based_on` is the digest it was copied from."""
    require(actor, EDIT)
    draft = QuestionnaireDraft(
        code=questionnaire.code,
        title=_title(questionnaire),
        based_on=based_on,
        revision=1,
        step=1,
        changed_by=actor.display_name,
        changed_at=now,
    )
    session.add(draft)
    session.flush()
    session.add(Step(draft_id=draft.id, number=1, definition=to_data(questionnaire)))
    _record(session, actor, "create", draft, now, based_on=based_on)
    return draft


def change(
    session: Session,
    actor: Actor,
    draft_id: int,
    revision: int,
    questionnaire: Questionnaire,
    *,
    now: datetime,
) -> int:
    """Make `questionnaire` the present state of a draft and return the draft's new revision.

    What was taken back before is gone then. A change that changes nothing is none.

    Raises:
        DraftChanged: the draft is not at `revision` any more.
    """
    require(actor, EDIT)
    draft = _taken(session, actor, draft_id, revision)
    data = to_data(questionnaire)
    if to_data(_at(session, draft.id, draft.step)) == data:
        return draft.revision
    steps = delete(Step).where(Step.draft_id == draft.id)
    session.execute(steps.where(Step.number > draft.step))
    session.execute(steps.where(Step.number <= draft.step - MOST_STEPS))
    session.add(Step(draft_id=draft.id, number=draft.step + 1, definition=data))
    return _move(session, actor, draft, draft.step + 1, questionnaire, now)


def go(
    session: Session, actor: Actor, draft_id: int, revision: int, by: int, *, now: datetime
) -> int:
    """Take the last change back (`by` -1) or make it again (1); return the new revision.

    Where there is no such step nothing happens.

    Raises:
        DraftChanged: the draft is not at `revision` any more.
    """
    require(actor, EDIT)
    draft = _taken(session, actor, draft_id, revision)
    step = session.get(Step, (draft.id, draft.step + by))
    if step is None:
        return draft.revision
    return _move(session, actor, draft, step.number, from_data(step.definition), now)


def delete_draft(session: Session, actor: Actor, draft_id: int, *, now: datetime) -> None:
    """Throw a draft away; published versions stay."""
    require(actor, EDIT)
    draft = _stored(session, draft_id)
    _record(session, actor, "delete", draft, now)
    session.execute(delete(QuestionnaireDraft).where(QuestionnaireDraft.id == draft_id))


def publish(
    session: Session, actor: Actor, draft_id: int, revision: int, version: str, *, now: datetime
) -> QuestionnaireVersion:
    """Return the version that a draft has become; the draft is gone, the version never changes.

    Raises:
        DraftChanged: the draft is not at `revision` any more.
        DraftUnfinished: it has faults.
        VersionTaken, NothingChanged: there is such a version already.
    """
    require(actor, EDIT)
    draft = _taken(session, actor, draft_id, revision)
    data: Mapping[str, Any] = to_data(_at(session, draft.id, draft.step)) | {"version": version}
    questionnaire = from_data(data)
    faults = draft_faults(questionnaire)
    if faults or not version:
        raise DraftUnfinished(faults) if faults else VersionTaken(version)
    _refuse_known(session, questionnaire)
    stored = QuestionnaireVersion(
        digest=digest_of(to_data(questionnaire)),
        code=questionnaire.code,
        version=version,
        title=_title(questionnaire),
        subject=questionnaire.subject.value,
        definition=to_data(questionnaire),
        imported_at=now,
    )
    session.add(stored)
    _record(session, actor, "publish", draft, now, digest=stored.digest, version=version)
    session.execute(delete(QuestionnaireDraft).where(QuestionnaireDraft.id == draft_id))
    return stored


def _refuse_known(session: Session, questionnaire: Questionnaire) -> None:
    """Refuse a version whose name or whose content, name apart, is published already."""
    content = to_data(questionnaire) | {"version": ""}
    known = select(QuestionnaireVersion).where(QuestionnaireVersion.code == questionnaire.code)
    for other in session.scalars(known):
        if {**to_data(from_data(other.definition)), "version": ""} == content:
            raise NothingChanged(other.version)
        if other.version == questionnaire.version:
            raise VersionTaken(questionnaire.version)


def _stored(session: Session, draft_id: int) -> QuestionnaireDraft:
    draft = session.get(QuestionnaireDraft, draft_id)
    if draft is None:
        raise NotFound(
            "这份草稿不在了，可能已经发布或删掉", "This draft is gone: published or deleted"
        )
    return draft


def _taken(session: Session, actor: Actor, draft_id: int, revision: int) -> QuestionnaireDraft:
    """Return the draft, its revision counted on; of two at once the second one is refused."""
    draft = _stored(session, draft_id)
    counted = session.execute(
        update(QuestionnaireDraft)
        .where(QuestionnaireDraft.id == draft_id, QuestionnaireDraft.revision == revision)
        .values(revision=revision + 1)
        .execution_options(synchronize_session=False)
    )
    session.refresh(draft)
    if affected(counted) != 1:
        raise DraftChanged(draft.changed_by)
    return draft


def _at(session: Session, draft_id: int, step: int) -> Questionnaire:
    return from_data(session.get_one(Step, (draft_id, step)).definition)


def _move(
    session: Session,
    actor: Actor,
    draft: QuestionnaireDraft,
    step: int,
    questionnaire: Questionnaire,
    now: datetime,
) -> int:
    draft.step = step
    draft.code = questionnaire.code
    draft.title = _title(questionnaire)
    draft.changed_by = actor.display_name
    draft.changed_at = now
    session.flush()
    return draft.revision


def _title(questionnaire: Questionnaire) -> str:
    return questionnaire.title.to(questionnaire.languages[0])[:200]


def _record(
    session: Session,
    actor: Actor,
    act: str,
    draft: QuestionnaireDraft,
    now: datetime,
    **data: str,
) -> None:
    name = f"questionnaire.draft.{act}" if act != "publish" else "questionnaire.publish"
    audit.record(
        session, actor=actor.name, act=name, subject=draft.code, now=now, draft=draft.id, **data
    )
